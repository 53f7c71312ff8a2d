//! A hash of everything that happened: equal runs have equal ones, on every platform.

use std::fmt;
use std::hash::Hasher as _;
use std::num::NonZeroU64;

use bitswap_core::wire::{BlockPresence, Entry, Message, ProtocolVersion, RelayHeader, WantKind};
use bitswap_core::{Action, Input, Timestamp};
use cid::{Cid, Version};
use multihash::Multihash;
use siphasher::sip128::{Hasher128 as _, SipHasher13};

use super::NodeId;

/// The hash of all that happened in a world, up to a moment: a fingerprint, with nobody to forge
/// it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TraceHash(u128);

impl TraceHash {
    /// One hash of many, in their order.
    pub fn of_all(traces: impl IntoIterator<Item = Self>) -> Self {
        let mut all = SipHasher13::new();
        traces.into_iter().for_each(|trace| all.write(&trace.0.to_be_bytes()));
        Self(all.finish128().as_u128())
    }
}

impl fmt::Display for TraceHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// One hash over all inputs, in the order in which they were handled, and over all that engines
/// did about them.
#[derive(Default)]
pub(super) struct Digest {
    hasher: SipHasher13,
    /// What was not hashed yet, in bytes whose form depends on nothing but this file.
    record: Vec<u8>,
}

impl Digest {
    /// Enough at once for the hash function to be fast, and little enough to stay in a cache.
    const BATCH_BYTES: usize = 16 * 1024;

    pub(super) fn last(&self) -> TraceHash {
        let mut hasher = self.hasher;
        hasher.write(&self.record);
        TraceHash(hasher.finish128().as_u128())
    }

    /// An input is handled. What it says is known from what led to it, so its kind is enough.
    pub(super) fn begin(&mut self, now: Timestamp, node: NodeId, input: &Input) {
        if self.record.len() >= Self::BATCH_BYTES {
            self.hasher.write(&self.record);
            self.record.clear();
        }
        self.numbers([kind_of(input), now.as_nanos(), node.place() as u64]);
        if let Input::StrategiesReplaced { strategies } = input {
            for strategy in strategies {
                self.numbers([strategy.role() as u64]);
                self.bytes(strategy.name().as_bytes());
            }
        }
        if let Input::UploadLimited { node, per_peer } = input {
            self.numbers([*node, *per_peer].map(|rate| rate.map_or(0, NonZeroU64::get)));
        }
    }

    /// An engine acts. A message that it sends goes over the wire in the dialect `protocol`, or
    /// nowhere.
    pub(super) fn note(&mut self, action: &Action, protocol: Option<ProtocolVersion>) {
        match action {
            Action::Connect { peer } => self.hash(101, 0, peer.as_ref()),
            Action::Deliver { call, cid, block: _ } => self.cid(102, call.0, cid),
            Action::Fail { call, cid, why } => {
                self.cid(103, call.0, cid);
                self.bytes(why.to_string().as_bytes());
            }
            Action::Finish { call } => self.numbers([104, call.0]),
            Action::Disconnect { peer } => self.hash(105, 0, peer.as_ref()),
            Action::Lookup { lookup, cid, source: _, max_providers, timeout } => {
                self.cid(106 + (u64::from(*max_providers) << 32), lookup.0, cid);
                self.bytes(&timeout.as_nanos().to_le_bytes());
            }
            Action::Read { read, items } => {
                self.numbers([107, read.0, items.len() as u64]);
                for item in items {
                    self.cid(u64::from(item.size_only), 0, &item.cid);
                }
            }
            // What an engine tells people changes nothing; a new telling is not another run.
            Action::Report(_) => {}
            Action::Send { peer, lane, send, message } => {
                let protocol = protocol.map_or(0, |protocol| 1 + protocol as u64);
                let way = (*lane as u64) << 32 | protocol << 40;
                self.hash(108 + way, send.0, peer.as_ref());
                self.message(message);
            }
            Action::StopLookup { lookup } => self.numbers([109, lookup.0]),
            Action::SuspendSend { peer, send } => self.hash(111, send.0, peer.as_ref()),
            Action::ResumeSend { peer, send, blocks } => {
                let known = 112 + u64::from(blocks.is_some());
                self.hash(known, send.0, peer.as_ref());
            }
            Action::Write { write, blocks } => {
                self.numbers([110, write.0, blocks.len() as u64]);
                for block in blocks {
                    self.hash(0, 0, block.multihash());
                }
            }
        }
    }

