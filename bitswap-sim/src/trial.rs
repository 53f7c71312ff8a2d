//! A run of an experiment: a network with content in it, on which timetables are carried out.

mod fetch;
mod split;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use bitswap_core::{ConfigError, Input, SessionId, Timestamp};
use cid::Cid;

use crate::churn::{Move, Partition};
use crate::content::Dag;
use crate::report::FetchReport;
use crate::scenario::Times;
use crate::topology::Wiring;
use crate::workload::Call;
use crate::world::{Halt, NodeConfig, NodeId, World};
use fetch::{Fetch, Next};
use split::Split;

/// A world in which things happen as timetables say.
///
/// Nodes and files are known by their numbers, from 0.
pub struct Trial<C> {
    /// Its world. The first nodes are those of its wiring; others may be added.
    pub world: World,
    wiring: Wiring,
    neighbours: Vec<Vec<usize>>,
    config: C,
    files: Vec<Dag>,
    steps: BTreeMap<(Timestamp, u64), Step>,
    noted: u64,
    /// Calls that have not begun.
    to_begin: usize,
    fetches: Vec<Fetch>,
    /// Those that are not over.
    open: Vec<usize>,
    absent: usize,
    split: Split,
}

/// Why a trial cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrialError {
    /// An engine cannot work as it is configured.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Its world stopped.
    #[error(transparent)]
    Halt(#[from] Halt),
    /// A call is for something that is not there.
    #[error("a call for file {file} on node {node}: there are {files} files and {nodes} nodes")]
    Nowhere {
        /// The file.
        file: usize,
        /// The node.
        node: usize,
        /// Files of the trial.
        files: usize,
        /// Nodes of its wiring.
        nodes: usize,
    },
}

/// Something that is to happen.
#[derive(Debug)]
enum Step {
    Asks(usize),
    Begins(Call),
    GivesUp(usize),
    Moves(Move),
    Quiets(u64),
    Splits(Partition),
}

impl<C: Fn(usize) -> NodeConfig> Trial<C> {
    /// The longest time that passes before it is looked whether all is over.
    const STRIDE: Duration = Duration::from_millis(200);

    /// Peoples an empty world with the nodes of `wiring`, and connects them. `config` makes a node,
    /// also when it comes back.
    ///
    /// # Errors
    /// [`TrialError::Config`] if an engine cannot work.
    pub fn new(mut world: World, wiring: Wiring, config: C) -> Result<Self, TrialError> {
        for node in 0..wiring.nodes {
            world.add_node(config(node))?;
        }
        for ((one, other), link) in &wiring.links {
            world.connect(NodeId::at(*one), NodeId::at(*other), *link);
        }
        Ok(Self {
            world,
            neighbours: wiring.neighbours(),
            wiring,
            config,
            files: Vec::new(),
            steps: BTreeMap::new(),
            noted: 0,
            to_begin: 0,
            fetches: Vec::new(),
            open: Vec::new(),
            absent: 0,
            split: Split::default(),
        })
    }

    /// Adds a file, all of which these nodes have and content routing is told that they have.
    pub fn add_file(&mut self, file: Dag, holders: &[usize]) {
        let cids: Vec<Cid> = file.blocks().iter().map(|(cid, _)| *cid).collect();
        for holder in holders.iter().map(|holder| NodeId::at(*holder)) {
            self.world.store(holder, file.blocks());
            self.world.provide(holder, &cids);
        }
        self.files.push(file);
    }

    /// Lets these calls happen, for files that were added.
    ///
    /// # Errors
    /// [`TrialError::Nowhere`] for a call that cannot be; those before it will happen.
    pub fn call(&mut self, calls: &[Call]) -> Result<(), TrialError> {
        let (files, nodes) = (self.files.len(), self.wiring.nodes);
        for call in calls {
            let Call { file, node, .. } = *call;
            if file >= files || node >= nodes {
                return Err(TrialError::Nowhere { file, node, files, nodes });
            }
            self.to_begin += 1;
            self.note(Timestamp::ZERO.after(call.at), Step::Begins(*call));
        }
        Ok(())
    }

    /// Lets these nodes come and go.
    pub fn churn(&mut self, moves: &[Move]) {
        let nodes = self.wiring.nodes;
        for change in moves.iter().filter(|change| change.node < nodes) {
            self.note(Timestamp::ZERO.after(change.at), Step::Moves(*change));
        }
    }

    /// Lets the network fall apart.
    pub fn part(&mut self, partitions: &[Partition]) {
        for partition in partitions {
            let at = Timestamp::ZERO.after(partition.at);
            self.note(at, Step::Splits(partition.clone()));
        }
    }

    /// Whether all calls are over, within so much time from the beginning and about so many events.
    ///
    /// # Errors
    /// [`TrialError::Halt`] if an engine broke an invariant.
    pub fn run(&mut self, within: Duration, events: u64) -> Result<bool, TrialError> {
        let end = Timestamp::ZERO.after(within);
        while self.to_begin > 0 || !self.open.is_empty() {
            let at = self.next_at().min(self.world.now().after(Self::STRIDE));
            if at > end || self.world.events() > events {
                return Ok(false);
            }
            self.pass_until(at)?;
            self.split.hold(&mut self.world);
            if self.next_at() <= self.world.now()
                && let Some((_, step)) = self.steps.pop_first()
            {
                self.take(step)?;
            }
        }
        Ok(true)
    }

