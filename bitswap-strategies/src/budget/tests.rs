//! What is earned and taken.

use super::Budget;

#[test]
fn five_percent_are_one_of_twenty() {
    let mut budget = Budget::new(5);
    assert_eq!((0..20).filter(|_| budget.take()).count(), 8);
    (0..19).for_each(|_| budget.earn());
    assert!(!budget.take());
    budget.earn();
    assert!(budget.take());
}

#[test]
fn nothing_stays_nothing() {
    let mut budget = Budget::new(0);
    (0..1_000).for_each(|_| budget.earn());
    assert!(!budget.take());
}
