//! `bitswap routing`: content routers are asked and told, and no provider is dialled.

use std::path::Path;
use std::time::Duration;

use bitswap_api::{FindProviders as Asked, found_peer, router_event};
use bitswap_net::{Endpoint, Provider, QueryOutcome, RouterEvent, RouterFinding};
use bitswap_service::config::{Config, DhtMode, NetworkSettings, RoutingSettings};
use bitswap_service::error::{CliError, Exit};
use bitswap_service::node::{Node, NodeConfig};
use bitswap_service::routing;
use cid::Cid;
use clap::Subcommand;
use futures::stream::{Stream, StreamExt as _};
use libp2p::PeerId;
use serde_json::{Value, json};

use super::output::Output;
use super::target::Target;
use super::{pages, parse};
use crate::access::NodeSelector;
use crate::cli::errors;
use crate::stop::Stop;
use crate::table::printable;

/// Asks content routers who has a block, or tells them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap routing find-providers bafy…
  bitswap routing find-providers bafy… --router http://127.0.0.1:8080 --json
  bitswap routing find-peer 12D3Koo…
  bitswap routing provide bafy…")]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print who may have a block, where, and which router says so
    FindProviders(FindProviders),
    /// Print where a peer is
    FindPeer {
        #[arg(help = "Who: 12D3Koo…", value_name = "PEER_ID")]
        peer: String,
    },
    /// Announce in the DHT, now, that the daemon has these blocks
    Provide {
        #[arg(help = "Which blocks: bafy…, Qm…", value_name = "CID", required = true)]
        cids: Vec<String>,
    },
}

/// The servers to ask in place of those of the configuration.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct RouterArgs {
    /// Router to ask for providers in place of those configured; repeatable
    ///
    /// It is the URL of a server of the delegated routing HTTP API, such as
    /// `https://delegated-ipfs.dev`.
    #[arg(long = "router", value_name = "URL", conflicts_with = "offline")]
    given: Vec<String>,
}

#[derive(Debug, clap::Args)]
struct FindProviders {
    #[arg(help = "Which block: bafy…, Qm…, ipfs://bafy…")]
    cid: String,

    #[command(flatten)]
    routers: RouterArgs,

    /// How many providers are enough
    #[arg(long, value_name = "N", default_value_t = 20)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000))]
    most: u32,

    /// How long each router may take
    #[arg(long, value_name = "TIME", default_value = "10s")]
    timeout: String,
}

impl RouterArgs {
    pub(super) fn parse(&self) -> Result<Vec<Endpoint>, CliError> {
        self.given.iter().map(|text| parse::endpoint(text)).collect()
    }
}

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
        mut stop: Stop,
    ) -> Result<Exit, CliError> {
        match self.verb {
            Verb::FindProviders(args) => stop.unless(Box::pin(args.run(selector, output))).await,
            Verb::FindPeer { peer } => {
                stop.unless(Box::pin(find_peer(&peer, selector, output))).await
            }
            Verb::Provide { cids } => stop.unless(provide(&cids, selector, output)).await,
        }
    }
}

impl FindProviders {
    async fn run(self, selector: &NodeSelector, output: Output) -> Result<Exit, CliError> {
        let Target { root: cid, path } = Target::parse(&self.cid)?;
        if !path.is_empty() {
            return Err(errors::path_in_block(&self.cid));
        }
        let timeout = parse::duration(&self.timeout)?;
        if selector.offline {
            return Err(crate::access::errors::offline());
        }
        let given = self.routers.parse()?;
        if given.is_empty()
            && let Some(client) = selector.running().await?
        {
            let timeout = u32::try_from(timeout.as_secs().max(1)).unwrap_or(u32::MAX);
            let said = client.find_providers(&cid, &Asked { most: self.most, timeout }).await?;
            let events = said.filter_map(async |said| router_event(&said.ok()?));
            let timeout = Duration::from_secs(timeout.into());
            return find(Box::pin(events), cid, (self.most, timeout), output).await;
        }
        let mut config = Config::load(&selector.sources()?)?;
        if !given.is_empty() {
            config.routing.delegated = given;
            config.routing.dht = DhtMode::Off;
            config.routing.static_peers.clear();
        }
        let config = config.routing;
        drop(routing::chosen(&config.delegated, config.private_addresses)?);
        let node = stranger(config)?;
        if !node.has_routers() {
            return Err(errors::no_router());
        }
        let node = Node::start(node).await?;
        let events = node.finder().providers(cid, self.most, timeout);
        let found = find(Box::pin(events), cid, (self.most, timeout), output).await;
        node.stop().await;
        found
    }
}

