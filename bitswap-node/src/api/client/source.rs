//! A session of the daemon's, as a source of blocks in this process.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use bitswap_net::Block;
use cid::Cid;
use futures::stream::{self, BoxStream, StreamExt as _};

use super::{Client, answered, body};
use crate::api::MOST_CIDS;
use crate::api::forms::{Opened, Opening};
use crate::api::frames::{FrameError, Frames, Head};
use crate::dag::{Source, WantError, Wanted};
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
    pub(super) async fn open(client: &Client, ttl: Option<u8>) -> Result<Self, CliError> {
        let request = client.request(reqwest::Method::POST, "/sessions").query(&Opening { ttl });
        let mut answer = body(answered(request).await?).boxed();
        let first = answer.next().await.ok_or_else(|| CliError::lost(&"no session"))?;
        let first = first.map_err(|why| CliError::lost(&why))?;
        let Opened { id } = serde_json::from_slice(&first).map_err(|why| CliError::lost(&why))?;
        Ok(Self(Arc::new(Open { client: client.clone(), id, _answer: Mutex::new(answer) })))
    }
}

impl Source for Remote {
    fn want(&self, cids: Vec<Cid>) -> Wanted {
        let wanted = cids.chunks(MOST_CIDS).map(|part| {
            let (open, part) = (Arc::clone(&self.0), part.to_vec());
            stream::once(async move { wanted(open, part).await }).flatten().boxed()
        });
        stream::select_all(wanted).boxed()
    }
}

/// One request, and its answer as it comes.
async fn wanted(open: Arc<Open>, cids: Vec<Cid>) -> Wanted {
    let request = open.client.about(&format!("/sessions/{}/want", open.id), &cids);
    match answered(request).await {
        Ok(response) => {
            let missing = cids.into_iter().collect();
            let waiting = Waiting { open, frames: Frames::of(body(response)), missing };
            stream::unfold(waiting, Waiting::next).boxed()
        }
        Err(why) => stream::iter(lost(cids, &format!("{}: {}", why.what, why.why))).boxed(),
    }
}

struct Waiting<S> {
    /// The session lives as long as its streams.
    open: Arc<Open>,
    frames: Frames<S>,
    /// What neither came nor failed yet.
    missing: BTreeSet<Cid>,
}

impl<S> Waiting<S>
where
    S: futures::Stream<Item = Result<bytes::Bytes, reqwest::Error>> + Unpin,
{
    async fn next(mut self) -> Option<((Cid, Result<Block, WantError>), Self)> {
        if self.missing.is_empty() {
            return None;
        }
        let frame = self.frames.next().await;
        let item = match self.understand(frame) {
            Ok(item) => item,
            Err(why) => {
                let cid = self.missing.pop_first()?;
                // The same will be said of all others: a broken stream stays broken.
                (cid, Err(WantError::Lost { why }))
            }
        };
        Some((item, self))
    }

    fn understand(
        &mut self,
        frame: Result<Option<(Head, bytes::Bytes)>, FrameError>,
    ) -> Result<(Cid, Result<Block, WantError>), String> {
        let (head, bytes) = frame
            .map_err(|why| why.to_string())?
            .ok_or_else(|| format!("session {} was closed", self.open.id))?;
        let cid = Cid::try_from(head.cid.as_str()).map_err(|why| why.to_string())?;
        if !self.missing.remove(&cid) {
            return Err(format!("{cid} was not asked for"));
        }
        let outcome = match (head.bytes, head.error) {
            (Some(_), _) => {
                Block::checked(&cid, bytes).map_err(|why| WantError::Lost { why: why.to_string() })
            }
            (None, Some(error)) => Err(error.into_want(cid)),
            (None, None) => Err(WantError::Lost { why: format!("nothing is said of {cid}") }),
        };
        Ok((cid, outcome))
    }
}

fn lost(cids: Vec<Cid>, why: &str) -> Vec<(Cid, Result<Block, WantError>)> {
    let lost = |cid| (cid, Err(WantError::Lost { why: why.to_owned() }));
    cids.into_iter().map(lost).collect()
}
