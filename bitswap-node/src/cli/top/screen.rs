//! The terminal: taken for a while, and always given back; and the keys that are pressed.

use std::io;
use std::thread;
use std::time::Duration;

use bitswap_service::error::CliError;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyEvent, KeyEventKind};
use tokio::sync::mpsc;

use super::draw::{self, Picture};
use super::errors;
use super::snapshot::Snapshot;
use super::view::View;

/// The terminal, until this is dropped.
pub(super) struct Screen(DefaultTerminal);

/// What the terminal tells.
pub(super) enum ScreenEvent {
    Key(KeyEvent),
    Resized,
}

impl Screen {
    /// Takes the terminal. A panic gives it back, too, before it is told.
    ///
    /// # Errors
    /// It is too small, or it cannot do what is needed; it is as it was before.
    pub(super) fn open() -> Result<Self, CliError> {
        let failed = |why: io::Error| errors::terminal(&why);
        if std::env::var_os("TERM").is_none_or(|name| name == "dumb") {
            return Err(errors::no_terminal());
        }
        let (columns, rows) = ratatui::crossterm::terminal::size().map_err(failed)?;
        if !draw::fits(columns, rows) {
            let least = (draw::LEAST_COLUMNS, draw::LEAST_ROWS);
            return Err(errors::small_terminal((columns, rows), least));
        }
        match ratatui::try_init() {
            Ok(terminal) => Ok(Self(terminal)),
            Err(why) => {
                ratatui::restore();
                Err(failed(why))
            }
        }
    }

    /// Shows a picture.
    ///
    /// # Errors
    /// The terminal went away.
    pub(super) fn show(&mut self, snapshot: &Snapshot, view: &mut View) -> Result<(), CliError> {
        // Nobody scrolls beyond the last peer.
        view.scroll = view.scroll.min(snapshot.peers.len().saturating_sub(1));
        let picture = Picture { snapshot, view };
        let drawn = self.0.draw(|frame| frame.render_widget(picture, frame.area()));
        drawn.map(drop).map_err(|why| errors::terminal(&why))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

/// The keys that are pressed, until what is returned is dropped or the terminal goes away.
pub(super) fn keys() -> mpsc::Receiver<ScreenEvent> {
    /// How soon the thread sees that nobody reads any more.
    const WAIT: Duration = Duration::from_millis(100);

    let (sender, keys) = mpsc::channel(16);
    thread::spawn(move || {
        while !sender.is_closed() {
            let told = match event::poll(WAIT).and_then(|come| come.then(event::read).transpose()) {
                Ok(Some(Event::Key(key))) if key.kind != KeyEventKind::Release => {
                    ScreenEvent::Key(key)
                }
                Ok(Some(Event::Resize(..))) => ScreenEvent::Resized,
                Ok(_) => continue,
                Err(_) => return,
            };
            if sender.blocking_send(told).is_err() {
                return;
            }
        }
    });
    keys
}
