//! How many wants a peer is told of at once: no more than it is known to remember. The rest waits,
//! want-blocks before want-haves, and a want-block evicts what no answer is awaited to.

use std::collections::BTreeSet;

use super::{Answer, EntryState, Rank, Wantlist, WantlistEntry};
use crate::ids::CidKey;
use crate::limits::Limits;
use crate::wire::{Entry, WantKind};

/// The order in which wants wait: those whose block is awaited (false) first, then by priority,
/// then the older ones.
pub(super) type Place = (bool, Rank, CidKey);

/// The room that a peer has for our wants.
#[derive(Debug)]
pub(super) struct Room {
    most: usize,
    told: usize,
    waiting: BTreeSet<Place>,
    /// Whether there may be something to evict for a want-block that waits.
    may_evict: bool,
    messages: u64,
    /// Wants told before the current message and in it. What it cancels makes room for the next one
    /// only: the reference counts before it strikes.
    before: usize,
    new: usize,
}

impl Room {
    pub(super) const fn of(most: usize) -> Self {
        let waiting = BTreeSet::new();
        Self { most, told: 0, waiting, may_evict: false, messages: 0, before: 0, new: 0 }
    }

    /// Something told may be worth less than a want-block that waits.
    pub(super) fn may_evict(&mut self) {
        self.may_evict = self.blocks_wait();
    }

    /// The peer knows of nothing any more; all is listed again.
    pub(super) fn nothing_is_told(&mut self) {
        self.told = 0;
    }

    pub(super) fn waits_no_more(&mut self, place: Place) {
        self.waiting.remove(&place);
    }

    pub(super) fn wait(&mut self, key: CidKey, line: &WantlistEntry, is_awaited: bool) -> Place {
        let place = (!is_awaited, line.rank(), key);
        self.waiting.insert(place);
        self.may_evict |= is_awaited;
        place
    }

    /// A want is told, or taken back.
    pub(super) const fn told(&mut self, is_told: bool) {
        if is_told {
            self.told += 1;
            self.new += 1;
        } else {
            self.told -= 1;
        }
    }

    /// The number of the message that is being made.
    pub(super) const fn message(&self) -> u64 {
        self.messages
    }

    pub(super) const fn next_message(&mut self) {
        self.messages += 1;
        (self.new, self.before) = (0, self.told);
    }

    /// How many more wants the message that is being made can tell of.
    pub(super) const fn left(&self) -> usize {
        self.most.saturating_sub(self.before + self.new)
    }

    /// How much of what waits can be said now.
    pub(super) fn pending(&self) -> usize {
        let room = self.most.saturating_sub(self.told);
        self.waiting.len().min(room.max(usize::from(self.may_evict)))
    }

    fn blocks_wait(&self) -> bool {
        self.waiting.first().is_some_and(|(is_idle, ..)| !is_idle)
    }
}

impl Wantlist {
    /// Takes back what no answer is awaited to, for want-blocks that wait: their cancels.
    pub(super) fn evict(&mut self, limit: usize) -> Vec<Entry> {
        let blocks = self.room.waiting.iter().take(Limits::EVICTED_AT_ONCE.min(limit));
        let blocks = blocks.filter(|(is_idle, ..)| !is_idle).count();
        self.room.may_evict &= blocks > 0;
        if !self.room.may_evict || self.room.told < self.room.most {
            return Vec::new();
        }
        let before =
            |known: &EntryState| known.sent.is_some() && known.sent_in < self.room.messages;
        let lines = self.entries.iter().filter(|(_, known)| before(known) && !known.listed);
        let mut evictable: Vec<_> =
            lines.filter_map(|(key, known)| Some((known.worth()?, known.sent_in, *key))).collect();
        evictable.sort_unstable();
        // What is told in this message can be taken back in the next one.
        self.room.may_evict = evictable.len() > blocks || self.room.new > 0;
        let evicted = evictable.into_iter().take(blocks);
        evicted.filter_map(|(.., key)| self.take_back(key)).collect()
    }

    /// What waits is said as far as there is room, before anything new.
    pub(super) fn readmit(&mut self) {
        let mut first = Vec::new();
        while first.len() < self.room.left()
            && let Some((.., key)) = self.room.waiting.pop_first()
        {
            first.push(key);
        }
        for key in first.into_iter().rev() {
            if let Some(known) = self.entries.get_mut(&key) {
                known.waits = None;
                known.listed = true;
                self.changed.push_front(key);
            }
        }
    }

    /// The cancel of a want that stays desired. The peer is told of it again with the next ask, and
    /// no earlier: it was asked already.
    fn take_back(&mut self, key: CidKey) -> Option<Entry> {
        let known = self.entries.get_mut(&key)?;
        known.sent.take()?;
        self.room.told(false);
        Some(Entry::Cancel { cid: known.cid })
    }
}

impl EntryState {
    /// What is to be said, if the peer has to remember one want more for it.
    pub(super) fn takes_room(&self) -> Option<WantlistEntry> {
        self.desired().filter(|line| self.sent.is_none() && !self.is_settled(line))
    }

    /// How much it matters that the peer remembers this want; `None` if an answer is awaited.
    pub(super) fn worth(&self) -> Option<u8> {
        match self.response {
            Some(Answer::Have) => Some(0),
            Some(Answer::DontHave) => Some(1),
            None if !self.awaiting_response => Some(2),
            None => self.desired().filter(|line| line.kind == WantKind::Have).map(|_| 3),
        }
    }
}
