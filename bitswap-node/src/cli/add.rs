//! `bitswap add`: files and directories become blocks in the node's store.

use std::path::{Path, PathBuf};

use bitswap_service::error::{CliError, Exit};
use bitswap_service::keep::PinKind;
use bitswap_service::plural;
use bitswap_service::units::size;
use bitswap_unixfs::{
    ImportProgress, ImportSettings, Imported, import, import_stream, import_wrapper,
};
use cid::Version;
use clap::{ArgAction, ValueEnum};
use multihash_codetable::Code;
use serde_json::{Value, json};

use super::output::Output;
use super::parse;
use super::progress::Progress;
use crate::access::{Access, NodeSelector, StrategyArgs};
use crate::cli::errors;
use crate::stop::Stop;

/// Takes files and directories into the node's store, and prints their CIDs.
///
/// A file has the CID that `ipfs add` gives it, and each option does what it does there; with
/// --cid-version 1, it is the one that `ipfs add --cid-version=1` gives. Directories are taken with
/// all that is in them but for what begins with a dot, symbolic links as links. Modes and times
/// are not kept. What is added is pinned.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap add photos                     a directory, with all that is in it
  bitswap add -w a.txt b.txt             two files, in a directory made for them
  tar c src | bitswap add -q -           what comes on stdin; prints the CID only
  bitswap add --only-hash --cid-version 1 --chunker size-1MiB movie.mkv")]
pub(super) struct Args {
    /// Files and directories; - is stdin
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Put it all into a directory, which keeps the names
    #[arg(long, short, visible_alias = "wrap")]
    wrap_with_directory: bool,

    /// Say what the CIDs would be; nothing is stored
    #[arg(long, short = 'n')]
    only_hash: bool,

    /// Also take what begins with a dot, in directories
    #[arg(long, short = 'H')]
    hidden: bool,

    /// Take what a PATH points to if it is a symbolic link
    #[arg(long = "dereference-args", hide_short_help = true)]
    dereference: bool,

    /// Version of the CIDs [default: 0; 1 if --hash is not sha2-256]
    #[arg(long, value_name = "0|1", value_parser = ["0", "1"],
          hide_possible_values = true)]
    cid_version: Option<String>,

    /// Leaves are nothing but content [default: true with CIDs of version 1]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_missing_value = "true", hide_possible_values = true)]
    raw_leaves: Option<bool>,

    /// How files are cut: size-BYTES
    #[arg(long, short = 's', value_name = "CHUNKER", default_value = "size-262144")]
    chunker: String,

    /// The hash of CIDs, for example blake3
    ///
    /// Others are sha2-512, sha3-256, sha3-512 and blake2b-256.
    #[arg(long, value_name = "HASH", default_value = "sha2-256", hide_possible_values = true)]
    hash: Hash,

    /// Do not pin it: the next  bitswap gc  may free it
    #[arg(long, conflicts_with = "only_hash", hide_short_help = true)]
    no_pin: bool,

    /// Directories are always taken with all that is in them; Kubo wants to be told so
    #[arg(long, short, hide = true, action = ArgAction::SetTrue)]
    recursive: bool,
}

/// Hash functions by the names that Kubo gives them.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Hash {
    #[value(name = "sha2-256")]
    Sha2_256,
    #[value(name = "sha2-512")]
    Sha2_512,
    #[value(name = "sha3-256")]
    Sha3_256,
    #[value(name = "sha3-512")]
    Sha3_512,
    #[value(name = "blake2b-256")]
    Blake2b256,
    #[value(name = "blake3")]
    Blake3,
}

