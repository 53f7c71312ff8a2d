//! Provider records, running look-ups, and when each finds which provider.

use std::collections::{BTreeMap, VecDeque};

use bitswap_core::{Chance, LookupId, Timestamp};
use libp2p_identity::PeerId;
use multihash::Multihash;

use super::{Routing, RoutingTally};
use crate::world::NodeId;

/// The routing of one world.
#[derive(Debug)]
pub(crate) struct RoutingModel {
    seed: u64,
    pub(crate) config: Routing,
    pub(crate) tally: RoutingTally,
    records: BTreeMap<Multihash<64>, VecDeque<Record>>,
    requesters: BTreeMap<NodeId, Requester>,
    /// Providers that are gone, so far.
    strangers: usize,
}

/// A look-up, as a node asks for it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) lookup: LookupId,
    pub(crate) hash: Multihash<64>,
    pub(crate) max_providers: u32,
    pub(crate) timeout: std::time::Duration,
}

/// What happens to a node at a moment, on behalf of its look-ups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoutingEvent {
    /// A dial is over, one way or the other.
    Dialled { peer: PeerId, comes_through: bool },
    /// A look-up is over.
    Ends(LookupId),
    /// A look-up found somebody.
    Finds(LookupId, PeerId),
}

/// What becomes of a dial, and when.
pub(crate) type Dial = (Timestamp, RoutingEvent);

#[derive(Debug)]
struct Record {
    provider: NodeId,
    visible_at: Timestamp,
}

/// The look-ups of one node.
#[derive(Debug, Default)]
struct Requester {
    running: Vec<LookupId>,
    waiting: VecDeque<Request>,
    /// How often it looked for each block.
    times: BTreeMap<Multihash<64>, u32>,
}

