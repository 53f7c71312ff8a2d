//! Which addresses of strangers are worth a dial.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};

/// Whether TCP or QUIC can dial `address` for `peer`, directly; private addresses only if they are
/// `taken`.
pub(super) fn is_dialable(address: &Multiaddr, peer: &PeerId, taken: bool) -> bool {
    let mut parts: Vec<_> = address.iter().collect();
    if let Some(Protocol::P2p(named)) = parts.last() {
        if named != peer {
            return false;
        }
        parts.pop();
    }
    let host = |part: &Protocol<'_>| host_is_taken(part, taken);
    match parts.as_slice() {
        [Protocol::Dnsaddr(name)] => taken || !is_local_name(name),
        [first, Protocol::Tcp(port)] | [first, Protocol::Udp(port), Protocol::QuicV1] => {
            *port != 0 && host(first)
        }
        [..] => false,
    }
}

fn host_is_taken(part: &Protocol<'_>, private: bool) -> bool {
    if let Protocol::Ip4(ip) = part {
        is_taken((*ip).into(), private)
    } else if let Protocol::Ip6(ip) = part {
        is_taken((*ip).into(), private)
    } else if let Protocol::Dns(name) | Protocol::Dns4(name) | Protocol::Dns6(name) = part {
        private || !is_local_name(name)
    } else {
        false
    }
}

fn is_taken(ip: IpAddr, private: bool) -> bool {
    let is_one_host = !ip.is_unspecified() && !ip.is_multicast();
    is_one_host && (private || is_public(ip))
}

fn is_local_name(name: &str) -> bool {
    let last = name.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    ["localhost", "local"].iter().any(|local| last.eq_ignore_ascii_case(local))
}

/// Whether an address is one of the internet, and neither of this machine nor of a private network.
pub(super) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => ip.to_ipv4_mapped().map_or_else(|| is_public_v6(ip), is_public_v4),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [first, second, ..] = ip.octets();
    let is_shared = first == 100 && second & 0xc0 == 0x40;
    let is_for_benchmarks = first == 198 && second & 0xfe == 18;
    let is_reserved = first == 0 || first >= 224;
    let is_near = ip.is_private() || ip.is_loopback() || ip.is_link_local();
    !(is_near || is_shared || is_for_benchmarks || is_reserved)
}

const fn is_public_v6(ip: Ipv6Addr) -> bool {
    let is_near = ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local();
    !(is_near || ip.is_unspecified() || ip.is_multicast())
}
