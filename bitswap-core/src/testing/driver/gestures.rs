//! Common inputs of callers and peers.

use cid::Cid;

use super::Driver;
use crate::action::Action;
use crate::block::Block;
use crate::ids::CallId;
use crate::input::Input;
use crate::strategy::{Role, StrategySet};
use crate::testing::fixtures::{SPEAKS, call, connected, peer, received, want};
use crate::wire::{BlockPresence, Entry, Message, ProtocolVersion, WantKind};

impl Driver {
    /// The peer number `n` connects, with the capabilities [`SPEAKS`].
    pub fn connect(&mut self, n: u64) -> Vec<Action> {
        self.connect_as(n, SPEAKS.protocol)
    }

    /// The peer number `n` connects, with this protocol version and two lanes.
    pub fn connect_as(&mut self, n: u64, protocol: ProtocolVersion) -> Vec<Action> {
        self.give(connected(n, protocol))
    }

    /// The last connection to the peer number `n` is closed.
    pub fn disconnect(&mut self, n: u64) -> Vec<Action> {
        self.give(Input::PeerDisconnected { peer: peer(n) })
    }

    /// The strategy of this set takes over its role; the others in the set are dropped.
    pub fn swap(&mut self, role: Role, set: StrategySet) -> Vec<Action> {
        self.give(Input::StrategiesReplaced { strategies: vec![set.into_one(role)] })
    }

    /// Puts a block into the engine's store, without an input.
    pub fn store(&mut self, (_, block): &(Cid, Block)) {
        self.stored.put(block.clone());
    }

    /// Puts blocks into the engine's store, without an input.
    pub fn store_all(&mut self, blocks: &[(Cid, Block)]) {
        for block in blocks {
            self.store(block);
        }
    }

    /// Opens the call number `id` in session 1, and lets a second pass, so that its wants are not
    /// coalesced with others.
    pub fn want(&mut self, id: u64, cids: &[Cid]) {
        self.give(call(id, cids));
        self.pass_secs(1);
    }

    /// Cancels the call number `id`, and lets a second pass, so that the cancels are sent.
    pub fn cancel(&mut self, id: u64) {
        self.give(Input::CallCancelled { call: CallId(id) });
        self.pass_secs(1);
    }

    /// A message comes from the peer number `n`.
    pub fn receive(&mut self, n: u64, message: Message) -> Vec<Action> {
        self.give(received(n, message))
    }

    /// A message with these entries comes from the peer number `n`.
    pub fn receive_entries(&mut self, n: u64, entries: &[Entry]) -> Vec<Action> {
        self.receive(n, Message { entries: entries.to_vec(), ..Message::default() })
    }

    /// The peer number `n` wants these blocks, and asks for DONT_HAVE.
    pub fn receive_wants(&mut self, n: u64, cids: &[Cid]) -> Vec<Action> {
        let entries = cids.iter().map(|cid| want(*cid, WantKind::Block)).collect();
        self.receive(n, Message { entries, ..Message::default() })
    }

    /// The peer number `n` sends a presence for a CID.
    pub fn receive_presence(&mut self, n: u64, cid: Cid, presence: BlockPresence) -> Vec<Action> {
        self.receive_presences(n, &[cid], presence)
    }

    /// The peer number `n` sends the same presence for all these CIDs, in one message.
    pub fn receive_presences(
        &mut self,
        n: u64,
        cids: &[Cid],
        presence: BlockPresence,
    ) -> Vec<Action> {
        let presences = cids.iter().map(|cid| (*cid, presence)).collect();
        self.receive(n, Message { presences, ..Message::default() })
    }

    /// The peer number `n` sends a block.
    pub fn receive_block(&mut self, n: u64, block: &(Cid, Block)) -> Vec<Action> {
        self.receive(n, Message { blocks: vec![block.clone()], ..Message::default() })
    }
}
