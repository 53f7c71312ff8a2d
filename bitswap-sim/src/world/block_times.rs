//! When each block of a call was asked for and came.

use std::collections::BTreeMap;
use std::time::Duration;

use bitswap_core::{CallId, Timestamp};
use cid::Cid;

use super::World;

/// When the blocks of a call were asked for and came.
#[derive(Clone, Debug, Default)]
pub struct BlockTimes {
    /// In the order of the call.
    blocks: Vec<(Option<Timestamp>, Option<Timestamp>)>,
    places: BTreeMap<Cid, usize>,
    asked: usize,
}

impl BlockTimes {
    /// The call is also about these.
    pub(super) fn add(&mut self, cids: &[Cid]) {
        self.places.extend(cids.iter().copied().zip(self.blocks.len()..));
        self.blocks.resize(self.blocks.len() + cids.len(), (None, None));
    }

    /// The caller gives credit for so many blocks more.
    pub(super) fn asked(&mut self, now: Timestamp, credit: u32) {
        for (asked_at, _) in self.blocks.iter_mut().skip(self.asked).take(credit as usize) {
            *asked_at = Some(now);
        }
        self.asked += credit as usize;
    }

    /// A block is delivered.
    pub(super) fn came(&mut self, now: Timestamp, cid: &Cid) {
        let place = self.places.get(cid);
        if let Some((_, came_at)) = place.and_then(|place| self.blocks.get_mut(*place)) {
            came_at.get_or_insert(now);
        }
    }

    /// The number of blocks of the call.
    pub const fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Whether the call is about nothing.
    pub const fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// For each block that was asked for, how long it took to be delivered; `None` if it never was.
    pub fn times(&self) -> impl Iterator<Item = Option<Duration>> {
        let asked =
            self.blocks.iter().filter_map(|(asked_at, came_at)| Some(((*asked_at)?, *came_at)));
        asked.map(|(asked_at, came_at)| Some(came_at?.since(asked_at)))
    }

    /// The moments at which blocks were delivered, in order.
    pub fn moments(&self) -> Vec<Timestamp> {
        let mut moments: Vec<_> = self.blocks.iter().filter_map(|(_, came_at)| *came_at).collect();
        moments.sort_unstable();
        moments
    }
}

impl World {
    /// Callers of calls that begin from now on note when each of their blocks comes.
    pub const fn time_blocks(&mut self, times: bool) {
        self.times_blocks = times;
    }

    /// When the blocks of a call were asked for and came, if its caller noted that.
    pub fn block_times(&self, call: CallId) -> Option<&BlockTimes> {
        self.callers.get(self.caller_of(call)?)?.times()
    }
}
