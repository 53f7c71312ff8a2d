//! Words that a shell offers though no declaration has them: strategies, settings, and the peers
//! that are connected now. They are looked for only while a shell completes a word.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use bitswap_api::{LookPage, PeerRow};
use bitswap_core::strategy::Role;
use bitswap_service::config::SECTIONS;
use bitswap_strategies::catalog;
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use tokio::runtime::Builder;
use tokio::time::timeout;

use crate::access::NodeSelector;

/// Whoever presses a key waits: a daemon that takes longer has no peers to offer.
const PATIENCE: Duration = Duration::from_secs(1);
/// More are no help to anybody.
const MOST_PEERS: usize = 256;

/// The names of the roles.
pub(super) fn roles() -> ArgValueCandidates {
    ArgValueCandidates::new(|| Role::ALL.map(|role| CompletionCandidate::new(role.name())).into())
}

/// The names of the strategies, each once.
pub(super) fn strategies() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let entries = catalog::all().iter();
        entries.map(|entry| told(entry.name.to_owned(), entry.summary)).collect()
    })
}

/// The names of the settings.
pub(super) fn settings() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let keys = SECTIONS.iter().flat_map(|section| section.keys);
        keys.map(|key| told(key.path(), key.meaning)).collect()
    })
}

/// The peers that are connected to the daemon of the directory that the line names, if it runs and
/// answers in time.
pub(super) fn peers() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let peers = connected().unwrap_or_default().into_iter();
        peers.map(|peer| told(peer.peer_id, peer.agent.as_deref().unwrap_or_default())).collect()
    })
}

fn told(word: String, help: &str) -> CompletionCandidate {
    CompletionCandidate::new(word).help((!help.is_empty()).then(|| help.to_owned().into()))
}

fn connected() -> Option<Vec<PeerRow>> {
    let runtime = Builder::new_current_thread().enable_all().build().ok()?;
    let selector = NodeSelector { data: folder(env::args_os()), ..NodeSelector::default() };
    let page = LookPage { limit: Some(MOST_PEERS), ..LookPage::default() };
    let asked = async {
        let daemon = selector.running().await.ok()??;
        daemon.peers(&page).await.ok()
    };
    let page = runtime.block_on(async { timeout(PATIENCE, asked).await.ok() })??;
    Some(page.items)
}

/// The directory that a line that is not whole yet, or the environment, names.
fn folder(mut words: impl Iterator<Item = OsString>) -> Option<PathBuf> {
    while let Some(word) = words.next() {
        if word == "--data" {
            return words.next().map(PathBuf::from);
        }
        if let Some(folder) = word.to_str().and_then(|word| word.strip_prefix("--data=")) {
            return Some(folder.into());
        }
    }
    env::var_os("BITSWAP_DIR").map(PathBuf::from)
}
