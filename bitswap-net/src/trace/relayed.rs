//! The stories of wants that are forwarded for other peers: who wants it, whom it was forwarded
//! to, how far, and how it ended. The oldest one makes room for a new one.

use std::collections::{HashMap, VecDeque};

use bitswap_core::{CidKey, PeerKey, RelayOutcome, Timestamp};

use super::By;
use super::story::{Happening, Line, Lines};

/// Forwarded wants with a story.
const MOST: usize = 256;

/// The stories of forwarded wants.
#[derive(Debug, Default)]
pub(super) struct Relayed {
    stories: HashMap<CidKey, RelayStory>,
    /// In the order in which they began.
    order: VecDeque<CidKey>,
}

#[derive(Debug)]
pub(super) struct RelayStory {
    pub(super) since: Timestamp,
    pub(super) last_at: Timestamp,
    pub(super) lines: Lines,
    /// The requester that was sent the block last: that its request ended then is no news.
    served: Option<PeerKey>,
}

impl Relayed {
    pub(super) fn get(&self, key: CidKey) -> Option<&RelayStory> {
        self.stories.get(&key)
    }

    /// A requester's want was taken on; its story begins, if it has none.
    pub(super) fn admitted(&mut self, now: Timestamp, key: CidKey, requester: PeerKey, ttl: u8) {
        if !self.stories.contains_key(&key) {
            if self.order.len() >= MOST
                && let Some(oldest) = self.order.pop_front()
            {
                self.stories.remove(&oldest);
            }
            self.order.push_back(key);
            let (lines, served) = (Lines::default(), None);
            self.stories.insert(key, RelayStory { since: now, last_at: now, lines, served });
        }
        let line = Line::new(now, Happening::RelayRequested(ttl), By::NOBODY);
        self.tell(key, line.about(requester));
    }

    /// A requester was sent the block.
    pub(super) fn served(&mut self, now: Timestamp, key: CidKey, requester: PeerKey, bytes: u32) {
        if let Some(story) = self.stories.get_mut(&key) {
            story.served = Some(requester);
        }
        let line = Line::new(now, Happening::Served, By::NOBODY);
        self.tell(key, line.about(requester).of_blocks(1, bytes.into()));
    }

    pub(super) fn ended(
        &mut self,
        now: Timestamp,
        key: CidKey,
        requester: PeerKey,
        outcome: RelayOutcome,
    ) {
        let Some(story) = self.stories.get_mut(&key) else { return };
        if story.served.take() == Some(requester) && outcome == RelayOutcome::RequestEnded {
            return;
        }
        let line = Line::new(now, Happening::RelayEnded(outcome), By::NOBODY);
        self.tell(key, line.about(requester));
    }

    /// Adds a line, if there is a story.
    pub(super) fn tell(&mut self, key: CidKey, line: Line) {
        if let Some(story) = self.stories.get_mut(&key) {
            // A story of so many lines is enough: the first ones, and the end.
            story.last_at = line.at();
            story.lines.add_to_want(line, true);
        }
    }
}

#[cfg(test)]
mod tests;
