//! What is announced, and a sweep over it: all blocks of a store, those of pinned trees, or only
//! the roots of these.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::num::NonZeroUsize;
use std::sync::Arc;

use bitswap_store::{BlockStore, Cursor, Multihash, Page};
use bitswap_unixfs::{Trees, inlined};
use cid::Cid;
use serde::{Deserialize, Serialize};

use crate::config::Provide;
use crate::error::CliError;
use crate::keep::{Keeper, Pin, PinKind};

/// What is announced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All blocks of the store.
    #[default]
    All,
    /// The blocks of pinned trees, and those pinned by themselves.
    Pinned,
    /// The roots of pinned trees, and blocks pinned by themselves.
    Roots,
}

impl Scope {
    /// That of a configuration; `None` = nothing is announced.
    pub const fn of(what: Provide) -> Option<Self> {
        match what {
            Provide::All => Some(Self::All),
            Provide::Pinned => Some(Self::Pinned),
            Provide::Roots => Some(Self::Roots),
            Provide::Off => None,
        }
    }
}

/// Walks over what is announced, page by page.
pub struct Sweep {
    pub(super) scope: Scope,
    store: Arc<dyn BlockStore>,
    keeper: Arc<Keeper>,
    /// The blocks of pinned trees, while a sweep goes over them.
    marks: Option<Marks>,
}

/// Blocks, 8 bytes each: of two with one keyed hash, one may be announced in vain.
#[derive(Default)]
struct Marks {
    hashes: HashSet<u64>,
    key: RandomState,
}

impl Sweep {
    /// New pins are announced block by block up to so many; a larger tree waits for a sweep, which
    /// begins at once.
    const MOST_NEW: usize = 65_536;

    /// All that is in scope, from the beginning.
    pub fn new(scope: Scope, store: Arc<dyn BlockStore>, keeper: Arc<Keeper>) -> Self {
        Self { scope, store, keeper, marks: None }
    }

    /// The next page; a little more than `most`, if few blocks of the store are announced.
    ///
    /// # Errors
    /// The store or the pins cannot be read.
    pub(super) async fn page(
        &mut self,
        from: &Cursor,
        most: NonZeroUsize,
    ) -> Result<Page, CliError> {
        match self.scope {
            Scope::All => self.stored(from, most).await,
            Scope::Pinned => self.pinned(from, most).await,
            Scope::Roots => self.roots(from, most).await,
        }
    }

    /// What is to be announced of new pins, and whether that is all: else a sweep finds the rest.
    pub(super) async fn of_pins(&self, pins: &[Pin]) -> (Vec<Multihash>, bool) {
        let (mut hashes, mut is_all) = (Vec::new(), true);
        for pin in pins {
            let room = Self::MOST_NEW.saturating_sub(hashes.len());
            match (self.scope, pin.kind) {
                (Scope::Pinned, PinKind::Recursive) => match self.of_tree(pin, room).await {
                    Some(tree) => hashes.extend(tree),
                    None => is_all = false,
                },
                (Scope::Pinned, PinKind::Direct) | (Scope::All | Scope::Roots, _) => {
                    hashes.extend(root(&pin.cid));
                }
            }
        }
        (hashes, is_all)
    }

    async fn of_tree(&self, pin: &Pin, room: usize) -> Option<Vec<Multihash>> {
        let mut hashes = Vec::new();
        let mut seen = |hash: &Multihash, _| {
            if hashes.len() <= room {
                hashes.push(*hash);
            }
        };
        let walked = Trees::new().walk(self.store.as_ref(), pin.cid, &mut seen).await;
        (walked.is_ok() && hashes.len() <= room).then_some(hashes)
    }

    async fn stored(&self, from: &Cursor, most: NonZeroUsize) -> Result<Page, CliError> {
        self.store.page(from, most).await.map_err(|why| CliError::store(&why))
    }

    /// Goes over the store, so that it can go on after a restart whatever is pinned by then.
    async fn pinned(&mut self, from: &Cursor, most: NonZeroUsize) -> Result<Page, CliError> {
        let marks = match self.marks.take() {
            Some(marks) => marks,
            None => self.mark().await?,
        };
        let mut gathered = Page { hashes: Vec::new(), next: Some(from.clone()) };
        while let Some(from) = &gathered.next
            && gathered.hashes.len() < most.get()
        {
            let Page { hashes, next } = self.stored(from, most).await?;
            gathered.hashes.extend(hashes.into_iter().filter(|hash| marks.has(hash)));
            gathered.next = next;
        }
        self.marks = gathered.next.is_some().then_some(marks);
        Ok(gathered)
    }

    async fn mark(&self) -> Result<Marks, CliError> {
        let (mut marks, mut trees) = (Marks::default(), Trees::new());
        for Pin { cid, kind } in self.keeper.pins().await? {
            match kind {
                PinKind::Direct => marks.add(cid.hash()),
                PinKind::Recursive => {
                    trees.walk(self.store.as_ref(), cid, &mut |hash, _| marks.add(hash)).await?;
                }
            }
        }
        Ok(marks)
    }

    /// Goes over the pins in their order; a cursor is the one before.
    async fn roots(&self, from: &Cursor, most: NonZeroUsize) -> Result<Page, CliError> {
        let after = Cid::try_from(from.as_bytes()).ok();
        let pins = self.keeper.pins().await?;
        let mut rest = pins
            .iter()
            .map(Pin::place)
            .skip_while(|place| after.is_some_and(|after| *place <= after));
        let places: Vec<_> = rest.by_ref().take(most.get()).collect();
        let next = rest.next().and_then(|_| places.last());
        Ok(Page {
            hashes: places.iter().filter_map(root).collect(),
            next: next.map(|last| Cursor::new(last.to_bytes().into())),
        })
    }
}

impl Marks {
    fn add(&mut self, hash: &Multihash) {
        self.hashes.insert(self.key.hash_one(hash));
    }

    fn has(&self, hash: &Multihash) -> bool {
        self.hashes.contains(&self.key.hash_one(hash))
    }
}

/// What nobody needs a provider of is not announced.
fn root(cid: &Cid) -> Option<Multihash> {
    inlined(cid).is_none().then(|| *cid.hash())
}
