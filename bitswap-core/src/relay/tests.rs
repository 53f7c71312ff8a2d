//! Budgets, the ephemeral store, and the ends of relayed wants.

use bytes::Bytes;
use multihash::Multihash;

use super::*;
use crate::client::wants::Interest;
use crate::ids::{CallId, SessionId};
use crate::lent::{BOB, CAROL, Lent, apple, at, connect};
use crate::peers::{Request, State};
use crate::queues::Origin;
use crate::server::ServerBounds;

const ALICE: PeerKey = PeerKey(3);

#[test]
fn a_requester_has_so_many_wants_passed_on_at_once_and_others_are_not_in_its_way() {
    let (mut peers, mut relay) = relay();
    for name in 0..64 {
        assert_eq!(
            relay.admit(&mut peers, at(0), &request(ALICE, name, name)),
            RelayAdmission::New
        );
    }

    assert_eq!(relay.admit(&mut peers, at(1), &request(ALICE, 64, 64)), RelayAdmission::OverBudget);
    assert_eq!(relay.admit(&mut peers, at(1), &request(BOB, 64, 65)), RelayAdmission::New);
    let held_for = |peer| peers.get(peer).map(|peer| peer.relay.wants.len());
    assert_eq!(held_for(ALICE), Some(64));
    assert_eq!(held_for(BOB), Some(1));
}

#[test]
fn new_wants_are_counted_also_when_old_ones_are_given_up() {
    let (mut peers, mut relay) = relay();
    let mut taken = 0;
    for name in 0..3_000 {
        if relay.admit(&mut peers, at(0), &request(ALICE, name, name)) == RelayAdmission::New {
            taken += 1;
            assert!(relay.release(&mut peers, CidKey(name), ALICE).is_some());
        }
    }
    assert_eq!(taken, 2_048);

    // Ten seconds later there is room for as many again.
    let later = (0..3_000).map(|name| request(ALICE, name, name + 3_000));
    let again = later.filter(|request| {
        let is_new = relay.admit(&mut peers, at(10_000), request) == RelayAdmission::New;
        is_new && relay.release(&mut peers, request.key, ALICE).is_some()
    });
    assert_eq!(again.count(), 2_048);
}

#[test]
fn the_node_holds_so_many_for_all_requesters_together() {
    let config = RelayConfig { wants: 3, ..RelayConfig::default() };
    let (mut peers, mut relay) = relay_with(config);
    for (requester, name) in [(ALICE, 0), (BOB, 1), (CAROL, 2)] {
        assert_eq!(
            relay.admit(&mut peers, at(0), &request(requester, name, name)),
            RelayAdmission::New
        );
    }

    assert_eq!(relay.admit(&mut peers, at(0), &request(CAROL, 9, 9)), RelayAdmission::OverBudget);
    assert_eq!(relay.admit(&mut peers, at(0), &request(BOB, 2, 9)), RelayAdmission::Known);
}

#[test]
fn the_same_want_from_another_side_is_a_circle_unless_it_may_go_farther() {
    let (mut peers, mut relay) = relay();
    let want = |requester, ttl| RelayRequest {
        header: RelayHeader::new(ttl, 7, 9_000).expect("above 0"),
        ..request(requester, 1, 7)
    };
    assert_eq!(relay.admit(&mut peers, at(0), &want(ALICE, 1)), RelayAdmission::New);

    assert_eq!(relay.admit(&mut peers, at(1), &want(BOB, 1)), RelayAdmission::Looped);
    assert_eq!(relay.admit(&mut peers, at(1), &want(BOB, 2)), RelayAdmission::Farther);
    assert_eq!(relay.admit(&mut peers, at(1), &want(ALICE, 1)), RelayAdmission::Known);
    assert_eq!(relay.admit(&mut peers, at(1), &want(ALICE, 3)), RelayAdmission::Farther);
}

#[test]
fn a_want_goes_on_under_the_id_of_somebody_who_waits_and_back_to_nobody_it_came_from() {
    let (mut peers, mut relay) = relay();
    for (requester, want_id, ttl) in [(ALICE, 5, 1), (BOB, 5, 2), (CAROL, 6, 1)] {
        let header = RelayHeader::new(ttl, want_id, 10_000).expect("above 0");
        relay.admit(&mut peers, at(0), &RelayRequest { header, ..request(requester, 1, want_id) });
    }
    let goes_on = |relay: &Relay| {
        let entry = relay.get(CidKey(1))?;
        Some((entry.want_id, [ALICE, BOB, CAROL].map(|peer| entry.came_from(peer))))
    };
    assert_eq!(goes_on(&relay), Some((5, [true, true, false])), "Bob lets it go farthest");

    relay.release(&mut peers, CidKey(1), ALICE);
    assert_eq!(goes_on(&relay), Some((5, [true, true, false])), "Bob still waits");

    relay.release(&mut peers, CidKey(1), BOB);
    assert_eq!(goes_on(&relay), Some((6, [false, false, true])));
}

