//! What the daemon is to keep, and what it frees.

use std::sync::Mutex;

use bitswap_service::error::CliError;
use bitswap_service::keep::{Pin, PinKind};
use cid::Cid;
use futures::stream::{BoxStream, StreamExt as _};
use reqwest::Method;

use super::{Client, answered, body, parsed};
use crate::bounds::MOST_CIDS;
use crate::forms::{GcReport, LookPage, Page, PinRow, Pinning};

impl Client {
    /// All pins.
    pub async fn pins(&self) -> Result<Vec<Pin>, CliError> {
        let mut pins = Vec::new();
        let mut look = LookPage::default();
        loop {
            let page: Page<PinRow> = self.get("/pins", &look).await?;
            pins.extend(understood(page.items)?);
            if page.next.is_none() {
                return Ok(pins);
            }
            look.cursor = page.next;
        }
    }

    /// All of these or none, if they fit into one request.
    pub async fn pin(&self, cids: &[Cid], kind: PinKind) -> Result<Vec<Pin>, CliError> {
        let mut pins = Vec::new();
        for part in cids.chunks(MOST_CIDS) {
            let form = Pinning { cids: part.iter().map(ToString::to_string).collect(), kind };
            let request = self.post("/pins", &form);
            pins.extend(understood(parsed(answered(request).await?).await?)?);
        }
        Ok(pins)
    }

    /// As [`pin`](Self::pin).
    pub async fn unpin(&self, cids: &[Cid]) -> Result<Vec<Pin>, CliError> {
        let mut pins = Vec::new();
        for part in cids.chunks(MOST_CIDS) {
            let request = self.about("/pins/remove", part);
            pins.extend(understood(parsed(answered(request).await?).await?)?);
        }
        Ok(pins)
    }
}

/// As long as this lives, the daemon frees nothing that is put or found since it was made.
pub struct RemoteLease {
    /// Not read any more, only held: the lock is never taken.
    _answer: Mutex<BoxStream<'static, Result<bytes::Bytes, reqwest::Error>>>,
}

impl Client {
    /// Has all kept that is put or found from now on.
    pub async fn lease(&self) -> Result<RemoteLease, CliError> {
        let mut answer = body(answered(self.request(Method::POST, "/leases")).await?).boxed();
        let first = answer.next().await.ok_or_else(|| CliError::lost(&"no lease"))?;
        first.map_err(|why| CliError::lost(&why))?;
        Ok(RemoteLease { _answer: Mutex::new(answer) })
    }

    /// Frees what nobody keeps.
    pub async fn collect(&self, dry_run: bool) -> Result<GcReport, CliError> {
        let request = self.request(Method::POST, "/gc").query(&[("dry_run", dry_run)]);
        parsed(answered(request).await?).await
    }
}

fn understood(rows: Vec<PinRow>) -> Result<Vec<Pin>, CliError> {
    let pin = |row: PinRow| {
        let cid = Cid::try_from(row.cid.as_str()).map_err(|why| CliError::lost(&why))?;
        Ok(Pin { cid, kind: row.kind })
    };
    rows.into_iter().map(pin).collect()
}
