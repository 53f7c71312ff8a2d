//! The metrics of scripts: one series for each role, and for failures one for each cause besides.
//! The metric of decisions names the script, under `strategy`.

use bitswap_core::strategy::Role;
use bitswap_strategies::script::{Cause, ScriptStats};
use metrics::{Key, Label, Level, Metadata, Recorder};

const METADATA: Metadata<'static> = Metadata::new("bitswap", Level::INFO, None);

const FAILURES: &str = "bitswap_script_failures_total";
const BREAKER: &str = "bitswap_script_breaker_open";

/// What the scripts of one role counted, the one in charge and those before it.
#[derive(Clone, Debug, Default)]
pub(super) struct Totals {
    calls: u64,
    fallbacks: u64,
    operations: u64,
    by_cause: [u64; Cause::ALL.len()],
    breaker_open: bool,
}

impl Totals {
    /// These counts, for scripts that are not in charge any more.
    pub(super) const fn ended(self) -> Self {
        Self { breaker_open: false, ..self }
    }

    /// These, and what `stats` counted.
    pub(super) fn with(&self, stats: &ScriptStats) -> Self {
        let counts = stats.counts();
        let mut by_cause = self.by_cause;
        for (total, cause) in by_cause.iter_mut().zip(Cause::ALL) {
            *total += stats.failures(cause);
        }
        Self {
            calls: self.calls + counts.calls,
            fallbacks: self.fallbacks + counts.answered_by_native,
            operations: self.operations + counts.operations,
            by_cause,
            breaker_open: counts.breaker_open,
        }
    }
}

/// A counter of a role's scripts.
struct Counter {
    name: &'static str,
    help: &'static str,
    read: fn(&Totals) -> u64,
}

const COUNTERS: [Counter; 3] = [
    Counter {
        name: "bitswap_script_calls_total",
        help: "Calls of the script that plays a role, those that failed included.",
        read: |totals| totals.calls,
    },
    Counter {
        name: "bitswap_script_fallbacks_total",
        help: "Questions that the native strategy answered in the script's place.",
        read: |totals| totals.fallbacks,
    },
    Counter {
        name: "bitswap_script_operations_total",
        help: "Operations that the script's calls took.",
        read: |totals| totals.operations,
    },
];

/// Says what each means.
pub(super) fn describe(recorder: &dyn Recorder) {
    for Counter { name, help, .. } in COUNTERS {
        recorder.describe_counter(name.into(), None, help.into());
    }
    let help = "Calls of the script that failed, by cause.";
    recorder.describe_counter(FAILURES.into(), None, help.into());
    let help = "Whether the script is not asked any more, because it failed too often.";
    recorder.describe_gauge(BREAKER.into(), None, help.into());
}

/// Tells all series of `role`.
pub(super) fn update(recorder: &dyn Recorder, role: Role, totals: &Totals) {
    let role = Label::from_static_parts("role", role.name());
    for Counter { name, read, .. } in COUNTERS {
        count(recorder, name, vec![role.clone()], read(totals));
    }
    for (cause, failures) in Cause::ALL.iter().zip(totals.by_cause) {
        let labels = vec![role.clone(), Label::from_static_parts("cause", cause.name())];
        count(recorder, FAILURES, labels, failures);
    }
    let breaker = recorder.register_gauge(&Key::from((BREAKER, vec![role])), &METADATA);
    breaker.set(if totals.breaker_open { 1.0 } else { 0.0 });
}

fn count(recorder: &dyn Recorder, name: &'static str, labels: Vec<Label>, count: u64) {
    recorder.register_counter(&Key::from((name, labels)), &METADATA).absolute(count);
}
