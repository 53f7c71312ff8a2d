//! The threads that read: nobody who asks is blocked.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use futures_channel::oneshot;

use crate::disk::folder::{failed, gone};
use crate::error::StoreError;

const THREADS: usize = 4;

/// What they read is behind `E`, which they share.
#[derive(Debug)]
pub(super) struct Readers<E> {
    /// Each job has somebody who waits for it, so whoever bounds the calls bounds the jobs.
    jobs: Option<Sender<Job<E>>>,
    threads: Vec<JoinHandle<()>>,
}

type Job<E> = Box<dyn FnOnce(&E) + Send>;

/// Waits for the end of a job.
#[derive(Debug)]
pub(super) struct Answer<T>(Option<oneshot::Receiver<T>>);

impl<T> Answer<T> {
    pub(super) async fn outcome(self) -> Result<T, StoreError> {
        self.0.ok_or_else(gone)?.await.map_err(|_| gone())
    }
}

impl<E: Send + Sync + 'static> Readers<E> {
    pub(super) fn of(engine: &Arc<E>) -> Result<Self, StoreError> {
        let (sender, receiver) = mpsc::channel();
        let receiver = Arc::new(Mutex::new(receiver));
        let start = |_| {
            let (receiver, engine) = (Arc::clone(&receiver), Arc::clone(engine));
            let thread = thread::Builder::new().name("bitswap-store-read".to_owned());
            thread.spawn(move || work(&receiver, &*engine))
        };
        let threads: Result<_, _> = (0..THREADS).map(start).collect();
        let threads = threads.map_err(|error| failed("start the reading threads", &error))?;
        Ok(Self { jobs: Some(sender), threads })
    }

    /// It is begun at once, whenever somebody looks at its answer.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(&E) -> T + Send + 'static,
    ) -> Answer<T> {
        let (teller, answer) = oneshot::channel();
        // Nobody listens where the call was abandoned.
        let job: Job<E> = Box::new(move |engine| drop(teller.send(job(engine))));
        let begun = self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        Answer(begun.then_some(answer))
    }
}

impl<E> Drop for Readers<E> {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            // A reader that panicked has nothing to say any more.
            drop(thread.join());
        }
    }
}

fn work<E>(jobs: &Mutex<Receiver<Job<E>>>, engine: &E) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        job(engine);
    }
}
