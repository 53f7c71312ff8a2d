//! A hash of everything that happened: equal runs have equal ones, on every platform.

use std::fmt;

use bitswap_core::{Action, Input, Timestamp};
use cid::Cid;
use multihash::Multihash;

use super::NodeId;

/// The hash of all that happened in a world, up to a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TraceHash([u8; 32]);

impl TraceHash {
    /// Its bytes.
    pub const fn bytes(&self) -> [u8; 32] {
        self.0
    }
}

impl fmt::Display for TraceHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// One hash over all inputs, in the order in which they were handled, and over all that engines
/// did about them.
#[derive(Debug, Default)]
pub(super) struct Digest {
    hasher: blake3::Hasher,
    /// What was not hashed yet, in bytes whose form depends on nothing but this file and the wire
    /// format.
    record: Vec<u8>,
}

impl Digest {
    /// Enough at once for the hash function to be fast.
    const BATCH_BYTES: usize = 64 * 1024;

    pub(super) fn last(&self) -> TraceHash {
        let mut hasher = self.hasher.clone();
        hasher.update(&self.record);
        TraceHash(hasher.finalize().into())
    }

    /// An input is handled. What it says is known from what led to it, so its kind is enough.
    pub(super) fn begin(&mut self, now: Timestamp, node: NodeId, input: &Input) {
        if self.record.len() >= Self::BATCH_BYTES {
            self.hasher.update(&self.record);
            self.record.clear();
        }
        self.record.push(kind_of(input));
        self.number(now.as_nanos());
        self.number(node.place() as u64);
    }

    /// An engine acts. `frame` is the message as it goes over the wire, without its blocks, if it
    /// sends one.
    pub(super) fn note(&mut self, action: &Action, frame: &[u8]) {
        match action {
            Action::Connect { peer } => self.item(101, 0, peer.as_ref()),
            Action::Deliver { call, cid, block: _ } => self.cid_item(102, call.0, cid),
            Action::Fail { call, cid, why } => {
                self.cid_item(103, call.0, cid);
                self.bytes(why.to_string().as_bytes());
            }
            Action::Finish { call } => self.plain(104, call.0),
            Action::Disconnect { peer } => self.item(105, 0, peer.as_ref()),
            Action::Lookup { lookup, cid, source: _, max_providers, timeout } => {
                self.cid_item(106, lookup.0, cid);
                self.number(u64::from(*max_providers));
                self.bytes(&timeout.as_nanos().to_le_bytes());
            }
            Action::Read { read, items } => {
                self.plain(107, read.0);
                self.number(items.len() as u64);
                for item in items {
                    self.cid_item(u8::from(item.size_only), 0, &item.cid);
                }
            }
            // What an engine tells people changes nothing; a new telling is not another run.
            Action::Report(_) => {}
            Action::Send { peer, lane, send, message } => {
                self.item(108, send.0, peer.as_ref());
                self.number(*lane as u64);
                self.bytes(frame);
                for (cid, _) in &message.blocks {
                    self.cid_item(0, 0, cid);
                }
            }
            Action::StopLookup { lookup } => self.plain(109, lookup.0),
            Action::Write { write, blocks } => {
                self.plain(110, write.0);
                self.number(blocks.len() as u64);
                for block in blocks {
                    self.item(0, 0, block.multihash());
                }
            }
        }
    }

    fn plain(&mut self, kind: u8, id: u64) {
        self.record.push(kind);
        self.number(id);
    }

    fn item(&mut self, kind: u8, id: u64, name: &Multihash<64>) {
        self.plain(kind, id);
        self.number(name.code());
        self.bytes(name.digest());
    }

    fn cid_item(&mut self, kind: u8, id: u64, cid: &Cid) {
        self.number(cid.codec());
        self.item(kind, id, cid.hash());
    }

    fn number(&mut self, number: u64) {
        self.record.extend_from_slice(&number.to_le_bytes());
    }

    /// With their length in front, so that no two lists of fields look alike.
    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.record.extend_from_slice(bytes);
    }
}

const fn kind_of(input: &Input) -> u8 {
    match input {
        Input::BlocksAdded { .. } => 1,
        Input::CallCancelled { .. } => 2,
        Input::CallDemand { .. } => 3,
        Input::CallOpened { .. } => 4,
        Input::DeadlineReached => 5,
        Input::DialFailed { .. } => 6,
        Input::LookupEnded { .. } => 7,
        Input::MessageReceived { .. } => 8,
        Input::MessageRefused { .. } => 9,
        Input::PeerChanged { .. } => 10,
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
        Input::WriteDone { .. } => 20,
    }
}
