//! `bitswap gc`: blocks that nobody keeps leave the store.

use bitswap_api::GcReport;
use bitswap_service::error::{CliError, Exit};
use bitswap_service::plural::{self, counted};
use bitswap_service::units::size;
use serde_json::{Value, json};

use super::output::Output;
use crate::access::{Access, NodeSelector, StrategyArgs};
use crate::stop::Stop;

/// Frees the blocks in the store that belong to no pinned tree, while the daemon goes on, and says
/// what was freed, and which pins keep the rest.
///
/// What comes into the store or is read while it runs stays, and so does what an add, a get, a pin
/// or an import in progress has put. If a block of a pinned tree is missing that may link to
/// others, nothing is freed: what is below it would be.
///
/// The disk gets the room back later, when the store's files are compacted; not that of the file in
/// use, of up to 256 MiB. On a full disk it may be refused.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap gc --dry-run              what would be freed, and what is kept by which pins
  bitswap gc")]
pub(super) struct Args {
    /// Only say what would be freed
    #[arg(long)]
    dry_run: bool,

    /// Free all blocks even if nothing is pinned
    #[arg(long, short)]
    yes: bool,
}

/// Pins that are told by name.
const TOLD: usize = 10;

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
        mut stop: Stop,
    ) -> Result<Exit, CliError> {
        let access = Access::open(selector, &StrategyArgs::default(), &[]).await?;
        let done = stop.unless(self.collect(&access)).await;
        stop.unless(access.close_unchanged()).await?;
        tell(&done?, output);
        Ok(Exit::Ok)
    }

    async fn collect(&self, access: &Access) -> Result<GcReport, CliError> {
        // Earlier versions pinned nothing, and whoever comes from one may not know of pins.
        if !self.dry_run && !self.yes && access.pins().await?.is_empty() {
            return Err(CliError::nothing_is_pinned());
        }
        access.collect(self.dry_run).await
    }
}

fn tell(report: &GcReport, output: Output) {
    let mut object = json!(report);
    if let Value::Object(fields) = &mut object {
        fields.insert("v".to_owned(), json!(1));
    }
    let sized = |blocks: u64, bytes: u64| format!("{}, {}", counted(blocks, "block"), size(bytes));
    let freed = if report.dry_run { "would free" } else { "freed" };
    let pins = counted(report.pins, "pin");
    let mut lines = vec![
        format!("{freed} {}", sized(report.freed_blocks, report.freed_bytes)),
        format!("kept {} by {pins}", sized(report.kept_blocks, report.kept_bytes)),
    ];
    for share in report.kept_by.iter().take(TOLD) {
        let (kept, kind) = (sized(share.blocks, share.bytes), share.kind.name());
        lines.push(format!("  {}  {kind}  {kept}", share.cid));
    }
    if report.pins > TOLD as u64 {
        lines.push(format!("  and {}", counted(report.pins - TOLD as u64, "other")));
    }
    if report.recent_blocks > 0 {
        let recent = sized(report.recent_blocks, report.recent_bytes);
        lines.push(format!("kept {recent} that came or were read meanwhile"));
    }
    if let Some(missing) = &report.first_missing {
        let missing_words = ["block of a pinned tree is", "blocks of pinned trees are"];
        let blocks = plural::of(report.missing_blocks, missing_words);
        output.progress(&format!("{blocks} missing, {missing} among them"));
    }
    let text = lines.join("\n");
    output.essential(&object, &text, lines.first().map_or("", String::as_str));
}
