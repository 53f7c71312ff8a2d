//! Who leaves a full session by answer times, and that wrappers ask for it.

use std::time::Duration;

use bitswap_core::{CidKey, SessionId};

use super::*;
use crate::catalog::Setting as _;
use crate::fixture::{FullSessionRows, at, dice, peer_view};

/// Answer times of 20, 60 and 900 ms; the first said DONT_HAVE five times.
fn members() -> Vec<PeerView> {
    let mut peers = [20, 60, 900].map(|millis| {
        let mut row = peer_view(PeerKey(millis));
        row.answer_time = Some(Duration::from_millis(millis));
        row
    });
    peers[0].dont_haves_in_a_row = 5;
    peers.to_vec()
}

fn evicted(selector: &mut dyn PeerSelector, peers: Vec<PeerView>) -> (Option<PeerKey>, String) {
    let (want, newcomer) = (CidKey(1), peer_view(PeerKey(1_000)));
    let rows = FullSessionRows { session: SessionId(1), want, newcomer, peers };
    let mut dice = dice(1);
    let mut ctx = Ctx::new(at(0), &mut dice);
    let peer = selector.evict(&mut ctx, &rows.view());
    (peer, ctx.reason().to_owned())
}

fn slowest() -> EvictSlowest {
    EvictSlowest::new(Params::default())
}

#[test]
fn the_slowest_leaves_where_the_default_has_the_least_useful_leave() {
    let (slow, useless) = (Some(PeerKey(900)), Some(PeerKey(20)));
    assert_eq!(evicted(&mut slowest(), members()), (slow, "slowest".to_owned()));
    let mut default = Base::named("probabilistic").selector();
    assert_eq!(evicted(&mut *default, members()), (useless, "least useful".to_owned()));
}

#[test]
fn an_unknown_time_is_the_round_trip_and_else_the_longest() {
    let mut peers = members();
    peers[1].answer_time = None;
    assert_eq!(evicted(&mut slowest(), peers.clone()).0, Some(PeerKey(60)));
    peers[1].round_trip = Some(Duration::from_millis(30));
    assert_eq!(evicted(&mut slowest(), peers).0, Some(PeerKey(900)));
}

#[test]
fn who_is_asked_for_a_block_stays() {
    let mut peers = members();
    peers[2].block_asks_in_flight = 1;
    assert_eq!(evicted(&mut slowest(), peers.clone()).0, Some(PeerKey(60)));
    for row in &mut peers {
        row.block_asks_in_flight = 1;
    }
    assert_eq!(evicted(&mut slowest(), peers).0, Some(PeerKey(900)));
}

#[test]
fn peered_members_stay_unless_the_operator_says_otherwise() {
    let mut peers = members();
    peers[2].class = PeerClass::Peered;
    assert_eq!(evicted(&mut slowest(), peers.clone()).0, Some(PeerKey(60)));
    let params = Params { keep_peered: false, ..Params::default() };
    assert_eq!(evicted(&mut EvictSlowest::new(params), peers).0, Some(PeerKey(900)));
}

#[test]
fn wrappers_pass_the_question_on() {
    for (wrapper, parts) in [
        ("fallback", ["first", "then"].as_slice()),
        ("hedge-unresponsive", &["base"]),
        ("hedged", &["base"]),
        ("registry-first", &["base"]),
        ("shadow", &["base"]),
        ("split", &["a", "b"]),
    ] {
        let parts = parts.iter().map(|part| format!("{part} = 'evict-slowest'"));
        let parts = parts.collect::<Vec<_>>().join(", ");
        let table = format!("base = {{ use = '{wrapper}', {parts} }}").parse::<toml::Table>();
        let mut wrapped = Base::read(&table.unwrap()["base"]).unwrap().selector();
        let expected = (Some(PeerKey(900)), "slowest".to_owned());
        assert_eq!(evicted(&mut *wrapped, members()), expected, "{wrapper}");
    }
}
