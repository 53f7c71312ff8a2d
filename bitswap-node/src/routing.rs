//! The content routers of a node, from its configuration or a command line.

use std::sync::Arc;

use bitswap_net::{
    CombinedRouter, DelegatedOptions, DelegatedRouter, DelegatedRouterError, Endpoint,
};

use crate::error::CliError;

/// Asks these servers in this order. One that cannot be asked on this machine is left out, which
/// is logged: the node works without.
pub(crate) fn configured(endpoints: &[Endpoint], private_addresses: bool) -> CombinedRouter {
    endpoints.iter().fold(CombinedRouter::new(), |routers, endpoint| {
        match with(routers.clone(), endpoint, private_addresses) {
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
pub(crate) fn chosen(
    endpoints: &[Endpoint],
    private_addresses: bool,
) -> Result<CombinedRouter, CliError> {
    endpoints.iter().try_fold(CombinedRouter::new(), |routers, endpoint| {
        with(routers, endpoint, private_addresses).map_err(|why| CliError::no_https(&why))
    })
}

fn with(
    routers: CombinedRouter,
    endpoint: &Endpoint,
    private_addresses: bool,
) -> Result<CombinedRouter, DelegatedRouterError> {
    let user_agent = concat!("bitswap/", env!("CARGO_PKG_VERSION")).to_owned();
    let options = DelegatedOptions { user_agent, private_addresses };
    let router = DelegatedRouter::new(endpoint.clone(), &options)?;
    Ok(routers.with(&endpoint.name(), Arc::new(router)))
}
