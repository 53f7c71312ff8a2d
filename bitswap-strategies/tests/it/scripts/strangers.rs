//! An answer that the engine would have to drop is a failure: it is told with its line, the native
//! strategy answers, and after five of them the script is not asked any more.

use bitswap_core::strategy::{
    Asks, Ctx, Presence, RelayRequestView, RelayView, Role, SearchView, StrategyEvent,
};
use bitswap_core::{CidKey, PeerKey, SessionId};
use bitswap_strategies::catalog::Strategy;
use bitswap_strategies::fixture::{SessionRows, at, dice};
use bitswap_strategies::script::{Cause, Script, ScriptStats};
use toml::Table;

#[test]
fn naming_strangers_trips_the_breaker_and_costs_nothing() {
    let text = "fn select(ctx, session, asks) {
        for want in session.wants {
            asks.block(want.want, session.peers[0].peer, \"shown\");
            asks.have(want.want, 999, \"a stranger\");
        }
    }";
    let (mut strategy, stats) = made(Role::PeerSelector, text);

    for second in 0..7 {
        let asks = select(&mut strategy, second, &rows());
        assert_eq!(asks.as_slice().len(), 2, "the native strategy answers as a whole");
        assert!(asks.as_slice().iter().all(|ask| ask.peer != PeerKey(999)));
    }

    let counts = stats.counts();
    assert_eq!((counts.calls, counts.failures, counts.breaker_open), (5, 5, true));
    assert_eq!(counts.answered_by_native, 7);
    assert_eq!(stats.failures(Cause::Answer), 5);
    let told: Vec<_> = stats.failures_told().map(ToString::to_string).collect();
    let what = "peer 999 was not shown, and is not connected";
    assert_eq!(told, [format!("test:4:18: in `select`: {what}")], "once, with its line");
}

#[test]
fn who_is_connected_may_be_named_until_it_leaves() {
    let text = "fn select(ctx, session, asks) {
        asks.block(session.wants[0].want, 999, if ctx.is_connected(999) { \"a\" } else { \"b\" });
    }";
    let (mut strategy, stats) = made(Role::PeerSelector, text);
    let peer = PeerKey(999);

    tell(&mut strategy, &StrategyEvent::PeerConnected { peer });
    let asks = select(&mut strategy, 0, &rows());
    assert_eq!((asks.as_slice()[0].peer, asks.as_slice()[0].reason), (peer, "a"));
    assert_eq!(stats.first_failure(), None);

    tell(&mut strategy, &StrategyEvent::PeerDisconnected { peer });
    select(&mut strategy, 0, &rows());
    assert_eq!(stats.counts().failures, 1);
}

#[test]
fn each_thing_is_said_once_and_of_what_was_shown() {
    let cases = [
        ("asks.block(7, 3, \"a\")", "want 7 was not shown"),
        ("asks.block(1, 3, \"a\"); asks.block(1, 3, \"a\")", "peer 3 is asked for want 1 twice"),
        (
            "asks.block(1, 3, \"a\"); asks.block(1, 4, \"a\")",
            "another peer is asked for want 1; say so with #{ hedge: true }",
        ),
        ("asks.have(1, 4, \"a\")", "peer 4 was asked already whether it has want 1"),
    ];
    for (body, what) in cases {
        let text = format!("fn select(ctx, session, asks) {{ {body}; }}");
        let (mut strategy, stats) = made(Role::PeerSelector, &text);
        select(&mut strategy, 0, &rows().said(PeerKey(4), CidKey(1), Presence::Have));

        assert_eq!(stats.first_failure().unwrap().what, what);
    }
    let fits = "fn select(ctx, session, asks) {
        asks.block(1, 3, \"a\"); asks.block(1, 4, \"a\", #{ hedge: true }); asks.have(2, 4, \"a\");
    }";
    let (mut strategy, stats) = made(Role::PeerSelector, fits);
    assert_eq!(select(&mut strategy, 0, &rows()).as_slice().len(), 3);
    assert_eq!(stats.first_failure(), None);
}

#[test]
fn finders_and_registries_name_no_strangers_either() {
    let step = |step: &str| format!("fn next_step(ctx, search) {{ {step} }}");
    let relay = |plan: &str| {
        format!("fn candidates(ctx, want, limit) {{ [3] }} fn relay(ctx, want, view) {{ {plan} }}")
    };
    let cases = [
        (step("#{ step: \"broadcast\", peers: [3] }"), "peer 3 was not shown"),
        (step("#{ step: \"ask\", want: 7 }"), "want 7 is not one of the search"),
        (step("#{ step: \"candidates\" }"), "the registry was asked already"),
        (relay("#{ ttl: 1, to: [4, 5] }"), "peer 3 was not shown"),
        (relay("#{ ttl: 1, to: [9] }"), "peer 9 is not eligible"),
        (relay("#{ ttl: 2, to: [4] }"), "ttl is 2, and has to be less than 2"),
        (relay("#{ ttl: 1, to: [4, 5, 6] }"), "3 peers, of at most 2"),
    ];
    for (place, (text, what)) in cases.iter().enumerate() {
        let role = if place < 3 { Role::ProviderFinder } else { Role::Registry };
        let (mut strategy, stats) = made(role, text);
        let mut dice = dice(1);
        let mut ctx = Ctx::new(at(0), &mut dice);
        match &mut strategy {
            Strategy::ProviderFinder(finder) => {
                let mut search = SearchView::new(SessionId(1), at(0)).with_want(CidKey(1));
                search.candidates_asked = true;
                finder.next_step(&mut ctx, &search);
            }
            Strategy::Registry(registry) if place == 3 => {
                registry.candidates(&mut ctx, CidKey(1), 5);
            }
            Strategy::Registry(registry) => {
                let (want, requester, seen_at) = (CidKey(1), PeerKey(8), at(0));
                let want = RelayRequestView { want, requester, ttl: 2, seen_at };
                let eligible = [4, 5, 6].map(PeerKey);
                let (held_for_requester, held_for_requester_max) = (0, 64);
                let view = RelayView {
                    eligible: &eligible,
                    degree_left: 2,
                    held_for_requester,
                    held_for_requester_max,
                };
                registry.relay(&mut ctx, &want, &view);
            }
            Strategy::PeerSelector(_)
            | Strategy::TaskPrioritizer(_)
            | Strategy::LedgerPolicy(_) => panic!(),
        }
        let failure = stats.first_failure().unwrap();
        assert!(failure.what.starts_with(what), "{failure}");
    }
}

fn rows() -> SessionRows {
    SessionRows::new(&[CidKey(1), CidKey(2)], &[PeerKey(3), PeerKey(4)])
        .said(PeerKey(3), CidKey(1), Presence::Have)
        .said(PeerKey(3), CidKey(2), Presence::DontHave)
        .said(PeerKey(4), CidKey(1), Presence::DontHave)
}

fn select(strategy: &mut Strategy, second: u64, rows: &SessionRows) -> Asks {
    let Strategy::PeerSelector(selector) = strategy else { panic!() };
    let mut asks = Asks::default();
    selector.select(&mut Ctx::new(at(second * 1_000), &mut dice(1)), &rows.view(), &mut asks);
    asks
}

fn tell(strategy: &mut Strategy, event: &StrategyEvent) {
    let Strategy::PeerSelector(selector) = strategy else { panic!() };
    assert!(selector.events().contains(event.kind()));
    selector.observe(&mut Ctx::new(at(0), &mut dice(1)), event);
}

fn made(role: Role, text: &str) -> (Strategy, ScriptStats) {
    Script::compile(role, "test", text, &Table::new()).unwrap().strategy()
}
