//! `bitswap car export`: all blocks of a tree in one file.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use bitswap_service::error::{CliError, Exit};
use bitswap_service::plural::counted;
use bitswap_service::units::size;
use bitswap_unixfs::{BlockReader, CarError, CarWriter, Export, Exported, PartFile};
use cid::Cid;
use serde_json::json;
use tokio::io::{AsyncWrite, BufWriter};

use crate::access::NodeSelector;
use crate::cli::errors;
use crate::cli::output::{self, Output};
use crate::cli::read_command::{ReadArgs, ReadCommand};
use crate::stop::Stop;

/// Writes all blocks of a tree as a CAR of version 1, in the order of `ipfs dag export`: each
/// block once, a node before what it links to.
///
/// A file has its name when it is whole. Blocks that are not in the store are fetched, and kept.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap car export bafy… -o photos.car
  bitswap car export bafy…/album --peer /ip4/… | gzip > album.car.gz")]
pub(super) struct Args {
    #[command(flatten)]
    read: ReadArgs,

    /// File to write; - is stdout [default: stdout]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Overwrite the file
    #[arg(long)]
    force: bool,
}

/// What was done.
struct Done {
    root: Cid,
    exported: Exported,
    /// Bytes of the CAR.
    written: u64,
}

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
        mut stop: Stop,
    ) -> Result<Exit, CliError> {
        let request = self.read.parse()?;
        let file = match &self.output {
            Some(path) if path != Path::new("-") => Some(PartFile::create(path, self.force).await?),
            None if io::stdout().is_terminal() => return Err(errors::car_on_terminal()),
            _ => None,
        };
        let mut read = request.open(selector, output).await?;
        let work = stop.unless(export(&mut read, file)).await;
        let done = read.close(work, &mut stop).await?;
        self.tell(&done, output);
        Ok(Exit::Ok)
    }

    fn tell(&self, done: &Done, output: Output) {
        let Done { root, exported, written } = done;
        let name = self.output.as_ref().filter(|path| *path != Path::new("-"));
        let result = json!({
            "v": 1, "root": root.to_string(), "path": name, "blocks": exported.blocks,
            "bytes": exported.bytes, "car_bytes": written,
        });
        let to =
            name.map_or_else(|| "to standard output".to_owned(), |name| name.display().to_string());
        let text =
            format!("exported {to}  {}  {}", counted(exported.blocks, "block"), size(*written));
        if name.is_none() {
            // Stdout is the CAR's.
            output.progress(&text);
            return output.summary(&result);
        }
        output.essential(&result, &text, &to);
    }
}

async fn export(read: &mut ReadCommand, file: Option<PartFile>) -> Result<Done, CliError> {
    let mut reader = read.reader();
    let root = read.resolve(&mut reader).await?;
    let Some(mut file) = file else {
        let stdout = BufWriter::with_capacity(1 << 20, output::stdout_for_content());
        return write(read, &mut reader, root, stdout).await;
    };
    let done = write(read, &mut reader, root, file.writer()).await?;
    file.keep().await?;
    Ok(done)
}

async fn write(
    read: &mut ReadCommand,
    reader: &mut BlockReader,
    root: Cid,
    to: impl AsyncWrite + Unpin,
) -> Result<Done, CliError> {
    let mut writer = CarWriter::new(to, &[root]).await.map_err(errors::export)?;
    let mut export = Export::new(root);
    read.progress.stage(&format!("exporting {root}"));
    let meter = read.progress.meter();
    let watch = move |done: &Exported| meter.at(done.bytes, None);
    let exported = loop {
        match export.run(reader, &mut writer, &watch).await {
            Ok(exported) => break exported,
            Err(CarError::Dag(why)) => read.or_attach(reader, *why).await?,
            Err(why) => return Err(errors::export(why)),
        }
    };
    let written = writer.finish().await.map_err(errors::export)?;
    Ok(Done { root, exported, written })
}
