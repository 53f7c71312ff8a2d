//! Pins: what is kept whatever is freed.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use bitswap_service::error::CliError;
use bitswap_service::keep::Pin;
use cid::Cid;

use super::{Served, cids, query, understood};
use crate::bounds::MOST_ROWS;
use crate::errors;
use crate::forms::{Cids, LookPage, Page, PinRow, Pinning};
use crate::rows;

/// In order of CIDs.
pub(super) async fn list(
    State(served): State<Served>,
    page: Result<Query<LookPage>, QueryRejection>,
) -> Result<Json<Page<PinRow>>, CliError> {
    let page = query(page)?;
    let after = page.cursor.as_deref().map(Cid::try_from).transpose();
    let after = after.map_err(|_| errors::bad_request(&"the cursor is none of this list"))?;
    let limit = page.limit.unwrap_or(MOST_ROWS).clamp(1, MOST_ROWS);
    let mut pins = served.0.keeper.pins().await?;
    pins.retain(|pin| after.is_none_or(|after| pin.place() > after));
    let more = pins.len() > limit;
    pins.truncate(limit);
    let next = pins.last().filter(|_| more).map(|last| last.place().to_string());
    Ok(Json(Page { items: pins.iter().map(rows::pin).collect(), next }))
}

/// Pins all of these or none; durable when this answers.
pub(super) async fn add(
    State(served): State<Served>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Vec<PinRow>>, CliError> {
    let body = body.map_err(|why| errors::bad_request(&why.body_text()))?;
    let Pinning { cids: texts, kind } = understood(&body)?;
    Ok(told(&served.0.keeper.pin(&cids(&texts)?, kind).await?))
}

/// Takes back the pins of all of these, or none; durable when this answers.
pub(super) async fn remove(
    State(served): State<Served>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Vec<PinRow>>, CliError> {
    let body = body.map_err(|why| errors::bad_request(&why.body_text()))?;
    let Cids { cids: texts } = understood(&body)?;
    Ok(told(&served.0.keeper.unpin(&cids(&texts)?).await?))
}

fn told(pins: &[Pin]) -> Json<Vec<PinRow>> {
    Json(pins.iter().map(rows::pin).collect())
}
