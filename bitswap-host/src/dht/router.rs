//! The DHTs as a content router.

use std::sync::OnceLock;

use async_trait::async_trait;
use bitswap_net::{ContentRouter, Found};
use cid::Cid;
use libp2p::kad::RecordKey;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::{mpsc, oneshot};

use crate::handle::{DhtError, FindProviders, HostCommand, Sought, TAKEN};

/// Looks providers up in the DHTs of a host, once there is one.
#[derive(Debug, Default)]
pub struct DhtRouter {
    /// The host ends when its handle is dropped, whoever else knows it.
    host: OnceLock<mpsc::WeakSender<HostCommand>>,
}

impl DhtRouter {
    /// A host runs; the first one counts.
    pub(crate) fn connect(&self, host: mpsc::WeakSender<HostCommand>) {
        drop(self.host.set(host));
    }

    /// Where a peer is, as far as the DHTs know; nothing if they do not.
    ///
    /// # Errors
    /// Nobody could be asked.
    pub async fn find_peer(&self, peer: PeerId) -> Result<Vec<Multiaddr>, DhtError> {
        let (found, mut taken) = mpsc::channel(TAKEN);
        let (ended, end) = oneshot::channel();
        let what = Sought::Peer(peer);
        if !self.ask(FindProviders { what, most: 1, found, ended }).await {
            return Err(DhtError::Ended);
        }
        let mut addresses = Vec::new();
        while let Some(provider) = taken.recv().await {
            addresses.extend(provider.addresses);
        }
        end.await.unwrap_or(Err(DhtError::Ended)).map(|()| addresses)
    }

    /// Hands a look-up to the host; false if there is none.
    async fn ask(&self, wanted: FindProviders) -> bool {
        match self.host.get().and_then(mpsc::WeakSender::upgrade) {
            Some(host) => host.send(HostCommand::FindProviders(wanted)).await.is_ok(),
            None => false,
        }
    }
}

#[async_trait]
impl ContentRouter for DhtRouter {
    async fn find(&self, cid: &Cid, found: Found) {
        let (providers, mut taken) = mpsc::channel(TAKEN);
        let (ended, end) = oneshot::channel();
        let what = Sought::Providers(RecordKey::from(cid.hash().to_bytes()));
        if !self.ask(FindProviders { what, most: found.most(), found: providers, ended }).await {
            found.fail(&"the node does not run");
            return;
        }
        while let Some(provider) = taken.recv().await {
            if !found.push(provider).await {
                return;
            }
        }
        match end.await {
            Ok(Ok(())) => {}
            Ok(Err(why)) => found.fail(&why),
            Err(_) => found.fail(&"the node has ended"),
        }
    }

    async fn locate(&self, peer: &PeerId) -> Vec<Multiaddr> {
        self.find_peer(*peer).await.unwrap_or_default()
    }
}
