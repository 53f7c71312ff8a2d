//! Every strategy of the catalog conforms, and the suite finds those that do not.

use std::time::Duration;

use bitswap_core::strategy::plain::FirstCandidate;
use bitswap_core::strategy::{
    Account, Admission, Ask, Asks, Ctx, EventMask, FullSessionView, LedgerPolicy, PeerQueueView,
    PeerSelector, PeerSet, ProviderFinder, Rank, Registry, RelayPlan, RelayRequestView, RelayView,
    RequestView, SearchView, SessionView, Step, StrategyEvent, TaskPrioritizer, TaskView, WantSet,
    Weight,
};
use bitswap_core::{CidKey, PeerKey, Timestamp};
use bitswap_strategies::catalog::{self, Strategy};
use bitswap_strategies::conformance::{self, Rule};

#[test]
fn every_strategy_of_the_catalog_conforms() {
    for entry in catalog::all() {
        if let Err(violation) = conformance::check(entry) {
            panic!("{entry:?}: {violation}");
        }
    }
}

#[test]
fn selectors_that_do_not_conform_are_found() {
    let stranger: Selects = |_, view, asks| {
        for want in view.wants {
            asks.push(Ask::block(want.want, PeerKey(4), "a stranger"));
        }
    };
    let twice: Selects = |_, view, asks| {
        for (want, peer) in view.wants.iter().zip(view.peers) {
            asks.push(Ask::have(want.want, peer.peer, "once"));
            asks.push(Ask::have(want.want, peer.peer, "once more"));
        }
    };
    let flood: Selects = |_, view, asks| {
        for peer in view.peers.iter().filter(|_| !view.wants.is_empty()) {
            asks.push(Ask::block(view.wants[0].want, peer.peer, "not called hedge"));
        }
    };
    let wordy: Selects = |_, view, asks| {
        for (want, peer) in view.wants.iter().zip(view.peers) {
            asks.push(Ask::block(want.want, peer.peer, "it has it or it may"));
        }
    };
    let late: Selects = |ctx, view, asks| {
        for (want, peer) in view.wants.iter().zip(view.peers) {
            let delay = ctx.now().since(Timestamp::ZERO);
            asks.push(Ask::block(want.want, peer.peer, "late").delayed(delay));
        }
    };
    let cases = [
        (stranger, Rule::KnowsWhomItNames),
        (twice, Rule::SaysItOnce),
        (flood, Rule::SaysItOnce),
        (wordy, Rule::SaysWhy),
        (late, Rule::WithinBounds),
    ];
    for (select, rule) in cases {
        assert_eq!(broken_by(|| Strategy::PeerSelector(Box::new(Selector(select)))), Some(rule));
    }
}

#[test]
fn selectors_that_evict_a_stranger_are_found() {
    struct EvictsNewcomers;

    impl PeerSelector for EvictsNewcomers {
        fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
            FirstCandidate.select(ctx, session, asks);
        }

        fn evict(&mut self, ctx: &mut Ctx<'_>, session: &FullSessionView<'_>) -> Option<PeerKey> {
            ctx.because("the newcomer");
            Some(session.newcomer.peer)
        }
    }

    let selector = || Strategy::PeerSelector(Box::new(EvictsNewcomers));
    let violation = conformance::check_made(selector).unwrap_err();
    assert_eq!((violation.rule, violation.function), (Rule::KnowsWhomItNames, "evict"));
}

#[test]
fn finders_that_spin_or_fall_asleep_are_found() {
    let busy: Steps = |_, _| all("once more");
    let past: Steps = |_, search| Step::WaitUntil { at: search.started_at, reason: "long ago" };
    let receding: Steps = |ctx, search| {
        let Some(last) = search.last_broadcast_at else {
            return all("first look");
        };
        let at = last.after(Duration::from_secs(1 + u64::from(search.quiet_rounds)));
        if ctx.now() < at {
            return Step::WaitUntil { at, reason: "for ever" };
        }
        all("never comes")
    };
    let cases = [(busy, Rule::Waits), (past, Rule::Waits), (receding, Rule::GoesOn)];
    for (steps, rule) in cases {
        assert_eq!(broken_by(|| Strategy::ProviderFinder(Box::new(Finder(steps)))), Some(rule));
    }
}

#[test]
fn prioritizers_that_change_their_mind_are_found() {
    let fickle = || Strategy::TaskPrioritizer(Box::new(Counting { calls: 0, recheck: false }));
    let restless = || Strategy::TaskPrioritizer(Box::new(Counting { calls: 0, recheck: true }));

    assert_eq!(broken_by(fickle), Some(Rule::SticksToIt));
    assert_eq!(broken_by(restless), Some(Rule::WithinBounds));
}

