//! Counts of things, in words that fit the number.

/// `1 block`, `2 blocks`, `0 blocks`.
pub fn counted(count: u64, thing: &str) -> String {
    of(count, [thing, &format!("{thing}s")])
}

/// As [`counted`], of a thing whose plural has no mere `s`.
pub fn of(count: u64, [one, many]: [&str; 2]) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
