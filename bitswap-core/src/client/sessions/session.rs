//! One session: its members, and its wants by phase.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::changes::Changes;
use super::in_flight::InFlightAsks;
use crate::answer_times::AnswerTimes;
use crate::client::wants::{Phase, Want};
use crate::ids::{CidKey, PeerKey};
use crate::limits::Limits;
use crate::map::Table;
use crate::peers::Peers;
use crate::smoothed::{BlockSizes, Smoothed, SmoothedBytes};
use crate::strategy::{PeerView, Presence};
use crate::time::Timestamp;
use crate::tuning::Tuning;

/// Calls that belong together and share what they learn of peers.
#[derive(Debug, Default)]
pub(crate) struct Session {
    pub(crate) opened_at: Timestamp,
    /// Relay TTL of its wants, in hops.
    pub(crate) ttl: u8,
    /// After so long without a byte of what is wanted all of that fails.
    pub(crate) timeout: Option<Duration>,
    /// Since when it has waited for something without a pause.
    pub(crate) waits_since: Timestamp,
    /// Peers that know a holder of something it wants: wants to them carry a relay header.
    pub(crate) relays: BTreeSet<PeerKey>,
    /// Members that wanted what it wants; see `client::leechers`.
    pub(crate) leechers: BTreeSet<PeerKey>,
    pub(crate) blocks_received: u64,
    pub(crate) bytes_received: u64,
    /// Blocks that another peer had sent before.
    pub(crate) duplicates: u64,
    block_bytes: SmoothedBytes,
    /// How long its blocks are, by their kind.
    pub(crate) sizes: BlockSizes,
    /// Times from an ask of this session to its block.
    pub(crate) answer_times: AnswerTimes,
    /// Smoothed time from an ask of this session to its block.
    answer_time: Smoothed,
    pub(crate) last_block_at: Option<Timestamp>,
    /// Wants without their block that this session decides about.
    pub(crate) pending: u32,
    /// Want-blocks of this session in flight.
    pub(crate) in_flight: InFlightAsks,
    /// Whether its peer selector is shown the wants in flight: it named this moment, or one of its
    /// peers broke its HAVE.
    pub(crate) is_woken: bool,
    /// Whether its peer selector asked for anything since the last block.
    pub(crate) selector_asked: bool,
    /// Hash functions and digest lengths of everything it ever wanted, since blocks may come late.
    pub(crate) hash_kinds: BTreeSet<(u64, u8)>,
    /// Whether the registry was asked for candidates since the session had no members.
    pub(crate) registry_asked: bool,
    /// Distrusted peers: they answered HAVE without sending the block, and never sent one.
    doubted: BTreeSet<PeerKey>,
    /// Members that had sent blocks when they disconnected: they join again when they reconnect.
    pub(crate) former: BTreeSet<PeerKey>,
    members: Vec<PeerView>,
    /// How many changes of peers these rows know of.
    changes_read: u64,
    places: Table<PeerKey, usize>,
    /// Wants that the peer selector must decide about, by age.
    undecided: BTreeMap<u64, CidKey>,
    /// Wants that are held back, by age.
    held: BTreeMap<u64, CidKey>,
    /// Wants that are searched for, by age.
    searched: BTreeMap<u64, CidKey>,
}

impl Session {
    pub(super) fn new(now: Timestamp, ttl: u8) -> Self {
        Self { opened_at: now, ttl, waits_since: now, ..Self::default() }
    }

    /// Adds a sample to the answer time. One above `longest` does not count (as in boxo): it tells
    /// of the queue at the peer, and not of the next answer.
    pub(crate) fn answered_after(&mut self, time: Duration, longest: Duration) {
        if time < longest {
            self.answer_time.add(time);
        }
        self.answer_times.add(time);
    }

    /// A block of this session was received first from `peer`.
    pub(crate) fn block_received(&mut self, peer: PeerKey, bytes: u64) {
        self.blocks_received += 1;
        self.bytes_received = self.bytes_received.saturating_add(bytes);
        self.block_bytes.add(bytes);
        if let Some(member) = self.member_mut(peer) {
            member.first_deliveries += 1;
            member.recent_deliveries += 1;
            member.dont_haves_in_a_row = 0;
        }
        if self.blocks_received.is_multiple_of(Tuning::RECENT_BLOCKS) {
            self.members.iter_mut().for_each(|member| member.recent_deliveries /= 2);
        }
    }

    /// A block of this session was received from `peer` after another peer had sent it.
    pub(crate) fn duplicate_received(&mut self, peer: PeerKey) {
        self.duplicates += 1;
        if let Some(member) = self.member_mut(peer) {
            member.late_deliveries = member.late_deliveries.saturating_add(1);
            member.dont_haves_in_a_row = 0;
        }
    }