#[test]
fn what_was_passed_on_is_not_passed_on_again_for_twice_its_time() {
    let (mut peers, mut relay) = relay();
    relay.admit(&mut peers, at(0), &request(ALICE, 1, 7));
    relay.release(&mut peers, CidKey(1), ALICE);

    assert_eq!(relay.admit(&mut peers, at(19_999), &request(BOB, 1, 7)), RelayAdmission::Looped);
    while relay.pop_expired(&peers, at(20_000)).is_some() {}
    assert_eq!(relay.admit(&mut peers, at(20_000), &request(BOB, 1, 7)), RelayAdmission::New);
}

#[test]
fn a_want_ends_when_its_requester_says_and_at_the_latest_when_we_do() {
    let (mut peers, mut relay) = relay();
    let want = |name, expires_in_ms| RelayRequest {
        header: RelayHeader::new(1, name, expires_in_ms).expect("above 0"),
        ..request(ALICE, name, name)
    };
    relay.admit(&mut peers, at(0), &want(1, 2_000));
    relay.admit(&mut peers, at(0), &want(2, 3_600_000));

    assert_eq!(relay.expires(CidKey(1), ALICE), Some(at(2_000)));
    assert_eq!(relay.expires(CidKey(2), ALICE), Some(at(10_000)));
}

#[test]
fn the_shelf_is_bounded_for_each_requester_and_forgets_with_the_last_one() {
    let config = RelayConfig { ephemeral_bytes_per_requester: 2_500, ..RelayConfig::default() };
    let (mut peers, mut relay) = relay_with(config);
    for name in 1..=3 {
        relay.admit(&mut peers, at(0), &request(ALICE, name, name));
    }
    relay.admit(&mut peers, at(0), &request(BOB, 1, 9));

    assert!(relay.keep(&mut peers, at(0), CidKey(1), block()));
    assert!(relay.keep(&mut peers, at(0), CidKey(2), block()));
    assert!(!relay.keep(&mut peers, at(0), CidKey(3), block()));
    assert_eq!(relay.sizes(), (3, 2_000));
    assert!(relay.kept_for(CidKey(1), CAROL).is_none(), "shown to another peer");

    relay.release(&mut peers, CidKey(1), ALICE);
    assert!(relay.kept_for(CidKey(1), BOB).is_some());
    relay.release(&mut peers, CidKey(1), BOB);
    relay.release(&mut peers, CidKey(2), ALICE);
    assert_eq!(relay.sizes(), (1, 0));
}

#[test]
fn a_block_that_comes_twice_is_kept_and_counted_once() {
    let (mut peers, mut relay) = relay();
    relay.admit(&mut peers, at(0), &request(ALICE, 1, 1));
    assert!(relay.keep(&mut peers, at(0), CidKey(1), block()));
    assert!(relay.keep(&mut peers, at(1), CidKey(1), block()));
    assert_eq!(relay.sizes(), (1, 1_000));

    relay.release(&mut peers, CidKey(1), ALICE);
    assert_eq!(relay.sizes(), (0, 0));
}

#[test]
fn bytes_beyond_a_requesters_share_wait_and_then_go() {
    let config = RelayConfig { bytes_per_second_per_requester: 1_024, ..RelayConfig::default() };
    let (mut peers, mut relay) = relay_with(config);
    relay.admit(&mut peers, at(0), &request(ALICE, 1, 1));
    assert!(relay.keep(&mut peers, at(0), CidKey(1), block()));
    // The burst has room for the largest block.
    for _ in 0..2_048 {
        assert!(relay.try_consume(&peers, at(0), CidKey(1), ALICE));
    }

    assert!(!relay.try_consume(&peers, at(0), CidKey(1), ALICE));
    assert_eq!(relay.rate_limited.pop_due(at(900)), None);
    assert_eq!(relay.rate_limited.pop_due(at(1_001)), Some((CidKey(1), ALICE)));
    assert!(relay.try_consume(&peers, at(1_001), CidKey(1), ALICE));
}

fn relay() -> (Peers, Relay) {
    relay_with(RelayConfig::default())
}

/// A relay, and the connected peers Alice, Bob and Carol.
fn relay_with(config: RelayConfig) -> (Peers, Relay) {
    let mut peers = Lent::new().peers;
    connect(&mut peers, ALICE);
    (peers, Relay::new(config))
}

fn block() -> Block {
    Block::sha2_256(Bytes::from(vec![7; 1_000])).expect("small enough")
}

