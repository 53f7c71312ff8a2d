//! The limit of the wantlist that one peer holds: no more entries than it is known to remember. The
//! others wait, want-blocks before want-haves; a want-block evicts entries that matter less.

use std::collections::BTreeSet;

use super::{Answer, EntryState, Rank, Wantlist, WantlistEntry};
use crate::ids::CidKey;
use crate::limits::Limits;
use crate::wire::{Entry, WantKind};

/// The order in which entries wait: want-blocks that are awaited (false) first, then by priority
/// and age.
pub(super) type Place = (bool, Rank, CidKey);

/// The room that a peer's copy of our wantlist has.
#[derive(Debug)]
pub(super) struct Room {
    most: usize,
    told: usize,
    waiting: BTreeSet<Place>,
    /// Whether an entry that was sent may matter less than a want-block that waits; until one does
    /// again, the entries are not searched for it.
    may_evict: bool,
    messages: u64,
    /// Entries that the peer held before the current message. A cancel in it makes room only for
    /// the next message: boxo counts the entries of a message before it removes the cancelled ones.
    /// An entry whose block the peer sent is counted no more, neither here nor there.
    before: usize,
    new: usize,
}

impl Room {
    pub(super) const fn of(most: usize) -> Self {
        let waiting = BTreeSet::new();
        Self { most, told: 0, waiting, may_evict: false, messages: 0, before: 0, new: 0 }
    }

    /// Notes that an entry which was sent may matter less than a want-block that waits.
    pub(super) const fn may_evict(&mut self) {
        self.may_evict = true;
    }

    /// The peer remembers so many entries from now on.
    pub(super) const fn resize(&mut self, most: usize) {
        self.most = most;
    }

    /// Resets the room: the peer holds nothing any more, and everything is sent again.
    pub(super) fn nothing_is_told(&mut self) {
        self.told = 0;
    }

    pub(super) fn waits_no_more(&mut self, place: Place) {
        self.waiting.remove(&place);
    }

    pub(super) fn wait(&mut self, key: CidKey, line: &WantlistEntry, is_awaited: bool) -> Place {
        let place = (!is_awaited, line.rank(), key);
        self.waiting.insert(place);
        place
    }

    /// Counts an entry that was sent, or cancelled.
    pub(super) const fn told(&mut self, is_told: bool) {
        if is_told {
            self.told += 1;
            self.new += 1;
        } else {
            self.told -= 1;
        }
    }

    /// The number of the message that is being built.
    pub(super) const fn message(&self) -> u64 {
        self.messages
    }

    pub(super) const fn next_message(&mut self) {
        self.messages += 1;
        (self.new, self.before) = (0, self.told);
    }

    /// Number of further entries that fit into the message that is being built.
    pub(super) const fn left(&self) -> usize {
        self.most.saturating_sub(self.before + self.new)
    }

    /// Number of waiting entries that can be sent now.
    pub(super) fn pending(&self) -> usize {
        let room = self.most.saturating_sub(self.told);
        self.waiting.len().min(room.max(usize::from(self.may_evict && self.blocks_wait())))
    }

    fn blocks_wait(&self) -> bool {
        self.waiting.first().is_some_and(|(is_idle, ..)| !is_idle)
    }
}

impl Wantlist {
    /// Evicts the least important entries, for want-blocks that wait; returns their cancels.
    pub(super) fn evict(&mut self, limit: usize) -> Vec<Entry> {
        let blocks = self.room.waiting.iter().take(Limits::EVICTED_AT_ONCE.min(limit));
        let blocks = blocks.filter(|(is_idle, ..)| !is_idle).count();
        if blocks == 0 || !self.room.may_evict || self.room.told < self.room.most {
            return Vec::new();
        }
        let lines = self.entries.iter().filter(|(_, known)| known.takes_place() && !known.listed);
        let mut evictable: Vec<_> =
            lines.filter_map(|(key, known)| Some((known.worth()?, known.sent_in, *key))).collect();
        let found = evictable.len();
        // What is sent in this message can be evicted in the next one.
        evictable.retain(|(_, sent_in, _)| *sent_in < self.room.messages);
        evictable.sort_unstable();
        evictable.truncate(blocks);
        self.room.may_evict = found > evictable.len();
        evictable.into_iter().filter_map(|(.., key)| self.take_back(key)).collect()
    }

    /// Moves waiting entries, as far as there is room, in front of new ones.
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

    /// Evicts the entry of a want that is still desired, and returns its cancel. An entry whose
    /// answer is awaited waits for room again, a few times, since a peer need not answer what was
    /// cancelled; any other is sent again with the next ask and not earlier.
    fn take_back(&mut self, key: CidKey) -> Option<Entry> {
        let known = self.entries.get_mut(&key)?;
        known.sent.take()?;
        self.room.told(false);
        if let Some(line) = known.desired().filter(|_| known.waits_again()) {
            known.evictions += 1;
            known.waits = Some(self.room.wait(key, &line, false));
        }
        Some(known.to_cancel())
    }
}

impl EntryState {
    /// The entry to send, if the peer must remember one more for it.
    pub(super) fn takes_room(&self) -> Option<WantlistEntry> {
        self.desired().filter(|line| self.sent.is_none() && !self.is_settled(line))
    }

    /// Whether the peer holds the entry, and less depends on it than on a block.
    pub(super) fn is_evictable(&self) -> bool {
        self.sent.is_some() && self.worth().is_some()
    }

    /// Whether it is to be sent again once there is room, if it is evicted now.
    fn waits_again(&self) -> bool {
        let is_unanswered = self.awaiting_response && self.response.is_none();
        is_unanswered && self.evictions < Limits::SENT_AFTER_EVICTION
    }

    /// How important it is that the peer remembers the entry; `None` if a block is awaited.
    pub(super) fn worth(&self) -> Option<u8> {
        match self.response {
            Some(Answer::Have) => Some(0),
            Some(Answer::DontHave) => Some(1),
            None if !self.awaiting_response => Some(2),
            None => self.desired().filter(|line| line.kind == WantKind::Have).map(|_| 3),
        }
    }
}
