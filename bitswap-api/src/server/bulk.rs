//! Many blocks at a time: the store's own methods, over HTTP.

use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bitswap_service::error::CliError;
use bitswap_store::{BlockStore, Cursor, Durability, Multihash, StoreError};
use bitswap_unixfs::{CarError, car_section};
use cid::Cid;
use futures::stream::{self, StreamExt as _};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Served, cids, query, too_much, understood};
use crate::api_error::ApiError;
use crate::bounds::{CAR_TYPE, MOST_CIDS, MOST_ROWS};
use crate::cars::{Note, opened, packed};
use crate::errors;
use crate::forms::{BlockForm, Cids, LookPage, Page, Size, Sizes};
use crate::kinds;

/// Blocks that are read from the store together: a few MiB of the usual size.
const READ_TOGETHER: usize = 16;

/// How soon what is written is to be durable.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct Writing {
    /// Whether somebody waits for them to be durable.
    #[serde(default)]
    prompt: bool,
}

/// The blocks, in the order asked.
pub(super) async fn read(
    State(served): State<Served>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, CliError> {
    let asked = asked(body)?;
    let store = Arc::clone(served.store());
    let batches: Vec<Vec<Cid>> = asked.chunks(READ_TOGETHER).map(<[Cid]>::to_vec).collect();
    let sections = stream::iter(batches)
        .map(move |batch| batch_read(Arc::clone(&store), batch))
        // The next ones are read while these leave.
        .buffered(2)
        .flat_map(stream::iter);
    let body = Body::from_stream(packed(sections).map(Ok::<_, Infallible>));
    Ok(([(header::CONTENT_TYPE, CAR_TYPE)], body).into_response())
}

pub(super) async fn sizes(
    State(served): State<Served>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Sizes>, CliError> {
    let hashes = hashes(body)?;
    let sizes = served.store().sizes(&hashes).await.into_iter().map(|size| match size {
        Ok(bytes) => Size { bytes, error: None },
        Err(why) => Size { bytes: None, error: Some(ApiError::of_store(&why)) },
    });
    Ok(Json(Sizes { sizes: sizes.collect() }))
}

/// The blocks are accepted when this answers.
pub(super) async fn write(
    State(served): State<Served>,
    writing: Result<Query<Writing>, QueryRejection>,
    body: Body,
) -> Result<Response, CliError> {
    let prompt = query(writing)?.prompt;
    let durability = if prompt { Durability::Prompt } else { Durability::Relaxed };
    let mut car = opened(body.into_data_stream()).await.map_err(|why| refused_car(&why))?;
    let (mut blocks, mut total) = (Vec::new(), 0);
    while let Some(section) = car.next().await.map_err(|why| refused_car(&why))? {
        // What is in its CID needs no place in a store.
        let Some(block) = section.block else { continue };
        total += block.len();
        if too_much(total) || blocks.len() >= MOST_CIDS {
            return Err(errors::bad_request(&"more blocks than one request may bring"));
        }
        blocks.push(block);
    }
    match served.store().put_many(blocks, durability).await {
        // The receipt is not needed: whoever wants to be sure asks for a sync.
        Ok(receipt) => drop(receipt),
        Err(why) => return Ok(refused(&why)),
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The blocks cannot come back when this answers, not even by a crash.
pub(super) async fn delete(
    State(served): State<Served>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, CliError> {
    let hashes = hashes(body)?;
    let outcome = match served.store().delete_many(&hashes).await {
        Ok(receipt) => receipt.durable().await,
        Err(why) => Err(why),
    };
    Ok(done(outcome))
}

/// All that was accepted before is durable when this answers.
pub(super) async fn sync(State(served): State<Served>) -> Response {
    done(served.store().sync().await)
}

/// What is in the store, in an order of its own.
pub(super) async fn list(
    State(served): State<Served>,
    page: Result<Query<LookPage>, QueryRejection>,
) -> Result<Response, CliError> {
    let page = query(page)?;
    let limit = page.limit.unwrap_or(MOST_ROWS).clamp(1, MOST_ROWS);
    let limit = NonZeroUsize::new(limit).unwrap_or(NonZeroUsize::MIN);
    let cursor = page.cursor.as_deref().map_or(Ok(Cursor::START), from_hex)?;
    let found = match served.store().page(&cursor, limit).await {
        Ok(found) => found,
        Err(why) => return Ok(refused(&why)),
    };
    let sizes = served.store().sizes(&found.hashes).await;
    let rows = found.hashes.iter().zip(sizes).map(|(hash, size)| BlockForm {
        cid: kinds::raw_cid(*hash).to_string(),
        bytes: size.ok().flatten(),
    });
    let next = found.next.map(|next| to_hex(&next));
    Ok(Json(Page { items: rows.collect(), next }).into_response())
}

async fn batch_read(store: Arc<dyn BlockStore>, batch: Vec<Cid>) -> Vec<Bytes> {
    let hashes: Vec<Multihash> = batch.iter().map(|cid| *cid.hash()).collect();
    let answers = store.get_many(&hashes).await;
    let sections = batch.iter().zip(answers).flat_map(|(cid, answer)| match answer {
        Ok(Some(block)) => car_section(cid, block.bytes()),
        Ok(None) => Note::without(cid, None).section(),
        Err(why) => Note::without(cid, Some(ApiError::of_store(&why))).section(),
    });
    sections.collect()
}

fn asked(body: Result<Bytes, BytesRejection>) -> Result<Vec<Cid>, CliError> {
    let body = body.map_err(|why| errors::bad_request(&why.body_text()))?;
    cids(&understood::<Cids>(&body)?.cids)
}

fn hashes(body: Result<Bytes, BytesRejection>) -> Result<Vec<Multihash>, CliError> {
    Ok(asked(body)?.iter().map(|cid| *cid.hash()).collect())
}

fn refused_car(why: &CarError) -> CliError {
    if let CarError::BadBlock { why, .. } = why {
        return errors::bad_block(why);
    }
    errors::bad_request(why)
}

fn done(outcome: Result<(), StoreError>) -> Response {
    outcome.map_or_else(|why| refused(&why), |()| StatusCode::NO_CONTENT.into_response())
}

/// What the store says, for stores on the other side; it is their word that people see.
fn refused(why: &StoreError) -> Response {
    (StatusCode::CONFLICT, Json(ApiError::of_store(why))).into_response()
}

fn to_hex(cursor: &Cursor) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or_default();
    cursor.as_bytes().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}

fn from_hex(text: &str) -> Result<Cursor, CliError> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| Some(digit.to_digit(16)? as u8)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0);
    let digits = digits.ok_or_else(|| errors::bad_request(&"the cursor is none of this list"))?;
    let bytes = digits.chunks_exact(2).map(|pair| match pair {
        [high, low] => high << 4 | low,
        _ => 0,
    });
    Ok(Cursor::new(bytes.collect()))
}
