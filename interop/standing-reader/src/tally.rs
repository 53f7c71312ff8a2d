//! What happened to all peers.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts, read by whoever prints them.
pub(crate) struct Tally {
    /// Peers that are connected and have asked.
    pub(crate) asking: AtomicU64,
    /// Connections that ended, or never began.
    pub(crate) ended: AtomicU64,
    /// Bytes of answers that each peer has read.
    read: Vec<AtomicU64>,
}

impl Tally {
    pub(crate) fn of(peers: usize) -> Self {
        let read = (0..peers).map(|_| AtomicU64::new(0)).collect();
        Self { asking: AtomicU64::new(0), ended: AtomicU64::new(0), read }
    }

    pub(crate) fn add(&self, peer: usize, bytes: usize) {
        if let Some(read) = self.read.get(peer) {
            read.fetch_add(bytes as u64, Ordering::Relaxed);
        }
    }

    pub(crate) fn line(&self) -> String {
        let read: Vec<_> = self.read.iter().map(|read| read.load(Ordering::Relaxed)).collect();
        let told = [
            ("asking", self.asking.load(Ordering::Relaxed)),
            ("ended", self.ended.load(Ordering::Relaxed)),
            ("read_bytes", read.iter().sum()),
            ("least_read_bytes", read.iter().copied().min().unwrap_or(0)),
            ("most_read_bytes", read.iter().copied().max().unwrap_or(0)),
        ];
        format!("{{{}}}", told.map(|(name, count)| format!(r#""{name}":{count}"#)).join(","))
    }
}
