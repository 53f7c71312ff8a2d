//! What can be wrong with the network.

use std::path::Path;

use bitswap_host::{DialFailure, HostError, ListenError};
use libp2p::PeerId;

use crate::error::{CliError, Exit};

impl CliError {
    /// An address that is not to be had.
    pub fn cannot_listen(why: &ListenError) -> Self {
        let what = format!("the node cannot listen on {}", why.address());
        match why {
            ListenError::Taken { .. } => Self::new("port-in-use", Exit::Failed, what)
                .because("another program, or another node, has that port")
                .remedy("stop it, or listen on another port; port 0 is any that is free"),
            ListenError::Unsupported { .. } => Self::new("bad-address", Exit::Usage, what)
                .because("it is not an address of TCP or QUIC, in numbers")
                .remedy("write it as  /ip4/0.0.0.0/tcp/4011  or  /ip4/0.0.0.0/udp/4011/quic-v1"),
            ListenError::Refused { why, .. } => Self::new("cannot-listen", Exit::Failed, what)
                .because(why.as_str())
                .remedy("see whether this machine has that address, and whether it is forbidden"),
        }
    }

    /// All dials failed.
    pub fn nobody_reached(tried: &[DialFailure]) -> Self {
        let what = match tried {
            [only] => format!("cannot reach {}", only.address),
            _ => format!("cannot reach any of the {} peers", tried.len()),
        };
        let reasons: Vec<_> = tried.iter().map(|failure| failure.why.as_str()).collect();
        if tried.iter().all(|failure| failure.denied) {
            return Self::new("denied", Exit::Refused, what).because(reasons.join("; ")).remedy(
                "take the peer out of [filter], or name another: bitswap config get filter",
            );
        }
        Self::new("unreachable", Exit::Failed, what)
            .because(reasons.join("; "))
            .remedy("see whether the peer runs, and whether the address is one that it listens on")
    }

    /// Nobody can be asked where a peer is.
    pub fn no_router() -> Self {
        Self::new("no-router", Exit::Usage, "there is nobody to ask where a peer is".to_owned())
            .because("routing.dht is off, and routing.delegated names no server")
            .remedy("switch the DHT on with  bitswap config set routing.dht auto")
    }

    /// Nobody knows where it is.
    pub fn no_such_peer(peer: &PeerId) -> Self {
        Self::new("not-found", Exit::NotFound, format!("{peer} was not found"))
            .because("it is not connected, and no router that could be asked knows its address")
            .remedy("ask whoever runs it for its address, and try  bitswap swarm connect")
    }

    /// The file of a recording is there.
    pub fn recorded_already(path: &Path) -> Self {
        Self::new("exists", Exit::Refused, format!("{} exists already", path.display()))
            .because("a recording never overwrites a file")
            .remedy("name another file, or remove this one")
    }
}

impl From<ListenError> for CliError {
    fn from(error: ListenError) -> Self {
        Self::cannot_listen(&error)
    }
}

impl From<HostError> for CliError {
    fn from(error: HostError) -> Self {
        let HostError::Mdns(why) = error else { return Self::internal(&error) };
        let what = "the node cannot look for others in the local network".to_owned();
        Self::new("cannot-listen", Exit::Failed, what)
            .because(why.to_string())
            .remedy("switch mdns off, or see whether something forbids multicast")
    }
}
