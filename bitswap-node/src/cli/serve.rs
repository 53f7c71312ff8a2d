//! `bitswap serve`: something is served for as long as the command runs, without any node set up.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bitswap_core::BlockCount;
use bitswap_net::Closed;
use bitswap_service::config::LoadedConfig;
use bitswap_service::error::{CliError, Exit};
use bitswap_service::node::{Node, NodeConfig};
use bitswap_service::plural::counted;
use bitswap_service::units::size;
use bitswap_store::{BlockStore, MemoryStore};
use bitswap_unixfs::{ImportProgress, ImportSettings, Imported, import};
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};
use serde_json::{Value, json};
use tokio::time::MissedTickBehavior;

use super::add::base_name;
use super::output::Output;
use super::parse;
use super::progress::Progress;
use crate::access::{NodeSelector, StrategyArgs};
use crate::cli::errors;
use crate::stop::Stop;

/// Serves a file or directory until Ctrl-C, and prints the command that fetches it.
///
/// It is a node of its own, with a new identity, and blocks in memory that are gone afterwards;
/// nothing is announced anywhere, so that only those find it who are given the command. For what
/// does not fit into memory, or is to stay:  bitswap add , then  bitswap daemon.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap serve photos
  bitswap serve movie.mkv --listen /ip4/0.0.0.0/tcp/4011")]
pub(super) struct Args {
    /// The file or directory to serve
    path: PathBuf,

    /// Where to take connections; repeatable [default: network.listen, if it is set, or any free
    /// ports]
    #[arg(long, value_name = "MULTIADDR")]
    listen: Vec<String>,

    /// Leave out what begins with a dot, in directories
    #[arg(long)]
    no_hidden: bool,

    #[command(flatten)]
    strategies: StrategyArgs,
}

/// What is served, and how it is fetched.
struct Offer {
    name: String,
    imported: Imported,
    peer_id: PeerId,
    /// Where others reach it.
    addresses: Vec<Multiaddr>,
    /// Where only this machine reaches it.
    loopback: Vec<Multiaddr>,
}

/// The peers that were seen to get something.
#[derive(Default)]
struct Seen(BTreeSet<PeerId>);

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
        mut stop: Stop,
    ) -> Result<Exit, CliError> {
        let (node, offer) = stop.unless(Box::pin(self.start(selector, output))).await?;
        output.result(&offer.json(), &offer.text());
        let mut seen = Seen::default();
        let mut look = tokio::time::interval(Seen::EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let exit = loop {
            tokio::select! {
                exit = stop.requested() => break exit,
                _ = look.tick() => seen.look(&node, output).await,
            }
        };
        tell_end(&node, output).await.map_err(|why| CliError::internal(&why))?;
        node.stop().await;
        Ok(if exit == Exit::Terminated { Exit::Ok } else { exit })
    }

    async fn start(
        &self,
        selector: &NodeSelector,
        output: Output,
    ) -> Result<(Node, Offer), CliError> {
        if selector.offline {
            return Err(crate::access::errors::offline());
        }
        let loaded = LoadedConfig::without_errors(&selector.sources()?)?;
        let listen = self.addresses(&loaded)?;
        let config = loaded.config;
        let name = base_name(&self.path)?;
        let store: Arc<dyn BlockStore> = Arc::new(MemoryStore::new());
        let mut settings = ImportSettings::whole();
        settings.hidden = !self.no_hidden;
        let mut progress = Progress::new(output);
        progress.stage(&format!("importing {}", self.path.display()));
        let meter = progress.meter();
        let watch = move |done: &ImportProgress| meter.at_files(done.files, done.bytes);
        let imported = import(Some(store.as_ref()), &self.path, &settings, &watch).await?;
        progress.end();
        let choice = self.strategies.choose_over(config.strategy.clone())?;
        let mut node =
            NodeConfig::told(&config, selector.home()?.folder(), &choice)?.without_routers();
        node.store = store;
        (node.peers, node.mdns) = (Vec::new(), false);
        node.listen = listen;
        // A machine without IPv6 or UDP serves all the same, and a daemon may have the ports.
        node.listen_elsewhere = self.listen.is_empty();
        let node = Node::start(node).await?;
        let reachable = node.addresses().into_iter().filter(|address| !is_link_local(address));
        let (loopback, addresses) = reachable.partition(is_loopback);
        let peer_id = node.peer_id();
        Ok((node, Offer { name, imported, peer_id, addresses, loopback }))
    }

    /// Where to listen: as the command line says, or else the configuration.
    fn addresses(&self, loaded: &LoadedConfig) -> Result<Vec<Multiaddr>, CliError> {
        if !self.listen.is_empty() {
            return self.listen.iter().map(|text| parse::address(text)).collect();
        }
        if !loaded.says("network.listen") {
            return Ok(everywhere());
        }
        let listen = loaded.config.network.listen.clone();
        if listen.is_empty() { Err(errors::nobody_let_in()) } else { Ok(listen) }
    }
}

