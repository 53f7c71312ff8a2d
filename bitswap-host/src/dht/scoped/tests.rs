//! Who is in the table of a DHT, and at which addresses.

use std::sync::Arc;

use libp2p::swarm::{ConnectionId, DialError, DialFailure, FromSwarm, NetworkBehaviour as _};
use libp2p::{Multiaddr, PeerId};

use super::ScopedDht;
use crate::addresses::Withheld;
use crate::dht::{DhtConfig, DhtMode, Scope};

const NEAR: &str = "/ip4/10.0.0.1/tcp/1";
const FAR: &str = "/ip4/8.8.8.8/tcp/1";

fn dht(scope: Scope, bootstrap: &[Multiaddr]) -> ScopedDht {
    let (mode, bootstrap) = (DhtMode::Auto, bootstrap.to_vec());
    let config =
        DhtConfig { mode, listens: true, bootstrap, known: Vec::new(), router: Arc::default() };
    ScopedDht::new(PeerId::random(), scope, &config, &Withheld::default())
}

fn addresses() -> Vec<Multiaddr> {
    [NEAR, FAR, "/ip4/0.0.0.0/tcp/1"].map(|text| text.parse().unwrap()).to_vec()
}

fn at(address: &str, peer: PeerId) -> Multiaddr {
    format!("{address}/p2p/{peer}").parse().unwrap()
}

fn fails(dht: &mut ScopedDht, peer: PeerId) {
    let connection_id = ConnectionId::new_unchecked(7);
    let failure =
        DialFailure { peer_id: Some(peer), error: &DialError::NoAddresses, connection_id };
    dht.on_swarm_event(FromSwarm::DialFailure(failure));
}

#[tokio::test]
async fn only_addresses_of_its_scope_come_into_a_dht() {
    for (scope, taken) in [(Scope::Lan, NEAR), (Scope::Wan, FAR)] {
        let (met, way_in) = (PeerId::random(), PeerId::random());
        let bootstrap = [at(NEAR, way_in), at(FAR, way_in)];
        let mut dht = dht(scope, &bootstrap);
        dht.identified(met, &[scope.protocol()], &addresses());

        assert_eq!(dht.addresses_of(met), [at(taken, met)]);
        assert_eq!(dht.addresses_of(way_in), [at(taken, way_in)]);
    }
}

#[tokio::test]
async fn who_does_not_serve_a_dht_is_not_in_its_table() {
    let mut dht = dht(Scope::Lan, &[]);
    let peer = PeerId::random();
    dht.identified(peer, &[Scope::Wan.protocol()], &addresses());
    assert!(!dht.make_ready());
    dht.identified(peer, &[Scope::Lan.protocol()], &addresses());
    assert!(dht.make_ready());
    dht.identified(peer, &[], &addresses());
    assert!(!dht.make_ready());
}

#[tokio::test]
async fn who_cannot_be_dialled_leaves_the_table_unless_it_is_the_way_in() {
    let (way_in, peer) = (PeerId::random(), PeerId::random());
    let mut dht = dht(Scope::Lan, &[at(NEAR, way_in)]);
    dht.identified(peer, &[Scope::Lan.protocol()], &addresses());
    for gone in [peer, way_in] {
        fails(&mut dht, gone);
    }
    assert_eq!(dht.addresses_of(peer), []);
    assert_eq!(dht.addresses_of(way_in), [at(NEAR, way_in)]);
}
