//! What the program itself counts: reloads, announcements and collections of garbage.

use std::time::{SystemTime, UNIX_EPOCH};

use bitswap_host::counts::AnnounceCounts;
use bitswap_store::Swept;
use metrics::{Counter, Gauge, Recorder};

use super::families::{
    COLLECTIONS, FILTER_READ_SUCCESS, FILTER_READS, FILTER_RULES, FILTER_SKIPPED, FREED_BLOCKS,
    FREED_BYTES, RELOAD_SUCCESS, RELOADED_AT, RELOADS, STORE_LIMIT,
};
use super::http::HttpCounts;
use super::{counter, gauge};

/// What is counted of a node beside its network.
pub(crate) struct NodeCounts {
    pub(crate) reloads: Reloads,
    pub(crate) announced: AnnounceCounts,
    pub(crate) gc: GcCounts,
    pub(crate) filters: FilterCounts,
    pub(crate) http: HttpCounts,
}

impl NodeCounts {
    /// Registers all series, and tells how much the store may hold and how many rules are in force.
    pub(crate) fn new(recorder: &dyn Recorder, store_limit: Option<u64>, rules: [u64; 3]) -> Self {
        let filters = FilterCounts::new(recorder);
        filters.in_force(rules);
        Self {
            reloads: Reloads::new(recorder),
            announced: AnnounceCounts::new(recorder),
            gc: GcCounts::new(recorder, store_limit),
            filters,
            http: HttpCounts::new(recorder),
        }
    }
}

/// Counts the configuration reloads of a running node.
pub(crate) struct Reloads {
    done: Counter,
    failed: Counter,
    success: Gauge,
    last: Gauge,
}

impl Reloads {
    /// Registers all series; nothing has failed yet.
    pub(crate) fn new(recorder: &dyn Recorder) -> Self {
        let success = gauge(recorder, RELOAD_SUCCESS, &[]);
        success.set(1.0);
        Self {
            done: counter(recorder, RELOADS, &[("result", "ok")]),
            failed: counter(recorder, RELOADS, &[("result", "failed")]),
            success,
            last: gauge(recorder, RELOADED_AT, &[]),
        }
    }

    /// Counts one.
    pub(crate) fn count(&self, succeeded: bool) {
        if succeeded { &self.done } else { &self.failed }.increment(1);
        self.success.set(if succeeded { 1.0 } else { 0.0 });
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        self.last.set(now.map_or(0.0, |since| since.as_secs() as f64));
    }
}

/// Counts rules about blocks and peers, and how often their lists were read again.
#[derive(Clone, Debug)]
pub(crate) struct FilterCounts {
    blocks: Gauge,
    peers: Gauge,
    skipped: Gauge,
    success: Gauge,
    done: Counter,
    failed: Counter,
}

impl FilterCounts {
    /// Registers all series; a node does not start with lists that cannot be read.
    pub(crate) fn new(recorder: &dyn Recorder) -> Self {
        let success = gauge(recorder, FILTER_READ_SUCCESS, &[]);
        success.set(1.0);
        Self {
            success,
            blocks: gauge(recorder, FILTER_RULES, &[("about", "blocks")]),
            peers: gauge(recorder, FILTER_RULES, &[("about", "peers")]),
            skipped: gauge(recorder, FILTER_SKIPPED, &[]),
            done: counter(recorder, FILTER_READS, &[("result", "ok")]),
            failed: counter(recorder, FILTER_READS, &[("result", "failed")]),
        }
    }

    /// Tells how many rules are in force, about blocks and about peers, and how many lines are not.
    pub(crate) fn in_force(&self, [blocks, peers, skipped]: [u64; 3]) {
        self.blocks.set(blocks as f64);
        self.peers.set(peers as f64);
        self.skipped.set(skipped as f64);
    }

    /// Counts that lists were read again, or could not be.
    pub(crate) fn read(&self, succeeded: bool) {
        if succeeded { &self.done } else { &self.failed }.increment(1);
        self.success.set(if succeeded { 1.0 } else { 0.0 });
    }
}

/// Counts what was freed.
#[derive(Clone, Debug)]
pub struct GcCounts {
    done: Counter,
    failed: Counter,
    blocks: Counter,
    bytes: Counter,
}

impl GcCounts {
    /// Registers all series, and tells how much the store may hold.
    pub(crate) fn new(recorder: &dyn Recorder, limit: Option<u64>) -> Self {
        gauge(recorder, STORE_LIMIT, &[]).set(limit.unwrap_or(0) as f64);
        Self {
            done: counter(recorder, COLLECTIONS, &[("result", "ok")]),
            failed: counter(recorder, COLLECTIONS, &[("result", "failed")]),
            blocks: counter(recorder, FREED_BLOCKS, &[]),
            bytes: counter(recorder, FREED_BYTES, &[]),
        }
    }

    /// Counts one; `None` = it failed.
    pub(crate) fn count(&self, swept: Option<&Swept>) {
        let Some(swept) = swept else { return self.failed.increment(1) };
        self.done.increment(1);
        self.blocks.increment(swept.freed_blocks);
        self.bytes.increment(swept.freed_bytes);
    }
}
