//! What settings must be to each other: rules with names, and warnings.

use bitswap_core::Limits;
use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

use super::Config;
use super::keys::RoutingSettings;
use super::kind::{Bytes, DhtMode, Kind as _, MetricAccess, StoreKind};
use super::strategy::SCRIPT_EXISTS;

/// Servers that are asked: each has series of metrics of its own.
pub(crate) const MOST_ROUTERS: usize = 16;
/// Peers in a list of them: all are dialled at once.
pub(crate) const MOST_NAMED: usize = 64;

/// Something that joins settings.
#[derive(Debug)]
pub struct Rule {
    /// Its name, in messages and lists.
    pub name: &'static str,
    /// What it says.
    pub meaning: &'static str,
    /// Whether a configuration that breaks it can still be used.
    pub warns: bool,
    /// How a configuration breaks it; `None` if it does not.
    pub(super) check: fn(&Config) -> Option<RuleViolation>,
}

/// How a rule is broken.
pub(super) struct RuleViolation {
    /// The settings that break it together; told where the last of them was said.
    pub(super) settings: &'static [&'static str],
    pub(super) what: String,
    pub(super) label: String,
    pub(super) remedy: &'static str,
}

/// All of them.
pub const RULES: &[Rule] = &[
    Rule {
        name: "version-is-known",
        meaning: "`config_version` is not newer than the program",
        warns: false,
        check: newer,
    },
    Rule {
        name: SCRIPT_EXISTS,
        meaning: "each strategy that is named is in the catalog, or a script in `scripts.dir`",
        warns: false,
        // Seen when strategies are settled, where each name has its place.
        check: |_| None,
    },
    Rule {
        name: "timeouts-have-a-range",
        meaning: "`timeouts.min` is at most `timeouts.max`",
        warns: false,
        check: |config| {
            let (min, max) = (&config.timeouts.min, &config.timeouts.max);
            let settings = &["timeouts.min", "timeouts.max"];
            (min > max).then(|| more(settings, &min.write(), &max.write()))
        },
    },
    Rule {
        name: "one-peer-is-not-all",
        meaning: "what one peer may have in flight is at most what all may",
        warns: false,
        check: |config| {
            let (one, all) = (config.limits.in_flight_per_peer, config.limits.in_flight);
            over(&["limits.in_flight_per_peer", "limits.in_flight"], one, all)
        },
    },
    Rule {
        name: "one-peer-wants-less",
        meaning: "the wants remembered of one peer, where all want much, are at most those of all",
        warns: false,
        check: |config| {
            let crowded = Limits::CROWDED_REQUESTS_PER_PEER as u32;
            let (one, all) = (config.limits.wants_per_peer.min(crowded), config.limits.wants);
            let settings = &["limits.wants_per_peer", "limits.wants"];
            (one > all).then(|| more(settings, &one.write(), &all.write()))
        },
    },
    Rule {
        name: "one-requester-is-not-all",
        meaning: "what is held for one requester is at most what is held for all",
        warns: false,
        check: |config| {
            let (one, all) =
                (config.relay.ephemeral_bytes_per_requester, config.relay.ephemeral_bytes);
            over(&["relay.ephemeral_bytes_per_requester", "relay.ephemeral_bytes"], one, all)
        },
    },
    Rule {
        name: "one-requester-wants-less",
        meaning: "the wants held for one requester are at most those held for all",
        warns: false,
        check: |config| {
            let (one, all) = (config.relay.wants_per_requester, config.relay.wants);
            let settings = &["relay.wants_per_requester", "relay.wants"];
            (one > all).then(|| more(settings, &one.write(), &all.write()))
        },
    },
    Rule {
        name: "metrics-stay-here",
        meaning: "`metrics.listen` is a loopback address, unless `metrics.access` lets others in",
        warns: false,
        check: public_metrics,
    },
    Rule {
        name: "api-stays-here",
        meaning: "`api.listen` is a loopback address",
        warns: false,
        check: public_api,
    },
    Rule {
        name: "few-routers",
        meaning: "at most 16 servers are in `routing.delegated`, and 16 lists in `routing.lists`",
        warns: false,
        check: many_routers,
    },
    Rule {
        name: "peers-have-names",
        meaning: "at most 64 addresses are in `routing.bootstrap`, in `routing.static_peers` and \
                  in `nat.relays`, each with a peer id at its end",
        warns: false,
        check: nameless,
    },
    Rule {
        name: "peers-are-who-they-are",
        meaning: "each address in `network.peers` has a peer id at its end",
        warns: true,
        check: |config| {
            let address = config.network.peers.iter().find(|address| !has_name(address))?;
            Some(RuleViolation {
                settings: &["network.peers"],
                what: format!("`network.peers` has {address}, which names no peer"),
                label: "no peer id: whoever answers there is taken for it".to_owned(),
                remedy: "write it as  /ip4/192.0.2.1/tcp/4001/p2p/12D3Koo…",
            })
        },
    },
    Rule {
        name: "routing-stays-here",
        meaning: "`routing.serve` is a loopback address",
        warns: false,
        check: public_routing,
    },
    Rule {
        name: "somebody-to-talk-to",
        meaning: "the node listens, has peers, or finds some by mDNS or routing",
        warns: true,
        check: alone,
    },
    Rule {
        name: "low-is-below-high",
        meaning: "`store.low_water` is less than `store.high_water`",
        warns: false,
        check: |config| {
            let (low, high) = (config.store.low_water, config.store.high_water);
            let settings = &["store.low_water", "store.high_water"];
            (low >= high).then(|| RuleViolation {
                what: "`store.low_water` is not below `store.high_water`".to_owned(),
                label: format!("{} is not less than {}", low.write(), high.write()),
                ..more(settings, &low.write(), &high.write())
            })
        },
    },
    Rule {
        name: "a-bucket-has-a-place",
        meaning: "`store.url` is set if the store is in a bucket",
        warns: false,
        check: placeless,
    },
    Rule {
        name: "shared-has-no-limit",
        meaning: "`store.max_size` is off if the store is in a bucket: others may need what would \
                  be freed",
        warns: false,
        check: limited_though_shared,
    },
    Rule {
        name: "path-is-for-disks",
        meaning: "`store.path` is set only for a store on disk",
        warns: true,
        check: pathless,
    },
];

