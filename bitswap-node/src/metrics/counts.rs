//! What the program itself counts: reloads and announcements.

use std::time::{SystemTime, UNIX_EPOCH};

use metrics::{Counter, Gauge, Recorder};

use super::families::{ANNOUNCEMENTS, RELOAD_SUCCESS, RELOADED_AT, RELOADS};
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
