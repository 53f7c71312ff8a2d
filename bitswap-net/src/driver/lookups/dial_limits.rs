//! How often what routers name is dialled. Their records may be anybody's lie: without a limit, a
//! thousand of them with one victim's address would have this node dial there a thousand times.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;

use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

use crate::routing::{AddressReach, Provider};
use crate::tokio_clock::TokioClock;

/// Peers that are dialled at one host in a minute.
const PER_HOST: NonZeroU32 = NonZeroU32::new(4).unwrap();
/// Peers that are dialled in one network of hosts in a minute: as many addresses as one owner
/// easily has.
const PER_NETWORK: NonZeroU32 = NonZeroU32::new(32).unwrap();
/// Hosts and networks that are remembered. With more of them in a minute, no other is dialled.
const MOST_TARGETS: usize = 4_096;

type Limiter = RateLimiter<Target, HashMapStateStore<Target>, TokioClock, NoOpMiddleware<Nanos>>;

/// The dials of the last minute, by host and by network.
pub(super) struct DialLimits {
    hosts: Limiter,
    networks: Limiter,
    refused: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Target {
    Ip(IpAddr),
    Name(String),
}

impl Default for DialLimits {
    fn default() -> Self {
        let limiter = |quota| RateLimiter::hashmap_with_clock(quota, TokioClock::start());
        Self {
            hosts: limiter(Quota::per_minute(PER_HOST)),
            networks: limiter(Quota::per_minute(PER_NETWORK)),
            refused: 0,
        }
    }
}

impl DialLimits {
    /// Takes away the addresses of a provider at hosts that were dialled enough; false if none of
    /// its addresses is left. Each host counts once, at however many addresses there the peer is.
    /// Addresses of this machine and of private networks have no limit: only a router that is
    /// itself in such a network names them.
    pub(super) fn permit(&mut self, provider: &mut Provider) -> bool {
        let had_any = !provider.addresses.is_empty();
        let mut judged: HashMap<Target, bool> = HashMap::new();
        provider.addresses.retain(|address| {
            if AddressReach::of(address) != AddressReach::Public {
                return true;
            }
            let Some(host) = Target::of(address) else { return true };
            *judged.entry(host).or_insert_with_key(|host| self.take(host))
        });
        let is_left = !had_any || !provider.addresses.is_empty();
        self.refused += u64::from(!is_left);
        is_left
    }

    /// Providers that were not dialled so far.
    pub(super) const fn refused(&self) -> u64 {
        self.refused
    }

    /// Counts a dial; false if it would be one too many.
    fn take(&self, host: &Target) -> bool {
        counted(&self.hosts, host)
            && host.network().is_none_or(|network| counted(&self.networks, &network))
    }
}

/// Counts a dial of `target`; false if it would be one too many, or if there are too many targets
/// to count.
fn counted(limiter: &Limiter, target: &Target) -> bool {
    if limiter.len() >= MOST_TARGETS {
        limiter.retain_recent();
    }
    limiter.len() < MOST_TARGETS && limiter.check_key(target).is_ok()
}

impl Target {
    /// The host of an address.
    fn of(address: &Multiaddr) -> Option<Self> {
        let first = address.iter().next()?;
        if let Protocol::Ip4(ip) = first {
            Some(Self::Ip(ip.into()))
        } else if let Protocol::Ip6(ip) = first {
            Some(Self::Ip(ip.to_canonical()))
        } else if let Protocol::Dns(name)
        | Protocol::Dns4(name)
        | Protocol::Dns6(name)
        | Protocol::Dnsaddr(name) = first
        {
            Some(Self::Name(name.trim_end_matches('.').to_ascii_lowercase()))
        } else {
            None
        }
    }

    /// The hosts around it that probably have the same owner: a /24 or /56.
    fn network(&self) -> Option<Self> {
        let Self::Ip(ip) = self else { return None };
        Some(Self::Ip(match ip {
            IpAddr::V4(ip) => Ipv4Addr::from_bits(ip.to_bits() & (u32::MAX << 8)).into(),
            IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 72)).into(),
        }))
    }
}

impl fmt::Debug for DialLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DialLimits").field("refused", &self.refused).finish_non_exhaustive()
    }
}
