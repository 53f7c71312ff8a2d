//! `bitswap check`: why a block can be had, or not, stage by stage.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bitswap_api::{codec_name, hash_name};
use bitswap_net::{
    Block, CombinedRouter, Failure, GetError, Provider, QueryOutcome, RouterEvent, RouterFinding,
    SessionOptions,
};
use bitswap_service::config::{Config, DhtMode, StoreKind};
use bitswap_service::error::{CliError, Exit};
use bitswap_service::node::Node;
use bitswap_service::plural::counted;
use bitswap_service::routing;
use bitswap_service::units::size;
use bitswap_unixfs::inlined;
use cid::Cid;
use futures::StreamExt as _;
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};
use serde_json::json;

use super::output::Output;
use super::parse;
use super::routing::{RouterArgs, stranger};
use super::target::Target;
use crate::access::{Access, NodeSelector, StrategyArgs};
use crate::cli::errors;
use crate::stop::Stop;
use crate::table::printable;

/// Checks whether a block can be had, and if not, why.
///
/// First as `get` would: from the node's own store, the peers that it knows and the routers of the
/// configuration. If it does not come so, or with --as-stranger, --peer or --router, by a node that
/// knows nobody, stage by stage, and the first that fails says its cause and what to do: providers
/// by the routers, dials, and the block itself, which is verified and not kept. With --peer, that
/// peer is asked, and no router.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap check bafy…
  bitswap check bafy… --as-stranger
  bitswap check bafy… --peer /ip4/192.0.2.1/tcp/4001/p2p/12D3Koo…")]
pub(super) struct Args {
    #[arg(help = "Which block: bafy…, Qm…, ipfs://bafy…")]
    cid: String,

    /// Address of a peer to ask in place of those that routers name; repeatable
    #[arg(long, value_name = "MULTIADDR")]
    peer: Vec<String>,

    /// Ask only as a node that knows nobody: whether others can have it
    #[arg(long)]
    as_stranger: bool,

    #[command(flatten)]
    routers: RouterArgs,

    /// How long each stage may take
    #[arg(long, value_name = "TIME", default_value = "15s")]
    timeout: String,
}

/// How a stage ended.
struct Stage {
    name: &'static str,
    /// `None` = it says nothing of whether the block can be had.
    good: Option<bool>,
    found: String,
    /// What helps, if it failed.
    remedy: Option<String>,
}

/// Tells each stage as it ends.
struct Report {
    output: Output,
    told: usize,
}

/// Addresses by the peer that is said to be there; `None` = whoever is there.
type Providers = BTreeMap<Option<PeerId>, Vec<Multiaddr>>;

impl Args {
    pub(super) async fn run(
        self,
        selector: &NodeSelector,
        output: Output,
        mut stop: Stop,
    ) -> Result<Exit, CliError> {
        stop.unless(Box::pin(self.check(selector, output))).await
    }

    async fn check(self, selector: &NodeSelector, output: Output) -> Result<Exit, CliError> {
        let Target { root: cid, path } = Target::parse(&self.cid)?;
        if !path.is_empty() {
            return Err(errors::path_in_block(&self.cid));
        }
        if selector.offline {
            return Err(crate::access::errors::offline());
        }
        let timeout = parse::duration(&self.timeout)?;
        let peers = self.peer.iter().map(|text| parse::address(text));
        let peers = peers.collect::<Result<Vec<_>, _>>()?;
        let mut report = Report { output, told: 0 };
        if !report.tell(of_cid(&cid)) {
            return Ok(Exit::NotFound);
        }
        if inlined(&cid).is_some() {
            return Ok(Exit::Ok);
        }
        let config = Config::load(&selector.sources()?)?;
        let given = self.routers.parse()?;
        let by_stranger = self.as_stranger || !peers.is_empty() || !given.is_empty();
        let timeout_here = (!by_stranger).then_some(timeout);
        match by_node(selector, &config, (&cid, timeout_here), &mut report).await {
            Ok(true) => return Ok(Exit::Ok),
            Ok(false) => {}
            Err(why) => {
                let found = format!("the node cannot be asked: {}", why.what);
                report.tell(Stage { name: "here", good: None, found, remedy: None });
            }
        }
        let mut routing = config.routing;
        if !given.is_empty() {
            (routing.delegated, routing.dht) = (given, DhtMode::Off);
            routing.static_peers.clear();
        }
        drop(routing::chosen(&routing.delegated, routing.private_addresses)?);
        let mut node = stranger(routing)?;
        // It asks those whom this command dials, and nobody else.
        let router = std::mem::take(&mut node.router).time_limit(timeout);
        let node = Node::start(node).await?;
        let good = ask(&node, &router, (&cid, peers, timeout), &mut report).await;
        node.stop().await;
        Ok(if good { Exit::Ok } else { Exit::NotFound })
    }
}

