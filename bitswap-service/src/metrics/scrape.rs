//! What is looked up when somebody asks for the metrics, and not counted before.

use std::path::PathBuf;
use std::sync::Arc;

use bitswap_store::BlockStore;
use metrics::Recorder;
use tokio::runtime::Handle;

use super::families::{
    DISK_FREE, DISK_SIZE, RUNTIME_QUEUE, RUNTIME_TASKS, RUNTIME_WORKERS, STORE_BLOCKS, STORE_BYTES,
    STORE_FAILED_COMMITS, STORE_FAILING, STORE_LIVE, STORE_MEMORY, process,
};
use super::{counter, gauge};
use crate::process::ProcessInfo;

/// What a scrape looks at.
#[derive(Clone)]
pub(crate) struct Scrape {
    pub(crate) store: Arc<dyn BlockStore>,
    /// Where the store is, if it is on a disk.
    pub(crate) folder: Option<PathBuf>,
}

impl Scrape {
    /// Tells how things are now.
    pub(crate) fn update(&self, recorder: &dyn Recorder) {
        self.tell_store(recorder);
        tell_process(recorder);
        let runtime = Handle::current().metrics();
        let counts = [
            (RUNTIME_WORKERS, runtime.num_workers()),
            (RUNTIME_TASKS, runtime.num_alive_tasks()),
            (RUNTIME_QUEUE, runtime.global_queue_depth()),
        ];
        for (name, count) in counts {
            gauge(recorder, name, &[]).set(count as f64);
        }
    }

    /// What the recorder cannot tell, as it counts in whole numbers: time on processors.
    pub(crate) fn in_fractions() -> String {
        let Some(seconds) = ProcessInfo::now().cpu_seconds else { return String::new() };
        let (name, help) = (process::CPU, process::CPU_HELP);
        format!("# HELP {name} {help}\n# TYPE {name} counter\n{name} {seconds}\n")
    }

    /// The bytes that are free on the store's disk, and all of it.
    pub(crate) fn disk(&self) -> Option<[u64; 2]> {
        self.folder.as_ref().and_then(|folder| space(folder))
    }

    fn tell_store(&self, recorder: &dyn Recorder) {
        let usage = self.store.usage();
        counter(recorder, STORE_FAILED_COMMITS, &[]).absolute(usage.failed_commits);
        gauge(recorder, STORE_FAILING, &[]).set(if usage.failing.is_some() { 1.0 } else { 0.0 });
        let disk = self.disk();
        let sizes = [
            (STORE_BLOCKS, usage.blocks),
            (STORE_BYTES, usage.bytes),
            (STORE_LIVE, usage.live_bytes),
            (STORE_MEMORY, Some(self.store.memory_bytes())),
            (DISK_FREE, disk.map(|[free, _]| free)),
            (DISK_SIZE, disk.map(|[_, size]| size)),
        ];
        set_known(recorder, &sizes);
    }
}

fn tell_process(recorder: &dyn Recorder) {
    let now = ProcessInfo::now();
    let known = [
        (process::RESIDENT, now.resident),
        (process::VIRTUAL, now.virtual_bytes),
        (process::OPEN_FDS, now.open_fds),
        (process::MAX_FDS, now.max_fds),
        (process::THREADS, now.threads),
        (process::STARTED_AT, now.started_at),
    ];
    set_known(recorder, &known);
}

fn set_known(recorder: &dyn Recorder, gauges: &[(&'static str, Option<u64>)]) {
    for (name, value) in gauges {
        if let Some(value) = value {
            gauge(recorder, name, &[]).set(*value as f64);
        }
    }
}

/// The bytes that are free for this process on a file system, and all of it.
#[cfg(unix)]
fn space(folder: &std::path::Path) -> Option<[u64; 2]> {
    let told = rustix::fs::statvfs(folder).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(told.f_frsize);
    Some([bytes(told.f_bavail), bytes(told.f_blocks)])
}

#[cfg(not(unix))]
fn space(_: &std::path::Path) -> Option<[u64; 2]> {
    None
}
