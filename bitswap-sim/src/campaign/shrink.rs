//! A plan that fails is made smaller for as long as it still fails in the same way.

use super::outcome::Failure;
use super::plan::{Plan, PlannedLink, Player};
use super::pool::Pool;
use super::run::run;

/// The smallest plan found within so many runs that breaks the same invariant, and how it does.
pub fn shrink(plan: &Plan, failure: &Failure, pool: &mut Pool, runs: usize) -> (Plan, Failure) {
    shrink_by(plan, failure, runs, |plan| run(plan, pool).failure)
}

/// Shrinks a plan like [`shrink`], with `fails` to say whether a plan still fails.
pub fn shrink_by(
    plan: &Plan,
    failure: &Failure,
    runs: usize,
    fails: impl FnMut(&Plan) -> Option<Failure>,
) -> (Plan, Failure) {
    let mut search = Search { best: (plan.clone(), failure.clone()), fails, left: runs };
    let mut before = usize::MAX;
    while search.best.0.size() < before && search.left > 0 {
        before = search.best.0.size();
        search.drop_items();
        search.simplify();
    }
    search.best
}

struct Search<F> {
    best: (Plan, Failure),
    fails: F,
    left: usize,
}

impl<F: FnMut(&Plan) -> Option<Failure>> Search<F> {
    fn drop_items(&mut self) {
        self.drop_from(|plan| &mut plan.faults);
        self.drop_from(|plan| &mut plan.calls);
        self.drop_from(|plan| &mut plan.bulks);
        self.attempt(|plan| plan.routes = None);
        self.drop_from(|plan| &mut plan.links);
        for place in (0..self.best.0.contents.len()).rev() {
            self.attempt(|plan| drop_content(plan, place));
        }
        for place in (0..self.best.0.players.len()).rev() {
            self.attempt(|plan| drop_player(plan, place));
        }
    }

    /// Takes ever smaller parts of a list away. Faults and calls name one another by number, but a
    /// wrong number only makes a plan fail less.
    fn drop_from<T: Clone>(&mut self, list: impl Fn(&mut Plan) -> &mut Vec<T>) {
        let mut part = list(&mut self.best.0).len();
        while part > 0 {
            let mut end = list(&mut self.best.0).len();
            while end > 0 {
                let from = end.saturating_sub(part);
                self.attempt(|plan| drop(list(plan).drain(from..end)));
                end = from;
            }
            part /= 2;
        }
    }

    /// Makes what is left ordinary.
    fn simplify(&mut self) {
        for place in 0..self.best.0.players.len() {
            let at = |plan: &mut Plan, change: fn(&mut Player)| {
                plan.players.get_mut(place).into_iter().for_each(change);
            };
            self.attempt(|plan| at(plan, |player| player.hostile = 0));
            self.attempt(|plan| at(plan, |player| player.hostile &= !Player::WILD));
            self.attempt(|plan| at(plan, |player| player.limits = 0));
            self.attempt(|plan| at(plan, |player| player.strategies = 0));
            self.attempt(|plan| at(plan, |player| player.settings = 0));
            self.attempt(|plan| at(plan, |player| (player.store, player.store_faults) = (0, 0)));
            self.attempt(|plan| at(plan, |player| (player.up, player.down) = (100_000, 100_000)));
            for limit in 0..32 {
                self.attempt(|plan| {
                    plan.players
                        .get_mut(place)
                        .into_iter()
                        .for_each(|player| player.limits &= !(3 << (2 * limit)));
                });
            }
        }
        for place in 0..self.best.0.bulks.len() {
            self.thin_out(place);
        }
        for place in 0..self.best.0.links.len() {
            let at = |plan: &mut Plan, change: fn(&mut PlannedLink)| {
                plan.links.get_mut(place).into_iter().for_each(change);
            };
            self.attempt(|plan| at(plan, |link| link.resets = 0));
            self.attempt(|plan| at(plan, |link| (link.jitter, link.negotiates) = (0, 0)));
            self.attempt(|plan| at(plan, |link| (link.protocol, link.lanes) = (1, 2)));
        }
    }

    /// Half of a bulk, for as long as that is enough; then a quarter less, and an eighth.
    fn thin_out(&mut self, place: usize) {
        for part in [2, 4, 8, 16] {
            loop {
                let before = self.best.0.bulks[place].blocks;
                self.attempt(|plan| plan.bulks[place].blocks -= before / part);
                if self.best.0.bulks[place].blocks == before {
                    break;
                }
            }
        }
        self.attempt(|plan| plan.bulks[place].bytes = 10);
        self.attempt(|plan| plan.bulks[place].at = 0);
    }

    /// Keeps a change if the plan still fails in the same way.
    fn attempt(&mut self, change: impl FnOnce(&mut Plan)) {
        if self.left == 0 {
            return;
        }
        let mut plan = self.best.0.clone();
        change(&mut plan);
        if plan == self.best.0 {
            return;
        }
        self.left -= 1;
        let failure = (self.fails)(&plan);
        if let Some(failure) = failure.filter(|it| it.invariant == self.best.1.invariant) {
            self.best = (plan, failure);
        }
    }
}

fn drop_content(plan: &mut Plan, place: usize) {
    plan.contents.remove(place);
    let below = (1_u64 << place) - 1;
    for call in &mut plan.calls {
        call.contents = call.contents & below | call.contents >> 1 & !below;
    }
}

fn drop_player(plan: &mut Plan, place: usize) {
    let gone = place as u8;
    let lower = |number: &mut u8| *number -= u8::from(*number > gone);
    plan.players.remove(place);
    plan.links.retain(|link| link.one != gone && link.other != gone);
    plan.calls.retain(|call| call.player != gone);
    plan.bulks.retain(|bulk| bulk.holder != gone && bulk.player != gone);
    plan.faults.retain(|fault| fault.one != gone && fault.other != gone);
    plan.links.iter_mut().for_each(|link| {
        lower(&mut link.one);
        lower(&mut link.other);
    });
    plan.calls.iter_mut().for_each(|call| lower(&mut call.player));
    plan.bulks.iter_mut().for_each(|bulk| {
        lower(&mut bulk.holder);
        lower(&mut bulk.player);
    });
    plan.faults.iter_mut().for_each(|fault| {
        lower(&mut fault.one);
        lower(&mut fault.other);
    });
    let below = (1_u32 << place) - 1;
    for content in &mut plan.contents {
        content.holders = content.holders & below | content.holders >> 1 & !below;
    }
}
