//! What the calls of a script cost: operations, which are the same everywhere, and time, which is
//! this machine's and decides nothing.

use std::time::{Duration, Instant};

use bitswap_core::Chance;
use bitswap_strategies::cases::{self, Case};
use bitswap_strategies::script::{Failure, Script};
use serde::Serialize;

/// What one question costs. The names of the fields are the names in `--json`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Cost {
    pub(super) function: &'static str,
    /// What the function was shown.
    pub(super) shown: &'static str,
    /// Of the dearest call.
    pub(super) operations: u64,
    /// What that is of what the call may take.
    pub(super) of_budget: f64,
    /// The middle one of all calls.
    pub(super) microseconds: f64,
}

/// Puts all cases of its role to `script`; those that it leaves to a native strategy cost nothing
/// and are left out.
///
/// # Errors
/// The first call that failed.
pub(super) fn all(script: &Script) -> Result<Vec<Cost>, Failure> {
    let costs = cases::of_role(script.role()).into_iter().map(|case| of(script, &case));
    costs.filter_map(Result::transpose).collect()
}

fn of(script: &Script, case: &Case) -> Result<Option<Cost>, Failure> {
    let (mut strategy, stats) = script.strategy();
    let mut dice = Chance::named(1, "cost");
    case.prepare(&mut strategy, &mut dice);
    let prepared = stats.counts().calls;
    let (mut times, mut dearest) = (Vec::new(), (0, 1));
    let mut now = cases::now();
    let begun = Instant::now();
    while times.len() < LEAST || (times.len() < MOST && begun.elapsed() < ENOUGH) {
        let called = Instant::now();
        let _answer = case.ask(&mut strategy, now, &mut dice);
        times.push(called.elapsed());
        let counts = stats.counts();
        dearest = dearest.max((counts.last_operations, counts.last_budget));
        now = now.after(Duration::from_millis(1));
        if let Some(failure) = stats.first_failure() {
            return Err(failure.clone());
        }
    }
    times.sort_unstable();
    let middle = times.get(times.len() / 2).copied().unwrap_or_default();
    Ok((stats.counts().calls > prepared).then(|| Cost {
        function: case.function,
        shown: case.about,
        operations: dearest.0,
        of_budget: dearest.0 as f64 / dearest.1 as f64,
        microseconds: middle.as_secs_f64() * 1e6,
    }))
}

/// Calls of each case.
const LEAST: usize = 5;
const MOST: usize = 200;

/// Time spent on one case, unless that were too few calls.
const ENOUGH: Duration = Duration::from_millis(100);