fn newer(config: &Config) -> Option<RuleViolation> {
    let (given, known) = (config.file.config_version, super::VERSION);
    (given > known).then(|| RuleViolation {
        settings: &["config_version"],
        what: format!("the file is of version {given}, and this program knows {known}"),
        label: "newer than this program".to_owned(),
        remedy: "use a newer  bitswap , or take out what it does not know and the version",
    })
}

fn public_metrics(config: &Config) -> Option<RuleViolation> {
    let address = config.metrics.listen.filter(|address| !address.ip().is_loopback())?;
    (config.metrics.access == MetricAccess::Local).then(|| RuleViolation {
        settings: &["metrics.listen"],
        what: format!("`metrics.listen` must be a loopback address, not {address}"),
        label: "not a loopback address".to_owned(),
        remedy: "write \"127.0.0.1:5011\", or let others in with  access = \"token\"  in [metrics]",
    })
}

fn public_api(config: &Config) -> Option<RuleViolation> {
    let address = config.api.listen.filter(|address| !address.ip().is_loopback())?;
    Some(RuleViolation {
        settings: &["api.listen"],
        what: format!("`api.listen` must be a loopback address, not {address}"),
        label: "not a loopback address".to_owned(),
        remedy: "write \"127.0.0.1:5012\"; from elsewhere, use  ssh -L 5012:127.0.0.1:5012",
    })
}

fn many_routers(config: &Config) -> Option<RuleViolation> {
    let RoutingSettings { delegated, lists, .. } = &config.routing;
    let both: [(&'static [&'static str], _); 2] =
        [(&["routing.delegated"], delegated), (&["routing.lists"], lists)];
    let (settings, list) = both.into_iter().find(|(_, list)| list.len() > MOST_ROUTERS)?;
    Some(RuleViolation {
        settings,
        what: format!("`{}` has {} servers", settings.concat(), list.len()),
        label: format!("at most {MOST_ROUTERS}"),
        remedy: "leave out those that know the least",
    })
}

