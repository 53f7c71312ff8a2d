//! Equal strategies never differ, different ones do, and the examples can be read.

use toml::Table;

use super::{Diff, diff};
use crate::catalog::{all, find, role};

fn of(role_name: &str, one: &str, other: &str) -> Option<Diff> {
    let entry = |name: &str| find(role(role_name).unwrap(), name).unwrap();
    let (one, other) = (entry(one), entry(other));
    let none = Table::new();
    diff(&|| one.make(&none).ok(), &|| other.make(&none).ok(), 200, 3)
}

#[test]
fn a_strategy_does_not_differ_from_itself() {
    for entry in all() {
        let diff = of(entry.role.name(), entry.name, entry.name).unwrap();
        assert!(diff.questions >= 90, "{entry:?}: {}", diff.questions);
        assert_eq!((diff.different, diff.examples.len()), (0, 0), "{entry:?}");
    }
}

#[test]
fn the_first_differing_answers_are_told() {
    let diff = of("ledger_policy", "open", "debt-ratio").unwrap();

    let first = &diff.examples[0];
    assert_eq!(first.question, "got 1 GiB, gave nothing");
    assert!(first.one[0].starts_with("1024 of 1024: "), "{:?}", first.one);
    assert!(first.other[0].starts_with("768 of 1024: "), "{:?}", first.other);
    assert_eq!(diff.examples.len(), 3);
    assert!(diff.different > 50 && diff.different < diff.questions, "{diff:?}");
}

#[test]
fn prioritizers_differ_in_the_order_of_two_peers() {
    let diff = of("task_prioritizer", "fifo", "most-pending").unwrap();

    assert!(diff.different > 50 && diff.different < diff.questions, "{}", diff.different);
}

#[test]
fn strategies_of_two_roles_cannot_be_compared() {
    let none = Table::new();
    let entry = |role_name: &str, name| find(role(role_name).unwrap(), name).unwrap();
    let (one, other) = (entry("registry", "forgetful"), entry("ledger_policy", "open"));

    let diff = diff(&|| one.make(&none).ok(), &|| other.make(&none).ok(), 9, 3);
    assert_eq!(diff, None);
}
