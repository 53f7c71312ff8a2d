//! What a supervisor is told, as `sd_notify` has it (systemd's `Type=notify`): the daemon is ready,
//! reads its settings again, stops, and lives. Where there is none, nothing is told. It knows
//! nothing of nodes.

use std::io;
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior};

/// What a supervisor is told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum News {
    /// The daemon serves, or has read its settings again.
    Ready,
    /// It reads its settings again, until it is ready.
    Reloading,
    /// It does its work.
    Alive,
    /// It ends.
    Stopping,
}

/// Tells the supervisor that started this process, if one did. One that does not listen changes
/// nothing.
pub(crate) fn tell(news: News) {
    if let Err(why) = send(news) {
        tracing::debug!(%why, "the supervisor does not listen");
    }
}

#[cfg(target_os = "linux")]
fn send(news: News) -> io::Result<()> {
    use sd_notify::{NotifyState, notify};

    match news {
        News::Ready => notify(&[NotifyState::Ready]),
        News::Reloading => notify(&[NotifyState::Reloading, NotifyState::monotonic_usec_now()?]),
        News::Alive => notify(&[NotifyState::Watchdog]),
        News::Stopping => notify(&[NotifyState::Stopping]),
    }
}

#[cfg(not(target_os = "linux"))]
fn send(_news: News) -> io::Result<()> {
    Ok(())
}

/// When the supervisor wants the next sign of life, where it wants some (`WatchdogSec=`).
#[derive(Debug)]
pub(crate) struct Watchdog {
    due: Option<Interval>,
}

impl Watchdog {
    /// As the supervisor has it.
    pub(crate) fn new() -> Self {
        let due = between_signs().map(|between| {
            let mut due = tokio::time::interval(between);
            due.set_missed_tick_behavior(MissedTickBehavior::Delay);
            due
        });
        Self { due }
    }

    /// Returns when a sign of life is due; never, where none is wanted.
    pub(crate) async fn due(&mut self) {
        match &mut self.due {
            Some(due) => drop(due.tick().await),
            None => std::future::pending().await,
        }
    }
}

/// Two fit into the time after which a silent daemon is taken for dead (`sd_watchdog_enabled`).
#[cfg(target_os = "linux")]
fn between_signs() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|limit| limit / 2).filter(|half| !half.is_zero())
}

#[cfg(not(target_os = "linux"))]
fn between_signs() -> Option<Duration> {
    None
}
