//! What happened lately to each want and with each peer, kept so that people can ask why: fed with
//! the engine's events, and with the causes of failed dials that the engine never hears.
//!
//! Everything is bounded. Each want keeps its first 8 and last 24 lines, so that one that stalls
//! keeps its story however busy the others are; once there are [`MOST_LINES`], a want keeps 12. A
//! line takes at most 144 bytes: in the worst case the 3,072 wants take 7 MiB and the 1,024 peers
//! 4 MiB, and 256 wants that were forwarded for others 0.5 MiB. A want that is fetched at once has
//! three lines.

mod note;
mod relayed;
mod story;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bitswap_core::strategy::{Reason, Role, StrategySet};
use bitswap_core::{CidKey, PeerKey, SessionId, Table, Timestamp, WantOutcome};
use libp2p::PeerId;

use self::relayed::{RelayStory, Relayed};
use self::story::{Line, Lines};

pub use self::story::{Happening, Story, StoryLine};

/// Open wants with a story; those beyond have none.
const MOST_OPEN: usize = 2_048;
/// Ended wants whose stories are kept: so many that got their block, and so many that did not.
const MOST_ENDED: usize = 512;
/// Lines of all wants together. Beyond it, open wants keep their last four lines only, beside the
/// first.
const MOST_LINES: usize = 12_288;
/// Peers with a story: connected, or known as providers.
const MOST_PEERS: usize = 1_024;
/// Peers that are gone and keep their story.
const MOST_GONE: usize = 256;
/// Wants that are told what came of the dial of one provider.
const WANTS_PER_DIAL: usize = 8;

/// The stories of wants and peers.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    wants: Table<CidKey, WantStory>,
    open: usize,
    lines: usize,
    /// Ended wants, oldest first, with the number of their story: those with a block, and others.
    ended: [VecDeque<(CidKey, u64)>; 2],
    next_number: u64,
    peers: Table<PeerKey, PeerStory>,
    /// Peers that are not connected, the one that left first in front.
    gone: VecDeque<PeerKey>,
    relayed: Relayed,
    /// The wants that each provider is dialled for.
    dialled: HashMap<PeerKey, Vec<CidKey>>,
    /// Why the dial failed that the engine hears of next.
    cause: Option<Arc<str>>,
}

#[derive(Debug)]
struct WantStory {
    number: u64,
    session: SessionId,
    since: Timestamp,
    ended: Option<(Timestamp, WantOutcome)>,
    lines: Lines,
}

#[derive(Debug)]
struct PeerStory {
    id: PeerId,
    connected: bool,
    since: Timestamp,
    lines: Lines,
}

/// Who decided something, and why.
#[derive(Clone, Debug)]
struct By(Option<Arc<str>>, Reason);

impl By {
    /// Nobody decided it: it happened.
    const NOBODY: Self = Self(None, "");

    fn strategy(set: &StrategySet, role: Role, reason: Reason) -> Self {
        Self(Some(Arc::clone(set.name(role))), reason)
    }
}

impl Trace {
    /// The story of a CID that is wanted here, or was lately; or that of one forwarded for others,
    /// if it was not wanted here since.
    pub(crate) fn of_want(&self, key: CidKey) -> Option<Story> {
        let own_until = self.wants.get(&key).map(|story| story.ended.map(|(at, _)| at));
        let forwarded = self.relayed.get(key).filter(|story| match own_until {
            None => true,
            Some(ended) => ended.is_some_and(|ended| story.last_at > ended),
        });
        if let Some(story) = forwarded {
            return Some(self.of_relayed(story));
        }
        let story = self.wants.get(&key)?;
        Some(Story {
            since: story.since,
            session: Some(story.session),
            ended: story.ended,
            left_out: story.lines.left_out(),
            lines: self.shown(&story.lines),
        })
    }

    /// The story of a CID that is or was forwarded for others; it has no session.
    fn of_relayed(&self, story: &RelayStory) -> Story {
        Story {
            since: story.since,
            session: None,
            ended: None,
            left_out: story.lines.left_out(),
            lines: self.shown(&story.lines),
        }
    }

