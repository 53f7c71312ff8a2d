//! How fast each peer is read: a token bucket that time and useful exchange fill, and that what the
//! peer sends empties.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use bitswap_core::wire::{BlockPresence, Entry, Message, Skipped};
use libp2p::PeerId;
use tokio::time::Instant;

/// A token is a byte that is no payload; an entry or a presence takes some 50 of them.
const ITEM: i64 = 50;

/// Tokens that come back in a second: 20,000 items that lead to nothing. What is of use pays for
/// itself, see [`Throttle::sends`].
const PER_SECOND: i64 = 1024 * 1024;

/// Tokens that a peer has at most: the longest honest wantlist has 45,000 entries in 2 MiB.
const BURST: i64 = 3 * PER_SECOND;

/// The deepest debt, which is how long a peer is not read at most: 30 s.
const MAX_DEBT: i64 = 30 * PER_SECOND;

/// A wasted item costs so many times its tokens: it is charged after it was read.
const WASTE: i64 = 8;

/// A frame that is not a message, however short, wastes as much as so many items.
const MALFORMED_ITEMS: i64 = 1_024;

/// Wasted items that are forgiven in a second: unusable CIDs and late cancels of honest peers.
const FORGIVEN_PER_SECOND: i64 = 512;

/// Wasted items at which a peer is disconnected: a peer that wastes all that the bucket allows
/// comes to it within a minute.
const MAX_WASTED: i64 = 100_000;

/// Cancels and answers that a new connection may bring for wants of an earlier one: four times as
/// many as a server remembers.
const CARRIED_OVER: i64 = 4_096;

/// Wants that a balance remembers at most.
const MAX_BALANCE: i64 = 1 << 20;

/// The bucket of one peer, shared by its connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct Throttle(Arc<Mutex<Bucket>>);

#[derive(Debug)]
struct Bucket {
    tokens: i64,
    /// Wasted items that are not forgiven yet.
    wasted: i64,
    /// When `tokens` and `wasted` were right.
    at: Option<Instant>,
    /// Wants that the peer sent, less its cancels.
    cancels_due: i64,
    /// Twice the wants that the peer was sent, less its answers: a HAVE may come before the block.
    answers_due: i64,
}

impl Throttle {
    /// When the peer may be read again, if that is not now.
    pub(crate) fn resumes_at(&self) -> Option<Instant> {
        self.with(|bucket| {
            let debt = u64::try_from(-bucket.tokens).ok()?;
            let pause = Duration::from_micros(debt * 1_000_000 / PER_SECOND as u64 + 1);
            bucket.at.map(|at| at + pause)
        })
    }

    /// Whether so much was wasted that the peer is to be disconnected.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.with(|bucket| bucket.wasted > MAX_WASTED)
    }

    /// The peer sent a frame in which so many bytes are no payload.
    pub(crate) fn receives(&self, message: &Message, skipped: &Skipped, bytes: usize) {
        self.with(|bucket| bucket.receive(message, skipped, bytes as i64));
    }

    /// The peer sent a frame of so many bytes that is not a message.
    pub(crate) fn receives_malformed(&self, bytes: usize) {
        let bytes = bytes as i64;
        self.with(|bucket| bucket.spend(bytes, MALFORMED_ITEMS + bytes / ITEM));
    }

    /// The peer is sent a message. Answers to what it wants pay for its wants and cancels, wants
    /// pay for its answers: a peer that fetches or gives any number of blocks is not held up. A
    /// HAVE pays for half a want, or asking would cost nothing.
    pub(crate) fn sends(&self, message: &Message) {
        let is_want = |entry: &&Entry| matches!(entry, Entry::Want { .. });
        let wants = message.entries.iter().filter(is_want).count() as i64;
        let has = |presence: &BlockPresence| matches!(presence, BlockPresence::Have);
        let haves = message.presences.iter().filter(|(_, answer)| has(answer)).count() as i64;
        let blocks = message.blocks.len() as i64;
        self.with(|bucket| {
            bucket.answers_due = (bucket.answers_due + 2 * wants).min(MAX_BALANCE);
            let earned = ITEM * (2 * wants + 4 * blocks) + ITEM * haves / 2;
            bucket.tokens = (bucket.tokens + earned).min(BURST);
        });
    }

    /// Does something to the bucket as it is now.
    fn with<T>(&self, change: impl FnOnce(&mut Bucket) -> T) -> T {
        let mut bucket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.refill(Instant::now());
        change(&mut bucket)
    }
}

