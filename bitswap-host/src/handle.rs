//! The handle of a node to its running host.

use std::sync::Arc;
use std::time::Duration;

use bitswap_net::cause::of_dial;
use bitswap_net::{Filter, Provider};
use bitswap_store::Multihash;
use cid::Cid;
use libp2p::kad::RecordKey;
use libp2p::swarm::DialError;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{sleep, timeout};

use super::nat::Reachability;
use super::peers::PeerView;
use super::persistent_peers::Lease;
use crate::cause;
use crate::counts::AnnounceCounts;

/// Time within which a dial has to succeed. A slow machine on the same continent connects sooner.
const DIAL_TIMEOUT: Duration = Duration::from_secs(10);
/// Before a dial that failed in a way that passes is tried again; each further pause is twice as
/// long, up to the last one.
const PAUSES: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(2)];

/// A handle to a running host, which ends when the handle is dropped.
#[derive(Debug)]
pub struct HostHandle {
    pub(super) commands: mpsc::Sender<HostCommand>,
    pub(super) addresses: watch::Receiver<Vec<Multiaddr>>,
    pub(super) reachability: watch::Receiver<Reachability>,
}

/// Announces in the DHTs what a node has. It does not keep the host running.
#[derive(Clone)]
pub struct Announcer {
    commands: mpsc::WeakSender<HostCommand>,
    counts: AnnounceCounts,
    filter: Arc<dyn Filter>,
}

/// A command to a host.
#[derive(Debug)]
pub(super) enum HostCommand {
    Dial { address: Multiaddr, done: oneshot::Sender<Result<(), NotDialled>> },
    Disconnect { peer: PeerId, done: oneshot::Sender<bool> },
    StayConnected { addresses: Vec<Multiaddr>, lease: Lease },
    Peers(oneshot::Sender<Vec<PeerView>>),
    DhtPeers(oneshot::Sender<Vec<Multiaddr>>),
    Bootstrap(oneshot::Sender<Vec<bool>>),
    FindProviders(FindProviders),
    Announce(Announce),
}

/// Why a dial failed.
#[derive(Debug)]
pub(super) struct NotDialled {
    pub(super) why: String,
    /// Whether it may be otherwise a moment later.
    pub(super) passes: bool,
}

impl NotDialled {
    pub(super) fn of(error: &DialError) -> Self {
        Self { why: of_dial(error), passes: cause::passes(error) }
    }
}

/// Providers that one look-up may find, whether or not they are taken.
pub(crate) const TAKEN: usize = 256;

/// An announcement that is wanted.
#[derive(Debug)]
pub(crate) struct Announce {
    /// What this node has.
    pub(crate) key: RecordKey,
    /// How it ended.
    pub(crate) done: oneshot::Sender<Result<(), DhtError>>,
}

/// A look-up that is wanted. It is stopped when the other end of `ended` is dropped.
#[derive(Debug)]
pub(crate) struct FindProviders {
    /// What is looked for.
    pub(crate) what: Sought,
    /// How many providers are enough.
    pub(crate) most: u32,
    /// Has room for [`TAKEN`].
    pub(crate) found: mpsc::Sender<Provider>,
    /// How it ended.
    pub(crate) ended: oneshot::Sender<Result<(), DhtError>>,
}

/// What a look-up is about.
#[derive(Clone, Debug)]
pub(crate) enum Sought {
    /// Whoever provides this.
    Providers(RecordKey),
    /// Where this peer is.
    Peer(PeerId),
}

/// Why the DHTs were of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DhtError {
    /// There is nobody to ask or to tell.
    #[error("no peer of the DHT is known; name some in routing.bootstrap")]
    NobodyKnown,
    /// Those who were asked are not there.
    #[error("no peer of the DHT answered")]
    NobodyAnswered,
    /// Nobody could fetch what would be announced.
    #[error("no address of this node can be dialled by peers of the DHT")]
    Unreachable,
    /// As many as may be at once.
    #[error("{0} of its kind go on already")]
    Busy(usize),
    /// A rule of the node denies the block.
    #[error("a rule of [filter] denies it")]
    Denied,
    /// The node does not run any more.
    #[error("the node has ended")]
    Ended,
}

/// A dial that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialFailure {
    /// The address that was dialled.
    pub address: Multiaddr,
    /// The error of the network.
    pub why: String,
    /// Whether a rule of this node denies the peer: it was not even dialled.
    pub denied: bool,
}

impl HostHandle {
    /// Where the host listens now.
    pub fn addresses(&self) -> Vec<Multiaddr> {
        self.addresses.borrow().clone()
    }

    /// Whether others can connect to the host.
    pub fn reachability(&self) -> Reachability {
        *self.reachability.borrow()
    }

