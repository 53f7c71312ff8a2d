//! Counts the requests of the API: by what they are about and how they ended, never by a path.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use metrics::{Counter, Histogram, Recorder};

use super::families::{API_REQUESTS, API_SECONDS};
use super::{counter, histogram};

/// What requests are about; the last is what is not there.
pub(super) const ROUTES: [&str; 6] = ["block", "session", "look", "change", "keep", "other"];
/// How they ended: with a status of this hundred. Nothing answers with another.
pub(super) const STATUSES: [&str; 3] = ["2xx", "4xx", "5xx"];

/// Counts requests; clones count together.
#[derive(Clone, Debug)]
pub struct HttpCounts(Arc<[Route; ROUTES.len()]>);

#[derive(Debug)]
struct Route {
    ended: [Counter; STATUSES.len()],
    seconds: Histogram,
}

impl HttpCounts {
    /// Registers all series.
    pub(crate) fn new(recorder: &dyn Recorder) -> Self {
        let route = |route| Route {
            ended: STATUSES.map(|status| {
                counter(recorder, API_REQUESTS, &[("route", route), ("status", status)])
            }),
            seconds: histogram(recorder, API_SECONDS, &[("route", route)]),
        };
        Self(Arc::new(ROUTES.map(route)))
    }

    /// Counts a request that is answered by `next`, until its answer begins.
    pub async fn count(State(counts): State<Self>, request: Request, next: Next) -> Response {
        let begun = Instant::now();
        let place = place_of(request.uri().path());
        let response = next.run(request).await;
        if let Some(route) = counts.0.get(place) {
            route.seconds.record(begun.elapsed());
            if let Some(ended) = route.ended.get(place_of_status(response.status())) {
                ended.increment(1);
            }
        }
        response
    }
}

/// The place in [`ROUTES`] of a path below the root of the API.
fn place_of(path: &str) -> usize {
    match path.split('/').nth(1).unwrap_or_default() {
        "blocks" => 0,
        "sessions" => 1,
        "explain" | "id" | "ledger" | "openapi.json" | "peers" | "stat" | "version"
        | "wantlist" => 2,
        "announce" | "strategies" => 3,
        "gc" | "leases" | "pins" => 4,
        _ => 5,
    }
}

fn place_of_status(status: StatusCode) -> usize {
    if status.is_server_error() { 2 } else { usize::from(status.is_client_error()) }
}
