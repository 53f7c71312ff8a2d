//! Whether searches come to a wait or an end, in a world that goes on around them.

use std::time::Duration;

use bitswap_core::strategy::{Ctx, ProviderFinder, SearchView, Step, WantSet};
use bitswap_core::{Chance, CidKey, SessionId, Timestamp};

use super::{Rule, SEED, Violation, broken};
use crate::catalog::Strategy;

/// Leads a finder through many searches; other roles have none.
pub(super) fn check(strategy: Strategy) -> Result<(), Violation> {
    let Strategy::ProviderFinder(mut finder) = strategy else {
        return Ok(());
    };
    let mut world = World::default();
    let mut dice = Chance::named(SEED, "dice");
    for number in 0..SEARCHES {
        world.anybody = number % 2 == 1;
        world.now = world.now.after(Duration::from_secs(1));
        lead(&mut *finder, &mut dice, &mut world, CidKey(number))?;
    }
    Ok(())
}

const SEARCHES: u64 = 50;
const ROUNDS: usize = 50;

/// Steps that a finder may take before it waits or gives up.
const STEPS: usize = 6;

/// Leads through one search, to its end or for a while.
fn lead(
    finder: &mut dyn ProviderFinder,
    dice: &mut Chance,
    world: &mut World,
    want: CidKey,
) -> Result<(), Violation> {
    let mut search = SearchView::new(SessionId(want.0), world.now).with_want(want);
    let (mut steps, mut first) = (0, None);
    for _ in 0..ROUNDS {
        let Some(at) = next_wait(finder, dice, world, &mut search, &mut steps)? else {
            return Ok(());
        };
        first.get_or_insert(steps);
        world.pass(at, &mut search);
    }
    if first == Some(steps) {
        return Err(broken(Rule::GoesOn, format!("{ROUNDS} waits in a row, now {search:?}")));
    }
    Ok(())
}

/// Takes steps until the finder waits; `None` if it gives up.
fn next_wait(
    finder: &mut dyn ProviderFinder,
    dice: &mut Chance,
    world: &World,
    search: &mut SearchView,
    steps: &mut u32,
) -> Result<Option<Timestamp>, Violation> {
    for _ in 0..STEPS {
        match finder.next_step(&mut Ctx::new(world.now, dice), search) {
            Step::GiveUp { .. } => return Ok(None),
            Step::WaitUntil { at, .. } if at > world.now => return Ok(Some(at)),
            Step::WaitUntil { at, .. } => {
                let what = format!("at {:?} it waits until {at:?}: {search:?}", world.now);
                return Err(broken(Rule::Waits, what));
            }
            step @ (Step::Ask { .. } | Step::Broadcast { .. } | Step::Candidates { .. }) => {
                *steps += 1;
                taken(world.now, search, &step);
            }
        }
    }
    Err(broken(Rule::Waits, format!("{STEPS} steps without a wait, now {search:?}")))
}

/// What a search looks like after a step, if nobody answers.
pub(crate) fn taken(now: Timestamp, search: &mut SearchView, step: &Step) {
    match step {
        Step::Ask { want, .. } => {
            search.lookups += 1;
            search.last_lookup_at = Some(now);
            search.lookup_running = true;
            if let Some(row) = search.wants.iter_mut().find(|row| row.want == *want) {
                row.looked_up_at = Some(now);
            }
        }
        Step::Broadcast { wants, .. } => {
            if *wants == WantSet::All {
                search.broadcasts += 1;
                search.last_broadcast_at = Some(now);
            }
            for row in &mut search.wants {
                let is_meant = match wants {
                    WantSet::All | WantSet::New => true,
                    WantSet::One(want) => row.want == *want,
                    WantSet::List(listed) => listed.contains(&row.want),
                };
                row.broadcast_at = if is_meant { Some(now) } else { row.broadcast_at };
            }
        }
        Step::Candidates { .. } => search.candidates_asked = true,
        Step::GiveUp { .. } | Step::WaitUntil { .. } => {}
    }
}

/// What goes on while a finder waits.
struct World {
    chance: Chance,
    now: Timestamp,
    /// Whether anybody ever answers.
    anybody: bool,
}

impl Default for World {
    fn default() -> Self {
        Self { chance: Chance::named(SEED, "world"), now: Timestamp::ZERO, anybody: false }
    }
}

impl World {
    /// Lets time pass until `at`, for at most a minute, or until a look-up ends before that.
    fn pass(&mut self, at: Timestamp, search: &mut SearchView) {
        let wait = at.since(self.now).min(Duration::from_secs(60));
        let answered = self.anybody && self.chance.one_in(1, 4);
        search.peers_connected = self.chance.below(100) as u32;
        if answered {
            search.answer_time = Some(Duration::from_millis(self.chance.below(5_000)));
        }
        if search.lookup_running && self.chance.one_in(1, 2) {
            search.lookup_running = false;
            search.providers_found += u32::from(answered);
            self.now = self.now.after(wait / 2);
        } else {
            search.quiet_rounds += 1;
            self.now = self.now.after(wait);
        }
        if answered {
            search.quiet_rounds = 0;
        }
    }
}