    /// Where the host listens, now and later.
    pub fn watch_addresses(&self) -> watch::Receiver<Vec<Multiaddr>> {
        self.addresses.clone()
    }

    /// Closes the connections to a peer; false if there are none.
    pub async fn disconnect(&self, peer: PeerId) -> bool {
        let (done, answer) = oneshot::channel();
        match self.commands.send(HostCommand::Disconnect { peer, done }).await {
            Ok(()) => answer.await.unwrap_or(false),
            Err(_) => false,
        }
    }

    /// Keeps those of the peers at these addresses that are connected, as long as the lease lives.
    pub async fn keep(&self, addresses: Vec<Multiaddr>) -> Lease {
        let lease = Lease::default();
        let command = HostCommand::StayConnected { addresses, lease: lease.clone() };
        // A host that is gone keeps nobody.
        drop(self.commands.send(command).await);
        lease
    }

    /// The connected peers; none if the host is gone.
    pub async fn peers(&self) -> Vec<PeerView> {
        self.list(HostCommand::Peers).await
    }

    /// Peers of the DHTs, with an address of each, those that are connected first; none if the host
    /// is gone.
    pub async fn dht_peers(&self) -> Vec<Multiaddr> {
        self.list(HostCommand::DhtPeers).await
    }

    /// Of each peer that leads into the DHTs, whether it was there when it was dialled last.
    pub async fn bootstrap(&self) -> Vec<bool> {
        self.list(HostCommand::Bootstrap).await
    }

    async fn list<T>(&self, command: fn(oneshot::Sender<Vec<T>>) -> HostCommand) -> Vec<T> {
        let (sender, answer) = oneshot::channel();
        // A host that is gone has dropped the other end.
        drop(self.commands.send(command(sender)).await);
        answer.await.unwrap_or_default()
    }

    /// Announces what this node has and `filter` does not deny, and counts it there.
    pub fn announcer(&self, counts: AnnounceCounts, filter: Arc<dyn Filter>) -> Announcer {
        Announcer { commands: self.commands.downgrade(), counts, filter }
    }

    /// Dials an address, again as long as that fails in a way that passes; `None` = its peer is
    /// connected.
    pub async fn dial(&self, address: Multiaddr) -> Option<DialFailure> {
        let why = match timeout(DIAL_TIMEOUT, self.dial_while_it_passes(&address)).await {
            Ok(Ok(())) => return None,
            Ok(Err(why)) => why,
            Err(_) => format!("no answer in {} s", DIAL_TIMEOUT.as_secs()),
        };
        Some(DialFailure { address, why, denied: false })
    }

    /// Dials again as long as that fails in a way that passes.
    async fn dial_while_it_passes(&self, address: &Multiaddr) -> Result<(), String> {
        let gone = || "this node is gone".to_owned();
        let [mut pause, last] = PAUSES;
        loop {
            let (done, answer) = oneshot::channel();
            let command = HostCommand::Dial { address: address.clone(), done };
            self.commands.send(command).await.map_err(|_| gone())?;
            match answer.await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(NotDialled { passes: true, .. })) if pause <= last => {
                    sleep(pause).await;
                    pause *= 2;
                }
                Ok(Err(NotDialled { why, .. })) => return Err(why),
                Err(_) => return Err(gone()),
            }
        }
    }
}

impl Announcer {
    /// Announces in the DHTs that this node has a block.
    ///
    /// # Errors
    /// Nobody was told.
    pub async fn announce(&self, hash: &Multihash) -> Result<(), DhtError> {
        if self.denies(hash) {
            self.counts.denied();
            return Err(DhtError::Denied);
        }
        let outcome = self.send(hash).await;
        self.counts.count(outcome.is_ok());
        outcome
    }

    /// Whether a block of which only the hash is known is denied, as raw bytes or as a node of
    /// dag-pb: what is announced names no codec.
    fn denies(&self, hash: &Multihash) -> bool {
        const CODECS: [u64; 2] = [0x55, 0x70];
        let is_denied = |codec| self.filter.denies_block(&Cid::new_v1(codec, *hash)).is_some();
        !self.filter.denies_nothing() && CODECS.into_iter().any(is_denied)
    }

    async fn send(&self, hash: &Multihash) -> Result<(), DhtError> {
        let (done, answer) = oneshot::channel();
        let announce = Announce { key: RecordKey::from(hash.to_bytes()), done };
        // It is not held while the answer is waited for, so that the host can end.
        let commands = self.commands.upgrade().ok_or(DhtError::Ended)?;
        let sent = commands.send(HostCommand::Announce(announce)).await;
        drop(commands);
        sent.map_err(|_| DhtError::Ended)?;
        answer.await.unwrap_or(Err(DhtError::Ended))
    }
}
