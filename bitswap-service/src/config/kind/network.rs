//! Addresses.

use std::net::SocketAddr;

use bitswap_net::Endpoint;
use libp2p::Multiaddr;
use serde_json::{Value as Json, json};
use toml::Value;

use super::Kind;

/// Where nodes are.
impl Kind for Vec<Multiaddr> {
    const UNIT: &'static str = "list of multiaddrs";
    const EXPECTED: &'static str = "a list such as [\"/ip4/127.0.0.1/tcp/4011\"]";

    fn read(value: &Value) -> Option<Self> {
        let texts = value.as_array()?.iter();
        texts.map(|text| text.as_str().and_then(|text| text.parse().ok())).collect()
    }

    fn write(&self) -> Value {
        self.iter().map(ToString::to_string).collect::<Vec<_>>().into()
    }

    fn meant(value: &Value) -> Option<String> {
        let one = |text: &str| text.parse::<Multiaddr>().is_ok();
        if value.as_str().is_some_and(one) {
            return Some(format!("did you mean [{value}]?"));
        }
        let wrong = value.as_array()?.iter().find(|text| !text.as_str().is_some_and(one))?;
        Some(format!("{wrong} is no multiaddr"))
    }

    fn schema() -> Json {
        json!({ "type": "array", "items": { "type": "string", "pattern": "^/" } })
    }
}

/// Which servers are asked.
impl Kind for Vec<Endpoint> {
    const UNIT: &'static str = "list of URLs";
    const EXPECTED: &'static str = "a list such as [\"https://delegated-ipfs.dev\"]";

    fn read(value: &Value) -> Option<Self> {
        let texts = value.as_array()?.iter();
        texts.map(|text| text.as_str().and_then(|text| text.parse().ok())).collect()
    }

    fn write(&self) -> Value {
        self.iter().map(ToString::to_string).collect::<Vec<_>>().into()
    }

    fn meant(value: &Value) -> Option<String> {
        let one = |text: &str| text.parse::<Endpoint>().is_ok();
        if value.as_str().is_some_and(one) {
            return Some(format!("did you mean [{value}]?"));
        }
        let wrong = value.as_array()?.iter().find(|text| !text.as_str().is_some_and(one))?;
        let https = wrong.as_str().map(|text| format!("https://{text}")).filter(|url| one(url));
        Some(https.map_or_else(
            || format!("{wrong} is no URL of a server"),
            |url| format!("did you mean \"{url}\"?"),
        ))
    }

    fn schema() -> Json {
        json!({ "type": "array", "items": { "type": "string", "pattern": "^https?://" } })
    }
}

/// Where a TCP server listens.
impl Kind for SocketAddr {
    const UNIT: &'static str = "address";
    const EXPECTED: &'static str = "an address and a port such as \"127.0.0.1:5011\"";

    fn read(value: &Value) -> Option<Self> {
        value.as_str()?.parse().ok()
    }

    fn write(&self) -> Value {
        Value::String(self.to_string())
    }

    fn meant(value: &Value) -> Option<String> {
        let port = match value.as_integer() {
            Some(port) => u16::try_from(port).ok()?,
            None => value
                .as_str()?
                .trim_start_matches("localhost")
                .trim_start_matches(':')
                .parse()
                .ok()?,
        };
        Some(format!("did you mean \"127.0.0.1:{port}\"?"))
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^[^/]+:[0-9]+$" })
    }
}

/// A bucket of S3, and a prefix in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketUrl(pub String);

impl Kind for BucketUrl {
    const UNIT: &'static str = "URL";
    const EXPECTED: &'static str = "a URL such as \"s3://bucket/prefix\"";

    fn read(value: &Value) -> Option<Self> {
        let url = value.as_str()?;
        let bucket = url.strip_prefix("s3://")?.split('/').next()?;
        (!bucket.is_empty()).then(|| Self(url.to_owned()))
    }

    fn write(&self) -> Value {
        Value::String(self.0.clone())
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^s3://[^/]+" })
    }
}
