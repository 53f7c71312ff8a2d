//! THE list of settings: name, kind, default and meaning, once for each.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use bitswap_core::{EngineConfig, Limits, RelayConfig, TimeoutConfig};
use bitswap_net::Endpoint;
use bitswap_strategies::catalog::StrategyChoice;
use cid::Cid;
use libp2p::{Multiaddr, PeerId};

use super::VERSION;
use super::key::{Key, Section, checked};
use super::kind::{
    BucketUrl, Bytes, DhtMode, Kind, LogFilter, LogFormat, MetricAccess, Percent, Profile, Provide,
    Rate, StoreKind, Threads,
};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

sections! {
    /// The file itself.
    file: FileSettings in "" {
        /// The version of the settings in this file; a program refuses files that are newer than
        /// itself.
        config_version: u32 = VERSION;
    }

    /// The node as a whole.
    node: NodeSettings in "node" {
        /// What the node is for: a set of defaults beneath this file.
        profile: Profile = Profile::Desktop;
        /// Threads that do the work; `"auto"` is one for each processor.
        worker_threads: Threads = Threads::Auto, within Threads::Count(1), to Threads::Count(1_024);
    }

    /// Addresses of the node, and the peers that it connects to.
    network: NetworkSettings in "network" {
        /// Where the node takes connections.
        listen: Vec<Multiaddr> = everywhere();
        /// Where others reach the node besides where it listens, and what it finds out: the address
        /// of a container's machine, or of a port that a router forwards. Peers are told, and a
        /// node with a public one counts as reachable.
        announce: Vec<Multiaddr> = Vec::new();
        /// Where peers are not told that the node is: addresses, each of which stands for all that
        /// begin with it, or networks, as `/ip4/10.0.0.0/ipcidr/8`. It counts before `announce`.
        no_announce: Vec<Multiaddr> = Vec::new();
        /// Peers that the node connects to when it starts.
        peers: Vec<Multiaddr> = Vec::new();
        /// Whether nodes of the same local network find each other.
        mdns: bool = true;
    }

    /// Being reached behind a NAT. All of it needs a node that listens.
    nat: NatSettings in "nat" {
        /// Whether peers are asked if they can reach the node at the addresses that they see
        /// (`AutoNAT`), which decides what it needs of the rest.
        autonat: bool = true;
        /// Whether the router is asked to forward the node's ports (`UPnP`).
        upnp: bool = true;
        /// Whether others reach the node over relays, two at a time, while they cannot directly.
        relay: bool = true;
        /// The relays to use, at most 64, in place of those that the node meets; each address ends
        /// with `/p2p/` and a peer id. They are used as long as it is unknown whether the node can
        /// be reached directly.
        relays: Vec<Multiaddr> = Vec::new();
        /// Whether the two ends of a connection over a relay try to connect directly.
        hole_punching: bool = true;
        /// Whether blocks are fetched and served over relays. They let little through, 128 KiB in
        /// two minutes if they are as usual.
        bitswap_over_relays: bool = false;
        /// Whether the node helps others: it is a relay for those that cannot be reached (128 KiB
        /// and two minutes for each connection, 16 at once), and tells peers whether they can be.
        serve: bool = false;
    }

    /// Routers that tell who has a block.
    routing: RoutingSettings in "routing" {
        /// Servers of the delegated routing HTTP API that are asked, at most 16, in this order:
        /// each half a second after the one before, or once all before it have ended; after one
        /// that last failed or was silent so long, at once.
        delegated: Vec<Endpoint> = public_routers();
        /// Whether servers in the internet may name providers at private addresses; those on this
        /// machine or in a private network always may.
        private_addresses: bool = false;
        /// How the node takes part in the DHTs that Kubo speaks, that of the local network, for
        /// private addresses, and that of the internet, for public ones: `"auto"` serves the first
        /// if it listens, and the second if an address of its own is public; `"client"` only asks;
        /// `"server"` serves both; `"lan"` is `"auto"` in the local network only; `"off"` is
        /// neither. A server keeps records of providers, and no values.
        dht: DhtMode = DhtMode::Auto;
        /// Peers through which the node finds its way into the DHTs, at most 64; each address ends
        /// with `/p2p/` and a peer id. A private network names its own.
        bootstrap: Vec<Multiaddr> = public_bootstrap();
        /// URLs of lists that somebody hosts, at most 16, which name more of both: a text of up to
        /// 64 KiB with a server's URL or a peer's address in each line, and `#` before a remark. A
        /// daemon reads them when it starts, and remembers what they named, should they be gone.
        /// Whoever writes a list is trusted as this file is.
        lists: Vec<Endpoint> = Vec::new();
        /// Peers that may have anything, at most 64: each look-up names them first. Each address
        /// ends with `/p2p/` and a peer id.
        static_peers: Vec<Multiaddr> = Vec::new();
        /// A loopback address where others ask this node, by the same API, whether it has a block;
        /// `"off"` is none.
        serve: Option<SocketAddr> = None;
    }

    /// Announcing in the DHTs what a daemon has, so that others find it.
    providing: ProvideSettings in "providing" {
        /// Which blocks are announced: `"all"`; `"pinned"`, those of pinned trees; `"roots"`, only
        /// where pinned trees begin, by which those who know the root find the rest; or `"off"`.
        /// New ones are announced when they come, all again in each interval. Blocks that are only
        /// relayed never are.
        what: Provide = Provide::All;
        /// How long after its begin one sweep over all of these is followed by the next; other
        /// nodes forget a block after 48 hours.
        interval: Duration = 22 * HOUR, within MINUTE, to 48 * HOUR;
        /// Announcements that begin in a second, at most; 16 go on at once.
        per_second: u32 = 20, within 1, to 1_000;
    }

    /// What the node answers and asks over Bitswap.
    protocol: ProtocolSettings in "protocol" {
        /// Whether other nodes are served at all.
        serve: bool = engine().serve;
        /// A peer that asks whether we have a block gets the block itself up to this size; `"off"`
        /// answers only that we have it.
        inline_blocks: Option<Bytes> = Some(Bytes(engine().have_replace_bytes.into())),
            within Some(Bytes(1)), to Some(Bytes(2 * MIB));
        /// How many hops the wants of our own sessions may make over relaying peers; `"off"` is
        /// none.
        ttl: Option<u32> = Some(relay().session_ttl.into()),
            within Some(1), to Some(RelayConfig::MAX_TTL.into());
    }

    /// Time without an answer after which a peer that was asked counts as having said DONT_HAVE.
    timeouts: TimeoutSettings in "timeouts" {
        /// The timeout while nothing is known of the peer.
        initial: Duration = timeouts().initial, within MILLISECOND, to HOUR;
        /// Time added to three round trips while only the round trip is known.
        processing: Duration = timeouts().processing, within MILLISECOND, to HOUR;
        /// The shortest timeout.
        min: Duration = timeouts().min, within MILLISECOND, to HOUR;
        /// The longest timeout.
        max: Duration = timeouts().max, within MILLISECOND, to HOUR;
    }

    /// How much the node holds and does at once.
    limits: LimitSettings in "limits" {
        /// Maximum number of connections; beyond it the peer that was idle longest is disconnected,
        /// but none that is to be kept, blocks go to or come from, or was dialled a moment ago.
        peers: u32 = 600, within 1, to 1 << 20;
        /// The share of `limits.peers` up to which connections stay that nobody uses; beyond it
        /// they close after a minute.
        peers_low_water: Percent = Percent(50), within Percent(0), to Percent(100);
        /// Connections to one peer, by different transports or from both sides at once.
        connections_per_peer: u32 = 4, within 1, to 64;
        /// Connections that peers are opening at once; of more, the newest are refused.
        pending_in: u32 = 64, within 1, to 1 << 16;
        /// Connections that the node is opening at once; of more, the newest fail.
        pending_out: u32 = 64, within 1, to 1 << 16;
        /// Block bytes on their way to one peer; one block may go over.
        in_flight_per_peer: Bytes = Bytes(limits().outstanding_bytes_per_peer),
            within Bytes(1), to Bytes(GIB);
        /// Block bytes on their way to all peers together; the less, the more the order matters.
        in_flight: Bytes = Bytes(limits().outstanding_bytes), within Bytes(1), to Bytes(64 * GIB);
        /// Rate at which block bytes are sent to all peers together; `"off"` is no limit. Set a
        /// little below what the line carries, it makes this node, and not the line, decide who
        /// gets how much. SIGHUP changes it, and the three that follow, in a running daemon.
        upload: Option<Rate> = None, within Some(Rate(1_024)), to Some(Rate(1 << 40));
        /// Rate at which block bytes are sent to each peer; `"off"` is no limit.
        upload_per_peer: Option<Rate> = None, within Some(Rate(1_024)), to Some(Rate(1 << 40));
        /// Rate at which what peers send over Bitswap is read, from all together; `"off"` is no
        /// limit.
        download: Option<Rate> = None, within Some(Rate(1_024)), to Some(Rate(1 << 40));
        /// Rate at which what each peer sends over Bitswap is read; `"off"` is no limit.
        download_per_peer: Option<Rate> = None, within Some(Rate(1_024)), to Some(Rate(1 << 40));
        /// Wants of one peer that are remembered; 1,024 at most once half of `limits.wants` is in
        /// use.
        wants_per_peer: u32 = limits().requests_per_peer as u32, within 1, to 1 << 20;
        /// Wants of all peers that are remembered.
        wants: u32 = limits().requests as u32, within 1, to 1 << 26;
        /// Wants of our own that are open at once; others wait.
        open_wants: u32 = limits().open_wants as u32, within 1, to 1 << 26;
        /// Wants of one session that are asked at once, if its blocks are small and a peer is far;
        /// of near peers 1,024 or a little more, and of larger blocks as many as have 64 MiB, or
        /// 512.
        wants_per_session: u32 = limits().wants_per_session as u32, within 1, to 1 << 20;
        /// Accounts of peers that are kept, those of absent peers included.
        accounts: u32 = limits().accounts as u32, within 1, to 1 << 26;
        /// Block bytes gathered in one message; one block may go over.
        message: Bytes = Bytes(limits().message_bytes as u64), within Bytes(1), to Bytes(2 * MIB);
        /// What the receive windows of all TCP connections may grow by; the less, the slower are
        /// long ways. A new connection may use an eighth of what is left, at most 32 MiB and at
        /// least 768 KiB.
        windows: Bytes = Bytes(256 * MIB), within Bytes(1), to Bytes(64 * GIB);
    }

    /// Blocks and peers that the node has nothing to do with. SIGHUP puts changes of these settings
    /// in force in a running daemon, and lists are read again once they were saved.
    filter: FilterSettings in "filter" {
        /// Lists in the compact denylist format (IPIP-383), or directories of `*.deny` files. What
        /// the rules name is neither fetched, nor served, relayed or announced; of rules that name
        /// the same block the last counts. Only `/ipfs/CID`, `/ipfs/CID/*` and `//HASH` are in
        /// force: a block has no path below its CID, and no name.
        denylists: Vec<PathBuf> = Vec::new();
        /// Lists of the same format, or directories of `*.allow` files; if there are any, only
        /// blocks that they or `filter.allow_cids` name are fetched, served, relayed and announced.
        allowlists: Vec<PathBuf> = Vec::new();
        /// More blocks that are denied, whatever lists say.
        deny_cids: Vec<Cid> = Vec::new();
        /// More blocks that are allowed; none that a denylist names.
        allow_cids: Vec<Cid> = Vec::new();
        /// Peers that are neither dialled nor let in.
        deny_peers: Vec<PeerId> = Vec::new();
        /// If there are any, only these peers are dialled and let in: those of the DHT, too.
        allow_peers: Vec<PeerId> = Vec::new();
    }

    /// Where blocks are kept.
    store: StoreSettings in "store" {
        /// On disk, in memory until the node ends, or in a bucket of S3 that several nodes share,
        /// for which the program is built with its feature `s3`.
        kind: StoreKind = StoreKind::Disk;
        /// The directory of a store on disk; if relative, in the data directory.
        path: PathBuf = PathBuf::from("blocks");
        /// The bucket, and a prefix in it: `s3://BUCKET/PREFIX`. Credentials, region and endpoint
        /// are in the environment, as `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`,
        /// `AWS_ENDPOINT_URL`, and `AWS_ALLOW_HTTP=true` for one without TLS.
        url: Option<BucketUrl> = None;
        /// Bytes of blocks of a bucket that are kept in memory.
        cache: Bytes = Bytes(256 * MIB), within Bytes(0), to Bytes(1 << 40);
        /// Bytes of blocks that a daemon's store is to hold; `"off"` is no limit. Above
        /// `store.high_water` the oldest blocks that no pin keeps are freed. Files take more
        /// until they are compacted, and the one in use, of up to 256 MiB, is not compacted.
        max_size: Option<Bytes> = None, within Some(Bytes(MIB)), to Some(Bytes(1 << 50));
        /// The share of `store.max_size` above which blocks are freed.
        high_water: Percent = Percent(90), within Percent(1), to Percent(100);
        /// The share of `store.max_size` that is left then.
        low_water: Percent = Percent(80), within Percent(0), to Percent(100);
    }

    /// Relaying of wants of other peers that may make more hops.
    relay: RelaySettings in "relay" {
        /// Whether wants of other peers are relayed.
        enabled: bool = relay().enabled;
        /// The most hops that a relayed want may still make when it leaves us.
        max_ttl: u32 = relay().max_ttl.into(), within 1, to RelayConfig::MAX_TTL.into();
        /// Peers that are asked for one relayed want, at most.
        degree: u32 = relay().degree as u32, within 1, to 64;
        /// How long a relayed want is held, at most.
        life: Duration = relay().life, within SECOND, to MINUTE;
        /// Relayed wants that are held for one requester.
        wants_per_requester: u32 = relay().wants_per_requester as u32, within 1, to 1 << 16;
        /// Relayed wants that are held for all requesters together.
        wants: u32 = relay().wants as u32, within 1, to 1 << 20;
        /// Rate of block bytes that are relayed to one requester; what goes over it waits.
        rate_per_requester: Rate = Rate(relay().bytes_per_second_per_requester),
            within Rate(1), to Rate(GIB);
        /// Bytes of blocks that are held for relaying; they are never written to disk.
        ephemeral_bytes: Bytes = Bytes(relay().ephemeral_bytes),
            within Bytes(1), to Bytes(16 * GIB);
        /// Bytes of blocks that are held for relaying to one requester.
        ephemeral_bytes_per_requester: Bytes = Bytes(relay().ephemeral_bytes_per_requester),
            within Bytes(1), to Bytes(16 * GIB);
        /// How long a block is held for relaying, at most.
        ephemeral_life: Duration = relay().ephemeral_life, within SECOND, to HOUR;
    }

    /// Strategies of your own.
    scripts: ScriptSettings in "scripts" {
        /// Where `use = "name"` finds `name.rhai`; if relative, in the data directory.
        dir: PathBuf = PathBuf::from("strategies");
        /// Whether a daemon reads a script in use again once its file was saved.
        watch: bool = true;
    }

    /// The API over TCP, for programs and browsers of this machine; commands use a socket.
    api: ApiSettings in "api" {
        /// A loopback address that serves it to those who show a token, or `"off"`. The tokens are
        /// in the node's directory, for its owner only: `api.token`, and `api-read.token` for
        /// looking.
        listen: Option<SocketAddr> = Some((Ipv4Addr::LOCALHOST, 5012).into());
    }

    /// What the node counts, for Prometheus.
    metrics: MetricSettings in "metrics" {
        /// The address that serves them, or `"off"`; one of loopback, unless `metrics.access` says
        /// who else may read them.
        listen: Option<SocketAddr> = Some((Ipv4Addr::LOCALHOST, 5011).into());
        /// Who may read them: `"local"` are programs of this machine; `"token"` those who send
        /// `Authorization: Bearer` with the token in `metrics.token`, which the daemon makes in its
        /// directory; `"anybody"` is whoever reaches the address. They go over the network as they
        /// are: what others may not read needs a proxy with TLS in front of it.
        access: MetricAccess = MetricAccess::Local;
        /// Whether counts have the names that Kubo gives them as well, for boards that were made
        /// for Kubo.
        kubo_names: bool = false;
    }

    /// What the node says of itself while it runs.
    log: LogSettings in "log" {
        /// The lines to write: a level, or levels by module.
        filter: LogFilter = LogFilter("info".to_owned());
        /// How lines look.
        format: LogFormat = LogFormat::Text;
    }
}

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// The library's defaults, which are the program's, too; a test compares them.
fn engine() -> EngineConfig {
    EngineConfig::seeded(0)
}

