//! The download limits: how fast the streams of peers are read, of all together and of each peer.
//! What is not read fills the windows of the peer's streams, so that it sends no faster.
//!
//! A frame is read first and paid for afterwards: nothing is read while any is unpaid.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Context;
use std::time::Duration;

use bitswap_core::ByteRate;
use libp2p::PeerId;
use tokio::time::Instant;

use crate::timer::Timer;

/// Bytes that are read at once after a pause, however low the limit.
const BURST: u64 = 1024 * 1024;

/// A connection that is not read looks so often whether the limit has changed.
const RECHECK: Duration = Duration::from_secs(1);

/// The limits of a node, shared by all its connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct Downloads(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Whether there is any limit: without one, nothing is locked.
    is_limited: AtomicBool,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    limits: [ByteRate; 2],
    node: Pace,
    peers: BTreeMap<PeerId, PeerPace>,
    waited: [Duration; 2],
}

#[derive(Debug, Default)]
struct PeerPace {
    connections: usize,
    pace: Pace,
}

/// When all that was read is paid for.
#[derive(Clone, Copy, Debug, Default)]
struct Pace(Option<Instant>);

/// The limits as one connection to a peer meets them.
#[derive(Debug)]
pub(crate) struct Download {
    all: Downloads,
    peer: PeerId,
    timer: Timer,
    paused: Option<Pause>,
}

/// Nothing is read.
#[derive(Clone, Copy, Debug)]
struct Pause {
    since: Instant,
    /// Whether the limit of the peer is the cause, and not that of the node.
    own: bool,
}

impl Downloads {
    /// Changes the limits, of all peers together and of each. A limit that is new begins with its
    /// burst, and nothing unpaid.
    pub(crate) fn limit(&self, limits: [ByteRate; 2]) {
        let mut inner = self.inner();
        let before = std::mem::replace(&mut inner.limits, limits);
        if before[0] != limits[0] {
            inner.node = Pace::default();
        }
        if before[1] != limits[1] {
            inner.peers.values_mut().for_each(|peer| peer.pace = Pace::default());
        }
        let is_limited = limits.iter().any(Option::is_some);
        self.0.is_limited.store(is_limited, Ordering::Relaxed);
    }

    /// The limits in force, and how long connections were not read because of each, added up, as
    /// far as that has ended.
    pub(crate) fn stats(&self) -> ([ByteRate; 2], [Duration; 2]) {
        let inner = self.inner();
        (inner.limits, inner.waited)
    }

    /// The limits for one more connection to a peer.
    pub(crate) fn of(&self, peer: PeerId) -> Download {
        self.inner().peers.entry(peer).or_default().connections += 1;
        Download { all: self.clone(), peer, timer: Timer::default(), paused: None }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Download {
    /// A frame of so many bytes was read.
    pub(crate) fn received(&self, bytes: usize) {
        if !self.all.0.is_limited.load(Ordering::Relaxed) {
            return;
        }
        let now = Instant::now();
        let mut inner = self.all.inner();
        let [node, per_peer] = inner.limits;
        inner.node.spend(now, node, bytes as u64);
        if let Some(peer) = inner.peers.get_mut(&self.peer) {
            peer.pace.spend(now, per_peer, bytes as u64);
        }
    }

    /// Whether the connection may be read now; if not, it is woken when it may.
    pub(crate) fn may_read(&mut self, cx: &mut Context<'_>) -> bool {
        if !self.all.0.is_limited.load(Ordering::Relaxed) && self.paused.is_none() {
            return true;
        }
        loop {
            let now = Instant::now();
            let Some((until, own)) = self.unpaid_until(now) else {
                self.go_on(now);
                return true;
            };
            self.paused.get_or_insert(Pause { since: now, own });
            self.timer.set(Some(until.min(now + RECHECK)));
            if self.timer.poll(cx).is_pending() {
                return false;
            }
        }
    }

    /// When all that was read is paid for, if that is not so now, and whether it is the peer that
    /// is behind.
    fn unpaid_until(&self, now: Instant) -> Option<(Instant, bool)> {
        let inner = self.all.inner();
        let [node, per_peer] = inner.limits;
        let own = inner.peers.get(&self.peer).map(|peer| peer.pace).unwrap_or_default();
        let paces = [(inner.node, node, false), (own, per_peer, true)];
        let unpaid = paces.into_iter().filter_map(|(Pace(paid_at), limit, own)| {
            let paid_at = paid_at.filter(|at| limit.is_some() && *at > now)?;
            Some((paid_at, own))
        });
        unpaid.max()
    }

    fn go_on(&mut self, now: Instant) {
        if let Some(Pause { since, own }) = self.paused.take() {
            let [of_node, of_peers] = &mut self.all.inner().waited;
            *(if own { of_peers } else { of_node }) += now - since;
        }
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        let mut inner = self.all.inner();
        if let Some(peer) = inner.peers.get_mut(&self.peer) {
            peer.connections -= 1;
            if peer.connections == 0 {
                inner.peers.remove(&self.peer);
            }
        }
    }
}

impl Pace {
    /// Bytes were read under a limit.
    fn spend(&mut self, now: Instant, limit: ByteRate, bytes: u64) {
        let Some(rate) = limit else {
            *self = Self::default();
            return;
        };
        let time = |bytes: u64| {
            let nanos = u128::from(bytes) * 1_000_000_000 / u128::from(rate.get());
            Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
        };
        // Before the node started there is nothing to be had.
        let earliest = now.checked_sub(time(BURST)).unwrap_or(now);
        self.0 = Some(self.0.map_or(earliest, |at| at.max(earliest)) + time(bytes));
    }
}
