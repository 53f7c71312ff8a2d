//! `bitswap block put`: bytes become one block.

use std::io;
use std::path::{Path, PathBuf};

use bitswap_api::{BlockForm, BlockKind};
use bitswap_core::MAX_NEW_BLOCK_BYTES;
use bitswap_service::error::{CliError, Exit};
use bitswap_service::units::size;
use bitswap_store::Durability;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::access::Access;
use crate::cli::output::Output;
use crate::cli::pages;

/// Takes bytes into the store as one block, at most 2 MiB, and prints its CID when it is safe on
/// the disk.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap block put file
  printf hello | bitswap block put -q
  bitswap block put node.cbor --codec dag-cbor")]
pub(super) struct Args {
    /// The bytes; - is stdin
    #[arg(default_value = "-")]
    file: PathBuf,

    /// What the CID says that they are: raw, dag-pb, dag-cbor, dag-json, cbor or json
    #[arg(long, default_value = "raw")]
    codec: String,

    /// How they are hashed: sha2-256, sha2-512, sha3-256, sha3-512, blake2b-256 or blake3
    #[arg(long, default_value = "sha2-256")]
    hash: String,
}

impl Args {
    pub(super) async fn run(self, access: &Access, output: Output) -> Result<Exit, CliError> {
        access.must_keep()?;
        let kind = BlockKind::named(&self.codec, &self.hash)?;
        let bytes = self.read().await.map_err(|why| CliError::file(&self.file, &why))?;
        let (cid, block) = kind.block(bytes.into())?;
        let bytes = block.len();
        let receipt = access.store().put_many(vec![block], Durability::Prompt).await;
        let receipt = receipt.map_err(|why| CliError::store(&why))?;
        receipt.durable().await.map_err(|why| CliError::store(&why))?;
        let cid = cid.to_string();
        let text = format!("{cid}  {}", size(bytes as u64));
        let told = BlockForm { cid: cid.clone(), bytes: Some(bytes as u32) };
        output.essential(&pages::object(&told), &text, &cid);
        Ok(Exit::Ok)
    }

    async fn read(&self) -> io::Result<Vec<u8>> {
        if self.file == Path::new("-") {
            return up_to_one_too_many(tokio::io::stdin()).await;
        }
        up_to_one_too_many(tokio::fs::File::open(&self.file).await?).await
    }
}

/// One byte more than fits is enough to know that it is too much.
async fn up_to_one_too_many(from: impl AsyncRead + Unpin) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MAX_NEW_BLOCK_BYTES as u64 + 1).read_to_end(&mut bytes).await?;
    Ok(bytes)
}
