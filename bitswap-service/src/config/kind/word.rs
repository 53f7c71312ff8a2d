//! Settings that are one of a few words, and filters of the log.

use bitswap_strategies::catalog::did_you_mean;
use serde_json::{Value as Json, json};
use toml::Value;
use tracing_subscriber::filter::Targets;

use super::Kind;

/// Declares an enum of words.
macro_rules! words {
    (
        $(#[$about:meta])+
        $name:ident: $($(#[doc = $meaning:literal])+ $variant:ident = $word:literal),+;
        $expected:literal
    ) => {
        $(#[$about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {$($(#[doc = $meaning])+ $variant),+}

        impl $name {
            /// All of them, the default first.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// What it is for.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($meaning),+).trim_ascii()),+ }
            }
        }

        impl Kind for $name {
            const UNIT: &'static str = "word";
            const EXPECTED: &'static str = $expected;

            fn read(value: &Value) -> Option<Self> {
                let word = value.as_str()?;
                Self::ALL.iter().copied().find(|known| known.name() == word)
            }

            fn write(&self) -> Value {
                Value::String(self.name().to_owned())
            }

            fn meant(value: &Value) -> Option<String> {
                near_word(value, &[$($word),+])
            }

            fn schema() -> Json {
                let words = Self::ALL.iter();
                let one = |it: &Self| json!({ "const": it.name(), "description": it.meaning() });
                json!({ "oneOf": words.map(one).collect::<Vec<_>>() })
            }
        }
    };
}

words! {
    /// What a node is for: a set of defaults beneath the file.
    Profile:
        /// a person's machine; all defaults
        Desktop = "desktop",
        /// a machine in a data centre: no mDNS, more peers, more in flight
        Server = "server",
        /// a node that serves many and works for no stranger: no relaying, no mDNS
        Gateway = "gateway",
        /// a small board: few peers, little memory, no relaying
        Lowpower = "lowpower",
        /// experiments: wants are relayed to more peers, as in published figures
        Lab = "lab",
        /// trying another selector on unequal peers: faster in simulation, slower between the real
        /// nodes that were measured, and with more duplicates (`docs/compare.md`)
        Fast = "fast",
        /// comparisons: judgements as boxo makes them, and no relaying
        KuboLike = "kubo-like",
        /// a network of its own: neighbours find each other by mDNS, and nobody outside is asked
        Lan = "lan",
        /// tests: blocks in memory, free ports of loopback, nobody is looked for
        Test = "test";
    "one of \"desktop\", \"server\", \"gateway\", \"lowpower\", \"lab\", \"fast\", \"kubo-like\", \
     \"lan\", \"test\""
}

words! {
    /// How a node takes part in the DHTs.
    DhtMode:
        /// others may ask it in the local network, and in the internet once one of its addresses
        /// is public
        Auto = "auto",
        /// it asks others, and is not asked
        Client = "client",
        /// others may ask it
        Server = "server",
        /// as `auto`, in the local network only
        Lan = "lan",
        /// it takes no part
        Off = "off";
    "one of \"auto\", \"client\", \"server\", \"lan\", \"off\""
}

words! {
    /// Which blocks are announced in the DHTs.
    Provide:
        /// all that are in the store
        All = "all",
        /// those of pinned trees, and those pinned by themselves
        Pinned = "pinned",
        /// the roots of pinned trees, and blocks pinned by themselves
        Roots = "roots",
        /// none
        Off = "off";
    "one of \"all\", \"pinned\", \"roots\", \"off\""
}

words! {
    /// Where blocks are kept.
    StoreKind:
        /// in files below `store.path`
        Disk = "disk",
        /// in memory, gone when the node ends
        Memory = "memory",
        /// at `store.url`, with other nodes
        S3 = "s3";
    "one of \"disk\", \"memory\", \"s3\""
}

words! {
    /// Who may read the metrics.
    MetricAccess:
        /// programs of this machine
        Local = "local",
        /// those who show the token in `metrics.token`, of the node's directory
        Token = "token",
        /// anybody who reaches the address
        Anybody = "anybody";
    "\"local\", \"token\" or \"anybody\""
}

words! {
    /// How lines of the log look.
    LogFormat:
        /// lines for people
        Text = "text",
        /// one JSON object on each line
        Json = "json";
    "\"text\" or \"json\""
}

/// The nearest of `known`, as it would be written.
fn near_word(value: &Value, known: &[&str]) -> Option<String> {
    did_you_mean(value.as_str()?, known).map(|word| format!("did you mean \"{word}\"?"))
}

/// How many threads do the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// One for each processor.
    Auto,
    /// So many.
    Count(u32),
}

impl Kind for Threads {
    const UNIT: &'static str = "number";
    const EXPECTED: &'static str = "\"auto\" or a whole number such as 2";

    fn read(value: &Value) -> Option<Self> {
        if value.as_str() == Some("auto") {
            return Some(Self::Auto);
        }
        u32::read(value).map(Self::Count)
    }

    fn write(&self) -> Value {
        match self {
            Self::Auto => Value::String("auto".to_owned()),
            Self::Count(count) => count.write(),
        }
    }

    fn measure(&self) -> Option<u128> {
        match self {
            Self::Auto => None,
            Self::Count(count) => count.measure(),
        }
    }

    fn meant(value: &Value) -> Option<String> {
        near_word(value, &["auto"])
    }

    fn schema() -> Json {
        json!({ "anyOf": [{ "const": "auto" }, u32::schema()] })
    }
}

/// The filter of log lines, as `info` or `info,bitswap_net=debug`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFilter(pub String);

impl Kind for LogFilter {
    const UNIT: &'static str = "filter";
    const EXPECTED: &'static str = "a filter such as \"info\" or \"info,bitswap_net=debug\"";

    fn read(value: &Value) -> Option<Self> {
        let text = value.as_str()?;
        let known = text.parse::<Targets>().is_ok() && nameless(text).is_none();
        (known && !text.trim().is_empty()).then(|| Self(text.to_owned()))
    }

    fn write(&self) -> Value {
        Value::String(self.0.clone())
    }

    fn meant(value: &Value) -> Option<String> {
        let word = nameless(value.as_str()?).or_else(|| value.as_str())?;
        if word.contains('[') {
            return Some("spans cannot be named; write targets, as bitswap_net=debug".to_owned());
        }
        let near = near_word(&Value::String(word.to_owned()), LEVELS);
        let bare = word.split('=').next().unwrap_or(word);
        near.or_else(|| Some(format!("{word} is no level; with one, write {bare}=debug")))
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1 })
    }
}

/// What a part of a filter can be that names no target.
const LEVELS: &[&str] = &["error", "warn", "info", "debug", "trace", "off"];

/// The first part of a filter that is one word and no level. For the library it is the name of a
/// target, all of whose lines are let through, and no others; whoever wrote it meant a level.
fn nameless(filter: &str) -> Option<&str> {
    let is_level = |word: &str| {
        LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word))
            || word.parse::<u8>().is_ok_and(|number| number <= 5)
    };
    filter.split(',').find_map(|part| {
        let part = part.trim();
        let is_word = !part.is_empty() && !part.contains(['=', '[']);
        (is_word && !is_level(part)).then_some(part)
    })
}
