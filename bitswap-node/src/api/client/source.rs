//! A session of the daemon's, as a source of blocks in this process.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use bitswap_net::{Block, SessionOptions};
use bitswap_unixfs::{Source, Stored, WantError, Wanted};
use cid::Cid;
use futures::stream::{self, BoxStream, StreamExt as _};
use libp2p::Multiaddr;

use super::{Client, answered, body};
use crate::api::MOST_CIDS;
use crate::api::forms::{Opened, Opening, Want};
use crate::api::frames::{FrameError, Frames, Head};
use crate::error::CliError;

/// An open session. It ends when this and all its streams are dropped: the daemon sees that its
/// answer is not read any more.
pub(super) struct Remote(Arc<Open>);

struct Open {
    client: Client,
    id: String,
    /// Not read any more, only held: the lock is never taken.
    _answer: Mutex<BoxStream<'static, Result<bytes::Bytes, reqwest::Error>>>,
}

impl Remote {
    pub(super) async fn open(
        client: &Client,
        options: SessionOptions,
        peers: &[Multiaddr],
    ) -> Result<Self, CliError> {
        let SessionOptions { ttl, ends_early } = options;
        let peers: Vec<_> = peers.iter().map(ToString::to_string).collect();
        let opening = Opening { ttl, ends_early, peers: peers.join(",") };
        let request = client.request(reqwest::Method::POST, "/sessions").query(&opening);
        let mut answer = body(answered(request).await?).boxed();
        let first = answer.next().await.ok_or_else(|| CliError::lost(&"no session"))?;
        let first = first.map_err(|why| CliError::lost(&why))?;
        let Opened { id } = serde_json::from_slice(&first).map_err(|why| CliError::lost(&why))?;
        Ok(Self(Arc::new(Open { client: client.clone(), id, _answer: Mutex::new(answer) })))
    }
}

impl Source for Remote {
    fn want(&self, cids: Vec<Cid>) -> Wanted {
        self.answers(&cids, false, |cid, head, bytes| match head.bytes {
            // The daemon has hashed it.
            Some(_) => Block::assume_checked(*cid.hash(), bytes).map_err(|why| why.to_string()),
            None => Err(format!("nothing is said of {cid}")),
        })
    }

    fn store(&self, cids: Vec<Cid>) -> Stored {
        self.answers(&cids, true, |cid, head, _| {
            head.stored.ok_or_else(|| format!("nothing is said of {cid}"))
        })
    }
}

/// What a frame says of a block that is no error, or what is wrong with the frame.
type ReadFrame<T> = fn(&Cid, &Head, bytes::Bytes) -> Result<T, String>;

impl Remote {
    /// As many requests as are needed, and their answers as they come.
    fn answers<T: Send + 'static>(
        &self,
        cids: &[Cid],
        only_store: bool,
        read: ReadFrame<T>,
    ) -> BoxStream<'static, (Cid, Result<T, WantError>)> {
        let answers = cids.chunks(MOST_CIDS).map(|part| {
            let (open, part) = (Arc::clone(&self.0), part.to_vec());
            stream::once(async move { answer(open, part, only_store, read).await })
                .flatten()
                .boxed()
        });
        stream::select_all(answers).boxed()
    }
}

/// One request, and its answer as it comes.
async fn answer<T: Send + 'static>(
    open: Arc<Open>,
    cids: Vec<Cid>,
    only_store: bool,
    read: ReadFrame<T>,
) -> BoxStream<'static, (Cid, Result<T, WantError>)> {
    let want = Want { cids: cids.iter().map(ToString::to_string).collect(), only_store };
    let request = open.client.post(&format!("/sessions/{}/want", open.id), &want);
    match answered(request).await {
        Ok(response) => {
            let missing = cids.into_iter().collect();
            let waiting = Waiting { open, frames: Frames::of(body(response)), missing, read };
            stream::unfold(waiting, Waiting::next).boxed()
        }
        Err(why) => {
            let why = WantError::Lost { why: format!("{}: {}", why.what, why.why) };
            stream::iter(cids).map(move |cid| (cid, Err(why.clone()))).boxed()
        }
    }
}

struct Waiting<S, T> {
    /// The session lives as long as its streams.
    open: Arc<Open>,
    frames: Frames<S>,
    /// What neither came nor failed yet.
    missing: HashSet<Cid>,
    read: ReadFrame<T>,
}

impl<S, T> Waiting<S, T>
where
    S: futures::Stream<Item = Result<bytes::Bytes, reqwest::Error>> + Unpin,
{
    async fn next(mut self) -> Option<((Cid, Result<T, WantError>), Self)> {
        if self.missing.is_empty() {
            return None;
        }
        let frame = self.frames.next().await;
        let item = match self.understand(frame) {
            Ok(item) => item,
            Err(why) => {
                let cid = *self.missing.iter().min()?;
                self.missing.remove(&cid);
                // The same will be said of all others: a broken stream stays broken.
                (cid, Err(WantError::Lost { why }))
            }
        };
        Some((item, self))
    }

    fn understand(
        &mut self,
        frame: Result<Option<(Head, bytes::Bytes)>, FrameError>,
    ) -> Result<(Cid, Result<T, WantError>), String> {
        let (mut head, bytes) = frame
            .map_err(|why| why.to_string())?
            .ok_or_else(|| format!("session {} was closed", self.open.id))?;
        let cid = Cid::try_from(head.cid.as_str()).map_err(|why| why.to_string())?;
        if !self.missing.remove(&cid) {
            return Err(format!("{cid} was not asked for"));
        }
        let outcome = match head.error.take() {
            Some(error) => Err(error.into_want(cid)),
            None => (self.read)(&cid, &head, bytes).map_err(|why| WantError::Lost { why }),
        };
        Ok((cid, outcome))
    }
}
