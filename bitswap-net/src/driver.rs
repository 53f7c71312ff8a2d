//! Runs the engine: the only place that hands it inputs and executes its actions. What needs the
//! swarm is left to the behaviour, as [`SwarmCommand`]s.

mod bounded_futures;
mod calls;
mod clock;
mod commands;
mod lookups;
mod spans;
mod store;
mod violations;

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bitswap_core::strategy::Account;
use bitswap_core::wire::{Message, Skipped};
use bitswap_core::{
    Action, Block, Engine, Event, Input, Lane, PeerUse, SendId, Stats, Timestamp, TransportStats,
};
use bitswap_store::BlockStore;
use futures::FutureExt as _;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::mpsc;
use tokio::time::Instant;

pub(crate) use self::violations::Violation;

use self::bounded_futures::BoundedFutures;
use self::calls::Calls;
use self::clock::Clock;
use self::lookups::{LookupEvent, Lookups};
use self::spans::Spans;
use self::violations::Violations;
use crate::download::Downloads;
use crate::export::Export;
use crate::filter::NodeFilter;
use crate::frame_budget::FrameBudget;
use crate::handle::{Command, DropMailbox, Untaken};
use crate::hashes::OpenHashes;
use crate::live::Live;
use crate::record::Recording;
use crate::routing::{ContentRouter, Provider};
use crate::timer::Timer;
use crate::trace::Trace;

/// Reads and writes at once; the others wait in line.
const STORE_CALLS_AT_ONCE: usize = 64;
/// After so many rounds over all sources of inputs, others have their turn.
const ROUNDS_PER_POLL: usize = 64;
/// How often the recorder is brought up to date.
const EXPORT_EVERY: Duration = Duration::from_secs(1);

/// One engine and everything that it waits for.
pub(crate) struct Driver {
    engine: Engine,
    hashes: OpenHashes,
    clock: Clock,
    /// The engine's next deadline.
    due: Option<Timestamp>,
    deadline: Timer,
    inputs: VecDeque<Input>,
    swarm_commands: VecDeque<SwarmCommand>,
    store: Arc<dyn BlockStore>,
    store_calls: BoundedFutures<Input>,
    filter: NodeFilter,
    lookups: Lookups,
    calls: Calls,
    /// `None` = all handles are gone; the node goes on serving.
    commands: Option<mpsc::Receiver<Command>>,
    drop_mailbox: Arc<DropMailbox>,
    untaken: Untaken,
    export: Option<Export>,
    next_export: Timer,
    frames: FrameBudget,
    downloads: Downloads,
    counts: TransportStats,
    recording: Recording,
    trace: Trace,
    spans: Spans,
    live: Live,
    violations: Violations,
    /// Streams that had been refused when that was last looked at.
    refused_streams: u64,
    /// Where the dial failed that the engine hears of next; `None` = the peer was there.
    failed_at: Option<Vec<Multiaddr>>,
    /// Whether the engine expects peers that it did not ask for.
    expects_peers: bool,
}

/// A command that only the swarm can carry out.
#[derive(Debug)]
pub(crate) enum SwarmCommand {
    Dial(PeerId),
    AddAddress(PeerId, Multiaddr),
    Disconnect(PeerId),
    /// Disconnects the peers that the filter denies now.
    DisconnectDenied,
    Send {
        peer: PeerId,
        lane: Lane,
        send: SendId,
        message: Message,
    },
    Suspend {
        peer: PeerId,
        send: SendId,
    },
    Resume {
        peer: PeerId,
        send: SendId,
        blocks: Option<Vec<Block>>,
    },
}

/// What a driver is made of.
pub(crate) struct Parts {
    pub(crate) engine: Engine,
    pub(crate) hashes: OpenHashes,
    pub(crate) store: Arc<dyn BlockStore>,
    pub(crate) router: Arc<dyn ContentRouter>,
    pub(crate) filter: NodeFilter,
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) drop_mailbox: Arc<DropMailbox>,
    pub(crate) untaken: Untaken,
    pub(crate) export: Option<Export>,
    pub(crate) frames: FrameBudget,
    pub(crate) downloads: Downloads,
    pub(crate) recording: Recording,
    pub(crate) live: Live,
}

