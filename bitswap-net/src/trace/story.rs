//! One story: lines in the order in which they began, the first and the last of them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bitswap_core::strategy::Reason;
use bitswap_core::wire::WantKind;
use bitswap_core::{AskOutcome, PeerKey, Reached, RelayOutcome, SessionId, Timestamp, WantOutcome};
use libp2p::PeerId;

use super::By;

/// The first lines that a want keeps.
const FIRST: usize = 8;
/// The last lines that a want or a peer keeps.
const LAST: usize = 24;
/// The last lines that a want keeps when there are too many lines in all.
const LAST_WHEN_FULL: usize = 4;
/// Lines that something equal can be added to: the last few.
const RECENT: usize = 8;
/// The peers that a line names.
const NAMED: usize = 3;

/// How long a line of a want counts what is equal to it.
const WANT_SPAN: Duration = Duration::from_millis(500);
/// How long a line of a peer counts what is equal to it.
const PEER_SPAN: Duration = Duration::from_secs(5);

/// A story as people ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// The moment from which it is told, in engine time.
    pub since: Timestamp,
    /// The session of a want; `None` of a peer's story, and of a want that is not this node's own,
    /// but was forwarded for others.
    pub session: Option<SessionId>,
    /// When and how a want ended.
    pub ended: Option<(Timestamp, WantOutcome)>,
    /// The lines, in the order in which they began.
    pub lines: Vec<StoryLine>,
    /// Number of lines that are not kept, from among them.
    pub left_out: u64,
}

/// One line of a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryLine {
    /// Its number in the story; numbers are left out where lines are.
    pub number: u64,
    /// When it happened, or first happened, in engine time.
    pub at: Timestamp,
    /// When it happened last.
    pub last_at: Timestamp,
    /// Whether more of the same may still be added to it.
    pub grows_until: Timestamp,
    /// What happened.
    pub what: Happening,
    /// How often: so many peers, or so many wants.
    pub count: u64,
    /// Bytes of the blocks that it is about.
    pub bytes: u64,
    /// Some of the peers that it is about.
    pub peers: Vec<PeerId>,
    /// The strategy that decided it; `None` = no strategy did.
    pub strategy: Option<Arc<str>>,
    /// Why it was decided; empty = nobody decided it.
    pub reason: Reason,
}

/// What happened to a want, or with a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Happening {
    /// A peer answered an ask, or the ask ended without an answer.
    Answered(WantKind, AskOutcome),
    /// A peer was asked.
    Asked(WantKind),
    /// Connected peers are asked whether they have it; so many were chosen.
    Broadcast(u32),
    /// The registry is asked who may have it.
    Candidates,
    /// The peer connected.
    Connected,
    /// The ledger policy deferred requests, until this moment.
    Deferred(Timestamp),
    /// A provider could not be reached, for this cause.
    DialFailed(Arc<str>),
    /// The last connection to the peer was closed.
    Disconnected,
    /// The want ended.
    Ended(WantOutcome),
    /// Requests were dropped to make room.
    Evicted,
    /// The search gave up.
    GaveUp,
    /// The peer left a full session, for one that has what is wanted.
    GaveWay,
    /// A peer that has what is wanted joined a full session, in place of a member: the first peer,
    /// in place of the second.
    Joined,
    /// A peer sent the block although it was not waited for any more.
    Late,
    /// Providers are looked up.
    LookUp,
    /// The look-up ended; it found so many providers.
    LookUpEnded(u32),
    /// The registry named so many peers; so many of them joined the session.
    Named(u32, u32),
    /// The registry decided that wants are forwarded to nobody.
    NotRelayed,
    /// A look-up found providers.
    Provider(Reached),
    /// Requests were refused.
    Refused,
    /// A peer was asked for another peer's want, which it may forward so many hops.
    RelayAsked(WantKind, u8),
    /// A want is not forwarded any more for the peer.
    RelayEnded(RelayOutcome),
    /// The peer sent a want that is not to be served here, and may be forwarded so many hops.
    RelayRequested(u8),
    /// The registry decided that wants are forwarded, with this TTL.
    Relayed(u8),
    /// The ledger policy let requests be served.
    Requested(WantKind),
    /// Blocks were sent.
    Served,
    /// The peer got its turn.
    TurnTaken,
    /// A caller wants it.
    Wanted,
}

/// A line as it is kept.
#[derive(Clone, Debug)]
pub(super) struct Line {
    at: Timestamp,
    last_at: Timestamp,
    span: Duration,
    pub(super) what: Happening,
    count: u64,
    bytes: u64,
    peers: [PeerKey; NAMED],
    named: usize,
    by: By,
    /// Whether it is an ask of a broadcast, which is counted where the broadcast is told.
    of_broadcast: bool,
}

impl Line {
    pub(super) const fn new(at: Timestamp, what: Happening, by: By) -> Self {
        let (last_at, span, count, bytes) = (at, Duration::ZERO, 1, 0);
        let (peers, named, of_broadcast) = ([PeerKey(0); NAMED], 0, false);
        Self { at, last_at, span, what, count, bytes, peers, named, by, of_broadcast }
    }

