//! The table of connected peers: capabilities, requests, message queues and ledger accounts.

mod copies;
mod delivery;
mod messages;
pub(crate) mod paced;
mod peer_send;
pub(crate) mod rate_limits;
pub(crate) mod relayed;
mod request;
mod requests;
#[cfg(test)]
mod tests;
mod timeouts;
mod window;

use std::collections::BTreeSet;
use std::time::Duration;

use cid::{Cid, Version};
use libp2p_identity::PeerId;

use crate::config::EngineConfig;
use crate::ids::{CidKey, PeerKey, SessionId};
use crate::ledger::Ledger;
use crate::limits::Limits;
use crate::map::Table;
use crate::queues::{Bounds, MessageQueue};
use crate::smoothed::BlockSizes;
use crate::strategy::{Account, PeerClass};
use crate::time::Timestamp;
use crate::wire::{PeerCapabilities, ProtocolVersion, WantKind};
use delivery::Deliveries;
use messages::Outbox;
use relayed::PeerRelay;
use window::Window;

pub(crate) use copies::Copies;
pub(crate) use peer_send::PeerSend;
pub(crate) use request::{Request, State};
pub(crate) use requests::{PeerRequests, Task};
pub(crate) use timeouts::PeerTimeouts;

/// A connected peer.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) id: PeerId,
    pub(crate) capabilities: PeerCapabilities,
    /// Who it is to this node, and whether it is in the same local network.
    pub(crate) class: PeerClass,
    pub(crate) is_local: bool,
    pub(crate) connected_since: Timestamp,
    pub(crate) round_trip: Option<Duration>,
    /// Whether it ever sent us a wanted block, or a HAVE since it connected.
    pub(crate) useful: bool,
    /// When it last sent us a wanted block.
    pub(crate) fed_us_at: Option<Timestamp>,
    /// What it is asked for, and how much that may be.
    pub(crate) window: Window,
    /// How long its blocks are.
    pub(crate) sizes: BlockSizes,
    /// The session whose turn it last was to ask it for more.
    pub(crate) last_turn: SessionId,
    /// Bytes of the blocks that it has queued for us, as its last message said.
    pub(crate) queued_for_us: u32,
    pub(crate) deliveries: Deliveries,
    /// When it reconnected, if it was connected before.
    pub(crate) returned_at: Option<Timestamp>,
    /// Wants that it was asked for, or is scheduled to be asked for.
    pub(crate) asked: Table<CidKey, ()>,
    /// Sessions of which it is a member, or that distrust it.
    pub(crate) sessions: BTreeSet<SessionId>,
    pub(crate) timeouts: PeerTimeouts,
    queue: MessageQueue,
    /// How many wants of its it knows that we remember; 0 = it may not have heard.
    told_room: u32,
    /// Its requests.
    pub(crate) requests: PeerRequests,
    /// What is relayed for it, and what it is asked for requesters.
    pub(crate) relay: PeerRelay,
    /// Whether the outbox has noted that the peer may have something queued.
    is_marked: bool,
}

impl Peer {
    /// Whether it sent us a wanted block after `at`: then it probably had no room to remember an
    /// ask that it did not answer.
    pub(crate) fn feeds_since(&self, at: Timestamp) -> bool {
        self.fed_us_at > Some(at)
    }

    /// Whether it was sent a want of this kind or a stronger one, of either origin, and has it.
    pub(crate) fn has_sent(&self, key: CidKey, kind: WantKind) -> bool {
        self.queue.wants.has_sent(key, kind)
    }

    /// The peer lacks a block; whether it was sent no more than a want-have.
    pub(crate) fn lacked(&mut self, key: CidKey) -> bool {
        self.queue.wants.lacked(key)
    }
}

/// All connected peers that speak Bitswap.
#[derive(Debug)]
pub(crate) struct Peers {
    connected: Table<PeerKey, Peer>,
    outbox: Outbox,
    /// Number of peers whose protocol has no want-have.
    without_have: usize,
    /// The ledger, also of peers that are disconnected.
    pub(crate) ledger: Ledger,
}

impl Peers {
    pub(crate) fn new(config: &EngineConfig) -> Self {
        let (limits, tuning) = (&config.limits, &config.tuning);
        let bounds = Bounds {
            entries: limits.message_entries,
            block_bytes: limits.message_bytes,
            presences: limits.presences_per_peer,
            wants: limits.wants_per_peer.min(Limits::WANTS_REMEMBERED),
            coalesce: [tuning.coalesce_least, tuning.coalesce_most],
            coalesced: tuning.coalesce_entries,
        };
        Self {
            connected: Table::default(),
            without_have: 0,
            outbox: Outbox::new(bounds),
            ledger: Ledger::new(limits.accounts, tuning.clone()),
        }
    }

