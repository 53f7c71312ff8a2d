//! Providers from a server that speaks the delegated routing HTTP API
//! (<https://specs.ipfs.tech/routing/http-routing-v1/>).

mod addresses;
mod body;
mod endpoint;
mod records;
#[cfg(test)]
mod tests;
mod throttle;

use std::error::Error;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use cid::Cid;
use libp2p::{Multiaddr, PeerId};
use reqwest::header::{ACCEPT, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};

pub use self::endpoint::{Endpoint, EndpointError};

use self::addresses::Taken;
use self::body::Records;
use self::throttle::Throttle;
use super::{ContentRouter, Found, Provider};

/// A client of one server of the delegated routing HTTP API.
///
/// Records of the schemas `peer` and `bitswap` are read, of peers that speak Bitswap or do not say
/// what they speak. Of their addresses those are taken that TCP and QUIC can dial, and if so told
/// those at relays; where a peer without any is, the server is asked, and it is left out if that is
/// not known. A server in the internet cannot name private addresses. At most eight questions begin
/// in a second; after an error, or when the server says so, it is left alone for a while.
pub struct DelegatedRouter {
    endpoint: Endpoint,
    http: Client,
    taken: Taken,
    throttle: Throttle,
}

/// How a [`DelegatedRouter`] asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelegatedOptions {
    /// What it calls itself.
    pub user_agent: String,
    /// Whether private addresses are taken from any server. From one whose own address is private,
    /// or on this machine, they always are.
    pub private_addresses: bool,
    /// Whether addresses at circuit relays are taken, which is of use only where the transport can
    /// dial them.
    pub relayed_addresses: bool,
}

impl Default for DelegatedOptions {
    fn default() -> Self {
        let user_agent = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
        Self {
            user_agent: user_agent.to_owned(),
            private_addresses: false,
            relayed_addresses: false,
        }
    }
}

/// A router that cannot be asked: there is no HTTP client for it. Nothing was sent.
#[derive(Debug, thiserror::Error)]
#[error("{endpoint} cannot be asked: {}", root_cause(source))]
pub struct DelegatedRouterError {
    /// Who was to be asked.
    pub endpoint: Endpoint,
    /// What is missing; for HTTPS it may be the system's certificates.
    pub source: reqwest::Error,
}

/// Why a look-up did not come to its end.
#[derive(Debug, thiserror::Error)]
enum LookupError {
    #[error("not asked for another {} s, after an error or at its own wish", .0.as_secs().max(1))]
    BackingOff(Duration),
    #[error("no connection: {0}")]
    Unreachable(String),
    #[error("it answered {0}")]
    Refused(StatusCode),
    #[error("it is busy ({0})")]
    Busy(StatusCode, Option<Duration>),
    #[error("its answer broke off: {0}")]
    Interrupted(String),
    #[error("its answer has {0}")]
    TooLarge(&'static str),
    #[error("its answer is not understood: {0}")]
    Malformed(String),
}

/// A text that cannot be had.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct TextError(#[from] LookupError);

impl DelegatedRouter {
    /// A server on the same continent connects sooner.
    const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
    /// The longest that a look-up in the engine can take.
    const TIMEOUT: Duration = Duration::from_secs(60);
    /// Providers in one answer that are asked about since their records name no address.
    const MOST_WITHOUT_ADDRESSES: u32 = 8;
    /// Redirects of one request, which all stay with the server.
    const MOST_REDIRECTS: usize = 3;

    /// A client of the server at `endpoint`. It connects when it is first asked.
    ///
    /// # Errors
    /// A [`DelegatedRouterError`] if HTTPS cannot be spoken on this machine.
    pub fn new(
        endpoint: Endpoint,
        options: &DelegatedOptions,
    ) -> Result<Self, DelegatedRouterError> {
        let taken = Taken {
            private: options.private_addresses || endpoint.is_private(),
            relayed: options.relayed_addresses,
        };
        match Self::client(&endpoint, options) {
            Ok(http) => Ok(Self { endpoint, http, taken, throttle: Throttle::new() }),
            Err(source) => Err(DelegatedRouterError { endpoint, source }),
        }
    }

    /// The text at `endpoint` itself, if it comes in this time with no more bytes than `most`.
    ///
    /// # Errors
    /// It cannot be had, or is none.
    pub async fn text(
        endpoint: &Endpoint,
        options: &DelegatedOptions,
        within: Duration,
        most: usize,
    ) -> Result<String, TextError> {
        let unreachable = |why| LookupError::Unreachable(root_cause(&why));
        let http = Self::client(endpoint, options).map_err(unreachable)?;
        let request = http.get(endpoint.0.clone()).timeout(within);
        let response = good(request.send().await.map_err(unreachable)?)?;
        let mut response = response.ok_or(LookupError::Refused(StatusCode::NOT_FOUND))?;
        let mut text = Vec::new();
        let interrupted = |why| LookupError::Interrupted(root_cause(&why));
        while let Some(part) = response.chunk().await.map_err(interrupted)? {
            text.extend_from_slice(&part);
            if text.len() > most {
                return Err(LookupError::TooLarge("more bytes than are read").into());
            }
        }
        let text = String::from_utf8(text);
        text.map_err(|why| LookupError::Malformed(why.to_string()).into())
    }

