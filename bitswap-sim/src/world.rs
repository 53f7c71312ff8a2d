//! Many engines, one clock, one seed.

mod act;
mod audit;
mod block_times;
mod caller;
mod carry;
mod digest;
mod event_queue;
mod faults;
mod frames;
mod halt;
mod hostile_peers;
mod known_blocks;
mod links;
mod node;
mod quiet;
mod report;
mod routes;
mod sent_wants;
mod tell;
mod tree;

use bitswap_core::{
    Block, BlockError, CallId, CallOptions, Chance, ConfigError, Engine, Input, NewCall, SessionId,
    Timestamp,
};
use cid::Cid;
use libp2p_identity::PeerId;
use multihash::Multihash;

use crate::content;
use crate::network::Network;
use crate::report::FetchReport;
use crate::routing::RoutingModel;

pub use block_times::BlockTimes;
pub use digest::TraceHash;
pub use faults::Crash;
pub use halt::Halt;
pub use node::{NodeConfig, NodeId};
pub use sent_wants::SentWants;

use caller::Caller;
use digest::Digest;
use event_queue::{EventQueue, SimEvent};
use hostile_peers::HostilePeers;
use node::{Node, Who};
use sent_wants::SentWantCounts;

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
#[expect(clippy::struct_excessive_bools, reason = "settings, each for itself")]
pub struct World {
    seed: u64,
    now: Timestamp,
    queue: EventQueue,
    nodes: Vec<Node>,
    network: Network,
    routing: RoutingModel,
    callers: Vec<Caller>,
    /// The place of the caller of each call, by the call's number, from 1.
    calls: Vec<usize>,
    /// Whether the callers of calls to come note when each block comes.
    times_blocks: bool,
    hostile_peers: HostilePeers,
    content: Chance,
    breaks: Option<Chance>,
    /// Connections of a node that wakes, which ended meanwhile: it is yet to hear of it.
    unheard_ends: Vec<(NodeId, PeerId)>,
    digest: Digest,
    events: u64,
    most_wants: u64,
    is_strict: bool,
    /// What every node was told and did, in words, if anybody wants to read it.
    diary: Option<Vec<String>>,
    copies_payloads: bool,
    hands_over: bool,
    /// The wants that nodes sent, if anybody counts them.
    sent_wants: Option<SentWantCounts>,
    /// Tells a real time in ns, if anybody wants to know how long engines take.
    stopwatch: Option<fn() -> u64>,
    engine_nanos: u64,
}

