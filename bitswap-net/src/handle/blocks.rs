//! The stream of one call's blocks.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bitswap_core::{Block, CallId, CallOptions, Failure, Input, NewCall};
use cid::Cid;
use foldhash::quality::RandomState;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::stream::Stream;
use indexmap::IndexSet;
use tokio::sync::mpsc::error::TrySendError;

use super::credit::Credit;
use super::deliveries::{Deliveries, deliveries};
use super::session::Open;
use super::{Command, DropMailbox, Get};
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
    session: Arc<Open>,
}

enum State {
    /// What is missing will not come, for this reason; `None` = the node is gone.
    Closed(Option<Failure>),
    /// Nothing was asked yet.
    New(Vec<Cid>, CallOptions),
    Open(Call),
    /// The driver has no room for the call yet.
    Waiting(BoxFuture<'static, Self>),
}

impl State {
    /// The node is gone: nobody is told that the call is over.
    fn refused(mut call: Call) -> Self {
        call.is_over = true;
        Self::Closed(None)
    }
}

/// Tells the driver of its own end, unless the driver has nothing more to say: that would wake it
/// for each block that is fetched alone.
struct Call {
    id: CallId,
    is_over: bool,
    deliveries: Deliveries,
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
        Self { missing, state: State::New(cids, options), credit, session }
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

    /// Opens the call at the driver. A call that is dropped before the driver has it takes back
    /// what was never asked, which the driver ignores.
    fn open(&self, cids: Vec<Cid>, options: CallOptions) -> State {
        let Open { bitswap, id: session, options: of_session } = &*self.session;
        let id = CallId(bitswap.next_id());
        let (deliverer, deliveries) =
            deliveries(bitswap.untaken().clone(), self.credit.most() as usize);
        let call = NewCall { session: *session, call: id, cids, options };
        let get = Command::Get(Get { call, options: *of_session, deliverer });
        let call = Call { id, is_over: false, deliveries, drop_mailbox: bitswap.drop_mailbox() };
        match bitswap.commands().try_send(get) {
            Ok(()) => State::Open(call),
            Err(TrySendError::Closed(_)) => State::refused(call),
            Err(TrySendError::Full(get)) => {
                let commands = bitswap.commands().clone();
                let sending = async move {
                    match commands.send(get).await {
                        Ok(()) => State::Open(call),
                        Err(_) => State::refused(call),
                    }
                };
                State::Waiting(sending.boxed())
            }
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
                State::New(cids, options) => {
                    let (cids, options) = (std::mem::take(cids), options.clone());
                    self.state = self.open(cids, options);
                }
                State::Open(call) => {
                    let (cid, outcome) = match ready!(call.deliveries.poll_next(cx)) {
                        Ok(delivery) => delivery,
                        Err(why) => {
                            call.is_over = true;
                            self.state = State::Closed(why);
                            continue;
                        }
                    };
                    let bytes = outcome.as_ref().map_or(0, Block::len);
                    self.missing.swap_remove(&cid);
                    self.took(bytes);
                    let outcome = outcome.map_err(|why| GetError::of(cid, Some(why)));
                    return Poll::Ready(Some((cid, outcome)));
                }
                State::Waiting(waiting) => self.state = ready!(waiting.poll_unpin(cx)),
            }
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        // Before it is cancelled: a driver that has not begun it must see that nobody waits for it.
        self.deliveries.leave();
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