#[test]
fn ledgers_that_defer_for_too_long_or_give_no_reason_are_found() {
    let policy = |defers, capabilities| {
        move || Strategy::LedgerPolicy(Box::new(Policy { defers, capabilities }))
    };

    assert_eq!(broken_by(policy(false, true)), None);
    assert_eq!(broken_by(policy(true, true)), Some(Rule::WithinBounds));
    assert_eq!(broken_by(policy(false, false)), Some(Rule::SaysWhy));
}

#[test]
fn registries_that_overdo_it_are_found() {
    let registry = |fault| move || Strategy::Registry(Box::new(Gossip { fault, last: None }));

    assert_eq!(broken_by(registry(Fault::None)), None);
    assert_eq!(broken_by(registry(Fault::BeyondLimit)), Some(Rule::WithinBounds));
    assert_eq!(broken_by(registry(Fault::Eavesdrops)), Some(Rule::HearsWhatItSays));
    assert_eq!(broken_by(registry(Fault::SameTtl)), Some(Rule::WithinBounds));
    assert_eq!(broken_by(registry(Fault::ToAsker)), Some(Rule::KnowsWhomItNames));
}

fn broken_by(make: impl Fn() -> Strategy) -> Option<Rule> {
    conformance::check_made(make).err().map(|violation| violation.rule)
}

type Selects = fn(&mut Ctx<'_>, &SessionView<'_>, &mut Asks);

struct Selector(Selects);

impl PeerSelector for Selector {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        (self.0)(ctx, session, asks);
    }
}

const fn all(reason: &'static str) -> Step {
    Step::broadcast(WantSet::All, PeerSet::All, reason)
}

type Steps = fn(&mut Ctx<'_>, &SearchView) -> Step;

struct Finder(Steps);

impl ProviderFinder for Finder {
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        (self.0)(ctx, search)
    }
}

/// Ranks by how often it was asked, or wants to be asked again at once.
struct Counting {
    calls: i64,
    recheck: bool,
}

impl Counting {
    fn rank(&mut self, ctx: &mut Ctx<'_>) -> Rank {
        ctx.because("counted");
        if self.recheck {
            return Rank::new([0; 4]).until(ctx.now());
        }
        self.calls += 1;
        Rank::new([self.calls, 0, 0, 0])
    }
}

impl TaskPrioritizer for Counting {
    fn rank_peer(&mut self, ctx: &mut Ctx<'_>, _: &PeerQueueView) -> Rank {
        self.rank(ctx)
    }

    fn rank_task(&mut self, ctx: &mut Ctx<'_>, _: &TaskView) -> Rank {
        self.rank(ctx)
    }
}

struct Policy {
    defers: bool,
    capabilities: bool,
}

impl LedgerPolicy for Policy {
    fn weigh(&mut self, ctx: &mut Ctx<'_>, _: &Account) -> Weight {
        if self.capabilities {
            ctx.because("all alike");
        }
        Weight::ONE
    }

    fn admit(&mut self, _: &mut Ctx<'_>, _: &Account, _: &RequestView) -> Admission {
        if self.defers {
            return Admission::Defer { until: Timestamp::NEVER, reason: "some day" };
        }
        Admission::Serve { reason: "open to all" }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    BeyondLimit,
    Eavesdrops,
    SameTtl,
    ToAsker,
}

/// Names the last peer that connected.
struct Gossip {
    fault: Fault,
    last: Option<PeerKey>,
}

impl Registry for Gossip {
    fn candidates(&mut self, ctx: &mut Ctx<'_>, _: CidKey, limit: usize) -> Vec<PeerKey> {
        ctx.because("newest");
        let limit = if self.fault == Fault::BeyondLimit { 1 } else { limit };
        self.last.into_iter().take(limit).collect()
    }

    fn relay(
        &mut self,
        _: &mut Ctx<'_>,
        want: &RelayRequestView,
        view: &RelayView<'_>,
    ) -> RelayPlan {
        let ttl = if self.fault == Fault::SameTtl { want.ttl } else { want.ttl - 1 };
        let to = if self.fault == Fault::ToAsker { &[want.requester] } else { view.eligible };
        RelayPlan { ttl, to: to.to_vec(), reason: "to everybody" }
    }

    fn observe(&mut self, _: &mut Ctx<'_>, event: &StrategyEvent) {
        if let StrategyEvent::PeerConnected { peer } = event {
            self.last = Some(*peer);
        }
    }

    fn events(&self) -> EventMask {
        if self.fault == Fault::Eavesdrops { EventMask::NOTHING } else { EventMask::PEER_CONNECTED }
    }
}
