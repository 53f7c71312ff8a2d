//! Blocks are announced when somebody asks for it, whatever the configuration says.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use bitswap_service::error::CliError;
use futures::StreamExt as _;
use futures::stream;

use super::{Served, cids, understood};
use crate::errors;
use crate::forms::{Cids, Unannounced};

/// Announcements at once; a DHT takes seconds for each.
const AT_ONCE: usize = 16;

/// Returns those that nobody was told of.
pub(super) async fn announce(
    State(served): State<Served>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Vec<Unannounced>>, CliError> {
    let body = body.map_err(|why| errors::bad_request(&why.body_text()))?;
    let Cids { cids: texts } = understood(&body)?;
    let wanted = cids(&texts)?;
    let announcer = served.node()?.announcer();
    let hashes: Vec<_> = wanted.iter().map(|cid| *cid.hash()).collect();
    let sizes = served.store().sizes(&hashes).await;
    let attempts = texts.into_iter().zip(hashes).zip(sizes).map(|((cid, hash), size)| {
        let announcer = announcer.clone();
        async move {
            let why = match size {
                Ok(Some(_)) => announcer.announce(&hash).await.err()?.to_string(),
                Ok(None) => "it is not in the store".to_owned(),
                Err(why) => why.to_string(),
            };
            Some(Unannounced { cid, why })
        }
    });
    let outcomes = stream::iter(attempts).buffered(AT_ONCE);
    Ok(Json(outcomes.filter_map(std::future::ready).collect().await))
}
