//! `bitswap explain`: why a want is not here yet, or what is going on with a peer.

mod layout;

use bitswap_api::Explanation;
use bitswap_api::explain::Subject;
use bitswap_service::error::{CliError, Exit};
use futures::StreamExt as _;

use self::layout::Printed;
use super::live_values;
use super::output::Output;
use super::pages;
use super::target::Target;
use crate::access::NodeSelector;
use crate::stop::Stop;

/// Tells the story of a want of the running daemon, or of a peer: who was asked, by which strategy
/// and why, what came of it, what happens next and when, and what can be done about it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap explain bafy…             why it is not here yet
  bitswap explain bafy… --follow    go on until it is here, or given up
  bitswap explain 12D3Koo…          what is going on with a peer")]
pub(super) struct Args {
    /// What is wanted, as for `get`, or a peer id
    #[arg(value_name = "CID|PEER_ID", add = live_values::peers())]
    subject: String,

    /// Print new lines as they come, until the want ends
    #[arg(long, short)]
    follow: bool,
}

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
        mut stop: Stop,
    ) -> Result<Exit, CliError> {
        let subject = subject(&self.subject)?;
        let client = selector.daemon().await?;
        if !self.follow {
            let told = client.explain(&subject).await?;
            output.result(&pages::object(&told), &layout::whole(&told));
            return Ok(Exit::Ok);
        }
        let mut news = client.follow(&subject).await?;
        let (mut printed, mut over) = (Printed::default(), false);
        loop {
            // Whoever has seen enough ends it: that is no failure.
            let told = tokio::select! {
                told = news.next() => told.transpose()?,
                _ = stop.requested() => return Ok(Exit::Ok),
            };
            match told {
                Some(told) => {
                    show(output, &mut printed, &told);
                    over = told.ended;
                }
                None if over => return Ok(Exit::Ok),
                None => return Err(CliError::lost(&"it ended")),
            }
        }
    }
}

/// The CID of a path, or what is told as it is: a daemon knows its peers.
fn subject(text: &str) -> Result<String, CliError> {
    match Subject::parse(text) {
        Some(_) => Ok(text.to_owned()),
        None => Ok(Target::parse(text)?.root.to_string()),
    }
}

fn show(output: Output, printed: &mut Printed, told: &Explanation) {
    let is_first = printed.is_empty();
    let new = printed.news(told);
    let bare = || pages::object(&Explanation { lines: Vec::new(), ..told.clone() });
    if is_first {
        output.result(&bare(), &layout::head(told));
    }
    for line in new {
        output.result(line, &layout::line(line));
    }
    if told.ended && !is_first {
        output.result(&bare(), &layout::end(told));
    }
}
