//! The threads that read: nobody who asks is blocked.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use futures_channel::oneshot;

use crate::disk::database::{DatabaseHandle, failed, gone};
use crate::error::StoreError;

const THREADS: usize = 4;

#[derive(Debug)]
pub(super) struct Readers {
    /// Each job has somebody who waits for it, so whoever bounds the calls bounds the jobs.
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

type Job = Box<dyn FnOnce(&DatabaseHandle) + Send>;

impl Readers {
    pub(super) fn of(handle: &Arc<DatabaseHandle>) -> Result<Self, StoreError> {
        let (sender, receiver) = mpsc::channel();
        let receiver = Arc::new(Mutex::new(receiver));
        let start = |_| {
            let (receiver, handle) = (Arc::clone(&receiver), Arc::clone(handle));
            let thread = thread::Builder::new().name("bitswap-store-read".to_owned());
            thread.spawn(move || work(&receiver, &handle))
        };
        let threads: Result<_, _> = (0..THREADS).map(start).collect();
        let threads = threads.map_err(|error| failed("start the reading threads", &error))?;
        Ok(Self { jobs: Some(sender), threads })
    }

    pub(super) async fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(&DatabaseHandle) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let (teller, answer) = oneshot::channel();
        // Nobody listens where the call was abandoned.
        let job: Job = Box::new(move |handle| drop(teller.send(job(handle))));
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(job).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            // A reader that panicked has nothing to say any more.
            drop(thread.join());
        }
    }
}

fn work(jobs: &Mutex<Receiver<Job>>, handle: &DatabaseHandle) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        job(handle);
    }
}
