//! The scripts that run in one node, and what they count.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ::metrics::Recorder;
use bitswap_core::strategy::{NamedStrategy, Role};
use bitswap_strategies::catalog::StrategyChoice;
use bitswap_strategies::script::{Cause, ScriptStats};

use super::Counted;
use super::metrics::{self, Totals};
use crate::error::CliError;

/// The counters of a node's scripts; clones show the same.
#[derive(Clone, Debug, Default)]
pub struct Watch(Arc<Mutex<Watched>>);

#[derive(Debug, Default)]
struct Watched {
    running: Vec<ScriptStats>,
    /// What was logged of each role's script: how many failures, and its open breaker.
    logged: [(usize, bool); Role::ALL.len()],
    /// What scripts counted that ran before, by role: counters never go back.
    before: [Totals; Role::ALL.len()],
}

/// Makes the strategies of `choice` for these roles, and the watch over those that are scripts.
///
/// # Errors
/// The choice cannot be had; nothing was made.
pub fn build(
    choice: &StrategyChoice,
    roles: &[Role],
) -> Result<(Vec<NamedStrategy>, Watch), CliError> {
    let built = choice.build_watched(roles).map_err(|why| CliError::bad_strategy(&why))?;
    let watched = Watched { running: built.scripts, ..Watched::default() };
    Ok((built.strategies, Watch(Arc::new(Mutex::new(watched)))))
}

/// From now on, `watch` is over the scripts that `next` is over, as far as these roles go; what was
/// counted stays counted.
pub fn follow(watch: &Watch, next: &Watch, roles: &[Role]) {
    let mut running = next.open().running.clone();
    let mut watched = watch.open();
    for role in roles {
        let ended = watched.total(*role).ended();
        if let Some(before) = watched.before.get_mut(*role as usize) {
            *before = ended;
        }
        if let Some(logged) = watched.logged.get_mut(*role as usize) {
            *logged = (0, false);
        }
    }
    running.extend(watched.running.iter().filter(|it| !roles.contains(&it.role())).cloned());
    running.sort_by_key(ScriptStats::role);
    watched.running = running;
}

/// What each script counted so far, in the order of roles.
pub fn counted(watch: &Watch) -> Vec<Counted> {
    watch.open().running.iter().map(of_one).collect()
}

/// Logs each different failure of the running scripts once, and when one is not asked any more.
pub async fn log(watch: Watch) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    loop {
        ticks.tick().await;
        watch.open().log();
    }
}

/// Brings the metrics of scripts up to date.
pub fn update(watch: &Watch, recorder: &dyn Recorder) {
    let watched = watch.open();
    for role in Role::ALL {
        metrics::update(recorder, role, &watched.total(role));
    }
}

impl Watch {
    fn open(&self) -> MutexGuard<'_, Watched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched {
    fn log(&mut self) {
        for stats in &self.running {
            let Some((logged, is_open)) = self.logged.get_mut(stats.role() as usize) else {
                continue;
            };
            log_failures(stats, logged);
            if stats.counts().breaker_open && !*is_open {
                *is_open = true;
                log_open_breaker(stats);
            }
        }
    }

    /// Of all scripts that ever played `role`; the breaker is the running one's.
    fn total(&self, role: Role) -> Totals {
        let before = self.before.get(role as usize).cloned().unwrap_or_default();
        match self.running.iter().find(|stats| stats.role() == role) {
            Some(stats) => before.with(stats),
            None => before,
        }
    }
}

/// Logs the failures after those that were `logged`.
fn log_failures(stats: &ScriptStats, logged: &mut usize) {
    let (role, script) = (stats.role().name(), stats.name());
    for failure in stats.failures_told().skip(*logged) {
        *logged += 1;
        tracing::warn!(role, script, "a script failed: {failure}");
    }
}

fn log_open_breaker(stats: &ScriptStats) {
    let (role, script) = (stats.role().name(), stats.name());
    tracing::warn!(role, script, "the script failed too often and is not asked any more");
}

fn of_one(stats: &ScriptStats) -> Counted {
    let counts = stats.counts();
    Counted {
        role: stats.role().name(),
        script: stats.name().to_owned(),
        calls: counts.calls,
        failures: Cause::ALL.map(|cause| (cause.name(), stats.failures(cause))).into(),
        fallbacks: counts.answered_by_native,
        operations: counts.operations,
        most_operations: counts.most_operations,
        breaker_open: counts.breaker_open,
        first_failure: stats.first_failure().map(ToString::to_string),
    }
}
