//! Garbage is freed when somebody asks for it, and not what is in use under a lease.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use bitswap_service::error::CliError;
use bitswap_store::Sweep;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Served, query, sessions};
use crate::forms::GcReport;
use crate::rows;

/// What is to be done.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct Collecting {
    /// Only count.
    #[serde(default)]
    dry_run: bool,
}

/// When whoever asks goes away, it ends.
pub(super) async fn collect(
    State(served): State<Served>,
    how: Result<Query<Collecting>, QueryRejection>,
) -> Result<Json<GcReport>, CliError> {
    let Collecting { dry_run } = query(how)?;
    let how = Sweep { dry_run, enough: None };
    let collected = served.0.keeper.collect(how).await?;
    Ok(Json(rows::collected(&collected, dry_run)))
}

/// Keeps what is put or found from now on, as long as the answer is read.
pub(super) async fn lease(State(served): State<Served>) -> Result<Response, CliError> {
    sessions::lasting(&served, None, Box::new(served.0.keeper.lease())).await
}
