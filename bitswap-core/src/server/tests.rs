//! Peers are served by rank, within limits, and none waits for ever (starvation).

use std::time::Duration;

use cid::Cid;
use multihash::Multihash;

use super::{InsertOutcome, Server, ServerBounds, ServerRoom};
use crate::action::Action;
use crate::ids::{CidKey, HashKey, PeerKey, ReadId};
use crate::input::{ReadAnswer, StoreFault};
use crate::lent::{BOB, CAROL, Lent, apple, at};
use crate::limits::Limits;
use crate::out::Effect;
use crate::peers::{Copies, Peers, Request, State};
use crate::strategy::Rank;
use crate::time::Timestamp;
use crate::wire::{Entry, WantKind};

#[test]
fn the_smaller_rank_has_the_first_turn() {
    let (mut peers, mut server) = (Lent::new().peers, server());
    queue((&mut peers, &mut server), BOB, 1, 10);
    queue((&mut peers, &mut server), CAROL, 2, 10);
    assert_eq!(turns((&mut peers, &mut server), at(0), &[(BOB, 5), (CAROL, 3)]), [CAROL, BOB]);
}

#[test]
fn a_turn_takes_whole_blocks_up_to_the_size_of_a_message() {
    let (mut peers, mut server) = (Lent::new().peers, server());
    for name in 1..6 {
        queue((&mut peers, &mut server), BOB, name, 40);
    }
    rank_all((&mut peers, &mut server), at(0), &[(BOB, 0)]);
    let first = server.pop_tasks(&mut peers, at(0), BOB, 100).expect("Bob waits");
    assert_eq!(first.iter().map(|turn| turn.key.0).collect::<Vec<_>>(), [1, 2]);
    let (requests, tasks, bytes, outstanding) = server.sizes();
    assert_eq!((requests, tasks, bytes, outstanding), (5, 3, 120, 80));
}

#[test]
fn of_equal_tasks_what_was_sent_least_goes_first() {
    let (mut peers, mut server) = (Lent::new().peers, server());
    for name in 1..4 {
        queue((&mut peers, &mut server), BOB, name, 500);
        queue((&mut peers, &mut server), CAROL, name, 500);
    }
    let mut sent = Vec::new();
    for peer in [BOB, BOB, CAROL, CAROL] {
        rank_all((&mut peers, &mut server), at(0), &[(BOB, 0), (CAROL, 0)]);
        let turn = server.pop_tasks(&mut peers, at(0), peer, 500).expect("it waits");
        sent.extend(turn.iter().map(|task| task.key.0));
    }
    assert_eq!(sent, [1, 2, 3, 1]);
}

#[test]
fn copies_are_forgotten() {
    let mut copies = Copies::default();
    let others = (2..).take(Limits::COPIES);
    [1, 1].into_iter().chain(others).for_each(|key| copies.add(CidKey(key)));
    assert_eq!([1, 2].map(|key| copies.of(CidKey(key))), [0, 1]);
}

#[test]
fn a_peer_at_its_cap_is_no_candidate() {
    let (mut peers, mut server) = (Lent::new().peers, server());
    for name in 1..6 {
        queue((&mut peers, &mut server), BOB, name, 500);
    }
    queue((&mut peers, &mut server), CAROL, 9, 10);
    let given = turns((&mut peers, &mut server), at(0), &[(BOB, 0), (CAROL, 1)]);
    assert_eq!(given, [BOB, BOB, CAROL], "1,000 bytes are Bob's cap");
    server.release(&mut peers, BOB, 500);
    assert_eq!(turns((&mut peers, &mut server), at(0), &[(BOB, 0)]), [BOB]);
}