impl World {
    /// An empty world.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            now: Timestamp::ZERO,
            queue: EventQueue::default(),
            nodes: Vec::new(),
            network: Network::new(seed),
            routing: RoutingModel::new(seed),
            callers: Vec::new(),
            calls: Vec::new(),
            times_blocks: false,
            hostile_peers: HostilePeers::default(),
            content: Chance::named(seed, "content"),
            breaks: None,
            unheard_ends: Vec::new(),
            digest: Digest::default(),
            events: 0,
            most_wants: 0,
            is_strict: cfg!(debug_assertions),
            diary: None,
            copies_payloads: false,
            hands_over: false,
            sent_wants: None,
            stopwatch: None,
            engine_nanos: 0,
        }
    }

    /// Checks the invariants of the engine that moved after each event, or does not, for nodes that
    /// are added from now on; it does from the start in builds with debug assertions.
    pub const fn strict(&mut self, is_strict: bool) {
        self.is_strict = is_strict;
    }

    /// Puts blocks into frames, and hashes them at their receivers, as real nodes do; or does not,
    /// and lets them travel beside their frames, as from the start. The run is the same.
    pub const fn copy_payloads(&mut self, copies: bool) {
        self.copies_payloads = copies;
    }

    /// Hands over what engines say as they said it, and takes no frames apart; or does, as from the
    /// start and as real nodes do. The run is the same, and shorter.
    pub const fn hand_over(&mut self, hands_over: bool) {
        self.hands_over = hands_over;
    }

    /// From now on counts how long engines take, as this clock has it: it tells ns since any
    /// moment. The run is the same.
    pub const fn time_engines(&mut self, clock: fn() -> u64) {
        self.stopwatch = Some(clock);
    }

    /// How long engines took for their inputs, in ns, since somebody wanted to know.
    pub const fn engine_nanos(&self) -> u64 {
        self.engine_nanos
    }

    /// Adds a node that knows nobody.
    ///
    /// # Errors
    /// A [`ConfigError`] if its engine cannot work; the world is as before.
    pub fn add_node(&mut self, config: NodeConfig) -> Result<NodeId, ConfigError> {
        let id = NodeId::at(self.nodes.len());
        let access = config.access;
        self.nodes.push(Node::new((self.seed, id), self.is_strict, config)?);
        self.network.add_node(access);
        Ok(id)
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
            self.hostile_peers.may_send(block);
        }
        self.happen(node, Input::BlocksAdded { blocks: blocks.to_vec() });
    }

    /// Whether a node stores a block.
    pub fn holds(&self, node: NodeId, hash: &Multihash<64>) -> bool {
        self.nodes[node.place()].store.holds(hash)
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
        let call = self.new_call(self.callers.len());
        let mut caller = Caller::new(self.now, node, (session, call), self.times_blocks);
        caller.asks(self.now, &cids, options.credit);
        self.callers.push(caller);
        self.happen(node, Input::from(NewCall { session, call, cids, options }));
        call
    }

    /// Lets anything happen to a node, after all else that happens at this moment.
    pub fn happen(&mut self, node: NodeId, input: Input) {
        self.queue.schedule(self.now, SimEvent::Happens(node, Box::new(input)));
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
        match self.queue.next_at() {
            None => Ok(()),
            Some(_) => Err(Halt::Busy { seed: self.seed, limit, at: self.now }),
        }
    }

    /// Lets time pass until `at`, with all that happens at that moment.
    ///
    /// # Errors
    /// [`Halt::Violation`] if an engine broke an invariant.
    pub fn run_until(&mut self, at: Timestamp) -> Result<(), Halt> {
        while self.queue.next_at().is_some_and(|next| next <= at) {
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
        let Some((at, event)) = self.queue.pop() else {
            return Ok(false);
        };
        if let SimEvent::Deadline(node) = event {
            return self.look_at_deadline(node, at).map(|()| true);
        }
        self.now = self.now.max(at);
        match event {
            SimEvent::Arrives(in_flight) => self.arrive(in_flight)?,
            SimEvent::Breaks { from, to, life } => self.break_off(from, to, life),
            SimEvent::Comes(coming) => self.came(*coming)?,
            SimEvent::Deadline(_) => {}
            SimEvent::Demands(call) => self.demand(call)?,
            SimEvent::GivesUp { from, to, number } => self.give_up(from, to, number)?,
            SimEvent::Happens(node, input) => self.tell(node, *input)?,
            SimEvent::Left { from, to, pair, number } => self.leave((from, to, pair), number)?,
            SimEvent::Negotiated(frame) => {
                let sending = self.network.negotiated(self.now, frame);
                self.sends(sending);
            }
            SimEvent::Notices { by, of, life } => self.notice(by, of, life),
            SimEvent::Reaches(in_flight) => self.reach(in_flight),
            SimEvent::Reconnects(one, other) => self.reconnect(one, other),
            SimEvent::Resumes(node) => self.resume(node)?,
            SimEvent::Routes(node, life, event) => self.route(node, life, *event)?,
            SimEvent::Steps(step) => self.step_on(*step),
            SimEvent::StoreDone(node, life, job) => self.stored_for(node, life, *job)?,
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

    /// The most wants that a node with a checker had open at once.
    pub const fn most_wants(&self) -> u64 {
        self.most_wants
    }

    /// The hash of everything that happened so far.
    pub fn trace(&self) -> TraceHash {
        self.digest.last()
    }

    /// How many blocks a node stores.
    pub fn stored(&self, node: NodeId) -> usize {
        self.nodes[node.place()].store.len()
    }

    /// A node's engine, to look at.
    ///
    /// # Panics
    /// If the node is hostile: it has none.
    #[expect(clippy::panic, reason = "a scenario knows which of its nodes are hostile")]
    pub fn engine(&self, node: NodeId) -> &Engine {
        self.honest(node).unwrap_or_else(|| panic!("{node} is hostile and has no engine"))
    }

    /// The engine of a node that keeps to the rules.
    pub fn honest(&self, node: NodeId) -> Option<&Engine> {
        match &self.nodes[node.place()].who {
            Who::Engine(engine) => Some(engine),
            Who::Gone | Who::Hostile(_) => None,
        }
    }

    /// What has come of a call that [`fetch`](Self::fetch) started.
    pub fn fetched(&self, call: CallId) -> Option<&FetchReport> {
        Some(&self.callers.get(self.caller_of(call)?)?.report)
    }

    /// The number of a new call of this caller.
    fn new_call(&mut self, caller: usize) -> CallId {
        self.calls.push(caller);
        CallId(self.calls.len() as u64)
    }

    /// The caller of a call, if it is one of [`fetch`](Self::fetch)'s.
    fn caller_of(&self, call: CallId) -> Option<usize> {
        self.calls.get(usize::try_from(call.0).ok()?.checked_sub(1)?).copied()
    }
}
