//! What the program itself counts: reloads, announcements and collections of garbage.

use std::time::{SystemTime, UNIX_EPOCH};

use bitswap_store::Swept;
use metrics::{Counter, Gauge, Recorder};

use super::families::{
    ANNOUNCEMENTS, COLLECTIONS, FREED_BLOCKS, FREED_BYTES, RELOAD_SUCCESS, RELOADED_AT, RELOADS,
    STORE_LIMIT,
};
use super::{counter, gauge};

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

/// Counts what a node announced in the DHTs.
#[derive(Clone, Debug)]
pub(crate) struct AnnounceCounts {
    done: Counter,
    failed: Counter,
}

impl AnnounceCounts {
    /// Registers both series.
    pub(crate) fn new(recorder: &dyn Recorder) -> Self {
        let counter = |result| counter(recorder, ANNOUNCEMENTS, &[("result", result)]);
        Self { done: counter("ok"), failed: counter("failed") }
    }

    /// Counts one.
    pub(crate) fn count(&self, succeeded: bool) {
        if succeeded { &self.done } else { &self.failed }.increment(1);
    }
}

/// Counts what was freed.
#[derive(Clone, Debug)]
pub(crate) struct GcCounts {
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
