//! `bitswap wantlist`: what we want, or what a peer wants of us.

use bitswap_api::{PeerWantRow, WantRow};
use bitswap_service::error::{CliError, Exit};
use bitswap_service::units::age;

use super::live_values;
use super::output::Output;
use super::pages;
use crate::access::NodeSelector;
use crate::table::table;

/// Shows what the running daemon wants, for how long, and who was asked; or what a peer wants.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap wantlist
  bitswap wantlist --peer 12D3Koo…")]
pub(super) struct Args {
    /// What this peer wants of us
    #[arg(long, value_name = "PEER_ID", add = live_values::peers())]
    peer: Option<String>,
}

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
    ) -> Result<Exit, CliError> {
        let client = selector.daemon().await?;
        match self.peer {
            None => {
                let wants = pages::all(async |page| client.wantlist(&page).await).await?;
                let text =
                    table(["cid", "age", "state", "asked"], wants.iter().map(ours).collect());
                let text = if wants.is_empty() { "nothing is wanted" } else { &text };
                output.list(&pages::lines(&wants), text);
            }
            Some(peer) => {
                let wants = pages::all(async |page| client.wants_of(&peer, &page).await).await?;
                let head = ["cid", "age", "state", "kind", "priority"];
                let text = table(head, wants.iter().map(theirs).collect());
                let text = if wants.is_empty() { "it wants nothing of us" } else { &text };
                output.list(&pages::lines(&wants), text);
            }
        }
        Ok(Exit::Ok)
    }
}

fn ours(want: &WantRow) -> [String; 4] {
    let open = want.asked.iter().filter(|asked| asked.open).count();
    let has = want.asked.iter().filter(|asked| asked.has == Some(true)).count();
    let asked = match want.asked.len() {
        0 => "nobody".to_owned(),
        all => format!("{all} peers, {has} have it, {open} to answer"),
    };
    [want.cid.clone(), age(want.age_seconds), want.state.clone(), asked]
}

fn theirs(want: &PeerWantRow) -> [String; 5] {
    [
        want.cid.clone(),
        age(want.age_seconds),
        want.state.clone(),
        want.kind.clone(),
        want.priority.to_string(),
    ]
}
