//! A run of a world in the simulator: the servers, then the clients, and whoever only reads.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bitswap_core::{CallOptions, Chance, Failure, Input, SessionId, Timestamp};
use bitswap_unixfs::FetchPlan;

use super::{Event, Lines, Program, Transport as Carried, What};
use crate::content::{ContentError, Pool};
use crate::hostile::{Kind, Knowledge};
use crate::report::FetchReport;
use crate::scenario::{chosen, defaults};
use crate::topology::Wiring;
use crate::trial::{Trial, TrialError};
use crate::workload::{Call, Pace};
use crate::{Access, Carrier, Crash, Link, NodeConfig, NodeId, Ramp, Rate, Transport, World};

/// What came of a run; of several clients the slowest's time, and their bytes together.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// How it ended.
    pub ended: Ended,
    /// How long it took.
    pub time: Duration,
    /// Bytes of blocks that came to the clients, by those of the file.
    pub received: f64,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All clients have the whole file.
    Ok,
    /// Not all clients do.
    Failed {
        /// Clients without it.
        clients: usize,
        /// Blocks that were told not to come.
        blocks: u64,
        /// Why the first of them does not.
        why: Option<Failure>,
    },
    /// Not within [`Lines::patience`].
    RunsOn,
}

/// Why a run has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unplayable {
    /// The simulator has no such thing.
    #[error("not simulated: {0}")]
    NotSimulated(&'static str),
    /// The file that is fetched cannot be made.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// A node cannot work, or an engine broke an invariant.
    #[error(transparent)]
    Trial(#[from] TrialError),
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok => f.write_str("ok"),
            Self::RunsOn => f.write_str("runs on"),
            Self::Failed { clients, blocks, why } => {
                let why = why.as_ref().map_or_else(String::new, ToString::to_string);
                write!(f, "{clients} clients, {blocks} blocks: {why}")
            }
        }
    }
}

impl Told {
    /// The time it took by what its lines need at least.
    pub fn ratio(&self, bound: Option<Duration>) -> Option<f64> {
        Some(self.time.as_secs_f64() / bound?.as_secs_f64())
    }
}

/// Plays a run. The same seed gives the same run.
///
/// # Errors
/// [`Unplayable`], also for what the simulator has not.
pub fn play(lines: &Lines, seed: u64) -> Result<Told, Unplayable> {
    if let Some(why) = lines.not_simulated() {
        return Err(Unplayable::NotSimulated(why));
    }
    let (servers, clients) = (lines.ups().len(), lines.clients);
    let holders: Vec<usize> = (0..servers).collect();
    let mut world = World::new(seed);
    world.carry_by(lines.transport());
    let mut trial = Trial::new(world, lines.wiring(), |node| lines.node(node))?;
    let mut pool = pool(&mut Chance::named(seed, "lines"), lines.file_bytes, lines.chunk_bytes);
    trial.add_file(pool.file(Lines::TINY_BYTES, lines.chunk_bytes)?, &holders);
    trial.add_file(pool.file(lines.file_bytes, lines.chunk_bytes)?, &holders);
    let warm = if lines.fresh { 0 } else { clients };
    trial.call(&lines.calls(Timestamp::ZERO, 0)[..warm])?;
    trial.run(Lines::SETTLES, u64::MAX)?;
    lines.let_readers_ask(&mut trial.world, seed)?;
    let begun = trial.world.now().after(Lines::BEGINS);
    trial.world.run_until(begun).map_err(TrialError::from)?;

    let before = lines.received_bytes(&trial.world);
    for number in 0..clients {
        // Fetches are numbered in order, and so are their sessions.
        let session = SessionId((warm + number) as u64 + 1);
        let options = FetchPlan::SESSION;
        let opened = Input::SessionOpened { session, options, has_router: true };
        trial.world.happen(NodeId::at(servers + number), opened);
    }
    trial.call(&lines.calls(begun, 1))?;
    let since = begun.since(Timestamp::ZERO);
    for (at, event, begins) in lines.steps() {
        if trial.run(since + at, u64::MAX)? {
            break;
        }
        trial.world.run_until(begun.after(at)).map_err(TrialError::from)?;
        lines.happen(&mut trial.world, event, begins)?;
    }
    let is_over = trial.run(since + lines.patience(), u64::MAX)?;
    let needed = lines.file_bytes * clients as u64;
    let received = (lines.received_bytes(&trial.world) - before) as f64 / needed as f64;
    let fetches = trial.fetches().split_off(warm);
    let time = fetches.iter().filter_map(FetchReport::time).max().unwrap_or_default();
    let clients = fetches.iter().filter(|fetch| fetch.failed > 0 || fetch.is_lost).count();
    let blocks = fetches.iter().map(|fetch| fetch.failed).sum();
    let parts = (warm..warm + fetches.len()).flat_map(|fetch| trial.parts(fetch));
    let why = parts.flat_map(|part| &part.failures).next().cloned();
    let ended = match is_over {
        false => Ended::RunsOn,
        true if clients > 0 => Ended::Failed { clients, blocks, why },
        true => Ended::Ok,
    };
    Ok(Told { ended, time, received })
}

