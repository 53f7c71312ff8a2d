//! Which calls must end with all their blocks once all is healed, and whether they did.

use std::time::Duration;

use bitswap_core::Timestamp;
use bitswap_core::strategy::Role;
use bitswap_strategies::catalog;

use super::Run;
use super::ask::Made;
use crate::campaign::outcome::Failure;
use crate::campaign::plan::{
    Bulk, FaultKind, Plan, PlannedLink, Player, Swap, searches, serves_all, waits_for_ever,
};
use crate::world::NodeId;

impl Run<'_> {
    /// Less than the first pause after which somebody is asked again: that would be a stall.
    const DALLYING: Duration = Duration::from_secs(20);

    /// Why a call need not end with all its blocks, if there is a reason: by the plan, and where
    /// the node gave a reason of its own, by both.
    pub(super) fn exemption(&self, made: &Made) -> Option<&'static str> {
        use bitswap_core::Failure::{NobodyLeft, OverLimit, Store, TimedOut};

        let report = self.report(made)?;
        let failed = |why: fn(&bitswap_core::Failure) -> bool| report.failures.iter().any(why);
        let limits = self.player(made.node).map(|player| player.config().limits);
        let few_calls = limits.is_some_and(|limits| limits.calls < 1_000);
        let few_cids = self
            .player(made.node)
            .is_some_and(|player| player.config().limits.cids_per_call < made.cids.len());
        let reasons = [
            (report.is_lost, "given up by its caller, or lost with its node"),
            (
                failed(|why| matches!(why, TimedOut)) && self.is_out_of_time(made, report.time()),
                "its time was over",
            ),
            (
                !self.search.get(made.node.place()).is_some_and(|it| *it),
                "its finder does not search",
            ),
            (made.is_closed, "its session was closed"),
            (
                made.ends_early && failed(|why| matches!(why, NobodyLeft(_) | TimedOut)),
                "its session ended early",
            ),
            (
                failed(|why| matches!(why, Store(_))) && self.has_bad_store(made.node),
                "its store took a block and failed",
            ),
            (
                failed(|why| matches!(why, OverLimit { .. })) && (few_calls || few_cids),
                "its node takes few calls, or short ones",
            ),
        ];
        reasons.into_iter().find_map(|(holds, reason)| holds.then_some(reason))
    }

    /// Whether a call ended when its time was over, and not before; where its clock jumps, nobody
    /// knows.
    fn is_out_of_time(&self, made: &Made, time: Option<Duration>) -> bool {
        let is_over = made.timeout.is_some_and(|timeout| time.is_some_and(|time| time >= timeout));
        is_over || made.timeout.is_some() && self.strikes(made.node, FaultKind::JumpAhead)
    }

    /// Whether who asks a node of the core for a block it has is given it, sooner or later: its
    /// ledger refuses nobody, and it remembers as many wants of one peer as that may have.
    pub(super) fn serves(&self, node: NodeId) -> bool {
        let usual = bitswap_core::Limits::default();
        let remembers = self.player(node).is_some_and(|player| {
            let limits = player.config().limits;
            let for_each = limits.requests_per_peer == usual.requests_per_peer;
            for_each && limits.requests > limits.requests_per_peer
        });
        remembers && always(self.plan, node.place(), Role::LedgerPolicy, serves_all)
    }

    /// All calls are over: did they end as they had to? `open` are those that were at healing.
    pub(super) fn judge(&mut self, open: &[usize], healed: Timestamp) -> Result<(), Failure> {
        for place in 0..self.made.len() {
            let made = &self.made[place];
            let Some(report) = self.report(made).filter(|_| self.is_core(made.node)) else {
                continue;
            };
            let exemption = self.exemption(made);
            let is_whole = report.failed == 0 && report.got.blocks == made.distinct();
            if let Some(reason) = exemption.filter(|_| !is_whole) {
                *self.healing.exempt.entry(reason).or_default() += 1;
                continue;
            }
            if !is_whole {
                return Err(self.fell_short(made));
            }
            let time = report.time().unwrap_or_default();
            let within = made.within.filter(|within| exemption.is_none() && time > *within);
            if let Some(within) = within {
                return Err(self.was_slow(made, time, within));
            }
            let ended = report.ended_at.filter(|_| exemption.is_none() && open.contains(&place));
            let took = ended.map(|ended| ended.since(healed));
            self.healing.judged += 1;
            self.healing.took.extend(took);
        }
        Ok(())
    }

    /// How long a bulk may take if nothing at all goes wrong: as long as all that there is to fetch
    /// takes twice at the slowest rate, and what everybody may dally. `None` if something does.
    pub(super) fn due_within(&self, bulk: &Bulk) -> Option<Duration> {
        let plan = self.plan;
        let ends = [bulk.holder, bulk.player];
        let between = |link: &&PlannedLink| ends.contains(&link.one) && ends.contains(&link.other);
        let link = plan.links.iter().find(between)?;
        let knows_haves = link.protocol <= 1 && link.resets == 0;
        if !plan.faults.is_empty() || !plan.players.iter().all(Player::is_plain) || !knows_haves {
            return None;
        }
        // Others may start as slowly as they like.
        let selector = plan.players.get(usize::from(bulk.player))?.strategy(Role::PeerSelector);
        if selector != Some(catalog::default_of(Role::PeerSelector).name) {
            return None;
        }
        // A policy that lets its peers take turns may keep each waiting for some.
        if !always(plan, usize::from(bulk.holder), Role::LedgerPolicy, serves_all) {
            return None;
        }
        Some(Self::DALLYING + self.carried_twice())
    }

    /// How much longer than elsewhere calls may take if lines are slow.
    pub(super) fn slowed_by(&self) -> Duration {
        if self.plan.is_slow() { self.carried_twice() } else { Duration::ZERO }
    }

    /// Whose store is slow may be asked for all blocks of a call all the same, one after the other:
    /// it looks for each, and reads it.
    pub(super) fn read_slowly(&self) -> Duration {
        let stores = self.plan.faults.iter().filter(|fault| fault.what == FaultKind::Store);
        let slowest = stores.map(|fault| Run::slow_store(fault.much)).max().unwrap_or(0);
        let blocks = self.made.iter().map(|made| made.cids.len()).max().unwrap_or(0) as u32;
        Duration::from_micros(slowest.into()) * 2 * blocks
    }

    /// What all that there is to fetch takes at the slowest rate, twice.
    fn carried_twice(&self) -> Duration {
        let bytes: usize = self.all_blocks().map(|(_, block)| block.len()).sum();
        let bits = 8 * (bytes * self.plan.players.len()) as u64;
        Duration::from_millis(2 * bits / u64::from(self.plan.slowest().max(1)))
    }

    fn was_slow(&self, made: &Made, time: Duration, within: Duration) -> Failure {
        let what =
            format!("{made} took {time:.1?} where nothing was wrong; {within:.1?} is enough");
        let (seed, event) = (self.plan.seed, self.world.events());
        Failure { seed, event, node: Some(made.node), invariant: 1, what }
    }

    pub(super) fn fell_short(&self, made: &Made) -> Failure {
        let all = made.distinct();
        let (got, failures) = self
            .report(made)
            .map_or((0, &[][..]), |report| (report.got.blocks, &report.failures[..]));
        let what = format!("{made} ended with {got} of its {all} blocks, since {failures:?}");
        let (seed, event) = (self.plan.seed, self.world.events());
        Failure { seed, event, node: Some(made.node), invariant: 1, what }
    }

    pub(super) fn player(&self, node: NodeId) -> Option<&Player> {
        self.plan.players.get(node.place())
    }

    /// Whether a fault of this kind strikes a node, now or later.
    fn strikes(&self, node: NodeId, what: FaultKind) -> bool {
        let mut faults = self.plan.faults.iter();
        faults.any(|fault| fault.what == what && usize::from(fault.one) == node.place())
    }

    pub(super) fn has_bad_store(&self, node: NodeId) -> bool {
        self.strikes(node, FaultKind::Store)
            || self.player(node).is_some_and(|player| player.store_faults > 0)
    }
}