impl Driver {
    pub(crate) fn new(parts: Parts) -> Self {
        let mut next_export = Timer::default();
        next_export.set(parts.export.as_ref().map(|_| Instant::now()));
        Self {
            engine: parts.engine,
            hashes: parts.hashes,
            clock: Clock::start(),
            due: None,
            deadline: Timer::default(),
            inputs: VecDeque::new(),
            swarm_commands: VecDeque::new(),
            store: parts.store,
            store_calls: BoundedFutures::new(STORE_CALLS_AT_ONCE),
            filter: parts.filter,
            lookups: Lookups::new(parts.router),
            calls: Calls::default(),
            commands: Some(parts.commands),
            drop_mailbox: parts.drop_mailbox,
            untaken: parts.untaken,
            export: parts.export,
            next_export,
            frames: parts.frames,
            downloads: parts.downloads,
            counts: TransportStats::default(),
            recording: parts.recording,
            trace: Trace::default(),
            spans: Spans::default(),
            live: parts.live,
            violations: Violations::default(),
            refused_streams: 0,
            failed_at: None,
            expects_peers: false,
        }
    }

    /// What is counted beside the engine.
    pub(crate) const fn count(&mut self) -> &mut TransportStats {
        &mut self.counts
    }

    /// Remembers why, and at which addresses, the dial failed that the engine hears of next.
    pub(crate) fn dial_fails(&mut self, cause: String, tried: Vec<Multiaddr>) {
        self.trace.dial_fails(cause);
        self.failed_at = Some(tried);
    }

    /// Lets something happen to the engine, and does what follows from it.
    pub(crate) fn feed(&mut self, input: Input) {
        if let Input::DialFailed { peer } = input
            && let Some(tried) = self.failed_at.take()
        {
            match self.lookups.locate(peer, tried) {
                Ok(()) => return,
                Err(tried) => self.failed_at = Some(tried),
            }
        }
        self.feed_now(input);
    }

    fn feed_now(&mut self, input: Input) {
        self.inputs.push_back(input);
        while let Some(input) = self.inputs.pop_front() {
            let now = self.clock.now(self.due);
            self.recording.input(now, &input);
            self.follow(now, &input);
            self.engine.handle(now, input);
            // First of all, or an answer could come before its hash is known to be wanted.
            self.hashes.set(self.engine.open_hashes());
            while let Some(action) = self.engine.poll_action() {
                self.recording.action(&action);
                self.execute(action);
            }
            self.recording.done();
            self.due = self.engine.next_deadline();
        }
        self.calls.wake();
    }

    /// Tells trace and look-ups what came of a dial, and who left; and the log what was wrong.
    #[expect(clippy::wildcard_enum_match_arm, reason = "few inputs are more than the engine's")]
    fn follow(&mut self, now: Timestamp, input: &Input) {
        match input {
            Input::DialFailed { peer } => {
                let key = self.engine.keys().peer(peer);
                self.trace.dial_failed(self.engine.moment(now), key);
                self.lookups.dial_failed(*peer, self.failed_at.take());
            }
            Input::PeerConnected { peer, .. } => self.lookups.connected(peer),
            Input::PeerDisconnected { peer } => self.lookups.disconnected(peer),
            Input::MessageReceived { peer, skipped, .. } if *skipped != Skipped::default() => {
                self.violated(Violation::OverBudget, Some(peer), skipped.over_budget.into());
                self.violated(Violation::Unusable, Some(peer), skipped.unusable.into());
            }
            Input::MessageRefused { peer } => self.violated(Violation::Malformed, Some(peer), 1),
            Input::SessionClosed { session } => self.spans.close(*session),
            _ => {}
        }
    }

