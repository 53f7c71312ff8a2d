//! One peer that wants something of us.

use std::collections::BTreeMap;

use super::{Request, State, Turn};
use crate::ids::CidKey;
use crate::map::Table;
use crate::time::Timestamp;

/// A peer's requests, and those of them that wait for their turn, in order.
#[derive(Debug, Default)]
pub(crate) struct Asker {
    pub(super) requests: Table<CidKey, Request>,
    /// By rank, then arrival.
    pub(super) tasks: BTreeMap<([i64; 4], u64), CidKey>,
    pub(super) places: Table<CidKey, [i64; 4]>,
    /// When the waiting blocks were asked for, by arrival.
    pub(super) queued_at: BTreeMap<u64, Timestamp>,
    pub(crate) task_bytes: u64,
    pub(crate) in_flight_bytes: u64,
    pub(crate) last_served_at: Option<Timestamp>,
    /// The node's count of turns when this peer was last served.
    pub(crate) turn: u64,
    /// Since when somebody else may have been served in its place.
    pub(super) passed_over_since: Option<Timestamp>,
}

impl Asker {
    /// Blocks that wait for their turn.
    pub(crate) fn tasks(&self) -> usize {
        self.tasks.len()
    }

    /// All its requests.
    pub(crate) fn requests(&self) -> usize {
        self.requests.len()
    }

    /// When the oldest waiting block was asked for.
    pub(crate) fn oldest_task_at(&self) -> Option<Timestamp> {
        self.queued_at.first_key_value().map(|(_, at)| *at)
    }

    /// Takes waiting blocks worth about `bytes`, at least one.
    pub(super) fn take(&mut self, bytes: u64) -> Vec<Turn> {
        let mut turns = Vec::new();
        let mut taken = 0;
        while let Some((&(_, arrival), &key)) = self.tasks.first_key_value() {
            let Some(request) = self.requests.get_mut(&key) else {
                break;
            };
            let (_, size) = request.queued();
            if !turns.is_empty() && taken + u64::from(size) > bytes {
                break;
            }
            request.state = State::Leaving;
            turns.push(Turn { key, cid: request.cid, bytes: size });
            taken += u64::from(size);
            self.tasks.pop_first();
            self.places.remove(&key);
            self.queued_at.remove(&arrival);
        }
        self.task_bytes -= taken;
        turns
    }

    /// The request to drop for one of `priority`: the oldest we cannot serve, else the least
    /// important if it is less important than that.
    pub(super) fn least_important(&self, priority: i32) -> Option<CidKey> {
        let absent = self.requests.iter().filter(|(_, request)| request.state == State::Absent);
        let oldest_absent = absent.min_by_key(|(_, request)| request.arrival);
        let droppable = self
            .requests
            .iter()
            .filter(|(_, request)| request.priority < priority && request.state != State::Leaving);
        let least = droppable.min_by_key(|(_, request)| (request.priority, request.arrival));
        oldest_absent.or(least).map(|(key, _)| *key)
    }
}