    pub(super) const fn at(&self) -> Timestamp {
        self.at
    }

    /// This line, about a peer.
    pub(super) fn about(mut self, peer: PeerKey) -> Self {
        self.name(peer);
        self
    }

    /// This line, as an ask of a broadcast.
    pub(super) const fn of_broadcast(mut self) -> Self {
        self.of_broadcast = true;
        self
    }

    /// This line, about blocks: so many, and so many bytes of them.
    pub(super) const fn of_blocks(mut self, count: u64, bytes: u64) -> Self {
        (self.count, self.bytes) = (count, bytes);
        self
    }

    fn name(&mut self, peer: PeerKey) {
        if !self.named().contains(&peer)
            && let Some(place) = self.peers.get_mut(self.named)
        {
            *place = peer;
            self.named += 1;
        }
    }

    fn named(&self) -> &[PeerKey] {
        self.peers.get(..self.named).unwrap_or_default()
    }

    /// Whether `later` is the same again.
    fn takes(&self, later: &Self) -> bool {
        let same = match (&self.what, &later.what) {
            (Happening::Deferred(_), Happening::Deferred(_)) => true,
            (one, other) => one == other,
        };
        same && self.by.1 == later.by.1 && later.at <= self.at.after(self.span)
    }

    fn add(&mut self, later: Self) {
        self.last_at = later.at;
        self.count += later.count;
        self.bytes += later.bytes;
        later.named().iter().for_each(|peer| self.name(*peer));
        self.what = later.what;
    }

    pub(super) fn shown(
        &self,
        number: u64,
        name: impl Fn(&PeerKey) -> Option<PeerId>,
    ) -> StoryLine {
        StoryLine {
            number,
            at: self.at,
            last_at: self.last_at,
            grows_until: self.at.after(self.span),
            what: self.what.clone(),
            count: self.count,
            bytes: self.bytes,
            peers: self.named().iter().filter_map(name).collect(),
            strategy: self.by.0.clone(),
            reason: self.by.1,
        }
    }
}

/// The lines of one story.
#[derive(Debug, Default)]
pub(super) struct Lines {
    first: Vec<Line>,
    last: VecDeque<Line>,
    left_out: u64,
}

impl Lines {
    /// Number of lines that are kept.
    pub(super) fn len(&self) -> usize {
        self.first.len() + self.last.len()
    }

    pub(super) const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// All lines with their numbers.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (u64, &Line)> {
        let after = self.first.len() as u64 + self.left_out;
        (0..).zip(&self.first).chain((after..).zip(&self.last))
    }

    /// Adds to a want's story; it keeps less if there are too many lines in all.
    pub(super) fn add_to_want(&mut self, mut line: Line, is_full: bool) {
        let is_broadcast = |known: &Line| matches!(known.what, Happening::Broadcast(_));
        if line.of_broadcast
            && let Some(told) = self.recent().find(|known| is_broadcast(known))
        {
            (told.last_at, told.count) = (line.at, told.count + line.count);
            return line.named().iter().for_each(|peer| told.name(*peer));
        }
        if is_broadcast(&line) {
            // Nobody was asked yet. One that asks nobody again and again is told once.
            line.count = 0;
            let repeats = |known: &&mut Line| known.what == line.what && known.count == 0;
            if let Some(told) = self.recent().take(1).find(repeats) {
                told.last_at = line.at;
                return;
            }
        }
        let merges = matches!(
            line.what,
            Happening::Asked(WantKind::Have)
                | Happening::Answered(..)
                | Happening::Provider(_)
                | Happening::RelayAsked(..)
        );
        line.span = if merges { WANT_SPAN } else { Duration::ZERO };
        if merges && self.add_to_equal(&line) {
            return;
        }
        if self.first.len() < FIRST {
            self.first.push(line);
        } else {
            self.push_last(line, if is_full { LAST_WHEN_FULL } else { LAST });
        }
    }

    /// Adds to a peer's story.
    pub(super) fn add_to_peer(&mut self, mut line: Line) {
        line.span = PEER_SPAN;
        if !self.add_to_equal(&line) {
            self.push_last(line, LAST);
        }
    }

    fn add_to_equal(&mut self, line: &Line) -> bool {
        let known = self.recent().find(|known| known.takes(line));
        let is_known = known.is_some();
        if let Some(known) = known {
            known.add(line.clone());
        }
        is_known
    }

    /// The last few lines, the newest first.
    fn recent(&mut self) -> impl Iterator<Item = &mut Line> {
        self.last.iter_mut().rev().chain(self.first.iter_mut().rev()).take(RECENT)
    }

    fn push_last(&mut self, line: Line, most: usize) {
        while self.last.len() >= most {
            self.last.pop_front();
            self.left_out += 1;
        }
        self.last.push_back(line);
    }
}
