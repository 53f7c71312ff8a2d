//! Calls the strategies: gives each its random stream, counts its decisions and rejected answers.

use std::sync::Arc;

use crate::chance::Chance;
use crate::ids::{CidKey, PeerKey};
use crate::keys::Keys;
use crate::stats::StrategyStats;
use crate::strategy::{
    Account, Admission, Asks, Candidates, Ctx, EventMask, FullSessionView, NamedStrategy,
    PeerQueueView, Rank, Reason, Registry, RelayPlan, RelayRequestView, RelayView, RequestView,
    Role, SearchView, SessionView, Step, StrategyEvent, StrategySet, TaskView, Weight,
};
use crate::time::Timestamp;

/// The strategies in use, their random streams, and their counts.
#[derive(Debug)]
pub(crate) struct Strategies {
    set: StrategySet,
    keys: Keys,
    dice: [Chance; 5],
    record: Vec<StrategyStats>,
    /// Index of each role's current strategy in `record`.
    current: [usize; 5],
    /// The events that each role's strategy observes, by role.
    events: [EventMask; 5],
    /// The events that any of them observes.
    observed: EventMask,
    /// How many times strategies were replaced.
    generation: u64,
    /// The generation in which each role's strategy took over.
    since: [u64; 5],
}

impl Strategies {
    pub(crate) fn new(seed: u64, keys: Keys, set: StrategySet) -> Self {
        let dice = Role::ALL.map(|role| Chance::named(seed, role.name()));
        let record = Role::ALL.map(|role| StrategyStats::new(role, Arc::clone(set.name(role))));
        let (record, current) = (record.to_vec(), [0, 1, 2, 3, 4]);
        let events = events(&set);
        let observed = EventMask::union(&events);
        let (generation, since) = (0, [0; 5]);
        Self { set, keys, dice, record, current, events, observed, generation, since }
    }

    /// Puts a strategy in its role, with the state that the old one leaves to it. One of the same
    /// name continues the counts.
    pub(crate) fn replace(&mut self, now: Timestamp, mut new: NamedStrategy) {
        let role = new.role();
        let place = self.place_in_record(role, new.name());
        if let Some(state) = self.set.export_state(role) {
            new.import_state(&mut ctx(now, &self.keys, &mut self.dice[role as usize]), state);
        }
        self.set.put(new);
        self.current[role as usize] = place;
        self.since[role as usize] = self.generation;
        for (other, stats) in self.record.iter_mut().enumerate() {
            stats.in_use = if stats.role == role { other == place } else { stats.in_use };
            if other == place {
                stats.since_generation = self.generation;
            }
        }
        self.events[role as usize] = self.set.events(role);
        self.observed = EventMask::union(&self.events);
    }

    /// Counts a replacement of one or several strategies; returns how many there were.
    pub(crate) const fn next_generation(&mut self) -> u64 {
        self.generation += 1;
        self.generation
    }

    /// How many times strategies were replaced.
    pub(crate) const fn generation(&self) -> u64 {
        self.generation
    }

    /// The generation in which the strategy in `role` took over; 0 = it was the first.
    pub(crate) const fn in_charge_since(&self, role: Role) -> u64 {
        self.since[role as usize]
    }

    fn place_in_record(&mut self, role: Role, name: &Arc<str>) -> usize {
        let known = |stats: &StrategyStats| stats.role == role && stats.strategy == *name;
        self.record.iter().position(known).unwrap_or_else(|| {
            self.record.push(StrategyStats::new(role, Arc::clone(name)));
            self.record.len() - 1
        })
    }

    /// Passes events that happened before its time to the strategy in `role`, those of kinds that
    /// it observes.
    pub(crate) fn catch_up(
        &mut self,
        now: Timestamp,
        role: Role,
        events: impl Iterator<Item = StrategyEvent>,
    ) {
        let observed = self.events[role as usize];
        for event in events.filter(|event| observed.contains(event.kind())) {
            let mut ctx = ctx(now, &self.keys, &mut self.dice[role as usize]);
            self.set.observe(role, &mut ctx, &event);
        }
    }

