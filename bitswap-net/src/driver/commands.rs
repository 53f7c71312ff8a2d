//! Carries out what handles ask of the driver. Waits for nothing.

use bitswap_core::{Input, NewCall, SessionId, SessionOptions};
use tokio::sync::oneshot;

use super::{Driver, SwarmCommand};
use crate::handle::{Command, Get, RateLimits};

/// Calls that wait for the driver begin together, as long as they have no more CIDs than this. A
/// list begins alone: it gains nothing by company, and others would wait for what is read for it.
const CIDS_TOGETHER: usize = 64;

impl Driver {
    /// Carries out a command of a handle.
    pub(super) fn handle_command(&mut self, command: Command) {
        match command {
            Command::Accounts(answer) => reply(answer, self.engine.accounts()),
            Command::Get(get) => self.begin_calls(get),
            Command::FilterChanged(done) => {
                self.end_denied();
                reply(done, ());
            }
            Command::Look(look) => {
                let now = self.clock.now(self.due);
                look(&self.engine, &self.trace, now);
            }
            Command::Limit(limits, done) => {
                let RateLimits { upload, upload_per_peer, download, download_per_peer } = limits;
                self.downloads.limit([download, download_per_peer]);
                self.feed(Input::UploadLimited { node: upload, per_peer: upload_per_peer });
                reply(done, ());
            }
            Command::Notify(blocks, done) => {
                self.feed(Input::BlocksAdded { blocks });
                reply(done, ());
            }
            Command::Replace(strategies, done) => {
                self.feed(Input::StrategiesReplaced { strategies });
                reply(done, self.engine.strategy_generation());
            }
            Command::Stats(answer) => reply(answer, self.stats()),
            Command::UpdateMetrics(done) => {
                self.update_metrics();
                reply(done, ());
            }
        }
    }

    /// Ends the wants, and has the peers disconnected, that the filter denies now.
    fn end_denied(&mut self) {
        const PAGE: usize = 1_024;

        let (now, mut after, mut cids) = (self.clock.now(self.due), 0, Vec::new());
        loop {
            let open = self.engine.open_wants(now, after, PAGE);
            let Some(last) = open.last() else { break };
            after = last.order;
            let denied = |cid| Some((cid, self.filter.denies_block(&cid)?));
            cids.extend(open.into_iter().filter_map(|want| denied(want.cid)));
        }
        if !cids.is_empty() {
            self.feed(Input::CidsDenied { cids });
        }
        self.swarm_commands.push_back(SwarmCommand::DisconnectDenied);
    }

    fn open_session(&mut self, session: SessionId, options: SessionOptions) {
        if options == SessionOptions::default() {
            return;
        }
        let has_router = self.lookups.may_find();
        if options.ends_early {
            // Until the behaviour has looked.
            self.expect_peers(true);
        }
        self.feed(Input::SessionOpened { session, options, has_router });
    }

    /// Begins a call, with those that wait right behind it.
    fn begin_calls(&mut self, first: Get) {
        let (mut calls, mut cids, mut next) = (Vec::new(), 0, Some(Command::Get(first)));
        while let Some(Command::Get(get)) = next {
            if cids + get.call.cids.len() > CIDS_TOGETHER {
                self.feed_calls(std::mem::take(&mut calls));
            }
            cids += get.call.cids.len();
            calls.extend(self.begin_call(get));
            let commands = self.commands.as_mut().filter(|_| cids < CIDS_TOGETHER);
            next = commands.and_then(|commands| commands.try_recv().ok());
        }
        self.feed_calls(calls);
        if let Some(command) = next {
            self.handle_command(command);
        }
    }

    fn feed_calls(&mut self, calls: Vec<NewCall>) {
        if !calls.is_empty() {
            self.feed(Input::CallsOpened { calls });
        }
    }

    /// A call, unless its caller is gone already; its blocks go to it from now on.
    fn begin_call(&mut self, get: Get) -> Option<NewCall> {
        let Get { call, options, deliverer } = get;
        if deliverer.is_left() {
            return None;
        }
        if self.calls.open((call.session, options.ends_early), call.call, deliverer) {
            self.open_session(call.session, options);
        }
        Some(call)
    }
}

/// Answers a handle; that it no longer waits is no matter.
fn reply<T>(to: oneshot::Sender<T>, answer: T) {
    drop(to.send(answer));
}