/// Prints where a peer is, as the daemon knows or finds, or else a node of this command's own.
async fn find_peer(text: &str, selector: &NodeSelector, output: Output) -> Result<Exit, CliError> {
    let peer: PeerId = text.parse().map_err(|_| errors::bad_peer_id(text))?;
    if selector.offline {
        return Err(crate::access::errors::offline());
    }
    let found = if let Some(client) = selector.running().await? {
        client.find_peer(&peer).await?
    } else {
        let node = stranger(Config::load(&selector.sources()?)?.routing)?;
        let node = Node::start(node).await?;
        let found = node.find_peer(peer).await;
        node.stop().await;
        found_peer(&found?)
    };
    let addresses = found.addresses.iter().map(|address| format!("\n  {}", printable(address)));
    let connected = if found.connected { "  connected" } else { "" };
    let text = format!("{}{connected}{}", found.peer_id, addresses.collect::<String>());
    output.result(&pages::object(&found), &text);
    Ok(Exit::Ok)
}

/// A node that nobody knows, for as long as a command asks.
pub(super) fn stranger(routing: RoutingSettings) -> Result<NodeConfig, CliError> {
    let network = NetworkSettings { mdns: false, peers: Vec::new(), ..Default::default() };
    let config = Config { network, routing, ..Config::default() };
    NodeConfig::told(&config, Path::new(""), &config.strategy)
}

/// Announces the roots of what is named, and nothing below them.
async fn provide(
    texts: &[String],
    selector: &NodeSelector,
    output: Output,
) -> Result<Exit, CliError> {
    let root = |text: &String| {
        let Target { root, path } = Target::parse(text)?;
        if path.is_empty() { Ok(root) } else { Err(errors::path_in_block(text)) }
    };
    let cids: Vec<_> = texts.iter().map(root).collect::<Result<_, _>>()?;
    let failed = selector.daemon().await?.announce(&cids).await?;
    for cid in cids.iter().map(Cid::to_string) {
        if failed.iter().all(|unannounced| unannounced.cid != cid) {
            output.result(&json!({"v": 1, "announced": cid}), &format!("announced {cid}"));
        }
    }
    let Some(first) = failed.first() else { return Ok(Exit::Ok) };
    let why = first.why.clone();
    let failed: Vec<_> = failed.into_iter().map(|unannounced| unannounced.cid).collect();
    Err(errors::not_announced(&failed, &why))
}

/// Prints each provider as it is found.
async fn find(
    mut events: impl Stream<Item = RouterEvent> + Unpin,
    cid: Cid,
    (most, timeout): (u32, Duration),
    output: Output,
) -> Result<Exit, CliError> {
    let (mut found, mut answered) = (0, false);
    let mut failures = Vec::new();
    while found < most
        && let Some(RouterEvent { router, finding }) = events.next().await
    {
        let why = match finding {
            RouterFinding::Provider(provider) => {
                output.result(&as_json(&provider, &router, found == 0), &text(&provider, &router));
                found += 1;
                continue;
            }
            RouterFinding::Ended(QueryOutcome::Answered) => {
                answered = true;
                continue;
            }
            RouterFinding::Ended(QueryOutcome::Failed(why)) => printable(&why),
            RouterFinding::Ended(QueryOutcome::TimedOut) => {
                format!("no end of its answer in {timeout:?}")
            }
        };
        output.progress(&format!("{router}: {why}"));
        failures.push(format!("{router}: {why}"));
    }
    match (found, answered) {
        (0, true) => Err(errors::no_provider(&cid, &failures)),
        (0, false) => Err(errors::routers_failed(&failures)),
        (_, _) => Ok(Exit::Ok),
    }
}

fn text(provider: &Provider, router: &str) -> String {
    let addresses = provider.addresses.iter();
    let addresses = addresses.map(|address| format!("\n  {}", printable(&address.to_string())));
    format!("{}  from {router}{}", provider.peer, addresses.collect::<String>())
}

fn as_json(provider: &Provider, router: &str, first: bool) -> Value {
    let addresses: Vec<_> = provider.addresses.iter().map(ToString::to_string).collect();
    let mut told = json!({
        "peer_id": provider.peer.to_string(), "addresses": addresses, "router": router,
    });
    if first && let Some(told) = told.as_object_mut() {
        told.insert("v".to_owned(), json!(1));
    }
    told
}
