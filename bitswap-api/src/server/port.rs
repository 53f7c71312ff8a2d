//! The port of loopback where the API answers, besides its socket.

use std::io;
use std::net::SocketAddr;

use bitswap_service::error::CliError;
use tokio::net::TcpListener;

use super::socket::Bounded;
use crate::errors;

/// A port that was taken before anything else is started, so that a clash is told at once.
#[derive(Debug)]
pub struct ApiPort {
    listener: TcpListener,
    address: SocketAddr,
}

impl ApiPort {
    /// A browser opens six at a time.
    const CONNECTIONS: usize = 64;

    /// Takes an address of this machine; with port 0, any port that is free.
    ///
    /// # Errors
    /// It is taken, or the system refuses.
    pub async fn at(address: SocketAddr) -> Result<Self, CliError> {
        let refused = |why: io::Error| errors::cannot_serve_api(address, &why);
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        Ok(Self { listener, address })
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn listener(self) -> Bounded<TcpListener> {
        Bounded::new(self.listener, Self::CONNECTIONS)
    }
}
