//! Arithmetic that ranks share.

/// A count as a part of a rank; what no count reaches is the last place, not a negative one.
pub(crate) fn part(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
