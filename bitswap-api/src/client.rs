//! The command's side: one method for each thing that can be asked.

mod pins;
mod source;
mod store;

use std::path::Path;
use std::time::Duration;

use bitswap_core::strategy::Role;
use bitswap_host::DialFailure;
use bitswap_net::SessionOptions;
use bitswap_service::error::CliError;
use bitswap_service::http::{PROBLEM_TYPE, Problem};
use bitswap_store::StoreError;
use bitswap_unixfs::Source;
use cid::Cid;
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt as _};
use libp2p::{Multiaddr, PeerId};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;

pub use self::pins::RemoteLease;

use self::source::Remote;
use super::api_error::{ApiError, transport_error};
use super::forms::{
    Cids, Connect, Disconnect, Explain, Explanation, FindProviders, FoundPeer, Identity, LedgerRow,
    LookPage, Page, PeerRow, PeerWantRow, Refused, RouterSaid, Stat, StrategyUsed, Unannounced,
    UseStrategy, Version, WantRow,
};
use crate::bounds::ROOT;

/// A running daemon. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
}

impl Client {
    /// A daemon that works answers at once.
    const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

    /// The daemon behind this socket; `None` if none answers there.
    pub async fn reach(socket: &Path) -> Option<Self> {
        // Nothing is encrypted here, so the certificates of the system need not be read.
        let http = reqwest::Client::builder().tls_certs_only([]).unix_socket(socket);
        let http = http.build().ok()?;
        let client = Self { http };
        let answer =
            tokio::time::timeout(Self::CONNECT_TIMEOUT, client.get::<Version>("/version", &()));
        match answer.await {
            Ok(Ok(_)) => Some(client),
            Ok(Err(why)) => {
                tracing::debug!(socket = %socket.display(), ?why, "no daemon answers");
                None
            }
            Err(_) => None,
        }
    }

    /// The program that answers.
    pub async fn version(&self) -> Result<Version, CliError> {
        self.get("/version", &()).await
    }

    /// Who the node is, and where.
    pub async fn id(&self) -> Result<Identity, CliError> {
        self.get("/id", &()).await
    }

    /// Its counts and sizes.
    pub async fn stat(&self) -> Result<Stat, CliError> {
        self.get("/stat", &()).await
    }

    /// The connected peers, a page of them.
    pub async fn peers(&self, page: &LookPage) -> Result<Page<PeerRow>, CliError> {
        self.get("/peers", page).await
    }

    /// What it wants, a page of it.
    pub async fn wantlist(&self, page: &LookPage) -> Result<Page<WantRow>, CliError> {
        self.get("/wantlist", page).await
    }

    /// What a peer wants of it, a page of it.
    pub async fn wants_of(
        &self,
        peer: &str,
        page: &LookPage,
    ) -> Result<Page<PeerWantRow>, CliError> {
        self.get(&format!("/peers/{peer}/wantlist"), page).await
    }

    /// The accounts of peers, a page of them.
    pub async fn ledger(&self, page: &LookPage) -> Result<Page<LedgerRow>, CliError> {
        self.get("/ledger", page).await
    }

    /// The account of a peer.
    pub async fn account(&self, peer: &str) -> Result<LedgerRow, CliError> {
        self.get(&format!("/ledger/{peer}"), &()).await
    }

    /// Why a want or a peer is as it is.
    pub async fn explain(&self, subject: &str) -> Result<Explanation, CliError> {
        self.get(&format!("/explain/{subject}"), &Explain { follow: false }).await
    }

