//! Metrics and health of a node over HTTP, and what it knows of providers: on loopback, unless its
//! operator lets others read the metrics.

mod errors;
mod guard;
mod problem;
mod providers;

#[cfg(test)]
mod tests;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::middleware;
use axum::response::IntoResponse;
use axum::routing::get;
use bitswap_net::Bitswap;
use tokio::net::TcpListener;
use tokio::time::timeout;

pub use self::guard::{Readers, is_local};
pub use self::problem::{PROBLEM_TYPE, Problem};
pub use self::providers::{ProvidersPort, ProvidersState};

use crate::error::CliError;
use crate::metrics::{NodeMetrics, Scrape};
use crate::scripts::{self, Watch};

/// A port that was taken before anything else is started, so that a clash is told at once.
#[derive(Debug)]
pub struct Port {
    listener: TcpListener,
    address: SocketAddr,
    readers: Readers,
}

impl Port {
    /// Takes a port of 127.0.0.1; 0 = any that is free.
    ///
    /// # Errors
    /// It is taken, or the system refuses.
    pub async fn take(port: u16) -> Result<Self, CliError> {
        Self::at((Ipv4Addr::LOCALHOST, port).into()).await
    }

    /// Takes an address of this machine; with port 0, any port that is free.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub async fn at(address: SocketAddr) -> Result<Self, CliError> {
        let port = address.port();
        let refused = |why: io::Error| {
            if why.kind() == io::ErrorKind::AddrInUse {
                CliError::port_taken(port)
            } else {
                CliError::port_unusable(port, &why)
            }
        };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        Ok(Self { listener, address, readers: Readers::Local })
    }

    /// The same, for others than programs of this machine.
    pub fn for_readers(self, readers: Readers) -> Self {
        Self { readers, ..self }
    }

    /// Where the metrics will be.
    pub(crate) fn metrics_url(&self) -> String {
        format!("http://{}/metrics", self.address)
    }

    /// Serves until it is dropped.
    pub(crate) async fn serve(self, state: MetricsState) -> io::Result<()> {
        axum::serve(self.listener, routes(state, &self.readers)).await
    }
}

/// The state behind the routes: metrics and health.
#[derive(Clone)]
pub(crate) struct MetricsState {
    pub(crate) bitswap: Bitswap,
    pub(crate) metrics: NodeMetrics,
    pub(crate) scripts: Watch,
    /// What is looked up for each scrape.
    pub(crate) scrape: Scrape,
    /// Whether the node listens for connections.
    pub(crate) listening: bool,
}

/// An engine that takes longer is not ready for anybody.
const ENGINE_TIMEOUT: Duration = Duration::from_secs(2);

/// Whether the engine answers in time.
pub(crate) async fn answers(bitswap: &Bitswap) -> bool {
    matches!(timeout(ENGINE_TIMEOUT, bitswap.stats()).await, Ok(Ok(_)))
}

fn routes(state: MetricsState, readers: &Readers) -> Router {
    let routes = Router::new().route("/metrics", get(metrics));
    let routes = match readers {
        Readers::Local | Readers::Anybody => routes,
        Readers::Token(token) => {
            let guard = middleware::from_fn_with_state(Arc::clone(token), guard::token_only);
            routes.layer(guard)
        }
    };
    // Nothing in these helps a stranger.
    let routes = routes.route("/healthz", get(async || "alive\n")).route("/readyz", get(ready));
    let routes = match readers {
        Readers::Local => routes.layer(middleware::from_fn(guard::local_names_only)),
        Readers::Token(_) | Readers::Anybody => routes,
    };
    routes.with_state(state)
}

async fn metrics(State(state): State<MetricsState>) -> impl IntoResponse {
    // An engine that takes longer is to be seen by its counts that stand still, and not by silence.
    let updated = timeout(ENGINE_TIMEOUT, state.bitswap.update_metrics()).await;
    if !matches!(updated, Ok(Ok(()))) {
        tracing::debug!("the engine does not answer; its last counts are told");
    }
    let recorder = state.metrics.recorder.as_ref();
    scripts::update(&state.scripts, recorder);
    state.scrape.update(recorder);
    let format = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    let rendered = [state.metrics.handle.render(), Scrape::in_fractions()];
    (format, rendered.concat())
}

async fn ready(State(state): State<MetricsState>) -> impl IntoResponse {
    let answers = answers(&state.bitswap).await;
    let failing = state.scrape.store.usage().failing;
    let is_ready = state.listening && answers && failing.is_none();
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let word = |is: bool| if is { "yes" } else { "no" };
    let writes = failing.map_or_else(|| "yes".to_owned(), |why| format!("no, {why}"));
    let (listening, answers) = (word(state.listening), word(answers));
    let text =
        format!("listening: {listening}\nengine answers: {answers}\nstore writes: {writes}\n");
    (status, text)
}
