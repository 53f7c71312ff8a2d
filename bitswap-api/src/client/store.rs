//! The daemon's store, as a store in this process.

use std::convert::Infallible;
use std::num::NonZeroUsize;

use async_trait::async_trait;
use bitswap_net::Block;
use bitswap_store::{
    BlockStore, Capabilities, Cursor, Durability, Multihash, Page, Receipt, StoreError,
};
use bitswap_unixfs::car_section;
use bytes::Bytes;
use cid::Cid;
use futures::stream;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Body, Method};

use super::{Client, body, stored};
use crate::api_error::transport_error;
use crate::bounds::{CAR_TYPE, MOST_BLOCK_BYTES, MOST_CIDS, MOST_ROWS};
use crate::cars::{Answer, Note, Section, StreamError, header};
use crate::forms::{BlockForm, LookPage, Page as Rows, Sizes};
use crate::kinds::raw_cid;

type Found = Vec<Result<Option<Block>, StoreError>>;

#[async_trait]
impl BlockStore for Client {
    async fn get_many(&self, hashes: &[Multihash]) -> Found {
        let mut found = Vec::with_capacity(hashes.len());
        for part in hashes.chunks(MOST_CIDS) {
            let end = found.len() + part.len();
            if let Err(why) = self.read(part, &mut found).await {
                found.resize_with(end, || Err(why.clone()));
            }
        }
        found
    }

    async fn sizes(&self, hashes: &[Multihash]) -> Vec<Result<Option<u32>, StoreError>> {
        let mut found = Vec::with_capacity(hashes.len());
        for part in hashes.chunks(MOST_CIDS) {
            match self.measure(part).await {
                Ok(sizes) => found.extend(sizes),
                Err(why) => found.extend(part.iter().map(|_| Err(why.clone()))),
            }
        }
        found
    }

    async fn put_many(
        &self,
        blocks: Vec<Block>,
        durability: Durability,
    ) -> Result<Receipt, StoreError> {
        let mut part = Vec::new();
        let mut bytes = 0;
        for block in blocks {
            bytes += block.len();
            part.push(block);
            if bytes >= MOST_BLOCK_BYTES || part.len() >= MOST_CIDS {
                self.write(std::mem::take(&mut part), durability).await?;
                bytes = 0;
            }
        }
        if !part.is_empty() {
            self.write(part, durability).await?;
        }
        let client = self.clone();
        Ok(Receipt::pending(async move { client.sync().await }))
    }

    async fn delete_many(&self, hashes: &[Multihash]) -> Result<Receipt, StoreError> {
        for part in hashes.chunks(MOST_CIDS) {
            stored(self.about("/blocks/delete", &cids(part))).await?;
        }
        // The daemon answered when it was durable.
        Ok(Receipt::settled())
    }

    async fn page(&self, from: &Cursor, most: NonZeroUsize) -> Result<Page, StoreError> {
        let cursor = from.as_bytes();
        let cursor = std::str::from_utf8(cursor)
            .map_err(|_| StoreError::BadCursor { bytes: cursor.len() })?;
        let page = LookPage {
            cursor: (!cursor.is_empty()).then(|| cursor.to_owned()),
            limit: Some(most.get().min(MOST_ROWS)),
        };
        let response = stored(self.request(Method::GET, "/blocks").query(&page)).await?;
        let rows: Rows<BlockForm> =
            response.json().await.map_err(|why| transport_error(&why.to_string()))?;
        let hash = |row: BlockForm| Cid::try_from(row.cid.as_str()).map(|cid| *cid.hash());
        let hashes = rows.items.into_iter().map(hash).collect::<Result<_, _>>();
        Ok(Page {
            hashes: hashes.map_err(|why| transport_error(&why.to_string()))?,
            next: rows.next.map(|next| Cursor::new(Bytes::from(next))),
        })
    }

    async fn sync(&self) -> Result<(), StoreError> {
        stored(self.request(Method::POST, "/blocks/sync")).await.map(drop)
    }

    fn capabilities(&self) -> Capabilities {
        let mut able = Capabilities::default();
        able.durable = true;
        able
    }
}

impl Client {
    /// The blocks of one request. What was read before an error is in `found`.
    async fn read(&self, hashes: &[Multihash], found: &mut Found) -> Result<(), StoreError> {
        let cids = cids(hashes);
        let response = stored(self.about("/blocks/read", &cids)).await?;
        let lost = |why: StreamError| transport_error(&why.to_string());
        let mut answer = Answer::of(body(response)).await.map_err(lost)?;
        for (cid, hash) in cids.iter().zip(hashes) {
            let said = answer.next(|named| named == cid).await.map_err(lost)?;
            let said = said.ok_or_else(|| transport_error("it answered less than was asked"))?;
            found.push(match said {
                // The daemon has checked it.
                Section::Block(_, bytes) => Block::assume_checked(*hash, bytes)
                    .map(Some)
                    .map_err(|_| StoreError::Corrupt { hash: *hash }),
                Section::Note(note) if note.cid != cid.to_string() => {
                    return Err(transport_error(&format!("it answered {} for {cid}", note.cid)));
                }
                Section::Note(Note { error: None, .. }) => Ok(None),
                Section::Note(Note { error: Some(error), .. }) => Err(error.into_store(Some(hash))),
            });
        }
        Ok(())
    }

    async fn measure(
        &self,
        hashes: &[Multihash],
    ) -> Result<Vec<Result<Option<u32>, StoreError>>, StoreError> {
        let response = stored(self.about("/blocks/sizes", &cids(hashes))).await?;
        let answer: Sizes =
            response.json().await.map_err(|why| transport_error(&why.to_string()))?;
        if answer.sizes.len() != hashes.len() {
            return Err(transport_error("it answered not as much as was asked"));
        }
        let sizes = answer.sizes.into_iter().zip(hashes).map(|(size, hash)| match size.error {
            Some(error) => Err(error.into_store(Some(hash))),
            None => Ok(size.bytes),
        });
        Ok(sizes.collect())
    }

    async fn write(&self, blocks: Vec<Block>, durability: Durability) -> Result<(), StoreError> {
        let sections = blocks
            .into_iter()
            .flat_map(|block| car_section(&raw_cid(*block.multihash()), block.bytes()));
        let car: Vec<_> =
            std::iter::once(header()).chain(sections).map(Ok::<_, Infallible>).collect();
        let request = self
            .request(Method::POST, "/blocks/write")
            .query(&[("prompt", durability == Durability::Prompt)])
            .header(CONTENT_TYPE, CAR_TYPE)
            .body(Body::wrap_stream(stream::iter(car)));
        stored(request).await.map(drop)
    }
}

fn cids(hashes: &[Multihash]) -> Vec<Cid> {
    hashes.iter().map(|hash| raw_cid(*hash)).collect()
}
