//! Who becomes a member of a session, who is let go, and what is then remembered.

use std::sync::mpsc::{Receiver, Sender, channel};

use bitswap_core::strategy::plain::FirstCandidate;
use bitswap_core::strategy::{Asks, Ctx, PeerSelector, PeerView, SessionView};
use bitswap_core::testing::{Driver, at, block, call, call_in, peer, selector};
use bitswap_core::wire::BlockPresence::{DontHave, Have};
use bitswap_core::wire::WantKind;
use bitswap_core::{CallId, EngineConfig, Input, Keys, Limits};

#[test]
fn dont_have_alone_makes_no_member() {
    let mut alice = Driver::default().with_peers(2);
    let apple = block(1, 9_000).0;
    alice.want(1, &[apple]);
    alice.receive_presence(1, apple, DontHave);
    alice.receive_presence(2, apple, Have);
    assert_eq!([1, 2].map(|n| alice.engine.is_member(&peer(n))), [false, true]);
}

#[test]
fn who_was_let_go_comes_back_by_have_with_nothing_to_its_name() {
    let (mut alice, seen) = strict();
    for name in 1..=3 {
        lacks(&mut alice, name);
    }
    assert!(!is_member(&alice));

    let fig = block(9, 9_000);
    alice.give(call(9, &[fig.0]));
    alice.receive_presence(1, fig.0, Have);
    assert!(is_member(&alice));
    let row = seen.try_iter().last().expect("he was shown");
    assert_eq!((row.first_deliveries, row.dont_haves_in_a_row), (0, 0));

    alice.give(Input::CallCancelled { call: CallId(9) });
    lacks(&mut alice, 4);
    lacks(&mut alice, 5);
    assert!(is_member(&alice), "the count began anew");
    lacks(&mut alice, 6);
    assert!(!is_member(&alice));
}

#[test]
fn a_have_or_a_block_begins_the_count_of_dont_haves_anew() {
    for comes_as_block in [true, false] {
        let (mut alice, _seen) = strict();
        lacks(&mut alice, 1);
        lacks(&mut alice, 2);
        let fig = block(9, 9_000);
        alice.give(call(9, &[fig.0]));
        if comes_as_block {
            alice.receive_block(1, &fig);
        } else {
            alice.receive_presence(1, fig.0, Have);
            alice.give(Input::CallCancelled { call: CallId(9) });
        }
        lacks(&mut alice, 3);
        lacks(&mut alice, 4);
        assert!(is_member(&alice));
        lacks(&mut alice, 5);
        assert!(!is_member(&alice));
    }
}

#[test]
fn who_has_something_that_is_wanted_stays_however_much_it_lacks() {
    let (mut alice, _seen) = strict();
    let fig = block(9, 9_000).0;
    alice.give(call(9, &[fig]));
    alice.receive_presence(1, fig, Have);
    for name in 1..=5 {
        lacks(&mut alice, name);
    }
    assert!(is_member(&alice));

    alice.give(Input::CallCancelled { call: CallId(9) });
    lacks(&mut alice, 6);
    assert!(!is_member(&alice), "nothing that it has is wanted any more");
}

#[test]
fn who_leaves_one_session_is_believed_and_asked_in_another() {
    let (mut alice, _seen) = strict();
    let fig = block(9, 9_000);
    alice.give(call_in(2, 9, &[fig.0]));
    alice.receive_presence(1, fig.0, Have);
    assert_eq!(members(&alice), [1, 1]);

    for name in 1..=3 {
        lacks(&mut alice, name);
    }

    assert_eq!(members(&alice), [0, 1]);
    let wants = alice.engine.open_wants(at(0), 0, 9);
    let of_fig = wants.iter().find(|want| want.cid == fig.0).expect("it is open");
    assert_eq!(of_fig.asked[0].has, Some(true));
    assert_eq!(alice.wanted_of(1, fig.0), Some(WantKind::Block));
}

/// Alice lets members go after three DONT_HAVEs in a row; Bob is one by the block that he sent.
fn strict() -> (Driver, Receiver<PeerView>) {
    let (shown, seen) = channel();
    let limits = Limits { dont_haves_in_a_row: 2, ..Limits::default() };
    let config = EngineConfig { limits, ..EngineConfig::seeded(7) };
    let mut alice = Driver::new(config, selector(Watching(shown))).with_peers(1);
    alice.give(call(0, &[block(0, 9_000).0]));
    alice.receive_block(1, &block(0, 9_000));
    (alice, seen)
}

/// Bob says that he lacks a block, and nobody wants it any longer.
fn lacks(alice: &mut Driver, name: u64) {
    let cid = block(name, 9_000).0;
    alice.give(call(name, &[cid]));
    alice.receive_presence(1, cid, DontHave);
    alice.give(Input::CallCancelled { call: CallId(name) });
}

fn is_member(alice: &Driver) -> bool {
    alice.engine.is_member(&peer(1))
}

/// How many members the sessions 1 and 2 have.
fn members(alice: &Driver) -> Vec<usize> {
    alice.engine.open_sessions(at(0), None, 9).into_iter().map(|it| it.members).collect()
}

/// Asks as the plain one does, and passes on how it is shown Bob.
struct Watching(Sender<PeerView>);

impl PeerSelector for Watching {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let bob = Keys::new(7).peer(&peer(1));
        for row in session.peers.iter().filter(|row| row.peer == bob) {
            let _closed = self.0.send(row.clone());
        }
        FirstCandidate.select(ctx, session, asks);
    }
}
