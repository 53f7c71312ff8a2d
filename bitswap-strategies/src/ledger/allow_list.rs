//! Serves the peers that the operator lists, and no other.

use bitswap_core::strategy::{Account, Admission, Ctx, LedgerPolicy, RequestView, Weight};

use crate::catalog::{Configured, ListedPeers, PeerList};

parameters! {
    /// What `allow-list` can be told.
    pub struct Params {
        /// The peers that are served.
        allow: PeerList = PeerList::Any, within PeerList::NONE..=PeerList::Any;
        /// Peers that are not served although they are allowed.
        deny: PeerList = PeerList::NONE, within PeerList::NONE..=PeerList::Any;
    }
}

/// A peer is served if it is in `allow` and not in `deny`; all that are served weigh alike. By
/// default everybody is.
#[derive(Debug)]
pub struct AllowList {
    allow: ListedPeers,
    deny: ListedPeers,
}

impl Configured for AllowList {
    type Params = Params;

    fn new(params: Params) -> Self {
        Self { allow: ListedPeers::new(params.allow), deny: ListedPeers::new(params.deny) }
    }
}

impl LedgerPolicy for AllowList {
    fn weigh(&mut self, ctx: &mut Ctx<'_>, _: &Account) -> Weight {
        ctx.because("all alike");
        Weight::ONE
    }

    fn admit(&mut self, ctx: &mut Ctx<'_>, account: &Account, _: &RequestView) -> Admission {
        if self.deny.contains(ctx, account.peer) {
            return Admission::Refuse { reason: "denied" };
        }
        if self.allow.contains(ctx, account.peer) {
            return Admission::Serve { reason: "allowed" };
        }
        Admission::Refuse { reason: "not allowed" }
    }
}

#[cfg(test)]
mod tests;
