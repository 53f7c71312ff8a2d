//! Why a want or a peer is as it is: once, or again and again until the want ends.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use bitswap_service::error::CliError;
use futures::stream::{self, StreamExt as _};

use super::{Served, query};
use crate::errors;
use crate::explain::{Subject, explain as explanation};
use crate::forms::{Explain, Explanation};

/// How often what is followed is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);

pub(super) async fn explain(
    State(served): State<Served>,
    Path(subject): Path<String>,
    how: Result<Query<Explain>, QueryRejection>,
) -> Result<Response, CliError> {
    let Explain { follow } = query(how)?;
    let parsed = Subject::parse(&subject).ok_or_else(|| errors::no_subject(&subject))?;
    let first = look(&served, parsed).await?;
    let first = first.ok_or_else(|| errors::not_explained(&subject, parsed))?;
    if !follow {
        return Ok(Json(first).into_response());
    }
    let lines = stream::unfold(Some((served, first)), move |state| async move {
        let (served, shown) = state?;
        let line = line(&shown)?;
        Some((Ok::<_, Infallible>(line), following(served, parsed, shown).await))
    });
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((kind, Body::from_stream(lines.boxed())).into_response())
}

/// The next explanation that differs from the one that was shown; `None` = there will be none.
async fn following(
    served: Served,
    subject: Subject,
    shown: Explanation,
) -> Option<(Served, Explanation)> {
    if shown.ended {
        return None;
    }
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        if served.0.sessions.are_closed() {
            return None;
        }
        let now = look(&served, subject).await.ok().flatten()?;
        // That time passed is no news, but that a line grows no more is.
        let (before, after) = (shown.now_seconds, now.now_seconds);
        let settled = now
            .lines
            .iter()
            .any(|line| before <= line.grows_until_seconds && line.grows_until_seconds < after);
        if settled || now.lines != shown.lines || now.state != shown.state {
            return Some((served, now));
        }
    }
}

async fn look(served: &Served, subject: Subject) -> Result<Option<Explanation>, CliError> {
    let bitswap = served.node()?.bitswap().clone();
    explanation(&bitswap, subject).await.map_err(|_| CliError::stopping())
}

fn line(explanation: &Explanation) -> Option<Bytes> {
    let mut line = serde_json::to_vec(explanation).ok()?;
    line.push(b'\n');
    Some(line.into())
}
