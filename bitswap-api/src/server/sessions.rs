//! Sessions of clients: they live as long as somebody reads the answer that opened them.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bitswap_net::{Block, GetError, Session, SessionOptions};
use bitswap_service::error::CliError;
use bitswap_unixfs::car_section;
use cid::Cid;
use futures::stream::{self, StreamExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

use super::looking::addresses;
use super::{Served, cids, query, understood};
use crate::api_error::ApiError;
use crate::bounds::CAR_TYPE;
use crate::cars::{Note, packed};
use crate::errors;
use crate::forms::{Opened, Opening, Want};

/// The open ones.
#[derive(Clone)]
pub(super) struct Sessions {
    open: Arc<Mutex<Open>>,
    /// Room for more that want blocks, and for more that only last. They are apart: a command holds
    /// one of the second kind while it waits for one of the first.
    room: [Arc<Semaphore>; 2],
    /// Places in line, of both kinds together.
    line: Arc<Semaphore>,
}

#[derive(Default)]
struct Open {
    by_id: BTreeMap<u64, Entry>,
    last_id: u64,
    /// Whether the daemon ends.
    closed: bool,
}

struct Entry {
    /// `None` = nothing is wanted through it: it only lasts.
    session: Option<Session>,
    /// Dropped with it; whoever waits for that hears it.
    end: watch::Sender<()>,
    /// Others wait for its room.
    _room: OwnedSemaphorePermit,
}

/// Ends a session when the answer that holds it is not read any more.
struct Holder {
    sessions: Sessions,
    id: u64,
}

impl Sessions {
    /// At once, of each kind; others wait in line.
    const MOST: usize = 128;
    /// Places in line. With up to four connections of each session, and one of each that waits, the
    /// socket has still some for others.
    const WAITING: usize = 400;
    /// Whoever waits longer is told that there is no room.
    const LONGEST_WAIT: Duration = Duration::from_secs(60);

    /// Waits until there is room for one more.
    async fn room(&self, wants: bool) -> Result<OwnedSemaphorePermit, CliError> {
        let [wanting, lasting] = &self.room;
        let room = Arc::clone(if wants { wanting } else { lasting });
        if let Ok(room) = Arc::clone(&room).try_acquire_owned() {
            return Ok(room);
        }
        let too_many = |_| errors::too_many_sessions(Self::MOST);
        let _place = self.line.try_acquire().map_err(too_many)?;
        match timeout(Self::LONGEST_WAIT, room.acquire_owned()).await {
            Ok(room) => room.map_err(|_| CliError::stopping()),
            Err(_) => Err(errors::too_many_sessions(Self::MOST)),
        }
    }

    fn open(
        &self,
        room: OwnedSemaphorePermit,
        session: Option<Session>,
    ) -> Result<(Holder, watch::Receiver<()>), CliError> {
        let mut open = self.lock();
        if open.closed {
            return Err(CliError::stopping());
        }
        open.last_id += 1;
        let id = open.last_id;
        let (end, ended) = watch::channel(());
        open.by_id.insert(id, Entry { session, end, _room: room });
        Ok((Holder { sessions: self.clone(), id }, ended))
    }

    fn get(&self, id: u64) -> Option<(Session, watch::Receiver<()>)> {
        let open = self.lock();
        let entry = open.by_id.get(&id)?;
        Some((entry.session.clone()?, entry.end.subscribe()))
    }

    fn end(&self, id: u64) -> bool {
        self.lock().by_id.remove(&id).is_some()
    }

    /// All of them end, and no new one begins.
    pub(super) fn close(&self) {
        let mut open = self.lock();
        open.closed = true;
        open.by_id.clear();
        for room in &self.room {
            room.close();
        }
    }

    /// Whether the daemon ends: answers that go on have to end, too.
    pub(super) fn are_closed(&self) -> bool {
        self.lock().closed
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Sessions {
    fn default() -> Self {
        let room = || Arc::new(Semaphore::new(Self::MOST));
        let line = Arc::new(Semaphore::new(Self::WAITING));
        Self { open: Arc::default(), room: [room(), room()], line }
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.sessions.end(self.id);
    }
}

/// Opens a session: a line with its id, and then nothing until it ends.
pub(super) async fn open(
    State(served): State<Served>,
    opening: Result<Query<Opening>, QueryRejection>,
) -> Result<Response, CliError> {
    let Opening { ttl, ends_early, timeout_ms, peers } = query(opening)?;
    let peers: Vec<_> = peers.split(',').filter(|text| !text.is_empty()).collect();
    let peers = addresses(&peers)?;
    let node = served.node()?;
    let timeout = timeout_ms.map(Duration::from_millis);
    let session = node.bitswap().session_with(SessionOptions { ttl, ends_early, timeout });
    let lease = node.keep(peers).await;
    lasting(&served, Some(session), Box::new(lease)).await
}

/// A line with an id, as soon as there is room, and then nothing until it ends; `held` is dropped
/// then.
pub(super) async fn lasting(
    served: &Served,
    session: Option<Session>,
    held: Box<dyn Send + Sync>,
) -> Result<Response, CliError> {
    let sessions = &served.0.sessions;
    let (holder, ended) = sessions.open(sessions.room(session.is_some()).await?, session)?;
    let opened = serde_json::to_string(&Opened { id: holder.id.to_string() });
    let line = opened.map_err(|why| CliError::internal(&why))? + "\n";
    let rest = stream::once(async move {
        end_of(ended).await;
        drop((holder, held));
        Bytes::new()
    });
    let lines = stream::once(async { Bytes::from(line) }).chain(rest);
    let body = Body::from_stream(lines.map(Ok::<_, Infallible>));
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((StatusCode::CREATED, kind, body).into_response())
}

/// The blocks, or notes of their lengths, in order of arrival, each CID once. When the answer is
/// not read any more, what is still wanted is taken back.
pub(super) async fn want(
    State(served): State<Served>,
    Path(id): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, CliError> {
    let body = body.map_err(|why| errors::bad_request(&why.body_text()))?;
    let Want { cids: wanted, only_store, block_bytes } = understood(&body)?;
    let cids = cids(&wanted)?;
    let found = id.parse().ok().and_then(|id| served.0.sessions.get(id));
    let (session, ended) = found.ok_or_else(|| errors::no_such_session(&id))?;
    let blocks = session.get_many_of(cids, block_bytes).take_until(Box::pin(end_of(ended)));
    let sections =
        blocks.flat_map(move |(cid, outcome)| stream::iter(section(&cid, outcome, only_store)));
    let body = Body::from_stream(packed(sections).map(Ok::<_, Infallible>));
    Ok(([(header::CONTENT_TYPE, CAR_TYPE)], body).into_response())
}

/// Ends a session, and all that is wanted through it.
pub(super) async fn close(
    State(served): State<Served>,
    Path(id): Path<String>,
) -> Result<StatusCode, CliError> {
    let ended = id.parse().is_ok_and(|id| served.0.sessions.end(id));
    if ended { Ok(StatusCode::NO_CONTENT) } else { Err(errors::no_such_session(&id)) }
}

fn section(cid: &Cid, outcome: Result<Block, GetError>, only_store: bool) -> [Bytes; 2] {
    match outcome {
        Ok(block) if only_store => Note::of_stored(cid, &block).section(),
        Ok(block) => car_section(cid, block.bytes()),
        Err(why) => Note::without(cid, Some(ApiError::of_get(&why))).section(),
    }
}

async fn end_of(mut ended: watch::Receiver<()>) {
    // It is never written, so this ends when its sender is dropped.
    while ended.changed().await.is_ok() {}
}
