//! One run: everything goes wrong, then nothing does any more, and all must come to rest.

mod ask;
mod cast;
mod heal;
mod judge;
mod rest;
mod strike;
mod unhealed;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use bitswap_core::strategy::StrategySet;
use bitswap_core::{Block, Timestamp};
use cid::Cid;

use self::ask::Made;
use super::outcome::{Failure, Healing, Outcome};
use super::plan::{Bulk, Plan, Player};
use super::pool::Pool;
use crate::world::{Halt, NodeId, TraceHash, World};

/// Runs a plan to its end, or to the first thing that is wrong. One in a hundred runs twice.
pub fn run(plan: &Plan, pool: &mut Pool) -> Outcome {
    let outcome = watch(plan, pool, false, |_| ());
    if outcome.failure.is_some() || !plan.seed.is_multiple_of(100) {
        return outcome;
    }
    let again = watch(plan, pool, false, |_| ());
    let failure = (again.trace != outcome.trace).then(|| Failure {
        seed: plan.seed,
        event: outcome.events,
        node: None,
        invariant: 14,
        what: format!("the same plan again came to {} and not {}", again.trace, outcome.trace),
    });
    Outcome { failure, ..outcome }
}

/// Runs a plan with messages that are handed over whole and not as frames; the run is the same.
pub fn run_handed_over(plan: &Plan, pool: &mut Pool) -> Outcome {
    watch_as(plan, pool, &Player::strategies, |world| world.hand_over(true), |_| ())
}

/// Runs a plan in which all that keep to the rules begin with strategies from elsewhere, such as
/// scripts. What is expected of them is what the plan says.
pub fn run_judged_by(
    plan: &Plan,
    pool: &mut Pool,
    strategies: &dyn Fn() -> StrategySet,
) -> Outcome {
    watch_as(plan, pool, &|_| strategies(), |_| (), |_| ())
}

/// Runs a plan, with a diary or without; `look` sees the world as it is at the end.
pub fn watch(
    plan: &Plan,
    pool: &mut Pool,
    keeps_diary: bool,
    look: impl FnOnce(&World),
) -> Outcome {
    let prepare = |world: &mut World| {
        if keeps_diary {
            world.keep_diary();
        }
    };
    watch_as(plan, pool, &Player::strategies, prepare, look)
}

fn watch_as(
    plan: &Plan,
    pool: &mut Pool,
    strategies: &dyn Fn(&Player) -> StrategySet,
    prepare: impl FnOnce(&mut World),
    look: impl FnOnce(&World),
) -> Outcome {
    let run = catch_unwind(AssertUnwindSafe(|| {
        let mut run = Run::new(plan, pool, strategies);
        prepare(&mut run.world);
        let failure = run.go().err();
        (run, failure)
    }));
    match run {
        Ok((run, failure)) => {
            look(&run.world);
            run.outcome(failure)
        }
        Err(panic) => {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("");
            let failure = Failure {
                seed: plan.seed,
                event: 0,
                node: None,
                invariant: 14,
                what: format!("a panic: {said}"),
            };
            Outcome {
                events: 0,
                faults: 0,
                nodes: plan.players.len(),
                trace: TraceHash::default(),
                check_counts: crate::invariants::CheckCounts::default(),
                most_wants: 0,
                healing: Healing::default(),
                failure: Some(failure),
            }
        }
    }
}

/// A plan and its world.
struct Run<'a> {
    plan: &'a Plan,
    /// What a player that keeps to the rules begins with, also after a restart.
    strategies: &'a dyn Fn(&Player) -> StrategySet,
    world: World,
    blocks: Vec<(Cid, Block)>,
    /// The blocks of each of the plan's bulks.
    bulks: Vec<Vec<(Cid, Block)>>,
    made: Vec<Made>,
    /// Of each player, whether its finder searches whoever is in charge.
    search: Vec<bool>,
    /// Brought at healing what nobody else would serve.
    provider: Option<NodeId>,
    healing: Healing,
    /// The steps to come, by time and then in the order in which they were scheduled.
    timetable: BTreeMap<(u32, u32), Step>,
    faults: u64,
}

/// Something to be done at a moment.
#[derive(Clone, Copy, Debug)]
enum Step {
    Bulk(usize),
    Content(usize),
    Call(usize),
    Fault(usize),
    Restart(u8),
}

impl<'a> Run<'a> {
    /// More steps than this at one go are a run without end.
    const STEPS: u64 = 1_000_000;
    /// When so much has happened nothing more goes wrong.
    const ENOUGH: u64 = 12_000;
    /// And so much for each block of a bulk.
    const EACH: u64 = 16;

