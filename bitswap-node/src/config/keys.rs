//! THE list of settings: name, kind, default and meaning, once for each.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use bitswap_core::{EngineConfig, Limits, PatienceConfig, RelayConfig};
use bitswap_strategies::catalog::StrategyChoice;
use libp2p::Multiaddr;

use super::VERSION;
use super::key::{Key, Section, checked};
use super::kind::{Bytes, Kind, LogFilter, LogFormat, Profile, Rate, StoreKind, Threads};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

sections! {
    /// The file itself.
    file: FileSettings in "" {
        /// Which settings the file knows; a program refuses files that are newer than itself.
        config_version: u32 = VERSION;
    }

    /// The node as a whole.
    node: NodeSettings in "node" {
        /// What the node is for: a set of defaults beneath this file.
        profile: Profile = Profile::Desktop;
        /// Threads that do the work; `"auto"` is one for each processor.
        worker_threads: Threads = Threads::Auto, within Threads::Count(1), to Threads::Count(1_024);
    }

    /// Who reaches the node, and whom it reaches.
    network: NetworkSettings in "network" {
        /// Where the node takes connections.
        listen: Vec<Multiaddr> = everywhere();
        /// Peers that the node connects to when it starts.
        peers: Vec<Multiaddr> = Vec::new();
        /// Whether nodes of the same local network find each other.
        mdns: bool = true;
    }

    /// What is said on the wire, and to whom.
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

    /// How long an asked peer may stay silent before its silence counts as a no.
    patience: PatienceSettings in "patience" {
        /// While nothing is known of the peer.
        unknown: Duration = patience().unknown, within MILLISECOND, to HOUR;
        /// Added to three round trips while only the round trip is known.
        processing: Duration = patience().processing, within MILLISECOND, to HOUR;
        /// Never less than this.
        least: Duration = patience().least, within MILLISECOND, to HOUR;
        /// Never more than this.
        most: Duration = patience().most, within MILLISECOND, to HOUR;
    }

    /// How much the node holds and does at once.
    limits: LimitSettings in "limits" {
        /// Maximum number of connections; beyond it the peer that was idle longest is disconnected.
        peers: u32 = 600, within 1, to 1 << 20;
        /// Block bytes on their way to one peer; one block may go over.
        in_flight_per_peer: Bytes = Bytes(limits().outstanding_bytes_per_peer),
            within Bytes(1), to Bytes(GIB);
        /// Block bytes on their way to all peers together; the less, the more the order matters.
        in_flight: Bytes = Bytes(limits().outstanding_bytes), within Bytes(1), to Bytes(64 * GIB);
        /// Wants of one peer that are remembered.
        wants_per_peer: u32 = limits().requests_per_peer as u32, within 1, to 1 << 20;
        /// Wants of all peers that are remembered.
        wants: u32 = limits().requests as u32, within 1, to 1 << 26;
        /// Wants of our own that are open at once; others wait.
        open_wants: u32 = limits().open_wants as u32, within 1, to 1 << 26;
        /// Wants of one session that are asked at once, below what servers remember.
        wants_per_session: u32 = limits().wants_per_session as u32, within 1, to 1 << 20;
        /// Accounts of peers that are kept, those of absent peers included.
        accounts: u32 = limits().accounts as u32, within 1, to 1 << 26;
        /// Block bytes gathered in one message; one block may go over.
        message: Bytes = Bytes(limits().message_bytes as u64), within Bytes(1), to Bytes(2 * MIB);
    }

    /// Where blocks are kept.
    store: StoreSettings in "store" {
        /// On disk, or in memory until the node ends.
        kind: StoreKind = StoreKind::Disk;
        /// The directory of a store on disk; if relative, in the data directory.
        path: PathBuf = PathBuf::from("blocks");
    }

    /// Passing on wants of strangers that may make more hops.
    relay: RelaySettings in "relay" {
        /// Whether wants are passed on for strangers.
        enabled: bool = relay().enabled;
        /// The most hops that a stranger's want may still make when it leaves us.
        max_ttl: u32 = relay().max_ttl.into(), within 1, to RelayConfig::MAX_TTL.into();
        /// Peers that are asked for one want of a stranger, at most.
        degree: u32 = relay().degree as u32, within 1, to 64;
        /// How long a stranger's want is held, at most.
        life: Duration = relay().life, within SECOND, to MINUTE;
        /// Wants that are held for one asker.
        wants_per_asker: u32 = relay().wants_per_asker as u32, within 1, to 1 << 16;
        /// Wants that are held for all askers together.
        wants: u32 = relay().wants as u32, within 1, to 1 << 20;
        /// Block bytes that are handed to one asker; what goes over it waits.
        rate_per_asker: Rate = Rate(relay().bytes_per_second_per_asker),
            within Rate(1), to Rate(GIB);
        /// Blocks on their way through us; they are never written to disk.
        shelf: Bytes = Bytes(relay().shelf_bytes), within Bytes(1), to Bytes(16 * GIB);
        /// The same for one asker.
        shelf_per_asker: Bytes = Bytes(relay().shelf_bytes_per_asker),
            within Bytes(1), to Bytes(16 * GIB);
        /// How long such a block is kept, at most.
        shelf_life: Duration = relay().shelf_life, within SECOND, to HOUR;
    }

    /// Strategies of your own.
    scripts: ScriptSettings in "scripts" {
        /// Where `use = "name"` finds `name.rhai`; if relative, in the data directory.
        dir: PathBuf = PathBuf::from("strategies");
    }

    /// What the node counts, for Prometheus.
    metrics: MetricSettings in "metrics" {
        /// A loopback address that serves them, or `"off"`.
        listen: Option<SocketAddr> = Some((Ipv4Addr::LOCALHOST, 5011).into());
    }

    /// What the node says of itself while it runs.
    log: LogSettings in "log" {
        /// Which lines: a level, or levels by module.
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

fn patience() -> PatienceConfig {
    engine().patience
}

fn relay() -> RelayConfig {
    engine().relay
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
