//! Words that standard ones replaced (`docs/glossary.md`): they are no identifiers, no keys of the
//! configuration and no parts of metric names any more. Prose may use them.

use crate::code::words;
use crate::tree::{Complaint, Source, expect_none, lines, source, sources};

/// An old word, and the one that is used instead.
type Word = (&'static str, &'static str);

/// The words that were replaced, by the folders in which they must not come back. Crates that are
/// converted later are added here.
const IDENTIFIERS: &[(&[&str], &[Word])] = &[
    (
        &["bitswap-sim/", "benches/", "examples/", "fuzz/"],
        &[
            ("Agenda", "EventQueue"),
            ("Beat", "Schedule"),
            ("Breach", "InvariantViolation"),
            ("Calm", "StormOutcome"),
            ("Census", "CheckCounts"),
            ("Court", "LiarsWorld"),
            ("Desk", "RoutingModel"),
            ("Ear", "InboundStreams"),
            ("Errand", "RoutingEvent"),
            ("Halves", "SplitWorld"),
            ("Happening", "CurrentInput"),
            ("Harbour", "StormWorld"),
            ("Knot", "PlannedLink"),
            ("Letter", "Frame"),
            ("Lore", "Knowledge"),
            ("Mask", "HonestBase"),
            ("Masked", "WithHonestBase"),
            ("Mended", "SplitOutcome"),
            ("Mischief", "HostilePeers"),
            ("Occasion", "SimEvent"),
            ("Onlooker", "InvariantChecker"),
            ("Parcel", "InFlightFrame"),
            ("Passage", "Delivery"),
            ("Pest", "Periodic"),
            ("Prank", "Attack"),
            ("Said", "SentWants"),
            ("Sayings", "SentWantCounts"),
            ("Stranger", "RelayRequest"),
            ("Temper", "Aggressiveness"),
            ("Toll", "CampaignTotals"),
            ("Town", "CityWorld"),
            ("Trick", "HostileAction"),
            ("Tricks", "HostileActions"),
            ("Verdict", "CheckResult"),
            ("agenda", "queue"),
            ("breach", "violation"),
            ("census", "check_counts"),
            ("desk", "model, or routing"),
            ("errand", "event"),
            ("errands", "events"),
            ("happening", "current"),
            ("knot", "link"),
            ("knots", "links"),
            ("lore", "knowledge"),
            ("mischief", "hostile_peers"),
            ("occasion", "event"),
            ("onlooker", "checker, or invariants"),
            ("parcel", "in_flight"),
            ("temper", "level"),
            ("toll", "totals"),
            ("trick", "action"),
            ("tricks", "actions"),
        ],
    ),
    (
        &["bitswap-net/"],
        &[
            ("Agreed", "Negotiated"),
            ("Broken", "StreamError"),
            ("Errand", "SwarmCommand"),
            ("Linger", "IdleTimer"),
            ("News", "LookupEvent"),
            ("Offer", "Upgrade"),
            ("Returns", "DropMailbox"),
            ("Slots", "BoundedFutures"),
            ("Turn", "LaneEvent"),
            ("carrier", "preferred_connection"),
            ("errand", "command"),
            ("errands", "swarm_commands"),
            ("linger", "idle_timer"),
            ("obey", "handle_command"),
        ],
    ),
    (
        &["bitswap-api/", "bitswap-host/", "bitswap-node/", "bitswap-service/"],
        &[
            ("Breach", "RuleViolation"),
            ("ConfigFaults", "ConfigErrors"),
            ("Fault", "Diagnostic"),
            ("Keep", "PersistentPeers"),
            ("Kept", "PersistentPeer"),
            ("Order", "HostCommand, or ReadRequest"),
            ("Own", "InProcess"),
            ("Played", "StrategyUse"),
            ("Reach", "NodeSelector"),
            ("Reading", "ReadCommand, or LoadedConfig"),
            ("Refusal", "DialFailure"),
            ("Reins", "HostHandle"),
            ("Said", "RawSetting"),
            ("Shelf", "TestStore"),
            ("Supply", "BlockReader"),
            ("Told", "MetricsState"),
            ("Trouble", "ApiError"),
            ("obey", "handle_command"),
            ("reins", "handle"),
            ("shelf", "ephemeral_bytes"),
            ("supply", "reader"),
            ("trouble", "error"),
        ],
    ),
    (
        &["bitswap-core/"],
        &[
            ("Given", "OutgoingBlock"),
            ("Line", "WantlistEntry"),
            ("Noted", "InsertOutcome"),
            ("Turn", "Task"),
            ("Waits", "PeerTimeouts"),
            ("Word", "Answer"),
            ("patience", "timeouts"),
        ],
    ),
    (
        &["bitswap-core/", "bitswap-strategies/"],
        &[
            ("Allowance", "RateLimits"),
            ("Asker", "PeerRequests, or Requester"),
            ("Behalf", "Origin"),
            ("Dialect", "ProtocolVersion"),
            ("Downstream", "AskedPeer"),
            ("Fact", "StrategyEvent"),
            ("Flight", "InFlightMessage"),
            ("Hears", "EventMask"),
            ("Judges", "Strategies"),
            ("LeftOut", "Skipped"),
            ("LetGo", "Disconnect"),
            ("Patience", "DontHaveTimeouts"),
            ("PatienceConfig", "TimeoutConfig"),
            ("PeerMeasured", "RttMeasured"),
            ("Permitted", "AskParams"),
            ("Planned", "ScheduledWant"),
            ("Pulse", "EngineClock"),
            ("Queues", "MessageQueues"),
            ("Reach", "RelayHeader"),
            ("RemoteWant", "RelayRequestView"),
            ("Shelf", "EphemeralStore"),
            ("Speaks", "PeerCapabilities"),
            ("Standing", "QueuePosition"),
            ("Stranger", "RelayRequest"),
            ("Taken", "RelayAdmission"),
            ("Upstream", "RequesterState"),
            ("ask_newcomer", "peer_connected"),
            ("ask_whether", "send_want_have"),
            ("asker", "requester"),
            ("askers", "requesters"),
            ("beat", "set"),
            ("behalf", "origin"),
            ("company", "coalesce"),
            ("corrected", "rejected"),
            ("departed", "send_started"),
            ("dialect", "protocol"),
            ("forgive", "restore_trust"),
            ("hears", "events"),
            ("hurry", "flush_soon"),
            ("in_no_hurry", "coalesce"),
            ("in_vain", "block_not_delivered"),
            ("judges", "strategies"),
            ("landed", "send_finished"),
            ("make_ask", "send_want"),
            ("mention", "want_coalesced"),
            ("nudge", "wake_up"),
            ("pass_on", "forward"),
            ("promise_broken", "have_without_block"),
            ("shelf", "ephemeral"),
            ("speaks", "capabilities"),
            ("stir", "wake"),
            ("unsay", "drop_presence"),
        ],
    ),
    (
        &["bitswap-store/"],
        &[
            ("Shelf", "DatabaseHandle"),
            ("Teller", "CommitSender"),
            ("Told", "CommitWaiter"),
            ("shelf", "handle"),
        ],
    ),
];

