//! What profiles change: defaults beneath the file, each as a text of its own.

use super::kind::Profile;
use super::place::Place;
use super::said::{self, Said};

/// What a profile says.
pub(super) fn said(profile: Profile) -> Vec<Said> {
    // Nothing in them is wrong; a test says so.
    let (mut said, _) = said::in_file("profile", text(profile));
    let name = format!("profile {}", profile.name());
    for said in &mut said {
        said.key_at = Place::whole(&name);
        said.value_at = Place::whole(&name);
    }
    said
}

/// A profile as a file.
pub(crate) const fn text(profile: Profile) -> &'static str {
    match profile {
        Profile::Desktop => "",
        Profile::Server => SERVER,
        Profile::Gateway => GATEWAY,
        Profile::Lowpower => LOWPOWER,
        Profile::Lab => LAB,
        Profile::Test => TEST,
    }
}

const SERVER: &str = r#"
[network]
mdns = false

[limits]
peers = 2000
in_flight = "256MiB"
"#;

const GATEWAY: &str = r#"
[network]
mdns = false

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

const TEST: &str = r#"
[network]
listen = ["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"]
mdns = false

[store]
kind = "memory"

[metrics]
listen = "127.0.0.1:0"
"#;
