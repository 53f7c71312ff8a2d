//! Blocks that a rule of the node denies: neither fetched, nor served, nor relayed.

use bitswap_core::testing::Held::{Reads, Sends};
use bitswap_core::testing::{Driver, block, call, messages, presences, reads, want};
use bitswap_core::wire::{BlockPresence, Entry, Message, ProtocolVersion, RelayHeader, WantKind};
use bitswap_core::{Action, CallId, Denial, Failure, Input, ReadAnswer};
use cid::Cid;

#[test]
fn a_want_that_is_denied_fails_with_the_rule_and_no_peer_is_asked() {
    let mut alice = with_bob();
    let apple = block(1, 9_000).0;
    let actions = alice.give(call(1, &[apple]));

    let actions = alice.answer_reads(&actions, |_| denied());

    let why = Failure::Denied(rule());
    let call = CallId(1);
    assert_eq!(actions[..], [Action::Fail { call, cid: apple, why }, Action::Finish { call }]);
    assert_eq!(alice.engine.stats().client.denied, 1);
    assert_eq!(alice.engine.stats().gauges.wants, 0);
}

#[test]
fn what_is_denied_from_now_on_ends_for_all_who_want_it_and_nothing_else_does() {
    let mut alice = Driver::default().with_peers(1);
    let [apple, pear] = [1, 2].map(|name| block(name, 9_000).0);
    alice.want(1, &[apple, pear]);
    alice.give(call(2, &[apple]));

    let actions = alice.give(Input::CidsDenied { cids: vec![(apple, rule())] });

    assert_eq!(failed(&actions), [(CallId(1), apple), (CallId(2), apple)]);
    let open = alice.engine.open_wants(alice.now, 0, 9);
    assert_eq!(open.iter().map(|want| want.cid).collect::<Vec<_>>(), [pear]);
    alice.pass_secs(1);
    let last = alice.sent_to(1).last().map(|message| message.entries.clone());
    assert_eq!(last, Some(vec![Entry::Cancel { cid: apple }]));
}

#[test]
fn a_peer_hears_dont_have_for_what_is_denied_and_its_request_is_over() {
    for kind in [WantKind::Have, WantKind::Block] {
        let mut alice = with_bob();
        let apple = block(1, 9_000).0;
        let actions = alice.receive_entries(1, &[want(apple, kind)]);

        let actions = alice.answer_reads(&actions, |_| denied());

        assert_eq!(presences(&actions), [(apple, BlockPresence::DontHave)]);
        assert_eq!(alice.engine.stats().server.denied, 1);
        assert_eq!(alice.engine.stats().gauges.requests, 0);
    }
}

#[test]
fn a_block_that_is_denied_while_it_waits_for_its_turn_is_not_sent() {
    let mut alice = with_bob();
    let apple = block(1, 9_000).0;
    let actions = alice.receive_wants(1, &[apple]);
    let actions = alice.answer_reads(&actions, |_| ReadAnswer::Size(9_000));

    let actions = alice.answer_reads(&actions, |_| denied());

    assert_eq!(presences(&actions), [(apple, BlockPresence::DontHave)]);
    assert!(messages(&actions).all(|message| message.blocks.is_empty()), "{actions:?}");
    let gauges = alice.engine.stats().gauges;
    assert_eq!((gauges.requests, gauges.outstanding_bytes), (0, 0));
}

#[test]
fn a_want_that_is_denied_is_not_relayed() {
    let mut alice = Driver::default().holding(&[Reads]);
    for n in [1, 2] {
        alice.connect_as(n, ProtocolVersion::Relay);
    }
    let apple = block(1, 9_000).0;
    let (kind, relay) = (WantKind::Block, RelayHeader::new(2, 7, 10_000));
    let entry = Entry::Want { cid: apple, kind, priority: 1, send_dont_have: true, relay };
    let actions = alice.receive(1, Message { entries: vec![entry], ..Message::default() });
    assert_eq!(reads(&actions).len(), 1);

    alice.answer_reads(&actions, |_| denied());
    alice.pass_secs(5);

    assert_eq!(alice.wants_sent_to(2), 0);
    assert_eq!(alice.engine.stats().relay.wants, 0);
}

/// Alice, whose store and wire answer when a test says so, and who knows Bob.
fn with_bob() -> Driver {
    Driver::default().holding(&[Reads, Sends]).with_peers(1)
}

fn rule() -> Denial {
    Denial("list.deny:7".into())
}

fn denied() -> ReadAnswer {
    ReadAnswer::Denied(rule())
}

fn failed(actions: &[Action]) -> Vec<(CallId, Cid)> {
    let failed = actions.iter().filter_map(|action| match action {
        Action::Fail { call, cid, why } if *why == Failure::Denied(rule()) => Some((*call, *cid)),
        _ => None,
    });
    failed.collect()
}
