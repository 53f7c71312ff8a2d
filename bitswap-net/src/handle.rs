//! What embedders hold: a handle to the driver, cheap to clone, that needs no swarm.

mod blocks;
mod credit;
mod deliveries;
mod drop_mailbox;
mod explain;
mod session;
mod untaken;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bitswap_core::strategy::{Account, NamedStrategy};
use bitswap_core::{
    Block, ByteRate, ConnectedPeer, Engine, NewCall, OpenSession, OpenWant, PeerWant, SessionId,
    SessionOptions, Stats, Timestamp,
};
use bitswap_store::{BlockStore, Durability};
use cid::Cid;
use libp2p::PeerId;
use tokio::sync::{mpsc, oneshot};

pub use self::blocks::Blocks;
pub use self::explain::{CidExplanation, PeerExplanation};
pub use self::session::Session;

pub(crate) use self::deliveries::{Deliverer, Delivery};
pub(crate) use self::drop_mailbox::DropMailbox;
pub(crate) use self::untaken::Untaken;

use crate::error::{Closed, GetError, PutError};
use crate::live::{Listening, LiveEvents};
use crate::trace::Trace;

/// A running node's Bitswap.
///
/// Clones share everything. When the last one is dropped the node goes on serving; when the
/// [`Behaviour`](crate::Behaviour) is dropped all calls fail.
#[derive(Clone)]
pub struct Bitswap(Arc<Shared>);

struct Shared {
    commands: mpsc::Sender<Command>,
    drop_mailbox: Arc<DropMailbox>,
    untaken: Untaken,
    store: Arc<dyn BlockStore>,
    listening: Listening,
    /// The last id given to a call or a session.
    last_id: AtomicU64,
}

/// Reads something off an engine, given the time.
type Look = Box<dyn FnOnce(&Engine, &Trace, Timestamp) + Send>;

/// What a handle asks of the driver.
pub(crate) enum Command {
    Accounts(oneshot::Sender<Vec<(PeerId, Account)>>),
    /// Something to be read off the engine.
    Look(Look),
    Get(Get),
    FilterChanged(oneshot::Sender<()>),
    Limit(RateLimits, oneshot::Sender<()>),
    Notify(Vec<(Cid, Block)>, oneshot::Sender<()>),
    Replace(Vec<NamedStrategy>, oneshot::Sender<u64>),
    Stats(oneshot::Sender<Stats>),
    UpdateMetrics(oneshot::Sender<()>),
}

/// A call, and where its blocks go.
pub(crate) struct Get {
    pub(crate) call: NewCall,
    /// What holds for all calls of its session.
    pub(crate) options: SessionOptions,
    pub(crate) deliverer: Deliverer,
}

/// How fast a node sends blocks and reads what peers send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateLimits {
    /// Block bytes that are sent to all peers together.
    pub upload: ByteRate,
    /// Block bytes that are sent to each peer.
    pub upload_per_peer: ByteRate,
    /// Bytes of messages that are read from all peers together.
    pub download: ByteRate,
    /// Bytes of messages that are read from each peer.
    pub download_per_peer: ByteRate,
}

impl Bitswap {
    pub(crate) fn new(
        commands: mpsc::Sender<Command>,
        drop_mailbox: Arc<DropMailbox>,
        untaken: Untaken,
        store: Arc<dyn BlockStore>,
        listening: Listening,
    ) -> Self {
        let last_id = AtomicU64::new(0);
        Self(Arc::new(Shared { commands, drop_mailbox, untaken, store, listening, last_id }))
    }

    /// One block. Dropping the future cancels the want.
    ///
    /// # Errors
    /// A [`GetError`] says why it did not come; the want is over.
    pub async fn get(&self, cid: Cid) -> Result<Block, GetError> {
        self.session().get(cid).await
    }

    /// Many blocks, in order of arrival, each CID once. Dropping the stream cancels what is
    /// still wanted.
    pub fn get_many(&self, cids: impl IntoIterator<Item = Cid>) -> Blocks {
        self.session().get_many(cids)
    }

    /// A new session: its calls share what they learn of peers. It ends when it and all its
    /// streams are dropped.
    pub fn session(&self) -> Session {
        self.session_with(SessionOptions::default())
    }

    /// A new session with options of its own, such as how far its wants may be relayed.
    pub fn session_with(&self, options: SessionOptions) -> Session {
        let id = SessionId(self.next_id());
        Session::new(self.clone(), id, options)
    }

    /// Stores these blocks, then serves them to whoever waits for them. They are accepted, not
    /// yet durable, when it returns.
    ///
    /// # Errors
    /// A [`PutError`] says what of it happened.
    pub async fn put(&self, blocks: Vec<(Cid, Block)>) -> Result<(), PutError> {
        let copies = blocks.iter().map(|(_, block)| block.clone()).collect();
        drop(self.0.store.put_many(copies, Durability::Relaxed).await?);
        Ok(self.notify(blocks).await?)
    }

    /// These blocks are in the store now: whoever waits for them is served.
    ///
    /// # Errors
    /// [`Closed`]: the node is gone, nobody was told.
    pub async fn notify(&self, blocks: Vec<(Cid, Block)>) -> Result<(), Closed> {
        self.ask(|done| Command::Notify(blocks, done)).await
    }

    /// What happens from now on: bounded, and lost from its beginning if it is not taken in time.
    ///
    /// # Errors
    /// [`Closed`]: the node is gone.
    pub fn listen(&self) -> Result<LiveEvents, Closed> {
        self.0.listening.listen()
    }

