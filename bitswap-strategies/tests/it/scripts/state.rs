//! What a script remembers: tables, what an event costs, and what a call that fails leaves.

use bitswap_core::PeerKey;
use bitswap_core::strategy::{Asks, Ctx, Role, StrategyEvent};
use bitswap_core::{CidKey, SessionId};
use bitswap_strategies::catalog::Strategy;
use bitswap_strategies::fixture::{SessionRows, account, at, dice};
use bitswap_strategies::script::{Cause, Script, ScriptCounts, ScriptStats};
use toml::Table;

/// Keeps `most` numbers, and at each event changes one of them.
const NUMBERS: &str = "
    fn params() { #{ most: 10 } }
    fn init(params) { #{ rows: [], next: 0, most: params.most } }
    fn events() { [\"peer_reset\"] }
    fn weigh(ctx, account) {
        for row in 0..this.most {
            if row % 256 == 0 { this.rows.push([]); }
            this.rows[row / 256].push(row);
        }
        1024
    }
    fn observe(ctx, event) {
        this.next = (this.next + 1) % this.most;
        this.rows[this.next / 256][this.next % 256] += 1;
    }";

#[test]
fn an_event_costs_the_same_however_much_is_remembered() {
    let [small, large] = [10, 500].map(|most| {
        let (mut strategy, stats) = told(NUMBERS, most);
        weigh(&mut strategy, 1);
        let before = stats.counts();
        for _ in 0..1_000 {
            reset(&mut strategy);
        }
        since(&before, &stats)
    });

    assert_eq!(small.0, large.0, "operations");
    for (operations, copied) in [small, large] {
        assert!(copied <= 4 * operations + 510, "{copied} values for {operations} operations");
    }
}

#[test]
fn a_failed_call_is_undone_although_no_copy_was_made() {
    let text = "
        fn init(params) { #{ heard: [], padding: [] } }
        fn events() { [\"peer_reset\"] }
        fn observe(ctx, event) { this.heard.push(ctx.below(1_000)); }
        fn weigh(ctx, account) {
            if account.refusals == 1 { this.heard.push(-1); throw 1; }
            if this.padding.is_empty() { this.padding.pad(400, 0); }
            sum(this.heard)
        }";
    let (mut strategy, stats) = made(text);
    let mut weights = Vec::new();
    for round in 0..4 {
        weights.push(weigh(&mut strategy, 1));
        for _ in 0..10 {
            reset(&mut strategy);
        }
        let before = weigh(&mut strategy, 1);
        refuse(&mut strategy);
        assert_eq!(weigh(&mut strategy, 1), before, "round {round}");
    }
    assert_eq!(stats.failures(Cause::Error), 4);
    assert!(weights.is_sorted() && weights[3] > 1_000, "{weights:?}");
}

#[test]
fn tables_are_of_each_strategy_and_go_back_with_it() {
    let text = "
        fn init(params) { #{ seen: table(3) } }
        fn weigh(ctx, account) {
            this.seen[account.peer] = (this.seen[account.peer] ?? 0) + 1;
            if account.refusals == 1 { throw 1; }
            this.seen.len * 100 + this.seen[account.peer]
        }";
    let script = Script::compile(Role::LedgerPolicy, "test", text, &Table::new()).unwrap();
    for _ in 0..2 {
        let (mut strategy, _) = script.strategy();
        assert_eq!(weigh(&mut strategy, 1), 101);
        refuse(&mut strategy);
        assert_eq!(weigh(&mut strategy, 1), 102);
        let weights: Vec<_> = (2..6).map(|peer| weigh(&mut strategy, peer)).collect();
        assert_eq!(weights, [201, 301, 301, 301]);
        assert_eq!(weigh(&mut strategy, 1), 301, "the first made room");
    }
}

#[test]
fn a_score_is_asked_for_again_when_the_peer_or_the_state_changed() {
    let text = "
        fn init(params) { #{ resets: 0 } }
        fn events() { [\"peer_reset\"] }
        fn observe(ctx, event) { this.resets += 1; }
        fn score(ctx, peer) { if peer.peer == 3 { peer.first_deliveries } else { this.resets } }";
    let script = Script::compile(Role::PeerSelector, "test", text, &Table::new()).unwrap();
    let (mut strategy, stats) = script.strategy();
    let mut rows = SessionRows::new(&[CidKey(1)], &[PeerKey(3), PeerKey(4)]);
    let calls = |strategy: &mut Strategy, rows: &SessionRows| {
        let before = stats.counts().calls;
        let asked = asked(strategy, rows);
        (stats.counts().calls - before, asked)
    };

    assert_eq!(calls(&mut strategy, &rows), (2, None), "nobody is worth anything");
    rows.peers[0].first_deliveries = 5;
    assert_eq!(calls(&mut strategy, &rows), (1, Some(PeerKey(3))));
    assert_eq!(calls(&mut strategy, &rows), (0, Some(PeerKey(3))));
    rows.session = SessionId(9);
    assert_eq!(calls(&mut strategy, &rows), (2, Some(PeerKey(3))));
    let Strategy::PeerSelector(selector) = &mut strategy else { panic!() };
    let event = StrategyEvent::PeerReset { peer: PeerKey(3) };
    selector.observe(&mut Ctx::new(at(0), &mut dice(1)), &event);
    rows.peers[0].first_deliveries = 0;
    assert_eq!(calls(&mut strategy, &rows), (2, Some(PeerKey(4))));
}

#[test]
fn a_score_that_fails_is_answered_by_the_native_selector() {
    let text = "fn score(ctx, peer) { if peer.column == 1 { throw 1 } 1 }";
    let script = Script::compile(Role::PeerSelector, "test", text, &Table::new()).unwrap();
    let (mut strategy, stats) = script.strategy();
    let rows = SessionRows::new(&[CidKey(1)], &[PeerKey(3), PeerKey(4)]);

    assert!(asked(&mut strategy, &rows).is_some());
    assert_eq!((stats.counts().failures, stats.counts().answered_by_native), (1, 1));
}

fn asked(strategy: &mut Strategy, rows: &SessionRows) -> Option<PeerKey> {
    let Strategy::PeerSelector(selector) = strategy else { panic!() };
    let mut asks = Asks::default();
    selector.select(&mut Ctx::new(at(0), &mut dice(1)), &rows.view(), &mut asks);
    asks.as_slice().first().map(|ask| ask.peer)
}

fn since(before: &ScriptCounts, stats: &ScriptStats) -> (u64, u64) {
    let now = stats.counts();
    assert_eq!(now.failures, 0, "{:?}", stats.first_failure());
    (now.operations - before.operations, now.values_copied - before.values_copied)
}

fn weigh(strategy: &mut Strategy, peer: u64) -> u32 {
    let Strategy::LedgerPolicy(policy) = strategy else { panic!() };
    policy.weigh(&mut Ctx::new(at(0), &mut dice(1)), &account(PeerKey(peer), 0, 0)).get()
}

fn refuse(strategy: &mut Strategy) {
    let Strategy::LedgerPolicy(policy) = strategy else { panic!() };
    let mut refused = account(PeerKey(1), 0, 0);
    refused.refusals = 1;
    policy.weigh(&mut Ctx::new(at(0), &mut dice(1)), &refused);
}

fn reset(strategy: &mut Strategy) {
    let Strategy::LedgerPolicy(policy) = strategy else { panic!() };
    let event = StrategyEvent::PeerReset { peer: PeerKey(1) };
    policy.observe(&mut Ctx::new(at(0), &mut dice(1)), &event);
}

fn made(text: &str) -> (Strategy, ScriptStats) {
    Script::compile(Role::LedgerPolicy, "test", text, &Table::new()).unwrap().strategy()
}

fn told(text: &str, most: i64) -> (Strategy, ScriptStats) {
    let params = Table::from_iter([("most".to_owned(), most.into())]);
    Script::compile(Role::LedgerPolicy, "test", text, &params).unwrap().strategy()
}