/// One line of what is printed.
struct Added {
    name: String,
    imported: Imported,
}

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
        mut stop: Stop,
    ) -> Result<Exit, CliError> {
        let settings = self.settings()?;
        if self.only_hash {
            stop.unless(self.add(None, &settings, output)).await?;
            return Ok(Exit::Ok);
        }
        let mut access = Access::open(selector, &StrategyArgs::default(), &[]).await?;
        access.must_keep()?;
        access.hold().await?;
        let added = stop.unless(self.add(Some(&access), &settings, output)).await;
        stop.unless(access.close()).await?;
        added?;
        Ok(Exit::Ok)
    }

    fn settings(&self) -> Result<ImportSettings, CliError> {
        let hash = self.hash.code();
        let version = match self.cid_version.as_deref() {
            Some("0") if hash != Code::Sha2_256 => return Err(errors::hash_needs_version_1()),
            Some("0") => Version::V0,
            None if hash == Code::Sha2_256 => Version::V0,
            _ => Version::V1,
        };
        let mut settings = ImportSettings::default();
        settings.version = version;
        settings.raw_leaves = self.raw_leaves.unwrap_or(version == Version::V1);
        settings.chunk_bytes = parse::chunker(&self.chunker)?;
        settings.hash = hash;
        settings.hidden = self.hidden;
        settings.dereference = self.dereference;
        Ok(settings)
    }

    async fn add(
        &self,
        access: Option<&Access>,
        settings: &ImportSettings,
        output: Output,
    ) -> Result<(), CliError> {
        let store = access.map(Access::store);
        let store = store.as_deref();
        let mut progress = Progress::new(output);
        let mut all = Vec::new();
        for path in &self.paths {
            progress.stage(&format!("importing {}", path.display()));
            let meter = progress.meter();
            let watch = move |done: &ImportProgress| meter.at_files(done.files, done.bytes);
            let (name, imported) = if path == Path::new("-") {
                let imported = import_stream(store, tokio::io::stdin(), settings, &watch).await?;
                (imported.root.to_string(), imported)
            } else {
                (base_name(path)?, import(store, path, settings, &watch).await?)
            };
            all.push((name, imported));
        }
        if self.wrap_with_directory {
            let wrapper = import_wrapper(store, &all, settings).await?;
            all.push((String::new(), wrapper));
        }
        if let Some(store) = store {
            progress.stage("writing");
            store.sync().await.map_err(|why| CliError::store(&why))?;
        }
        if let Some(access) = access.filter(|_| !self.no_pin) {
            progress.stage("pinning");
            let roots: Vec<_> = all.iter().map(|(_, imported)| imported.root).collect();
            // The wrapper keeps what is in it.
            let pinned = if self.wrap_with_directory { roots.len() - 1 } else { 0 };
            access.pin(roots.get(pinned..).unwrap_or_default(), PinKind::Recursive).await?;
        }
        progress.end();
        self.tell(all, output);
        Ok(())
    }

    fn tell(&self, all: Vec<(String, Imported)>, output: Output) {
        let hidden: u64 = match all.last() {
            Some((_, wrapper)) if self.wrap_with_directory => wrapper.hidden,
            _ => all.iter().map(|(_, imported)| imported.hidden).sum(),
        };
        if hidden > 0 {
            let entries =
                plural::of(hidden, ["entry whose name begins", "entries whose names begin"]);
            let them = if hidden == 1 { "it" } else { "them" };
            let text = format!("left out {entries} with a dot; --hidden takes {them}, too");
            output.progress(&text);
        }
        let last = all.len().saturating_sub(1);
        for (place, (name, imported)) in all.into_iter().enumerate() {
            let added = Added { name, imported };
            // Whoever wraps wants the wrapper.
            if !output.is_quiet() || !self.wrap_with_directory || place == last {
                output.essential(&added.json(place == 0), &added.text(), &added.cid());
            }
        }
    }
}

impl Added {
    fn cid(&self) -> String {
        self.imported.root.to_string()
    }

    fn text(&self) -> String {
        let name = if self.name.is_empty() { "the directory around it" } else { &self.name };
        format!("added {}  {}  {name}", self.imported.root, size(self.imported.bytes))
    }

    fn json(&self, first: bool) -> Value {
        let Imported { root, is_directory, files, bytes, .. } = &self.imported;
        let mut told = json!({
            "name": self.name, "cid": root.to_string(), "bytes": bytes, "files": files,
            "kind": if *is_directory { "directory" } else { "file" },
        });
        if first && let Some(told) = told.as_object_mut() {
            told.insert("v".to_owned(), json!(1));
        }
        told
    }
}

impl Hash {
    const fn code(self) -> Code {
        match self {
            Self::Sha2_256 => Code::Sha2_256,
            Self::Sha2_512 => Code::Sha2_512,
            Self::Sha3_256 => Code::Sha3_256,
            Self::Sha3_512 => Code::Sha3_512,
            Self::Blake2b256 => Code::Blake2b256,
            Self::Blake3 => Code::Blake3_256,
        }
    }
}

/// The last part of a path's name; of `.` and the like, that of what they stand for.
pub(super) fn base_name(path: &Path) -> Result<String, CliError> {
    let full;
    let name = if let Some(name) = path.file_name() {
        Some(name)
    } else {
        full = path.canonicalize().map_err(|why| CliError::file(path, &why))?;
        full.file_name()
    };
    match name.map(|name| name.to_str()) {
        Some(Some(name)) => Ok(name.to_owned()),
        Some(None) => Err(errors::name_not_text(path)),
        None => Ok("root".to_owned()),
    }
}
