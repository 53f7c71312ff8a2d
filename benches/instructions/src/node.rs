//! A whole node but for its network: what a block costs it, and how much of that is counting for
//! whoever reads its metrics. Hashes are not in it: blocks arrive hashed, as from a connection.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use bitswap_core::Block;
use bitswap_core::wire::{BlockPresence, Entry, Message, ProtocolVersion, Skipped, WantKind};
use bitswap_net::handler::{HandlerCommand, HandlerEvent};
use bitswap_net::{
    Behaviour, Bitswap, Blocks, Builder, EngineConfig, GetError, MetricKind, metric_families,
};
use bitswap_store::MemoryStore;
use bitswap_strategies::catalog::StrategyChoice;
use cid::Cid;
use futures::StreamExt as _;
use libp2p::core::ConnectedPoint;
use libp2p::swarm::behaviour::ConnectionEstablished;
use libp2p::swarm::{ConnectionId, FromSwarm, NetworkBehaviour as _, ToSwarm};
use libp2p::{Multiaddr, PeerId};
use metrics::NoopRecorder;
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use tokio::runtime::Builder as RuntimeBuilder;

use super::counted::counted;
use super::world::Outcome;

/// Who is told the metrics.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reader {
    Nobody,
    /// A recorder that drops all that it is told.
    Deaf,
    Prometheus,
}

const BLOCKS: u64 = 4_000;
/// As many as a fetch has open at a time.
const TOGETHER: usize = 40;
const BLOCK_BYTES: usize = 1_024;
/// They make a member of the peer, and are not counted.
const FIRST: usize = 80;

/// Fetches blocks of a peer that has them all, and returns how many were counted.
pub(crate) fn fetched(reader: Reader) -> Outcome<u64> {
    let blocks = (0..BLOCKS).map(block).collect::<Outcome<Vec<_>>>()?;
    // Time stands still while there is work, so that nothing depends on how fast this runs.
    let runtime = RuntimeBuilder::new_current_thread().enable_time().start_paused(true).build()?;
    let mut node = runtime.block_on(async { Node::new(reader) })?;
    let cids: Vec<_> = blocks.iter().map(|(cid, _)| *cid).collect();
    node.remote = blocks.into_iter().collect();
    let (first, others) = cids.split_at(FIRST);
    let came = runtime.block_on(node.fetch(first));
    let counted = counted(|| {
        let came = runtime.block_on(node.fetch(others));
        // Samples wait in queues until they are put into their buckets.
        node.prometheus.iter().for_each(PrometheusHandle::run_upkeep);
        came
    });
    if came + counted < cids.len() {
        return Err("a block did not come".into());
    }
    Ok(counted as u64)
}

fn block(name: u64) -> Outcome<(Cid, Block)> {
    let bytes: Vec<u8> = name.to_be_bytes().into_iter().cycle().take(BLOCK_BYTES).collect();
    let block = Block::sha2_256(bytes.into())?;
    Ok((Cid::new_v1(0x55, *block.multihash()), block))
}

struct Node {
    behaviour: Behaviour,
    bitswap: Bitswap,
    peer: PeerId,
    /// What the peer has.
    remote: HashMap<Cid, Block>,
    prometheus: Option<PrometheusHandle>,
}

impl Node {
    fn new(reader: Reader) -> Outcome<Self> {
        let strategies = StrategyChoice::default().build()?;
        let builder = Builder::new(Arc::new(MemoryStore::new()), strategies);
        let builder = builder.engine(EngineConfig::seeded(7));
        let (builder, prometheus) = match reader {
            Reader::Nobody => (builder, None),
            Reader::Deaf => (builder.recorder(Arc::new(NoopRecorder)), None),
            Reader::Prometheus => {
                let recorder = prometheus()?;
                let handle = recorder.handle();
                (builder.recorder(Arc::new(recorder)), Some(handle))
            }
        };
        let (behaviour, bitswap) = builder.build()?;
        let (peer, remote) = (PeerId::random(), HashMap::new());
        let mut node = Self { behaviour, bitswap, peer, remote, prometheus };
        node.connect()?;
        Ok(node)
    }

    fn connect(&mut self) -> Outcome<()> {
        let (peer_id, connection_id) = (self.peer, ConnectionId::new_unchecked(1));
        let address = Multiaddr::empty();
        let endpoint = ConnectedPoint::Listener {
            local_addr: address.clone(),
            send_back_addr: address.clone(),
        };
        let behaviour = &mut self.behaviour;
        drop(behaviour.handle_established_inbound_connection(
            connection_id,
            peer_id,
            &address,
            &address,
        )?);
        behaviour.on_swarm_event(FromSwarm::ConnectionEstablished(ConnectionEstablished {
            peer_id,
            connection_id,
            endpoint: &endpoint,
            failed_addresses: &[],
            other_established: 0,
        }));
        self.hear(HandlerEvent::PeerCapabilities(ProtocolVersion::V1_2));
        Ok(())
    }

    /// Something happens on the connection.
    fn hear(&mut self, event: HandlerEvent) {
        let id = ConnectionId::new_unchecked(1);
        self.behaviour.on_connection_handler_event(self.peer, id, event);
    }

    /// How many of these blocks came.
    async fn fetch(&mut self, cids: &[Cid]) -> usize {
        let session = self.bitswap.session();
        let mut came = 0;
        for part in cids.chunks(TOGETHER) {
            let mut wanted = session.get_many(part.iter().copied());
            while let Some((_, got)) = poll_fn(|cx| self.poll_for(cx, &mut wanted)).await {
                came += usize::from(got.is_ok());
            }
        }
        came
    }

    /// Works until the next block is there.
    fn poll_for(
        &mut self,
        cx: &mut Context<'_>,
        wanted: &mut Blocks,
    ) -> Poll<Option<(Cid, Result<Block, GetError>)>> {
        loop {
            if let Poll::Ready(next) = wanted.poll_next_unpin(cx) {
                return Poll::Ready(next);
            }
            let Poll::Ready(told) = self.behaviour.poll(cx) else { return Poll::Pending };
            if let ToSwarm::NotifyHandler {
                event: HandlerCommand::Send { send, message, .. },
                ..
            } = told
            {
                self.hear(HandlerEvent::Sent(send));
                self.answer(&message);
            }
        }
    }

    /// The peer has what it is asked for.
    fn answer(&mut self, asked: &Message) {
        let mut answer = Message::default();
        for entry in &asked.entries {
            let Entry::Want { cid, kind, .. } = entry else { continue };
            let Some(block) = self.remote.get(cid) else { continue };
            match kind {
                WantKind::Block => answer.blocks.push((*cid, block.clone())),
                WantKind::Have => answer.presences.push((*cid, BlockPresence::Have)),
            }
        }
        if answer != Message::default() {
            let (protocol, skipped) = (ProtocolVersion::V1_2, Skipped::default());
            self.hear(HandlerEvent::Received { protocol, message: answer, skipped });
        }
    }
}

/// As the program's, with buckets for all histograms.
fn prometheus() -> Outcome<PrometheusRecorder> {
    let mut builder = PrometheusBuilder::new();
    for family in metric_families() {
        if let MetricKind::Histogram(buckets) = family.kind {
            let name = Matcher::Full(family.name.to_owned());
            builder = builder.set_buckets_for_metric(name, buckets)?;
        }
    }
    Ok(builder.build_recorder())
}
