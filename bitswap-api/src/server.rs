//! The daemon's side: routes, and what all of them need.

mod announcing;
mod blocks;
mod bulk;
mod collecting;
mod described;
mod events;
mod explaining;
mod finding;
mod guard;
mod looking;
mod openapi;
mod page;
mod pinning;
mod port;
mod routes;
mod sessions;
mod socket;
mod strategies;

#[cfg(test)]
mod tests;

use std::io;
use std::sync::{Arc, Weak};
use std::time::Instant;

use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::{Json, Router};
use bitswap_service::error::CliError;
use bitswap_service::keep::Keeper;
use bitswap_service::metrics::HttpCounts;
use bitswap_service::node::Node;
use bitswap_store::BlockStore;
use cid::Cid;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::watch;

use self::sessions::Sessions;
use super::forms::Version;
use crate::bounds::{MOST_BLOCK_BYTES, MOST_CIDS, MOST_JSON, ROOT};
use crate::errors;

pub use self::guard::Tokens;
pub use self::port::ApiPort;
pub use self::socket::Socket;

/// What requests are answered from. Clones share everything.
#[derive(Clone)]
pub struct Served(Arc<Inner>);

struct Inner {
    /// Its owner stops it; then requests are refused.
    node: Weak<Node>,
    /// What is put here is told to peers that wait for it.
    store: Arc<dyn BlockStore>,
    keeper: Arc<Keeper>,
    sessions: Sessions,
    counts: HttpCounts,
    since: Instant,
    /// Where it answers over TCP, if it does.
    url: Option<String>,
}

impl Served {
    /// Answers from this node, puts blocks into `store`, lets `keeper` keep them, and says that it
    /// answers at `url`, too.
    pub fn new(
        node: &Arc<Node>,
        store: Arc<dyn BlockStore>,
        keeper: Arc<Keeper>,
        url: Option<String>,
    ) -> Self {
        Self(Arc::new(Inner {
            node: Arc::downgrade(node),
            store,
            keeper,
            sessions: Sessions::default(),
            counts: node.http_counts().clone(),
            since: Instant::now(),
            url,
        }))
    }

    /// Serves until `stop` is dropped. Then sessions end, nobody new is let in, and it returns when
    /// all answers were given.
    ///
    /// # Errors
    /// The socket failed.
    pub async fn serve(self, socket: Socket, stop: watch::Receiver<()>) -> io::Result<()> {
        let routes = Router::new().nest(ROOT, self.routes());
        let routes = routes.fallback(async || errors::no_such_path());
        let (listener, _place) = socket.parts();
        axum::serve(listener, routes).with_graceful_shutdown(self.stopped(stop)).await
    }

    /// As [`serve`](Self::serve), over TCP: for those that show one of `tokens`.
    ///
    /// # Errors
    /// The port failed.
    pub async fn serve_tcp(
        self,
        port: ApiPort,
        tokens: Tokens,
        stop: watch::Receiver<()>,
    ) -> io::Result<()> {
        let guard = from_fn_with_state(Arc::new(tokens), guard::token_only);
        let routes = Router::new()
            .merge(page::routes())
            .nest(ROOT, self.routes().layer(guard))
            .fallback(async || errors::no_such_path())
            .layer(from_fn(guard::no_strangers));
        axum::serve(port.listener(), routes).with_graceful_shutdown(self.stopped(stop)).await
    }

    async fn stopped(self, mut stop: watch::Receiver<()>) {
        // It is never written, so this ends when its sender is dropped.
        while stop.changed().await.is_ok() {}
        self.0.sessions.close();
    }

    fn routes(&self) -> Router {
        let (routes, _) = routes::all().finish();
        routes
            .router
            .layer(DefaultBodyLimit::max(MOST_JSON.max(bitswap_core::MAX_NEW_BLOCK_BYTES)))
            .fallback(async || errors::no_such_path())
            .method_not_allowed_fallback(async || errors::no_such_path())
            .layer(from_fn_with_state(self.0.counts.clone(), HttpCounts::count))
            .with_state(self.clone())
    }

    fn node(&self) -> Result<Arc<Node>, CliError> {
        self.0.node.upgrade().ok_or_else(CliError::stopping)
    }

    fn store(&self) -> &Arc<dyn BlockStore> {
        &self.0.store
    }
}

/// The description of the API.
pub fn document() -> Value {
    Value::clone(&routes::all().finish().1)
}

/// The same, as people read it.
pub fn document_text() -> String {
    format!("{:#}", document())
}

async fn version(State(served): State<Served>) -> Json<Version> {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    Json(Version { version, pid: std::process::id(), url: served.0.url.clone() })
}

/// A body of JSON.
fn understood<T: DeserializeOwned>(body: &[u8]) -> Result<T, CliError> {
    serde_json::from_slice(body).map_err(|why| errors::bad_request(&why))
}

fn query<T>(query: Result<axum::extract::Query<T>, QueryRejection>) -> Result<T, CliError> {
    query.map(|query| query.0).map_err(|why| errors::bad_request(&why.body_text()))
}

fn cid(text: &str) -> Result<Cid, CliError> {
    Cid::try_from(text).map_err(|_| errors::bad_cid(text, text))
}

fn cids(texts: &[String]) -> Result<Vec<Cid>, CliError> {
    if texts.len() > MOST_CIDS {
        return Err(errors::bad_request(&format!("{} cids, at most {MOST_CIDS}", texts.len())));
    }
    texts.iter().map(|text| cid(text)).collect()
}

/// A request that brings blocks must not bring more at once.
const fn too_much(bytes: usize) -> bool {
    bytes > MOST_BLOCK_BYTES + bitswap_core::MAX_BLOCK_BYTES
}
