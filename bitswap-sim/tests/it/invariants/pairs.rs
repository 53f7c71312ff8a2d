//! Two nodes that do not agree about what one of them wants of the other: I5.

use bitswap_core::strategy::plain;
use bitswap_core::wire::{BlockPresence, Dialect, Entry, LeftOut, Message};
use bitswap_core::{Action, Engine, EngineConfig, Input, Lanes, Speaks};
use bitswap_sim::invariants::agree_while_open;

use super::{Watch, at, call, peer, says, want_block};

#[test]
fn i5_a_live_want_have_that_a_peer_forgot() {
    let mut pair = Pair::new();
    pair.asks();
    pair.is_written();

    assert_eq!(pair.violation(), "told a live want (Have), and forgot it unanswered");
}

#[test]
fn i5_a_live_want_block_that_a_peer_forgot() {
    let mut pair = Pair::new();
    pair.asks();
    pair.is_written();
    pair.hears_have();
    pair.is_written();

    assert_eq!(pair.violation(), "told a live want (Block), and forgot it unanswered");
}

#[test]
fn i5_a_want_that_a_peer_remembers_otherwise_than_it_was_told() {
    let mut pair = Pair::new();
    pair.asks();
    pair.is_heard();
    assert_eq!(pair.violation(), "");
    // The step up does not get through.
    pair.hears_have();
    pair.is_written();

    assert_eq!(pair.violation(), "remembered otherwise than told: Have");
}

#[test]
fn i5_a_want_that_a_peer_remembers_and_that_is_over() {
    let mut pair = Pair::new();
    pair.asks();
    pair.is_heard();
    hear(&mut pair.peer, says(3, vec![want_block(&pair.watch.other.0)]));

    assert_eq!(pair.violation(), "which is not wanted");
}

/// A node that wants something, and the peer 1, to which the node is the peer 3.
struct Pair {
    watch: Watch,
    peer: Engine,
}

impl Pair {
    fn new() -> Self {
        let mut watch = Watch::with_peers(Dialect::V1_2);
        let mut peer_engine =
            Engine::new(EngineConfig::seeded(8), plain::strategies()).expect("the defaults work");
        let speaks = Speaks { dialect: Dialect::V1_2, lanes: Lanes::Two };
        hear(&mut peer_engine, Input::PeerConnected { peer: peer(3), speaks });
        watch.feed(1, call(1, &[watch.one.0]));
        Self { watch, peer: peer_engine }
    }

    /// The engine asks both peers whether they have it.
    fn asks(&mut self) {
        self.watch.nothing_here(2);
    }

    fn hears_have(&mut self) {
        let presences = vec![(self.watch.one.0, BlockPresence::Have)];
        let message = Message { presences, ..Message::default() };
        let left_out = LeftOut::default();
        self.watch.feed(3, Input::MessageReceived { peer: peer(1), message, left_out });
    }

    /// What is on its way to the peer 1 is there.
    fn is_heard(&mut self) {
        let entries: Vec<_> =
            self.watch.actions.iter().filter_map(entries_to_1).flatten().collect();
        self.is_written();
        hear(&mut self.peer, says(3, entries));
    }

    /// What is on its way to the peer 1 has left.
    fn is_written(&mut self) {
        for action in std::mem::take(&mut self.watch.actions) {
            if let Action::Send { peer: to, send, .. } = action
                && to == peer(1)
            {
                self.watch.feed(3, Input::Sent { peer: to, send });
            }
        }
    }

    /// How what is wrong ends; nothing if nothing is.
    fn violation(&mut self) -> String {
        let Self { watch, peer: other } = self;
        let cid = watch.one.0;
        let one = (&mut watch.checker, &watch.engine);
        let said = match agree_while_open(one, (other, &peer(1)), &peer(3)) {
            Ok(()) => return String::new(),
            Err(violation) => violation.what,
        };
        let ends = ["told a live want", "remembered otherwise", "which is not wanted"];
        let end = ends.into_iter().find_map(|end| said.find(end));
        let end = said.get(end.unwrap_or(0)..).unwrap_or_default();
        end.strip_suffix(&format!(": {cid}")).unwrap_or(end).to_owned()
    }
}

fn entries_to_1(action: &Action) -> Option<Vec<Entry>> {
    let Action::Send { peer: to, message, .. } = action else {
        return None;
    };
    (*to == peer(1)).then(|| message.entries.clone())
}

fn hear(engine: &mut Engine, input: Input) {
    engine.handle(at(3), input);
    while engine.poll_action().is_some() {}
}
