//! Plans that once showed something wrong: they run first, for ever.

use super::plan::Plan;

/// A plan that once failed, and why.
#[derive(Clone, Debug)]
pub struct Regression {
    /// The plan.
    pub plan: Plan,
    /// What kind of world it is.
    pub scenario: &'static str,
    /// What was wrong.
    pub why: &'static str,
}

const LINES: &str = include_str!("../../regressions.txt");

/// All of them, in the order of the file. Lines that are none are passed over; a test sees to it
/// that there are none.
pub fn regressions() -> Vec<Regression> {
    lines().filter_map(regression).collect()
}

pub(super) fn lines() -> impl Iterator<Item = &'static str> {
    LINES.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
}

/// A seed or a plan, a scenario, and the rest is why.
fn regression(line: &'static str) -> Option<Regression> {
    let mut words = line.splitn(3, ' ');
    let (plan, scenario, why) = (words.next()?, words.next()?, words.next()?);
    let plan = match plan.parse() {
        Ok(seed) => Plan::of(seed),
        Err(_) => plan.parse().ok()?,
    };
    Some(Regression { plan, scenario, why })
}
