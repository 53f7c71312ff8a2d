//! What one peer, one session or one slow answer may cost all the others: not much.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bitswap_core::strategy::{
    Ask, Asks, Ctx, Named, PeerSelector, PeerSet, ProviderFinder, SearchView, SessionView, Step,
    plain,
};
use bitswap_core::wire::{BlockPresence, Entry, LeftOut, Message, WantKind};
use bitswap_core::{Action, CallId, Engine, Input, Limits, ReadAnswer, ReadId};
use cid::Cid;

use crate::cast::{
    act, at, block, call, call_in, connected, engine, engine_with, engine_within, nothing_here,
    peer,
};
use crate::pair::Pair;

const ALICE: usize = 0;
const BOB: usize = 1;

#[test]
fn many_single_gets_of_one_session_want_no_more_at_once_than_a_session_may() {
    let mut alice = engine_within(Limits { wants_per_session: 4, ..Limits::default() });
    act(&mut alice, at(0), connected(1));
    for name in 0..20 {
        act(&mut alice, at(0), call(name, &[block(name, 9_000).0]));
    }
    assert_eq!(alice.gauges().wants, 4);
    act(&mut alice, at(1), Input::CallCancelled { call: CallId(0) });
    assert_eq!(alice.gauges().wants, 4, "one ended, and one began");
}

#[test]
fn more_single_gets_than_a_server_remembers_all_get_their_blocks() {
    for sessions in [1, 40] {
        let mut pair = Pair::within(2, &Limits { wants_per_peer: 8, ..few_requests(8) });
        for name in 0..40 {
            pair.store(BOB, &block(name, 9_000));
        }
        for name in 0..40 {
            pair.happen(ALICE, call_in(name % sessions, name, &[block(name, 9_000).0]));
        }
        pair.pass(at(1_000));
        assert_eq!(pair.delivered.len(), 40, "in {sessions} sessions");
        assert_eq!(pair.engines[BOB].stats().server.overflows, 0);
    }
}

#[test]
fn what_finds_no_room_is_not_denied() {
    let mut alice = engine_within(few_requests(1));
    act(&mut alice, at(0), connected(1));
    let mut said = Vec::new();
    for name in 0..3 {
        let actions = hear(&mut alice, 1, &[want(name, WantKind::Block)]);
        let read = reads(&actions).pop();
        let size = vec![ReadAnswer::Size(9_000)];
        let sized = read.map(|read| Input::ReadDone { read, answers: size });
        let actions = sized.map(|input| act(&mut alice, at(1), input)).unwrap_or_default();
        said.extend(presences(&actions));
    }
    assert_eq!((alice.stats().server.overflows, said), (2, vec![]));
}

#[test]
fn a_full_table_makes_room_for_a_peer_that_wants_less() {
    let mut alice = engine_within(Limits { requests: 2, ..Limits::default() });
    act(&mut alice, at(0), connected(1));
    act(&mut alice, at(0), connected(2));
    let absent = hear(&mut alice, 1, &[want(1, WantKind::Block), want(2, WantKind::Block)]);
    nothing_here(&mut alice, at(0), &absent);

    let actions = hear(&mut alice, 2, &[want(3, WantKind::Block)]);

    assert_eq!(reads(&actions).len(), 1, "Carol's want is looked for");
    assert_eq!((alice.requests_of(&peer(1)), alice.requests_of(&peer(2))), (1, 1));
    hear(&mut alice, 1, &[want(4, WantKind::Block)]);
    assert_eq!(alice.requests_of(&peer(2)), 1, "and is not evicted for one that has as many");
}

#[test]
fn a_peer_that_does_not_read_is_owed_no_more_than_a_few_answers() {
    let mut alice = engine_within(Limits { presences_per_peer: 10, ..few_requests(5) });
    act(&mut alice, at(0), connected(1));
    for name in 0..100 {
        let actions = hear(&mut alice, 1, &[want(name, WantKind::Have)]);
        nothing_here(&mut alice, at(0), &actions);
    }
    // One was written at once, ten wait, and nothing is remembered of the rest.
    assert_eq!(alice.stats().server.unread, 89);
}

#[test]
fn wants_and_cancels_in_a_loop_start_one_read() {
    let mut alice = engine();
    act(&mut alice, at(0), connected(1));
    let mut open = Vec::new();
    for name in 0..1_000 {
        open.extend(reads(&hear(&mut alice, 1, &[want(name, WantKind::Block)])));
        open.extend(reads(&hear(&mut alice, 1, &[Entry::Cancel { cid: block(name, 9_000).0 }])));
    }
    assert_eq!(open.len(), 1);
    hear(&mut alice, 1, &[want(7, WantKind::Block)]);
    let done = Input::ReadDone { read: open[0], answers: vec![ReadAnswer::Missing] };
    assert_eq!(reads(&act(&mut alice, at(1), done)).len(), 1, "what is still wanted comes next");
}

#[test]
fn what_was_cancelled_before_it_was_looked_for_is_not() {
    let mut alice = engine();
    act(&mut alice, at(0), connected(1));
    let open = reads(&hear(&mut alice, 1, &[want(1, WantKind::Block)]));
    hear(&mut alice, 1, &[want(2, WantKind::Block)]);
    hear(&mut alice, 1, &[Entry::Cancel { cid: block(2, 9_000).0 }]);
    let done = Input::ReadDone { read: open[0], answers: vec![ReadAnswer::Missing] };
    assert_eq!(reads(&act(&mut alice, at(1), done)), []);
}