/// The stages for which the network is needed; true if the block came.
async fn ask(
    node: &Node,
    router: &CombinedRouter,
    (cid, peers, timeout): (&Cid, Vec<Multiaddr>, Duration),
    report: &mut Report,
) -> bool {
    let mut providers = Providers::new();
    if peers.is_empty() {
        let (found, stage) = providers_of(router, cid, timeout).await;
        providers = found;
        if !report.tell(stage) {
            return false;
        }
    } else {
        for address in peers {
            providers.entry(named(&address)).or_default().push(address);
        }
        let found =
            format!("{} named, no router was asked", counted(providers.len() as u64, "peer"));
        report.tell(Stage { name: "providers", good: None, found, remedy: None });
    }
    let dialled = dial(node, &providers).await;
    report.tell(dialled) && report.tell(block(node, cid, timeout).await)
}

fn of_cid(cid: &Cid) -> Stage {
    let codec = codec_name(cid.codec());
    let codec = codec.map_or_else(|| format!("codec 0x{:x}", cid.codec()), str::to_owned);
    let hash = hash_name(cid.hash().code());
    let hash = hash.map_or_else(|| format!("hash 0x{:x}", cid.hash().code()), str::to_owned);
    let found = format!("version {}, {codec}, {hash}", cid.version() as u64);
    if inlined(cid).is_some() {
        let found = format!("{found}: the block is in the cid, nobody need be asked");
        return Stage { name: "cid", good: Some(true), found, remedy: None };
    }
    let can_check = Block::can_check(cid);
    let found = if can_check { found } else { format!("{found}, which cannot be checked") };
    let remedy = "ask whoever made it for one with sha2-256".to_owned();
    Stage { name: "cid", good: Some(can_check), found, remedy: (!can_check).then_some(remedy) }
}

/// Whether the node that runs here, or would, has it; or, with a timeout, gets it as `get` would.
async fn by_node(
    selector: &NodeSelector,
    config: &Config,
    (cid, timeout): (&Cid, Option<Duration>),
    report: &mut Report,
) -> Result<bool, CliError> {
    let mut selector = selector.clone();
    // A store that is not there is not made.
    let blocks = selector.home()?.folder().join(&config.store.path);
    let on_disk = config.store.kind != StoreKind::S3;
    selector.standalone |= on_disk && selector.running().await?.is_none() && !blocks.exists();
    let access = Access::open(&selector, &StrategyArgs::default(), &[]).await?;
    let stored = access.store().sizes(&[*cid.hash()]).await.pop().unwrap_or(Ok(None));
    let stored = stored.map_err(|why| CliError::store(&why))?;
    let found = stored.map_or_else(
        || "not in the node's store".to_owned(),
        |bytes| format!("in the node's store, {}", size(bytes.into())),
    );
    let good = stored.and_then(|_| timeout.map(|_| true));
    report.tell(Stage { name: "here", good, found, remedy: None });
    let mut came = good == Some(true);
    if let Some(timeout) = timeout.filter(|_| !came && access.knows_peers()) {
        let options = SessionOptions { ttl: None, ends_early: true, timeout: Some(timeout) };
        let source = access.source(options, &[]).await?;
        let (good, found) = match source.want(vec![*cid], None).next().await {
            Some((_, Ok(block))) => (Some(true), format!("came, {}", size(block.len() as u64))),
            Some((_, Err(why))) => (None, why.to_string()),
            None => (None, "nothing was said of the block".to_owned()),
        };
        came = good == Some(true);
        report.tell(Stage { name: "node", good, found, remedy: None });
    }
    access.close().await?;
    Ok(came)
}