    /// Adds a connected peer.
    pub(crate) fn connect(
        &mut self,
        now: Timestamp,
        key: PeerKey,
        id: PeerId,
        capabilities: PeerCapabilities,
    ) {
        let peer = Peer {
            id,
            capabilities,
            class: PeerClass::default(),
            is_local: false,
            connected_since: now,
            round_trip: None,
            useful: self.ledger.account(key).is_some_and(|it| it.received_from > 0),
            fed_us_at: None,
            window: Window::default(),
            sizes: BlockSizes::default(),
            last_turn: SessionId::default(),
            queued_for_us: 0,
            deliveries: Deliveries::default(),
            returned_at: None,
            asked: Table::default(),
            sessions: BTreeSet::new(),
            timeouts: PeerTimeouts::default(),
            queue: MessageQueue::new(capabilities, &self.outbox.bounds),
            told_room: Limits::WANTS_REMEMBERED as u32,
            requests: PeerRequests::default(),
            relay: PeerRelay::default(),
            is_marked: false,
        };
        let known = self.connected.or_insert_with(key, || peer);
        self.outbox.mark(key, known);
        self.without_have += usize::from(!capabilities.protocol.has_presences());
    }

    /// Number of peers whose protocol has no want-have.
    pub(crate) const fn without_have(&self) -> usize {
        self.without_have
    }

    /// Removes a peer and everything about it but its ledger account.
    pub(crate) fn disconnect(&mut self, key: PeerKey) -> Option<Peer> {
        self.outbox.forget(key);
        let gone = self.connected.remove(&key)?;
        self.without_have -= usize::from(!gone.capabilities.protocol.has_presences());
        Some(gone)
    }

    /// Changes the capabilities of a peer, and sends it the whole wantlist again. False if it is
    /// not connected.
    pub(crate) fn change(&mut self, key: PeerKey, capabilities: PeerCapabilities) -> bool {
        let Some(known) = self.connected.get_mut(&key) else {
            return false;
        };
        let before = std::mem::replace(&mut known.capabilities, capabilities);
        self.without_have -= usize::from(!before.protocol.has_presences());
        self.without_have += usize::from(!capabilities.protocol.has_presences());
        known.queue.change(capabilities);
        self.outbox.mark(key, known);
        true
    }

    /// Sets the round-trip time of a peer. False if it is not connected.
    pub(crate) fn measured(&mut self, key: PeerKey, round_trip: Duration) -> bool {
        let Some(known) = self.connected.get_mut(&key) else {
            return false;
        };
        known.round_trip = Some(round_trip);
        known.queue.measured(round_trip, &self.outbox.bounds);
        true
    }

    pub(crate) fn get(&self, key: PeerKey) -> Option<&Peer> {
        self.connected.get(&key)
    }

    pub(crate) fn get_mut(&mut self, key: PeerKey) -> Option<&mut Peer> {
        self.connected.get_mut(&key)
    }

    /// The account of a peer, with what is going on with it now.
    pub(crate) fn account(&self, key: PeerKey) -> Option<Account> {
        let account = self.ledger.account(key)?.clone();
        let Some(peer) = self.get(key) else {
            return Some(account);
        };
        Some(Account {
            class: peer.class,
            is_local: peer.is_local,
            connected_since: Some(peer.connected_since),
            wants_from_us: peer.requests.len() as u32,
            asked_of: peer.asked.len() as u32,
            pending_bytes: peer.requests.task_bytes,
            in_flight_bytes_to: peer.requests.in_flight_bytes,
            ..account
        })
    }

    /// Whether anything but its account is known of a peer; for the engine's own checks.
    pub(crate) fn knows(&self, key: PeerKey) -> bool {
        self.contains(key) || self.outbox.knows(key)
    }

    /// The requests of a peer.
    pub(crate) fn requests(&self, key: PeerKey) -> Option<&PeerRequests> {
        Some(&self.get(key)?.requests)
    }

    pub(crate) fn requests_mut(&mut self, key: PeerKey) -> Option<&mut PeerRequests> {
        Some(&mut self.get_mut(key)?.requests)
    }

    /// One request of a peer.
    pub(crate) fn request(&self, key: PeerKey, want: CidKey) -> Option<&Request> {
        self.requests(key)?.get(want)
    }

    /// Changes a request, if it is there; its state is only changed by the server half.
    pub(crate) fn change_request<T>(
        &mut self,
        key: PeerKey,
        want: CidKey,
        change: impl FnOnce(&mut Request) -> T,
    ) -> Option<T> {
        self.requests_mut(key)?.change(want, change)
    }

    pub(crate) fn contains(&self, key: PeerKey) -> bool {
        self.connected.contains(&key)
    }

    pub(crate) fn len(&self) -> usize {
        self.connected.len()
    }

    /// All connected peers, in the table's order.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (PeerKey, &Peer)> {
        self.connected.iter().map(|(key, peer)| (*key, peer))
    }

    /// All connected peers with their keys, to change.
    pub(crate) fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (PeerKey, &mut Peer)> {
        self.connected.iter_mut().map(|(key, peer)| (*key, peer))
    }
}

/// Whether the protocol version has wants of this kind for this CID.
pub(crate) fn can_carry(protocol: ProtocolVersion, cid: &Cid, kind: WantKind) -> bool {
    let answerable = protocol.has_prefixes() || cid.version() == Version::V0;
    answerable && (kind == WantKind::Block || protocol.has_presences())
}
