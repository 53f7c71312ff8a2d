//! The layers of the crates that have them, lowest first. They are data: change the table when a
//! module comes or moves.

/// Modules that lie at the same height.
pub(super) struct Layer {
    pub(super) name: &'static str,
    pub(super) modules: &'static [&'static str],
    /// Layers whose modules these may name, besides each its own.
    pub(super) sees: &'static [&'static str],
}

/// Where the sources of a crate are, and its layers.
pub(super) const CRATES: &[(&str, &[Layer])] = &[
    ("bitswap-core/src/", CORE),
    ("bitswap-host/src/", HOST),
    ("bitswap-service/src/", SERVICE),
    ("bitswap-api/src/", API),
    ("bitswap-node/src/", PROGRAM),
];

/// What a room sees: all but the other rooms and the engine.
const ROOM: &[&str] = &["base", "wire", "strategy", "tellings", "machines", "vocabulary", "lent"];

const CORE: &[Layer] = &[
    Layer {
        name: "base",
        modules: &[
            "answer_times",
            "block",
            "chance",
            "deadlines",
            "digest",
            "error",
            "ids",
            "keys",
            "limits",
            "map",
            "short_cid",
            "smoothed",
            "time",
            "tuning",
        ],
        sees: &["base"],
    },
    Layer { name: "wire", modules: &["wire"], sees: &["base"] },
    Layer { name: "strategy", modules: &["strategy"], sees: &["base", "wire"] },
    Layer {
        name: "tellings",
        modules: &["event", "stats"],
        sees: &["base", "wire", "strategy", "tellings"],
    },
    // They take arguments and return values.
    Layer {
        name: "machines",
        modules: &["ledger", "queues"],
        sees: &["base", "wire", "strategy", "tellings"],
    },
    Layer {
        name: "vocabulary",
        modules: &["action", "config", "input"],
        sees: &["base", "wire", "strategy", "tellings", "vocabulary"],
    },
    // What the engine lends to each room in its turn.
    Layer {
        name: "lent",
        modules: &["lent", "out", "peers", "strategies"],
        sees: &["base", "wire", "strategy", "tellings", "machines", "vocabulary", "lent"],
    },
    // The rooms: what we want, what peers want of us, what strangers want of others.
    Layer { name: "server", modules: &["server"], sees: ROOM },
    Layer { name: "client", modules: &["client"], sees: ROOM },
    // A stranger's want is a request to the server, and rides on a want of ours.
    Layer {
        name: "relay",
        modules: &["relay"],
        sees: &[
            "base",
            "wire",
            "strategy",
            "tellings",
            "machines",
            "vocabulary",
            "lent",
            "server",
            "client",
        ],
    },
    Layer {
        name: "engine",
        modules: &["engine"],
        sees: &[
            "base",
            "wire",
            "strategy",
            "tellings",
            "machines",
            "vocabulary",
            "lent",
            "server",
            "client",
            "relay",
        ],
    },
    // It writes down what goes in, and hands it to another engine.
    Layer {
        name: "record",
        modules: &["record"],
        sees: &["base", "wire", "strategy", "tellings", "vocabulary", "engine"],
    },
    // As any driver, it has the engine, what goes in and what comes out, and no machine.
    Layer {
        name: "testing",
        modules: &["testing"],
        sees: &["base", "wire", "strategy", "tellings", "vocabulary", "engine"],
    },
];

const HOST: &[Layer] = &[
    Layer {
        name: "base",
        modules: &[
            "addresses",
            "cause",
            "counts",
            "hearing",
            "limits",
            "read_ahead",
            "sockets",
            "yamux",
        ],
        sees: &[],
    },
    Layer {
        name: "peers",
        modules: &["nat", "peers", "persistent_peers", "transport"],
        sees: &["base"],
    },
    Layer { name: "handle", modules: &["handle"], sees: &["base", "peers"] },
    // Its router is one more way to command a host.
    Layer { name: "dht", modules: &["dht"], sees: &["base", "peers", "handle"] },
    Layer { name: "host", modules: &["host"], sees: &["base", "peers", "handle", "dht"] },
];

const SERVICE: &[Layer] = &[
    Layer { name: "base", modules: &["process"], sees: &[] },
    // It names nobody: each module makes its own errors of it.
    Layer { name: "error", modules: &["error"], sees: &["base"] },
    Layer {
        name: "words",
        modules: &["home", "metrics", "plural", "units"],
        sees: &["base", "error"],
    },
    Layer { name: "parts", modules: &["keep", "scripts"], sees: &["base", "error", "words"] },
    Layer { name: "config", modules: &["config"], sees: &["base", "error", "words", "parts"] },
    Layer {
        name: "rules",
        modules: &["filter", "routing"],
        sees: &["base", "error", "words", "parts", "config"],
    },
    Layer {
        name: "http",
        modules: &["http"],
        sees: &["base", "error", "words", "parts", "config", "rules"],
    },
    Layer {
        name: "providing",
        modules: &["providing"],
        sees: &["base", "error", "words", "parts", "config"],
    },
    Layer {
        name: "node",
        modules: &["node"],
        sees: &["base", "error", "words", "parts", "config", "rules", "http"],
    },
];

const API: &[Layer] = &[
    Layer { name: "base", modules: &["api_error", "bounds"], sees: &[] },
    Layer { name: "forms", modules: &["forms"], sees: &["base"] },
    Layer { name: "rows", modules: &["rows"], sees: &["base", "forms"] },
    Layer { name: "explain", modules: &["explain"], sees: &["base", "forms", "rows"] },
    Layer { name: "errors", modules: &["errors"], sees: &["base", "explain"] },
    Layer { name: "kinds", modules: &["kinds"], sees: &["base", "errors"] },
    Layer { name: "cars", modules: &["cars"], sees: &["base", "forms", "kinds"] },
    // They agree on all that lies below, and do not know each other.
    Layer {
        name: "ends",
        modules: &["client", "server"],
        sees: &["base", "forms", "rows", "explain", "errors", "kinds", "cars"],
    },
];

const PROGRAM: &[Layer] = &[
    Layer { name: "base", modules: &["stop", "supervisor", "table"], sees: &[] },
    Layer { name: "demo", modules: &["demo"], sees: &["base"] },
    Layer { name: "daemon", modules: &["daemon"], sees: &["base"] },
    Layer { name: "access", modules: &["access"], sees: &["base", "daemon"] },
    Layer { name: "cli", modules: &["cli"], sees: &["base", "demo", "daemon", "access"] },
];
