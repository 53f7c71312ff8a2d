//! Opening the addresses that a host listens on.

use std::io;
use std::net::{IpAddr, Ipv6Addr, TcpListener, UdpSocket};
use std::time::Duration;

use bitswap_net::cause::innermost;
use futures::{FutureExt as _, StreamExt as _};
use libp2p::Multiaddr;
use libp2p::core::transport::{ListenerId, TransportError};
use libp2p::multiaddr::Protocol;
use libp2p::swarm::SwarmEvent;
use tokio::time::{Instant, timeout_at};

use super::{BehaviourEvent, Host};

/// An address that a host cannot listen on. It listens on none when it is an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListenError {
    /// Somebody else has the port.
    #[error("the port of {address} is taken")]
    Taken {
        /// What was asked for.
        address: Multiaddr,
    },
    /// The system does not let us.
    #[error("{address} cannot be had: {why}")]
    Refused {
        /// What was asked for.
        address: Multiaddr,
        /// What the system said.
        why: String,
    },
    /// Neither TCP nor QUIC, or a name.
    #[error("{address} is not an address of TCP or QUIC")]
    Unsupported {
        /// What was asked for.
        address: Multiaddr,
    },
}

impl ListenError {
    /// What was asked for.
    pub const fn address(&self) -> &Multiaddr {
        match self {
            Self::Taken { address }
            | Self::Refused { address, .. }
            | Self::Unsupported { address } => address,
        }
    }

    fn of(address: Multiaddr, why: &TransportError<io::Error>) -> Self {
        match why {
            TransportError::MultiaddrNotSupported(_) => Self::Unsupported { address },
            TransportError::Other(why) => Self::Refused { address, why: innermost(why) },
        }
    }
}

impl Host {
    /// An open address is known at once, those of all interfaces a little later.
    const OPENING: Duration = Duration::from_secs(2);

    /// Peers are told that it can be reached there too.
    pub fn announce(&mut self, addresses: Vec<Multiaddr>) {
        for address in addresses.into_iter().filter(|address| !self.withheld.has(address)) {
            self.swarm.add_external_address(address);
        }
    }

    /// Listens on all of these. With `elsewhere`, a free port stands in for one that is taken, and
    /// an address that cannot be had is left out, as long as there is another; what was not got is
    /// returned.
    ///
    /// # Errors
    /// The first address that cannot be had; the host is of no use then.
    pub async fn listen(
        &mut self,
        addresses: Vec<Multiaddr>,
        elsewhere: bool,
    ) -> Result<Vec<ListenError>, ListenError> {
        let mut missed = Vec::new();
        let mut opened = 0;
        for address in addresses {
            let mut outcome = self.open(&address).await;
            if let Err(why) = outcome {
                if !elsewhere || matches!(why, ListenError::Unsupported { .. }) {
                    return Err(why);
                }
                let taken = matches!(why, ListenError::Taken { .. });
                missed.push(why);
                if !taken {
                    continue;
                }
                outcome = self.open(&on_any_port(&address)).await;
            }
            outcome?;
            opened += 1;
        }
        if opened == 0 && !missed.is_empty() {
            return Err(missed.swap_remove(0));
        }
        Ok(missed)
    }

    /// Listens on one address, and waits until it is known where that is.
    async fn open(&mut self, address: &Multiaddr) -> Result<(), ListenError> {
        if is_taken(address) {
            return Err(ListenError::Taken { address: address.clone() });
        }
        let listener = self
            .swarm
            .listen_on(address.clone())
            .map_err(|why| ListenError::of(address.clone(), &why))?;
        let deadline = Instant::now() + Self::OPENING;
        while !self.hears_on(listener) {
            // For all interfaces there may be none yet.
            let Ok(event) = timeout_at(deadline, self.swarm.select_next_some()).await else {
                break;
            };
            if let SwarmEvent::ListenerClosed { listener_id, reason: Err(why), .. } = &event
                && *listener_id == listener
            {
                let why = innermost(why);
                return Err(ListenError::Refused { address: address.clone(), why });
            }
            self.notice(event);
        }
        // An address for all interfaces is several.
        while let Some(event) = self.swarm.select_next_some().now_or_never() {
            self.notice(event);
        }
        Ok(())
    }

