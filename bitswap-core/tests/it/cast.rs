//! The people and fruit that the tests are about.

use bitswap_core::strategy::{StrategySet, plain};
use bitswap_core::wire::Dialect;
use bitswap_core::{
    Action, Block, CallId, CallOptions, Engine, EngineConfig, Input, Lanes, Limits, ReadAnswer,
    SessionId, Speaks, Timestamp,
};
use bytes::Bytes;
use cid::Cid;
use libp2p_identity::PeerId;
use multihash::Multihash;

pub(crate) const SPEAKS: Speaks = Speaks { dialect: Dialect::V1_2, lanes: Lanes::Two };

/// The peer number `n`; 0 is Alice, 1 is Bob, 2 is Carol.
pub(crate) fn peer(n: u64) -> PeerId {
    let digest = n.to_be_bytes().repeat(4);
    PeerId::from_multihash(Multihash::wrap(0x12, &digest).expect("32 bytes fit")).expect("sha2-256")
}

/// A raw block of `size` bytes that depends on `name`, under CIDv1.
pub(crate) fn block(name: u64, size: usize) -> (Cid, Block) {
    let bytes: Vec<u8> = name.to_be_bytes().into_iter().cycle().take(size.max(8)).collect();
    let block = Block::sha2_256(Bytes::from(bytes)).expect("small enough");
    (Cid::new_v1(0x55, *block.multihash()), block)
}

pub(crate) fn at(ms: u64) -> Timestamp {
    Timestamp::from_nanos(ms * 1_000_000)
}

pub(crate) fn engine() -> Engine {
    engine_with(plain::strategies())
}

pub(crate) fn engine_with(strategies: StrategySet) -> Engine {
    Engine::new(EngineConfig::seeded(7), strategies).expect("the defaults work")
}

pub(crate) fn engine_within(limits: Limits) -> Engine {
    let config = EngineConfig { limits, ..EngineConfig::seeded(7) };
    Engine::new(config, plain::strategies()).expect("these limits work")
}

/// Feeds one input and takes all actions; fails on a broken invariant.
pub(crate) fn feed(engine: &mut Engine, now: Timestamp, input: Input) -> Vec<Action> {
    engine.handle(now, input);
    assert_eq!(engine.violation(), None);
    std::iter::from_fn(|| engine.poll_action()).collect()
}

/// The same, leaving out reports.
pub(crate) fn act(engine: &mut Engine, now: Timestamp, input: Input) -> Vec<Action> {
    let mut actions = feed(engine, now, input);
    actions.retain(|action| !matches!(action, Action::Report(_)));
    actions
}

pub(crate) fn connected(n: u64) -> Input {
    Input::PeerConnected { peer: peer(n), speaks: SPEAKS }
}

pub(crate) fn call(id: u64, cids: &[Cid]) -> Input {
    call_in(1, id, cids)
}

pub(crate) fn call_in(session: u64, id: u64, cids: &[Cid]) -> Input {
    let options = CallOptions { credit: 1_000, ..CallOptions::default() };
    let (session, call) = (SessionId(session), CallId(id));
    Input::CallOpened { session, call, cids: cids.to_vec(), options }
}

/// Answers every read among `actions` with "missing"; what follows.
pub(crate) fn nothing_here(engine: &mut Engine, now: Timestamp, actions: &[Action]) -> Vec<Action> {
    let mut after = Vec::new();
    for action in actions {
        if let Action::Read { read, items } = action {
            let answers = vec![ReadAnswer::Missing; items.len()];
            after.extend(act(engine, now, Input::ReadDone { read: *read, answers }));
        }
    }
    after
}
