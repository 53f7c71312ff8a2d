//! What a node holds of its running host.

use std::time::Duration;

use futures::future::join_all;
use libp2p::Multiaddr;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use super::peers::PeerView;

/// A slow machine on the same continent connects sooner.
const PATIENCE: Duration = Duration::from_secs(10);

/// Drives a host; it ends when this is dropped.
#[derive(Debug)]
pub(in crate::node) struct Reins {
    pub(super) orders: mpsc::Sender<Order>,
    pub(super) addresses: watch::Receiver<Vec<Multiaddr>>,
}

/// What a host is asked.
#[derive(Debug)]
pub(super) enum Order {
    Dial { address: Multiaddr, done: oneshot::Sender<Result<(), String>> },
    Peers(oneshot::Sender<Vec<PeerView>>),
}

/// A peer that could not be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Where it was tried.
    pub(crate) address: Multiaddr,
    /// What the network said.
    pub(crate) why: String,
}

impl Reins {
    /// Where the host listens now.
    pub(in crate::node) fn addresses(&self) -> Vec<Multiaddr> {
        self.addresses.borrow().clone()
    }

    /// Dials all of these at once; those that failed come back in order.
    pub(in crate::node) async fn connect(&self, peers: Vec<Multiaddr>) -> Vec<Refusal> {
        let dials = peers.into_iter().map(|address| self.dial(address));
        join_all(dials).await.into_iter().flatten().collect()
    }

    /// Who is connected; nobody, if the host is gone.
    pub(in crate::node) async fn peers(&self) -> Vec<PeerView> {
        let (sender, answer) = oneshot::channel();
        match self.orders.send(Order::Peers(sender)).await {
            Ok(()) => answer.await.unwrap_or_default(),
            Err(_) => Vec::new(),
        }
    }

    async fn dial(&self, address: Multiaddr) -> Option<Refusal> {
        let (done, answer) = oneshot::channel();
        let order = Order::Dial { address: address.clone(), done };
        let dial = async {
            self.orders.send(order).await.ok()?;
            answer.await.ok()
        };
        let why = match timeout(PATIENCE, dial).await {
            Ok(Some(Ok(()))) => return None,
            Ok(Some(Err(why))) => why,
            Ok(None) => "this node is gone".to_owned(),
            Err(_) => format!("no answer in {} s", PATIENCE.as_secs()),
        };
        Some(Refusal { address, why })
    }
}
