//! The delegated routing HTTP API, served: who has a block and where a peer is, of which this node
//! knows itself.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bitswap_host::Withheld;
use bitswap_net::Filter as _;
use bitswap_store::BlockStore;
use cid::Cid;
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::guard;
use crate::error::CliError;
use crate::filter::Filters;

const LINES: &str = "application/x-ndjson";
const WHOLE: &str = "application/json";

/// An address that was taken before anything else is started.
#[derive(Debug)]
pub struct ProvidersPort {
    listener: TcpListener,
    address: SocketAddr,
}

/// What answers are made of.
#[derive(Clone)]
pub struct ProvidersState {
    pub(crate) store: Arc<dyn BlockStore>,
    pub(crate) peer_id: PeerId,
    /// Where the node listens now, and of what of that nobody is told.
    pub(crate) told: (watch::Receiver<Vec<Multiaddr>>, Withheld),
    /// Whether the node serves blocks at all.
    pub(crate) serves: bool,
    /// What the node has nothing to do with.
    pub(crate) filters: Filters,
}

impl ProvidersPort {
    /// Takes an address of this machine; with port 0, any port that is free.
    ///
    /// # Errors
    /// It is taken, or the system refuses.
    pub async fn at(address: SocketAddr) -> Result<Self, CliError> {
        let refused = |why: io::Error| CliError::cannot_serve_routing(address, &why);
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        Ok(Self { listener, address })
    }

    /// What clients are told as the server's URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves until it is dropped.
    pub(crate) async fn serve(self, state: ProvidersState) -> io::Result<()> {
        let routes = Router::new()
            .route("/routing/v1/providers/{cid}", get(providers))
            .route("/routing/v1/peers/{peer}", get(peers))
            .layer(middleware::from_fn(guard::local_names_only))
            .with_state(state);
        axum::serve(self.listener, routes).await
    }
}

/// This node, if it has the block; nobody is no error.
async fn providers(
    State(state): State<ProvidersState>,
    Path(cid): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Ok(cid) = Cid::try_from(cid) else {
        return (StatusCode::BAD_REQUEST, "that is not a CID\n").into_response();
    };
    match state.has(&cid).await {
        Ok(has) => answer("Providers", has.then(|| state.record()), &headers),
        Err(why) => {
            tracing::warn!(%cid, why, "the store cannot say whether it has a block");
            (StatusCode::INTERNAL_SERVER_ERROR, "the store failed\n").into_response()
        }
    }
}

/// Where this node is, if it is meant; of others it says nothing.
async fn peers(
    State(state): State<ProvidersState>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let of_cid = || PeerId::from_multihash(*Cid::try_from(name.as_str()).ok()?.hash()).ok();
    let Some(peer) = name.parse::<PeerId>().ok().or_else(of_cid) else {
        return (StatusCode::BAD_REQUEST, "that is not a peer id\n").into_response();
    };
    answer("Peers", (peer == state.peer_id).then(|| state.record()), &headers)
}

impl ProvidersState {
    async fn has(&self, cid: &Cid) -> Result<bool, String> {
        let may_be_served = self.serves && self.filters.denies_block(cid).is_none();
        if !may_be_served || self.told().is_empty() {
            return Ok(false);
        }
        let size = self.store.sizes(&[*cid.hash()]).await.pop().unwrap_or(Ok(None));
        size.map(|size| size.is_some()).map_err(|why| why.to_string())
    }

    fn told(&self) -> Vec<Multiaddr> {
        let (all, withheld) = &self.told;
        all.borrow().iter().filter(|address| !withheld.has(address)).cloned().collect()
    }

    fn record(&self) -> Value {
        let bare = |address: &Multiaddr| {
            let mut address = address.clone();
            if matches!(address.iter().last(), Some(Protocol::P2p(_))) {
                address.pop();
            }
            address.to_string()
        };
        let addresses: Vec<_> = self.told().iter().map(bare).collect();
        json!({
            "Schema": "peer", "ID": self.peer_id.to_string(), "Addrs": addresses,
            "Protocols": ["transport-bitswap"],
        })
    }
}

/// One record or none, line by line if the client reads that.
fn answer(what: &str, record: Option<Value>, headers: &HeaderMap) -> Response {
    let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|kind| kind.to_str().ok());
    let (kind, body) = if accepts.into_iter().any(|kind| kind.contains(LINES)) {
        (LINES, record.map(|record| format!("{record}\n")).unwrap_or_default())
    } else {
        (WHOLE, json!({ what: Vec::from_iter(record) }).to_string())
    };
    // A block can come and go at any time.
    let fresh = (header::CACHE_CONTROL, "public, max-age=15");
    ([(header::CONTENT_TYPE, kind), (header::VARY, "Accept"), fresh], body).into_response()
}
