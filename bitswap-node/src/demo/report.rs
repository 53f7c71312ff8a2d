//! What happened in a demonstration, as the nodes themselves counted it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use bitswap_core::Stats;
use bitswap_core::strategy::Account;
use bitswap_service::error::CliError;
use bitswap_service::node::Node;
use bitswap_service::scripts::{self, Counted};
use bitswap_unixfs::{Fetched, Imported};
use serde::Serialize;

use super::{Cast, text};

/// All of it. The names of the fields are the names in `--json`, and stay.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    v: u32,
    pub(super) source: PathBuf,
    pub(super) kind: &'static str,
    pub(super) root: String,
    pub(super) files: u64,
    /// Bytes of content.
    pub(super) bytes: u64,
    /// Different blocks.
    pub(super) blocks: u64,
    /// Bytes of those blocks.
    pub(super) block_bytes: u64,
    /// From the first question to the last block.
    pub(super) seconds: f64,
    pub(super) bytes_per_second: f64,
    /// Always true: a difference is an error, not a report.
    pub(super) identical: bool,
    pub(super) duplicate_blocks: u64,
    pub(super) duplicate_bytes: u64,
    /// Duplicate ÷ useful bytes.
    pub(super) duplicate_ratio: f64,
    /// Of blocks that came when nothing was wanted any more, and were not looked at.
    pub(super) unhashed_bytes: u64,
    pub(super) fetcher: Host,
    pub(super) servers: Vec<Server>,
    pub(super) ledgers: Vec<Ledger>,
    pub(super) strategies: Vec<Decider>,
    /// Of the strategies, those that are scripts.
    pub(super) scripts: Vec<Scripted>,
    /// Of the fetching node.
    pub(super) metrics_url: Option<String>,
}

/// What crossed.
pub(crate) struct Crossing {
    pub(crate) source: PathBuf,
    pub(crate) imported: Imported,
    pub(crate) fetched: Fetched,
    pub(crate) seconds: f64,
}

/// Where a node is.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Host {
    pub(super) node: String,
    pub(super) peer_id: String,
    pub(super) addresses: Vec<String>,
    pub(super) metrics_url: Option<String>,
}

/// A node that served.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Server {
    #[serde(flatten)]
    pub(super) host: Host,
    /// Of the useful bytes.
    pub(super) share: f64,
    pub(super) blocks: u64,
    pub(super) bytes: u64,
}

/// What one node says of another.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Ledger {
    pub(super) node: String,
    pub(super) of: String,
    pub(super) sent_to: u64,
    pub(super) blocks_sent_to: u64,
    pub(super) received_from: u64,
    pub(super) blocks_received_from: u64,
    pub(super) duplicate_received_from: u64,
    pub(super) unasked_received_from: u64,
    pub(super) debt_owed_to_us: u64,
    pub(super) debt_we_owe: u64,
}

/// What one strategy on one node was asked, and decided.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Decider {
    pub(super) node: String,
    pub(super) role: &'static str,
    pub(super) strategy: String,
    pub(super) asked: u64,
    /// By reason.
    pub(super) decisions: BTreeMap<&'static str, u64>,
    /// Answers that the engine did not obey, by cause.
    pub(super) rejected: BTreeMap<&'static str, u64>,
}

/// What one script on one node did.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Scripted {
    pub(super) node: String,
    #[serde(flatten)]
    pub(super) counted: Counted,
}

impl Report {
    /// Asks all nodes what they counted.
    ///
    /// # Errors
    /// A node does not answer.
    pub(super) async fn of(crossing: Crossing, cast: &Cast) -> Result<Self, CliError> {
        settle(cast).await?;
        let stats = stats(&cast.fetcher).await?;
        let accounts = ledgers(cast).await?;
        let useful = stats.client.wanted;
        let duplicate = stats.client.duplicate;
        let fetcher = host("fetcher", &cast.fetcher);
        let Crossing { source, imported, fetched, seconds } = crossing;
        Ok(Self {
            v: 1,
            source,
            kind: if imported.is_directory { "directory" } else { "file" },
            root: imported.root.to_string(),
            files: imported.files,
            bytes: imported.bytes,
            blocks: fetched.blocks,
            block_bytes: fetched.bytes,
            seconds,
            bytes_per_second: ratio(imported.bytes as f64, seconds),
            identical: true,
            duplicate_blocks: duplicate.blocks,
            duplicate_bytes: duplicate.bytes,
            duplicate_ratio: ratio(duplicate.bytes as f64, useful.bytes as f64),
            unhashed_bytes: stats.wire.unhashed.bytes,
            metrics_url: fetcher.metrics_url.clone(),
            fetcher,
            servers: servers(cast, &accounts, useful.bytes),
            ledgers: accounts,
            strategies: deciders(cast).await?,
            scripts: scripted(cast),
        })
    }

