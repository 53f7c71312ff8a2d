//! One look-up at several routers, as a stream of what each of them says.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use cid::Cid;
use futures::{FutureExt as _, Stream};
use libp2p::{Multiaddr, PeerId};
use tokio::time::{Instant, Sleep, sleep};

use super::{CombinedRouter, Source};
use crate::routing::{Provider, Query, QueryOutcome};

/// What a router said in a look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouterEvent {
    /// The name of the router.
    pub router: Arc<str>,
    /// What it said.
    pub finding: RouterFinding,
}

/// A part of what a router says in one look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouterFinding {
    /// A provider that no router named before, or addresses of one that no router named before.
    Provider(Provider),
    /// The router has ended.
    Ended(QueryOutcome),
}

/// A look-up at the routers of a [`CombinedRouter`]; it ends when all of them have.
pub struct RouterEvents {
    cid: Cid,
    most: u32,
    head_start: Duration,
    time_limit: Duration,
    asked: Vec<Asked>,
    /// Those before it have been asked.
    next: usize,
    /// When the next one is asked, whatever those before it do.
    start: Pin<Box<Sleep>>,
    /// The router whose turn it is to be heard first.
    turn: usize,
    given: u32,
    known: HashMap<PeerId, Vec<Multiaddr>>,
}

struct Asked {
    source: Source,
    state: State,
    /// Providers that were taken from it.
    given: u32,
}

enum State {
    Waiting,
    Running(Query),
    Ended,
}

impl RouterEvents {
    pub(super) fn new(router: &CombinedRouter, cid: Cid, most: u32) -> Self {
        let asked =
            |source: &Source| Asked { source: source.clone(), state: State::Waiting, given: 0 };
        Self {
            cid,
            most,
            head_start: router.head_start,
            time_limit: router.time_limit,
            asked: router.sources.iter().map(asked).collect(),
            next: 0,
            start: Box::pin(sleep(Duration::ZERO)),
            turn: 0,
            given: 0,
            known: HashMap::new(),
        }
    }

    /// Asks the next router; false if all have been asked.
    fn start_next(&mut self) -> bool {
        let Some(asked) = self.asked.get_mut(self.next) else { return false };
        let router = Arc::clone(&asked.source.router);
        asked.state = State::Running(Query::new(router, self.cid, self.most, self.time_limit));
        let counts = &asked.source.counts;
        count(&counts.lookups);
        let is_silent = counts.is_silent.load(Ordering::Relaxed);
        let head_start = if is_silent { Duration::ZERO } else { self.head_start };
        self.next += 1;
        self.start.as_mut().reset(Instant::now() + head_start);
        true
    }

    fn start_due(&mut self, cx: &mut Context<'_>) {
        while self.next < self.asked.len() && self.start.poll_unpin(cx).is_ready() {
            let last = self.next.checked_sub(1).and_then(|place| self.asked.get(place));
            if let Some(Asked { source, state: State::Running(_), given: 0 }) = last {
                source.counts.is_silent.store(true, Ordering::Relaxed);
            }
            self.start_next();
        }
    }

    fn is_running(&self) -> bool {
        self.asked.iter().any(|asked| matches!(asked.state, State::Running(_)))
    }

    /// Whether a provider of the router at `place` leaves room for the routers that have not
    /// answered, half of all at most. The first provider of each always does.
    fn has_room(&self, place: usize) -> bool {
        let unheard = |(other, asked): &(usize, &Asked)| {
            *other != place && asked.given == 0 && !matches!(asked.state, State::Ended)
        };
        let unheard = self.asked.iter().enumerate().filter(unheard).count() as u32;
        let kept_free = unheard.min(self.most / 2);
        let first = self.asked.get(place).is_some_and(|asked| asked.given == 0);
        first || kept_free == 0 || self.given.saturating_add(kept_free) < self.most
    }

    /// What the router at `place` says next that is new; `None` = nothing now.
    fn hear(&mut self, place: usize, cx: &mut Context<'_>) -> Option<RouterEvent> {
        loop {
            let has_room = self.has_room(place);
            let asked = self.asked.get_mut(place)?;
            let State::Running(query) = &mut asked.state else { return None };
            if !has_room {
                query.work(cx);
                return None;
            }
            let Poll::Ready(found) = query.poll(cx) else { return None };
            let finding = match found {
                None => {
                    let outcome = query.outcome();
                    asked.state = State::Ended;
                    asked.source.counts.ended(&outcome, self.time_limit);
                    RouterFinding::Ended(outcome)
                }
                Some(provider) => {
                    let Some(news) = news(&mut self.known, provider) else { continue };
                    asked.given = asked.given.saturating_add(1);
                    self.given = self.given.saturating_add(1);
                    asked.source.counts.is_silent.store(false, Ordering::Relaxed);
                    count(&asked.source.counts.providers);
                    RouterFinding::Provider(news)
                }
            };
            return Some(RouterEvent { router: Arc::clone(&asked.source.name), finding });
        }
    }
}

impl Stream for RouterEvents {
    type Item = RouterEvent;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            self.start_due(cx);
            let routers = self.asked.len();
            for offset in 0..routers {
                let place = (self.turn + offset) % routers;
                if let Some(event) = self.hear(place, cx) {
                    self.turn = place + 1;
                    return Poll::Ready(Some(event));
                }
            }
            if self.is_running() {
                return Poll::Pending;
            }
            if !self.start_next() {
                return Poll::Ready(None);
            }
        }
    }
}

/// What of a provider was not known before: all of it, or more addresses.
fn news(known: &mut HashMap<PeerId, Vec<Multiaddr>>, mut provider: Provider) -> Option<Provider> {
    let Some(addresses) = known.get_mut(&provider.peer) else {
        known.insert(provider.peer, provider.addresses.clone());
        return Some(provider);
    };
    provider.addresses.retain(|address| !addresses.contains(address));
    addresses.extend(provider.addresses.iter().cloned());
    (!provider.addresses.is_empty()).then_some(provider)
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl fmt::Debug for RouterEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouterEvents")
            .field("cid", &self.cid)
            .field("given", &self.given)
            .finish_non_exhaustive()
    }
}