#[test]
fn who_was_passed_over_for_too_long_comes_first() {
    let (mut peers, mut server) = (Lent::new().peers, server());
    queue((&mut peers, &mut server), CAROL, 9, 10);
    rank_all((&mut peers, &mut server), at(0), &[(CAROL, 100)]);
    queue_at((&mut peers, &mut server), at(9_000), BOB, 1, 10);
    assert_eq!(
        turns((&mut peers, &mut server), at(10_000), &[(BOB, 0), (CAROL, 100)]),
        [CAROL, BOB]
    );
}

#[test]
fn a_peer_waits_from_the_end_of_its_last_turn() {
    let (mut peers, mut server) = (Lent::new().peers, Server::new(ONE_BLOCK_AT_A_TIME));
    for name in 1..4 {
        queue((&mut peers, &mut server), BOB, name, 500);
    }
    let ranks = [(BOB, 0), (CAROL, 100)];
    assert_eq!(turns((&mut peers, &mut server), at(0), &ranks), [BOB]);
    queue_at((&mut peers, &mut server), at(1_000), CAROL, 9, 500);
    // Bob does not read: each send to him lasts until it times out.
    server.release(&mut peers, BOB, 500);
    assert_eq!(turns((&mut peers, &mut server), at(12_000), &ranks), [CAROL]);
}

#[test]
fn a_cancelled_task_leaves_no_trace() {
    let (mut peers, mut server) = (Lent::new().peers, server());
    queue((&mut peers, &mut server), BOB, 1, 10);
    server.remove(&mut peers, BOB, CidKey(1));
    assert_eq!(turns((&mut peers, &mut server), at(0), &[(BOB, 0)]), []);
    assert_eq!(server.sizes(), (0, 0, 0, 0));
    assert!(server.waiting_for(HashKey(1)).is_empty());
}

#[test]
fn a_peer_that_leaves_frees_its_share() {
    let (mut peers, mut server) = (Lent::new().peers, server());
    queue((&mut peers, &mut server), BOB, 1, 500);
    turns((&mut peers, &mut server), at(0), &[(BOB, 0)]);
    let bob = peers.disconnect(BOB).expect("Bob was here");
    server.forget_peer(BOB, bob.requests);
    assert_eq!(server.sizes(), (0, 0, 0, 0));
}

#[test]
fn a_want_for_what_is_missing_concerns_the_relay_and_so_does_its_end() {
    let (mut lent, mut server) = (Lent::new(), server());
    let (cid, _) = apple();
    let keys @ (key, _) = lent.config.keys().cid_and_hash(&cid);
    let want =
        Entry::Want { cid, kind: WantKind::Have, priority: 1, send_dont_have: true, relay: None };
    let mut at_work = room(&mut lent, &mut server);
    at_work.receive_entry(BOB, keys, &want);
    at_work.start_looks();
    at_work.size_read(BOB, key, &ReadAnswer::Missing);
    assert_eq!(lent.effects(), [Effect::BlockMissing { peer: BOB, want: key }]);

    room(&mut lent, &mut server).receive_entry(BOB, keys, &Entry::Cancel { cid });
    assert_eq!(lent.effects(), [Effect::RequestEnded { peer: BOB, want: key }]);
}

#[test]
fn a_store_that_failed_is_asked_again_when_the_peer_asks_again() {
    let (mut lent, mut server) = (Lent::new(), server());
    let (cid, block) = apple();
    let keys @ (key, _) = lent.config.keys().cid_and_hash(&cid);
    let (kind, send_dont_have) = (WantKind::Block, true);
    let want = Entry::Want { cid, kind, priority: 1, send_dont_have, relay: None };
    let fault = ReadAnswer::Failed(StoreFault("a flipped bit".into()));
    let mut at_work = room(&mut lent, &mut server);
    at_work.receive_entry(BOB, keys, &want);
    at_work.start_looks();
    at_work.size_read(BOB, key, &fault);
    assert_eq!(lent.effects(), [Effect::BlockMissing { peer: BOB, want: key }]);
    lent.actions();

    let mut at_work = room(&mut lent, &mut server);
    at_work.server.take_read(at_work.peers, ReadId(1));
    at_work.receive_entry(BOB, keys, &want);
    at_work.start_looks();
    at_work.size_read(BOB, key, &ReadAnswer::Size(block.len() as u32));
    assert!(matches!(lent.actions().as_slice(), [Action::Read { .. }]));
    assert_eq!(lent.peers.request(BOB, key).map(|it| it.state), Some(State::Queued(5)));
}

