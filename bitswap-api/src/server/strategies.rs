//! Strategies: which there are, and one that takes over its role.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use bitswap_service::error::CliError;
use bitswap_strategies::catalog;
use serde_json::json;

use super::{Served, understood};
use crate::errors;
use crate::forms::{ParameterRow, StrategyRow, StrategyUsed, UseStrategy};

pub(super) async fn list() -> Json<Vec<StrategyRow>> {
    let parameter = |it: catalog::Parameter| ParameterRow {
        name: it.name.to_owned(),
        meaning: it.meaning.to_owned(),
        default: json!(it.default),
        least: json!(it.least),
        most: json!(it.most),
    };
    let row = |entry: &catalog::Entry| StrategyRow {
        role: entry.role.name().to_owned(),
        name: entry.name.to_owned(),
        summary: entry.summary.to_owned(),
        parameters: entry.parameters().into_iter().map(parameter).collect(),
    };
    Json(catalog::all().iter().map(row).collect())
}

pub(super) async fn choose(
    State(served): State<Served>,
    Path(role): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<StrategyUsed>, CliError> {
    let body = body.map_err(|why| errors::bad_request(&why.body_text()))?;
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