    /// Running mean of the sizes of its blocks, in bytes; `None` before the first.
    pub(crate) const fn block_bytes(&self) -> Option<u64> {
        self.block_bytes.value()
    }

    /// Number of want-blocks of this session in flight.
    pub(crate) const fn block_asks_in_flight(&self) -> u32 {
        self.in_flight.len() as u32
    }

    /// Smoothed time from an ask of this session to its block; `None` before the first.
    pub(crate) fn answer_time(&self) -> Option<Duration> {
        self.answer_time.value()
    }

    /// Reads its members again that changed since it was last shown.
    pub(super) fn read(&mut self, now: Timestamp, peers: &Peers, changes: &mut Changes) {
        let read = |row: &mut PeerView| {
            if let Some(known) = peers.get(row.peer) {
                known.describe(now, row);
            }
        };
        match changes.read(&mut self.changes_read, self.members.len()) {
            Some(few) => few.for_each(|peer| self.member_mut(peer).into_iter().for_each(read)),
            None => self.members.iter_mut().for_each(read),
        }
        debug_assert!(
            self.members.iter().all(|row| {
                let mut now_so = row.clone();
                read(&mut now_so);
                // They are counted as of the last change.
                now_so.resets = row.resets;
                now_so == *row
            }),
            "a peer changed unnoticed"
        );
    }

    /// The members, as the peer selector sees them.
    pub(crate) fn members(&self) -> &[PeerView] {
        &self.members
    }

    pub(crate) fn members_mut(&mut self) -> &mut [PeerView] {
        &mut self.members
    }

    pub(crate) fn is_member(&self, peer: PeerKey) -> bool {
        self.places.contains(&peer)
    }

    pub(crate) fn member(&self, peer: PeerKey) -> Option<&PeerView> {
        self.members.get(*self.places.get(&peer)?)
    }

    pub(crate) fn member_mut(&mut self, peer: PeerKey) -> Option<&mut PeerView> {
        let place = *self.places.get(&peer)?;
        self.members.get_mut(place)
    }

    /// The presence of a want at a member, as a peer selector sees it.
    pub(crate) fn presence(&self, want: &Want, peer: PeerKey) -> Presence {
        match want.asked(peer).map(|asked| (asked.has, asked.open, asked.hops)) {
            Some((Some(true), _, 0)) => Presence::Have,
            Some((Some(true), ..)) => Presence::Reachable,
            Some((Some(false), ..)) => Presence::DontHave,
            _ if self.leechers.contains(&peer) => Presence::DontHave,
            Some((None, true, _)) => Presence::Asked,
            Some((None, false, _)) | None if want.providers.contains(&peer) => Presence::Provider,
            Some((None, false, _)) | None if self.relays.contains(&peer) => Presence::Reachable,
            Some((None, false, _)) | None => Presence::Unknown,
        }
    }

    /// The one member that is no leecher, if there is one such and leechers beside it.
    pub(crate) fn only_seeder(&self) -> Option<PeerKey> {
        let is_one = !self.leechers.is_empty() && self.members.len() == self.leechers.len() + 1;
        let mut peers = self.members.iter().map(|row| row.peer).filter(|_| is_one);
        peers.find(|peer| !self.leechers.contains(peer))
    }

    /// Whether a member relays what it wants, to others than those that it asks itself.
    pub(crate) fn relays_to_others(&self, peer: PeerKey) -> bool {
        self.relays.contains(&peer) && !self.leechers.contains(&peer)
    }

    /// Whether a member may have a want, so that it can be asked for the block.
    pub(crate) fn may_be_with(&self, want: &Want, peer: PeerKey) -> bool {
        self.presence(want, peer) != Presence::DontHave
    }

    /// Whether a peer that answered HAVE for the want of this age may join: not if it is distrusted
    /// and others have sent blocks, unless the want is searched for.
    pub(crate) fn accepts_have_from(&self, peer: PeerKey, order: u64) -> bool {
        let is_doubted = self.last_block_at.is_some() && self.doubted.contains(&peer);
        !is_doubted || self.searched.contains_key(&order)
    }

    /// Distrusted peers: they answered HAVE without sending the block, and never sent one.
    pub(super) const fn distrusted(&self) -> &BTreeSet<PeerKey> {
        &self.doubted
    }

    /// Distrusts a peer. It is removed if any peer has sent the session a block.
    pub(super) fn distrust(&mut self, peer: PeerKey) {
        if self.is_member(peer) {
            self.doubted.insert(peer);
        }
        if self.last_block_at.is_some() {
            self.remove_member(peer);
        }
    }

