//! How long a scrape of the metrics takes, and how long its text is, by the number of connected
//! peers: it must take under 20 ms with 1,000, and its text must have as many lines with 10,000 as
//! with none. Measured on two cores that did other work, without optimized dependencies
//! (2026-11-24): 4.5 ms, 6.0 ms and 20.6 ms; 481 lines each.

#![expect(
    clippy::disallowed_macros,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot run has failed, and it says how much is scraped"
)]

use std::future::poll_fn;
use std::hint::black_box;
use std::sync::Arc;

use bitswap_core::strategy::plain;
use bitswap_core::wire::ProtocolVersion;
use bitswap_core::{EngineConfig, Limits};
use bitswap_net::handler::HandlerEvent;
use bitswap_net::{Behaviour, Bitswap, Builder, MetricKind, metric_families};
use bitswap_store::MemoryStore;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use libp2p::core::ConnectedPoint;
use libp2p::swarm::behaviour::ConnectionEstablished;
use libp2p::swarm::{ConnectionId, FromSwarm, NetworkBehaviour as _};
use libp2p::{Multiaddr, PeerId};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use tokio::runtime::{Builder as RuntimeBuilder, Runtime};

/// A node without a network, whose peers are only said to be there.
struct Node {
    behaviour: Behaviour,
    bitswap: Bitswap,
    scrapes: PrometheusHandle,
}

impl Node {
    fn with_peers(count: usize) -> Self {
        let recorder = recorder();
        let scrapes = recorder.handle();
        let limits = Limits { peers: 20_000, ..Limits::default() };
        let engine = EngineConfig { limits, ..EngineConfig::seeded(7) };
        let builder = Builder::new(Arc::new(MemoryStore::new()), plain::strategies());
        let builder = builder.engine(engine).recorder(Arc::new(recorder));
        let (behaviour, bitswap) = builder.build().expect("the configuration works");
        let mut node = Self { behaviour, bitswap, scrapes };
        for number in 0..count {
            node.connect(ConnectionId::new_unchecked(number));
        }
        node
    }

    fn connect(&mut self, connection_id: ConnectionId) {
        let (peer_id, address) = (PeerId::random(), Multiaddr::empty());
        let endpoint = ConnectedPoint::Listener {
            local_addr: address.clone(),
            send_back_addr: address.clone(),
        };
        let let_in = self.behaviour.handle_established_inbound_connection(
            connection_id,
            peer_id,
            &address,
            &address,
        );
        drop(let_in.expect("nobody is refused"));
        let established = ConnectionEstablished {
            peer_id,
            connection_id,
            endpoint: &endpoint,
            failed_addresses: &[],
            other_established: 0,
        };
        self.behaviour.on_swarm_event(FromSwarm::ConnectionEstablished(established));
        let speaks = HandlerEvent::PeerCapabilities(ProtocolVersion::V1_2);
        self.behaviour.on_connection_handler_event(peer_id, connection_id, speaks);
    }

    /// Brings all up to date, and renders it.
    async fn scrape(&mut self) -> String {
        let update = self.bitswap.update_metrics();
        let mut update = std::pin::pin!(update);
        poll_fn(|cx| {
            while self.behaviour.poll(cx).is_ready() {}
            update.as_mut().poll(cx).map(|updated| updated.expect("the node is there"))
        })
        .await;
        self.scrapes.render()
    }
}

fn recorder() -> PrometheusRecorder {
    let mut builder = PrometheusBuilder::new();
    for family in metric_families() {
        if let MetricKind::Histogram(buckets) = family.kind {
            let name = Matcher::Full(family.name.to_owned());
            builder = builder.set_buckets_for_metric(name, buckets).expect("there are some");
        }
    }
    builder.build_recorder()
}

fn runtime() -> Runtime {
    RuntimeBuilder::new_current_thread().enable_time().build().expect("a runtime")
}

fn scrapes(criterion: &mut Criterion) {
    let runtime = runtime();
    let mut group = criterion.benchmark_group("scrape");
    for peers in [0, 1_000, 10_000] {
        let _inside = runtime.enter();
        let mut node = Node::with_peers(peers);
        let text = runtime.block_on(node.scrape());
        let (lines, bytes) = (text.lines().count(), text.len());
        println!("{peers} peers: {lines} lines, {bytes} bytes");
        group.bench_function(BenchmarkId::from_parameter(peers), |bencher| {
            bencher.iter(|| black_box(runtime.block_on(node.scrape())));
        });
    }
    group.finish();
}

criterion_group!(benches, scrapes);
criterion_main!(benches);
