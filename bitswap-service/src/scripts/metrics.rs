//! The metrics of scripts: one series for each role, and for failures one for each cause besides.
//! The metric of decisions names the script, under `strategy`.

use bitswap_core::strategy::Role;
use bitswap_strategies::script::{Cause, ScriptStats};
use metrics::Recorder;

use crate::metrics::{counter, gauge, script};

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

/// Tells all series of `role`.
pub(super) fn update(recorder: &dyn Recorder, role: Role, totals: &Totals) {
    let role = ("role", role.name());
    let counts = [
        (script::CALLS, totals.calls),
        (script::FALLBACKS, totals.fallbacks),
        (script::OPERATIONS, totals.operations),
    ];
    for (name, count) in counts {
        counter(recorder, name, &[role]).absolute(count);
    }
    for (cause, failures) in Cause::ALL.iter().zip(totals.by_cause) {
        counter(recorder, script::FAILURES, &[role, ("cause", cause.name())]).absolute(failures);
    }
    gauge(recorder, script::BREAKER, &[role]).set(if totals.breaker_open { 1.0 } else { 0.0 });
}
