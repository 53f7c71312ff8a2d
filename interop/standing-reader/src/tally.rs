//! What happened to all peers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

/// Counts, read by whoever prints them.
pub(crate) struct Tally {
    begun: Instant,
    /// Peers that are connected.
    pub(crate) connected: AtomicU64,
    /// Those of them that have asked.
    pub(crate) asking: AtomicU64,
    /// Connections that ended, or never began.
    pub(crate) ended: AtomicU64,
    /// CIDs that were cancelled.
    pub(crate) cancelled: AtomicU64,
    /// Blocks of them that came before that.
    pub(crate) came_before_cancel: AtomicU64,
    /// Blocks of them that came afterwards.
    pub(crate) cancelled_came: AtomicU64,
    /// Blocks of all that is not to be cancelled; counted only by peers that cancel.
    pub(crate) kept_came: AtomicU64,
    /// Bytes that each peer has read from its socket.
    read: Vec<AtomicU64>,
}

impl Tally {
    pub(crate) fn of(peers: usize) -> Self {
        Self {
            begun: Instant::now(),
            connected: AtomicU64::new(0),
            asking: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            cancelled: AtomicU64::new(0),
            came_before_cancel: AtomicU64::new(0),
            cancelled_came: AtomicU64::new(0),
            kept_came: AtomicU64::new(0),
            read: (0..peers).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    pub(crate) fn add(&self, peer: usize, bytes: usize) {
        if let Some(read) = self.read.get(peer) {
            read.fetch_add(bytes as u64, Ordering::Relaxed);
        }
    }

    pub(crate) fn line(&self) -> String {
        let read: Vec<_> = self.read.iter().map(|read| read.load(Ordering::Relaxed)).collect();
        let told = [
            ("ms", self.begun.elapsed().as_millis() as u64),
            ("connected", self.connected.load(Ordering::Relaxed)),
            ("asking", self.asking.load(Ordering::Relaxed)),
            ("ended", self.ended.load(Ordering::Relaxed)),
            ("cancelled", self.cancelled.load(Ordering::Relaxed)),
            ("came_before_cancel", self.came_before_cancel.load(Ordering::Relaxed)),
            ("cancelled_came", self.cancelled_came.load(Ordering::Relaxed)),
            ("kept_came", self.kept_came.load(Ordering::Relaxed)),
            ("read_bytes", read.iter().sum()),
            ("least_read_bytes", read.iter().copied().min().unwrap_or(0)),
            ("most_read_bytes", read.iter().copied().max().unwrap_or(0)),
        ];
        format!("{{{}}}", told.map(|(name, count)| format!(r#""{name}":{count}"#)).join(","))
    }
}

/// A peer that has asked, until it is dropped.
pub(crate) struct Asking(Arc<Tally>);

impl Asking {
    pub(crate) fn told(tally: &Arc<Tally>) -> Self {
        tally.asking.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(tally))
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.asking.fetch_sub(1, Ordering::Relaxed);
    }
}