/// Asks the routers.
async fn providers_of(router: &CombinedRouter, cid: &Cid, timeout: Duration) -> (Providers, Stage) {
    const ENOUGH: u32 = 10;
    let mut events = router.ask(*cid, ENOUGH);
    let (mut providers, mut failures) = (Providers::new(), Vec::new());
    let mut nowhere = BTreeSet::new();
    while providers.len() < ENOUGH as usize
        && let Some(RouterEvent { router, finding }) = events.next().await
    {
        match finding {
            RouterFinding::Provider(Provider { peer, addresses }) if addresses.is_empty() => {
                nowhere.insert(peer);
            }
            RouterFinding::Provider(Provider { peer, addresses }) => {
                let at = |address: Multiaddr| address.with_p2p(peer).unwrap_or_else(|same| same);
                providers.entry(Some(peer)).or_default().extend(addresses.into_iter().map(at));
            }
            RouterFinding::Ended(QueryOutcome::Answered) => {}
            RouterFinding::Ended(QueryOutcome::Failed(why)) => {
                failures.push(format!("{router}: {}", printable(&why)));
            }
            RouterFinding::Ended(QueryOutcome::TimedOut) => {
                failures.push(format!("{router}: no end of its answer in {timeout:?}"));
            }
        }
    }
    let mut found = vec![format!("{} with addresses", counted(providers.len() as u64, "provider"))];
    if !nowhere.is_empty() {
        found.push(format!("{} without", nowhere.len()));
    }
    if router.is_empty() {
        found.push("there is no router to ask".to_owned());
    }
    found.extend(failures);
    let remedy = "whoever has it has to announce it, as a daemon does with  providing.what = \
                  \"all\" ; or name a peer with  --peer";
    let good = !providers.is_empty();
    let remedy = (!good).then(|| remedy.to_owned());
    (providers, Stage { name: "providers", good: Some(good), found: found.join("; "), remedy })
}

async fn dial(node: &Node, providers: &Providers) -> Stage {
    let failures = node.connect(providers.values().flatten().cloned().collect()).await;
    let failed: BTreeMap<_, _> =
        failures.into_iter().map(|failure| (failure.address, failure.why)).collect();
    let is_reached =
        |addresses: &&Vec<Multiaddr>| addresses.iter().any(|address| !failed.contains_key(address));
    let reached = providers.values().filter(is_reached).count();
    let mut found =
        vec![format!("{reached} of {} reached", counted(providers.len() as u64, "peer"))];
    let causes: BTreeSet<_> = failed.values().map(String::as_str).collect();
    found.extend(causes.into_iter().take(3).map(printable));
    let remedy =
        "see whether the peer runs, and whether it can be reached from outside its network";
    let good = reached > 0;
    let remedy = (!good).then(|| remedy.to_owned());
    Stage { name: "dial", good: Some(good), found: found.join("; "), remedy }
}

async fn block(node: &Node, cid: &Cid, timeout: Duration) -> Stage {
    let options = SessionOptions { ttl: Some(0), ends_early: true, timeout: Some(timeout) };
    let (found, remedy) = match node.bitswap().session_with(options).get(*cid).await {
        Ok(block) => {
            let found = format!("came and is what the cid says, {}", size(block.len() as u64));
            return Stage { name: "block", good: Some(true), found, remedy: None };
        }
        Err(GetError::Failed { why: Failure::TimedOut, .. }) => (
            format!("nothing came in {} s", timeout.as_secs_f64()),
            "the peer may be busy or not serve strangers: wait longer with  --timeout 1m",
        ),
        Err(GetError::Failed { why, .. }) => (
            why.to_string(),
            "whoever announced it may have removed it, or speaks no Bitswap: ask them, or another \
             provider",
        ),
        Err(why) => (why.to_string(), "try again"),
    };
    Stage { name: "block", good: Some(false), found, remedy: Some(remedy.to_owned()) }
}

impl Report {
    /// False if it ends the check.
    fn tell(&mut self, stage: Stage) -> bool {
        let Stage { name, good, found, remedy } = stage;
        let mark = match good {
            Some(true) => "✓",
            Some(false) => "✗",
            None => "·",
        };
        let remedy_line =
            remedy.as_ref().map_or_else(String::new, |it| format!("\n  do:        {it}"));
        let text = format!("{mark} {name:<10} {found}{remedy_line}");
        let mut told = json!({ "stage": name, "good": good, "found": found, "do": remedy });
        if self.told == 0
            && let Some(told) = told.as_object_mut()
        {
            told.insert("v".to_owned(), json!(1));
        }
        self.told += 1;
        self.output.result(&told, &text);
        good != Some(false)
    }
}

fn named(address: &Multiaddr) -> Option<PeerId> {
    match address.iter().last() {
        Some(Protocol::P2p(peer)) => Some(peer),
        _ => None,
    }
}