impl Offer {
    /// What somebody types to fetch it from these addresses.
    fn command(&self, addresses: &[Multiaddr]) -> String {
        let is_tcp =
            |address: &&Multiaddr| address.iter().any(|part| matches!(part, Protocol::Tcp(_)));
        let has_tcp = addresses.iter().any(|address| is_tcp(&address));
        // Who can be reached by QUIC is reached by TCP, too, and the line stays short.
        let told = addresses.iter().filter(|address| !has_tcp || is_tcp(address));
        let peers: Vec<_> = told.map(|address| format!("--peer {address}")).collect();
        let (root, peers) = (self.imported.root, peers.join(" "));
        format!("bitswap get {root} {peers} -o {}", quoted(&free_name(&self.name)))
    }

    fn text(&self) -> String {
        let Imported { bytes, files, .. } = self.imported;
        let what = format!("serving {}  {}  {}", self.name, counted(files, "file"), size(bytes));
        let how = if self.addresses.is_empty() {
            "no other machine can reach it; on this one, fetch it with".to_owned()
        } else {
            let command = self.command(&self.addresses);
            format!("fetch it with\n  {command}\n\nor, on this machine only, with")
        };
        format!("{what}\n\n{how}\n  {}\n\nCtrl-C ends it", self.command(&self.loopback))
    }

    fn json(&self) -> Value {
        let texts =
            |addresses: &[Multiaddr]| addresses.iter().map(ToString::to_string).collect::<Vec<_>>();
        let all = [&self.addresses[..], &self.loopback].concat();
        json!({
            "v": 1, "event": "ready", "name": self.name, "cid": self.imported.root.to_string(),
            "bytes": self.imported.bytes, "files": self.imported.files,
            "peer_id": self.peer_id.to_string(), "addresses": texts(&all),
            "loopback_addresses": texts(&self.loopback), "command": self.command(&all),
        })
    }
}

impl Seen {
    const EVERY: Duration = Duration::from_secs(1);

    /// Takes note of who got something; a peer that is new is told of.
    async fn look(&mut self, node: &Node, output: Output) {
        for (peer, account) in node.bitswap().accounts().await.unwrap_or_default() {
            if account.sent_to > 0 && self.0.insert(peer) {
                output.progress(&format!("sending to {peer}"));
            }
        }
    }
}

/// What became of it.
async fn tell_end(node: &Node, output: Output) -> Result<(), Closed> {
    let BlockCount { blocks, bytes } = node.bitswap().stats().await?.server.blocks_sent;
    let peers = node.bitswap().peers_served().await?;
    let (sent, to) = (counted(blocks, "block"), counted(peers as u64, "peer"));
    let text = format!("sent {} in {sent} to {to}", size(bytes));
    let result = json!({
        "v": 1, "event": "end", "sent_blocks": blocks, "sent_bytes": bytes, "peers": peers,
    });
    output.result(&result, &text);
    Ok(())
}

/// Any free ports of all interfaces, by TCP and QUIC.
fn everywhere() -> Vec<Multiaddr> {
    let v4 = || Multiaddr::empty().with(Protocol::Ip4(Ipv4Addr::UNSPECIFIED));
    let v6 = || Multiaddr::empty().with(Protocol::Ip6(Ipv6Addr::UNSPECIFIED));
    let quic = |address: Multiaddr| address.with(Protocol::Udp(0)).with(Protocol::QuicV1);
    vec![v4().with(Protocol::Tcp(0)), v6().with(Protocol::Tcp(0)), quic(v4()), quic(v6())]
}

fn is_loopback(address: &Multiaddr) -> bool {
    match address.iter().next() {
        Some(Protocol::Ip4(ip)) => ip.is_loopback(),
        Some(Protocol::Ip6(ip)) => ip.is_loopback(),
        _ => false,
    }
}

/// Whether others would have to say by which of their interfaces.
fn is_link_local(address: &Multiaddr) -> bool {
    matches!(address.iter().next(), Some(Protocol::Ip6(ip)) if ip.is_unicast_link_local())
}

/// A name that nothing has in this directory, where the command is tried first.
fn free_name(name: &str) -> String {
    let copies = (1..).map(|number| match number {
        1 => format!("copy-{name}"),
        _ => format!("copy-{number}-{name}"),
    });
    let mut names = std::iter::once(name.to_owned()).chain(copies);
    let is_free = |name: &String| Path::new(name).symlink_metadata().is_err();
    names.find(is_free).unwrap_or_else(|| name.to_owned())
}

/// A name or a path as a shell takes it.
pub(super) fn quoted(name: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "._-+@%/".contains(letter);
    if !name.starts_with('-') && name.chars().all(is_plain) {
        return name.to_owned();
    }
    let name = name.replace('\'', r"'\''");
    if name.starts_with('-') { format!("'./{name}'") } else { format!("'{name}'") }
}
