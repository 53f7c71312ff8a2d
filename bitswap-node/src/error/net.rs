//! What can be wrong with the network.

use super::CliError;
use crate::exit::Exit;
use crate::node::{DialFailure, ListenError};

impl CliError {
    pub(crate) fn cannot_listen(why: &ListenError) -> Self {
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

    pub(crate) fn nobody_let_in() -> Self {
        let what = "nobody could fetch what is served".to_owned();
        Self::new("usage", Exit::Usage, what)
            .because("`network.listen` of the configuration is empty")
            .remedy("say where to take connections:  --listen /ip4/0.0.0.0/tcp/0")
    }

    pub(crate) fn mdns(why: &std::io::Error) -> Self {
        let what = "the node cannot look for others in the local network".to_owned();
        Self::new("cannot-listen", Exit::Failed, what)
            .because(why.to_string())
            .remedy("switch mdns off, or see whether something forbids multicast")
    }

    pub(crate) fn not_announced(cids: &[String], why: &str) -> Self {
        let what = match cids {
            [only] => format!("{only} was not announced"),
            _ => format!("{} blocks were not announced", cids.len()),
        };
        Self::new("not-announced", Exit::Failed, what)
            .because(why)
            .remedy("see routing.dht and routing.bootstrap in  bitswap config show")
    }

    pub(crate) fn nobody_reached(tried: &[DialFailure]) -> Self {
        let what = match tried {
            [only] => format!("cannot reach {}", only.address),
            _ => format!("cannot reach any of the {} peers", tried.len()),
        };
        let reasons: Vec<_> = tried.iter().map(|failure| failure.why.as_str()).collect();
        if tried.iter().all(|failure| failure.denied) {
            return Self::new("denied", Exit::Refused, what)
                .because(reasons.join("; "))
                .remedy("take the peer out of [filter], or name another: bitswap config get filter");
        }
        Self::new("unreachable", Exit::Failed, what)
            .because(reasons.join("; "))
            .remedy("see whether the peer runs, and whether the address is one that it listens on")
    }
}

impl From<ListenError> for CliError {
    fn from(error: ListenError) -> Self {
        Self::cannot_listen(&error)
    }
}