    pub(crate) const fn set(&self) -> &StrategySet {
        &self.set
    }

    /// The counts of all strategies, and what those in use tell of themselves; by role, then in the
    /// order of their first use.
    pub(crate) fn record(&self) -> Vec<StrategyStats> {
        let mut record = self.record.clone();
        for stats in record.iter_mut().filter(|stats| stats.in_use) {
            stats.report = self.set.report(stats.role);
        }
        record.sort_by_key(|stats| stats.role);
        record
    }

    /// Counts a decision that was accepted.
    pub(crate) fn decided(&mut self, role: Role, reason: Reason) {
        if let Some(stats) = self.record.get_mut(self.current[role as usize]) {
            stats.decided(reason);
        }
    }

    /// Counts a decision, or part of it, that was rejected.
    pub(crate) fn rejected(&mut self, role: Role, cause: &'static str) {
        if let Some(stats) = self.record.get_mut(self.current[role as usize]) {
            stats.rejected(cause);
        }
    }

    pub(crate) fn select(&mut self, now: Timestamp, view: &SessionView<'_>, asks: &mut Asks) {
        self.asked(Role::PeerSelector);
        let [dice, .., registry_dice] = &mut self.dice;
        let registry = &mut *self.set.registry.strategy;
        let answers = Vec::new();
        let keys = &self.keys;
        let mut registry = LentRegistry { registry, keys, dice: registry_dice, answers };
        let mut ctx = ctx(now, keys, dice).with_registry(&mut registry);
        self.set.peer_selector.strategy.select(&mut ctx, view, asks);
        for (reason, is_cut) in registry.answers {
            self.asked(Role::Registry);
            self.decided(Role::Registry, reason);
            if is_cut {
                self.rejected(Role::Registry, "too_many");
            }
        }
    }

    /// The member that leaves a full session, and why; `None` if the selector names none.
    pub(crate) fn evict(
        &mut self,
        now: Timestamp,
        view: &FullSessionView<'_>,
    ) -> Option<(PeerKey, Reason)> {
        self.asked(Role::PeerSelector);
        let mut ctx = ctx(now, &self.keys, &mut self.dice[Role::PeerSelector as usize]);
        let peer = self.set.peer_selector.strategy.evict(&mut ctx, view)?;
        let reason = ctx.reason();
        if !view.peers.iter().any(|member| member.peer == peer) {
            self.rejected(Role::PeerSelector, "no_member");
            return None;
        }
        self.decided(Role::PeerSelector, reason);
        Some((peer, reason))
    }

    pub(crate) fn rank_peer(&mut self, now: Timestamp, view: &PeerQueueView) -> (Rank, Reason) {
        self.asked(Role::TaskPrioritizer);
        let mut ctx = ctx(now, &self.keys, &mut self.dice[Role::TaskPrioritizer as usize]);
        let rank = self.set.task_prioritizer.strategy.rank_peer(&mut ctx, view);
        let reason = ctx.reason();
        self.decided(Role::TaskPrioritizer, reason);
        (rank, reason)
    }

    pub(crate) fn rank_task(&mut self, now: Timestamp, view: &TaskView) -> Rank {
        self.asked(Role::TaskPrioritizer);
        let mut ctx = ctx(now, &self.keys, &mut self.dice[Role::TaskPrioritizer as usize]);
        let rank = self.set.task_prioritizer.strategy.rank_task(&mut ctx, view);
        let reason = ctx.reason();
        self.decided(Role::TaskPrioritizer, reason);
        rank
    }

    pub(crate) fn weigh(&mut self, now: Timestamp, account: &Account) -> Weight {
        self.asked(Role::LedgerPolicy);
        let mut ctx = ctx(now, &self.keys, &mut self.dice[Role::LedgerPolicy as usize]);
        let weight = self.set.ledger_policy.strategy.weigh(&mut ctx, account);
        let reason = ctx.reason();
        self.decided(Role::LedgerPolicy, reason);
        weight
    }

