//! `bitswap block ls`: what is in the store.

use std::num::NonZeroUsize;

use bitswap_api::{BlockForm, raw_cid};
use bitswap_service::error::{CliError, Exit};
use bitswap_service::units::size;
use bitswap_store::Cursor;

use crate::access::Access;
use crate::cli::output::Output;
use crate::cli::pages;

/// Lists the blocks in the store, in no useful order. A store keeps blocks by their hashes alone,
/// so each is listed as raw bytes, whatever CIDs it is known by.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Say how large each is
    #[arg(long, short)]
    long: bool,
}

impl Args {
    const PAGE: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();

    pub(super) async fn run(self, access: &Access, output: Output) -> Result<Exit, CliError> {
        let store = access.store();
        let mut cursor = Some(Cursor::START);
        let mut first = true;
        while let Some(from) = cursor {
            let page = store.page(&from, Self::PAGE).await;
            let page = page.map_err(|why| CliError::store(&why))?;
            let sizes = store.sizes(&page.hashes).await;
            let row = |(hash, bytes): (_, Result<Option<u32>, _>)| BlockForm {
                cid: raw_cid(hash).to_string(),
                bytes: bytes.ok().flatten(),
            };
            let rows: Vec<_> = page.hashes.into_iter().zip(sizes).map(row).collect();
            self.tell(output, &rows, first);
            first = false;
            cursor = page.next;
        }
        Ok(Exit::Ok)
    }

    fn tell(&self, output: Output, rows: &[BlockForm], first: bool) {
        if rows.is_empty() {
            return;
        }
        let line = |row: &BlockForm| match row.bytes {
            Some(bytes) if self.long => format!("{}  {}", row.cid, size(bytes.into())),
            _ => row.cid.clone(),
        };
        let text: Vec<_> = rows.iter().map(line).collect();
        let mut lines = pages::lines(rows);
        if !first && let Some(serde_json::Value::Object(line)) = lines.first_mut() {
            line.remove("v");
        }
        output.list(&lines, &text.join("\n"));
    }
}
