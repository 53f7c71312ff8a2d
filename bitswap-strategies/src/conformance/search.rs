//! Whether searches come to a wait or an end, in a world that goes on around them.

use std::time::Duration;

use bitswap_core::strategy::{Ctx, ProviderFinder, SearchView, Step};
use bitswap_core::{Chance, CidKey, Timestamp};

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
const STEPS: usize = 4;

/// Leads through one search, to its end or for a while.
fn lead(
    finder: &mut dyn ProviderFinder,
    dice: &mut Chance,
    world: &mut World,
    want: CidKey,
) -> Result<(), Violation> {
    let mut search = SearchView::new(want, world.now);
    let mut done_first = None;
    for _ in 0..ROUNDS {
        let Some(at) = next_wait(finder, dice, world, &mut search)? else {
            return Ok(());
        };
        done_first.get_or_insert(search.broadcasts + search.lookups);
        world.pass(at, &mut search);
    }
    if done_first == Some(search.broadcasts + search.lookups) {
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
) -> Result<Option<Timestamp>, Violation> {
    for _ in 0..STEPS {
        match finder.next_step(&mut Ctx::new(world.now, dice), search) {
            Step::Ask { .. } => {
                search.lookups += 1;
                search.last_lookup_at = Some(world.now);
                search.lookup_running = true;
            }
            Step::Broadcast { .. } => {
                search.broadcasts += 1;
                search.last_broadcast_at = Some(world.now);
            }
            Step::GiveUp { .. } => return Ok(None),
            Step::WaitUntil { at, .. } if at > world.now => return Ok(Some(at)),
            Step::WaitUntil { at, .. } => {
                let what = format!("at {:?} it waits until {at:?}: {search:?}", world.now);
                return Err(broken(Rule::Waits, what));
            }
        }
    }
    Err(broken(Rule::Waits, format!("{STEPS} steps without a wait, now {search:?}")))
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