    /// Ends the distrust of a peer that sent a block.
    pub(super) fn restore_trust(&mut self, peer: PeerKey) {
        self.doubted.remove(&peer);
    }

    /// A peer sent a wanted block. With the first one, all distrusted peers are removed.
    pub(super) fn trust(&mut self, peer: PeerKey, now: Timestamp) {
        self.restore_trust(peer);
        if self.last_block_at.replace(now).is_none() {
            for liar in self.doubted.clone() {
                self.remove_member(liar);
            }
        }
    }

    /// A member disconnected; returns whether it is remembered.
    pub(super) fn member_disconnected(&mut self, peer: PeerKey) -> bool {
        let is_useful = self.member_mut(peer).is_some_and(|member| member.first_deliveries > 0);
        self.forget(peer);
        let remembers = is_useful && self.former.len() < Limits::FORMER_MEMBERS;
        remembers && self.former.insert(peer)
    }

    /// Removes a peer, and its distrust.
    pub(super) fn forget(&mut self, peer: PeerKey) {
        self.doubted.remove(&peer);
        self.remove_member(peer);
    }

    /// Wants that the peer selector must decide about, undecided and held back: the `limit` oldest.
    pub(crate) fn to_decide(&self, limit: usize) -> Vec<CidKey> {
        let mut oldest: Vec<_> =
            self.undecided.iter().take(limit).chain(self.held.iter().take(limit)).collect();
        oldest.sort_unstable();
        oldest.into_iter().take(limit).map(|(_, want)| *want).collect()
    }

    /// Number of wants that the peer selector must decide about.
    pub(crate) fn to_decide_len(&self) -> usize {
        self.undecided.len() + self.held.len()
    }

    /// Whether there is a want that the peer selector has not seen.
    pub(crate) fn has_news(&self) -> bool {
        !self.undecided.is_empty()
    }

    /// The wants that are searched for: the `limit` oldest, oldest first.
    pub(crate) fn searched_wants(&self, limit: usize) -> impl Iterator<Item = CidKey> {
        self.searched.values().take(limit).copied()
    }

    /// How many wants are searched for.
    pub(crate) fn searched_len(&self) -> usize {
        self.searched.len()
    }

    /// The wants that the peer selector has not seen.
    pub(crate) fn news(&self) -> Vec<CidKey> {
        self.undecided.values().copied().collect()
    }

    pub(super) fn holds_back(&self) -> bool {
        !self.held.is_empty()
    }

    /// Whether a want is in the list of its phase; for the engine's own checks.
    pub(crate) fn lists(&self, order: u64, phase: Phase) -> bool {
        match phase {
            Phase::OwnStore | Phase::Asked => true,
            Phase::Undecided => self.undecided.contains_key(&order),
            Phase::HeldBack => self.held.contains_key(&order),
            Phase::Searching => self.searched.contains_key(&order),
        }
    }

    /// Moves a want to the list of another phase.
    pub(super) fn file(&mut self, (order, want): (u64, CidKey), before: Phase, phase: Phase) {
        self.strike(order, before);
        if let Some(list) = self.list(phase) {
            list.insert(order, want);
        }
    }

    /// Removes a want that is in the given phase.
    pub(super) fn strike(&mut self, order: u64, phase: Phase) {
        if let Some(list) = self.list(phase) {
            list.remove(&order);
        }
    }

    const fn list(&mut self, phase: Phase) -> Option<&mut BTreeMap<u64, CidKey>> {
        match phase {
            Phase::OwnStore | Phase::Asked => None,
            Phase::Undecided => Some(&mut self.undecided),
            Phase::HeldBack => Some(&mut self.held),
            Phase::Searching => Some(&mut self.searched),
        }
    }

    /// Whether the session has no wants to act on and no want-blocks in flight.
    pub(super) fn is_idle(&self) -> bool {
        let wants = self.to_decide_len() + self.searched_len();
        wants == 0 && self.in_flight.is_empty()
    }

    pub(super) fn add_member(&mut self, member: PeerView) -> bool {
        if self.places.contains(&member.peer) {
            return false;
        }
        self.places.insert(member.peer, self.members.len());
        self.members.push(member);
        true
    }

    pub(super) fn remove_member(&mut self, peer: PeerKey) {
        self.relays.remove(&peer);
        self.leechers.remove(&peer);
        let Some(place) = self.places.remove(&peer) else {
            return;
        };
        self.members.swap_remove(place);
        if let Some(moved) = self.members.get(place) {
            self.places.insert(moved.peer, place);
        }
        if self.members.is_empty() {
            self.registry_asked = false;
        }
    }
}