    /// The report for people.
    pub(crate) fn text(&self) -> String {
        text::of(self)
    }

    /// How others can fetch it while the nodes are up, for people.
    pub(crate) fn invitation(&self) -> String {
        text::invitation(self)
    }
}

/// Waits until what was sent is what came: a block counts as sent when its write returned, and a
/// duplicate may still be on its way when the last useful block is here.
async fn settle(cast: &Cast) -> Result<(), CliError> {
    /// Two seconds in all; then the counts are shown as they are.
    const TIMES: usize = 80;
    const PAUSE: Duration = Duration::from_millis(25);

    for _ in 0..TIMES {
        let mut sent = 0;
        for server in &cast.servers {
            sent += stats(server).await?.server.blocks_sent.bytes;
        }
        let Stats { client, wire, .. } = stats(&cast.fetcher).await?;
        let came = [client.wanted, client.duplicate, client.unasked, wire.unhashed];
        let came: u64 = came.iter().map(|count| count.bytes).sum();
        if sent == came {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

async fn stats(node: &Node) -> Result<Stats, CliError> {
    node.bitswap().stats().await.map_err(|why| CliError::internal(&why))
}

fn host(name: &str, node: &Node) -> Host {
    Host {
        node: name.to_owned(),
        peer_id: node.peer_id().to_string(),
        addresses: node.addresses().iter().map(ToString::to_string).collect(),
        metrics_url: node.metrics_url().map(ToOwned::to_owned),
    }
}

/// What the fetcher says of each server, and each server of the fetcher.
async fn ledgers(cast: &Cast) -> Result<Vec<Ledger>, CliError> {
    let mut ledgers = Vec::new();
    for (name, node) in cast.named() {
        let accounts = node.bitswap().accounts().await.map_err(|why| CliError::internal(&why))?;
        for (of, other) in cast.named() {
            let known = accounts.iter().find(|(peer, _)| *peer == other.peer_id());
            if let Some((_, account)) = known {
                ledgers.push(ledger(&name, &of, account));
            }
        }
    }
    Ok(ledgers)
}

fn ledger(node: &str, of: &str, account: &Account) -> Ledger {
    Ledger {
        node: node.to_owned(),
        of: of.to_owned(),
        sent_to: account.sent_to,
        blocks_sent_to: account.blocks_sent_to,
        received_from: account.received_from,
        blocks_received_from: account.blocks_received_from,
        duplicate_received_from: account.duplicate_received_from,
        unasked_received_from: account.unasked_received_from,
        debt_owed_to_us: account.debt_owed_to_us(),
        debt_we_owe: account.debt_we_owe(),
    }
}

fn servers(cast: &Cast, ledgers: &[Ledger], useful: u64) -> Vec<Server> {
    let server = |(name, node): (String, &Node)| {
        let ledger = ledgers.iter().find(|ledger| ledger.node == "fetcher" && ledger.of == name);
        let bytes = ledger.map_or(0, |ledger| ledger.received_from);
        Server {
            share: ratio(bytes as f64, useful as f64),
            blocks: ledger.map_or(0, |ledger| ledger.blocks_received_from),
            bytes,
            host: host(&name, node),
        }
    };
    cast.named().skip(1).map(server).collect()
}

async fn deciders(cast: &Cast) -> Result<Vec<Decider>, CliError> {
    let mut deciders = Vec::new();
    for (name, node) in cast.named() {
        for strategy in stats(node).await?.strategies {
            deciders.push(Decider {
                node: name.clone(),
                role: strategy.role.name(),
                strategy: strategy.strategy.to_string(),
                asked: strategy.asked,
                decisions: strategy.decisions.into_iter().collect(),
                rejected: strategy.rejected.into_iter().collect(),
            });
        }
    }
    Ok(deciders)
}

fn scripted(cast: &Cast) -> Vec<Scripted> {
    let of_node = |(node, running): (String, &Node)| {
        let counted = scripts::counted(running.scripts()).into_iter();
        counted.map(move |counted| Scripted { node: node.clone(), counted })
    };
    cast.named().flat_map(of_node).collect()
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
