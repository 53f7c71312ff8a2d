//! `bitswap gc`: blocks that nobody keeps leave the store.

use bitswap_api::GcReport;
use bitswap_service::error::{CliError, Exit};
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
    let counted = |blocks: u64, bytes: u64| match blocks {
        1 => format!("1 block, {}", size(bytes)),
        _ => format!("{blocks} blocks, {}", size(bytes)),
    };
    let freed = if report.dry_run { "would free" } else { "freed" };
    let pins = if report.pins == 1 { "1 pin".to_owned() } else { format!("{} pins", report.pins) };
    let mut lines = vec![
        format!("{freed} {}", counted(report.freed_blocks, report.freed_bytes)),
        format!("kept {} by {pins}", counted(report.kept_blocks, report.kept_bytes)),
    ];
    for share in report.kept_by.iter().take(TOLD) {
        let (kept, kind) = (counted(share.blocks, share.bytes), share.kind.name());
        lines.push(format!("  {}  {kind}  {kept}", share.cid));
    }
    if report.pins > TOLD as u64 {
        lines.push(format!("  and {} others", report.pins - TOLD as u64));
    }
    if report.recent_blocks > 0 {
        let recent = counted(report.recent_blocks, report.recent_bytes);
        lines.push(format!("kept {recent} that came or were read meanwhile"));
    }
    if let Some(missing) = &report.first_missing {
        output.progress(&format!(
            "{} blocks of pinned trees are missing, {missing} among them",
            report.missing_blocks
        ));
    }
    let text = lines.join("\n");
    output.essential(&object, &text, lines.first().map_or("", String::as_str));
}
