//! `bitswap ls`: what is in a directory.

use bitswap_service::error::{CliError, Exit};
use bitswap_service::units::size;
use bitswap_unixfs::{Kind, List, Listed};
use serde_json::{Value, json};

use super::output::Output;
use super::read_command::{ReadArgs, ReadCommand};
use crate::access::NodeSelector;
use crate::stop::Stop;
use crate::table::printable;

/// Lists what is in a directory; names of directories end in a slash.
///
/// Of files, only the first block is fetched, and not even that if it is nothing but content.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap ls bafy… --peer /ip4/127.0.0.1/tcp/4001/p2p/12D3Koo…
  bitswap ls --long bafy…/photos         with sizes and CIDs
  bitswap ls --recursive --json bafy…    all that is below, one object each")]
pub(super) struct Args {
    #[command(flatten)]
    read: ReadArgs,

    /// Show sizes and CIDs, too
    #[arg(long, short)]
    long: bool,

    /// Also what is in directories below
    #[arg(long, short)]
    recursive: bool,
}

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
        mut stop: Stop,
    ) -> Result<Exit, CliError> {
        let request = self.read.parse()?;
        let mut read = request.open(selector, output).await?;
        let work = stop.unless(self.list(&mut read, output)).await;
        read.close(work, &mut stop).await?;
        Ok(Exit::Ok)
    }

    async fn list(&self, read: &mut ReadCommand, output: Output) -> Result<(), CliError> {
        let mut reader = read.reader();
        let top = read.resolve(&mut reader).await?;
        let mut list = List::new(top, self.recursive);
        let mut first = true;
        loop {
            let listed = match list.next(&mut reader).await {
                Ok(Some(listed)) => listed,
                Ok(None) => return Ok(()),
                Err(why) => {
                    read.or_attach(&mut reader, why).await?;
                    continue;
                }
            };
            // Each line is shown when it is known, where a bar would be in the way.
            read.progress.end();
            let name =
                if listed.path.is_empty() { read.target.name() } else { listed.path.clone() };
            output.result(&as_json(&listed, &name, first), &self.text(&listed, &name));
            first = false;
        }
    }

    fn text(&self, listed: &Listed, name: &str) -> String {
        let slash = if listed.kind == Kind::Directory { "/" } else { "" };
        let name = printable(name);
        if !self.long {
            return format!("{name}{slash}");
        }
        let size = listed.bytes.map_or_else(|| "-".to_owned(), size);
        format!("{size:>10}  {}  {name}{slash}", listed.cid)
    }
}

fn as_json(listed: &Listed, name: &str, first: bool) -> Value {
    let mut told = json!({
        "name": name, "cid": listed.cid.to_string(), "bytes": listed.bytes,
        "kind": match listed.kind {
            Kind::Directory => "directory",
            Kind::File => "file",
            Kind::Other => "other",
            Kind::Symlink => "symlink",
        },
    });
    if first && let Some(told) = told.as_object_mut() {
        told.insert("v".to_owned(), json!(1));
    }
    told
}
