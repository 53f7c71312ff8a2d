//! Many engines, one clock, one seed.

mod act;
mod agenda;
mod books;
mod caller;
mod digest;
mod halt;
mod node;
mod tell;

use std::collections::BTreeMap;

use bitswap_core::{
    Block, BlockError, CallId, CallOptions, Chance, ConfigError, Engine, Input, SessionId,
    Timestamp,
};
use cid::Cid;

use crate::content;
use crate::network::{Link, Network, Passage};
use crate::report::{FetchReport, Traffic};

pub use digest::TraceHash;
pub use halt::Halt;
pub use node::{NodeConfig, NodeId};

use agenda::{Agenda, Occasion};
use caller::Caller;
use digest::Digest;
use node::Node;

/// A network of real engines that exchange real bytes over modelled links, on a clock that jumps
/// from one thing that happens to the next.
///
/// The same seed and the same calls give the same run, on every platform: [`World::trace`] is
/// its proof. Methods that name a node panic if the node is of another world.
///
/// ```
/// use std::time::Duration;
///
/// use bitswap_core::strategy::plain;
/// use bitswap_core::{CallOptions, SessionId};
/// use bitswap_sim::{Link, NodeConfig, World};
///
/// let mut world = World::new(7);
/// let server = world.add_node(NodeConfig::with_strategies(plain::strategies()))?;
/// let fetcher = world.add_node(NodeConfig::with_strategies(plain::strategies()))?;
/// world.connect(server, fetcher, Link::with_latency(Duration::from_millis(20)));
///
/// let file = world.make_blocks(100, 4_096)?;
/// world.store(server, &file);
/// let cids = file.iter().map(|(cid, _)| *cid).collect();
/// let options = CallOptions { credit: 16, ..CallOptions::default() };
/// world.fetch(fetcher, SessionId(1), cids, options);
/// world.run_until_idle(100_000)?;
///
/// let fetch = &world.report().fetches[0];
/// assert_eq!(fetch.got.blocks, 100);
/// assert!(fetch.time() > Some(Duration::from_millis(7 * 40)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct World {
    seed: u64,
    now: Timestamp,
    agenda: Agenda,
    nodes: Vec<Node>,
    network: Network,
    /// By the number of their call, from 1.
    callers: Vec<Caller>,
    traffic: BTreeMap<(NodeId, NodeId), Traffic>,
    content: Chance,
    digest: Digest,
    events: u64,
    is_strict: bool,
}