    fn client(endpoint: &Endpoint, options: &DelegatedOptions) -> Result<Client, reqwest::Error> {
        let mut http = Client::builder()
            .user_agent(&options.user_agent)
            .connect_timeout(Self::CONNECT_TIMEOUT)
            .timeout(Self::TIMEOUT)
            .redirect(Policy::custom(|attempt| {
                let first = attempt.previous().first();
                let stays = first.is_some_and(|first| first.origin() == attempt.url().origin());
                if stays && attempt.previous().len() <= Self::MOST_REDIRECTS {
                    attempt.follow()
                } else {
                    attempt.stop()
                }
            }));
        if !endpoint.is_encrypted() {
            // Then the system's certificates need not be read, nor be there.
            http = http.tls_certs_only([]);
        }
        if endpoint.is_private() {
            http = http.no_proxy();
        }
        http.build()
    }

    async fn look_up(&self, cid: &Cid, found: &Found) -> Result<(), LookupError> {
        let Some(mut records) = self.get(self.endpoint.providers(cid)).await? else {
            return Ok(());
        };
        let mut asked = 0;
        while let Some(record) = records.next().await? {
            let Some(mut provider) = records::provider(&record, self.taken) else { continue };
            if provider.addresses.is_empty() && asked < Self::MOST_WITHOUT_ADDRESSES {
                asked += 1;
                provider.addresses = self.addresses_of(&provider.peer).await?;
            }
            if !provider.addresses.is_empty() && !found.push(provider).await {
                break;
            }
        }
        Ok(())
    }

    /// Where the server says that a peer is, as addresses that can be dialled.
    async fn addresses_of(&self, peer: &PeerId) -> Result<Vec<Multiaddr>, LookupError> {
        let Some(mut records) = self.get(self.endpoint.peer(peer)).await? else {
            return Ok(Vec::new());
        };
        while let Some(record) = records.next().await? {
            let told = records::provider(&record, self.taken).filter(|it| it.peer == *peer);
            if let Some(Provider { addresses, .. }) = told.filter(|it| !it.addresses.is_empty()) {
                return Ok(addresses);
            }
        }
        Ok(Vec::new())
    }

    /// The records of an answer; `None` = the server knows nobody.
    async fn get(&self, url: Url) -> Result<Option<Records>, LookupError> {
        self.throttle.ready().await.map_err(LookupError::BackingOff)?;
        let request = self.http.get(url);
        let request = request.header(ACCEPT, "application/x-ndjson, application/json;q=0.9");
        let response = request.send().await;
        let response = response.map_err(|why| LookupError::Unreachable(root_cause(&why)))?;
        good(response)?.map(Records::of).transpose()
    }
}

#[async_trait]
impl ContentRouter for DelegatedRouter {
    async fn find(&self, cid: &Cid, found: Found) {
        match self.look_up(cid, &found).await {
            Ok(()) => self.throttle.succeeded(),
            Err(why) => {
                match &why {
                    LookupError::BackingOff(_) => {}
                    LookupError::Busy(_, told) => self.throttle.failed(*told),
                    // The question was wrong, not the server.
                    LookupError::Refused(status) if status.is_client_error() => {}
                    LookupError::Refused(_)
                    | LookupError::Unreachable(_)
                    | LookupError::Interrupted(_)
                    | LookupError::TooLarge(_)
                    | LookupError::Malformed(_) => self.throttle.failed(None),
                }
                found.fail(&why);
            }
        }
    }

    async fn locate(&self, peer: &PeerId) -> Vec<Multiaddr> {
        self.addresses_of(peer).await.unwrap_or_default()
    }
}

/// An answer with records; `None` = the server knows nobody.
fn good(response: Response) -> Result<Option<Response>, LookupError> {
    match response.status() {
        status if status.is_success() => Ok(Some(response)),
        StatusCode::NOT_FOUND => Ok(None),
        status @ (StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) => {
            Err(LookupError::Busy(status, retry_after(response.headers())))
        }
        status => Err(LookupError::Refused(status)),
    }
}

/// How long the server wants to be left alone, if it says so in seconds.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// What the system said, without the layers it passed.
fn root_cause(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

impl fmt::Debug for DelegatedRouter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DelegatedRouter").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