/// Keys and tables of `bitswap.toml`.
const SETTINGS: &[Word] = &[
    ("least", "min"),
    ("most", "max"),
    ("patience", "timeouts"),
    ("shelf", "ephemeral_bytes"),
    ("shelf_life", "ephemeral_life"),
    ("shelf_per_asker", "ephemeral_bytes_per_requester"),
    ("rate_per_asker", "rate_per_requester"),
    ("wants_per_asker", "wants_per_requester"),
    ("unknown", "initial"),
];

/// Parts of metric names, between `_`.
const METRICS: &[Word] = &[
    ("clamped", "rejected"),
    ("corrected", "rejected"),
    ("errands", "commands"),
    ("patience", "timeout"),
    ("shelf", "ephemeral"),
    ("told", "sent"),
];

#[test]
fn old_words_are_no_identifiers() {
    expect_none(sources().iter().flat_map(identifiers));
}

#[test]
fn old_words_are_no_settings() {
    expect_none(settings(source("docs/config.md")));
}

#[test]
fn old_words_are_in_no_metric() {
    let crates = sources().iter().filter(|source| source.path.starts_with("bitswap-"));
    expect_none(crates.filter(|source| source.is_rust()).flat_map(metrics));
}

fn identifiers(source: &Source) -> Vec<Complaint> {
    let is_in = |folders: &[&str]| folders.iter().any(|folder| source.path.starts_with(folder));
    let here = IDENTIFIERS.iter().filter(|(folders, _)| is_in(folders));
    let found = here.flat_map(|(_, old)| *old).flat_map(|word| {
        let found = words(&source.code, word.0).into_iter();
        found.map(|line| source.complaint(line, rule(*word)))
    });
    found.collect()
}

/// The page has each table as a heading, and each key at the beginning of a row, in back-quotes.
fn settings(page: &Source) -> Vec<Complaint> {
    let name = |line: &str| {
        let rest = line.strip_prefix("## `[").or_else(|| line.strip_prefix("| `"));
        rest.and_then(|rest| rest.split(['`', ']']).next()).map(str::to_owned)
    };
    let named = (1..).zip(page.text.lines()).filter_map(|(line, text)| Some((line, name(text)?)));
    let old = named.filter_map(|(line, name)| {
        let word = SETTINGS.iter().find(|(old, _)| *old == name)?;
        Some(page.complaint(line, rule(*word)))
    });
    old.collect()
}

fn metrics(source: &Source) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (line, text) in (1..).zip(source.text.lines()) {
        let names = text.split("\"bitswap_").skip(1);
        for name in names.filter_map(|rest| rest.split(['"', '{']).next()) {
            let parts = || name.split('_');
            let old = METRICS.iter().filter(|(old, _)| parts().any(|part| part == *old));
            complaints.extend(old.map(|word| source.complaint(line, rule(*word))));
        }
    }
    complaints
}

fn rule((old, standard): Word) -> String {
    format!("`{old}` is not used any more – the word is {standard}")
}

#[test]
fn an_old_word_is_told_in_code_but_not_in_prose_or_elsewhere() {
    let text = "// An Onlooker.\nlet onlooker = \"Onlooker\";\nfn f(_: Onlooker<Agendas>) {}";
    let told = |path: &str| lines(&identifiers(&Source::new(path, text)));
    assert_eq!(told("bitswap-sim/src/a.rs"), [3, 2]);
    assert_eq!(told("bitswap-core/src/a.rs"), [0; 0]);
}

#[test]
fn an_old_setting_is_told_as_a_key_and_as_a_table() {
    let page = "## `[patience]`\n\n| setting | `most` |\n| `most` | time |\n| `almost` | time |\n";
    assert_eq!(lines(&settings(&Source::new("a.md", page))), [1, 4]);
}

#[test]
fn an_old_word_in_a_metric_is_told() {
    let text = "f(\"bitswap_shelf_bytes\");\nf(\"bitswap_bookshelf_bytes\", \"shelf\");";
    assert_eq!(lines(&metrics(&Source::new("a.rs", text))), [1]);
}
