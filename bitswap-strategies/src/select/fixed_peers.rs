//! Asks the peers that the operator lists, the first one first, and nobody else.

use std::collections::BTreeSet;

use bitswap_core::PeerKey;
use bitswap_core::strategy::{
    Ask, Asks, Ctx, EventMask, PeerSelector, Presence, SessionView, StrategyEvent,
};

use crate::catalog::{Configured, ListedPeers, PeerList};
use crate::draw;

parameters! {
    /// What `fixed-peers` can be told.
    pub struct Params {
        /// The peers that are asked, the best first.
        peers: PeerList = PeerList::NONE, within PeerList::NONE..=PeerList::Any;
        /// Whether the other listed peers are asked at the same time whether they have the block.
        probe: bool = false, within false..=true;
        /// Whether nobody else is asked when all that are listed lack a block.
        strict: bool = true, within false..=true;
    }
}

/// For gateways with known sources and for private networks: the first listed peer that is
/// connected and has not said DONT_HAVE is asked for the block, member or not; a time-out counts as
/// DONT_HAVE. Together with the finder `never`, nobody else learns what is wanted.
#[derive(Debug)]
pub struct FixedPeers {
    peers: ListedPeers,
    probe: bool,
    strict: bool,
    connected: BTreeSet<PeerKey>,
}

impl Configured for FixedPeers {
    type Params = Params;

    fn new(params: Params) -> Self {
        let Params { peers, probe, strict } = params;
        Self { peers: ListedPeers::new(peers), probe, strict, connected: BTreeSet::new() }
    }
}

impl PeerSelector for FixedPeers {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let connected = &self.connected;
        let listed: Vec<PeerKey> =
            self.peers.keys(ctx).iter().copied().filter(|peer| connected.contains(peer)).collect();
        for (row, want) in session.wants.iter().enumerate() {
            let presence = |peer: PeerKey| {
                let column = session.peers.iter().position(|member| member.peer == peer);
                column.map_or(Presence::Unknown, |column| session.presence(row, column))
            };
            let mut able = listed.iter().filter(|peer| presence(**peer) != Presence::DontHave);
            let Some(first) = able.next() else {
                if !self.strict {
                    ask_any(ctx, session, row, asks);
                }
                continue;
            };
            asks.push(Ask::block(want.want, *first, "listed"));
            for other in able.filter(|peer| self.probe && presence(**peer) == Presence::Unknown) {
                asks.push(Ask::have(want.want, *other, "listed, too"));
            }
        }
    }

    fn asks_outsiders(&self) -> bool {
        true
    }

    fn observe(&mut self, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
        if let StrategyEvent::PeerConnected { peer } = event {
            if self.peers.keys(ctx).contains(peer) {
                self.connected.insert(*peer);
            }
        } else if let StrategyEvent::PeerDisconnected { peer } = event {
            self.connected.remove(peer);
        }
    }

    fn events(&self) -> EventMask {
        EventMask::PEER_CONNECTED | EventMask::PEER_DISCONNECTED
    }
}

/// Asks a member drawn from those that most likely have the want.
fn ask_any(ctx: &mut Ctx<'_>, session: &SessionView<'_>, row: usize, asks: &mut Asks) {
    let drawn = draw::likely_holder(ctx.chance(), session, row, |_, _| 1);
    if let Some((want, (_, peer, _))) = session.wants.get(row).zip(drawn) {
        asks.push(Ask::block(want.want, peer, "not listed"));
    }
}

#[cfg(test)]
mod tests;
