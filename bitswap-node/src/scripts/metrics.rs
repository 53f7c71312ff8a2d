//! The metrics of scripts: one series for each role, and for failures one for each cause besides.
//! Which script it is, the decisions say, under `strategy`.

use bitswap_core::strategy::Role;
use bitswap_strategies::script::{Cause, ScriptCounts, ScriptStats};
use metrics::{Key, Label, Level, Metadata, Recorder};

const METADATA: Metadata<'static> = Metadata::new("bitswap", Level::INFO, None);

const FAILURES: &str = "bitswap_script_failures_total";
const BREAKER: &str = "bitswap_script_breaker_open";

/// A counter of a role's script.
struct Counter {
    name: &'static str,
    help: &'static str,
    read: fn(&ScriptCounts) -> u64,
}

const COUNTERS: [Counter; 3] = [
    Counter {
        name: "bitswap_script_calls_total",
        help: "Calls of the script that plays a role, those that failed included.",
        read: |counts| counts.calls,
    },
    Counter {
        name: "bitswap_script_fallbacks_total",
        help: "Questions that the native strategy answered in the script's place.",
        read: |counts| counts.answered_by_native,
    },
    Counter {
        name: "bitswap_script_operations_total",
        help: "Operations that the script's calls took.",
        read: |counts| counts.operations,
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

/// Tells all series; they are 0 for roles that no script of `scripts` plays.
pub(super) fn update(recorder: &dyn Recorder, scripts: &[ScriptStats]) {
    for role in Role::ALL {
        let script = scripts.iter().find(|stats| stats.role() == role);
        let counts = script.map(ScriptStats::counts).unwrap_or_default();
        let role = Label::from_static_parts("role", role.name());
        for Counter { name, read, .. } in COUNTERS {
            count(recorder, name, vec![role.clone()], read(&counts));
        }
        for cause in Cause::ALL {
            let labels = vec![role.clone(), Label::from_static_parts("cause", cause.name())];
            count(recorder, FAILURES, labels, script.map_or(0, |stats| stats.failures(cause)));
        }
        let breaker = recorder.register_gauge(&Key::from((BREAKER, vec![role])), &METADATA);
        breaker.set(if counts.breaker_open { 1.0 } else { 0.0 });
    }
}

fn count(recorder: &dyn Recorder, name: &'static str, labels: Vec<Label>, count: u64) {
    recorder.register_counter(&Key::from((name, labels)), &METADATA).absolute(count);
}
