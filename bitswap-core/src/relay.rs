//! The relay: wants of requesters that are forwarded to other peers, and their answers.
//!
//! Kept apart from our own wants, so that neither hides the other. Knows no sessions. Rules R1–R9
//! and R12–R15 of the relay are implemented here and in `relay/forward`.

mod entry;
mod ephemeral;
mod forward;
mod holders;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use cid::Cid;

use crate::block::Block;
use crate::client::wants::Wants;
use crate::config::{EngineConfig, RelayConfig, TimeoutConfig};
use crate::deadlines::{DeadlineReason, Deadlines, Reasoned, earliest};
use crate::ids::{CidKey, HashKey, PeerKey};
use crate::keys::Keys;
use crate::limits::Limits;
use crate::map::{MultiMap, Table};
use crate::out::Out;
use crate::peers::Peers;
use crate::peers::rate_limits::{EngineClock, RateLimits};
use crate::peers::relayed::PeerRelay;
use crate::server::{Server, ServerRoom};
use crate::strategies::Strategies;
use crate::time::Timestamp;
use crate::wire::{self, RelayHeader, WantKind};
use ephemeral::EphemeralStore;

pub(crate) use entry::Entry;
use entry::RequesterState;

/// The relayed wants, by CID. What is relayed for each peer, and what it is asked, is in its record
/// (`peers/relayed`).
#[derive(Debug, Default)]
pub(crate) struct Relay {
    config: RelayConfig,
    entries: Table<CidKey, Entry>,
    by_hash: MultiMap<HashKey, CidKey>,
    /// When the relayed want of each requester expires.
    expiry: Deadlines<(CidKey, PeerKey)>,
    /// Recently forwarded wants, which are not forwarded again (loops).
    passed: Deadlines<(CidKey, u64)>,
    /// Blocks that wait for the rate limit of their requester.
    rate_limited: Deadlines<(CidKey, PeerKey)>,
    /// Until when who is asked for a block may send nothing, before another one is asked.
    late: Deadlines<(CidKey, PeerKey)>,
    /// Wants that wait until their requester may have one more, or the ephemeral store has room.
    waiting: VecDeque<(CidKey, PeerKey)>,
    /// When the next of them are looked at, if nothing ends before.
    waits_until: Option<Timestamp>,
    ephemeral: EphemeralStore,
    clock: EngineClock,
}

/// The relay at work: its state, and what the engine lends it. A relayed want is a request to our
/// server, and shares our own want of the same CID, if there is one.
#[derive(Debug)]
pub(crate) struct RelayRoom<'x> {
    config: &'x EngineConfig,
    now: Timestamp,
    strategies: &'x mut Strategies,
    peers: &'x mut Peers,
    out: &'x mut Out,
    server: &'x mut Server,
    wants: &'x mut Wants,
    relay: &'x mut Relay,
}

impl RelayRoom<'_> {
    /// The server half, which answers requesters.
    const fn serving(&mut self) -> ServerRoom<'_> {
        self.server.room((self.config, self.now), self.strategies, self.peers, self.out)
    }
}

/// A request with a relay header: a want that may be forwarded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RelayRequest {
    pub(crate) requester: PeerKey,
    pub(crate) key: CidKey,
    pub(crate) cid: Cid,
    pub(crate) hash: HashKey,
    pub(crate) kind: WantKind,
    pub(crate) header: RelayHeader,
}

/// The decision about a want that may be forwarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RelayAdmission {
    /// Forwarded again: its TTL is larger than before.
    Farther,
    /// Added to a want that is already forwarded; no peer is asked.
    Known,
    /// Refused: it was forwarded for another requester (a loop).
    Looped,
    /// The first relayed want of its CID.
    New,
    /// Refused: a budget is used up.
    OverBudget,
}

impl Relay {
    pub(crate) fn new(config: RelayConfig) -> Self {
        let ephemeral =
            EphemeralStore::new(config.ephemeral_bytes, config.ephemeral_bytes_per_requester);
        Self { config, ephemeral, ..Self::default() }
    }

