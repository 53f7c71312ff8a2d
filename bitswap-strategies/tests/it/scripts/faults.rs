//! A call that fails leaves nothing behind, is answered natively, and is counted.

use bitswap_core::strategy::{Ask, Asks, Ctx, LedgerPolicy, PeerSelector, Role, Weight};
use bitswap_core::{CidKey, PeerKey};
use bitswap_strategies::catalog::{Strategy, StrategyChoice};
use bitswap_strategies::fixture::{SessionRows, account, at, dice};
use bitswap_strategies::script::{Cause, Script, ScriptStats};
use toml::Table;

#[test]
fn the_native_strategy_answers_in_the_same_decision() {
    let text = "fn fallback() { \"random\" }
                fn select(ctx, session, asks) {
                    asks.block(session.wants[0].want, session.peers[0].peer, \"half an answer\");
                    ctx.below(10);
                    throw \"no more\";
                }";
    let (mut selector, stats) = selector(text);
    let native = StrategyChoice::default().with_text("peer_selector=random").unwrap();
    let mut native = native.build().unwrap().peer_selector.strategy;
    let rows = SessionRows::new(&[1, 2].map(CidKey), &[3, 4, 5, 6].map(PeerKey));
    let (mut dice, mut native_dice) = (dice(1), dice(1));
    let (mut asks, mut native_asks) = (Asks::default(), Asks::default());

    selector.select(&mut Ctx::new(at(0), &mut dice), &rows.view(), &mut asks);
    native.select(&mut Ctx::new(at(0), &mut native_dice), &rows.view(), &mut native_asks);

    assert!(!asks.as_slice().is_empty());
    assert_eq!(asks, native_asks, "neither half an answer nor rolled dice are left");
    assert_eq!(dice.bits(), native_dice.bits());
    let failure = stats.first_failure().unwrap();
    assert_eq!(failure.to_string(), "test:5:21: in `select`: runtime error: no more");
    assert_eq!((stats.counts().failures, stats.counts().answered_by_native), (1, 1));
    assert_eq!(
        (stats.failures(Cause::Error), stats.role(), stats.name()),
        (1, Role::PeerSelector, "test")
    );
}

#[test]
fn state_is_as_before_the_call_that_failed() {
    let text = "fn init(params) { #{ calls: 0 } }
                fn weigh(ctx, account) {
                    this.calls += 1;
                    if account.refusals == 1 { throw 1; }
                    1024 + this.calls
                }";
    let (mut policy, stats) = policy(text);
    let mut refused = account(PeerKey(1), 0, 0);
    refused.refusals = 1;

    assert_eq!(weigh(&mut *policy, 0, &account(PeerKey(1), 0, 0)), 1_025);
    assert_eq!(weigh(&mut *policy, 0, &refused), Weight::ONE.get());
    assert_eq!(weigh(&mut *policy, 0, &account(PeerKey(1), 0, 0)), 1_026);
    assert_eq!((stats.counts().calls, stats.counts().failures), (3, 1));
}

#[test]
fn five_failures_in_a_minute_end_its_reign() {
    let (mut policy, stats) = policy("fn weigh(ctx, account) { throw 1 }");
    for second in 0..4 {
        weigh(&mut *policy, second, &account(PeerKey(1), 0, 0));
    }
    assert!(!stats.counts().breaker_open);
    for second in 4..20 {
        weigh(&mut *policy, second, &account(PeerKey(1), 0, 0));
    }

    let counts = stats.counts();
    assert!(counts.breaker_open);
    assert_eq!((counts.calls, counts.failures, counts.answered_by_native), (5, 5, 20));
}

#[test]
fn the_largest_question_is_over_its_budget_like_any_other() {
    let (mut selector, stats) = selector("fn select(ctx, session, asks) { loop { } }");
    let keys = |count: u64| 1..=count;
    let wants: Vec<_> = keys(256).map(CidKey).collect();
    let peers: Vec<_> = keys(256).map(PeerKey).collect();
    let rows = SessionRows::new(&wants, &peers);

    selector.select(&mut Ctx::new(at(0), &mut dice(1)), &rows.view(), &mut Asks::default());

    assert_eq!(stats.failures(Cause::Budget), 1, "{:?}", stats.first_failure());
    let counts = stats.counts();
    assert_eq!((counts.last_budget, counts.last_operations), (100_000, 100_001));
}

#[test]
fn rare_failures_do_not_end_it() {
    let (mut policy, stats) = policy("fn weigh(ctx, account) { throw 1 }");
    for number in 0..100 {
        weigh(&mut *policy, number * 20, &account(PeerKey(1), 0, 0));
    }

    assert_eq!((stats.counts().calls, stats.counts().breaker_open), (100, false));
}

#[test]
fn asks_carry_what_the_script_says_of_them() {
    let text = "fn select(ctx, session, asks) {
                    let want = session.wants[0].want;
                    ctx.because(\"said before\");
                    asks.have(want, session.peers[0].peer);
                    asks.block(want, session.peers[1].peer, \"said here\");
                    asks.block(want, session.peers[2].peer, \"once more\",
                        #{ delay_ms: 20, hedge: true, timeout_ms: 500 });
                }";
    let (mut selector, stats) = selector(text);
    let (want, peers) = (CidKey(u64::MAX), [3, u64::MAX - 1, 5].map(PeerKey));
    let mut asks = Asks::default();
    let rows = SessionRows::new(&[want], &peers);
    selector.select(&mut Ctx::new(at(0), &mut dice(1)), &rows.view(), &mut asks);

    assert_eq!(stats.first_failure(), None);
    let mut last = Ask::block(want, peers[2], "once more").delayed(at(20).since(at(0))).hedged();
    last.timeout = Some(at(500).since(at(0)));
    let expected =
        [Ask::have(want, peers[0], "said before"), Ask::block(want, peers[1], "said here"), last];
    assert_eq!(asks.as_slice(), expected);
}

#[test]
fn each_strategy_made_has_a_state_of_its_own() {
    let text = "fn init(params) { #{ calls: 0 } }
                fn weigh(ctx, account) { this.calls += 1; 1024 + this.calls }";
    let script = Script::load(Role::LedgerPolicy, "test", text, &Table::new()).unwrap();
    let weights = [0, 1].map(|_| {
        let Strategy::LedgerPolicy(mut policy) = script.strategy().0 else { panic!() };
        weigh(&mut *policy, 0, &account(PeerKey(1), 0, 0))
    });

    assert_eq!(weights, [1_025, 1_025]);
}

fn weigh(
    policy: &mut dyn LedgerPolicy,
    second: u64,
    account: &bitswap_core::strategy::Account,
) -> u32 {
    policy.weigh(&mut Ctx::new(at(second * 1_000), &mut dice(1)), account).get()
}

fn policy(text: &str) -> (Box<dyn LedgerPolicy>, ScriptStats) {
    let script = Script::compile(Role::LedgerPolicy, "test", text, &Table::new()).unwrap();
    match script.strategy() {
        (Strategy::LedgerPolicy(policy), stats) => (policy, stats),
        _ => panic!("another role"),
    }
}

fn selector(text: &str) -> (Box<dyn PeerSelector>, ScriptStats) {
    let script = Script::compile(Role::PeerSelector, "test", text, &Table::new()).unwrap();
    match script.strategy() {
        (Strategy::PeerSelector(selector), stats) => (selector, stats),
        _ => panic!("another role"),
    }
}