/// Of each player, whether its finder searches, also if others are in charge later.
pub(super) fn who_searches(plan: &Plan) -> Vec<bool> {
    let searches = |place| always(plan, place, Role::ProviderFinder, searches);
    (0..plan.players.len()).map(searches).collect()
}

/// Of each player, whether a finder of it, now or later, may wait for ever.
pub(super) fn who_waits_for_ever(plan: &Plan) -> Vec<bool> {
    let waits = |place| {
        let mut names = names(plan, place, Role::ProviderFinder);
        names.any(|name| name.is_some_and(waits_for_ever))
    };
    (0..plan.players.len()).map(waits).collect()
}

/// Whether something is true of all strategies that a player ever has in `role`. Of chaos nothing
/// is.
pub(super) fn always(plan: &Plan, place: usize, role: Role, is_so: fn(&str) -> bool) -> bool {
    plan.players.get(place).is_some()
        && names(plan, place, role).all(|name| name.is_some_and(is_so))
}

/// The strategies that a player ever has in `role`; `None` is chaos.
fn names(
    plan: &Plan,
    place: usize,
    role: Role,
) -> impl Iterator<Item = Option<&'static str>> + use<'_> {
    let own = plan.faults.iter().filter(move |fault| usize::from(fault.one) == place);
    plan.players.get(place).into_iter().flat_map(move |player| {
        let later = own.clone().filter_map(move |fault| {
            if fault.what == FaultKind::Replace {
                return Some(Player { strategies: fault.much, ..*player }.strategy(role));
            }
            let swap = (fault.what == FaultKind::Swap).then(|| Swap::of(fault.much));
            swap.filter(|swap| swap.role == role).map(|swap| swap.name)
        });
        [player.strategy(role)].into_iter().chain(later)
    })
}
