//! What can be wrong with content routers.

use std::error::Error;
use std::io;
use std::net::SocketAddr;

use bitswap_net::{DelegatedRouterError, EndpointError};
use cid::Cid;
use libp2p::PeerId;

use super::CliError;
use crate::exit::Exit;
use crate::node::DhtError;

impl CliError {
    pub(crate) fn bad_router(text: &str, why: &EndpointError) -> Self {
        let what = format!("{text:?} is not the URL of a server of the delegated routing API");
        Self::new("bad-router", Exit::Usage, what)
            .because(why.to_string())
            .remedy("write it as  https://delegated-ipfs.dev  or  http://127.0.0.1:8080")
    }

    pub(crate) fn daemon_routes() -> Self {
        let what = "the running daemon asks the routers of its configuration".to_owned();
        Self::new("daemon-decides", Exit::Usage, what)
            .because("routers cannot be chosen for a command that a daemon carries out")
            .remedy("use  --standalone  to run the command with them, or leave out  --router")
    }

    pub(crate) fn no_https(why: &DelegatedRouterError) -> Self {
        let what = format!("{} cannot be asked", why.endpoint);
        let mut cause: &dyn Error = &why.source;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        Self::new("no-https", Exit::Failed, what)
            .because(cause.to_string())
            .remedy("see whether this machine has certificates, as of the package ca-certificates")
    }

    pub(crate) fn no_provider(cid: &Cid, failures: &[String]) -> Self {
        let others = match failures {
            [] => String::new(),
            failures => format!("; not heard: {}", failures.join("; ")),
        };
        Self::new("not-found", Exit::NotFound, format!("no provider of {cid} was found"))
            .because(format!("the routers that answered name none that can be dialled{others}"))
            .remedy("ask another with  --router URL , or whoever has it for its address")
    }

    pub(crate) fn no_router() -> Self {
        Self::new("no-router", Exit::Usage, "there is no router to ask".to_owned())
            .because(
                "no router is configured, no peer of a DHT is known, and no --router was given",
            )
            .remedy("name one with  --router https://delegated-ipfs.dev")
    }

    pub(crate) fn no_dht() -> Self {
        Self::new("no-router", Exit::Usage, "there is no DHT to ask".to_owned())
            .because("routing.dht is off, and only a DHT knows where peers are")
            .remedy("switch it on with  bitswap config set routing.dht auto")
    }

    pub(crate) fn no_such_peer(peer: &PeerId) -> Self {
        Self::new("not-found", Exit::NotFound, format!("{peer} was not found"))
            .because("it is not connected, and no peer of the DHT knows an address of it")
            .remedy("ask whoever runs it for its address, and try  bitswap swarm connect")
    }

    pub(crate) fn no_peer_asked(peer: &PeerId, why: &DhtError) -> Self {
        Self::new("routers-failed", Exit::Failed, format!("{peer} could not be looked for"))
            .because(why.to_string())
            .remedy("see whether the network is there, or try again")
    }

    pub(crate) fn routers_failed(failures: &[String]) -> Self {
        Self::new("routers-failed", Exit::Failed, "no router answered".to_owned())
            .because(failures.join("; "))
            .remedy("see whether they can be reached from here, or ask another with  --router URL")
    }

    pub(crate) fn cannot_serve_routing(address: SocketAddr, why: &io::Error) -> Self {
        let what = format!("providers cannot be told at {address}");
        let code =
            if why.kind() == io::ErrorKind::AddrInUse { "port-in-use" } else { "port-unusable" };
        Self::new(code, Exit::Failed, what)
            .because(why.to_string())
            .remedy("choose another address for  routing.serve ; port 0 is any that is free")
    }
}
