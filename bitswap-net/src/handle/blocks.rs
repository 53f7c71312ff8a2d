//! The stream of one call's blocks.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::vec;

use bitswap_core::{Block, CallId, CallOptions, Failure, Input};
use cid::Cid;
use foldhash::quality::RandomState;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::stream::Stream;
use indexmap::IndexSet;
use tokio::sync::mpsc;

use super::credit::Credit;
use super::session::Open;
use super::{Command, DropMailbox, UntakenOfCall};
use crate::driver::{Caller, Delivery};
use crate::error::GetError;

/// Blocks in order of arrival, each CID once, with the error of those that do not come.
///
/// Nothing is asked before it is polled. Dropping it cancels what is still wanted.
#[must_use = "nothing is asked before the stream is polled"]
pub struct Blocks {
    /// Hashed with a secret, and faster than by the standard hasher: each block is looked for here.
    missing: IndexSet<Cid, RandomState>,
    state: State,
    credit: Credit,
    /// Kept to the end, so that the session lives as long as its streams.
    _session: Arc<Open>,
}

enum State {
    /// What is missing will not come, for this reason; `None` = the node is gone.
    Closed(Option<Failure>),
    Open(Call),
    Opening(BoxFuture<'static, Option<Call>>),
}

/// Tells the driver of its own end, unless the driver has nothing more to say: that would wake it
/// for each block that is fetched alone.
struct Call {
    id: CallId,
    is_over: bool,
    deliveries: mpsc::Receiver<Vec<Delivery>>,
    /// The rest of the last that were handed over together.
    next: vec::IntoIter<Delivery>,
    rest: Arc<OnceLock<Failure>>,
    untaken: Arc<UntakenOfCall>,
    drop_mailbox: Arc<DropMailbox>,
}

impl Blocks {
    /// With `credit` instead of that of the options.
    pub(super) fn new(
        session: Arc<Open>,
        cids: Vec<Cid>,
        mut options: CallOptions,
        credit: Credit,
    ) -> Self {
        options.credit = credit.first();
        let missing = cids.iter().copied().collect();
        let opening = open(&session, cids, options, credit.most());
        let state = State::Opening(opening.boxed());
        Self { missing, state, credit, _session: session }
    }

    /// The CIDs that neither came nor failed yet.
    pub fn missing(&self) -> impl ExactSizeIterator<Item = &Cid> {
        self.missing.iter()
    }

    /// A block was taken, or the news that it does not come (0 bytes).
    fn took(&mut self, bytes: usize) {
        let State::Open(call) = &mut self.state else { return };
        if self.missing.is_empty() {
            call.is_over = true;
        } else if let Some(blocks) = self.credit.took(bytes) {
            call.drop_mailbox.push(Input::CallDemand { call: call.id, blocks });
        }
    }
}

impl Stream for Blocks {
    type Item = (Cid, Result<Block, GetError>);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if self.missing.is_empty() {
                self.state = State::Closed(None);
                return Poll::Ready(None);
            }
            match &mut self.state {
                State::Closed(why) => {
                    let why = why.clone();
                    let lost = self.missing.pop();
                    return Poll::Ready(lost.map(|cid| (cid, Err(GetError::of(cid, why)))));
                }
                State::Open(call) => {
                    let Some((cid, outcome)) = ready!(call.poll_next(cx)) else {
                        call.is_over = true;
                        self.state = State::Closed(call.rest.get().cloned());
                        continue;
                    };
                    let bytes = outcome.as_ref().map_or(0, Block::len);
                    call.untaken.taken(bytes);
                    self.missing.swap_remove(&cid);
                    self.took(bytes);
                    let outcome = outcome.map_err(|why| GetError::of(cid, Some(why)));
                    return Poll::Ready(Some((cid, outcome)));
                }
                State::Opening(opening) => {
                    let opened = ready!(opening.poll_unpin(cx));
                    self.state = opened.map_or(State::Closed(None), State::Open);
                }
            }
        }
    }
}

/// Opens the call at the driver. The command is sent and the [`Call`] made without an await in
/// between, so whoever is dropped has either asked for nothing or takes it back.
fn open(
    session: &Open,
    cids: Vec<Cid>,
    options: CallOptions,
    most_waiting: u32,
) -> impl Future<Output = Option<Call>> + Send + use<> {
    let bitswap = session.bitswap.clone();
    let (session, id) = ((session.id, session.options), CallId(bitswap.next_id()));
    async move {
        let permit = bitswap.commands().reserve_owned().await.ok()?;
        let (sender, deliveries) = mpsc::channel(most_waiting as usize);
        let rest = Arc::new(OnceLock::new());
        let untaken = bitswap.untaken().of_call();
        let caller =
            Caller { deliveries: sender, rest: Arc::clone(&rest), untaken: Arc::clone(&untaken) };
        permit.send(Command::Get { session, call: id, cids, options, caller });
        let (next, drop_mailbox) = (Vec::new().into_iter(), bitswap.drop_mailbox());
        Some(Call { id, is_over: false, deliveries, next, rest, untaken, drop_mailbox })
    }
}

impl Call {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Delivery>> {
        loop {
            if let Some(delivery) = self.next.next() {
                return Poll::Ready(Some(delivery));
            }
            match ready!(self.deliveries.poll_recv(cx)) {
                Some(next) => self.next = next.into_iter(),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.is_over {
            self.drop_mailbox.push(Input::CallCancelled { call: self.id });
        }
    }
}

impl fmt::Debug for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blocks").field("missing", &self.missing.len()).finish_non_exhaustive()
    }
}