    /// Joins the state with what the engine lends.
    pub(crate) const fn room<'x>(
        &'x mut self,
        (config, now): (&'x EngineConfig, Timestamp),
        strategies: &'x mut Strategies,
        peers: &'x mut Peers,
        out: &'x mut Out,
        (server, wants): (&'x mut Server, &'x mut Wants),
    ) -> RelayRoom<'x> {
        RelayRoom { config, now, strategies, peers, out, server, wants, relay: self }
    }

    /// Reduces the remaining life of a relayed want that is sent again.
    pub(crate) fn shorten_reach(&self, keys: &Keys, now: Timestamp, entry: &mut wire::Entry) {
        let wire::Entry::Want { cid, relay: Some(relay), .. } = entry else {
            return;
        };
        let key = keys.cid(cid);
        if self.get(key).is_none_or(|passed| passed.want_id != relay.want_id) {
            return;
        }
        let left = u32::try_from(self.left(now, key).as_millis()).unwrap_or(u32::MAX);
        relay.expires_in_ms = relay.expires_in_ms.min(left);
    }

    /// Adds a want that may be forwarded.
    pub(crate) fn admit(
        &mut self,
        peers: &mut Peers,
        now: Timestamp,
        request: &RelayRequest,
    ) -> RelayAdmission {
        let RelayRequest { requester, key, header: relay, kind, .. } = *request;
        let entry = self.entries.get(&key);
        let farther = entry.is_none_or(|entry| relay.ttl() > entry.ttl_in());
        if let Some(state) = entry.and_then(|entry| entry.requester(requester))
            && state.want_id == relay.want_id
        {
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.ask_for_more(requester, kind, relay.ttl());
            }
            return if farther { RelayAdmission::Farther } else { RelayAdmission::Known };
        }
        let passed = self.passed.of((key, relay.want_id)).is_some();
        if passed && !(farther && entry.is_some()) {
            return RelayAdmission::Looped;
        }
        if !self.may_ask(peers, now, requester, key) {
            return RelayAdmission::OverBudget;
        }
        let expires = now.after(self.config.life.min(relay.life()));
        self.expiry.set((key, requester), expires);
        self.passed.set((key, relay.want_id), now.after(self.config.life * Limits::RELAY_MEMORY));
        let is_new = !self.by_hash.has(&request.hash, &key);
        self.by_hash.insert(request.hash, key);
        let entry = self.entries.or_insert_with(key, || Entry::new(request));
        entry.add_requester(now, requester, RequesterState::new(kind, relay));
        self.ephemeral.join(peers, key, requester);
        match (is_new, farther) {
            (true, _) => RelayAdmission::New,
            (false, true) => RelayAdmission::Farther,
            (false, false) => RelayAdmission::Known,
        }
    }

    pub(crate) fn get(&self, key: CidKey) -> Option<&Entry> {
        self.entries.get(&key)
    }

    pub(crate) fn get_mut(&mut self, key: CidKey) -> Option<&mut Entry> {
        self.entries.get_mut(&key)
    }

    /// When the relayed want of this requester expires.
    pub(crate) fn expires(&self, key: CidKey, requester: PeerKey) -> Option<Timestamp> {
        self.expiry.of((key, requester))
    }

    /// The remaining life of an entry: that of its last requester.
    pub(crate) fn left(&self, now: Timestamp, key: CidKey) -> Duration {
        let requesters = self.get(key).into_iter().flat_map(Entry::requesters);
        let ends = requesters.filter_map(|(requester, _)| self.expires(key, requester)).max();
        ends.unwrap_or(now).since(now)
    }

    /// Notes that `peer` is asked for an entry, or asked for more of it.
    pub(crate) fn ask(&mut self, peers: &mut Peers, key: CidKey, peer: PeerKey, kind: WantKind) {
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.ask(peer, kind);
            if let Some(known) = peers.get_mut(peer) {
                known.relay.asked.insert(key);
            }
        }
    }

    /// Lets a want wait for its turn; false if too many wait.
    fn wait(&mut self, now: Timestamp, (key, requester): (CidKey, PeerKey)) -> bool {
        let has_room = self.waiting.len() < self.config.wants;
        if has_room {
            self.waiting.push_back((key, requester));
            self.waits_until.get_or_insert_with(|| now.after(Limits::RELAY_PAUSE));
        }
        has_room
    }

    /// Keeps room in the ephemeral store for an entry's block, if `holder` is asked for it; false
    /// if there is none yet.
    fn reserve(&mut self, peers: &mut Peers, key: CidKey, holder: PeerKey) -> bool {
        let Some((entry, known)) = self.entries.get(&key).zip(peers.get(holder)) else {
            return false;
        };
        let bytes = entry.bytes.unwrap_or_else(|| known.block_bytes());
        let bytes = bytes.min(self.ephemeral.longest());
        self.ephemeral.reserve(peers, key, &entry.who_waits(), bytes)
    }

    /// The entries that a block with this multihash from `peer` would serve.
    pub(crate) fn wanted_of(&self, peers: &Peers, hash: HashKey, peer: PeerKey) -> Vec<CidKey> {
        let keys = self.by_hash.of(&hash).copied();
        let known = peers.get(peer);
        keys.filter(|key| known.is_some_and(|known| known.relay.asked.contains(key))).collect()
    }

    /// Ends all asks of an entry; returns the peers that were asked.
    pub(crate) fn stop_asking(&mut self, peers: &mut Peers, key: CidKey) -> Vec<PeerKey> {
        let asked = self.entries.get_mut(&key).map(Entry::stop_asking).unwrap_or_default();
        for peer in &asked {
            self.late.cancel((key, *peer));
            if let Some(known) = peers.get_mut(*peer) {
                known.relay.asked.remove(&key);
            }
        }
        asked
    }

    /// Takes who sent nothing for too long of what it was asked for.
    fn pop_late(
        &mut self,
        peers: &Peers,
        config: &TimeoutConfig,
        now: Timestamp,
    ) -> Option<CidKey> {
        while let Some((key, holder)) = self.late.pop_due(now) {
            let waits = peers.get(holder).map(|known| &known.timeouts);
            let again_at = waits.map(|waits| waits.heard_at.after(waits.timeout(config)));
            if let Some(at) = again_at.filter(|at| *at > now) {
                self.late.set((key, holder), at);
                continue;
            }
            let asked = self.entries.get_mut(&key).and_then(|entry| entry.asked_peer_mut(holder));
            if let Some(asked) = asked {
                asked.is_late = true;
                return Some(key);
            }
        }
        None
    }

    /// Puts a block for an entry's requesters into the ephemeral store; false if there is no room.
    pub(crate) fn keep(
        &mut self,
        peers: &mut Peers,
        now: Timestamp,
        key: CidKey,
        block: Block,
    ) -> bool {
        let Some(entry) = self.entries.get_mut(&key) else {
            return false;
        };
        entry.bytes = Some(block.len() as u64);
        let requesters = entry.who_waits();
        if !self.ephemeral.put(peers, key, &requesters, block) {
            return false;
        }
        for requester in requesters {
            self.expiry.set((key, requester), now.after(self.config.ephemeral_life));
        }
        true
    }

    /// The block in the ephemeral store that is held for `requester`.
    pub(crate) fn kept_for(&self, key: CidKey, requester: PeerKey) -> Option<&Block> {
        self.entries.get(&key)?.requester(requester)?;
        self.ephemeral.get(key)
    }

    /// A block in the ephemeral store, for our own use.
    pub(crate) fn kept(&self, hash: HashKey) -> Option<&Block> {
        self.by_hash.of(&hash).find_map(|key| self.ephemeral.get(*key))
    }

    /// Consumes rate limit for a block of its requester; if that is used up, schedules another try.
    pub(crate) fn try_consume(
        &mut self,
        peers: &Peers,
        now: Timestamp,
        key: CidKey,
        requester: PeerKey,
    ) -> bool {
        let Some(bytes) = self.ephemeral.get(key).map(Block::len) else {
            return false;
        };
        self.clock.set(now);
        let limits = peers.get(requester).and_then(|known| known.relay.rate_limits.as_ref());
        match limits.and_then(|limits| limits.try_consume(bytes)) {
            Some(wait) => {
                self.rate_limited.set((key, requester), now.after(wait));
                false
            }
            None => true,
        }
    }

    /// Takes a relayed want that expired; it is not removed yet. What its requester is sent lets
    /// the others live longer.
    fn pop_expired(&mut self, peers: &Peers, now: Timestamp) -> Option<(CidKey, PeerKey)> {
        while self.passed.pop_due(now).is_some() {}
        while let Some((key, requester)) = self.expiry.pop_due(now) {
            let lives_until = self.lives_until(peers, now, requester);
            if lives_until <= now || self.ephemeral.get(key).is_some() {
                return Some((key, requester));
            }
            self.expiry.set((key, requester), lives_until);
        }
        None
    }

    /// Up to when all wants of a requester live that is being sent blocks, or soon is.
    fn lives_until(&self, peers: &Peers, now: Timestamp, requester: PeerKey) -> Timestamp {
        let Some(PeerRelay { wants, served_at, .. }) = peers.get(requester).map(|it| &it.relay)
        else {
            return Timestamp::ZERO;
        };
        let is_served = wants.iter().any(|key| self.ephemeral.get(*key).is_some());
        let served_at = if is_served { Some(now) } else { *served_at };
        served_at.map_or(Timestamp::ZERO, |at| at.after(self.config.life))
    }

    /// Removes a relayed want of a requester. With its last requester the entry is removed; then
    /// returns the peers that need not be asked any more, and the CID.
    pub(crate) fn release(
        &mut self,
        peers: &mut Peers,
        key: CidKey,
        requester: PeerKey,
    ) -> Option<(Vec<PeerKey>, Cid)> {
        let entry = self.entries.get_mut(&key)?;
        entry.remove_requester(requester)?;
        let is_last = entry.requesters().len() == 0;
        self.expiry.cancel((key, requester));
        self.rate_limited.cancel((key, requester));
        if let Some(known) = peers.get_mut(requester) {
            known.relay.wants.remove(&key);
        }
        self.ephemeral.release(peers, key, requester);
        if !is_last {
            return None;
        }
        let asked = self.stop_asking(peers, key);
        let entry = self.entries.remove(&key)?;
        self.by_hash.remove(&entry.hash, &key);
        Some((asked, entry.cid))
    }

    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        earliest(self.deadlines())
    }

    pub(crate) fn deadlines(&self) -> [Reasoned; 5] {
        [
            (self.late.next(), DeadlineReason::DontHaveTimeout),
            (self.waits_until, DeadlineReason::RelayRateLimit),
            (self.expiry.next(), DeadlineReason::RelayExpiry),
            (self.passed.next(), DeadlineReason::RelayMemory),
            (self.rate_limited.next(), DeadlineReason::RelayRateLimit),
        ]
    }

    pub(crate) const fn config(&self) -> &RelayConfig {
        &self.config
    }

    /// Number of entries, and bytes in the ephemeral store.
    pub(crate) fn sizes(&self) -> (usize, u64) {
        (self.entries.len(), self.ephemeral.bytes())
    }

    /// All entries, in the table's order; for the engine's own checks.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (CidKey, &Entry)> {
        self.entries.iter().map(|(key, entry)| (*key, entry))
    }

    /// Whether a want of this peer is relayed; for the engine's own checks.
    pub(crate) fn knows(&self, peer: PeerKey) -> bool {
        self.entries.values().any(|entry| entry.requester(peer).is_some())
    }

    /// Whether no want is relayed, or was recently; for the engine's own checks.
    pub(crate) fn is_idle(&self, peers: &Peers) -> bool {
        let nobody_asked = peers.iter().all(|(_, peer)| peer.relay.asked.is_empty());
        let empty = self.entries.is_empty() && self.by_hash.is_empty() && nobody_asked;
        empty && self.ephemeral.bytes() == 0 && self.next_deadline().is_none()
    }

    fn may_ask(&self, peers: &mut Peers, now: Timestamp, requester: PeerKey, key: CidKey) -> bool {
        if !self.entries.contains(&key) && self.entries.len() >= self.config.wants {
            return false;
        }
        let Some(known) = peers.get_mut(requester).map(|peer| &mut peer.relay) else {
            return false;
        };
        self.clock.set(now);
        let (config, clock) = (&self.config, &self.clock);
        let limits = known.rate_limits.get_or_insert_with(|| RateLimits::new(config, clock));
        if known.wants.len() >= config.wants_per_requester || !limits.one_more_want() {
            return false;
        }
        known.wants.insert(key);
        true
    }
}