impl Default for Bucket {
    fn default() -> Self {
        let due = CARRIED_OVER;
        Self { tokens: BURST, wasted: 0, at: None, cancels_due: due, answers_due: due }
    }
}

impl Bucket {
    fn refill(&mut self, now: Instant) {
        let passed = now - *self.at.get_or_insert(now);
        // What is less than a millisecond counts the next time.
        let millis = passed.as_millis() as i64;
        if millis > 0 {
            self.tokens = (self.tokens + millis * PER_SECOND / 1_000).min(BURST);
            self.wasted = (self.wasted - millis * FORGIVEN_PER_SECOND / 1_000).max(0);
            self.at = self.at.map(|at| at + Duration::from_millis(millis as u64));
        }
    }

    fn spend(&mut self, tokens: i64, wasted: i64) {
        self.tokens = (self.tokens - tokens - WASTE * ITEM * wasted).max(-MAX_DEBT);
        self.wasted = self.wasted.saturating_add(wasted);
    }

    fn receive(&mut self, message: &Message, skipped: &Skipped, bytes: i64) {
        let is_cancel = |entry: &&Entry| matches!(entry, Entry::Cancel { .. });
        let cancels = message.entries.iter().filter(is_cancel).count() as i64;
        let wants = message.entries.len() as i64 - cancels + i64::from(skipped.over_budget);
        let vain_cancels = balance(&mut self.cancels_due, wants, cancels);

        let blocks = message.blocks.len() as i64 + i64::from(skipped.unhashed);
        let answers = message.presences.len() as i64 + blocks;
        let unasked = balance(&mut self.answers_due, 0, answers);

        let unusable = i64::from(skipped.unusable);
        let items = wants + cancels + answers + unusable;
        // Fields that nobody knows, names again and again.
        let padding = (bytes - MAX_HEAD_BYTES - items * MAX_ITEM_BYTES).max(0);
        let hashed = message.blocks.iter().map(|(_, block)| block.len() as i64).sum::<i64>();
        let unasked_bytes = if unasked > 0 { hashed } else { 0 } + skipped.unhashed_bytes as i64;
        let wasted = vain_cancels + unasked + unusable + padding / ITEM;
        self.spend(bytes + unasked_bytes / PAYLOAD_BYTES_PER_TOKEN, wasted);
    }
}

/// What a message has beside its items, at most.
const MAX_HEAD_BYTES: i64 = 1_024;

/// An entry with the longest CID and all of its fields.
const MAX_ITEM_BYTES: i64 = 256;

/// Payloads that were not asked for are read at 16 MiB a second.
const PAYLOAD_BYTES_PER_TOKEN: i64 = 16;

/// Adds to a balance and takes from it; how much there was not to be taken.
fn balance(due: &mut i64, add: i64, take: i64) -> i64 {
    *due = (*due + add).min(MAX_BALANCE) - take;
    let missing = (-*due).max(0);
    *due += missing;
    missing
}

/// The buckets of all connected peers.
#[derive(Debug, Default)]
pub(crate) struct Throttles {
    peers: HashMap<PeerId, Weak<Mutex<Bucket>>>,
    /// At so many, those of peers that left are forgotten.
    swept_at: usize,
}

impl Throttles {
    /// The bucket of a peer, for one more connection.
    pub(crate) fn of(&mut self, peer: PeerId) -> Throttle {
        if self.peers.len() >= self.swept_at {
            self.peers.retain(|_, bucket| bucket.strong_count() > 0);
            self.swept_at = 2 * self.peers.len() + 64;
        }
        let slot = self.peers.entry(peer).or_default();
        slot.upgrade().map_or_else(
            || {
                let throttle = Throttle::default();
                *slot = Arc::downgrade(&throttle.0);
                throttle
            },
            Throttle,
        )
    }
}