#[test]
fn a_small_block_is_as_good_an_answer_as_have() {
    let (mut lent, mut server) = (Lent::new(), server());
    let (cid, block) = apple();
    let keys @ (key, _) = lent.config.keys().cid_and_hash(&cid);
    let want =
        Entry::Want { cid, kind: WantKind::Have, priority: 1, send_dont_have: true, relay: None };
    let mut at_work = room(&mut lent, &mut server);
    at_work.receive_entry(BOB, keys, &want);
    at_work.size_read(BOB, key, &ReadAnswer::Size(block.len() as u32));
    let (peer, turns) = at_work.pop_tasks().expect("Bob waits");
    assert_eq!((peer, turns.len()), (BOB, 1));
    at_work.block_read(peer, &turns[0], ReadAnswer::Block(block));
    assert_eq!(lent.effects(), [], "nothing is over before it was written");
}

type AtWork<'x> = (&'x mut Peers, &'x mut Server);

const BOUNDS: ServerBounds = ServerBounds {
    requests_per_peer: 100,
    requests: 1_000,
    outstanding_per_peer: 1_000,
    outstanding: 1_000_000,
    starvation: Duration::from_secs(10),
    reads: 100,
    reads_per_peer: 100,
    upload: [None; 2],
};
const ONE_BLOCK_AT_A_TIME: ServerBounds = ServerBounds { outstanding: 500, ..BOUNDS };

fn server() -> Server {
    Server::new(BOUNDS)
}

fn queue(at_work: AtWork<'_>, peer: PeerKey, name: u64, bytes: u32) {
    queue_at(at_work, at(0), peer, name, bytes);
}

fn queue_at((peers, server): AtWork<'_>, now: Timestamp, peer: PeerKey, name: u64, bytes: u32) {
    let hash = Multihash::wrap(0x12, &[name as u8; 32]).expect("fits");
    let request = Request::new(Cid::new_v1(0x55, hash), HashKey(name), WantKind::Block);
    let (noted, dropped) = server.insert(peers, now, peer, CidKey(name), request);
    assert!(matches!(noted, InsertOutcome::New(_)) && dropped.is_none());
    server.queue(peers, now, (peer, CidKey(name)), bytes, Rank::new([0; 4]));
    assert_eq!(peers.request(peer, CidKey(name)).map(|r| r.state), Some(State::Queued(bytes)));
}

fn rank_all((peers, server): AtWork<'_>, now: Timestamp, ranks: &[(PeerKey, i64)]) {
    for peer in server.peers_to_rank(peers, now) {
        let rank = ranks.iter().find(|(ranked, _)| *ranked == peer).expect("only these wait");
        server.rank(peers, now, peer, (Rank::new([rank.1, 0, 0, 0]), 0));
    }
}

/// The order in which peers are served until none waits, at most 500 bytes each time.
fn turns((peers, server): AtWork<'_>, now: Timestamp, ranks: &[(PeerKey, i64)]) -> Vec<PeerKey> {
    let mut order = Vec::new();
    loop {
        rank_all((&mut *peers, &mut *server), now, ranks);
        let Some(peer) = server.first_peer(now) else {
            return order;
        };
        server.pop_tasks(peers, now, peer, 500).expect("it is here");
        order.push(peer);
    }
}

const fn room<'x>(lent: &'x mut Lent, server: &'x mut Server) -> ServerRoom<'x> {
    server.room((&lent.config, at(0)), &mut lent.strategies, &mut lent.peers, &mut lent.out)
}
