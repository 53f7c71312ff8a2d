//! What is counted of a running script, for people to see.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use bitswap_core::strategy::Role;

use super::error::At;

/// The counters of one running script; clones show the same.
#[derive(Clone, Debug)]
pub struct ScriptStats(Arc<Counters>);

#[derive(Debug)]
struct Counters {
    role: Role,
    name: Arc<str>,
    calls: AtomicU64,
    native: AtomicU64,
    operations: AtomicU64,
    most_operations: AtomicU64,
    last_operations: AtomicU64,
    last_budget: AtomicU64,
    by_cause: [AtomicU64; Cause::ALL.len()],
    breaker_open: AtomicBool,
    /// Failures of which each has another place, function or cause; the first comes first.
    different: [OnceLock<Failure>; DIFFERENT],
    /// Values of the state that were copied.
    copied: AtomicU64,
}

/// How many different failures are kept.
const DIFFERENT: usize = 8;

/// The counters at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScriptCounts {
    /// Calls of the script, those that failed included.
    pub calls: u64,
    /// Calls that failed, for any cause.
    pub failures: u64,
    /// Questions that the native strategy answered in the script's place.
    pub answered_by_native: u64,
    /// Operations of all calls.
    pub operations: u64,
    /// Operations of the dearest call.
    pub most_operations: u64,
    /// Operations of the last call.
    pub last_operations: u64,
    /// What the last call could take.
    pub last_budget: u64,
    /// Whether the script is not asked any more, because it failed too often.
    pub breaker_open: bool,
    /// Values of its state that were copied, so that a call that fails can be undone: at most four
    /// for each operation, however much it remembers.
    pub values_copied: u64,
}

/// Why a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// What it returned is no answer to the question.
    Answer,
    /// It took more operations than it may.
    Budget,
    /// It stopped with an error.
    Error,
    /// It kept too much in `this`, or something that cannot be kept.
    State,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Answer, Self::Budget, Self::Error, Self::State];

    /// The word in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Budget => "budget",
            Self::Error => "error",
            Self::State => "state",
        }
    }
}

/// A call that failed. Its state, dice and answer were dropped, and the native strategy answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: in `{function}`: {what}")]
#[non_exhaustive]
pub struct Failure {
    /// Where it stopped.
    pub at: At,
    /// Which function had been called.
    pub function: Arc<str>,
    /// Why.
    pub cause: Cause,
    /// What went wrong.
    pub what: String,
}

impl ScriptStats {
    pub(super) fn new(role: Role, name: &Arc<str>) -> Self {
        Self(Arc::new(Counters {
            role,
            name: Arc::clone(name),
            calls: AtomicU64::new(0),
            native: AtomicU64::new(0),
            operations: AtomicU64::new(0),
            most_operations: AtomicU64::new(0),
            last_operations: AtomicU64::new(0),
            last_budget: AtomicU64::new(0),
            by_cause: Default::default(),
            breaker_open: AtomicBool::new(false),
            different: Default::default(),
            copied: AtomicU64::new(0),
        }))
    }

    /// Which role the script plays.
    pub fn role(&self) -> Role {
        self.0.role
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The counters now.
    pub fn counts(&self) -> ScriptCounts {
        let Counters { calls, native, operations, most_operations, .. } = &*self.0;
        let Counters { last_operations, last_budget, breaker_open, .. } = &*self.0;
        ScriptCounts {
            last_operations: last_operations.load(Ordering::Relaxed),
            last_budget: last_budget.load(Ordering::Relaxed),
            calls: calls.load(Ordering::Relaxed),
            failures: Cause::ALL.map(|cause| self.failures(cause)).into_iter().sum(),
            answered_by_native: native.load(Ordering::Relaxed),
            operations: operations.load(Ordering::Relaxed),
            most_operations: most_operations.load(Ordering::Relaxed),
            breaker_open: breaker_open.load(Ordering::Relaxed),
            values_copied: self.0.copied.load(Ordering::Relaxed),
        }
    }

    /// How many calls failed for this cause.
    pub fn failures(&self, cause: Cause) -> u64 {
        self.0.by_cause.get(cause as usize).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// The first call that failed.
    pub fn first_failure(&self) -> Option<&Failure> {
        self.failures_told().next()
    }

    /// The first failures, each other than those before it in its place, function or cause: what
    /// people are told, once each.
    pub fn failures_told(&self) -> impl Iterator<Item = &Failure> {
        self.0.different.iter().map_while(OnceLock::get)
    }

    /// Notes that so many values of the state were copied.
    pub(super) fn copied(&self, values: u64) {
        self.0.copied.fetch_add(values, Ordering::Relaxed);
    }

    /// Notes a call that took so many operations, of so many that it may take.
    pub(super) fn called(&self, operations: u64, budget: u64) {
        self.0.last_operations.store(operations, Ordering::Relaxed);
        self.0.last_budget.store(budget, Ordering::Relaxed);
        self.0.calls.fetch_add(1, Ordering::Relaxed);
        self.0.operations.fetch_add(operations, Ordering::Relaxed);
        self.0.most_operations.fetch_max(operations, Ordering::Relaxed);
    }

    pub(super) fn failed(&self, failure: &Failure) {
        if let Some(count) = self.0.by_cause.get(failure.cause as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        for place in &self.0.different {
            let known = place.get_or_init(|| failure.clone());
            let is_alike = known.at == failure.at && known.function == failure.function;
            if is_alike && known.cause == failure.cause {
                return;
            }
        }
    }

    pub(super) fn answered_by_native(&self) {
        self.0.native.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn breaker_opened(&self) {
        self.0.breaker_open.store(true, Ordering::Relaxed);
    }
}