    /// All that a message says.
    fn message(&mut self, message: &Message) {
        let Message { full, entries, blocks, presences, pending_bytes, wants_remembered } = message;
        let [entry_count, blocks_count, presence_count] =
            [entries.len(), blocks.len(), presences.len()].map(|count| count as u64);
        let rest = u64::from(*full) | u64::from(*pending_bytes) << 32;
        let remembered = u64::from(*wants_remembered) << 32;
        self.numbers([rest, entry_count | remembered, blocks_count, presence_count]);
        for entry in entries {
            self.entry(entry);
        }
        for (cid, _) in blocks {
            self.cid(0, 0, cid);
        }
        for (cid, presence) in presences {
            let (kind, number, want_id) = match *presence {
                BlockPresence::DontHave => (0, 0, 0),
                BlockPresence::Have => (1, 0, 0),
                BlockPresence::Reachable { hops, want_id } => (2, u32::from(hops), want_id),
                BlockPresence::Searching { for_ms, want_id } => (3, for_ms, want_id),
            };
            self.cid(kind | u64::from(number) << 32, want_id, cid);
        }
    }

    fn entry(&mut self, entry: &Entry) {
        match entry {
            Entry::Cancel { cid } => self.cid(0, 0, cid),
            Entry::Want { cid, kind, priority, send_dont_have, relay } => {
                let kind = match kind {
                    WantKind::Have => 1,
                    WantKind::Block => 2,
                };
                let flags = u64::from(*send_dont_have) << 4 | u64::from(relay.is_some()) << 5;
                let priority = u64::from(priority.cast_unsigned());
                let want_id = relay.map_or(0, |header| header.want_id);
                self.cid(kind | flags | priority << 32, want_id, cid);
                if let Some(header) = relay {
                    let RelayHeader { expires_in_ms, .. } = *header;
                    self.numbers([u64::from(header.ttl()) | u64::from(expires_in_ms) << 32]);
                }
            }
        }
    }

    /// Bits 8 to 31 of `kind` must be free.
    fn cid(&mut self, kind: u64, id: u64, cid: &Cid) {
        let version = match cid.version() {
            Version::V0 => 1,
            Version::V1 => 2,
        };
        self.name(kind | version << 8, [id, cid.codec()], cid.hash());
    }

    fn hash(&mut self, kind: u64, id: u64, hash: &Multihash<64>) {
        self.name(kind, [id, 0], hash);
    }

    /// Nearly all digests have 32 bytes, and are written at once with the numbers before them.
    fn name(&mut self, kind: u64, [id, codec]: [u64; 2], hash: &Multihash<64>) {
        let kind = kind | u64::from(hash.size()) << 16;
        let numbers = [kind, id, codec, hash.code()];
        let Ok(digest) = <[u8; 32]>::try_from(hash.digest()) else {
            self.numbers(numbers);
            self.record.extend_from_slice(hash.digest());
            return;
        };
        let mut both = [0; 64];
        both[..32].copy_from_slice(numbers.map(u64::to_le_bytes).as_flattened());
        both[32..].copy_from_slice(&digest);
        self.record.extend_from_slice(&both);
    }

    fn numbers<const COUNT: usize>(&mut self, numbers: [u64; COUNT]) {
        self.record.extend_from_slice(numbers.map(u64::to_le_bytes).as_flattened());
    }

    /// With their length in front, so that no two lists of fields look alike.
    fn bytes(&mut self, bytes: &[u8]) {
        self.numbers([bytes.len() as u64]);
        self.record.extend_from_slice(bytes);
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Digest").field(&self.last()).finish()
    }
}

const fn kind_of(input: &Input) -> u64 {
    match input {
        Input::BlocksAdded { .. } => 1,
        Input::CallCancelled { .. } => 2,
        Input::CallDemand { .. } => 3,
        Input::CallsOpened { .. } => 4,
        Input::DeadlineReached => 5,
        Input::DialFailed { .. } => 6,
        Input::LookupEnded { .. } => 7,
        Input::MessageReceived { .. } => 8,
        Input::MessageRefused { .. } => 9,
        Input::PeerChanged { .. } => 10,
        Input::PeerClassified { .. } => 23,
        Input::PeerConnected { .. } => 11,
        Input::PeerDisconnected { .. } => 12,
        Input::RttMeasured { .. } => 13,
        Input::PeerReset { .. } => 14,
        Input::ProvidersFound { .. } => 15,
        Input::ReadDone { .. } => 16,
        Input::SendFailed { .. } => 17,
        Input::Sent { .. } => 18,
        Input::SessionClosed { .. } => 19,
        Input::SessionOpened { .. } => 21,
        Input::StrategiesReplaced { .. } => 22,
        Input::UploadLimited { .. } => 26,
        Input::WriteDone { .. } => 20,
        Input::PeersExpected { .. } => 24,
        Input::CidsDenied { .. } => 27,
        Input::SendWaits { .. } => 29,
        Input::BytesReceived { .. } => 30,
    }
}
