//! What is said of addresses where others ask over HTTP.

use std::io;
use std::net::SocketAddr;

use crate::error::{CliError, Exit};

impl CliError {
    /// Somebody else serves at that port.
    pub fn port_taken(port: u16) -> Self {
        let what = format!("port {port} on 127.0.0.1 is taken");
        Self::new("port-in-use", Exit::Failed, what)
            .because("another program already listens on that port")
            .remedy("choose another with  --metrics-port , or 0 for any that is free")
    }

    /// Metrics cannot be served at that port.
    pub fn port_unusable(port: u16, why: &io::Error) -> Self {
        let what = format!("metrics cannot be served on port {port} of 127.0.0.1");
        Self::new("port-unusable", Exit::Failed, what)
            .because(why.to_string())
            .remedy("choose another with  --metrics-port , or 0 for any that is free")
    }

    /// Providers cannot be told there.
    pub fn cannot_serve_routing(address: SocketAddr, why: &io::Error) -> Self {
        let what = format!("providers cannot be told at {address}");
        let code =
            if why.kind() == io::ErrorKind::AddrInUse { "port-in-use" } else { "port-unusable" };
        Self::new(code, Exit::Failed, what)
            .because(why.to_string())
            .remedy("choose another address for  routing.serve ; port 0 is any that is free")
    }
}
