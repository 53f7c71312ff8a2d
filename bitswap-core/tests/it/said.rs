//! What is said to whom: answers, the order of wants, and what follows when a message is lost.

use bitswap_core::wire::{BlockPresence, Dialect, Entry, LeftOut, Message, WantKind};
use bitswap_core::{CallId, CallOptions, Input, Limits, SessionId, Speaks};
use cid::Cid;

use crate::bench::Bench;
use crate::cast::{SPEAKS, block, peer};

#[test]
fn wants_leave_by_priority_and_then_by_age() {
    let mut alice = bench();
    alice.holds = true;
    alice.want(1, &[block(9, 9_000).0]);
    for (id, priority) in [(2, 0), (3, 5), (4, 5)] {
        let options = CallOptions { credit: 9, priority, ..CallOptions::default() };
        let (session, call, cids) = (SessionId(1), CallId(id), vec![block(id, 9_000).0]);
        alice.tell(Input::CallOpened { session, call, cids, options });
    }
    alice.let_go(true);
    let last = alice.sent_to(1).last().map(|message| message.entries.iter().map(Entry::cid));
    let expected = [3, 4, 2].map(|name| block(name, 9_000).0);
    assert_eq!(last.map(|cids| cids.copied().collect()), Some(expected.to_vec()));
}

#[test]
fn an_answer_in_a_message_that_was_lost_is_said_again() {
    let mut alice = bench();
    let apple = block(1, 9_000).0;
    alice.holds = true;
    alice.hear_want(1, &[apple]);
    alice.let_go(false);
    let said: Vec<_> = alice.sent_to(1).flat_map(|message| message.presences.clone()).collect();
    assert_eq!(said, [(apple, BlockPresence::DontHave); 2]);
}

#[test]
fn a_block_that_was_fetched_goes_to_those_who_wait_for_it() {
    let mut alice = bench();
    let apple = block(1, 9_000);
    alice.connect(2);
    alice.hear_want(2, &[apple.0]);
    alice.want(1, &[apple.0]);
    alice.store(&apple);
    alice.bring(1, &apple);
    assert_eq!(alice.served(2), 1);
}

#[test]
fn who_asked_whether_and_then_for_the_block_gets_the_block() {
    let mut alice = bench();
    let apple = block(1, 9_000);
    alice.hear(1, wants(&[apple.0], WantKind::Have, true));
    alice.hear(1, wants(&[apple.0], WantKind::Block, true));
    alice.store(&apple);
    alice.tell(Input::BlocksAdded { blocks: vec![apple] });
    assert_eq!(alice.served(1), 1);
}

#[test]
fn a_block_of_the_replace_size_is_sent_instead_of_have_and_a_larger_one_is_not() {
    let mut alice = bench();
    let fruit = [block(1, 1_024), block(2, 1_025)];
    for fruit in &fruit {
        alice.store(fruit);
    }
    alice.hear(1, wants(&fruit.each_ref().map(|fruit| fruit.0), WantKind::Have, true));
    let presences: Vec<_> = alice.sent_to(1).flat_map(|said| said.presences.clone()).collect();
    assert_eq!((alice.served(1), presences), (1, vec![(fruit[1].0, BlockPresence::Have)]));
}

#[test]
fn who_asks_again_for_a_no_is_told_no() {
    let mut alice = bench();
    let apple = block(1, 9_000).0;
    alice.hear(1, wants(&[apple], WantKind::Block, false));
    assert_eq!(alice.sent_to(1).count(), 0);
    alice.hear_want(1, &[apple]);
    let said: Vec<_> = alice.sent_to(1).flat_map(|message| message.presences.clone()).collect();
    assert_eq!(said, [(apple, BlockPresence::DontHave)]);
}

#[test]
fn a_full_list_takes_back_answers_to_what_it_leaves_out() {
    let mut alice = bench();
    alice.holds = true;
    let [apple, pear, plum] = [1, 2, 3].map(|name| block(name, 9_000));
    alice.hear_want(1, &[apple.0]);
    alice.store(&pear);
    alice.hear(1, wants(&[pear.0], WantKind::Have, true));
    alice.hear(1, Message { full: true, ..wants(&[plum.0], WantKind::Block, true) });
    alice.let_go(true);
    let told = alice.sent_to(1).flat_map(|message| message.presences.clone());
    let told: Vec<Cid> = told.map(|(cid, _)| cid).collect();
    assert_eq!(told, [apple.0, plum.0], "the first was on its way already");
}

#[test]
fn a_message_says_how_many_bytes_still_wait() {
    let mut alice = Bench::new(Limits { outstanding_bytes: 1, ..Limits::default() });
    alice.connect(1);
    let fruit = [1, 2].map(|name| block(name, 20_000));
    for fruit in &fruit {
        alice.store(fruit);
    }
    alice.hear_want(1, &fruit.each_ref().map(|fruit| fruit.0));
    let waiting: Vec<_> = alice.sent_to(1).map(|message| message.pending_bytes).collect();
    assert_eq!(waiting, [20_000, 0]);
}

#[test]
fn a_block_that_came_twice_is_on_an_account_of_its_own() {
    let mut alice = bench();
    let apple = block(1, 9_000);
    alice.connect(2);
    alice.want(1, &[apple.0]);
    alice.bring(1, &apple);
    alice.bring(2, &apple);
    let account = alice.engine.account(&peer(2)).expect("it is here");
    assert_eq!((account.duplicate_received_from, account.received_from), (9_000, 0));
}

#[test]
fn no_list_of_a_peer_is_read_where_nobody_is_served_and_its_blocks_are() {
    let config = bitswap_core::EngineConfig { serve: false, ..config() };
    let mut alice = Bench::of(config, bitswap_core::strategy::plain::strategies());
    let apple = block(1, 9_000);
    alice.connect(1);
    alice.want(1, &[apple.0]);
    let message = Message { blocks: vec![apple], ..wants(&[block(2, 9).0], WantKind::Block, true) };
    let left_out = LeftOut::default();
    alice.tell(Input::MessageReceived { peer: peer(1), message, left_out });
    assert_eq!((alice.delivered, alice.engine.gauges().requests), (1, 0));
}

#[test]
fn a_peer_that_turns_out_to_speak_otherwise_is_told_anew() {
    let mut alice = bench();
    let apple = block(1, 9_000).0;
    alice.want(1, &[apple]);
    let speaks = Speaks { dialect: Dialect::Relay, ..SPEAKS };
    alice.tell(Input::PeerChanged { peer: peer(1), speaks });
    alice.pass(1);
    assert_eq!((alice.asked(1), alice.sent_to(1).last().map(|last| last.full)), (2, Some(true)));
}

/// Alice, who knows Bob.
fn bench() -> Bench {
    let mut alice = Bench::new(Limits::default());
    alice.connect(1);
    alice
}

fn config() -> bitswap_core::EngineConfig {
    bitswap_core::EngineConfig::seeded(7)
}

fn wants(cids: &[Cid], kind: WantKind, send_dont_have: bool) -> Message {
    let want = |cid: &Cid| {
        let (priority, reach) = (1, None);
        Entry::Want { cid: *cid, kind, priority, send_dont_have, reach }
    };
    Message { entries: cids.iter().map(want).collect(), ..Message::default() }
}
