//! A script may say which member leaves a full session.

use bitswap_core::strategy::{Ctx, PeerSelector, Role};
use bitswap_core::{CidKey, PeerKey, SessionId};
use bitswap_strategies::catalog::Strategy;
use bitswap_strategies::fixture::{FullSessionRows, at, dice, peer_view};
use bitswap_strategies::script::{Script, ScriptStats};
use toml::Table;

#[test]
fn a_script_names_the_member_that_leaves_and_says_why() {
    let text = "fn evict(ctx, session) {
        ctx.because(\"slow enough\");
        session.peers.max_by(\"answer_time_ms\").peer
    }";
    let (mut selector, stats) = made(text);
    assert_eq!(evicted(&mut *selector), (Some(PeerKey(3)), "slow enough".to_owned()));
    assert_eq!(stats.first_failure(), None);
}

#[test]
fn without_evict_the_least_useful_leaves_and_the_script_is_not_called() {
    let (mut selector, stats) = made("");
    assert_eq!(evicted(&mut *selector), (Some(PeerKey(1)), "least useful".to_owned()));
    assert_eq!(stats.counts().calls, 0);
}

#[test]
fn a_script_that_names_nobody_leaves_it_to_the_engine() {
    let (mut selector, stats) = made("fn evict(ctx, session) { () }");
    assert_eq!(evicted(&mut *selector).0, None);
    assert_eq!((stats.first_failure(), stats.counts().answered_by_native), (None, 0));
}

#[test]
fn a_script_that_names_no_member_fails_with_its_line_and_the_native_strategy_answers() {
    let text = "\nfn evict(ctx, session) { session.newcomer.peer }";
    let refused = Script::load(Role::PeerSelector, "test", &with_select(text), &Table::new());
    let what = refused.unwrap_err().to_string();
    assert!(what.starts_with("test:2:1: in `evict`: peer "), "{what}");
    assert!(what.ends_with(" is no member of the session"), "{what}");

    let (mut selector, stats) = made(text);
    assert_eq!(evicted(&mut *selector), (Some(PeerKey(1)), "least useful".to_owned()));
    assert_eq!(stats.counts().answered_by_native, 1);
}

#[test]
fn its_tests_make_full_sessions() {
    let text = "fn evict(ctx, session) { session.peers[0].peer }
        fn test_all(ctx) {
            let newcomer = #{ peer: 9, answer_time_ms: 7 };
            let full = full_session(#{ session: 5, want: 6, newcomer: newcomer, peers: 2 });
            assert_eq([full.session, full.want, full.newcomer.answer_time_ms], [5, 6, 7]);
            assert_eq([full.peers.len, evict(ctx, full)], [2, 1]);
        }";
    let script = Script::compile(Role::PeerSelector, "test", &with_select(text), &Table::new());
    assert_eq!(script.unwrap().run_test("test_all").err(), None);
}

fn with_select(text: &str) -> String {
    format!("fn select(ctx, session, asks) {{ }} {text}")
}

fn made(text: &str) -> (Box<dyn PeerSelector>, ScriptStats) {
    let text = with_select(text);
    let script = Script::compile(Role::PeerSelector, "test", &text, &Table::new()).unwrap();
    let (Strategy::PeerSelector(selector), stats) = script.strategy() else {
        unreachable!("it was loaded for this role")
    };
    (selector, stats)
}

/// Of three members, the first said DONT_HAVE, and the last is the slowest.
fn evicted(selector: &mut dyn PeerSelector) -> (Option<PeerKey>, String) {
    let mut peers = [1, 2, 3].map(|name| peer_view(PeerKey(name)));
    for (millis, row) in (1..).zip(&mut peers) {
        row.answer_time = Some(std::time::Duration::from_millis(millis));
    }
    peers[0].dont_haves_in_a_row = 1;
    let (session, want, newcomer) = (SessionId(1), CidKey(1), peer_view(PeerKey(9)));
    let rows = FullSessionRows { session, want, newcomer, peers: peers.to_vec() };
    let mut dice = dice(1);
    let mut ctx = Ctx::new(at(0), &mut dice);
    let evicted = selector.evict(&mut ctx, &rows.view());
    (evicted, ctx.reason().to_owned())
}
