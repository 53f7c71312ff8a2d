//! How far an address is good for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

/// Who can dial an address, as far as it says itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressReach {
    /// Everybody in the internet.
    Public,
    /// Only this machine, or a network of its own: loopback, private and link-local addresses.
    Private,
    /// Nobody: it is an address of no single host, or does not begin with a host.
    Nobody,
}

impl AddressReach {
    /// The reach of `address`. A name counts as public, unless it is one of this machine or of the
    /// local network.
    pub fn of(address: &Multiaddr) -> Self {
        let Some(first) = address.iter().next() else { return Self::Nobody };
        if let Protocol::Ip4(ip) = first {
            Self::of_ip(ip.into())
        } else if let Protocol::Ip6(ip) = first {
            Self::of_ip(ip.into())
        } else if let Protocol::Dns(name)
        | Protocol::Dns4(name)
        | Protocol::Dns6(name)
        | Protocol::Dnsaddr(name) = first
        {
            Self::of_name(&name)
        } else {
            Self::Nobody
        }
    }

    /// The reach of a name.
    fn of_name(name: &str) -> Self {
        let last = name.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
        let is_local = ["localhost", "local"].iter().any(|local| last.eq_ignore_ascii_case(local));
        if is_local { Self::Private } else { Self::Public }
    }

    /// The reach of a number.
    pub(super) fn of_ip(ip: IpAddr) -> Self {
        match ip {
            ip if ip.is_unspecified() || ip.is_multicast() => Self::Nobody,
            IpAddr::V4(ip) => Self::of_v4(ip),
            IpAddr::V6(ip) => ip.to_ipv4_mapped().map_or_else(|| Self::of_v6(ip), Self::of_v4),
        }
    }

    fn of_v4(ip: Ipv4Addr) -> Self {
        let [first, second, ..] = ip.octets();
        let is_shared = first == 100 && second & 0xc0 == 0x40;
        let is_for_benchmarks = first == 198 && second & 0xfe == 18;
        let is_reserved = first == 0 || first >= 224;
        let is_near = ip.is_private() || ip.is_loopback() || ip.is_link_local();
        if is_near || is_shared || is_for_benchmarks || is_reserved {
            Self::Private
        } else {
            Self::Public
        }
    }

    const fn of_v6(ip: Ipv6Addr) -> Self {
        let is_near = ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local();
        if is_near { Self::Private } else { Self::Public }
    }
}

#[cfg(test)]
mod tests;