fn limits() -> Limits {
    engine().limits
}

fn timeouts() -> TimeoutConfig {
    engine().timeouts
}

fn relay() -> RelayConfig {
    engine().relay
}

/// Servers that others run for everybody, of two teams; Kubo asks the second.
fn public_routers() -> Vec<Endpoint> {
    const SERVERS: [&str; 2] = ["https://delegated-ipfs.dev", "https://cid.contact"];
    // A test reads each of them.
    SERVERS.iter().filter_map(|text| text.parse().ok()).collect()
}

/// The peers that others run for everybody, as Kubo has them: those of two names in the DNS, and
/// one that needs none.
fn public_bootstrap() -> Vec<Multiaddr> {
    const PEERS: [&str; 7] = [
        "/dnsaddr/bootstrap.libp2p.io/p2p/QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN",
        "/dnsaddr/bootstrap.libp2p.io/p2p/QmQCU2EcMqAqQPR2i9bChDtGNJchTbq5TbXJJ16u19uLTa",
        "/dnsaddr/bootstrap.libp2p.io/p2p/QmbLHAnMoJPWSCR5Zhtx6BHJX9KiKNN6tpvbUcqanj75Nb",
        "/dnsaddr/bootstrap.libp2p.io/p2p/QmcZf59bWwK5XFi76CZX8cbJ4BhTzzA3gU1ZjYZcYW3dwt",
        "/dnsaddr/va1.bootstrap.libp2p.io/p2p/12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8",
        "/ip4/104.131.131.82/tcp/4001/p2p/QmaCpDMGvV2BGHeYERUEnRQAwe3N8SzbUtfsmvsqQLuvuJ",
        "/ip4/104.131.131.82/udp/4001/quic-v1/p2p/QmaCpDMGvV2BGHeYERUEnRQAwe3N8SzbUtfsmvsqQLuvuJ",
    ];
    // A test reads each of them.
    PEERS.iter().filter_map(|text| text.parse().ok()).collect()
}

/// TCP and QUIC on port 4011, beside a Kubo on 4001.
fn everywhere() -> Vec<Multiaddr> {
    const PORTS: [&str; 4] = [
        "/ip4/0.0.0.0/tcp/4011",
        "/ip4/0.0.0.0/udp/4011/quic-v1",
        "/ip6/::/tcp/4011",
        "/ip6/::/udp/4011/quic-v1",
    ];
    // A test reads each of them.
    PORTS.iter().filter_map(|text| text.parse().ok()).collect()
}
