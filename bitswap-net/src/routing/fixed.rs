//! A fixed list of peers.

use async_trait::async_trait;
use cid::Cid;
use libp2p::PeerId;

use super::{ContentRouter, Found, Provider};

/// Names the same peers for every block: those of a private network, or of a command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FixedRouter {
    providers: Vec<Provider>,
}

impl FixedRouter {
    /// Any of these may have anything.
    pub const fn new(providers: Vec<Provider>) -> Self {
        Self { providers }
    }
}

#[async_trait]
impl ContentRouter for FixedRouter {
    async fn find(&self, _cid: &Cid, found: Found) {
        for provider in &self.providers {
            if !found.push(provider.clone()).await {
                return;
            }
        }
    }

    fn finds_nobody(&self) -> bool {
        self.providers.is_empty()
    }

    fn vouches_for(&self, peer: &PeerId) -> bool {
        self.providers.iter().any(|provider| provider.peer == *peer)
    }
}