    fn new(
        plan: &'a Plan,
        pool: &mut Pool,
        strategies: &'a dyn Fn(&Player) -> StrategySet,
    ) -> Self {
        let mut world = World::new(plan.seed);
        world.strict(true);
        world.break_only_connections(true);
        let blocks = plan.contents.iter().filter_map(|content| pool.block(content).ok()).collect();
        let mut small = |bulk: &Bulk| {
            (0..bulk.blocks).filter_map(|number| pool.small(number, bulk.bytes)).collect()
        };
        let bulks = plan.bulks.iter().map(&mut small).collect();
        Self {
            plan,
            strategies,
            world,
            blocks,
            bulks,
            made: Vec::new(),
            search: judge::who_searches(plan),
            provider: None,
            healing: Healing::default(),
            timetable: BTreeMap::new(),
            faults: 0,
        }
    }

    fn go(&mut self) -> Result<(), Failure> {
        self.cast()?;
        self.plan_ahead();
        let enough = self.enough();
        while let Some(((at, _), step)) = self.timetable.pop_first() {
            let at_last = Timestamp::ZERO.after(Duration::from_millis(at.into()));
            match self.world.run_until_within(at_last, enough) {
                // It would go on for long: so it is healed earlier.
                Err(Halt::Busy { .. }) => {
                    self.healing.was_hurried = true;
                    break;
                }
                passed => passed?,
            }
            self.world.agree_where_quiet()?;
            self.take(at, step);
            if self.world.events() > enough && !self.timetable.is_empty() {
                self.healing.was_hurried = true;
                break;
            }
        }
        self.end_unhealed()?;
        self.heal();
        self.converge()?;
        self.come_to_rest()
    }

    fn enough(&self) -> u64 {
        let bulk: usize = self.bulks.iter().map(Vec::len).sum();
        Self::ENOUGH + Self::EACH * bulk as u64
    }

    fn outcome(self, failure: Option<Failure>) -> Outcome {
        Outcome {
            events: self.world.events(),
            faults: self.faults,
            nodes: self.plan.players.len(),
            trace: self.world.trace(),
            check_counts: self.world.check_counts(),
            most_wants: self.world.most_wants(),
            healing: self.healing,
            failure,
        }
    }

    fn plan_ahead(&mut self) {
        let plan = self.plan;
        for (place, content) in plan.contents.iter().enumerate() {
            self.note(content.at, Step::Content(place));
        }
        for (place, call) in plan.calls.iter().enumerate() {
            self.note(call.at, Step::Call(place));
        }
        for (place, bulk) in plan.bulks.iter().enumerate() {
            self.note(bulk.at, Step::Bulk(place));
        }
        for (place, fault) in plan.faults.iter().enumerate() {
            self.note(fault.at, Step::Fault(place));
        }
    }

    fn note(&mut self, at: u32, step: Step) {
        let place = self.timetable.len() as u32 + (self.faults as u32) * 1_000;
        self.timetable.insert((at, place), step);
    }

    fn take(&mut self, at: u32, step: Step) {
        match step {
            Step::Bulk(place) => self.ask_for_bulk(place),
            Step::Content(place) => self.bring(place),
            Step::Call(place) => self.call(place),
            Step::Fault(place) => self.strike(at, place),
            Step::Restart(player) => self.restart(player),
        }
    }

    /// A block is stored at its holders, if it was not there from the start.
    fn bring(&mut self, place: usize) {
        let plan = self.plan;
        let (Some(content), Some(block)) = (plan.contents.get(place), self.blocks.get(place))
        else {
            return;
        };
        let block = [block.clone()];
        let wrong = plan.routes.map_or(0, |routes| usize::from(routes.wrong));
        let is_wrong = place * 37 % 100 < wrong;
        for node in self.all_nodes() {
            let has = content.holders >> node.place() & 1 == 1 && self.world.is_up(node);
            if has {
                self.world.store(node, &block);
            }
            if has || is_wrong && node.place() == place % plan.players.len() {
                self.world.provide(node, &[block[0].0]);
            }
        }
    }

    fn run_until(&mut self, at: Timestamp) -> Result<(), Failure> {
        Ok(self.world.run_until_within(at, Self::STEPS)?)
    }

    fn node(&self, player: u8) -> Option<NodeId> {
        let place = usize::from(player);
        (place < self.plan.players.len()).then(|| NodeId::at(place))
    }

    fn all_nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.plan.players.len()).map(NodeId::at)
    }

    /// Nodes that keep to the rules and stay.
    fn core(&self) -> Vec<NodeId> {
        self.all_nodes().filter(|node| self.is_core(*node)).chain(self.provider).collect()
    }

    fn is_core(&self, node: NodeId) -> bool {
        let player = self.plan.players.get(node.place());
        player.is_some_and(|player| player.is_honest() && player.leaves == 0)
    }
}
