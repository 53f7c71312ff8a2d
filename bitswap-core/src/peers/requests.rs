//! The requests of one peer.

use std::collections::{BTreeMap, BTreeSet};

use cid::Cid;

use super::PeerSend;
use super::copies::Copies;
use super::paced::Paced;
use super::{Request, State};
use crate::ids::{CidKey, ReadId};
use crate::limits::Limits;
use crate::map::Table;
use crate::strategy::{Reason, Weight};
use crate::time::Timestamp;

/// The requests of one peer, and its queue of tasks.
#[derive(Debug, Default)]
pub(crate) struct PeerRequests {
    requests: Table<CidKey, Request>,
    /// Requests that may be evicted, the least important first; kept only once there was no room.
    eviction_order: Option<BTreeSet<(Importance, CidKey)>>,
    /// Queued tasks, by rank, then arrival.
    pub(crate) tasks: BTreeMap<([i64; 4], u64), CidKey>,
    pub(crate) places: Table<CidKey, [i64; 4]>,
    /// When the queued blocks were requested, by arrival.
    pub(crate) queued_at: BTreeMap<u64, Timestamp>,
    pub(crate) task_bytes: u64,
    pub(crate) in_flight_bytes: u64,
    /// The message with blocks that is being sent to it.
    pub(crate) send: PeerSend,
    /// Bytes that may be in flight for it, at the rate at which it took its last message; one
    /// block may exceed it.
    pub(crate) ahead: u64,
    pub(crate) last_served_at: Option<Timestamp>,
    /// Since when it has always had a block queued or in flight.
    pub(crate) backlogged_since: Option<Timestamp>,
    /// Bytes taken since then.
    pub(crate) served_since_backlogged: u64,
    /// Its start tag in fair queueing: bytes taken, divided by its weight.
    pub(crate) start_tag: u64,
    /// Its weight when it was last ranked.
    pub(crate) weight: Option<Weight>,
    /// Whether it has had a place in the order since it began to wait.
    pub(crate) in_order: bool,
    /// The node's count of turns when this peer was last served.
    pub(crate) turn: u64,
    /// The rank in the order of serving, and since when it waits; `None` if it does not wait, or
    /// must be ranked first.
    pub(crate) rank: Option<([i64; 4], Timestamp)>,
    /// Why the task prioritizer gave it its last rank.
    pub(crate) rank_reason: Reason,
    /// The generation of strategies in which the peer was ranked last.
    pub(crate) ranked_in: u64,
    /// The tasks were ranked in this generation of strategies, or later.
    pub(crate) tasks_ranked_in: u64,
    /// Since when other peers may have been served before it.
    pub(crate) waiting_since: Option<Timestamp>,
    /// The number of requests under which the peer is listed for eviction, if peers are listed; it
    /// has no more.
    pub(crate) listed_under: usize,
    /// What may be taken for it under a limit for each peer; `None` = nothing was taken under one.
    pub(crate) paced: Option<Paced>,
    /// Requests that the store must be read for, in order of arrival.
    pub(crate) to_look_for: Vec<(u64, CidKey)>,
    /// Its place in the queue for reads of sizes.
    pub(crate) in_line: Option<u64>,
    /// Reads in flight for it in the order of their ids, and whether each reads sizes.
    reads: Vec<(ReadId, bool)>,
}

impl PeerRequests {
    /// Number of queued tasks.
    pub(crate) fn tasks(&self) -> usize {
        self.tasks.len()
    }

    /// Number of requests.
    pub(crate) fn len(&self) -> usize {
        self.requests.len()
    }

    /// When the oldest queued block was requested.
    pub(crate) fn oldest_task_at(&self) -> Option<Timestamp> {
        self.queued_at.first_key_value().map(|(_, at)| *at)
    }

    /// The queued request whose block is taken next.
    pub(crate) fn next_task(&self) -> Option<&Request> {
        let (_, key) = self.tasks.first_key_value()?;
        self.get(*key)
    }

