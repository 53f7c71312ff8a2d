//! What an engine lends to its parts, for their own tests: two connected peers, and one block with
//! a CID.

use bytes::Bytes;
use cid::Cid;
use libp2p_identity::PeerId;
use multihash::Multihash;

use crate::action::Action;
use crate::block::Block;
use crate::config::EngineConfig;
use crate::ids::{CidKey, PeerKey};
use crate::keys::Keys;
use crate::out::{Effect, Out};
use crate::peers::Peers;
use crate::strategies::Strategies;
use crate::strategy::{
    Ctx, Named, Registry, RelayPlan, RelayRequestView, RelayView, StrategySet, plain,
};
use crate::time::Timestamp;
use crate::wire::{Lanes, PeerCapabilities, ProtocolVersion};

pub(crate) const BOB: PeerKey = PeerKey(1);
pub(crate) const CAROL: PeerKey = PeerKey(2);

/// A registry that forwards everything to all eligible peers.
struct Everywhere;

impl Registry for Everywhere {
    fn candidates(&mut self, _: &mut Ctx<'_>, _: CidKey, _: usize) -> Vec<PeerKey> {
        Vec::new()
    }

    fn relay(
        &mut self,
        _: &mut Ctx<'_>,
        want: &RelayRequestView,
        view: &RelayView<'_>,
    ) -> RelayPlan {
        let to = view.eligible.to_vec();
        RelayPlan { to, ttl: want.ttl.saturating_sub(1), reason: "everywhere" }
    }
}

/// Everything that is lent.
pub(crate) struct Lent {
    pub(crate) config: EngineConfig,
    pub(crate) strategies: Strategies,
    pub(crate) peers: Peers,
    pub(crate) out: Out,
}

impl Lent {
    pub(crate) fn new() -> Self {
        let config = EngineConfig::seeded(1);
        let mut peers = Peers::new(&config);
        for peer in [BOB, CAROL] {
            connect(&mut peers, peer);
        }
        let plain = plain::strategies();
        let set = StrategySet { registry: Named::new("all", Box::new(Everywhere)), ..plain };
        let strategies = Strategies::new(1, Keys::new(1), set);
        Self { config, strategies, peers, out: Out::default() }
    }

    /// The effects since the last call.
    pub(crate) fn effects(&mut self) -> Vec<Effect> {
        std::iter::from_fn(|| self.out.next_effect()).collect()
    }

    /// The actions since the last call, without reports.
    pub(crate) fn actions(&mut self) -> Vec<Action> {
        let all = std::iter::from_fn(|| self.out.next_action());
        all.filter(|action| !matches!(action, Action::Report(_))).collect()
    }
}

/// Connects a peer that speaks the relay protocol.
pub(crate) fn connect(peers: &mut Peers, peer: PeerKey) {
    let capabilities = PeerCapabilities { protocol: ProtocolVersion::Relay, lanes: Lanes::Two };
    peers.connect(Timestamp::ZERO, peer, id_of(peer), capabilities);
}

pub(crate) fn id_of(PeerKey(key): PeerKey) -> PeerId {
    let digest = key.to_be_bytes().repeat(4);
    let hash = Multihash::wrap(0x12, &digest).expect("32 bytes fit");
    PeerId::from_multihash(hash).expect("it is a SHA-256")
}

/// A block and its CID.
pub(crate) fn apple() -> (Cid, Block) {
    let block = Block::sha2_256(Bytes::from_static(b"apple")).expect("it is small");
    (Cid::new_v1(0x55, *block.multihash()), block)
}

pub(crate) const fn at(ms: u64) -> Timestamp {
    Timestamp::from_nanos(ms * 1_000_000)
}