/// Bytes for a file of so many, in blocks of so many that all differ.
fn pool(chance: &mut Chance, bytes: u64, chunk: usize) -> Pool {
    let blocks = bytes.div_ceil(chunk as u64).min(Lines::MOST_BLOCKS) as usize;
    // Each begins a byte after the one before it.
    Pool::new(chance, 2 * (chunk + blocks))
}

fn rate(kb_per_s: u64) -> Rate {
    Rate::bits_per_second(if kb_per_s == 0 { u64::MAX } else { kb_per_s * 8_000 })
}

impl Lines {
    /// No file has more; nothing is made for one that says so.
    const MOST_BLOCKS: u64 = 1 << 22;
    /// What is fetched before, so that connections are not new.
    const TINY_BYTES: u64 = 1_000;
    /// That has come by then.
    const SETTLES: Duration = Duration::from_secs(60);
    /// After that, what was asked for before is under way when the fetches begin.
    const BEGINS: Duration = Duration::from_secs(2);
    /// What readers ask for: more than a server has under way for all of them.
    const READ_BYTES: u64 = 64 << 20;

    /// What of it the simulator has not.
    fn not_simulated(&self) -> Option<&'static str> {
        let has = |what| self.events.iter().any(|event| event.what == what);
        let lacks = [
            (self.server == Program::Kubo || self.client == Program::Kubo, "Kubo"),
            (self.transport == Carried::Quic && !self.ramp, "QUIC without a ramp"),
            (self.relay.is_some(), "a relay between nodes"),
            (self.clients == 0, "a world without clients"),
            (self.clients_share && self.clients > 1, "a line that clients share"),
            (has(What::Strand) || has(What::ResetEvery), "dialling again while a fetch goes on"),
        ];
        lacks.into_iter().find_map(|(lacks, what)| lacks.then_some(what))
    }

    /// A node at the end of such a line, or of one as fast both ways if one rate is 0.
    fn node_at(&self, up: u64, down: u64) -> NodeConfig {
        let either = up.max(down);
        let [up, down] = [up, down].map(|it| rate(if it == 0 { either } else { it }));
        NodeConfig { access: Access { up, down }, ..chosen(&self.strategies) }
    }

    /// What carries messages.
    fn transport(&self) -> Transport {
        let carrier = match self.transport {
            Carried::Tcp => Carrier::Tcp,
            Carried::Quic => Carrier::Quic,
        };
        let queue = Duration::from_millis(self.queue_ms);
        let ramp = Ramp { carrier, queue, ..Ramp::default() };
        if self.ramp { Transport::Ramp(ramp) } else { Transport::Ideal }
    }

    fn node(&self, number: usize) -> NodeConfig {
        let Some(up) = self.ups().get(number).copied() else {
            return self.node_at(self.client_up_kb_per_s, self.client_down_kb_per_s);
        };
        let mut server = self.node_at(up, self.down_kb_per_s);
        if self.upload_limit_kib_per_s > 0 {
            server.engine.limits.upload_bytes_per_second = self.upload_limit_kib_per_s * 1_024;
        }
        server
    }

    /// Our nodes speak the relay protocol with one another.
    fn link(&self, server: usize) -> Link {
        let delay = self.delays().get(server).copied().unwrap_or(self.client_delay_ms);
        let delay = Duration::from_millis(delay + self.client_delay_ms);
        Link { negotiates: self.fresh, ..Link::with_latency(delay).relaying() }
    }

    fn clients(&self) -> Range<usize> {
        let servers = self.ups().len();
        servers..servers + self.clients
    }

    fn wiring(&self) -> Wiring {
        let Range { start, end } = self.clients();
        let first = if self.crowd { end } else { start };
        let edges = (0..first).flat_map(|one| (start.max(one + 1)..end).map(move |it| (one, it)));
        Wiring { nodes: end, links: edges.map(|edge| (edge, self.link(edge.0))).collect() }
    }

    fn calls(&self, at: Timestamp, file: usize) -> Vec<Call> {
        let (at, pace) = (at.since(Timestamp::ZERO), Pace::Program);
        let call = |node| Call { at, node, file, pace, gives_up_after: None };
        self.clients().map(call).collect()
    }

    /// Lets those begin that do not read, or slowly: of the first server.
    fn let_readers_ask(&self, world: &mut World, seed: u64) -> Result<(), Unplayable> {
        if self.readers == 0 {
            return Ok(());
        }
        let mut chance = Chance::named(seed, "readers");
        let mut pool = pool(&mut chance, Self::READ_BYTES, self.readers_chunk_bytes);
        let file = pool.file(Self::READ_BYTES, self.readers_chunk_bytes)?;
        let server = NodeId::at(0);
        world.store(server, file.blocks());
        let cids: Vec<_> = file.blocks().iter().map(|(cid, _)| *cid).collect();
        let knowledge = Arc::new(Knowledge::new(cids.clone(), []));
        for _ in 0..self.readers {
            if self.readers_bytes_per_s == 0 {
                let kind = Kind::StandingReader;
                let peer = kind.make(kind.most_aggressive(chance.bits()), Arc::clone(&knowledge));
                let peer = world.add_hostile(peer, Access::default());
                world.connect(server, peer, self.link(0));
            } else {
                let down = Rate::bits_per_second(8 * self.readers_bytes_per_s);
                let access = Access { down, ..Access::default() };
                let peer = NodeConfig { access, ..defaults() };
                let peer = world.add_node(peer).map_err(TrialError::from)?;
                world.connect(server, peer, self.link(0));
                let options = CallOptions { credit: u32::MAX, ..CallOptions::default() };
                world.fetch(peer, SessionId(1), cids.clone(), options);
            }
        }
        Ok(())
    }

    /// When each event begins, and when it is over, in order.
    fn steps(&self) -> Vec<(Duration, &Event, bool)> {
        let begins = self.events.iter().map(|event| (event.at_s, event, true));
        let ends = self.events.iter().map(|event| (event.at_s + event.for_s, event, false));
        let mut steps: Vec<_> = begins.chain(ends).collect();
        steps.sort_by_key(|(at, ..)| *at);
        steps
            .into_iter()
            .map(|(at, event, begins)| (Duration::from_secs(at), event, begins))
            .collect()
    }

    fn happen(&self, world: &mut World, event: &Event, begins: bool) -> Result<(), TrialError> {
        let server = NodeId::at(event.server);
        let clients = self.clients().map(NodeId::at);
        match (event.what, begins) {
            (What::Pause, true) => world.pause(server, Duration::from_secs(event.for_s)),
            (What::HalfOpen, true) => clients.for_each(|client| world.cut(server, client)),
            (What::HalfOpen, false) => clients.for_each(|client| world.mend(server, client)),
            (What::Kill, true) => {
                // Whoever was named is dialled again, until it is there.
                for client in clients {
                    world.happen(client, Input::PeersExpected { expected: true });
                }
                world.crash(server, Crash { keeps_store: true, noticed_after: Duration::ZERO });
            }
            (What::Kill, false) => {
                let NodeConfig { engine, strategies, .. } = self.node(event.server);
                world.restart(server, engine, strategies)?;
                for client in clients {
                    world.connect(server, client, self.link(event.server));
                    world.happen(client, Input::PeersExpected { expected: false });
                }
            }
            (What::Pause | What::ResetEvery | What::Strand, _) => {}
        }
        Ok(())
    }

    /// Bytes of blocks that came to the clients.
    fn received_bytes(&self, world: &World) -> u64 {
        let is_client = |node: NodeId| self.clients().contains(&node.place());
        let traffic = world.report().traffic;
        let came = traffic.iter().filter(|((_, to), _)| is_client(*to));
        came.map(|(_, traffic)| traffic.arrived.blocks.bytes).sum()
    }
}
