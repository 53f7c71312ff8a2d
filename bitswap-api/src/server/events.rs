//! What happens, as it happens: lines of JSON until the daemon ends or nobody reads any more.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use bitswap_net::{LiveEvent, LiveEvents};
use bitswap_service::error::CliError;
use futures::stream::{self, StreamExt as _};
use tokio::time::timeout;

use super::Served;
use crate::forms::EventRow;

/// How often it is looked whether the daemon ends while nothing happens.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Lines that leave together, if so much has happened.
const TOGETHER: usize = 256;

pub(super) async fn events(State(served): State<Served>) -> Result<Response, CliError> {
    let live = served.node()?.bitswap().listen().map_err(|_| CliError::stopping())?;
    let lines = stream::unfold((served, live), async |(served, mut live)| {
        let first = next(&served, &mut live).await?;
        let mut lines = Vec::new();
        push(&mut lines, first);
        for _ in 1..TOGETHER {
            let Some(event) = live.next_at_once() else { break };
            push(&mut lines, event);
        }
        Some((Ok::<_, Infallible>(Bytes::from(lines)), (served, live)))
    });
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((kind, Body::from_stream(lines.boxed())).into_response())
}

/// `None` = the daemon ends.
async fn next(served: &Served, live: &mut LiveEvents) -> Option<LiveEvent> {
    loop {
        if served.0.sessions.are_closed() {
            return None;
        }
        if let Ok(event) = timeout(LOOK_EVERY, live.next()).await {
            return event;
        }
    }
}

fn push(lines: &mut Vec<u8>, event: LiveEvent) {
    let line = EventRow::of(event).and_then(|row| serde_json::to_vec(&row).ok());
    if let Some(line) = line {
        lines.extend(line);
        lines.push(b'\n');
    }
}
