//! The events that strategies observe, in the order in which they happen.

use std::sync::mpsc::{Receiver, Sender, channel};

use bitswap_core::strategy::{Ctx, EventMask, Registry, StrategyEvent};
use bitswap_core::testing::{Driver, Held, at, block, call, peer, registry};
use bitswap_core::wire::{BlockPresence, WantKind};
use bitswap_core::{Action, AskOutcome, CidKey, Input, PeerKey, SessionId};

#[test]
fn a_fetch_is_told_step_by_step() {
    let (mut alice, heard) = with_recorder();
    let apple = block(1, 5_000);
    let keys = alice.engine.keys();
    let (session, bob) = (SessionId(1), keys.peer(&peer(1)));
    let want = keys.cid(&apple.0);
    alice.connect(1);
    alice.give(call(1, &[apple.0]));
    alice.at(20).receive_presence(1, apple.0, BlockPresence::Have);
    alice.at(50).receive_block(1, &apple);
    alice.receive_block(1, &apple);
    alice.give(Input::SessionClosed { session });

    let ms = |ms| at(ms).since(at(0));
    let (have, of_block) = (WantKind::Have, WantKind::Block);
    let peer = bob;
    let ended = |kind, outcome, after| StrategyEvent::AskEnded {
        session,
        peer,
        want,
        kind,
        outcome,
        after,
    };
    let made = |kind, reason| StrategyEvent::AskMade { session, peer, want, kind, reason };
    assert_eq!(
        all(&heard),
        [
            StrategyEvent::PeerConnected { peer },
            StrategyEvent::SessionOpened { session },
            StrategyEvent::BroadcastMade { session, want, peers: 1 },
            made(have, "broadcast"),
            ended(have, AskOutcome::Have, ms(20)),
            StrategyEvent::HaveReceived { session, peer, want, after: Some(ms(20)), hops: 0 },
            made(of_block, "first candidate"),
            ended(of_block, AskOutcome::Block, ms(30)),
            StrategyEvent::BlockReceived { session, peer, want, bytes: 5_000, after: Some(ms(30)) },
            StrategyEvent::DuplicateReceived { session: Some(session), peer, bytes: 5_000 },
            StrategyEvent::SessionClosed { session },
        ]
    );
}

#[test]
fn a_look_up_and_a_reset_are_told() {
    let (mut alice, heard) = with_recorder();
    alice.hold(&[Held::Lookups, Held::Dials]);
    let apple = block(1, 5_000);
    let keys = alice.engine.keys();
    let want = keys.cid(&apple.0);
    alice.want(1, &[apple.0]);
    let lookup = alice.log.iter().find_map(|action| match action {
        Action::Lookup { lookup, .. } => Some(*lookup),
        _ => None,
    });
    let lookup = lookup.expect("nobody is connected");
    all(&heard);
    alice.give(Input::ProvidersFound { lookup, peers: vec![peer(2)] });
    alice.give(Input::LookupEnded { lookup });
    alice.connect(2);
    alice.give(Input::PeerReset { peer: peer(2) });

    let (session, peer) = (SessionId(1), keys.peer(&peer(2)));
    let heard = all(&heard);
    let count = |event: &StrategyEvent| heard.iter().filter(|other| *other == event).count();
    assert_eq!(count(&StrategyEvent::ProviderFound { session, peer, want }), 1);
    assert_eq!(count(&StrategyEvent::LookupEnded { session, want, found: 1 }), 1);
    assert_eq!(count(&StrategyEvent::PeerReset { peer }), 1);
}

#[test]
fn a_turn_of_serving_is_told_with_its_bytes() {
    let (mut alice, heard) = with_recorder();
    let apple = block(1, 5_000);
    alice.store(&apple);
    alice.connect(1);
    all(&heard);
    alice.receive_wants(1, &[apple.0]);

    let (peer, want) = (alice.engine.keys().peer(&peer(1)), alice.engine.keys().cid(&apple.0));
    assert_eq!(
        all(&heard),
        [
            StrategyEvent::WantSeen { peer, want, kind: WantKind::Block },
            StrategyEvent::TurnTaken { peer, bytes: 5_000 },
            StrategyEvent::QueueEmptied { peer },
            StrategyEvent::BlockSent { peer, want, bytes: 5_000 },
        ]
    );
}

/// A registry that passes on all that it hears.
struct Recorder(Sender<StrategyEvent>);

impl Registry for Recorder {
    fn candidates(&mut self, _: &mut Ctx<'_>, _: CidKey, _: usize) -> Vec<PeerKey> {
        Vec::new()
    }

    fn observe(&mut self, _: &mut Ctx<'_>, event: &StrategyEvent) {
        self.0.send(event.clone()).expect("the test listens");
    }

    fn events(&self) -> EventMask {
        EventMask::ALL
    }
}

fn with_recorder() -> (Driver, Receiver<StrategyEvent>) {
    let (to, heard) = channel();
    (Driver::with(registry(Recorder(to))), heard)
}

/// What was heard since the last call.
fn all(heard: &Receiver<StrategyEvent>) -> Vec<StrategyEvent> {
    heard.try_iter().collect()
}