    /// What has come of each call that began, as of one fetch: from its beginning to its end.
    pub fn fetches(&self) -> Vec<FetchReport> {
        self.fetches.iter().filter_map(|fetch| fetch.report(&self.world)).collect()
    }

    /// How long the fetches took; those that were given up do not count.
    pub fn times(&self) -> Times {
        Times::of(self.fetches().iter())
    }

    /// What the n-th of them asked for, one after another, unless it is all as one, as the program
    /// fetches: its levels, and the leaves of a stream.
    /// The longest of these is how much a player has to hold back to play on without a stop.
    pub fn parts(&self, fetch: usize) -> impl Iterator<Item = &FetchReport> {
        let calls = self.fetches.get(fetch).map_or(&[][..], Fetch::calls);
        calls.iter().filter_map(|call| self.world.fetched(*call))
    }

    /// Calls that did not begin, since their node was away.
    pub const fn absent(&self) -> usize {
        self.absent
    }

    fn note(&mut self, at: Timestamp, step: Step) {
        self.noted += 1;
        self.steps.insert((at, self.noted), step);
    }

    fn next_at(&self) -> Timestamp {
        self.steps.first_key_value().map_or(Timestamp::NEVER, |((at, _), _)| *at)
    }

    /// Lets time pass until `at`, or until a step comes up that is to be taken earlier. A fetch
    /// that waits for a level of a tree goes on when the last block of the level comes.
    fn pass_until(&mut self, at: Timestamp) -> Result<(), Halt> {
        loop {
            let passed = if self.open.iter().any(|fetch| self.fetches[*fetch].is_half_known()) {
                self.world.run_until_within(at, 1)
            } else {
                self.world.run_until(at)
            };
            self.see_to_fetches();
            match passed {
                Err(Halt::Busy { .. }) if self.next_at() >= at => {}
                Err(Halt::Busy { .. }) => return Ok(()),
                passed => return passed,
            }
        }
    }

    fn see_to_fetches(&mut self) {
        let mut open = std::mem::take(&mut self.open);
        open.retain(|place| match self.fetches[*place].next(&self.world) {
            Next::Waits => true,
            Next::Level => {
                self.ask_for_level(*place);
                true
            }
            Next::Over => {
                self.close(*place);
                false
            }
        });
        self.open.extend(open);
    }

    fn take(&mut self, step: Step) -> Result<(), TrialError> {
        match step {
            Step::Asks(place) => {
                let fetch = &mut self.fetches[place];
                fetch.ask_for_leaf(&mut self.world, &self.files[fetch.call.file]);
            }
            Step::Begins(call) => self.begin(call),
            Step::GivesUp(place) => {
                if let Some(found) = self.open.iter().position(|open| *open == place) {
                    self.open.remove(found);
                    self.fetches[place].give_up(&mut self.world);
                    self.close(place);
                }
            }
            Step::Moves(change) => self.move_node(change)?,
            Step::Quiets(partition) => self.split.quiet(partition, &mut self.world),
            Step::Splits(partition) => {
                self.split.become_like(&partition, &mut self.world, &self.wiring);
                let quiet = self.world.now().after(Split::SILENCE);
                self.note(quiet, Step::Quiets(self.split.number()));
            }
        }
        Ok(())
    }

    fn begin(&mut self, call: Call) {
        self.to_begin -= 1;
        if !self.world.is_up(NodeId::at(call.node)) {
            self.absent += 1;
            return;
        }
        let place = self.fetches.len();
        let levels = self.files[call.file].levels().count();
        self.fetches.push(Fetch::new(call, SessionId(place as u64 + 1), levels));
        self.open.push(place);
        self.ask_for_level(place);
        if let Some(after) = call.gives_up_after {
            self.note(self.world.now().after(after), Step::GivesUp(place));
        }
    }

    fn ask_for_level(&mut self, place: usize) {
        let fetch = &mut self.fetches[place];
        let at = fetch.ask_for_level(&mut self.world, &self.files[fetch.call.file]);
        for at in at {
            self.note(at, Step::Asks(place));
        }
    }

    fn close(&mut self, place: usize) {
        let Fetch { call, session, .. } = self.fetches[place];
        if self.world.is_up(NodeId::at(call.node)) {
            self.world.happen(NodeId::at(call.node), Input::SessionClosed { session });
        }
    }

    fn move_node(&mut self, change: Move) -> Result<(), TrialError> {
        let node = NodeId::at(change.node);
        match change.goes {
            Some(crash) if self.world.is_up(node) => {
                self.world.crash(node, crash);
                for place in &self.open {
                    self.fetches[*place].lose(change.node);
                }
            }
            None if !self.world.is_up(node) => {
                let config = (self.config)(change.node);
                self.world.restart(node, config.engine, config.strategies)?;
                for other in &self.neighbours[change.node] {
                    let edge = (change.node.min(*other), change.node.max(*other));
                    if !self.split.is_across(edge)
                        && let Some(link) = self.wiring.links.get(&edge)
                    {
                        self.world.connect(node, NodeId::at(*other), *link);
                    }
                }
            }
            Some(_) | None => {}
        }
        Ok(())
    }
}

impl<C> fmt::Debug for Trial<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial")
            .field("nodes", &self.neighbours.len())
            .field("fetches", &self.fetches.len())
            .field("open", &self.open.len())
            .finish_non_exhaustive()
    }
}
