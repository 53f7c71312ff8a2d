//! Sends what it is asked for, a little at a time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bitswap_core::wire::{BlockPresence, Entry, Message, WantKind, encode};
use bitswap_core::{Chance, PeerCapabilities, Timestamp};
use bytes::Bytes;
use cid::Cid;
use libp2p_identity::PeerId;

use super::forge::{PREFIX, noise, payload_frame};
use super::have_liar::{answer, wanted};
use super::schedule::Schedule;
use super::{Aggressiveness, Hostile, HostileAction, HostileActions, Knowledge};

/// HAVE at once, and then each block, or noise in its place, at [`BYTES_PER_SECOND`] to each peer.
#[derive(Debug)]
pub(super) struct Dripper {
    knowledge: Arc<Knowledge>,
    /// Bytes of what it does not really have.
    noise_bytes: usize,
    drop_bytes: usize,
    schedule: Schedule,
    chance: Chance,
    last_stream: u32,
    peers: BTreeMap<PeerId, Tap>,
}

const BYTES_PER_SECOND: u32 = 1_000;
/// Frames that wait for one peer; more are forgotten.
const MOST: usize = 64;

/// What one peer is being sent.
#[derive(Debug)]
struct Tap {
    capabilities: PeerCapabilities,
    frames: VecDeque<(Cid, Bytes)>,
    /// The stream of the first frame, if it has begun.
    stream: Option<u32>,
}

impl Dripper {
    pub(super) fn new(knowledge: Arc<Knowledge>, level: &Aggressiveness, chance: Chance) -> Self {
        let drops = level.per_second.clamp(1, BYTES_PER_SECOND);
        Self {
            knowledge,
            noise_bytes: level.bytes,
            drop_bytes: (BYTES_PER_SECOND / drops) as usize,
            schedule: Schedule::of(level),
            chance,
            last_stream: 0,
            peers: BTreeMap::new(),
        }
    }

    fn frame(&mut self, cid: &Cid, capabilities: PeerCapabilities) -> Bytes {
        if let Some(block) = self.knowledge.block(cid) {
            let blocks = vec![(*cid, block.clone())];
            return encode(&Message { blocks, ..Message::default() }, capabilities.protocol);
        }
        payload_frame(&PREFIX, &noise(&mut self.chance, self.noise_bytes))
    }

    fn asked(&mut self, peer: PeerId, entry: &Entry) {
        let Some(tap) = self.peers.get_mut(&peer) else {
            return;
        };
        match *entry {
            // What has begun goes on: half a frame is of no use to anybody.
            Entry::Cancel { cid } => {
                let begun = usize::from(tap.stream.is_some());
                let waits = tap.frames.iter().skip(begun).position(|(waits, _)| *waits == cid);
                if let Some(place) = waits {
                    tap.frames.remove(begun + place);
                }
            }
            Entry::Want { cid, kind: WantKind::Block, .. } if tap.frames.len() < MOST => {
                let capabilities = tap.capabilities;
                let frame = self.frame(&cid, capabilities);
                if let Some(tap) = self.peers.get_mut(&peer) {
                    tap.frames.push_back((cid, frame));
                }
            }
            Entry::Want { .. } => {}
        }
    }
}

impl Hostile for Dripper {
    fn meet(
        &mut self,
        _: Timestamp,
        peer: PeerId,
        capabilities: PeerCapabilities,
        _: &mut HostileActions,
    ) {
        self.peers.insert(peer, Tap { capabilities, frames: VecDeque::new(), stream: None });
    }

    fn hear(
        &mut self,
        now: Timestamp,
        peer: PeerId,
        message: &Message,
        actions: &mut HostileActions,
    ) {
        answer(peer, wanted(message), BlockPresence::Have, actions);
        for entry in &message.entries {
            self.asked(peer, entry);
        }
        if self.peers.values().any(|tap| !tap.frames.is_empty()) {
            self.schedule.start(now, &mut self.chance);
        }
    }

    fn lose(&mut self, _: Timestamp, peer: PeerId, _: &mut HostileActions) {
        self.peers.remove(&peer);
    }

    fn wake(&mut self, now: Timestamp, actions: &mut HostileActions) {
        if !self.schedule.fires(now) {
            return;
        }
        for (peer, tap) in &mut self.peers {
            tap.drip(*peer, self.drop_bytes, &mut self.last_stream, actions);
        }
        if self.peers.values().all(|tap| tap.frames.is_empty()) {
            self.schedule.stop();
        }
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        self.schedule.next()
    }
}

impl Tap {
    fn drip(
        &mut self,
        peer: PeerId,
        bytes: usize,
        last_stream: &mut u32,
        actions: &mut HostileActions,
    ) {
        let Some((_, frame)) = self.frames.front_mut() else {
            return;
        };
        let stream = *self.stream.get_or_insert_with(|| {
            *last_stream += 1;
            *last_stream
        });
        let bytes = frame.split_to(bytes.min(frame.len()));
        let is_whole = frame.is_empty();
        actions.push(HostileAction::Write { peer, stream, bytes });
        if is_whole {
            actions.push(HostileAction::Close { peer, stream });
            self.frames.pop_front();
            self.stream = None;
        }
    }
}
