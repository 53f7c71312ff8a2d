//! What each kind does by itself: a peer is told what happens, and its actions are looked at.

mod answers;
mod attacks;
mod inbound_streams;

use std::sync::Arc;
use std::time::Duration;

use bitswap_core::wire::{Entry, Message, ProtocolVersion, WantKind};
use bitswap_core::{Block, Chance, Lanes, PeerCapabilities, Timestamp};
use cid::Cid;
use libp2p_identity::PeerId;

use super::{Aggressiveness, Hostile, HostileAction, HostileActions, Kind, Knowledge};
use crate::content;
use crate::world::NodeId;

/// More than any of them takes.
const MINUTES: u64 = 10 * 60 * 1_000;

/// A hostile peer, and all that it did.
struct Stage {
    peer: Box<dyn Hostile>,
    now: Timestamp,
    actions: HostileActions,
    content: Vec<(Cid, Block)>,
}

impl Stage {
    fn with(kind: Kind) -> Self {
        Self::with_aggressiveness(kind, kind.most_aggressive(1))
    }

    fn with_aggressiveness(kind: Kind, level: Aggressiveness) -> Self {
        let mut chance = Chance::named(7, "content");
        let content = content::blocks(&mut chance, 30, 5_000).expect("small enough");
        let known = content.iter().map(|(cid, _)| *cid).collect();
        let knowledge = Knowledge::new(known, content.iter().map(|(_, block)| block.clone()));
        let peer = kind.make(level, Arc::new(knowledge));
        Self { peer, now: Timestamp::ZERO, actions: HostileActions::new(), content }
    }

    fn meet(&mut self, number: usize) {
        let capabilities = PeerCapabilities { protocol: ProtocolVersion::Relay, lanes: Lanes::Two };
        self.peer.meet(self.now, someone(number), capabilities, &mut self.actions);
    }

    fn hear(&mut self, from: usize, entries: Vec<Entry>) {
        let message = Message { entries, ..Message::default() };
        self.peer.hear(self.now, someone(from), &message, &mut self.actions);
    }

    /// Lets so many milliseconds pass; what is done in them.
    fn pass(&mut self, ms: u64) -> HostileActions {
        let end = self.now.after(Duration::from_millis(ms));
        while let Some(at) = self.peer.next_deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.peer.wake(self.now, &mut self.actions);
        }
        self.now = end;
        std::mem::take(&mut self.actions)
    }

    /// A want for the block of this place in the content.
    fn want(&self, place: usize) -> Entry {
        want(self.content[place].0, WantKind::Block)
    }
}

fn want(cid: Cid, kind: WantKind) -> Entry {
    Entry::Want { cid, kind, priority: 1, send_dont_have: true, relay: None }
}

fn someone(number: usize) -> PeerId {
    NodeId::at(number).peer_id()
}

/// What was said, in order.
fn said(actions: &[HostileAction]) -> Vec<&Message> {
    let messages = actions.iter().filter_map(|action| match action {
        HostileAction::Say { message, .. } => Some(message),
        HostileAction::Close { .. }
        | HostileAction::Dial { .. }
        | HostileAction::HangUp { .. }
        | HostileAction::Rename
        | HostileAction::Write { .. } => None,
    });
    messages.collect()
}

/// What was written on streams of its own, in order.
fn written(actions: &[HostileAction]) -> Vec<(u32, &[u8])> {
    let writes = actions.iter().filter_map(|action| match action {
        HostileAction::Write { stream, bytes, .. } => Some((*stream, bytes.as_ref())),
        HostileAction::Close { .. }
        | HostileAction::Dial { .. }
        | HostileAction::HangUp { .. }
        | HostileAction::Rename
        | HostileAction::Say { .. } => None,
    });
    writes.collect()
}

#[test]
fn every_kind_is_found_by_its_name() {
    for kind in Kind::ALL {
        assert_eq!(Kind::named(kind.name()), Some(kind));
    }
    assert!(Kind::ALL.is_sorted_by_key(|kind| kind.name()));
}

#[test]
fn the_same_seed_plays_the_same_tricks_and_another_one_others() {
    for kind in Kind::ALL {
        let act = |seed| {
            let level = Aggressiveness {
                bytes: kind.most_aggressive(seed).bytes.min(9_000),
                ..kind.most_aggressive(seed)
            };
            let mut stage = Stage::with_aggressiveness(kind, level);
            stage.meet(1);
            stage.meet(2);
            let all = (0..30).map(|place| stage.want(place)).collect();
            stage.hear(1, all);
            (stage.peer.next_deadline(), stage.pass(MINUTES))
        };
        assert_eq!(act(3), act(3), "{}", kind.name());
        let is_the_same_in_all = matches!(kind, Kind::DontHaveLiar | Kind::HaveLiar);
        let differs = (4..12).any(|seed| act(seed) != act(3));
        assert_eq!(differs, !is_the_same_in_all, "{}", kind.name());
    }
}

#[test]
fn every_kind_comes_to_rest() {
    for kind in Kind::ALL {
        let level = Aggressiveness { bytes: 1_000, ..kind.most_aggressive(5) };
        let mut stage = Stage::with_aggressiveness(kind, level);
        stage.meet(1);
        let all = (0..30).map(|place| stage.want(place)).collect();
        stage.hear(1, all);
        stage.pass(MINUTES);
        assert_eq!(stage.peer.next_deadline(), None, "{}", kind.name());
    }
}

#[test]
fn without_connections_nothing_is_done() {
    for kind in Kind::ALL {
        let mut stage = Stage::with(kind);
        assert_eq!(stage.peer.next_deadline(), None, "{}", kind.name());
        stage.meet(1);
        stage.peer.lose(stage.now, someone(1), &mut stage.actions);
        assert_eq!(stage.pass(MINUTES), [], "{}", kind.name());
    }
}