fn nameless(config: &Config) -> Option<RuleViolation> {
    let RoutingSettings { bootstrap, static_peers, .. } = &config.routing;
    let lists: [(&'static [&'static str], _); 3] = [
        (&["routing.bootstrap"], bootstrap),
        (&["routing.static_peers"], static_peers),
        (&["nat.relays"], &config.nat.relays),
    ];
    lists.into_iter().find_map(|(settings, list)| {
        let (what, label) = match list.iter().find(|address| !has_name(address)) {
            Some(address) => {
                (format!("has {address}, which names no peer"), "no peer id".to_owned())
            }
            None if list.len() > MOST_NAMED => {
                (format!("has {} addresses", list.len()), format!("at most {MOST_NAMED}"))
            }
            None => return None,
        };
        Some(RuleViolation {
            settings,
            what: format!("`{}` {what}", settings.concat()),
            label,
            remedy: "write each as  /ip4/192.0.2.1/tcp/4001/p2p/12D3Koo… ; take out what is over",
        })
    })
}

pub(crate) fn has_name(address: &Multiaddr) -> bool {
    matches!(address.iter().last(), Some(Protocol::P2p(_)))
}

fn public_routing(config: &Config) -> Option<RuleViolation> {
    let address = config.routing.serve.filter(|address| !address.ip().is_loopback())?;
    Some(RuleViolation {
        settings: &["routing.serve"],
        what: format!("`routing.serve` must be a loopback address, not {address}"),
        label: "not a loopback address".to_owned(),
        remedy: "write \"127.0.0.1:8012\", and let a reverse proxy serve others",
    })
}

fn alone(config: &Config) -> Option<RuleViolation> {
    let network = &config.network;
    let alone = network.listen.is_empty() && network.peers.is_empty() && !network.mdns;
    let routing = &config.routing;
    let asks_dht = routing.dht != DhtMode::Off && !routing.bootstrap.is_empty();
    let alone = alone && routing.delegated.is_empty() && routing.static_peers.is_empty();
    let alone = alone && !asks_dht && routing.lists.is_empty();
    alone.then(|| RuleViolation {
        settings: &[
            "network.listen",
            "network.peers",
            "network.mdns",
            "routing.delegated",
            "routing.dht",
        ],
        what: "the node cannot connect to any peer, and no peer can connect to it".to_owned(),
        label: "nothing in [network] leads to a peer".to_owned(),
        remedy: "list addresses in `network.listen`, or name peers in `network.peers`",
    })
}

fn placeless(config: &Config) -> Option<RuleViolation> {
    let placeless = config.store.kind == StoreKind::S3 && config.store.url.is_none();
    placeless.then(|| RuleViolation {
        settings: &["store.kind"],
        what: "the store is in a bucket, and nobody says in which".to_owned(),
        label: "needs `store.url`".to_owned(),
        remedy: "add  url = \"s3://BUCKET/PREFIX\"  to [store]",
    })
}

fn limited_though_shared(config: &Config) -> Option<RuleViolation> {
    let limited = config.store.kind == StoreKind::S3 && config.store.max_size.is_some();
    limited.then(|| RuleViolation {
        settings: &["store.max_size"],
        what: "a store that others share cannot have a limit here".to_owned(),
        label: "the store is in a bucket".to_owned(),
        remedy: "take it out; see docs/scale.md for how room is made",
    })
}

fn pathless(config: &Config) -> Option<RuleViolation> {
    let usual = Config::default().store.path;
    let pointless = config.store.kind != StoreKind::Disk && config.store.path != usual;
    pointless.then(|| RuleViolation {
        settings: &["store.path"],
        what: "`store.path` has no effect".to_owned(),
        label: "the store is not on disk".to_owned(),
        remedy: "take it out, or write  kind = \"disk\"",
    })
}

fn over(settings: &'static [&'static str], one: Bytes, all: Bytes) -> Option<RuleViolation> {
    (one > all).then(|| more(settings, &one.write(), &all.write()))
}

/// The first of two settings is more than the second.
fn more(settings: &'static [&'static str], one: &toml::Value, all: &toml::Value) -> RuleViolation {
    let [first, second] = settings else {
        return RuleViolation { settings, what: String::new(), label: String::new(), remedy: "" };
    };
    RuleViolation {
        settings,
        what: format!("`{first}` is more than `{second}`"),
        label: format!("{one} is more than {all}"),
        remedy: "lower the first, or raise the second",
    }
}
