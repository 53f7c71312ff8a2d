//! What the daemon is to keep.

use cid::Cid;

use super::{Client, answered, parsed};
use crate::api::MOST_CIDS;
use crate::api::forms::{LookPage, Page, PinRow, Pinning};
use crate::error::CliError;
use crate::keep::{Pin, PinKind};

impl Client {
    pub(crate) async fn pins(&self) -> Result<Vec<Pin>, CliError> {
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
    pub(crate) async fn pin(&self, cids: &[Cid], kind: PinKind) -> Result<Vec<Pin>, CliError> {
        let mut pins = Vec::new();
        for part in cids.chunks(MOST_CIDS) {
            let form = Pinning { cids: part.iter().map(ToString::to_string).collect(), kind };
            let request = self.post("/pins", &form);
            pins.extend(understood(parsed(answered(request).await?).await?)?);
        }
        Ok(pins)
    }

    /// As [`pin`](Self::pin).
    pub(crate) async fn unpin(&self, cids: &[Cid]) -> Result<Vec<Pin>, CliError> {
        let mut pins = Vec::new();
        for part in cids.chunks(MOST_CIDS) {
            let request = self.about("/pins/remove", part);
            pins.extend(understood(parsed(answered(request).await?).await?)?);
        }
        Ok(pins)
    }
}

fn understood(rows: Vec<PinRow>) -> Result<Vec<Pin>, CliError> {
    let pin = |row: PinRow| {
        let cid = Cid::try_from(row.cid.as_str()).map_err(|why| CliError::lost(&why))?;
        Ok(Pin { cid, kind: row.kind })
    };
    rows.into_iter().map(pin).collect()
}
