//! Peers, blocks, calls and strategies for tests.

use bytes::Bytes;
use cid::Cid;
use libp2p_identity::PeerId;
use multihash::Multihash;

use crate::block::Block;
use crate::ids::{CallId, SessionId};
use crate::input::{CallOptions, Input, NewCall};
use crate::strategy::{
    LedgerPolicy, Named, PeerSelector, ProviderFinder, Registry, StrategySet, TaskPrioritizer,
    plain,
};
use crate::time::Timestamp;
use crate::wire::{Entry, Lanes, Message, PeerCapabilities, ProtocolVersion, Skipped, WantKind};

/// The capabilities of peers unless a test says otherwise.
pub const SPEAKS: PeerCapabilities =
    PeerCapabilities { protocol: ProtocolVersion::V1_2, lanes: Lanes::Two };

/// The moment `ms` milliseconds after the start.
pub const fn at(ms: u64) -> Timestamp {
    Timestamp::from_nanos(ms * 1_000_000)
}

/// The peer number `n`.
pub fn peer(n: u64) -> PeerId {
    let digest = n.to_be_bytes().repeat(4);
    PeerId::from_multihash(Multihash::wrap(0x12, &digest).expect("32 bytes fit")).expect("sha2-256")
}

/// A raw block of `size` bytes, at least 8, that depends on `name`, under CIDv1.
pub fn block(name: u64, size: usize) -> (Cid, Block) {
    let bytes: Vec<u8> = name.to_be_bytes().into_iter().cycle().take(size.max(8)).collect();
    let block = Block::sha2_256(Bytes::from(bytes)).expect("small enough");
    (Cid::new_v1(0x55, *block.multihash()), block)
}

/// The blocks of these names, of `size` bytes each.
pub fn blocks(names: impl IntoIterator<Item = u64>, size: usize) -> Vec<(Cid, Block)> {
    names.into_iter().map(|name| block(name, size)).collect()
}

/// The CIDs of these blocks.
pub fn cids_of(blocks: &[(Cid, Block)]) -> Vec<Cid> {
    blocks.iter().map(|(cid, _)| *cid).collect()
}

/// The peer number `n` connects, and speaks this protocol version on two lanes.
pub fn connected(n: u64, protocol: ProtocolVersion) -> Input {
    Input::PeerConnected { peer: peer(n), capabilities: PeerCapabilities { protocol, ..SPEAKS } }
}

/// A message comes from the peer number `n`.
pub fn received(n: u64, message: Message) -> Input {
    Input::MessageReceived { peer: peer(n), message, skipped: Skipped::default() }
}

/// The call number `id`, in session 1, with credit for all its blocks.
pub fn call(id: u64, cids: &[Cid]) -> Input {
    call_in(1, id, cids)
}

/// The call number `id` in the session number `session`, with credit for all its blocks.
pub fn call_in(session: u64, id: u64, cids: &[Cid]) -> Input {
    let options = CallOptions { credit: 1_000, ..CallOptions::default() };
    let (session, call) = (SessionId(session), CallId(id));
    Input::from(NewCall { session, call, cids: cids.to_vec(), options })
}

/// A want of a peer that asks for DONT_HAVE.
pub const fn want(cid: Cid, kind: WantKind) -> Entry {
    Entry::Want { cid, kind, priority: 1, send_dont_have: true, relay: None }
}

/// The plain strategies, but with this peer selector, under the name `test`.
pub fn selector(selector: impl PeerSelector + 'static) -> StrategySet {
    StrategySet { peer_selector: Named::new("test", Box::new(selector)), ..plain::strategies() }
}

/// The plain strategies, but with this task prioritizer, under the name `test`.
pub fn prioritizer(prioritizer: impl TaskPrioritizer + 'static) -> StrategySet {
    let named = Named::new("test", Box::new(prioritizer) as Box<dyn TaskPrioritizer>);
    StrategySet { task_prioritizer: named, ..plain::strategies() }
}

/// The plain strategies, but with this ledger policy, under the name `test`.
pub fn policy(policy: impl LedgerPolicy + 'static) -> StrategySet {
    StrategySet { ledger_policy: Named::new("test", Box::new(policy)), ..plain::strategies() }
}

/// The plain strategies, but with this provider finder, under the name `test`.
pub fn finder(finder: impl ProviderFinder + 'static) -> StrategySet {
    StrategySet { provider_finder: Named::new("test", Box::new(finder)), ..plain::strategies() }
}

/// The plain strategies, but with this registry, under the name `test`.
pub fn registry(registry: impl Registry + 'static) -> StrategySet {
    StrategySet { registry: Named::new("test", Box::new(registry)), ..plain::strategies() }
}