    pub(crate) fn admit(
        &mut self,
        now: Timestamp,
        account: &Account,
        request: &RequestView,
    ) -> Admission {
        self.asked(Role::LedgerPolicy);
        let mut ctx = ctx(now, &self.keys, &mut self.dice[Role::LedgerPolicy as usize]);
        let admission = self.set.ledger_policy.strategy.admit(&mut ctx, account, request);
        self.decided(Role::LedgerPolicy, admission.reason());
        admission
    }

    pub(crate) fn next_step(&mut self, now: Timestamp, view: &SearchView) -> Step {
        self.asked(Role::ProviderFinder);
        let mut ctx = ctx(now, &self.keys, &mut self.dice[Role::ProviderFinder as usize]);
        let step = self.set.provider_finder.strategy.next_step(&mut ctx, view);
        self.decided(Role::ProviderFinder, step.reason());
        step
    }

    pub(crate) fn candidates(
        &mut self,
        now: Timestamp,
        want: CidKey,
        limit: usize,
    ) -> (Vec<PeerKey>, Reason) {
        self.asked(Role::Registry);
        let ctx = ctx(now, &self.keys, &mut self.dice[Role::Registry as usize]);
        let registry = &mut *self.set.registry.strategy;
        let (peers, reason, is_cut) = candidates(registry, ctx, want, limit);
        self.decided(Role::Registry, reason);
        if is_cut {
            self.rejected(Role::Registry, "too_many");
        }
        (peers, reason)
    }

    pub(crate) fn relay(
        &mut self,
        now: Timestamp,
        want: &RelayRequestView,
        view: &RelayView<'_>,
    ) -> RelayPlan {
        self.asked(Role::Registry);
        let mut ctx = ctx(now, &self.keys, &mut self.dice[Role::Registry as usize]);
        let plan = self.set.registry.strategy.relay(&mut ctx, want, view);
        self.decided(Role::Registry, plan.reason);
        plan
    }

    /// Passes an event to the strategies that observe its kind.
    pub(crate) fn notify(&mut self, now: Timestamp, event: &StrategyEvent) {
        if !self.observed.contains(event.kind()) {
            return;
        }
        for role in Role::ALL {
            if self.events[role as usize].contains(event.kind()) {
                let mut ctx = ctx(now, &self.keys, &mut self.dice[role as usize]);
                self.set.observe(role, &mut ctx, event);
            }
        }
    }

    fn asked(&mut self, role: Role) {
        if let Some(stats) = self.record.get_mut(self.current[role as usize]) {
            stats.asked += 1;
        }
    }
}

fn ctx<'a>(now: Timestamp, keys: &Keys, dice: &'a mut Chance) -> Ctx<'a> {
    Ctx::new(now, dice).with_keys(keys.clone())
}

/// The registry, lent to a strategy of another role for one call.
struct LentRegistry<'a> {
    registry: &'a mut dyn Registry,
    keys: &'a Keys,
    dice: &'a mut Chance,
    /// The reason of each answer, and whether there was too much of it.
    answers: Vec<(Reason, bool)>,
}

impl Candidates for LentRegistry<'_> {
    fn candidates(&mut self, now: Timestamp, want: CidKey, limit: usize) -> Vec<PeerKey> {
        let ctx = ctx(now, self.keys, self.dice);
        let (peers, reason, is_cut) = candidates(self.registry, ctx, want, limit);
        self.answers.push((reason, is_cut));
        peers
    }
}

/// At most `limit` candidates, why, and whether there were more.
fn candidates(
    registry: &mut dyn Registry,
    mut ctx: Ctx<'_>,
    want: CidKey,
    limit: usize,
) -> (Vec<PeerKey>, Reason, bool) {
    let mut peers = registry.candidates(&mut ctx, want, limit);
    let reason = ctx.reason();
    let is_cut = peers.len() > limit;
    peers.truncate(limit);
    (peers, reason, is_cut)
}

fn events(set: &StrategySet) -> [EventMask; 5] {
    Role::ALL.map(|role| set.events(role))
}
