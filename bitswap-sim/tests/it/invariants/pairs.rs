//! Two nodes that do not agree about what one of them wants of the other: I5.

use bitswap_core::strategy::plain;
use bitswap_core::testing::Held::{Reads, Sends};
use bitswap_core::testing::{Driver, at, call, connected, peer, received};
use bitswap_core::wire::{BlockPresence, Entry, Message, ProtocolVersion};
use bitswap_core::{Action, EngineConfig, Input};
use bitswap_sim::invariants::{InvariantChecker, agree_while_open};

use super::{Watch, says, want_block};

#[test]
fn i5_a_live_want_have_that_a_peer_forgot() {
    let mut pair = Pair::new();
    pair.asks();
    pair.write();

    assert_eq!(pair.violation(), "told a live want (Have), and forgot it unanswered");
}

#[test]
fn i5_a_live_want_block_that_a_peer_forgot() {
    let mut pair = Pair::new();
    pair.asks();
    pair.write();
    pair.hears_have();
    pair.write();

    assert_eq!(pair.violation(), "told a live want (Block), and forgot it unanswered");
}

#[test]
fn i5_a_want_that_a_peer_remembers_otherwise_than_it_was_told() {
    let mut pair = Pair::new();
    pair.asks();
    pair.hear();
    assert_eq!(pair.violation(), "");
    // The step up does not get through.
    pair.hears_have();
    pair.write();

    assert_eq!(pair.violation(), "remembered otherwise than told: Have");
}

#[test]
fn i5_a_want_that_a_peer_remembers_and_that_is_over() {
    let mut pair = Pair::new();
    pair.asks();
    pair.hear();
    pair.peer.give(says(3, vec![want_block(&pair.watch.other.0)]));

    assert_eq!(pair.violation(), "which is not wanted");
}

/// A node that wants something, and the peer 1, to which the node is the peer 3.
struct Pair {
    watch: Watch,
    peer: Driver,
}

impl Pair {
    fn new() -> Self {
        let mut watch = Watch::with_peers(ProtocolVersion::V1_2);
        let other = Driver::new(EngineConfig::seeded(8), plain::strategies());
        let mut other = other.holding(&[Reads, Sends]);
        other.at(3).connect(3);
        watch.feed(1, call(1, &[watch.one.0]));
        Self { watch, peer: other }
    }

    /// The engine asks both peers whether they have it.
    fn asks(&mut self) {
        self.watch.nothing_here(2);
    }

    fn hears_have(&mut self) {
        let presences = vec![(self.watch.one.0, BlockPresence::Have)];
        self.watch.feed(3, received(1, Message { presences, ..Message::default() }));
    }

    /// What is on its way to the peer 1 is there.
    fn hear(&mut self) {
        let entries: Vec<_> =
            self.watch.actions.iter().filter_map(entries_to_1).flatten().collect();
        self.write();
        self.peer.give(says(3, entries));
    }

    /// What is on its way to the peer 1 has left.
    fn write(&mut self) {
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
        let (own, peer) = (peer(3), peer(1));
        let mut theirs = InvariantChecker::new(&EngineConfig::seeded(8));
        theirs.before_input(&other.engine, at(3), &connected(3, ProtocolVersion::V1_2));
        let one = (&mut watch.checker, &watch.engine, &own);
        let said = match agree_while_open(one, (&theirs, &other.engine, &peer)) {
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
