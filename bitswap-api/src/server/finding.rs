//! Providers and peers are looked for: by the node's routers, which know more than those of a
//! command would.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use bitswap_service::error::CliError;
use futures::future::ready;
use futures::stream::StreamExt as _;
use libp2p::PeerId;

use super::{Served, cid, query};
use crate::errors;
use crate::forms::{FindProviders, FoundPeer};
use crate::rows;

/// The most providers that can be asked for.
const MOST: u32 = 1_000;
/// The longest that each router can take, in seconds.
const LONGEST: u32 = 3_600;

pub(super) async fn providers(
    State(served): State<Served>,
    Path(text): Path<String>,
    how: Result<Query<FindProviders>, QueryRejection>,
) -> Result<Response, CliError> {
    let FindProviders { most, timeout } = query(how)?;
    let cid = cid(&text)?;
    let finder = served.node()?.finder().clone();
    if !finder.has_routers() {
        return Err(errors::no_router());
    }
    let timeout = Duration::from_secs(timeout.min(LONGEST).into());
    let lines = finder.providers(cid, most.min(MOST), timeout).filter_map(|event| {
        let line = serde_json::to_vec(&rows::router_said(&event)).ok().map(|mut line| {
            line.push(b'\n');
            Ok::<_, Infallible>(Bytes::from(line))
        });
        ready(line)
    });
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((kind, Body::from_stream(lines.boxed())).into_response())
}

pub(super) async fn peer(
    State(served): State<Served>,
    Path(text): Path<String>,
) -> Result<Json<FoundPeer>, CliError> {
    let peer: PeerId = text.parse().map_err(|_| errors::bad_peer_id(&text))?;
    Ok(Json(rows::found_peer(&served.node()?.find_peer(peer).await?)))
}