impl RoutingModel {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            config: Routing::nothing(),
            tally: RoutingTally::default(),
            records: BTreeMap::new(),
            requesters: BTreeMap::new(),
            strangers: 0,
        }
    }

    /// A node says that it has a block.
    pub(crate) fn provide(&mut self, now: Timestamp, provider: NodeId, hash: Multihash<64>) {
        let kept = &self.config.records;
        let records = self.records.entry(hash).or_default();
        if records.iter().any(|record| record.provider == provider) {
            return;
        }
        records.push_back(Record { provider, visible_at: now.after(kept.visible_after) });
        while records.len() > kept.per_block.max(1) {
            records.pop_front();
        }
    }

    /// Whether a record says so now that a node has a block.
    pub(crate) fn is_visible(&self, now: Timestamp, node: NodeId, hash: &Multihash<64>) -> bool {
        let mut records = self.records.get(hash).into_iter().flatten();
        records.any(|record| record.provider == node && record.visible_at <= now)
    }

    /// A node looks for providers: what happens to it, and when.
    pub(crate) fn look_up(
        &mut self,
        now: Timestamp,
        node: NodeId,
        request: Request,
    ) -> Vec<(Timestamp, RoutingEvent)> {
        let requester = self.requesters.entry(node).or_default();
        if requester.running.len() >= self.config.at_once.max(1) {
            requester.waiting.push_back(request);
            return Vec::new();
        }
        self.start(now, node, &request)
    }

    /// A node needs a look-up no longer. It ends all the same, now.
    pub(crate) fn stop(&mut self, node: NodeId, lookup: LookupId) -> bool {
        let Some(requester) = self.requesters.get_mut(&node) else {
            return false;
        };
        let waited = requester.waiting.iter().position(|request| request.lookup == lookup);
        if let Some(place) = waited {
            requester.waiting.remove(place);
            // It ends as if it had run.
            requester.running.push(lookup);
        }
        requester.running.contains(&lookup)
    }

    /// Whether a look-up runs; one that ended or was stopped finds nobody more.
    pub(crate) fn is_running(&self, node: NodeId, lookup: LookupId) -> bool {
        self.requesters.get(&node).is_some_and(|requester| requester.running.contains(&lookup))
    }

    /// A look-up is over: the next one that waited runs. `None` if it was over before.
    pub(crate) fn end(
        &mut self,
        now: Timestamp,
        node: NodeId,
        lookup: LookupId,
    ) -> Option<Vec<(Timestamp, RoutingEvent)>> {
        let requester = self.requesters.get_mut(&node)?;
        let place = requester.running.iter().position(|running| *running == lookup)?;
        requester.running.remove(place);
        let has_room = requester.running.len() < self.config.at_once.max(1);
        let next = if has_room { requester.waiting.pop_front() } else { None };
        Some(next.map(|request| self.start(now, node, &request)).unwrap_or_default())
    }

    /// A node is gone, and all that it was looking for.
    pub(crate) fn forget(&mut self, node: NodeId) {
        if let Some(requester) = self.requesters.get_mut(&node) {
            requester.running.clear();
            requester.waiting.clear();
        }
    }

    /// A node dials another one, which exists or does not. A transport may know better how many
    /// round trips that takes.
    pub(crate) fn dial(
        &mut self,
        now: Timestamp,
        peer: PeerId,
        exists: bool,
        round_trips: Option<u32>,
    ) -> Dial {
        self.tally.dials += 1;
        let dialling = &self.config.dialling;
        // That a node cannot be dialled is its own property, whoever tries and how often.
        let mut chance = Chance::named(self.seed, &format!("routing: dial {peer}"));
        let is_shut = chance.one_in(dialling.unreachable.into(), Routing::MILLION);
        let comes_through = exists && !is_shut;
        let takes = if comes_through {
            dialling.link.latency.mean() * 2 * round_trips.unwrap_or(dialling.round_trips)
        } else {
            dialling.timeout
        };
        (now.after(takes), RoutingEvent::Dialled { peer, comes_through })
    }

    fn start(
        &mut self,
        now: Timestamp,
        node: NodeId,
        request: &Request,
    ) -> Vec<(Timestamp, RoutingEvent)> {
        let Request { lookup, hash, max_providers, timeout } = *request;
        let requester = self.requesters.entry(node).or_default();
        requester.running.push(lookup);
        let times = requester.times.entry(hash).or_default();
        *times += 1;
        // By what is looked for and not by when, so that another strategy meets the same luck.
        let name = format!("routing: {node} {times} {:?}", hash.digest());
        let mut chance = Chance::named(self.seed, &name);
        self.tally.lookups += 1;

        let ends_at = now.after(timeout.min(self.config.timeout));
        let Some((time, messages)) = self.config.router.draw(&mut chance) else {
            return vec![(now, RoutingEvent::Ends(lookup))];
        };
        self.tally.messages += messages;
        let mut at = now.after(time);
        let mut events = Vec::new();
        for provider in self.found(at, node, &hash, &mut chance) {
            if at > ends_at || events.len() >= max_providers as usize {
                break;
            }
            events.push((at, RoutingEvent::Finds(lookup, provider)));
            at = at.after(self.config.records.spacing);
        }
        self.tally.providers += events.len() as u64;
        let last = events.last().map_or_else(|| now.after(time), |(at, _)| *at);
        events.push((last.min(ends_at), RoutingEvent::Ends(lookup)));
        events
    }

    /// The providers that a look-up finds in the records at a moment, in order of arrival.
    fn found(
        &mut self,
        at: Timestamp,
        requester: NodeId,
        hash: &Multihash<64>,
        chance: &mut Chance,
    ) -> Vec<PeerId> {
        let records = self.records.get(hash).into_iter().flatten();
        let visible = records.filter(|it| it.visible_at <= at && it.provider != requester);
        let mut providers: Vec<NodeId> = visible.map(|record| record.provider).collect();
        for place in 0..providers.len() {
            let rest = (providers.len() - place) as u64;
            providers.swap(place, place + chance.below(rest) as usize);
        }
        let (missed, outdated) = (self.config.records.missed, self.config.records.outdated);
        let mut found = Vec::new();
        for provider in providers {
            if chance.one_in(missed.into(), Routing::MILLION) {
                continue;
            }
            if chance.one_in(outdated.into(), Routing::MILLION) {
                self.strangers += 1;
                found.push(NodeId::at(u32::MAX as usize - self.strangers).peer_id());
            }
            found.push(provider.peer_id());
        }
        found
    }
}
