//! The recording of a node: the driver hands over what the engine is told, and a thread compresses
//! and writes it. The node never waits for it: whatever goes wrong ends the recording, and what was
//! written until then is good.

#[cfg(test)]
mod tests;

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bitswap_core::record::{EntryWriter, Header, RecordWriter};
use bitswap_core::strategy::StrategySet;
use bitswap_core::{Action, EngineConfig, Input, Names, Timestamp};

use crate::builder::random_seed;

/// Entries that wait to be written, at most.
const ENTRIES: usize = 1 << 16;
/// Bytes of entries that wait to be written, at most.
const BYTES: usize = 64 * 1024 * 1024;
/// How often the thread looks for entries. To be woken by each would cost the driver more than to
/// make it.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// What was written is with the operating system after this time, so that a killed node leaves it.
const FLUSH_EVERY: Duration = Duration::from_millis(500);

/// How a node is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordOptions {
    /// The most bytes that the recording has; then it ends, and the node goes on.
    pub limit_bytes: u64,
    /// Whether peer ids and CIDs are kept as they are. Otherwise they are replaced by pseudonyms,
    /// which nobody can tell from random numbers.
    pub keep_identities: bool,
}

/// Where a recording goes, before it begins.
pub(crate) struct Plan {
    pub(crate) sink: Box<dyn Write + Send>,
    pub(crate) options: RecordOptions,
}

impl Plan {
    /// The engine's configuration while this is recorded. The keys of a recording without
    /// identities need a seed that the recording does not have.
    pub(crate) fn config(&self, config: EngineConfig) -> EngineConfig {
        if self.options.keep_identities || config.names != Names::OfSeed {
            return config;
        }
        EngineConfig { names: Names::Seeded(random_seed()), ..config }
    }

    /// Begins to record.
    pub(crate) fn begin(self, config: &EngineConfig, strategies: &StrategySet) -> Recording {
        let RecordOptions { limit_bytes, keep_identities } = self.options;
        let header = Header::new(env!("CARGO_PKG_VERSION"), config, strategies, keep_identities);
        let (sender, entries) = sync_channel(ENTRIES);
        let queued = Arc::new(AtomicUsize::new(0));
        let (sink, waiting) = (self.sink, Arc::clone(&queued));
        let write = move || tell(write(sink, &header, limit_bytes, &entries, &waiting));
        match thread::Builder::new().name("recording".to_owned()).spawn(write) {
            Ok(thread) => Recording(Some(Running {
                entry: EntryWriter::new(config, keep_identities),
                sender: Some(sender),
                queued,
                thread: Some(thread),
            })),
            Err(why) => {
                failed(&why);
                Recording(None)
            }
        }
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Plan").field(&self.options).finish()
    }
}

/// The recording of one engine; without one, nothing happens.
#[derive(Debug, Default)]
pub(crate) struct Recording(Option<Running>);

#[derive(Debug)]
struct Running {
    entry: EntryWriter,
    /// `None` = nothing more is recorded.
    sender: Option<SyncSender<Vec<u8>>>,
    /// Bytes that wait to be written.
    queued: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Recording {
    /// What the engine is about to be handed.
    pub(crate) fn input(&mut self, now: Timestamp, input: &Input) {
        if let Some(running) = &mut self.0 {
            running.entry.input(now, input);
        }
    }

    /// An action that came of it.
    pub(crate) fn action(&mut self, action: &Action) {
        if let Some(running) = &mut self.0 {
            running.entry.action(action);
        }
    }

    /// All actions have come.
    pub(crate) fn done(&mut self) {
        if let Some(running) = &mut self.0
            && !running.hand_over()
        {
            self.0 = None;
        }
    }
}

impl Running {
    /// Hands the entry to the thread; false if the recording has ended.
    fn hand_over(&mut self) -> bool {
        let Some(sender) = &self.sender else { return false };
        let entry = self.entry.finish().to_vec();
        let bytes = entry.len();
        let fits = self.queued.fetch_add(bytes, Ordering::Relaxed) + bytes <= BYTES;
        let sent = if fits { sender.try_send(entry) } else { Err(TrySendError::Full(entry)) };
        match sent {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => {
                tracing::warn!("the recording is written too slowly and ended");
                false
            }
            // The thread has said why.
            Err(TrySendError::Disconnected(_)) => false,
        }
    }
}

/// What waits is still written.
impl Drop for Running {
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            drop(thread.join());
        }
    }
}

/// Says why a recording ended before its node.
fn tell(ended: io::Result<End>) {
    match ended {
        Ok(End::Stopped) => {}
        Ok(End::Limit) => tracing::info!("the recording has reached its limit and ended"),
        Err(why) => failed(&why),
    }
}

fn failed(why: &io::Error) {
    tracing::warn!(%why, "the recording cannot be written and ended");
}

/// How a recording ended that had no fault.
enum End {
    Limit,
    Stopped,
}

/// The work of the thread.
fn write(
    sink: impl Write,
    header: &Header,
    limit: u64,
    entries: &Receiver<Vec<u8>>,
    queued: &AtomicUsize,
) -> io::Result<End> {
    let mut file = RecordWriter::new(sink, header, limit)?;
    file.flush()?;
    let mut flushed = Instant::now();
    loop {
        match entries.try_recv() {
            Ok(entry) => {
                queued.fetch_sub(entry.len(), Ordering::Relaxed);
                if !file.push(&entry)? {
                    return file.finish().map(|()| End::Limit);
                }
            }
            Err(TryRecvError::Empty) => thread::park_timeout(LOOK_EVERY),
            Err(TryRecvError::Disconnected) => return file.finish().map(|()| End::Stopped),
        }
        if flushed.elapsed() >= FLUSH_EVERY {
            file.flush()?;
            flushed = Instant::now();
        }
    }
}
