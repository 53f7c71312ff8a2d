//! Fairness: one peer, one session or one slow answer costs the others little.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bitswap_core::strategy::{
    Ask, Asks, Ctx, PeerSelector, PeerSet, ProviderFinder, SearchView, SessionView, Step, WantSet,
};
use bitswap_core::testing::Held::{self, Reads, Sends};
use bitswap_core::testing::{
    Driver, Net, at, block, blocks, call, call_in, cids_of, entries, finder, peer, presences,
    reads, selector, want,
};
use bitswap_core::wire::{BlockPresence, Entry, WantKind};
use bitswap_core::{CallId, Input, Limits, ReadAnswer, ReadId};
use cid::Cid;

const ALICE: usize = 0;
const BOB: usize = 1;

#[test]
fn many_single_gets_of_one_session_want_no_more_at_once_than_a_session_may() {
    let mut alice = Driver::within(Limits { wants_per_session: 4, ..Limits::default() })
        .holding(&[Reads])
        .with_peers(1);
    for name in 0..20 {
        alice.give(call(name, &[block(name, 9_000).0]));
    }
    assert_eq!(alice.engine.gauges().wants, 4);
    alice.at(1).give(Input::CallCancelled { call: CallId(0) });
    assert_eq!(alice.engine.gauges().wants, 4, "one ended, and one began");
}

#[test]
fn more_single_gets_than_a_server_remembers_all_get_their_blocks() {
    for sessions in [1, 40] {
        let mut net = Net::within(2, &Limits { wants_per_peer: 8, ..few_requests(8) });
        net.store_all(BOB, &blocks(0..40, 9_000));
        for name in 0..40 {
            net.give(ALICE, call_in(name % sessions, name, &[block(name, 9_000).0]));
        }
        net.run_until(at(1_000));
        assert_eq!(net.delivered.len(), 40, "in {sessions} sessions");
        assert_eq!(net.engine(BOB).stats().server.overflows, 0);
    }
}

#[test]
fn the_first_block_of_a_session_at_a_peer_comes_before_what_another_waits_for() {
    let mut alice = Driver::default().with_peers(1);
    // So that it knows how long blocks are.
    let first = blocks(20..24, 9_000);
    alice.give(call(9, &cids_of(&first)));
    alice.receive_presences(1, &cids_of(&first), BlockPresence::Have);
    for grape in &first {
        alice.receive_block(1, grape);
    }
    for (session, names) in [(1, 0..4), (2, 4..6)] {
        let cids: Vec<Cid> = names.map(cid).collect();
        alice.give(call_in(session, session, &cids));
        alice.receive_presences(1, &cids, BlockPresence::Have);
    }
    let said = alice.sent_to(1).flat_map(|message| &message.entries);
    let asked: Vec<i32> = said
        .filter_map(|entry| match entry {
            Entry::Want { kind: WantKind::Block, priority, .. } => Some(*priority),
            Entry::Want { .. } | Entry::Cancel { .. } => None,
        })
        .collect();
    assert_eq!(asked[4..], [0, 0, 0, 0, 1, 0]);
}

#[test]
fn what_finds_no_room_is_not_denied() {
    let mut alice = Driver::within(few_requests(1)).holding(&[Reads]).with_peers(1);
    let mut said = Vec::new();
    for name in 0..3 {
        let looked = alice.receive_wants(1, &[cid(name)]);
        let actions = alice.answer_reads(&looked, |_| ReadAnswer::Size(9_000));
        said.extend(presences(&actions));
    }
    assert_eq!((alice.engine.stats().server.overflows, said), (2, vec![]));
}

#[test]
fn a_full_table_makes_room_for_a_peer_that_wants_less() {
    let mut alice = Driver::within(Limits { requests: 2, ..Limits::default() }).with_peers(2);
    alice.receive_wants(1, &[cid(1), cid(2)]);

    alice.hold(&[Reads]);
    let actions = alice.receive_wants(2, &[cid(3)]);

    assert_eq!(reads(&actions).len(), 1, "Carol's want is looked for");
    let requests = |alice: &Driver, n| alice.engine.requests_of(&peer(n));
    assert_eq!((requests(&alice, 1), requests(&alice, 2)), (1, 1));
    alice.receive_wants(1, &[cid(4)]);
    assert_eq!(requests(&alice, 2), 1, "and is not evicted for one that has as many");
}

#[test]
fn a_peer_that_came_to_want_the_most_is_the_next_to_lose_a_request() {
    let mut alice = Driver::within(Limits { requests: 12, ..Limits::default() }).with_peers(3);
    let wants = |names: Range<u64>| names.map(cid).collect::<Vec<_>>();
    alice.receive_wants(1, &wants(0..9));
    alice.receive_wants(2, &wants(0..3));
    alice.receive_wants(3, &wants(0..1));
    let requests = |alice: &Driver| [1, 2, 3].map(|n| alice.engine.requests_of(&peer(n)));
    assert_eq!(requests(&alice), [8, 3, 1]);

    let cancels = wants(5..9).into_iter().map(|cid| Entry::Cancel { cid });
    alice.receive_entries(1, &cancels.collect::<Vec<_>>());
    alice.receive_wants(2, &wants(3..7));
    assert_eq!(requests(&alice), [4, 7, 1]);

    alice.receive_wants(3, &wants(1..2));
    assert_eq!(requests(&alice), [4, 6, 2]);
}

