//! A hash of everything that happened: equal runs have equal ones, on every platform.

use std::fmt;

use bitswap_core::{Action, Input, Timestamp};
use multihash_codetable::{Code, MultihashDigest as _};

use super::NodeId;

/// The hash of all that happened in a world, up to a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TraceHash([u8; 32]);

impl fmt::Display for TraceHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A chain of hashes: each covers one input, all that the engine did about it, and the hash
/// before it.
#[derive(Debug, Default)]
pub(super) struct Digest {
    last: TraceHash,
    /// What the next hash covers, in bytes whose form depends on nothing but this file and the
    /// wire format.
    record: Vec<u8>,
}

impl Digest {
    pub(super) const fn last(&self) -> TraceHash {
        self.last
    }

    /// An input is handled. What it says is known from what led to it, so its kind is enough.
    pub(super) fn begin(&mut self, now: Timestamp, node: NodeId, input: &Input) {
        self.record.clear();
        self.record.extend(self.last.0);
        self.number(now.as_nanos());
        self.number(node.place() as u64);
        self.record.push(kind_of(input));
    }

    /// An engine acts. `frame` is the message as it goes over the wire, if it sends one.
    pub(super) fn note(&mut self, action: &Action, frame: &[u8]) {
        match action {
            Action::Connect { peer } => self.item(1, 0, &peer.to_bytes()),
            Action::Deliver { call, cid, block: _ } => self.item(2, call.0, &cid.to_bytes()),
            Action::Fail { call, cid, why } => {
                self.item(3, call.0, &cid.to_bytes());
                self.bytes(why.to_string().as_bytes());
            }
            Action::Finish { call } => self.item(4, call.0, &[]),
            Action::LetGo { peer } => self.item(5, 0, &peer.to_bytes()),
            Action::Lookup { lookup, cid, source: _, max_providers, timeout } => {
                self.item(6, lookup.0, &cid.to_bytes());
                self.number(u64::from(*max_providers));
                self.bytes(&timeout.as_nanos().to_le_bytes());
            }
            Action::Read { read, items } => {
                self.item(7, read.0, &[]);
                self.number(items.len() as u64);
                for item in items {
                    self.item(u8::from(item.size_only), 0, &item.cid.to_bytes());
                }
            }
            // What an engine tells people changes nothing; a new telling is not another run.
            Action::Report(_) => {}
            Action::Send { peer, lane, send, message: _ } => {
                self.item(8, send.0, &peer.to_bytes());
                self.number(*lane as u64);
                self.bytes(frame);
            }
            Action::StopLookup { lookup } => self.item(9, lookup.0, &[]),
            Action::Write { write, blocks } => {
                self.item(10, write.0, &[]);
                self.number(blocks.len() as u64);
                for block in blocks {
                    self.bytes(&block.multihash().to_bytes());
                }
            }
        }
    }

    /// The input and all that followed from it are in the record.
    pub(super) fn end(&mut self) {
        let hash = Code::Blake3_256.digest(&self.record);
        if let Some(digest) = hash.digest().first_chunk() {
            self.last = TraceHash(*digest);
        }
    }

    fn item(&mut self, kind: u8, id: u64, name: &[u8]) {
        self.record.push(kind);
        self.number(id);
        self.bytes(name);
    }

    fn number(&mut self, number: u64) {
        self.record.extend(number.to_le_bytes());
    }

    /// With their length in front, so that no two lists of fields look alike.
    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.record.extend(bytes);
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
        Input::PeerMeasured { .. } => 13,
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
