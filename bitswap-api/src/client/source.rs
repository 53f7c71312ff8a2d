//! A session of the daemon's, as a source of blocks in this process.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use bitswap_net::{Block, SessionOptions};
use bitswap_service::error::CliError;
use bitswap_unixfs::{Source, Stored, WantError, Wanted};
use cid::Cid;
use foldhash::quality::RandomState;
use futures::stream::{self, BoxStream, StreamExt as _};
use libp2p::Multiaddr;

use super::{Client, answered, body};
use crate::bounds::MOST_CIDS;
use crate::cars::{Answer, Note, Section, StreamError};
use crate::forms::{Opened, Opening, Want};

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
        let SessionOptions { ttl, ends_early, timeout } = options;
        let timeout_ms = timeout.map(|timeout| timeout.as_millis() as u64);
        let peers: Vec<_> = peers.iter().map(ToString::to_string).collect();
        let opening = Opening { ttl, ends_early, timeout_ms, peers: peers.join(",") };
        let request = client.request(reqwest::Method::POST, "/sessions").query(&opening);
        let mut answer = body(answered(request).await?).boxed();
        let first = answer.next().await.ok_or_else(|| CliError::lost(&"no session"))?;
        let first = first.map_err(|why| CliError::lost(&why))?;
        let Opened { id } = serde_json::from_slice(&first).map_err(|why| CliError::lost(&why))?;
        Ok(Self(Arc::new(Open { client: client.clone(), id, _answer: Mutex::new(answer) })))
    }
}

impl Source for Remote {
    fn want(&self, cids: Vec<Cid>, block_bytes: Option<u32>) -> Wanted {
        self.answers(&cids, (block_bytes, false), |said| match said {
            // The daemon has hashed it.
            Section::Block(cid, bytes) => {
                Block::assume_checked(*cid.hash(), bytes).map_err(|why| why.to_string())
            }
            Section::Note(note) => Err(format!("nothing is said of {}", note.cid)),
        })
    }

    fn store(&self, cids: Vec<Cid>, block_bytes: Option<u32>) -> Stored {
        self.answers(&cids, (block_bytes, true), |said| match said {
            Section::Note(Note { stored: Some(bytes), .. }) => Ok(bytes),
            Section::Note(note) => Err(format!("nothing is said of {}", note.cid)),
            Section::Block(cid, _) => Err(format!("the bytes of {cid} were not asked for")),
        })
    }
}

/// What is said of a block, if it is no error, or what is wrong with that.
type Read<T> = fn(Section) -> Result<T, String>;

impl Remote {
    /// As many requests as are needed, and their answers as they come.
    fn answers<T: Send + 'static>(
        &self,
        cids: &[Cid],
        how: (Option<u32>, bool),
        read: Read<T>,
    ) -> BoxStream<'static, (Cid, Result<T, WantError>)> {
        let answers = cids.chunks(MOST_CIDS).map(|part| {
            let (open, part) = (Arc::clone(&self.0), part.to_vec());
            stream::once(async move { answer(open, part, how, read).await }).flatten().boxed()
        });
        stream::select_all(answers).boxed()
    }
}

/// One request, and its answer as it comes.
async fn answer<T: Send + 'static>(
    open: Arc<Open>,
    cids: Vec<Cid>,
    (block_bytes, only_store): (Option<u32>, bool),
    read: Read<T>,
) -> BoxStream<'static, (Cid, Result<T, WantError>)> {
    let named = cids.iter().map(ToString::to_string).collect();
    let want = Want { cids: named, only_store, block_bytes };
    let request = open.client.post(&format!("/sessions/{}/want", open.id), &want);
    let answer = match answered(request).await {
        Ok(response) => Answer::of(body(response)).await.map_err(|why| why.to_string()),
        Err(why) => Err(format!("{}: {}", why.what, why.why)),
    };
    match answer {
        Ok(answer) => {
            let missing = cids.into_iter().collect();
            stream::unfold(Waiting { open, answer, missing, read }, Waiting::next).boxed()
        }
        Err(why) => {
            let why = WantError::Lost { why };
            stream::iter(cids).map(move |cid| (cid, Err(why.clone()))).boxed()
        }
    }
}

struct Waiting<T> {
    /// The session lives as long as its streams.
    open: Arc<Open>,
    answer: Answer,
    /// What neither came nor failed yet.
    missing: HashSet<Cid, RandomState>,
    read: Read<T>,
}

impl<T> Waiting<T> {
    async fn next(mut self) -> Option<((Cid, Result<T, WantError>), Self)> {
        if self.missing.is_empty() {
            return None;
        }
        let said = self.answer.next(|cid| self.missing.contains(cid)).await;
        let item = match self.understand(said) {
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
        said: Result<Option<Section>, StreamError>,
    ) -> Result<(Cid, Result<T, WantError>), String> {
        let said = said
            .map_err(|why| why.to_string())?
            .ok_or_else(|| format!("session {} was closed", self.open.id))?;
        let cid = match &said {
            Section::Block(cid, _) => *cid,
            Section::Note(note) => {
                Cid::try_from(note.cid.as_str()).map_err(|why| why.to_string())?
            }
        };
        if !self.missing.remove(&cid) {
            return Err(format!("{cid} was not asked for"));
        }
        let outcome = match said {
            Section::Note(Note { error: Some(error), .. }) => Err(error.into_want(cid)),
            said @ (Section::Block(..) | Section::Note(_)) => {
                (self.read)(said).map_err(|why| WantError::Lost { why })
            }
        };
        Ok((cid, outcome))
    }
}
