//! How a node's Bitswap is put together.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::io::Write;
use std::sync::Arc;

use bitswap_core::strategy::StrategySet;
use bitswap_core::{ByteRate, ConfigError, Engine, EngineConfig};
use bitswap_store::BlockStore;
use metrics::Recorder;
use tokio::sync::mpsc;

use crate::behaviour::Behaviour;
use crate::download::Downloads;
use crate::driver::{Driver, Parts};
use crate::export::Export;
use crate::filter::{Filter, NodeFilter};
use crate::frame_budget::{self, FrameBudget};
use crate::handle::{Bitswap, DropMailbox, Untaken};
use crate::hashes::OpenHashes;
use crate::live::Live;
use crate::record::{Plan, RecordOptions, Recording};
use crate::routing::{ContentRouter, NoRouter};

/// Commands of handles that wait for the driver; one more has its sender wait.
const COMMANDS: usize = 256;

/// Gathers what a node's Bitswap is made of.
pub struct Builder {
    store: Arc<dyn BlockStore>,
    strategies: StrategySet,
    engine: EngineConfig,
    router: Arc<dyn ContentRouter>,
    filter: NodeFilter,
    recorder: Option<Arc<dyn Recorder + Send + Sync>>,
    kubo_names: bool,
    unfinished_bytes: usize,
    download: [ByteRate; 2],
    record: Option<Plan>,
    over_relays: bool,
}

impl Builder {
    /// Blocks are kept in `store`, judgements are left to `strategies`.
    ///
    /// Unless told otherwise: an engine with the usual limits and a random seed, no router, and
    /// no metrics.
    pub fn new(store: Arc<dyn BlockStore>, strategies: StrategySet) -> Self {
        Self {
            store,
            strategies,
            engine: EngineConfig::seeded(random_seed()),
            router: Arc::new(NoRouter),
            filter: NodeFilter::default(),
            recorder: None,
            kubo_names: false,
            unfinished_bytes: frame_budget::DEFAULT_BYTES,
            download: [None; 2],
            record: None,
            over_relays: false,
        }
    }

    /// With another configuration of the engine. A seed that peers can guess lets them aim at
    /// its tables.
    #[must_use]
    pub fn engine(mut self, config: EngineConfig) -> Self {
        self.engine = config;
        self
    }

    /// With somebody to ask for providers.
    #[must_use]
    pub fn router(mut self, router: Arc<dyn ContentRouter>) -> Self {
        self.router = router;
        self
    }

    /// With rules about blocks and peers; without, all are allowed.
    #[must_use]
    pub fn filter(mut self, filter: Arc<dyn Filter>) -> Self {
        self.filter = NodeFilter(Some(filter));
        self
    }

    /// With a recorder that is brought up to date each second; see
    /// [`metric_families`](crate::metric_families).
    #[must_use]
    pub fn recorder(mut self, recorder: Arc<dyn Recorder + Send + Sync>) -> Self {
        self.recorder = Some(recorder);
        self
    }

    /// With Kubo's names in the recorder as well; see
    /// [`kubo_metric_families`](crate::kubo_metric_families).
    #[must_use]
    pub const fn kubo_names(mut self, wanted: bool) -> Self {
        self.kubo_names = wanted;
        self
    }

    /// With room for so many bytes of frames that have begun and not ended, over all connections;
    /// 256 MiB unless told otherwise, and at least one frame of the largest size. Each frame has
    /// 17 KiB besides.
    #[must_use]
    pub const fn unfinished_bytes(mut self, bytes: usize) -> Self {
        self.unfinished_bytes = bytes;
        self
    }

    /// With limits of what is read from all peers together and from each, in bytes per second. The
    /// limits of what is sent are the engine's; [`Bitswap::limit`] changes both.
    #[must_use]
    pub const fn download(mut self, node: ByteRate, per_peer: ByteRate) -> Self {
        self.download = [node, per_peer];
        self
    }

    /// With a recording of all that happens to the engine, from which its run can be had again:
    /// [`bitswap_core::record`] reads it. A sink that fails or is slow ends the recording, and
    /// nothing else.
    #[must_use]
    pub fn record(mut self, sink: impl Write + Send + 'static, options: RecordOptions) -> Self {
        self.record = Some(Plan { sink: Box::new(sink), options });
        self
    }

    /// With Bitswap on connections over circuit relays, too. Relays let little through, as little
    /// as 128 KiB, so unless told otherwise such a connection is only a way to a direct one: no
    /// stream is opened or taken on it, and the engine does not hear of it. A provider that is
    /// reached in no other way within 15 s counts as not reached.
    #[must_use]
    pub const fn over_relays(mut self) -> Self {
        self.over_relays = true;
        self
    }

    /// The behaviour, for a swarm that tokio runs, and the handle to it.
    ///
    /// # Errors
    /// A [`ConfigError`] if the engine's configuration cannot work.
    pub fn build(self) -> Result<(Behaviour, Bitswap), ConfigError> {
        let (sender, commands) = mpsc::channel(COMMANDS);
        let hashes = OpenHashes::default();
        let frames = FrameBudget::of(self.unfinished_bytes);
        let downloads = Downloads::default();
        downloads.limit(self.download);
        let drop_mailbox = Arc::new(DropMailbox::default());
        let untaken = Untaken::default();
        let store = Arc::clone(&self.store);
        let (live, listening) = Live::new();
        let mailbox = Arc::clone(&drop_mailbox);
        let bitswap = Bitswap::new(sender, mailbox, untaken.clone(), store, listening);
        let (engine, recording) = begin(self.engine, self.strategies, self.record)?;
        let driver = Driver::new(Parts {
            engine,
            hashes: hashes.clone(),
            store: self.store,
            router: self.router,
            filter: self.filter.clone(),
            commands,
            drop_mailbox,
            untaken,
            export: self.recorder.map(|it| Export::new(it, self.kubo_names)),
            frames: frames.clone(),
            downloads: downloads.clone(),
            recording,
            live,
        });
        let mut behaviour = Behaviour::new(driver, self.filter, hashes, downloads, frames);
        if self.over_relays {
            behaviour.use_relayed();
        }
        Ok((behaviour, bitswap))
    }
}

/// An engine, and its recording from the first input on.
fn begin(
    config: EngineConfig,
    strategies: StrategySet,
    record: Option<Plan>,
) -> Result<(Engine, Recording), ConfigError> {
    let Some(plan) = record else {
        return Ok((Engine::new(config, strategies)?, Recording::default()));
    };
    let config = plan.config(config);
    config.check()?;
    let recording = plan.begin(&config, &strategies);
    Ok((Engine::new(config, strategies)?, recording))
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("strategies", &self.strategies)
            .field("engine", &self.engine)
            .finish_non_exhaustive()
    }
}

/// A seed for an engine that nobody can guess: from what the operating system seeded the standard
/// library's hash maps with.
pub fn random_seed() -> u64 {
    RandomState::new().hash_one(0_u64)
}
