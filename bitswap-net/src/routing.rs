//! Where providers are looked up: the trait, and what every node can do without a network of its
//! own.

mod combined;
#[cfg(feature = "delegated-routing")]
mod delegated;
mod fixed;
mod none;
mod query;
mod reach;

use std::fmt::Display;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use cid::Cid;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::mpsc;

pub use self::combined::{CombinedRouter, RouterEvent, RouterEvents, RouterFinding};
#[cfg(feature = "delegated-routing")]
pub use self::delegated::{
    DelegatedOptions, DelegatedRouter, DelegatedRouterError, Endpoint, EndpointError, TextError,
};
pub use self::fixed::FixedRouter;
pub use self::none::NoRouter;
pub use self::query::QueryOutcome;
pub use self::reach::AddressReach;

pub(crate) use self::query::Query;

/// Finds out who may have a block: a DHT, a delegated router, a fixed list.
///
/// The driver asks: it merges equal questions, bounds their number and their time, and dials
/// nobody before the engine says so.
///
/// ```
/// use bitswap_net::{ContentRouter, Found, Provider};
///
/// /// Sends everybody to one peer.
/// struct Oracle(Provider);
///
/// #[async_trait::async_trait]
/// impl ContentRouter for Oracle {
///     async fn find(&self, _cid: &cid::Cid, found: Found) {
///         found.push(self.0.clone()).await;
///     }
/// }
/// ```
#[async_trait]
pub trait ContentRouter: Send + Sync + 'static {
    /// Pushes providers of `cid` into `found` as they turn up; returns when there are no more to
    /// come, or when [`Found::push`] says that no more are wanted.
    ///
    /// It may be dropped at any await point, when its time is over or nobody waits any more. A
    /// router that cannot look answers with nothing.
    async fn find(&self, cid: &Cid, found: Found);

    /// Where `peer` is, as addresses that can be dialled; none if it does not know. Asked when none
    /// of the addresses that its record named leads to a provider: addresses change more often than
    /// records do. It may be dropped at any await point.
    async fn locate(&self, _peer: &PeerId) -> Vec<Multiaddr> {
        Vec::new()
    }

    /// Whether it never finds anybody, so that nobody need wait for it.
    fn finds_nobody(&self) -> bool {
        false
    }

    /// Whether the user named this peer, so that it is dialled again however often that failed.
    fn vouches_for(&self, _peer: &PeerId) -> bool {
        false
    }

    /// What each router behind this one did so far, for metrics; the routers stay the same while
    /// it lives.
    fn stats(&self) -> Vec<RouterStats> {
        Vec::new()
    }
}

/// What one router did so far.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RouterStats {
    /// The name that the router was given.
    pub router: Arc<str>,
    /// Look-ups that it was asked for.
    pub lookups: u64,
    /// Providers that it found and that no other router had found before.
    pub providers: u64,
    /// Look-ups that ended with an error.
    pub failures: u64,
    /// Look-ups that were not over within their time.
    pub timeouts: u64,
    /// Why the last look-up did not come to its end; `None` = it did.
    pub last_error: Option<Arc<str>>,
}

/// Somebody who may have a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// The peer.
    pub peer: PeerId,
    /// Where it may be reached; may be empty if the swarm knows.
    pub addresses: Vec<Multiaddr>,
}

/// Where a router puts what it finds.
#[derive(Debug)]
pub struct Found {
    providers: mpsc::Sender<Provider>,
    most: u32,
    failure: Arc<OnceLock<String>>,
}

impl Found {
    /// How many providers are enough.
    pub const fn most(&self) -> u32 {
        self.most
    }

    /// Hands a provider over; false if no more are wanted.
    pub async fn push(&self, provider: Provider) -> bool {
        self.providers.send(provider).await.is_ok()
    }

    /// Says that the router could not look, or not to the end, and why. The first reason counts;
    /// providers that were pushed stay found.
    pub fn fail(&self, why: &dyn Display) {
        self.failure.get_or_init(|| why.to_string());
    }
}
