//! Lists of routers and bootstrap peers that somebody hosts (`routing.lists`), as a daemon found
//! them last. Files in the directory of the node, which nobody has to keep.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bitswap_net::{DelegatedRouter, Endpoint, TextError};
use futures::future::join_all;

use crate::config::{Config, MOST_NAMED, MOST_ROUTERS, RoutingSettings, has_name};
use crate::routing;

/// The lists of a node.
#[derive(Clone, Debug)]
pub struct HostedLists {
    folder: PathBuf,
    lists: Vec<Endpoint>,
}

/// Why a list stays as it was.
#[derive(Debug, thiserror::Error)]
enum ListError {
    #[error(transparent)]
    Unread(#[from] TextError),
    #[error("no line is a URL of a server, or an address with /p2p/ and a peer id at its end")]
    NamesNobody,
    #[error("it cannot be remembered: {0}")]
    NotKept(#[from] io::Error),
}

impl HostedLists {
    /// A daemon waits for all lists before it starts.
    const WITHIN: Duration = Duration::from_secs(5);
    /// What of a list is read.
    const LARGEST: usize = 64 * 1024;

    /// Those of a node with this directory.
    pub fn of(config: &Config, folder: &Path) -> Self {
        Self { folder: folder.to_owned(), lists: config.routing.lists.clone() }
    }

    /// Reads all lists; one that cannot be read stays as it was.
    pub async fn renew(&self) {
        let renewed = join_all(self.lists.iter().map(|list| self.read(list))).await;
        for (list, renewed) in self.lists.iter().zip(renewed) {
            if let Err(why) = renewed {
                tracing::warn!(%list, %why, "a list of routers stays as it was");
            }
        }
    }

    /// These settings with what the lists name besides, as far as there is room.
    pub(crate) fn complete(&self, mut settings: RoutingSettings) -> RoutingSettings {
        for list in &self.lists {
            let text = fs::read_to_string(self.file(list)).unwrap_or_default();
            text.lines().filter(|line| !add(line, &mut settings)).for_each(drop);
        }
        settings
    }

    async fn read(&self, list: &Endpoint) -> Result<(), ListError> {
        let options = routing::options(false, false);
        let text = DelegatedRouter::text(list, &options, Self::WITHIN, Self::LARGEST).await?;
        let mut named = RoutingSettings::default();
        let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        let (good, others): (Vec<_>, Vec<_>) = lines.partition(|line| add(line, &mut named));
        if let Some(first) = others.first().filter(|_| !good.is_empty()) {
            tracing::warn!(%list, lines = others.len(), first, "lines of a list name nobody");
        }
        good.first().ok_or(ListError::NamesNobody)?;
        Ok(fs::write(self.file(list), text)?)
    }

    fn file(&self, list: &Endpoint) -> PathBuf {
        let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
        let name: String = list.to_string().chars().map(plain).collect();
        self.folder.join(format!("list-{name}"))
    }
}

/// Adds whom a line names, if there is room; false if it names nobody.
fn add(line: &str, to: &mut RoutingSettings) -> bool {
    fn push<T: PartialEq>(to: &mut Vec<T>, one: T, most: usize) {
        if to.len() < most && !to.contains(&one) {
            to.push(one);
        }
    }
    if let Ok(router) = line.trim().parse() {
        push(&mut to.delegated, router, MOST_ROUTERS);
        return true;
    }
    let peer = line.trim().parse().ok().filter(has_name);
    peer.map(|peer| push(&mut to.bootstrap, peer, MOST_NAMED)).is_some()
}
