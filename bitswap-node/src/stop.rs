//! Being told to stop, by SIGINT and SIGTERM, or to read settings again, by SIGHUP.

use std::io;

use bitswap_service::error::{CliError, Exit};

/// Hears signals from when it was made.
#[derive(Debug)]
pub(crate) struct Stop {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    /// From now on, a signal no longer ends the process by itself.
    ///
    /// # Errors
    /// The system refused.
    #[cfg(unix)]
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// From now on, Ctrl-C no longer ends the process by itself.
    #[cfg(not(unix))]
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Returns when a signal has come, with the exit code that it asks for.
    #[cfg(unix)]
    pub(crate) async fn requested(&mut self) -> Exit {
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
        }
    }

    /// Returns when Ctrl-C was pressed.
    #[cfg(not(unix))]
    pub(crate) async fn requested(&mut self) -> Exit {
        drop(tokio::signal::ctrl_c().await);
        Exit::Interrupted
    }

    /// Does `work`, unless a signal comes first: then the work is dropped.
    ///
    /// # Errors
    /// The work's own, or [`CliError::interrupted`].
    pub(crate) async fn unless<T>(
        &mut self,
        work: impl Future<Output = Result<T, CliError>>,
    ) -> Result<T, CliError> {
        tokio::select! {
            done = work => done,
            exit = self.requested() => Err(CliError::interrupted(exit)),
        }
    }
}

/// Hears SIGHUP from when it was made; where there is none, it never comes.
#[derive(Debug)]
pub(crate) struct Hangup {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
}

impl Hangup {
    /// From now on, the signal no longer ends the process.
    ///
    /// # Errors
    /// The system refused.
    #[cfg(unix)]
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { signal: signal(SignalKind::hangup())? })
    }

    /// There is no such signal.
    #[cfg(not(unix))]
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Returns when it has come.
    #[cfg(unix)]
    pub(crate) async fn requested(&mut self) {
        let _closed = self.signal.recv().await;
    }

    /// Never returns.
    #[cfg(not(unix))]
    pub(crate) async fn requested(&mut self) {
        std::future::pending().await
    }
}