    /// Counts and sizes, as of now.
    ///
    /// # Errors
    /// [`Closed`]: the node is gone.
    pub async fn stats(&self) -> Result<Stats, Closed> {
        self.ask(Command::Stats).await
    }

    /// The connected peers with what passed between us and each of them.
    ///
    /// # Errors
    /// [`Closed`]: the node is gone.
    pub async fn accounts(&self) -> Result<Vec<(PeerId, Account)>, Closed> {
        self.ask(Command::Accounts).await
    }

    /// Number of peers that were sent blocks, as far as they are remembered; they may be gone.
    ///
    /// # Errors
    /// [`Closed`]: the node is gone.
    pub async fn peers_served(&self) -> Result<usize, Closed> {
        self.look(|engine, _| engine.peers_served()).await
    }

    /// What passed between us and a peer, which may be gone; `None` = it is not known.
    ///
    /// # Errors
    /// [`Closed`]: the node is gone.
    pub async fn account(&self, peer: PeerId) -> Result<Option<Account>, Closed> {
        self.look(move |engine, _| engine.account(&peer)).await
    }

    /// The connected peers whose ids come after `after` (`None` = all), in the order of their
    /// ids, at most `most`.
    ///
    /// # Errors
    /// [`Closed`]: the node is gone.
    pub async fn connected_peers(
        &self,
        after: Option<PeerId>,
        most: usize,
    ) -> Result<Vec<ConnectedPeer>, Closed> {
        self.look(move |engine, _| engine.connected_peers(after.as_ref(), most)).await
    }

    /// What this node wants: wants that come after the `after`th ever opened (0 = all), oldest
    /// first, at most `most`.
    ///
    /// # Errors
    /// [`Closed`]: the node is gone.
    pub async fn open_wants(&self, after: u64, most: usize) -> Result<Vec<OpenWant>, Closed> {
        self.look(move |engine, now| engine.open_wants(now, after, most)).await
    }

    /// The open sessions whose ids come after `after` (`None` = all), by id, at most `most`.
    ///
    /// # Errors
    /// [`Closed`]: the node is gone.
    pub async fn open_sessions(
        &self,
        after: Option<SessionId>,
        most: usize,
    ) -> Result<Vec<OpenSession>, Closed> {
        self.look(move |engine, now| engine.open_sessions(now, after, most)).await
    }

    /// What a peer wants of this node and did not get, after the `after`th request that ever came
    /// (0 = all), oldest first, at most `most`; `None` if it is not connected.
    ///
    /// # Errors
    /// [`Closed`]: the node is gone.
    pub async fn wants_of(
        &self,
        peer: PeerId,
        after: u64,
        most: usize,
    ) -> Result<Option<Vec<PeerWant>>, Closed> {
        self.look(move |engine, now| engine.wants_of(now, &peer, after, most)).await
    }

    /// Lets strategies take over their roles, for running sessions too; the other roles keep
    /// theirs. A [`StrategySet`](bitswap_core::strategy::StrategySet) replaces all five. Returns
    /// the [generation](Stats::strategy_generation) that this begins.
    ///
    /// # Errors
    /// [`Closed`]: the node is gone, nothing was replaced.
    pub async fn replace(&self, strategies: impl Into<Vec<NamedStrategy>>) -> Result<u64, Closed> {
        let strategies = strategies.into();
        self.ask(|done| Command::Replace(strategies, done)).await
    }

    /// Changes how fast blocks are sent and messages read, from now on.
    ///
    /// # Errors
    /// [`Closed`]: the node is gone, nothing was changed.
    pub async fn limit(&self, limits: RateLimits) -> Result<(), Closed> {
        self.ask(|done| Command::Limit(limits, done)).await
    }

    /// The [filter](crate::Filter) may have changed its mind: wants that it denies now fail, and
    /// peers that it denies now are disconnected.
    ///
    /// # Errors
    /// [`Closed`]: the node is gone.
    pub async fn filter_changed(&self) -> Result<(), Closed> {
        self.ask(Command::FilterChanged).await
    }

    /// Brings the recorder up to date now, for a scrape. Otherwise that happens each second.
    ///
    /// # Errors
    /// [`Closed`]: the node is gone; the recorder shows its last second.
    pub async fn update_metrics(&self) -> Result<(), Closed> {
        self.ask(Command::UpdateMetrics).await
    }

    /// Reads something off the engine, between two of its inputs.
    async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Engine, Timestamp) -> T + Send + 'static,
    ) -> Result<T, Closed> {
        self.look_at_all(move |engine, _, now| look(engine, now)).await
    }

    /// Reads something off the engine and the trace, between two inputs of the engine.
    async fn look_at_all<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Engine, &Trace, Timestamp) -> T + Send + 'static,
    ) -> Result<T, Closed> {
        self.ask(|answer| {
            Command::Look(Box::new(move |engine, trace, now| {
                drop(answer.send(look(engine, trace, now)));
            }))
        })
        .await
    }

    /// Sends a command and waits for its answer.
    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Result<T, Closed> {
        let (sender, answer) = oneshot::channel();
        self.0.commands.send(command(sender)).await.map_err(|_| Closed)?;
        answer.await.map_err(|_| Closed)
    }

    fn commands(&self) -> &mpsc::Sender<Command> {
        &self.0.commands
    }

    fn drop_mailbox(&self) -> Arc<DropMailbox> {
        Arc::clone(&self.0.drop_mailbox)
    }

    fn untaken(&self) -> &Untaken {
        &self.0.untaken
    }

    fn next_id(&self) -> u64 {
        self.0.last_id.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl fmt::Debug for Bitswap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bitswap").field("closed", &self.0.commands.is_closed()).finish()
    }
}