    /// Takes note of addresses that opened and closed.
    #[expect(clippy::wildcard_enum_match_arm, reason = "what else happens is not for here")]
    pub(super) fn notice_listening(&mut self, event: &SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::NewListenAddr { listener_id, address } => {
                self.listening.push((*listener_id, address.clone()));
            }
            SwarmEvent::ExpiredListenAddr { listener_id, address } => {
                self.swarm.remove_external_address(address);
                self.listening.retain(|(id, open)| id != listener_id || open != address);
            }
            SwarmEvent::ListenerClosed { listener_id, addresses, reason } => {
                self.listener_closed(*listener_id, addresses, reason);
            }
            SwarmEvent::ExternalAddrConfirmed { address } if self.withheld.has(address) => {
                self.swarm.remove_external_address(address);
            }
            SwarmEvent::ExternalAddrConfirmed { .. } | SwarmEvent::ExternalAddrExpired { .. } => {}
            _ => return,
        }
        self.offer();
        self.update_reach();
        self.addresses.send_replace(self.reachable_at());
    }

    fn listener_closed(
        &mut self,
        listener: ListenerId,
        addresses: &[Multiaddr],
        reason: &Result<(), io::Error>,
    ) {
        let was_relay = self.relays.closed(listener);
        if !was_relay {
            tracing::warn!(?addresses, ?reason, "the node no longer listens there");
        }
        self.listening.retain(|(id, _)| *id != listener);
    }

    /// The open addresses, and those at which others were told or found that this node can be
    /// reached, with its peer id.
    fn reachable_at(&self) -> Vec<Multiaddr> {
        let us = *self.swarm.local_peer_id();
        let open = self.listening.iter().map(|(_, address)| address);
        let mut all: Vec<Multiaddr> = Vec::new();
        for address in open.chain(self.swarm.external_addresses()) {
            let full = address.clone().with_p2p(us).unwrap_or_else(|other| other);
            if !all.contains(&full) {
                all.push(full);
            }
        }
        all
    }

    fn hears_on(&self, listener: ListenerId) -> bool {
        self.listening.iter().any(|(open, _)| *open == listener)
    }
}

/// Whether somebody listens on this port already. libp2p would share one of TCP with every program
/// of the same user that shares too, other nodes above all, and each connection would come to one
/// of them at random.
fn is_taken(address: &Multiaddr) -> bool {
    let mut parts = address.iter();
    let Some(host) = parts.next().and_then(|part| host(&part)) else { return false };
    let part = parts.next();
    let tried = if let Some(Protocol::Tcp(port @ 1..)) = part {
        TcpListener::bind((host, port)).map(drop)
    } else if let Some(Protocol::Udp(port @ 1..)) = part {
        UdpSocket::bind((host, port)).map(drop)
    } else {
        return false;
    };
    tried.is_err_and(|why| why.kind() == io::ErrorKind::AddrInUse)
}

/// Where a listener would clash with the one that is wanted.
fn host(part: &Protocol<'_>) -> Option<IpAddr> {
    if let Protocol::Ip4(host) = *part {
        Some(IpAddr::V4(host))
    } else if let Protocol::Ip6(host) = *part {
        // A listener for all of IPv6 made by the standard library would want IPv4's port too.
        Some(IpAddr::V6(if host.is_unspecified() { Ipv6Addr::LOCALHOST } else { host }))
    } else {
        None
    }
}

fn on_any_port(address: &Multiaddr) -> Multiaddr {
    let any = |part| {
        if let Protocol::Tcp(_) = part {
            Protocol::Tcp(0)
        } else if let Protocol::Udp(_) = part {
            Protocol::Udp(0)
        } else {
            part
        }
    };
    address.iter().map(any).collect()
}
