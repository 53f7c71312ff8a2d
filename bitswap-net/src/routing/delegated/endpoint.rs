//! Where a server of the delegated routing HTTP API is.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use cid::Cid;
use libp2p::PeerId;
use reqwest::Url;

use crate::routing::AddressReach;

/// The URL of a server, as `https://host`, `http://host:port` or `https://host/prefix`. What the
/// API adds, `/routing/v1` and all behind it, is left out.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(pub(super) Url);

/// Why a text is not the URL of a server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// It is no URL.
    #[error("it is not a URL: {0}")]
    NotUrl(String),
    /// It is a URL of something else than a server of HTTP.
    #[error("it does not begin with https:// or http://")]
    Scheme,
    /// There are parts that the URL of a server does not have.
    #[error("it has a user, a query or a fragment")]
    Parts,
}

impl Endpoint {
    /// The host, with the port if that is not the usual one: short, and the same for the same
    /// server.
    pub fn name(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Whether HTTPS is spoken.
    pub(super) fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether the server is on this machine or has a private address.
    pub(super) fn is_private(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default();
        let number: Result<IpAddr, _> = host.trim_matches(['[', ']']).parse();
        number.map_or_else(
            |_| host.eq_ignore_ascii_case("localhost"),
            |ip| AddressReach::of_ip(ip) != AddressReach::Public,
        )
    }

    /// Where the providers of `cid` are told.
    pub(super) fn providers(&self, cid: &Cid) -> Url {
        // One question for both forms of the same CID.
        self.question("providers", Cid::new_v1(cid.codec(), *cid.hash()))
    }

    /// Where the addresses of `peer` are told.
    pub(super) fn peer(&self, peer: &PeerId) -> Url {
        const LIBP2P_KEY: u64 = 0x72;
        self.question("peers", Cid::new_v1(LIBP2P_KEY, *peer.as_ref()))
    }

    fn question(&self, about: &str, name: Cid) -> Url {
        let mut url = self.0.clone();
        let prefix = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{prefix}/routing/v1/{about}/{name}"));
        url.set_query(Some("filter-protocols=unknown,transport-bitswap"));
        url
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let mut url = Url::parse(text).map_err(|why| EndpointError::NotUrl(why.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(EndpointError::Scheme);
        }
        let has_user = !url.username().is_empty() || url.password().is_some();
        if has_user || url.query().is_some() || url.fragment().is_some() {
            return Err(EndpointError::Parts);
        }
        let path = url.path().trim_end_matches('/');
        let prefix = path.strip_suffix("/routing/v1").unwrap_or(path).to_owned();
        url.set_path(&prefix);
        Ok(Self(url))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