#[test]
fn reads_of_peers_that_come_and_go_are_bounded() {
    let mut alice = engine_within(Limits { reads: 3, ..Limits::default() });
    let mut open = Vec::new();
    for name in 0..10 {
        act(&mut alice, at(0), connected(1));
        open.extend(reads(&hear(&mut alice, 1, &[want(name, WantKind::Block)])));
        act(&mut alice, at(0), Input::PeerDisconnected { peer: peer(1) });
    }
    assert_eq!(open.len(), 3);
}

#[test]
fn empty_blocks_are_read_a_few_at_a_time() {
    let limits = Limits { reads_per_peer: 4, message_bytes: 1, ..Limits::default() };
    let mut alice = engine_within(limits);
    act(&mut alice, at(0), connected(1));
    let mut open = 0;
    for name in 0..20 {
        let actions = hear(&mut alice, 1, &[want(name, WantKind::Block)]);
        for read in reads(&actions) {
            let answers = vec![ReadAnswer::Size(0)];
            let actions = act(&mut alice, at(0), Input::ReadDone { read, answers });
            open += reads(&actions).len();
        }
        hear(&mut alice, 1, &[Entry::Cancel { cid: block(name, 9_000).0 }]);
    }
    assert_eq!(open, 4);
}

#[test]
fn one_slow_download_does_not_delay_the_search_for_something_else() {
    let known = Arc::new(AtomicU64::new(u64::MAX));
    let mut strategies = plain::strategies();
    strategies.provider_finder = Named::new("noting", Box::new(Noting(Arc::clone(&known))));
    let mut alice = engine_with(strategies);
    act(&mut alice, at(0), connected(1));
    let slow = block(1, 9_000);
    let cid = slow.0;
    let actions = act(&mut alice, at(0), call_in(1, 1, &[cid]));
    let actions = nothing_here(&mut alice, at(0), &actions);
    write(&mut alice, 0, actions);
    let asked = says(&mut alice, 10, cid, BlockPresence::Have);
    write(&mut alice, 10, asked);
    let blocks = vec![slow];
    let (message, left_out) = (Message { blocks, ..Message::default() }, LeftOut::default());
    act(&mut alice, at(4_900), Input::MessageReceived { peer: peer(1), message, left_out });

    let actions = act(&mut alice, at(5_000), call_in(2, 2, &[block(2, 9_000).0]));
    nothing_here(&mut alice, at(5_000), &actions);

    assert_eq!(alice.stats().client.wanted.blocks, 1);
    assert_eq!(known.load(Ordering::Relaxed), 0, "as if nothing else were going on");
}

/// Never goes on, and notes how long answers take in ms, as it was told last; 0 = unknown.
struct Noting(Arc<AtomicU64>);

impl ProviderFinder for Noting {
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        let known = search.answer_time.map_or(0, |time| time.as_millis() as u64);
        self.0.store(known, Ordering::Relaxed);
        if search.broadcasts == 0 {
            return Step::Broadcast { peers: PeerSet::All, reason: "first" };
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
    let mut strategies = plain::strategies();
    strategies.peer_selector = Named::new("later", Box::new(Later));
    let mut alice = engine_with(strategies);
    act(&mut alice, at(0), connected(1));
    let actions = act(&mut alice, at(0), call(1, &[block(1, 9_000).0]));
    let actions = nothing_here(&mut alice, at(0), &actions);
    write(&mut alice, 0, actions);
    says(&mut alice, 10, block(1, 9_000).0, BlockPresence::Have);

    act(&mut alice, at(20), Input::PeerDisconnected { peer: peer(1) });

    assert_eq!(alice.trace_of_peer(&peer(1)), None);
    let asked = act(&mut alice, at(20), connected(2));
    assert_eq!(entries(&asked), 1, "a newcomer is asked for what is searched");
}

fn few_requests(requests_per_peer: usize) -> Limits {
    Limits { requests_per_peer, ..Limits::default() }
}

fn want(name: u64, kind: WantKind) -> Entry {
    let (cid, priority, send_dont_have) = (block(name, 9_000).0, 1, true);
    Entry::Want { cid, kind, priority, send_dont_have, reach: None }
}

fn hear(alice: &mut Engine, n: u64, entries: &[Entry]) -> Vec<Action> {
    let message = Message { entries: entries.to_vec(), ..Message::default() };
    let left_out = LeftOut::default();
    act(alice, at(0), Input::MessageReceived { peer: peer(n), message, left_out })
}

fn says(alice: &mut Engine, ms: u64, cid: Cid, said: BlockPresence) -> Vec<Action> {
    let message = Message { presences: vec![(cid, said)], ..Message::default() };
    let left_out = LeftOut::default();
    act(alice, at(ms), Input::MessageReceived { peer: peer(1), message, left_out })
}

/// All that is to be written is written.
fn write(alice: &mut Engine, ms: u64, actions: Vec<Action>) {
    for action in actions {
        if let Action::Send { peer, send, .. } = action {
            let after = act(alice, at(ms), Input::Sent { peer, send });
            write(alice, ms, after);
        }
    }
}

fn reads(actions: &[Action]) -> Vec<ReadId> {
    let read = |action: &Action| match action {
        Action::Read { read, .. } => Some(*read),
        _ => None,
    };
    actions.iter().filter_map(read).collect()
}

fn presences(actions: &[Action]) -> Vec<(Cid, BlockPresence)> {
    let said = |action: &Action| match action {
        Action::Send { message, .. } => Some(message.presences.clone()),
        _ => None,
    };
    actions.iter().filter_map(said).flatten().collect()
}

fn entries(actions: &[Action]) -> usize {
    let told = actions.iter().map(|action| match action {
        Action::Send { message, .. } => message.entries.len(),
        _ => 0,
    });
    told.sum()
}