    /// Whether no block is queued or in flight for the peer.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.tasks.is_empty() && self.in_flight_bytes == 0
    }

    /// Where a request is among those that the store must be read for, or would be.
    pub(crate) fn place_to_look(&self, arrival: u64) -> Result<usize, usize> {
        self.to_look_for.binary_search_by_key(&arrival, |(other, _)| *other)
    }

    /// The reads in flight for the peer.
    pub(crate) fn reads(&self) -> impl Iterator<Item = ReadId> {
        self.reads.iter().map(|(read, _)| *read)
    }

    /// Whether sizes are being read for the peer.
    pub(crate) fn is_looking(&self) -> bool {
        self.reads.iter().any(|(_, is_look)| *is_look)
    }

    /// A read for the peer begins.
    pub(crate) fn read_begins(&mut self, read: ReadId, is_look: bool) {
        self.reads.push((read, is_look));
    }

    /// A read for the peer has ended.
    pub(crate) fn read_ended(&mut self, read: ReadId) {
        self.reads.retain(|(other, _)| *other != read);
    }

    /// Whether the peer is at its limit of outstanding bytes or reads, or takes what it is sent so
    /// slowly that more would only wait.
    pub(crate) fn is_capped(&self, bytes: u64, reads: usize) -> bool {
        let most = bytes.min(self.ahead.max(Limits::AHEAD_LEAST));
        self.in_flight_bytes >= most || self.reads.len() >= reads || self.send.is_slow()
    }

    /// Takes queued tasks of about `bytes`, at least one; of one rank in the order of arrival, or
    /// those first of which the fewest copies were sent.
    pub(crate) fn take(&mut self, bytes: u64, copies: Option<&Copies>) -> Vec<Task> {
        let (mut turns, mut first, mut taken) = (Vec::new(), Vec::new(), 0);
        loop {
            if let Some(copies) = copies.filter(|_| first.is_empty()) {
                first = self.first_tasks(copies);
            }
            let next = || self.tasks.iter().next().map(|(place, key)| (*place, *key));
            let Some((place, key)) = first.pop().or_else(next) else { break };
            let Some(request) = self.requests.get(&key) else { break };
            let (cid, (arrival, size)) = (Cid::from(&request.cid), request.queued());
            if !turns.is_empty() && taken + u64::from(size) > bytes {
                break;
            }
            self.change(key, |request| request.state = State::Leaving);
            turns.push(Task { key, arrival, cid, bytes: size });
            taken += u64::from(size);
            self.tasks.remove(&place);
            self.places.remove(&key);
            self.queued_at.remove(&arrival);
        }
        self.task_bytes -= taken;
        turns
    }

    /// Where the tasks are that are taken first, some of one rank; the last of them is the first.
    fn first_tasks(&self, copies: &Copies) -> Vec<(([i64; 4], u64), CidKey)> {
        let Some((&first, _)) = self.tasks.first_key_value() else { return Vec::new() };
        let equals = self.tasks.range(first..=(first.0, u64::MAX)).take(Limits::COPIES_COMPARED);
        let mut equals: Vec<_> =
            equals.map(|(place, key)| (copies.of(*key), *place, *key)).collect();
        equals.sort_unstable_by(|one, other| other.cmp(one));
        equals.into_iter().map(|(_, place, key)| (place, key)).collect()
    }

    pub(crate) fn get(&self, key: CidKey) -> Option<&Request> {
        self.requests.get(&key)
    }

    /// All requests, in the table's order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (CidKey, &Request)> {
        self.requests.iter().map(|(key, request)| (*key, request))
    }

    /// Adds a request that is not there.
    pub(crate) fn insert(&mut self, key: CidKey, request: Request) {
        if let (Some(droppable), Some(place)) = (&mut self.eviction_order, importance(&request)) {
            droppable.insert((place, key));
        }
        self.requests.push(key, request);
    }

    pub(crate) fn remove(&mut self, key: CidKey) -> Option<Request> {
        let request = self.requests.remove(&key)?;
        if let (Some(droppable), Some(place)) = (&mut self.eviction_order, importance(&request)) {
            droppable.remove(&(place, key));
        }
        if self.requests.is_empty() {
            self.eviction_order = None;
        }
        Some(request)
    }

    /// Changes a request, if it is there.
    pub(crate) fn change<T>(
        &mut self,
        key: CidKey,
        change: impl FnOnce(&mut Request) -> T,
    ) -> Option<T> {
        let request = self.requests.get_mut(&key)?;
        let before = importance(request);
        let changed = change(request);
        let after = importance(request);
        if let Some(droppable) = self.eviction_order.as_mut().filter(|_| before != after) {
            before.map(|place| droppable.remove(&(place, key)));
            after.map(|place| droppable.insert((place, key)));
        }
        Some(changed)
    }

    /// The request to evict for one of `priority`: the oldest that cannot be served, else the one
    /// with the lowest priority below it, or (`None`) with any priority.
    pub(crate) fn least_important(&mut self, priority: Option<i32>) -> Option<CidKey> {
        let requests = &self.requests;
        let droppable = self.eviction_order.get_or_insert_with(|| {
            let place = |(key, request): (&CidKey, &Request)| Some((importance(request)?, *key));
            requests.iter().filter_map(place).collect()
        });
        let (least, key) = droppable.first()?;
        let gives_way = priority.is_none_or(|priority| least.priority < priority);
        (!least.is_served || gives_way).then_some(*key)
    }
}

/// A task: one block to read and send for a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) key: CidKey,
    /// Arrival number of its request: the peer may cancel it, and request the same again.
    pub(crate) arrival: u64,
    pub(crate) cid: Cid,
    pub(crate) bytes: u32,
}

/// The order of eviction: smaller is evicted first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Importance {
    /// Whether the block is there, or may be.
    is_served: bool,
    /// The priority; 0 for a request that cannot be served.
    priority: i32,
    arrival: u64,
}

/// The importance of a request; `None` if its block is being read or in flight.
const fn importance(request: &Request) -> Option<Importance> {
    let Request { priority, arrival, .. } = *request;
    match request.state {
        State::Leaving => None,
        State::Absent | State::Unread => {
            Some(Importance { is_served: false, priority: 0, arrival })
        }
        State::Looking | State::Deferred | State::Queued(_) => {
            Some(Importance { is_served: true, priority, arrival })
        }
    }
}
