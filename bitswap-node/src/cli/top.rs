//! `bitswap top`: a live view of the daemon in a terminal.

mod draw;
pub(crate) mod errors;
mod screen;
mod snapshot;
mod view;

#[cfg(test)]
mod tests;

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use bitswap_api::Client;
use bitswap_service::error::{CliError, Exit};
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use self::screen::{Screen, ScreenEvent};
use self::snapshot::{Look, Snapshot};
use self::view::{Next, View};
use super::output::Output;
use super::{pages, parse};
use crate::access::NodeSelector;
use crate::stop::Stop;

/// Shows what the running daemon does, again each second: rates, peers by traffic, wants,
/// strategies in charge, store and limits.
///
/// Keys: q ends it, s and S change what peers are sorted by, r turns the order, p holds the
/// picture, arrows, page up and page down move through the peers.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap top
  bitswap top --once              one picture, as text
  bitswap top --json | jq .peers  one record")]
pub(super) struct Args {
    /// How often to look
    #[arg(long, value_name = "TIME", default_value = "1s")]
    interval: String,

    /// Print one picture, of one interval, as text
    #[arg(long)]
    once: bool,
}

impl Args {
    /// As wide as a picture is that no terminal shows.
    const COLUMNS: u16 = 120;

    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
        mut stop: Stop,
    ) -> Result<Exit, CliError> {
        let interval = parse::duration(&self.interval)?;
        if self.once || output.is_json() {
            let client = selector.daemon().await?;
            let snapshot = stop.unless(once(&client, interval)).await?;
            let text = draw::as_text(&snapshot, Self::COLUMNS);
            output.result(&pages::object(&snapshot), &text);
            return Ok(Exit::Ok);
        }
        if !io::stdout().is_terminal() {
            return Err(errors::no_terminal());
        }
        let client = selector.daemon().await?;
        // Dropped, it gives the terminal back, before anything else is printed.
        let mut screen = Screen::open()?;
        live(client, interval, &mut screen, &mut stop).await
    }
}

/// Looks twice, with so much time between.
async fn once(client: &Client, interval: Duration) -> Result<Snapshot, CliError> {
    let before = Look::take(client).await?;
    tokio::time::sleep(interval).await;
    Ok(Snapshot::of(Some(&before), &Look::take(client).await?))
}

/// Shows what it sees until it is told to end.
async fn live(
    client: Client,
    interval: Duration,
    screen: &mut Screen,
    stop: &mut Stop,
) -> Result<Exit, CliError> {
    let mut looks = looks(client, interval);
    let mut keys = screen::keys();
    let mut view = View::default();
    let (mut last, mut shown) = (None, None);
    loop {
        tokio::select! {
            look = looks.recv() => {
                let look = look.unwrap_or_else(|| Err(CliError::stopping()))?;
                if !view.paused {
                    let snapshot = Snapshot::of(last.as_ref(), &look);
                    view.remember(&snapshot);
                    (last, shown) = (Some(look), Some(snapshot));
                }
            }
            told = keys.recv() => match told {
                Some(ScreenEvent::Key(key)) => {
                    if view.press(key) == Next::End {
                        return Ok(Exit::Ok);
                    }
                }
                Some(ScreenEvent::Resized) => {}
                None => return Err(errors::terminal(&"it tells no keys any more")),
            },
            exit = stop.requested() => return Ok(exit),
        }
        if let Some(snapshot) = &shown {
            screen.show(snapshot, &mut view)?;
        }
    }
}

/// Looks again and again, apart from the keys: a daemon that is slow to answer does not keep
/// anybody from leaving. Ends with an error, or with whoever reads.
fn looks(client: Client, interval: Duration) -> mpsc::Receiver<Result<Look, CliError>> {
    let (sender, looks) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut beat = tokio::time::interval(interval);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beat.tick().await;
            let look = Look::take(&client).await;
            let failed = look.is_err();
            if sender.send(look).await.is_err() || failed {
                return;
            }
        }
    });
    looks
}
