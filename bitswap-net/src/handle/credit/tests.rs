//! How credit follows from the sizes of blocks.

use super::*;

/// The window after so many blocks of one size, and all credit that was ever given.
fn after(blocks: u32, bytes: usize) -> (u32, u32) {
    let mut credit = Credit::by_size();
    let back: u32 = (0..blocks).filter_map(|_| credit.took(bytes)).sum();
    (credit.window, 256 + back)
}

#[test]
fn small_blocks_have_more_credit_and_large_ones_less() {
    assert_eq!(after(64, 1024), (MOST, 64 + MOST));
    assert_eq!(after(64, 256 * 1024), (256, 64 + 256), "64 MiB have 256 such blocks");
    assert_eq!(after(1_000, 2 * 1024 * 1024).0, 32);
    assert_eq!(after(63, 1024), (256, 256), "only quarters go back");
}

#[test]
fn a_fixed_credit_stays() {
    let mut credit = Credit::fixed(8);
    assert_eq!((credit.first(), credit.most()), (8, 8));
    let back: Vec<_> = (0..8).map(|_| credit.took(1)).collect();
    assert_eq!(back, [None, Some(2), None, Some(2), None, Some(2), None, Some(2)]);
    assert_eq!(Credit::fixed(0).took(1), Some(1));
}
