//! The examples conform, never fall back, and decide as they say.

use std::time::Duration;

use bitswap_core::strategy::{
    Admission, Asks, Ctx, PeerSet, Presence, RelayRequestView, RelayView, RequestView, Role,
    SearchView, Step, StrategyEvent, WantSet, Weight,
};
use bitswap_core::wire::WantKind;
use bitswap_core::{CidKey, PeerKey, SessionId, Timestamp};
use bitswap_strategies::catalog::{Strategy, StrategyChoice};
use bitswap_strategies::fixture::{SessionRows, account, at, dice, queue_view, task_view};
use bitswap_strategies::script::{Script, ScriptStats};
use toml::Table;

use super::{EXAMPLES, TWINS};

#[test]
fn each_example_conforms_without_falling_back() {
    for (role, name, text) in EXAMPLES.into_iter().chain(TWINS) {
        let script = Script::load(role, name, text, &Table::new()).unwrap();
        let stats = script.conform().unwrap();
        let counts = stats.counts();
        assert_eq!((counts.failures, counts.answered_by_native), (0, 0), "{name}");
        assert!(counts.calls >= 2_000, "{name}: {counts:?}");
    }
}

#[test]
fn each_example_passes_its_own_tests() {
    for (role, name, text) in EXAMPLES.into_iter().chain(TWINS) {
        let script = Script::load(role, name, text, &Table::new()).unwrap();
        let tests = script.tests();

        assert!(!tests.is_empty(), "{name}");
        for test in tests {
            assert_eq!(script.run_test(&test).err(), None, "{name}");
        }
    }
}

#[test]
fn all_examples_together_are_a_set() {
    let choice =
        EXAMPLES.into_iter().fold(StrategyChoice::default(), |choice, (role, name, text)| {
            choice.with_script(role, name, text)
        });
    let built = choice.build_watched(&Role::ALL).unwrap();

    assert_eq!(
        built.scripts.iter().map(ScriptStats::name).collect::<Vec<_>>(),
        EXAMPLES.map(|example| example.1)
    );
    assert_eq!(
        built.strategies.iter().map(|strategy| &**strategy.name()).collect::<Vec<_>>(),
        EXAMPLES.map(|example| example.1)
    );
}

#[test]
fn the_selector_spreads_blocks_by_expected_time() {
    let Strategy::PeerSelector(mut selector) = example(0) else { panic!() };
    let wants = [1, 2, 3, 4].map(CidKey);
    let (fast, slow) = (PeerKey(u64::MAX), PeerKey(2));
    let mut rows = SessionRows::new(&wants, &[slow, fast]).said(fast, wants[3], Presence::DontHave);
    rows.peers[0].answer_time = Some(Duration::from_millis(100));
    rows.peers[1].answer_time = Some(Duration::from_millis(40));
    let mut asks = Asks::default();
    selector.select(&mut Ctx::new(at(0), &mut dice(1)), &rows.view(), &mut asks);

    let asked: Vec<_> =
        asks.as_slice().iter().map(|ask| (ask.want, ask.peer, ask.reason)).collect();
    let expected = [fast, fast, slow, slow];
    assert_eq!(
        asked,
        wants
            .iter()
            .zip(expected)
            .map(|(want, peer)| (*want, peer, "expected first"))
            .collect::<Vec<_>>()
    );
}

#[test]
fn the_prioritizer_serves_the_starved_first_and_says_when_to_ask_again() {
    let Strategy::TaskPrioritizer(mut prioritizer) = example(1) else { panic!() };
    let mut dice = dice(1);
    let mut ctx = Ctx::new(at(12_000), &mut dice);
    let never = queue_view(PeerKey(1));
    let mut lately = queue_view(PeerKey(2));
    lately.last_served_at = Some(at(9_000));
    lately.in_flight_bytes_to = 65_536;

    let starved = prioritizer.rank_peer(&mut ctx, &never);
    assert_eq!(
        (starved.key(), starved.recheck(), ctx.reason()),
        ([0; 4], Timestamp::NEVER, "waited too long")
    );
    let served = prioritizer.rank_peer(&mut ctx, &lately);
    assert_eq!((served.key(), served.recheck()), ([1, 4, 0, 0], at(19_000)));
    let task = prioritizer.rank_task(&mut ctx, &task_view(PeerKey(1), CidKey(1)));
    assert_eq!((task.key(), ctx.reason()), ([-1, 0, 0, 0], "as they asked"));
}