#[test]
fn a_peer_that_does_not_read_is_owed_no_more_than_a_few_answers() {
    let limits = Limits { presences_per_peer: 10, ..few_requests(5) };
    let mut alice = Driver::within(limits).holding(&[Sends]).with_peers(1);
    for name in 0..100 {
        alice.receive_entries(1, &[want(cid(name), WantKind::Have)]);
    }
    // One was written at once, ten wait, and nothing is remembered of the rest.
    assert_eq!(alice.engine.stats().server.unread, 89);
}

#[test]
fn what_was_denied_and_makes_room_for_another_want_is_not_denied_once_more() {
    let mut alice = Driver::within(few_requests(1)).with_peers(1);
    alice.receive_wants(1, &[cid(1)]);
    alice.receive_wants(1, &[cid(2)]);
    assert_eq!(alice.engine.stats().server.overflows, 1);
    assert_eq!(alice.presences_sent_to(1), [1, 2].map(|name| (cid(name), BlockPresence::DontHave)));
}

#[test]
fn wants_and_cancels_in_a_loop_start_one_read() {
    let mut alice = Driver::default().holding(&[Reads]).with_peers(1);
    let mut open = Vec::new();
    for name in 0..1_000 {
        open.extend(reads(&alice.receive_wants(1, &[cid(name)])));
        open.extend(reads(&alice.receive_entries(1, &[Entry::Cancel { cid: cid(name) }])));
    }
    assert_eq!(open.len(), 1);
    alice.receive_wants(1, &[cid(7)]);
    let next = alice.at(1).give(missing(open[0]));
    assert_eq!(reads(&next).len(), 1, "what is still wanted comes next");
}

#[test]
fn what_was_cancelled_before_it_was_looked_for_is_not() {
    let mut alice = Driver::default().holding(&[Reads]).with_peers(1);
    let open = reads(&alice.receive_wants(1, &[cid(1)]));
    alice.receive_wants(1, &[cid(2)]);
    alice.receive_entries(1, &[Entry::Cancel { cid: cid(2) }]);
    assert_eq!(reads(&alice.at(1).give(missing(open[0]))), []);
}

#[test]
fn reads_of_peers_that_come_and_go_are_bounded() {
    let mut alice = Driver::within(Limits { reads: 3, ..Limits::default() }).holding(&[Reads]);
    let mut open = Vec::new();
    for name in 0..10 {
        alice.connect(1);
        open.extend(reads(&alice.receive_wants(1, &[cid(name)])));
        alice.disconnect(1);
    }
    assert_eq!(open.len(), 3);
}

#[test]
fn empty_blocks_are_read_a_few_at_a_time() {
    let limits = Limits { reads_per_peer: 4, message_bytes: 1, ..Limits::default() };
    let mut alice = Driver::within(limits).holding(&[Reads]).with_peers(1);
    let mut open = 0;
    for name in 0..20 {
        let looked = alice.receive_wants(1, &[cid(name)]);
        open += reads(&alice.answer_reads(&looked, |_| ReadAnswer::Size(0))).len();
        alice.receive_entries(1, &[Entry::Cancel { cid: cid(name) }]);
    }
    assert_eq!(open, 4);
}

#[test]
fn one_slow_download_does_not_delay_the_search_for_something_else() {
    let known = Arc::new(AtomicU64::new(u64::MAX));
    let mut alice = Driver::with(finder(Noting(Arc::clone(&known)))).with_peers(1);
    let slow = block(1, 9_000);
    alice.give(call_in(1, 1, &[slow.0]));
    alice.at(10).receive_presence(1, slow.0, BlockPresence::Have);
    alice.at(4_900).receive_block(1, &slow);

    alice.at(5_000).give(call_in(2, 2, &[cid(2)]));

    assert_eq!(alice.engine.stats().client.wanted.blocks, 1);
    assert_eq!(known.load(Ordering::Relaxed), 0, "as if nothing else were going on");
}

/// Never goes on, and notes how long answers take in ms, as it was told last; 0 = unknown.
struct Noting(Arc<AtomicU64>);

impl ProviderFinder for Noting {
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        let known = search.answer_time.map_or(0, |time| time.as_millis() as u64);
        self.0.store(known, Ordering::Relaxed);
        if search.searched().any(|want| want.broadcast_at.is_none()) {
            return Step::broadcast(WantSet::New, PeerSet::All, "first");
        }
        Step::WaitUntil { at: ctx.now().after(Duration::from_secs(60)), reason: "waits" }
    }
}

/// Asks the first peer for everything, a few seconds later.
struct Later;

impl PeerSelector for Later {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let Some(first) = session.peers.first() else {
            return;
        };
        for want in session.wants {
            let ask = Ask::block(want.want, first.peer, "later");
            asks.push(Ask { delay: Duration::from_secs(9), ..ask });
        }
    }
}

#[test]
fn what_was_to_be_asked_of_a_peer_that_left_is_searched_for_at_once() {
    let mut alice = Driver::with(selector(Later)).with_peers(1);
    alice.give(call(1, &[cid(1)]));
    alice.hold(&Held::NETWORK);
    alice.at(10).receive_presence(1, cid(1), BlockPresence::Have);

    alice.at(20).disconnect(1);

    assert_eq!(alice.engine.trace_of_peer(&peer(1)), None);
    let asked = alice.connect(2);
    assert_eq!(entries(&asked).len(), 1, "a newcomer is asked for what is searched");
}

fn few_requests(requests_per_peer: usize) -> Limits {
    Limits { requests_per_peer, ..Limits::default() }
}

fn cid(name: u64) -> Cid {
    block(name, 9_000).0
}

/// The store does not have the one block that was to be read.
fn missing(read: ReadId) -> Input {
    Input::ReadDone { read, answers: vec![ReadAnswer::Missing] }
}
