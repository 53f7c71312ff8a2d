//! `docs/config.md`, made from what is declared.

use super::key::{Key, Section};
use super::keys::SECTIONS;
use super::kind::Profile;
use super::profile;
use super::rules::RULES;

const HEAD: &str = "\
# Configuration: `bitswap.toml`

Made from `bitswap-service/src/config/keys.rs` by `cargo test -p bitswap-service`; not edited
by hand.

A node needs no file: every setting has a default, and an empty file is a good node. The file is
the one named by `--config` or in `BITSWAP_CONFIG`; else `bitswap/bitswap.toml` where the platform
keeps configuration (`~/.config` on Linux); else `bitswap.toml` in the data directory. Relative
paths begin in the data directory.

Later sources override earlier ones: the built-in value, the profile, the file, the environment, a
flag. `bitswap config show --sources` shows where each value comes from. Every setting has a
variable: `network.mdns` is `BITSWAP__NETWORK__MDNS`, with two underscores between the levels.
`BITSWAP_PROFILE`, `BITSWAP_LOG` and `BITSWAP_LOG_FORMAT` are short for three of them.

Times are numbers with units: `\"250ms\"`, `\"10s\"`, `\"5m\"` or `\"5min\"` (minutes),
`\"1h 30m\"`. Sizes are, too: `\"256KiB\"` is 262,144 bytes and `\"256kB\"` is 256,000; a rate is
`\"10MiB/s\"`. `\"off\"` turns off what can be turned off. An unknown setting is an error;
`bitswap config check` tells all mistakes at once, each with its place. `bitswap config set KEY
VALUE` keeps your comments. A daemon reads the file when it starts; SIGHUP makes it read
`[strategy]` and `[scripts]` again, and a script in use is read again once it was saved.

```toml
config_version = 1

[network]
listen = [\"/ip4/0.0.0.0/tcp/4011\", \"/ip4/0.0.0.0/udp/4011/quic-v1\"]

[limits]
in_flight_per_peer = \"512KiB\"

[strategy.peer_selector]
use = \"random\"

[strategy.peer_selector.random]
probes = 3

[strategy.provider_finder.broadcast-then-dht]
search_delay = \"250ms\"
```
";

const STRATEGIES: &str = "
## `[strategy.<role>]`

The strategy of each role: `use = \"name\"` in the role's table chooses a strategy of the
[catalog](strategies/catalog.md), or the script `name.rhai` in `scripts.dir`; also inside another,
as in `split = { b = \"name\" }`. What it can be told is in its own table,
`[strategy.<role>.<name>]`. Tables of strategies that are not chosen may stay: they are checked, and
unused.
";

/// The page.
pub fn page() -> String {
    let sections: String = SECTIONS.iter().map(of_section).collect();
    let profiles: String = Profile::ALL.iter().map(|profile| of_profile(*profile)).collect();
    let rule = |rule: &super::rules::Rule| {
        let kind = if rule.warns { "warning" } else { "error" };
        format!("| `{}` | {kind} | {} |\n", rule.name, rule.meaning)
    };
    let rules: String = RULES.iter().map(rule).collect();
    format!(
        "{HEAD}{sections}{STRATEGIES}\n## Profiles\n\nDefaults beneath the file, chosen by \
         `node.profile`.\n{profiles}\n## Rules\n\nWhat settings must be to each other.\n\n\
         | rule | kind | what it says |\n|---|---|---|\n{rules}"
    )
}

fn of_section(section: &Section) -> String {
    let Section { name, about, keys } = section;
    let title =
        if name.is_empty() { "Before the first table".to_owned() } else { format!("`[{name}]`") };
    let rows: String = keys.iter().map(row).collect();
    format!(
        "\n## {title}\n\n{about}\n\n| setting | unit | default | range | meaning |\n\
         |---|---|---|---|---|\n{rows}"
    )
}

fn row(key: &Key) -> String {
    let range = key.range().map(|[least, most]| format!("`{least}` to `{most}`"));
    format!(
        "| `{}` | {} | `{}` | {} | {} |\n",
        key.name,
        key.unit,
        key.default(),
        range.unwrap_or_default(),
        key.meaning,
    )
}

fn of_profile(of: Profile) -> String {
    let title = format!("\n### `{}`\n\nFor {}.\n", of.name(), of.meaning());
    match profile::text(of).trim() {
        "" => title,
        text => format!("{title}\n```toml\n{text}\n```\n"),
    }
}