#[test]
fn the_ledger_gives_more_to_givers_and_lets_debtors_wait() {
    let Strategy::LedgerPolicy(mut policy) = example(2) else { panic!() };
    let mut dice = dice(1);
    let mut ctx = Ctx::new(at(1_000), &mut dice);
    let (debtor, giver) = (account(PeerKey(1), 1 << 27, 0), account(PeerKey(2), 0, 1 << 25));
    let mut request = RequestView {
        want: CidKey(1),
        kind: WantKind::Block,
        bytes: None,
        priority: 1,
        ttl: 0,
        deferrals: 0,
    };

    assert_eq!(policy.weigh(&mut ctx, &debtor), Weight::ONE);
    assert_eq!(policy.weigh(&mut ctx, &giver), Weight::parts(1_024 + 2_048));
    let deferred = Admission::Defer { until: at(11_000), reason: "owes too much" };
    assert_eq!(policy.admit(&mut ctx, &debtor, &request), deferred);
    request.deferrals = 3;
    let served = Admission::Serve { reason: "within its credit" };
    assert_eq!(policy.admit(&mut ctx, &debtor, &request), served);
}

#[test]
fn the_finder_asks_useful_peers_then_routing_then_everybody() {
    let Strategy::ProviderFinder(mut finder) = example(3) else { panic!() };
    let mut dice = dice(1);
    let mut search = SearchView::new(SessionId(1), at(1_000)).with_want(CidKey(1));
    let mut step =
        |millis, search: &_| finder.next_step(&mut Ctx::new(at(millis), &mut dice), search);

    assert_eq!(step(1_000, &search), Step::broadcast(WantSet::New, PeerSet::Useful, "first look"));
    search.wants[0].broadcast_at = Some(at(1_000));
    assert_eq!(step(1_000, &search), Step::WaitUntil { at: at(1_300), reason: "listening" });
    assert!(matches!(
        step(1_300, &search),
        Step::Ask { want: CidKey(1), max_providers: 10, reason: "nobody nearby", .. }
    ));
    search.last_lookup_at = Some(at(1_300));
    assert_eq!(step(1_300, &search), Step::WaitUntil { at: at(3_000), reason: "listening" });
    assert_eq!(step(3_000, &search), Step::broadcast(WantSet::All, PeerSet::All, "still quiet"));
}

#[test]
fn the_registry_remembers_who_delivered_last() {
    let Strategy::Registry(mut registry) = example(4) else { panic!() };
    let mut dice = dice(1);
    let mut ctx = Ctx::new(at(1_000), &mut dice);
    let [want, first, second, gone, other] = [1, 2, u64::MAX - 2, 4, 5];
    for peer in [gone, first, second, first] {
        let event = StrategyEvent::BlockReceived {
            session: SessionId(1),
            peer: PeerKey(peer),
            want: CidKey(9),
            bytes: 1,
            after: None,
        };
        registry.observe(&mut ctx, &event);
    }
    registry.observe(&mut ctx, &StrategyEvent::PeerDisconnected { peer: PeerKey(gone) });

    assert_eq!(registry.candidates(&mut ctx, CidKey(want), 5), [first, second].map(PeerKey));
    assert_eq!(registry.candidates(&mut ctx, CidKey(want), 1), [PeerKey(first)]);
    let remote =
        RelayRequestView { want: CidKey(want), requester: PeerKey(7), ttl: 2, seen_at: at(0) };
    let eligible = [other, second].map(PeerKey);
    let view = RelayView {
        eligible: &eligible,
        degree_left: 10,
        held_for_requester: 0,
        held_for_requester_max: 64,
    };
    let plan = registry.relay(&mut ctx, &remote, &view);
    assert_eq!((plan.ttl, plan.to), (1, vec![PeerKey(second), PeerKey(other)]));
}

fn example(place: usize) -> Strategy {
    let (role, name, text) = EXAMPLES[place];
    Script::load(role, name, text, &Table::new()).unwrap().strategy().0
}
