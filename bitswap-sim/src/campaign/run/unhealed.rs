//! Before anything is healed, calls end whose blocks are within reach in the world as it is.

use std::time::Duration;

use bitswap_core::Limits;
use bitswap_core::strategy::Role;
use bitswap_strategies::catalog;
use cid::Cid;

use super::Run;
use super::ask::Made;
use super::judge::always;
use crate::campaign::outcome::Failure;
use crate::campaign::plan::Routes;
use crate::world::NodeId;

impl Run<'_> {
    /// By then they have ended, counted from the last fault.
    const UNHEALED: Duration = Duration::from_secs(120);
    const LOOK: Duration = Duration::from_secs(1);

    /// Lets time pass without new faults until all calls have ended that can end so. What does not
    /// is wrong.
    pub(super) fn end_unhealed(&mut self) -> Result<(), Failure> {
        let calls = 0..self.made.len();
        let mut due: Vec<_> = calls.filter_map(|place| self.due(place)).collect();
        self.healing.due += due.len() as u64;
        let until = self.world.now().after(Self::UNHEALED + self.slowed_by() + self.read_slowly());
        while !due.is_empty() && self.world.now() < until {
            self.run_until(self.world.now().after(Self::LOOK))?;
            self.world.agree_where_quiet()?;
            self.ended_early_in_vain(&due)?;
            // Whose connections broke meanwhile need not end.
            due = due.iter().filter_map(|(place, _)| self.due(*place)).collect();
        }
        let stuck = due.first().map(|(place, _)| self.stuck(&self.made[*place], Self::UNHEALED));
        stuck.map_or(Ok(()), |it| {
            Err(Failure { what: format!("before healing, {}", it.what), ..it })
        })
    }

    /// A call, and how often connections of its node began and broke so far, if it is open, and all
    /// that it wants is within reach: at its node, at peers that serve it, or at nodes that its
    /// finder finds and that would serve it.
    fn due(&self, place: usize) -> Option<(usize, u32)> {
        let made = &self.made[place];
        let has_failed = self.report(made).is_none_or(|report| report.failed > 0);
        let is_exempt = has_failed || self.exemption(made).is_some();
        let is_due = self.is_open(made) && !is_exempt && self.is_within_reach(made);
        is_due.then(|| (place, self.world.breaks_of(made.node)))
    }

    /// A call must not have ended since nobody was left to ask if its blocks were within reach all
    /// the time: no connection of its node broke since the last look. On a slow line an answer may
    /// take longer than who never said a word is waited for.
    fn ended_early_in_vain(&self, due: &[(usize, u32)]) -> Result<(), Failure> {
        use bitswap_core::Failure::NobodyLeft;

        if self.plan.is_slow() {
            return Ok(());
        }
        let is_left = |why: &bitswap_core::Failure| matches!(why, NobodyLeft(_));
        let due = due.iter().map(|(place, breaks)| (&self.made[*place], *breaks));
        let mut due = due.filter(|(made, breaks)| self.world.breaks_of(made.node) == *breaks);
        let ended = due.find(|(made, _)| {
            let ended = self.report(made).is_some_and(|it| it.failures.iter().any(is_left));
            ended && self.is_within_reach(made)
        });
        ended.map_or(Ok(()), |(made, _)| Err(self.fell_short(made)))
    }

    fn is_within_reach(&self, made: &Made) -> bool {
        if !self.is_well(made.node) || !self.has_room(made.node) {
            return false;
        }
        let looks_up = self.looks_up(made.node);
        let serves = |node: NodeId, cid: &Cid| {
            let has = self.world.holds(node, cid.hash()) && self.is_well(node);
            let is_near = self.world.can_talk(made.node, node, cid);
            let is_found = || {
                let is_far = !self.world.are_connected(made.node, node);
                looks_up && is_far && self.world.is_provider(node, cid.hash())
            };
            has && self.serves(node) && self.reads_fast(node) && (is_near || is_found())
        };
        let is_served = |cid: &Cid| {
            self.world.holds(made.node, cid.hash())
                || self.all_nodes().any(|node| node != made.node && serves(node, cid))
        };
        made.cids.iter().all(is_served)
    }

    fn is_well(&self, node: NodeId) -> bool {
        !self.has_bad_store(node) && self.world.runs(node) && !self.world.is_flooded(node)
    }

    /// Whether a node soon has read what it serves, even one block after the other.
    fn reads_fast(&self, node: NodeId) -> bool {
        self.player(node).is_some_and(|player| player.store < 100_000)
    }

    /// Whether a node asks whom it meets, and may want as much at once as most do: elsewhere wants
    /// wait for others to end, as they do beyond what one peer is told.
    fn has_room(&self, node: NodeId) -> bool {
        let usual = Limits::default();
        let wants = self.world.honest(node).map_or(0, |it| it.gauges().wants);
        let asks = |name: &str| name != "fixed-peers";
        if wants > Limits::WANTS_REMEMBERED as u64
            || !always(self.plan, node.place(), Role::PeerSelector, asks)
        {
            return false;
        }
        let of = |limits: &Limits| {
            let wants = (limits.open_wants, limits.wants_per_session, limits.wants_per_peer);
            (wants, limits.searches_per_session, limits.calls)
        };
        self.player(node).is_some_and(|player| of(&player.config().limits) == of(&usual))
    }

    /// Whether a node looks all providers up that it needs by [`Self::UNHEALED`], of one want a
    /// minute, and finds and reaches all there are: a look-up takes the five hops of a walk at
    /// most, and what takes longer than that is given up.
    fn looks_up(&self, node: NodeId) -> bool {
        const LOOK_UP: u32 = 10_000;
        const WANTS: u64 = 2;
        let wants = self.world.honest(node).map_or(0, |it| it.gauges().wants);
        let is_sure = |routes: &Routes| {
            routes.missed == 0 && routes.unreachable == 0 && 5 * routes.round_trip < LOOK_UP
        };
        let default = |name: &str| name == catalog::default_of(Role::ProviderFinder).name;
        wants <= WANTS
            && self.plan.routes.as_ref().is_some_and(is_sure)
            && always(self.plan, node.place(), Role::ProviderFinder, default)
    }
}
