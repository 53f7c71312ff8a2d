//! One block at a time.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bitswap_net::{Block, SessionOptions};
use bitswap_service::error::CliError;
use bitswap_store::{BlockStore, Durability};
use bitswap_unixfs::{DagError, WantError};
use cid::Cid;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Served, cid, query};
use crate::bounds::ROOT;
use crate::errors;
use crate::forms::BlockForm;
use crate::kinds::BlockKind;

/// What an answer is whose content is its name's hash: it never changes.
const FOR_EVER: &str = "public, max-age=29030400, immutable";
/// What one block is called.
pub(super) const RAW_TYPE: &str = "application/vnd.ipld.raw";

/// How a block is got.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct Getting {
    /// From peers, if it is not in the store.
    #[serde(default)]
    fetch: bool,
    /// How long nothing may come.
    timeout: Option<String>,
}

/// What a block is to be called.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct Putting {
    /// What is in it; `raw` if it is not said.
    codec: Option<String>,
    /// What its name is made with; `sha2-256` if it is not said.
    hash: Option<String>,
}

pub(super) async fn get(
    State(served): State<Served>,
    Path(name): Path<String>,
    getting: Result<Query<Getting>, QueryRejection>,
) -> Result<Response, CliError> {
    let (cid, getting) = (cid(&name)?, query(getting)?);
    let block = match local(served.store().as_ref(), &cid).await? {
        Some(block) => block,
        None if getting.fetch => fetched(&served, cid, &getting).await?,
        None => return Err(errors::not_stored(&cid)),
    };
    let head = [
        (header::CONTENT_TYPE, RAW_TYPE.to_owned()),
        (header::CACHE_CONTROL, FOR_EVER.to_owned()),
        (header::ETAG, format!("\"{cid}\"")),
    ];
    Ok((head, block.bytes().clone()).into_response())
}

pub(super) async fn head(
    State(served): State<Served>,
    Path(name): Path<String>,
) -> Result<Response, CliError> {
    let cid = cid(&name)?;
    let size = served.store().sizes(&[*cid.hash()]).await.pop();
    let size = size.unwrap_or(Ok(None)).map_err(|why| CliError::store(&why))?;
    let size = size.ok_or_else(|| errors::not_stored(&cid))?;
    let head =
        [(header::CONTENT_TYPE, RAW_TYPE.to_owned()), (header::CONTENT_LENGTH, size.to_string())];
    Ok((head, ()).into_response())
}

/// The block is durable when this answers.
pub(super) async fn put(
    State(served): State<Served>,
    putting: Result<Query<Putting>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, CliError> {
    let putting = query(putting)?;
    let bytes = body.map_err(|why| errors::body(why.status().as_u16(), &why.body_text()))?;
    let codec = putting.codec.as_deref().unwrap_or("raw");
    let hash = putting.hash.as_deref().unwrap_or("sha2-256");
    let (cid, block) = BlockKind::named(codec, hash)?.block(bytes)?;
    let bytes = block.len() as u32;
    let receipt = served.store().put_many(vec![block], Durability::Prompt).await;
    let receipt = receipt.map_err(|why| CliError::store(&why))?;
    receipt.durable().await.map_err(|why| CliError::store(&why))?;
    let place = [(header::LOCATION, format!("{ROOT}/blocks/{cid}"))];
    let told = BlockForm { cid: cid.to_string(), bytes: Some(bytes) };
    Ok((StatusCode::CREATED, place, Json(told)).into_response())
}

/// The block cannot come back when this answers, not even by a crash.
pub(super) async fn delete(
    State(served): State<Served>,
    Path(name): Path<String>,
) -> Result<StatusCode, CliError> {
    let receipt = served.store().delete_many(&[*cid(&name)?.hash()]).await;
    let receipt = receipt.map_err(|why| CliError::store(&why))?;
    receipt.durable().await.map_err(|why| CliError::store(&why))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn local(store: &dyn BlockStore, cid: &Cid) -> Result<Option<Block>, CliError> {
    let found = store.get_many(&[*cid.hash()]).await.pop();
    found.unwrap_or(Ok(None)).map_err(|why| CliError::store(&why))
}

async fn fetched(served: &Served, cid: Cid, getting: &Getting) -> Result<Block, CliError> {
    const TIMEOUT: Duration = Duration::from_secs(60);
    let said = getting.timeout.as_deref();
    let timeout = said.map_or(Ok(TIMEOUT), bitswap_service::units::duration)?;
    let options = SessionOptions { timeout: Some(timeout), ..SessionOptions::default() };
    let got = served.node()?.bitswap().session_with(options).get(cid).await;
    got.map_err(|why| DagError::Want(Box::new(WantError::from(why))).into())
}
