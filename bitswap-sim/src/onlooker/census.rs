//! How often each invariant had something to check: one that never had is not kept, only idle.

use std::fmt;

/// How many invariants there are.
const COUNT: usize = 14;

/// Checks made, by invariant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census([u64; COUNT]);

impl Census {
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
    ];

    /// Invariant number `invariant` had something to check.
    pub(crate) const fn note(&mut self, invariant: u8) {
        self.note_many(invariant, 1);
    }

    pub(crate) const fn note_many(&mut self, invariant: u8, times: u64) {
        self.0[(invariant as usize - 1) % COUNT] += times;
    }

    /// Takes another census in.
    pub fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(count, more)| *count += more);
    }

    /// Invariants by number, their sentences, and how often each had something to check.
    pub fn iter(&self) -> impl Iterator<Item = (u8, &'static str, u64)> {
        let sentences = Self::SENTENCES.iter().zip(self.0);
        (1..).zip(sentences).map(|(number, (sentence, count))| (number, *sentence, count))
    }
}

impl fmt::Display for Census {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|(number, sentence, count)| {
            writeln!(f, "{:>4} {count:>14}  {sentence}", format!("I{number}"))
        })
    }
}
