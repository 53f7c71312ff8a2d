//! Lists of names: of files, blocks and peers.

use std::path::PathBuf;
use std::str::FromStr;

use cid::Cid;
use libp2p::PeerId;
use serde_json::{Value as Json, json};
use toml::Value;

use super::Kind;

/// Files or directories; those that are relative begin in the data directory.
impl Kind for Vec<PathBuf> {
    const UNIT: &'static str = "list of paths";
    const EXPECTED: &'static str = "a list such as [\"lists/badbits.deny\"]";

    fn read(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(PathBuf::read).collect()
    }

    fn write(&self) -> Value {
        self.iter().map(Kind::write).collect::<Vec<_>>().into()
    }

    fn meant(value: &Value) -> Option<String> {
        match value.as_array() {
            Some(paths) => paths.iter().find_map(PathBuf::meant),
            None => PathBuf::read(value).map(|_| format!("did you mean [{value}]?")),
        }
    }

    fn schema() -> Json {
        json!({ "type": "array", "items": { "type": "string", "minLength": 1 } })
    }
}

/// Blocks.
impl Kind for Vec<Cid> {
    const UNIT: &'static str = "list of CIDs";
    const EXPECTED: &'static str = "a list such as [\"bafkqaaa\"]";

    fn read(value: &Value) -> Option<Self> {
        all(value)
    }

    fn write(&self) -> Value {
        self.iter().map(ToString::to_string).collect::<Vec<_>>().into()
    }

    fn meant(value: &Value) -> Option<String> {
        meant::<Cid>(value, "CID")
    }

    fn schema() -> Json {
        json!({ "type": "array", "items": { "type": "string", "minLength": 1 } })
    }
}

/// Peers.
impl Kind for Vec<PeerId> {
    const UNIT: &'static str = "list of peer ids";
    const EXPECTED: &'static str =
        "a list such as [\"12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8\"]";

    fn read(value: &Value) -> Option<Self> {
        all(value)
    }

    fn write(&self) -> Value {
        self.iter().map(ToString::to_string).collect::<Vec<_>>().into()
    }

    fn meant(value: &Value) -> Option<String> {
        meant::<PeerId>(value, "peer id")
    }

    fn schema() -> Json {
        json!({ "type": "array", "items": { "type": "string", "minLength": 1 } })
    }
}

fn all<T: FromStr>(value: &Value) -> Option<Vec<T>> {
    value.as_array()?.iter().map(|text| text.as_str()?.parse().ok()).collect()
}

fn meant<T: FromStr>(value: &Value, what: &str) -> Option<String> {
    let one = |text: &str| text.parse::<T>().is_ok();
    if value.as_str().is_some_and(one) {
        return Some(format!("did you mean [{value}]?"));
    }
    let wrong = value.as_array()?.iter().find(|text| !text.as_str().is_some_and(one))?;
    Some(format!("{wrong} is no {what}"))
}
