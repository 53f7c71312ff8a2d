//! How often each invariant had something to check: one that never had is not kept, only idle.

use std::fmt;

/// How many invariants there are.
const COUNT: usize = 15;

/// Checks made, by invariant. A limit (I7) is checked when its table is full: only then would one
/// more be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckCounts {
    checked: [u64; COUNT],
    /// What could not be judged, or not exactly.
    skipped: [u64; COUNT],
}

impl CheckCounts {
    /// Each invariant in a few words, in the order of their numbers.
    pub const SENTENCES: [&str; COUNT] = [
        "every open want has an ask, a search or a timer, and ends in time",
        "each caller hears of each CID once, and nothing after its end",
        "only blocks that were wanted are delivered, stored and credited",
        "what is wanted is what callers wait for, and nothing else is asked",
        "what a peer is thought to know is what it was told",
        "a want is cancelled if and only if it was told and is over",
        "one message for each peer and lane, every table within its limit",
        "nothing refers to peers that left and sessions that ended",
        "only what is wanted is answered, and truthfully",
        "nobody is passed over for longer than the bound",
        "the accounts of two nodes agree",
        "strangers' wants leave with a smaller TTL, not back, once, and end",
        "blocks on their way are not stored, shown or served to others",
        "bounded actions, no standstill, no panic",
        "a search that says it is quiet is: no block came for its session lately",
    ];

    /// Invariant number `invariant` had something to check.
    pub(crate) const fn note(&mut self, invariant: u8) {
        self.note_many(invariant, 1);
    }

    pub(crate) const fn note_many(&mut self, invariant: u8, times: u64) {
        self.checked[(invariant as usize - 1) % COUNT] += times;
    }

    /// Invariant number `invariant` could not be judged to the letter, if it `is_left_out`.
    pub(crate) fn leave_out(&mut self, invariant: u8, is_left_out: bool) {
        self.skipped[(invariant as usize - 1) % COUNT] += u64::from(is_left_out);
    }

    /// How often an invariant could not be judged, or not exactly.
    pub fn skipped(&self, invariant: u8) -> u64 {
        self.skipped.get(usize::from(invariant).wrapping_sub(1)).copied().unwrap_or(0)
    }

    /// Adds the counts of another.
    pub fn add(&mut self, other: &Self) {
        self.checked.iter_mut().zip(other.checked).for_each(|(count, more)| *count += more);
        self.skipped.iter_mut().zip(other.skipped).for_each(|(count, more)| *count += more);
    }

    /// Invariants by number, their sentences, and how often each had something to check.
    pub fn iter(&self) -> impl Iterator<Item = (u8, &'static str, u64)> {
        let sentences = Self::SENTENCES.iter().zip(self.checked);
        (1..).zip(sentences).map(|(number, (sentence, count))| (number, *sentence, count))
    }
}

impl fmt::Display for CheckCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|(number, sentence, count)| {
            write!(f, "{:>4} {count:>14}  {sentence}", format!("I{number}"))?;
            match self.skipped(number) {
                0 => writeln!(f),
                skipped => writeln!(f, " ({skipped} not judged exactly)"),
            }
        })
    }
}
