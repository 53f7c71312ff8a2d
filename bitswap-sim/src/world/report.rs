//! The report of a run.

use std::collections::BTreeMap;

use bitswap_core::{BlockCount, Engine};

use super::{NodeId, World};
use crate::report::{NodeReport, Report, Source, Tally, Traffic};

impl World {
    /// What the run came to, so far.
    pub fn report(&self) -> Report {
        let mut nodes: Vec<_> =
            (0..self.nodes.len()).map(|place| self.without_traffic(NodeId::at(place))).collect();
        let traffic: BTreeMap<_, _> =
            self.network.traffic().filter(|(_, traffic)| *traffic != Traffic::default()).collect();
        for ((from, to), traffic) in &traffic {
            nodes[from.place()].sent.add(&traffic.sent);
            nodes[to.place()].received.add(&traffic.arrived);
            nodes[to.place()].sources.extend(self.source(*to, *from));
        }
        Report {
            seed: self.seed,
            at: self.now,
            events: self.events,
            trace: self.trace(),
            fetches: self.callers.iter().map(|caller| caller.report.clone()).collect(),
            nodes,
            traffic,
        }
    }

    fn without_traffic(&self, node: NodeId) -> NodeReport {
        NodeReport {
            node,
            stats: self.honest(node).map(Engine::stats).unwrap_or_default(),
            sources: Vec::new(),
            sent: Tally::default(),
            received: Tally::default(),
        }
    }

    /// What `node` has had from another one, if any blocks.
    fn source(&self, node: NodeId, from: NodeId) -> Option<Source> {
        let account = self.honest(node)?.account(&from.peer_id())?;
        let first =
            BlockCount { blocks: account.blocks_received_from, bytes: account.received_from };
        let duplicate_bytes = account.duplicate_received_from;
        (first.blocks + duplicate_bytes > 0).then_some(Source {
            node: from,
            first,
            duplicate_bytes,
        })
    }
}
