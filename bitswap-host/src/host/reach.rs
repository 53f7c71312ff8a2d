//! Whether others reach this node, and the relays behind which it stands while they do not.

use bitswap_net::AddressReach;
use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

use super::Host;
use crate::addresses::is_circuit;
use crate::nat::{NatEvent, Reachability};

impl Host {
    /// Takes note of whether this node can be reached.
    pub(super) fn notice_reach(&mut self, event: &NatEvent) {
        match event {
            NatEvent::Autonat(tried) => self.unreached |= tried.result.is_err(),
            NatEvent::HolePunching(punched) => self.counts.punched(punched.result.is_ok()),
            #[cfg(feature = "upnp")]
            NatEvent::Upnp(_) => {}
            NatEvent::Relay(_) | NatEvent::RelayServer(_) | NatEvent::AutonatServer(_) => {}
        }
        self.update_reach();
    }

    /// Whoever helps others says by that that it can be reached where it listens, which its guests
    /// have to be told: on this machine only if it listens nowhere else.
    pub(super) fn offer(&mut self) {
        if !self.serves {
            return;
        }
        let open = self.listening.iter().map(|(_, address)| address);
        let open = open.filter(|address| !self.withheld.has(address));
        let (here, outside): (Vec<_>, Vec<_>) = open.cloned().partition(is_loopback);
        let (offered, hidden) = if outside.is_empty() { (here, outside) } else { (outside, here) };
        for address in hidden {
            self.swarm.remove_external_address(&address);
        }
        for address in offered {
            self.swarm.add_external_address(address);
        }
    }

    /// Has to be called when other addresses of this node are confirmed, or one no more.
    pub(super) fn update_reach(&mut self) {
        let is_direct = |address: &&Multiaddr| !is_circuit(address);
        let is_public = self.swarm.external_addresses().filter(is_direct).any(is_public);
        let reachability = match (is_public, self.unreached) {
            (true, _) => Reachability::Public,
            (false, true) => Reachability::Private,
            (false, false) => Reachability::Unknown,
        };
        let is_news = self
            .reachability
            .send_if_modified(|known| std::mem::replace(known, reachability) != reachability);
        if is_news {
            tracing::info!(
                reachability = reachability.name(),
                "whether others can reach this node"
            );
            self.counts.reached(is_public);
            self.reserve();
        }
    }

    /// Asks relays for a place if this node needs some, and leaves them if it does not.
    pub(crate) fn reserve(&mut self) {
        let reachability = *self.reachability.borrow();
        if reachability == Reachability::Public {
            for (listener, _) in std::mem::take(&mut self.relays.used) {
                self.swarm.remove_listener(listener);
            }
        }
        while let Some((peer, address)) = self.relays.next(reachability) {
            match self.swarm.listen_on(address) {
                Ok(listener) => self.relays.used.push((listener, peer)),
                Err(why) => tracing::debug!(%peer, %why, "no relay"),
            }
        }
    }
}

fn is_loopback(address: &Multiaddr) -> bool {
    match address.iter().next() {
        Some(Protocol::Ip4(ip)) => ip.is_loopback(),
        Some(Protocol::Ip6(ip)) => ip.is_loopback(),
        _ => false,
    }
}

fn is_public(address: &Multiaddr) -> bool {
    AddressReach::of(address) == AddressReach::Public
}