    /// The same, again each time it changes, until the want ends.
    pub async fn follow(
        &self,
        subject: &str,
    ) -> Result<BoxStream<'static, Result<Explanation, CliError>>, CliError> {
        let path = format!("/explain/{subject}");
        let request = self.request(Method::GET, &path).query(&Explain { follow: true });
        Ok(json_lines(body(answered(request).await?)))
    }

    /// Looks for providers: what each of the daemon's routers says, as it says it.
    pub async fn find_providers(
        &self,
        cid: &Cid,
        how: &FindProviders,
    ) -> Result<BoxStream<'static, Result<RouterSaid, CliError>>, CliError> {
        let path = format!("/routing/providers/{cid}");
        let request = self.request(Method::GET, &path).query(how);
        Ok(json_lines(body(answered(request).await?)))
    }

    /// Looks for the addresses of a peer.
    pub async fn find_peer(&self, peer: &PeerId) -> Result<FoundPeer, CliError> {
        self.get(&format!("/routing/peers/{peer}"), &()).await
    }

    /// Connects the daemon to these peers, and returns those that it could not reach. If `one` is
    /// enough, with the first that is connected.
    pub async fn connect(
        &self,
        peers: &[Multiaddr],
        one: bool,
    ) -> Result<Vec<DialFailure>, CliError> {
        let addresses = peers.iter().map(ToString::to_string).collect();
        let form = Connect { addresses, one };
        let request = self.request(Method::POST, "/peers/connect").json(&form);
        let refused: Vec<Refused> = parsed(answered(request).await?).await?;
        let failure = |refused: Refused| {
            let address = refused.address.parse().map_err(|why| CliError::lost(&why))?;
            Ok(DialFailure { address, why: refused.why, denied: refused.denied })
        };
        refused.into_iter().map(failure).collect()
    }

    /// Announces that the daemon has these blocks, and returns those that nobody was told of.
    pub async fn announce(&self, cids: &[Cid]) -> Result<Vec<Unannounced>, CliError> {
        parsed(answered(self.about("/announce", cids)).await?).await
    }

    /// Disconnects these peers, and returns those that were not connected.
    pub async fn disconnect(&self, peers: &[String]) -> Result<Vec<String>, CliError> {
        let form = Disconnect { peers: peers.to_vec() };
        parsed(answered(self.post("/peers/disconnect", &form)).await?).await
    }

    /// Lets a strategy take over a role of the daemon.
    pub async fn use_strategy(
        &self,
        role: Role,
        chosen: &UseStrategy,
    ) -> Result<StrategyUsed, CliError> {
        let request = self.request(Method::PUT, &format!("/strategies/{role}")).json(chosen);
        parsed(answered(request).await?).await
    }

    /// A session of the daemon's, which ends with what is returned, and for which those of `peers`
    /// are kept that are connected.
    pub async fn source(
        &self,
        options: SessionOptions,
        peers: &[Multiaddr],
    ) -> Result<Box<dyn Source>, CliError> {
        Ok(Box::new(Remote::open(self, options, peers).await?))
    }

    async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &(impl serde::Serialize + Sync),
    ) -> Result<T, CliError> {
        parsed(answered(self.request(Method::GET, path).query(query)).await?).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        // The socket says who is meant; a name is needed all the same.
        self.http.request(method, format!("http://localhost{ROOT}{path}"))
    }

    /// A request about these blocks.
    fn about(&self, path: &str, cids: &[Cid]) -> RequestBuilder {
        let cids = cids.iter().map(ToString::to_string).collect();
        self.post(path, &Cids { cids })
    }

    fn post(&self, path: &str, form: &(impl serde::Serialize + Sync)) -> RequestBuilder {
        self.request(Method::POST, path).json(form)
    }
}

/// An answer, if it is a good one.
async fn answered(request: RequestBuilder) -> Result<Response, CliError> {
    let response = request.send().await.map_err(|why| CliError::lost(&why))?;
    if response.status().is_success() {
        return Ok(response);
    }
    if !is(response.headers(), PROBLEM_TYPE) {
        return Err(CliError::lost(&format!("it answered {}", response.status())));
    }
    Err(parsed::<Problem>(response).await?.into_error())
}

/// An answer to a request to the store.
async fn stored(request: RequestBuilder) -> Result<Response, StoreError> {
    let response = request.send().await.map_err(|why| transport_error(&root_cause(&why)))?;
    if response.status() == StatusCode::CONFLICT {
        let error: ApiError =
            response.json().await.map_err(|why| transport_error(&root_cause(&why)))?;
        return Err(error.into_store(None));
    }
    if !response.status().is_success() {
        let status = response.status();
        let why = match parsed::<Problem>(response).await {
            Ok(problem) => problem.into_error().why,
            Err(_) => format!("it answered {status}"),
        };
        return Err(transport_error(&why));
    }
    Ok(response)
}

async fn parsed<T: DeserializeOwned>(response: Response) -> Result<T, CliError> {
    response.json().await.map_err(|why| CliError::lost(&root_cause(&why)))
}

/// The objects of an answer that comes line by line.
fn json_lines<T: DeserializeOwned + Send + 'static>(
    body: impl Stream<Item = Result<bytes::Bytes, reqwest::Error>> + Send + Unpin + 'static,
) -> BoxStream<'static, Result<T, CliError>> {
    let lines = stream::unfold((body, Vec::new()), |(mut body, mut come)| async move {
        loop {
            if let Some(end) = come.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = come.drain(..=end).collect();
                let read = serde_json::from_slice(&line).map_err(|why| CliError::lost(&why));
                return Some((read, (body, come)));
            }
            match body.next().await? {
                Ok(bytes) => come.extend_from_slice(&bytes),
                Err(why) => return Some((Err(CliError::lost(&root_cause(&why))), (body, come))),
            }
        }
    });
    lines.boxed()
}

fn is(headers: &HeaderMap, kind: &str) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|found| found.as_bytes() == kind.as_bytes())
}

fn body(
    response: Response,
) -> impl Stream<Item = Result<bytes::Bytes, reqwest::Error>> + Send + Unpin + 'static {
    response.bytes_stream().boxed()
}

/// What the system said, without the layers it passed.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
