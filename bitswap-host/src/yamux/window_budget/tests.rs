//! How a budget is shared.

use super::*;

#[test]
fn connections_share_what_is_left_and_give_it_back() {
    const MIB: usize = 1024 * 1024;
    let budget = WindowBudget::of(128 * MIB);
    let shares: Vec<_> = (0..3).map(|_| budget.share()).collect();
    let bytes: Vec<_> = shares.iter().map(Share::bytes).collect();
    assert_eq!(bytes, [16 * MIB, 14 * MIB, 12 * MIB + MIB / 4]);
    let many: Vec<_> = (0..600).map(|_| budget.share()).collect();
    assert!(many.iter().all(|share| share.bytes() >= LEAST), "each has windows that work");
    assert_eq!(budget.share().bytes(), LEAST, "nothing is left");
    drop((shares, many));
    assert_eq!(budget.share().bytes(), 16 * MIB, "all of it came back");
    assert_eq!(WindowBudget::of(1024 * MIB).share().bytes(), MOST);
}