impl World {
    /// An empty world.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            now: Timestamp::ZERO,
            agenda: Agenda::default(),
            nodes: Vec::new(),
            network: Network::default(),
            callers: Vec::new(),
            traffic: BTreeMap::new(),
            content: Chance::named(seed, "content"),
            digest: Digest::default(),
            events: 0,
            is_strict: cfg!(debug_assertions),
        }
    }

    /// Checks the invariants of the engine that moved after each event, or does not; it does from
    /// the start in builds with debug assertions.
    pub const fn strict(&mut self, is_strict: bool) {
        self.is_strict = is_strict;
    }

    /// Adds a node that knows nobody.
    ///
    /// # Errors
    /// A [`ConfigError`] if its engine cannot work; the world is as before.
    pub fn add_node(&mut self, config: NodeConfig) -> Result<NodeId, ConfigError> {
        let id = NodeId::at(self.nodes.len());
        let access = config.access;
        self.nodes.push(Node::new(self.seed, id, config)?);
        self.network.add_node(access);
        Ok(id)
    }

    /// Connects two nodes. Their handshake, of which they know the round trip, is over. Changes
    /// nothing if they are connected.
    pub fn connect(&mut self, one: NodeId, other: NodeId, link: Link) {
        if !self.network.connect(one, other, link) {
            return;
        }
        for (node, peer) in [(one, other), (other, one)] {
            let peer = peer.peer_id();
            self.happen(node, Input::PeerConnected { peer, speaks: link.speaks });
            self.happen(node, Input::PeerMeasured { peer, round_trip: link.latency * 2 });
        }
    }

    /// Takes the connection of two nodes down. What is on its way is lost; both learn it at once.
    pub fn disconnect(&mut self, one: NodeId, other: NodeId) {
        if self.network.disconnect(one, other) {
            self.happen(one, Input::PeerDisconnected { peer: other.peer_id() });
            self.happen(other, Input::PeerDisconnected { peer: one.peer_id() });
        }
    }

    /// Replaces the connection of two nodes by another one, at once. What is on its way is lost.
    pub fn reset(&mut self, one: NodeId, other: NodeId) {
        let Some(lost) = self.network.reset(one, other) else {
            return;
        };
        for (from, send) in lost {
            let peer = if from == one { other } else { one };
            self.happen(from, Input::SendFailed { peer: peer.peer_id(), send });
        }
        self.happen(one, Input::PeerReset { peer: other.peer_id() });
        self.happen(other, Input::PeerReset { peer: one.peer_id() });
    }

    /// From now on nothing reaches one of two nodes from the other, and nobody is told.
    pub fn cut(&mut self, one: NodeId, other: NodeId) {
        self.network.cut(one, other);
    }

    /// Undoes [`cut`](Self::cut): what was held back reaches the other side now, in order.
    pub fn mend(&mut self, one: NodeId, other: NodeId) {
        for parcel in self.network.mend(one, other) {
            self.agenda.note(self.now, Occasion::Reaches(parcel));
        }
    }

    /// New blocks of random bytes.
    ///
    /// # Errors
    /// [`BlockError::TooLarge`] if a block of `bytes` may not be.
    pub fn make_blocks(
        &mut self,
        count: usize,
        bytes: usize,
    ) -> Result<Vec<(Cid, Block)>, BlockError> {
        content::blocks(&mut self.content, count, bytes)
    }

    /// Puts blocks into a node's store, and tells its engine.
    pub fn store(&mut self, node: NodeId, blocks: &[(Cid, Block)]) {
        for (_, block) in blocks {
            self.nodes[node.place()].store.insert(block.clone());
        }
        self.happen(node, Input::BlocksAdded { blocks: blocks.to_vec() });
    }

    /// Starts a call on a node. Its caller takes what comes at once and keeps as many blocks
    /// asked for as the credit in `options` says.
    pub fn fetch(
        &mut self,
        node: NodeId,
        session: SessionId,
        cids: Vec<Cid>,
        options: CallOptions,
    ) -> CallId {
        let call = CallId(self.callers.len() as u64 + 1);
        self.callers.push(Caller::new(self.now, node, (session, call), &cids, &options));
        self.happen(node, Input::CallOpened { session, call, cids, options });
        call
    }

    /// Lets anything happen to a node, after all else that happens at this moment.
    pub fn happen(&mut self, node: NodeId, input: Input) {
        self.agenda.note(self.now, Occasion::Happens(node, input));
    }

    /// Lets time pass until nothing is left to happen, for at most so many events.
    ///
    /// # Errors
    /// [`Halt::Busy`] if that is not enough, [`Halt::Violation`] if an engine broke an invariant.
    pub fn run_until_idle(&mut self, limit: u64) -> Result<(), Halt> {
        let last = self.events.saturating_add(limit);
        while self.events < last {
            if !self.step()? {
                return Ok(());
            }
        }
        match self.agenda.next_at() {
            None => Ok(()),
            Some(_) => Err(Halt::Busy { seed: self.seed, limit, at: self.now }),
        }
    }

    /// Lets time pass until `at`, with all that happens at that moment.
    ///
    /// # Errors
    /// [`Halt::Violation`] if an engine broke an invariant.
    pub fn run_until(&mut self, at: Timestamp) -> Result<(), Halt> {
        while self.agenda.next_at().is_some_and(|next| next <= at) {
            self.step()?;
        }
        self.now = self.now.max(at);
        Ok(())
    }

    /// Lets the next thing happen; false if there is none.
    ///
    /// # Errors
    /// [`Halt::Violation`] if an engine broke an invariant.
    pub fn step(&mut self) -> Result<bool, Halt> {
        let Some((at, occasion)) = self.agenda.take_next() else {
            return Ok(false);
        };
        self.now = self.now.max(at);
        match occasion {
            Occasion::Arrives(parcel) => self.arrive(parcel)?,
            Occasion::Deadline(node) => self.tell(node, Input::DeadlineReached)?,
            Occasion::Demands(call) => self.demand(call)?,
            Occasion::Happens(node, input) => self.tell(node, input)?,
            Occasion::Left { from, to, send } => self.leave(from, to, send)?,
            Occasion::Reaches(parcel) => match self.network.reached(self.now, parcel) {
                Passage::Arrives(at, parcel) => self.agenda.note(at, Occasion::Arrives(parcel)),
                Passage::Held | Passage::Lost => {}
            },
            Occasion::StoreDone(node, job) => {
                let input = self.nodes[node.place()].store.perform(job);
                self.tell(node, input)?;
            }
        }
        Ok(true)
    }

    /// The moment.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Inputs that engines were given so far.
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// The hash of everything that happened so far.
    pub const fn trace(&self) -> TraceHash {
        self.digest.last()
    }

    /// How many blocks a node stores.
    pub fn stored(&self, node: NodeId) -> usize {
        self.nodes[node.place()].store.len()
    }

    /// A node's engine, to look at.
    pub fn engine(&self, node: NodeId) -> &Engine {
        &self.nodes[node.place()].engine
    }

    /// What has come of a call that [`fetch`](Self::fetch) started.
    pub fn fetched(&self, call: CallId) -> Option<&FetchReport> {
        let place = usize::try_from(call.0).ok()?.checked_sub(1)?;
        Some(&self.callers.get(place)?.report)
    }
}
