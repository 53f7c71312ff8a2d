//! A recording of a node, run again: whether the same comes of it, and what other strategies would
//! have decided.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::time::Duration;

use bitswap_core::record::{
    Header, Recipe, RecordError, RecordReader, Replay, action_kind, input_kind,
};
use bitswap_core::strategy::{NamedStrategy, Role, plain};
use bitswap_core::{Action, ConfigError, Event, Input, Timestamp};
use bitswap_strategies::catalog::{self, StrategyChoice};

/// Strategies that are asked the same as the recorded ones, each for its role, and not obeyed.
pub type Others = BTreeMap<Role, StrategyChoice>;

/// Is shown each input in words, when it came, and what came of it.
pub type Watch<'a> = dyn FnMut(Timestamp, &str, &[Action]) + 'a;

/// What a replay showed.
#[derive(Debug)]
pub struct Outcome {
    /// What the recording begins with.
    pub header: Header,
    /// The inputs that were replayed, by kind.
    pub inputs: BTreeMap<&'static str, u64>,
    /// The actions that came of them, by kind.
    pub actions: BTreeMap<&'static str, u64>,
    /// Time from the first input to the last.
    pub span: Duration,
    /// Peers that were connected.
    pub peers: usize,
    /// Wants of the node that ended.
    pub wants: u64,
    /// Whether the recording was ended, and not cut off.
    pub is_whole: bool,
    /// The first input of which something else came; there the replay ended.
    pub difference: Option<Difference>,
    /// How the other strategies decided, by role.
    pub others: BTreeMap<Role, Decisions>,
}

/// An input of which something else came.
#[derive(Debug)]
pub struct Difference {
    /// Its number, from 1.
    pub number: u64,
    /// When it came.
    pub at: Timestamp,
    /// What it was.
    pub input: String,
    /// What came of it now; of what came of it then, the recording has only a digest.
    pub actions: Vec<Action>,
}

/// Decisions of another strategy beside those of the recorded one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    /// How many were the same.
    pub same: u64,
    /// How many differed.
    pub different: u64,
    /// A few that differed, in words.
    pub examples: Vec<String>,
}

/// Why a recording could not be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The engine cannot be made.
    #[error("the recording's configuration cannot be used: {0}")]
    Config(#[from] ConfigError),
    /// The file is broken, or names a strategy that cannot be made here.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// Replays the recording in `source`.
///
/// # Errors
/// A [`ReplayError`]; what comes behind the place was not replayed.
pub fn replay(
    source: impl Read,
    others: &Others,
    mut watch: Option<&mut Watch<'_>>,
) -> Result<Outcome, ReplayError> {
    let mut reader = RecordReader::new(source)?;
    let mut run = Run::new(reader.header().clone(), others)?;
    let mut first = None;
    while let Some(entry) = reader.next_entry()? {
        let mut maker = |recipe: &Recipe| make(recipe, others);
        let input = entry.input(&mut maker)?;
        run.note(&input, others);
        let (actions, digest) = run.replay.step(entry.now, input);
        let begin = *first.get_or_insert(entry.now);
        run.outcome.span = entry.now.since(begin);
        for action in &actions {
            run.count(action);
        }
        if watch.is_none() && digest == entry.digest {
            continue;
        }
        let input = format!("{:?}", entry.input(&mut maker)?);
        if let Some(watch) = &mut watch {
            watch(entry.now, &input, &actions);
        }
        if digest != entry.digest {
            let (number, at) = (entry.number, entry.now);
            run.outcome.difference = Some(Difference { number, at, input, actions });
            break;
        }
    }
    run.outcome.is_whole = reader.is_whole();
    Ok(run.ended(others))
}

struct Run {
    replay: Replay,
    outcome: Outcome,
    peers: BTreeSet<Vec<u8>>,
}

impl Run {
    fn new(header: Header, others: &Others) -> Result<Self, ReplayError> {
        // Only a scaffold: every place in it is taken.
        let mut set = plain::strategies();
        for recipe in &header.strategies {
            let strategy = make(recipe, others).map_err(|why| {
                let recipe = recipe.clone();
                RecordError::Strategy { entry: 0, recipe, why }
            })?;
            set.put(strategy);
        }
        let replay = Replay::new(&header, set)?;
        let outcome = Outcome {
            header,
            inputs: BTreeMap::new(),
            actions: BTreeMap::new(),
            span: Duration::ZERO,
            peers: 0,
            wants: 0,
            is_whole: false,
            difference: None,
            others: BTreeMap::new(),
        };
        Ok(Self { replay, outcome, peers: BTreeSet::new() })
    }

    /// Notes what the engine is about to be handed.
    fn note(&mut self, input: &Input, others: &Others) {
        *self.outcome.inputs.entry(input_kind(input)).or_default() += 1;
        if let Input::PeerConnected { peer, .. } = input {
            self.peers.insert(peer.to_bytes());
        }
        // What a strategy counted goes with it.
        if let Input::StrategiesReplaced { strategies } = input {
            for strategy in strategies {
                self.hear(strategy.role(), others);
            }
        }
    }

    fn count(&mut self, action: &Action) {
        *self.outcome.actions.entry(action_kind(action)).or_default() += 1;
        if let Action::Report(Event::WantEnded { .. }) = action {
            self.outcome.wants += 1;
        }
    }

    /// Adds what the strategy beside the one in charge of `role` decided.
    fn hear(&mut self, role: Role, others: &Others) {
        if !others.contains_key(&role) {
            return;
        }
        let all = self.outcome.others.entry(role).or_default();
        for stats in self.replay.engine().stats().strategies {
            let shadow = stats.report.part("shadow");
            if let Some(part) = shadow.filter(|_| stats.in_use && stats.role == role) {
                all.same += part.count("same").unwrap_or_default();
                all.different += part.count("different").unwrap_or_default();
                all.examples.extend(part.examples.iter().cloned());
            }
        }
    }

    fn ended(mut self, others: &Others) -> Outcome {
        for role in others.keys() {
            self.hear(*role, others);
        }
        self.outcome.peers = self.peers.len();
        self.outcome
    }
}

/// The strategy of a recipe, with another beside it if there is one for its role.
fn make(recipe: &Recipe, others: &Others) -> Result<NamedStrategy, String> {
    let Recipe { role, name, params } = recipe;
    match others.get(role) {
        Some(other) => catalog::recorded_beside(*role, (name, params), other),
        None => catalog::recorded(*role, name, params),
    }
}
