//! A way on which it is told what is new. What finds no room on it is not lost altogether: it is
//! remembered that there was some.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;

/// Where it is told.
pub(crate) struct Telling<T> {
    items: mpsc::Sender<T>,
    missed: Arc<AtomicBool>,
}

/// What was told, in order.
#[derive(Debug)]
pub struct Added<T> {
    items: mpsc::Receiver<T>,
    missed: Arc<AtomicBool>,
    first: Option<T>,
}

/// A way with room for so many that wait.
pub(super) fn way<T>(waiting: usize) -> (Telling<T>, Added<T>) {
    let (sender, items) = mpsc::channel(waiting);
    let missed = Arc::new(AtomicBool::new(false));
    (Telling { items: sender, missed: Arc::clone(&missed) }, Added { items, missed, first: None })
}

impl<T> Telling<T> {
    /// Tells of one.
    pub(super) fn tell(&self, item: T) {
        if self.items.try_send(item).is_err() {
            self.missed.store(true, Ordering::Relaxed);
        }
    }
}

impl<T> Added<T> {
    /// Up to `most` of those that came, without waiting.
    pub(super) fn take(&mut self, most: usize) -> Vec<T> {
        let mut taken: Vec<_> = self.first.take().into_iter().collect();
        while taken.len() < most
            && let Ok(item) = self.items.try_recv()
        {
            taken.push(item);
        }
        taken
    }

    /// Waits for one; for ever, if nobody is left who tells.
    pub(super) async fn some(&mut self) {
        match self.items.recv().await {
            Some(item) => self.first = Some(item),
            None => std::future::pending().await,
        }
    }

    /// Whether none wait.
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none() && self.items.is_empty()
    }

    /// Whether some came that nobody took.
    pub(super) fn had_some(&self) -> bool {
        !self.is_empty() || self.missed.load(Ordering::Relaxed)
    }

    /// Remembers that there were some which are not in it.
    pub(super) fn miss(&self) {
        self.missed.store(true, Ordering::Relaxed);
    }

    /// Whether there was no room for some since it was last asked.
    pub(super) fn were_missed(&self) -> bool {
        self.missed.swap(false, Ordering::Relaxed)
    }
}