#[test]
fn a_want_is_passed_on_to_others_and_rides_on_ours_while_that_is_open() {
    let (mut lent, mut server, mut wants, mut relay) = rooms();
    let key = ask(&mut lent, &mut server);
    assert!(room(&mut lent, &mut server, &mut wants, &mut relay).forward(BOB, key));
    let asked: Vec<_> = lent.peers.desired().collect();
    assert_eq!(asked, [(CAROL, key, Origin::Relayed)], "Bob is not asked for what he wants");

    let mut at_work = room(&mut lent, &mut server, &mut wants, &mut relay);
    let (cid, block) = apple();
    let hash = Lent::new().config.keys().multihash(cid.hash());
    assert!(!at_work.receive_block(BOB, hash, &block), "Bob was not asked");
    assert!(at_work.receive_block(CAROL, hash, &block));

    assert_eq!(lent.peers.request(BOB, key).map(|it| it.state), Some(State::Queued(5)));
    assert!(relay.kept_for(key, BOB).is_some() && relay.kept_for(key, CAROL).is_none());
}

#[test]
fn a_want_of_ours_that_ends_without_its_block_lets_relayed_wants_go_on_alone() {
    let (mut lent, mut server, mut wants, mut relay) = rooms();
    let key = ask(&mut lent, &mut server);
    let interest = Interest { session: SessionId(1), call: CallId(1) };
    let (cid, hash) = (apple().0, HashKey(1));
    wants.open(at(0), (key, cid, hash), interest, 0);

    assert!(room(&mut lent, &mut server, &mut wants, &mut relay).forward(BOB, key));
    assert_eq!(lent.peers.desired().count(), 0, "ours is being looked for");

    wants.close(&mut lent.peers, key);
    room(&mut lent, &mut server, &mut wants, &mut relay).resume(key);
    assert_eq!(lent.peers.desired().count(), 1);
}

#[test]
fn a_want_over_a_budget_is_tried_again_now_and_then_and_soon_where_others_had_room() {
    let (mut lent, mut server, mut wants, mut relay) = rooms();
    let key = ask(&mut lent, &mut server);
    relay.config.wants = 1;
    assert_eq!(relay.admit(&mut lent.peers, at(0), &request(CAROL, 1, 1)), RelayAdmission::New);
    assert!(room(&mut lent, &mut server, &mut wants, &mut relay).forward(BOB, key), "it waits");

    for looks in 1..=3 {
        assert_eq!(relay.waits_until, Some(at(50 * looks)));
        let mut later = room(&mut lent, &mut server, &mut wants, &mut relay);
        later.now = at(50 * looks);
        later.serve_waiting();
    }
    relay.release(&mut lent.peers, CidKey(1), CAROL);
    let mut later = room(&mut lent, &mut server, &mut wants, &mut relay);
    later.now = at(200);
    later.serve_waiting();
    assert_eq!(relay.waits_until, None);
    assert!(relay.get(key).is_some_and(|entry| entry.requester(BOB).is_some()));
}

/// Bob wants a block that is missing, with a relay header.
fn ask(lent: &mut Lent, server: &mut Server) -> CidKey {
    let (cid, _) = apple();
    let (keys, header) = (lent.config.keys(), RelayHeader::new(1, 9, 10_000).expect("above 0"));
    let (key, hash) = (keys.cid(&cid), keys.multihash(cid.hash()));
    let mut request = Request::new(cid, hash, WantKind::Block);
    request.set_relay(Some((header, at(10_000))));
    server.insert(&mut lent.peers, at(0), BOB, key, request);
    server.set_state(&mut lent.peers, BOB, key, State::Absent);
    key
}

fn rooms() -> (Lent, Server, Wants, Relay) {
    let mut lent = Lent::new();
    lent.config.relay.enabled = true;
    let server = Server::new(ServerBounds::of(&lent.config.limits));
    let relay = Relay::new(lent.config.relay.clone());
    (lent, server, Wants::default(), relay)
}

const fn room<'x>(
    lent: &'x mut Lent,
    server: &'x mut Server,
    wants: &'x mut Wants,
    relay: &'x mut Relay,
) -> RelayRoom<'x> {
    let always = (&lent.config, at(0));
    relay.room(always, &mut lent.strategies, &mut lent.peers, &mut lent.out, (server, wants))
}

fn request(requester: PeerKey, name: u64, want_id: u64) -> RelayRequest {
    let hash = Multihash::wrap(0x12, &name.to_be_bytes().repeat(4)).expect("32 bytes fit");
    RelayRequest {
        requester,
        key: CidKey(name),
        cid: Cid::new_v1(0x55, hash),
        hash: HashKey(name),
        kind: WantKind::Have,
        header: RelayHeader::new(1, want_id, 10_000).expect("above 0"),
    }
}