    /// A peer did something against the rules, so many times.
    pub(crate) fn violated(&mut self, kind: Violation, peer: Option<&PeerId>, count: u64) {
        if count > 0 {
            self.violations.note(kind, peer, count);
        }
    }

    /// Connections count the streams that they refuse, and tell nobody.
    fn look_at_refused_streams(&mut self) {
        let refused = self.frames.refused_streams();
        let before = std::mem::replace(&mut self.refused_streams, refused);
        self.violated(Violation::RefusedStream, None, refused.saturating_sub(before));
    }

    /// What a peer is needed for.
    pub(crate) fn use_of(&self, peer: &PeerId) -> PeerUse {
        self.engine.use_of(peer)
    }

    /// Whether a peer is asked for blocks that it may still send.
    pub(crate) fn owes_blocks(&self, peer: &PeerId) -> bool {
        self.engine.owes_blocks(peer)
    }

    /// The next command for the swarm.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<SwarmCommand> {
        for _ in 0..ROUNDS_PER_POLL {
            if let Some(command) = self.swarm_commands.pop_front() {
                return Poll::Ready(command);
            }
            if !self.poll_sources(cx) {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Takes at most one input from each source; false if none had any.
    fn poll_sources(&mut self, cx: &mut Context<'_>) -> bool {
        self.look_at_refused_streams();
        let progress = [
            self.poll_deadline(cx),
            self.poll_commands(cx),
            self.poll_drop_mailbox(cx),
            self.poll_store(cx),
            self.poll_lookups(cx),
            self.poll_export(cx),
            self.violations.poll(cx),
        ];
        progress.contains(&Poll::Ready(()))
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let due = self.due.and_then(|due| self.clock.instant(due));
        self.deadline.set(due);
        self.deadline.poll(cx).map(|()| {
            if let (Some(export), Some(due)) = (&self.export, due) {
                export.lagged(Instant::now().saturating_duration_since(due));
            }
            self.feed(Input::DeadlineReached);
        })
    }

    fn poll_commands(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(commands) = &mut self.commands else { return Poll::Pending };
        commands.poll_recv(cx).map(|command| match command {
            Some(command) => self.handle_command(command),
            None => self.commands = None,
        })
    }

    /// Comes after the commands: nobody can return what was not asked for.
    fn poll_drop_mailbox(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.drop_mailbox.poll(cx).map(|inputs| {
            for input in inputs {
                if self.calls.concerns(&input) {
                    self.feed(input);
                }
            }
        })
    }

    fn poll_store(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.store_calls.poll(cx).map(|done| self.feed(done))
    }

    fn poll_lookups(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.lookups.poll(cx).map(|event| match event {
            LookupEvent::Ended(lookups) => {
                for lookup in lookups {
                    self.feed(Input::LookupEnded { lookup });
                }
            }
            LookupEvent::Found(lookups, provider) => {
                let peer = self.learn(provider);
                for lookup in lookups {
                    self.feed(Input::ProvidersFound { lookup, peers: vec![peer] });
                }
            }
            LookupEvent::Located(located) => {
                let peer = self.learn(located);
                self.swarm_commands.push_back(SwarmCommand::Dial(peer));
            }
            LookupEvent::Nowhere(peer, tried) => {
                self.failed_at = Some(tried);
                self.feed_now(Input::DialFailed { peer });
            }
        })
    }

    fn learn(&mut self, Provider { peer, addresses }: Provider) -> PeerId {
        let addresses = addresses.into_iter();
        self.swarm_commands
            .extend(addresses.map(|address| SwarmCommand::AddAddress(peer, address)));
        peer
    }

    fn poll_export(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.next_export.poll(cx).map(|()| {
            self.next_export.set(Some(Instant::now() + EXPORT_EVERY));
            self.update_metrics();
        })
    }

    fn update_metrics(&mut self) {
        let stats = self.export.is_some().then(|| self.stats());
        if let (Some(export), Some(stats)) = (&mut self.export, stats) {
            export.update(&stats);
            export.update_routers(&self.lookups.stats());
            export.update_shares(self.engine.fairness(), self.engine.oldest_task());
        }
    }

    fn stats(&self) -> Stats {
        let unfinished_bytes = self.frames.held() as u64;
        let untaken_bytes = self.untaken.bytes();
        let refused_streams = self.frames.refused_streams();
        let refused_dials = self.lookups.dials_refused();
        let left_out_dials = self.lookups.dials_left_out();
        let counts = self.counts.clone();
        let (download_limits, download_waited) = self.downloads.stats();
        let transport = TransportStats {
            unfinished_bytes,
            untaken_bytes,
            refused_streams,
            refused_dials,
            left_out_dials,
            download_limits,
            download_waited,
            ..counts
        };
        Stats { transport, ..self.engine.stats() }
    }

    pub(crate) fn account(&self, peer: &PeerId) -> Option<Account> {
        self.engine.account(peer)
    }

    /// Whether it matters if peers are expected that the engine did not ask for.
    pub(crate) fn has_early_ends(&self) -> bool {
        self.calls.has_early_ends()
    }

    /// Tells the engine whether peers are expected; false if that is no news.
    pub(crate) fn expect_peers(&mut self, expected: bool) -> bool {
        let is_news = expected != self.expects_peers;
        if is_news {
            self.expects_peers = expected;
            self.feed(Input::PeersExpected { expected });
        }
        is_news
    }

    fn execute(&mut self, action: Action) {
        match action {
            Action::Connect { peer } => {
                self.lookups.dial_begins(peer);
                self.swarm_commands.push_back(SwarmCommand::Dial(peer));
            }
            Action::Deliver { call, cid, block } => self.calls.deliver(call, (cid, Ok(block))),
            Action::Fail { call, cid, why } => self.calls.deliver(call, (cid, Err(why))),
            Action::Finish { call } => self.calls.finish(call),
            Action::Disconnect { peer } => {
                self.swarm_commands.push_back(SwarmCommand::Disconnect(peer));
            }
            Action::Lookup { lookup, cid, source: _, max_providers, timeout } => {
                let peers = self.lookups.start(lookup, cid, max_providers, timeout);
                if !peers.is_empty() {
                    self.inputs.push_back(Input::ProvidersFound { lookup, peers });
                }
            }
            Action::Read { read, items } => {
                let (store, filter) = (Arc::clone(&self.store), self.filter.clone());
                self.store_calls.push(store::read(store, filter, read, items).boxed());
            }
            Action::Report(event) => {
                if let Event::StrategyReplaced { role, name, generation } = &event {
                    tracing::info!(%role, %name, generation, "a strategy took over");
                }
                self.trace.note(self.engine.now(), &event, self.engine.strategies());
                self.spans.note(&event, &self.engine, &self.trace);
                self.live.note(&event, &self.engine, &self.trace);
                if let Some(export) = &mut self.export {
                    export.tell(&event);
                }
            }
            Action::Send { peer, lane, send, message } => {
                self.swarm_commands.push_back(SwarmCommand::Send { peer, lane, send, message });
            }
            Action::SuspendSend { peer, send } => {
                self.violated(Violation::Unread, Some(&peer), 1);
                self.swarm_commands.push_back(SwarmCommand::Suspend { peer, send });
            }
            Action::ResumeSend { peer, send, blocks } => {
                self.swarm_commands.push_back(SwarmCommand::Resume { peer, send, blocks });
            }
            Action::StopLookup { lookup } => {
                if self.lookups.stop(lookup) {
                    self.inputs.push_back(Input::LookupEnded { lookup });
                }
            }
            Action::Write { write, blocks } => {
                let store = Arc::clone(&self.store);
                self.store_calls.push(store::write(store, write, blocks).boxed());
            }
        }
    }
}
