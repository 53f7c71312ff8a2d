//! `bitswap car import` and `bitswap car verify`: a CAR is read, and each block checked.

use std::path::{Path, PathBuf};

use bitswap_service::error::{CliError, Exit};
use bitswap_service::keep::PinKind;
use bitswap_service::plural::counted;
use bitswap_service::units::size;
use bitswap_store::BlockStore;
use bitswap_unixfs::{CarSummary, import_car};
use cid::Cid;
use serde_json::json;

use super::open;
use crate::access::{Access, NodeSelector, StrategyArgs};
use crate::cli::errors;
use crate::cli::output::Output;
use crate::cli::progress::Progress;
use crate::stop::Stop;

/// Takes the blocks of CAR files into the node's store, and prints their roots when all is safe on
/// the disk. Versions 1 and 2 are read.
///
/// Each block is checked against its CID. Of a file that is damaged, the blocks before the damage
/// are kept. Roots are pinned if all that they link to is there.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap car import photos.car
  curl https://trustless-gateway.link/ipfs/bafy…?format=car | bitswap car import -")]
pub(super) struct Args {
    /// CAR files; - is stdin
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Do not pin the roots: the next  bitswap gc  may free the blocks
    #[arg(long)]
    no_pin: bool,
}

/// Reads a CAR file to its end, and checks each block against its CID. Nothing is stored.
///
/// Exit code 5 if it is damaged, and the message says at which byte.
#[derive(Debug, clap::Args)]
pub(super) struct VerifyArgs {
    /// CAR file; - is stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
        mut stop: Stop,
    ) -> Result<Exit, CliError> {
        let mut access = Access::open(selector, &StrategyArgs::default(), &[]).await?;
        access.must_keep()?;
        access.hold().await?;
        let imported = stop.unless(self.import(&access, output)).await;
        stop.unless(access.close()).await?;
        for (place, (file, summary)) in self.files.iter().zip(imported?).enumerate() {
            tell(file, &summary, "imported", place == 0, output);
        }
        Ok(Exit::Ok)
    }

    async fn import(&self, access: &Access, output: Output) -> Result<Vec<CarSummary>, CliError> {
        let store = access.store();
        let mut progress = Progress::new(output);
        let mut summaries = Vec::new();
        for file in &self.files {
            summaries.push(read(Some(store.as_ref()), file, &progress).await?);
        }
        progress.stage("writing");
        store.sync().await.map_err(|why| CliError::store(&why))?;
        if !self.no_pin {
            progress.stage("pinning");
            for summary in &summaries {
                pin_roots(access, summary, output).await?;
            }
        }
        progress.end();
        Ok(summaries)
    }
}

/// A root of which something is missing is told, and left as it is.
async fn pin_roots(access: &Access, summary: &CarSummary, output: Output) -> Result<(), CliError> {
    let CarSummary { header, missing_roots, .. } = summary;
    for root in header.roots.iter().filter(|root| !missing_roots.contains(root)) {
        match access.pin(&[*root], PinKind::Recursive).await {
            Err(why) if why.code == "not-whole" => {
                output.progress(&format!("{root} is not pinned: {}", why.why));
            }
            Err(why) => return Err(why),
            Ok(_) => {}
        }
    }
    Ok(())
}

impl VerifyArgs {
    pub(super) async fn run(self, output: Output, mut stop: Stop) -> Result<Exit, CliError> {
        let mut progress = Progress::new(output);
        let summary = stop.unless(read(None, &self.file, &progress)).await?;
        progress.end();
        tell(&self.file, &summary, "verified", true, output);
        Ok(Exit::Ok)
    }
}

async fn read(
    store: Option<&dyn BlockStore>,
    file: &Path,
    progress: &Progress,
) -> Result<CarSummary, CliError> {
    let (from, length) = open(file).await?;
    progress.stage(&format!("reading {}", file.display()));
    let meter = progress.meter();
    let watch = move |at| meter.at(at, length);
    import_car(store, from, &watch).await.map_err(|why| errors::car(file, why))
}

fn tell(file: &Path, summary: &CarSummary, done: &str, first: bool, output: Output) {
    let CarSummary { header, missing_roots, blocks, bytes, .. } = summary;
    let name = file.display().to_string();
    let names = |cids: &[Cid]| cids.iter().map(ToString::to_string).collect::<Vec<_>>();
    for root in missing_roots {
        output.progress(&format!("{name} does not hold the block of its root {root}"));
    }
    let roots = names(&header.roots);
    let mut result = json!({
        "path": name, "version": header.version, "roots": roots,
        "missing_roots": names(missing_roots), "blocks": blocks, "bytes": bytes,
    });
    if first && let Some(result) = result.as_object_mut() {
        result.insert("v".to_owned(), json!(1));
    }
    let lines = roots.iter().map(|root| format!("root {root}"));
    let head = format!("{done} {name}  {}  {}", counted(*blocks, "block"), size(*bytes));
    let text = std::iter::once(head).chain(lines).collect::<Vec<_>>().join("\n");
    output.essential(&result, &text, &roots.join("\n"));
}
