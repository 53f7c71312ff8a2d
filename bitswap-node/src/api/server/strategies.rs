//! Strategies take over their roles.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use bitswap_strategies::catalog;

use super::{Served, understood};
use crate::api::forms::{StrategyUsed, UseStrategy};
use crate::error::CliError;

pub(super) async fn choose(
    State(served): State<Served>,
    Path(role): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<StrategyUsed>, CliError> {
    let body = body.map_err(|why| CliError::bad_request(&why.body_text()))?;
    let UseStrategy { name, params, beside } = understood(&body)?;
    let role = catalog::role(&role).map_err(|why| CliError::unknown_role(&why))?;
    let swapped = served.node()?.use_strategy(role, &name, params, beside).await?;
    Ok(Json(StrategyUsed {
        role: swapped.role.name().to_owned(),
        before: swapped.before,
        now: swapped.now,
        params: swapped.params,
        generation: swapped.generation,
    }))
}
