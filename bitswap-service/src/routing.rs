//! The content routers of a node, from its configuration or a command line.

use std::error::Error;
use std::sync::Arc;

use bitswap_net::{
    CombinedRouter, DelegatedOptions, DelegatedRouter, DelegatedRouterError, Endpoint, FixedRouter,
    Provider,
};
use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

use crate::config::{NatSettings, RoutingSettings};
use crate::error::{CliError, Exit};

/// Names the static peers, then asks the servers in their order. One that cannot be asked on this
/// machine is left out, which is logged: the node works without. Where relays are of use, so are
/// addresses at them.
pub(crate) fn configured(routing: &RoutingSettings, nat: &NatSettings) -> CombinedRouter {
    let RoutingSettings { delegated: endpoints, .. } = routing;
    let relayed_addresses = nat.relay || nat.hole_punching || nat.bitswap_over_relays;
    let options = options(routing.private_addresses, relayed_addresses);
    let mut first = CombinedRouter::new();
    if !routing.static_peers.is_empty() {
        first = first.with("static", Arc::new(FixedRouter::new(by_peer(&routing.static_peers))));
    }
    endpoints.iter().fold(first, |routers, endpoint| {
        match with(routers.clone(), endpoint, &options) {
            Ok(routers) => routers,
            Err(why) => {
                tracing::warn!(%why, "a router is left out");
                routers
            }
        }
    })
}

/// Asks these servers in this order.
///
/// # Errors
/// One of them cannot be asked on this machine.
pub fn chosen(endpoints: &[Endpoint], private_addresses: bool) -> Result<CombinedRouter, CliError> {
    let options = options(private_addresses, false);
    endpoints.iter().try_fold(CombinedRouter::new(), |routers, endpoint| {
        with(routers, endpoint, &options).map_err(|why| CliError::no_https(&why))
    })
}

/// The peers at these addresses, each once; those without a peer id are left out.
fn by_peer(addresses: &[Multiaddr]) -> Vec<Provider> {
    let mut providers: Vec<Provider> = Vec::new();
    for address in addresses {
        let mut bare = address.clone();
        let Some(Protocol::P2p(peer)) = bare.pop() else { continue };
        match providers.iter_mut().find(|provider| provider.peer == peer) {
            Some(provider) => provider.addresses.push(bare),
            None => providers.push(Provider { peer, addresses: vec![bare] }),
        }
    }
    providers
}

fn with(
    routers: CombinedRouter,
    endpoint: &Endpoint,
    options: &DelegatedOptions,
) -> Result<CombinedRouter, DelegatedRouterError> {
    let router = DelegatedRouter::new(endpoint.clone(), options)?;
    Ok(routers.with(&endpoint.name(), Arc::new(router)))
}

pub(crate) fn options(private_addresses: bool, relayed_addresses: bool) -> DelegatedOptions {
    let user_agent = concat!("bitswap/", env!("CARGO_PKG_VERSION")).to_owned();
    DelegatedOptions { user_agent, private_addresses, relayed_addresses }
}

impl CliError {
    /// A server that HTTPS is needed for, on a machine that lacks something for it.
    pub fn no_https(why: &DelegatedRouterError) -> Self {
        let what = format!("{} cannot be asked", why.endpoint);
        let mut cause: &dyn Error = &why.source;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        Self::new("no-https", Exit::Failed, what)
            .because(cause.to_string())
            .remedy("see whether this machine has certificates, as of the package ca-certificates")
    }
}
