//! A13: as many wants as peers, asked of them by chance, or of the less asked of two.

use std::collections::VecDeque;
use std::time::Duration;

use bitswap_core::wire::{BlockPresence, Entry, Message, Skipped, WantKind};
use bitswap_core::{
    Action, Block, CallId, CallOptions, Engine, EngineConfig, Input, NewCall, ReadAnswer,
    SessionId, Timestamp,
};
use bytes::Bytes;
use cid::Cid;
use libp2p_identity::PeerId;
use multihash::Multihash;

use super::stage::strategies;
use super::{Case, Finding, Trouble};
use crate::network::Link;
use crate::world::NodeId;

pub(super) const A13: Case = Case {
    name: "A13",
    question: "the most block asks that any of n equal peers gets, of n wants",
    answer: "for n = 10,000: 3 or 4 under `power-of-two` (ln ln n/ln 2 + O(1)), 6 to 8 under \
             `random` (ln n/ln ln n)",
    note: "One engine whose limits let all n peers into a session; a selector sees its usual 256 \
           wants at a time. No peer was asked about these wants before, so all may have them.",
    run: || {
        const PEERS: usize = 10_000;
        let most = |choice: &str| most_asked(&[choice, "provider_finder=broadcast-only"], PEERS);
        let two = most("peer_selector=power-of-two")?;
        let random = most("peer_selector=random")?;
        Ok(vec![
            Finding::count("power-of-two", 3, two).up_to(4),
            Finding::count("random", 6, random).up_to(8),
        ])
    },
};

/// The multicodec of raw bytes, and the multihash code of sha2-256.
const RAW: u64 = 0x55;
const SHA2_256: u64 = 0x12;

/// The time to a block.
const FAR: Duration = Duration::from_millis(250);

/// The most block asks that any of `peers` gets, of as many wants in one call.
fn most_asked(choices: &[&str], peers: usize) -> Result<u64, Trouble> {
    let mut hub = Hub::open(choices, peers)?;
    hub.fetch(CallId(1), vec![hub.introduction.0]);
    hub.asked = vec![0; peers];
    let wants: Vec<Cid> = (0..peers as u64).map(nobodys).collect();
    hub.fetch(CallId(2), wants);
    if hub.asked.iter().sum::<u64>() < peers as u64 {
        return Err(Trouble::Unfinished("the asking"));
    }
    Ok(hub.asked.into_iter().max().unwrap_or(0))
}

/// An engine, and peers who all have one block and are silent about all others.
struct Hub {
    engine: Engine,
    introduction: (Cid, Block),
    inputs: VecDeque<Input>,
    now: Timestamp,
    /// Block asks, by peer.
    asked: Vec<u64>,
}

impl Hub {
    fn open(choices: &[&str], peers: usize) -> Result<Self, Trouble> {
        let mut config = EngineConfig::seeded(1);
        config.limits.session_members = peers;
        config.limits.wants_per_session = peers;
        let block = Block::sha2_256(Bytes::from(vec![7; 2_048]))?;
        let introduction = (Cid::new_v1(RAW, *block.multihash()), block);
        let engine = Engine::new(config, strategies(choices)?)?;
        let capabilities = Link::with_latency(Duration::ZERO).capabilities;
        let inputs = (0..peers)
            .map(|place| Input::PeerConnected { peer: NodeId::at(place).peer_id(), capabilities })
            .collect();
        let (now, asked) = (Timestamp::ZERO, vec![0; peers]);
        let mut hub = Self { engine, introduction, inputs, now, asked };
        hub.run();
        Ok(hub)
    }

    fn fetch(&mut self, call: CallId, cids: Vec<Cid>) {
        let credit = u32::try_from(cids.len()).unwrap_or(u32::MAX);
        // So short that peers have room for all.
        let options = CallOptions { credit, block_bytes: Some(1), ..CallOptions::default() };
        self.inputs.push_back(Input::from(NewCall { session: SessionId(1), call, cids, options }));
        self.run();
    }

    /// Until the engine waits for somebody who is silent. Time passes only before a block.
    fn run(&mut self) {
        while let Some(input) = self.inputs.pop_front() {
            if let Input::MessageReceived { message, .. } = &input
                && !message.blocks.is_empty()
            {
                // They are far away: of peers that are near, fewer blocks are wanted at once.
                self.now = self.now.after(FAR);
            }
            self.engine.handle(self.now, input);
            while let Some(action) = self.engine.poll_action() {
                self.obey(action);
            }
        }
    }

    fn obey(&mut self, action: Action) {
        match action {
            Action::Read { read, items } => {
                let answers = items.iter().map(|_| ReadAnswer::Missing).collect();
                self.inputs.push_back(Input::ReadDone { read, answers });
            }
            Action::Send { peer, send, message, .. } => {
                self.inputs.push_back(Input::Sent { peer, send });
                for entry in &message.entries {
                    self.hear(peer, entry);
                }
            }
            Action::Write { write, .. } => {
                self.inputs.push_back(Input::WriteDone { write, outcome: Ok(()) });
            }
            Action::Connect { .. }
            | Action::Deliver { .. }
            | Action::Fail { .. }
            | Action::Finish { .. }
            | Action::Disconnect { .. }
            | Action::Lookup { .. }
            | Action::Report(_)
            | Action::StopLookup { .. }
            | Action::SuspendSend { .. }
            | Action::ResumeSend { .. } => {}
        }
    }

    fn hear(&mut self, peer: PeerId, entry: &Entry) {
        let Entry::Want { cid, kind, .. } = *entry else {
            return;
        };
        let place = NodeId::of_peer(&peer).map_or(usize::MAX, NodeId::place);
        if kind == WantKind::Block
            && let Some(asked) = self.asked.get_mut(place)
        {
            *asked += 1;
        }
        if cid != self.introduction.0 {
            return;
        }
        let mut message = Message::default();
        match kind {
            WantKind::Block => message.blocks.push(self.introduction.clone()),
            WantKind::Have => message.presences.push((cid, BlockPresence::Have)),
        }
        let skipped = Skipped::default();
        self.inputs.push_back(Input::MessageReceived { peer, message, skipped });
    }
}

/// A CID of a block that does not exist.
fn nobodys(number: u64) -> Cid {
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&number.to_be_bytes());
    Cid::new_v1(RAW, Multihash::wrap(SHA2_256, &digest).unwrap_or_default())
}