    /// The story of a peer that is connected, was lately, or was found as a provider.
    pub(crate) fn of_peer(&self, key: PeerKey) -> Option<Story> {
        let story = self.peers.get(&key)?;
        Some(Story {
            since: story.since,
            session: None,
            ended: None,
            left_out: story.lines.left_out(),
            lines: self.shown(&story.lines),
        })
    }

    /// The id of a peer that has a story.
    pub(crate) fn name_of(&self, key: PeerKey) -> Option<PeerId> {
        self.peers.get(&key).map(|story| story.id)
    }

    fn shown(&self, lines: &Lines) -> Vec<StoryLine> {
        let name = |peer: &PeerKey| self.peers.get(peer).map(|story| story.id);
        lines.numbered().map(|(number, line)| line.shown(number, name)).collect()
    }

    /// A want begins; its story, too, if there is room for one.
    fn open(&mut self, now: Timestamp, key: CidKey, session: SessionId) {
        self.forget_want(key);
        if self.open >= MOST_OPEN {
            return;
        }
        self.open += 1;
        self.next_number += 1;
        let (number, since, ended, lines) = (self.next_number, now, None, Lines::default());
        self.wants.insert(key, WantStory { number, session, since, ended, lines });
        self.tell_want(key, Line::new(now, Happening::Wanted, By::NOBODY));
    }

    /// Adds a line to the story of a want, if it is open and has one.
    fn tell_want(&mut self, key: CidKey, line: Line) {
        let is_full = self.lines >= MOST_LINES;
        if let Some(story) = self.wants.get_mut(&key).filter(|story| story.ended.is_none()) {
            let before = story.lines.len();
            story.lines.add_to_want(line, is_full);
            self.lines = self.lines + story.lines.len() - before;
        }
    }

    fn end(&mut self, now: Timestamp, key: CidKey, outcome: WantOutcome) {
        self.tell_want(key, Line::new(now, Happening::Ended(outcome), By::NOBODY));
        let Some(story) = self.wants.get_mut(&key).filter(|story| story.ended.is_none()) else {
            return;
        };
        story.ended = Some((now, outcome));
        let number = story.number;
        self.open -= 1;
        let has_block = matches!(outcome, WantOutcome::Local | WantOutcome::Received);
        let [got, lost] = &mut self.ended;
        let ended = if has_block { got } else { lost };
        ended.push_back((key, number));
        let oldest = if ended.len() > MOST_ENDED { ended.pop_front() } else { None };
        if let Some((key, number)) = oldest
            && self.wants.get(&key).is_some_and(|story| story.number == number)
        {
            self.forget_want(key);
        }
    }

    fn forget_want(&mut self, key: CidKey) {
        if let Some(story) = self.wants.remove(&key) {
            self.lines -= story.lines.len();
            self.open -= usize::from(story.ended.is_none());
        }
    }

    /// Adds a line to the story of a peer, if it has one.
    fn tell_peer(&mut self, key: PeerKey, line: Line) {
        if let Some(story) = self.peers.get_mut(&key) {
            story.lines.add_to_peer(line);
        }
    }

    /// A peer is heard of: it gets a story, if there is room for one.
    fn meet(&mut self, now: Timestamp, key: PeerKey, id: PeerId, connected: bool) {
        if let Some(story) = self.peers.get_mut(&key) {
            if connected && !story.connected {
                story.connected = true;
                self.gone.retain(|other| *other != key);
            }
            return;
        }
        if self.peers.len() >= MOST_PEERS && !self.forget_gone() {
            return;
        }
        let lines = Lines::default();
        self.peers.insert(key, PeerStory { id, connected, since: now, lines });
        if !connected {
            self.leave(key);
        }
    }

    /// A peer is gone, or not there yet: it keeps its story for a while.
    fn leave(&mut self, key: PeerKey) {
        if let Some(story) = self.peers.get_mut(&key) {
            story.connected = false;
            self.gone.push_back(key);
            if self.gone.len() > MOST_GONE {
                self.forget_gone();
            }
        }
    }

    fn forget_gone(&mut self) -> bool {
        let oldest = self.gone.pop_front();
        oldest.is_some_and(|oldest| self.peers.remove(&oldest).is_some())
    }
}

#[cfg(test)]
mod tests;
