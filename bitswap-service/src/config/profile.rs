//! What profiles change: defaults beneath the file, each as a text of its own.

use super::kind::Profile;
use super::place::Place;
use super::raw_setting::{self, RawSetting};

/// What a profile says.
pub(super) fn raw(profile: Profile) -> Vec<RawSetting> {
    // Nothing in them is wrong; a test says so.
    let (mut raw, _) = raw_setting::in_file("profile", text(profile));
    let name = format!("profile {}", profile.name());
    for raw in &mut raw {
        raw.key_at = Place::whole(&name);
        raw.value_at = Place::whole(&name);
    }
    raw
}

/// A profile as a file.
pub(super) const fn text(profile: Profile) -> &'static str {
    match profile {
        Profile::Desktop => "",
        Profile::Server => SERVER,
        Profile::Gateway => GATEWAY,
        Profile::Lowpower => LOWPOWER,
        Profile::Lab => LAB,
        Profile::Fast => FAST,
        Profile::KuboLike => KUBO_LIKE,
        Profile::Lan => LAN,
        Profile::Test => TEST,
    }
}

const SERVER: &str = r#"
[network]
mdns = false

[nat]
upnp = false

[limits]
peers = 2000
in_flight = "256MiB"
"#;

const GATEWAY: &str = r#"
[network]
mdns = false

[nat]
upnp = false

[limits]
peers = 2000
in_flight = "256MiB"

[relay]
enabled = false
"#;

const LOWPOWER: &str = r#"
[limits]
peers = 40
in_flight = "4MiB"
in_flight_per_peer = "256KiB"
wants = 8192
open_wants = 4096
accounts = 2048

[relay]
enabled = false
"#;

const LAB: &str = r"
[strategy.registry.ttl-relay]
degree = 10
";

const FAST: &str = r#"
[strategy.peer_selector]
use = "hedge-unresponsive"

[strategy.peer_selector.hedge-unresponsive]
base = "expected-finish"
"#;

const KUBO_LIKE: &str = r#"
[strategy.peer_selector.probabilistic]
forgets = false
hedges_per_broken_have = 0

[strategy.ledger_policy]
use = "open"

[relay]
enabled = false
"#;

const LAN: &str = r#"
[nat]
autonat = false
upnp = false
relay = false
hole_punching = false

[routing]
delegated = []
dht = "lan"
bootstrap = []
"#;

const TEST: &str = r#"
[network]
listen = ["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"]
mdns = false

[nat]
autonat = false
upnp = false
relay = false
hole_punching = false

[routing]
delegated = []
dht = "off"
bootstrap = []

[store]
kind = "memory"

[api]
listen = "127.0.0.1:0"

[metrics]
listen = "127.0.0.1:0"
"#;
