//! The metrics that the program adds to those of the network, as they are declared.

use bitswap_core::strategy::Role;
use bitswap_host::counts::{
    ANNOUNCEMENTS, BOOTSTRAP_PEERS, BOOTSTRAP_STATES, CLOSE_REASONS, CLOSED, CONNECTIONS,
    DHT_PEERS, DIAL_RESULTS, DIALS, HOLE_PUNCHES, INCOMING_FAILED, REACHABLE, TRANSPORTS,
};
use bitswap_net::{FAST, LATENCY, LabelValues, MetricFamily, MetricKind, metric_families};

use super::http::{ROUTES, STATUSES};

pub(super) const BUILD_INFO: &str = "bitswap_build_info";
pub(super) const RELOADS: &str = "bitswap_config_reloads_total";
pub(super) const RELOAD_SUCCESS: &str = "bitswap_config_reload_success";
pub(super) const RELOADED_AT: &str = "bitswap_config_last_reload_timestamp_seconds";
pub(super) const FILTER_RULES: &str = "bitswap_filter_rules";
pub(super) const FILTER_SKIPPED: &str = "bitswap_filter_skipped_lines";
pub(super) const FILTER_READ_SUCCESS: &str = "bitswap_filter_read_success";
pub(super) const FILTER_READS: &str = "bitswap_filter_reads_total";
pub(super) const API_REQUESTS: &str = "bitswap_api_requests_total";
pub(super) const API_SECONDS: &str = "bitswap_api_request_seconds";
pub(super) const STORE_OPERATIONS: &str = "bitswap_store_operations_total";
pub(super) const STORE_SECONDS: &str = "bitswap_store_operation_seconds";
pub(super) const STORE_FAILED_COMMITS: &str = "bitswap_store_failed_commits_total";
pub(super) const STORE_FAILING: &str = "bitswap_store_failing";
pub(super) const COLLECTIONS: &str = "bitswap_store_collections_total";
pub(super) const FREED_BLOCKS: &str = "bitswap_store_freed_blocks_total";
pub(super) const FREED_BYTES: &str = "bitswap_store_freed_bytes_total";
pub(super) const STORE_LIVE: &str = "bitswap_store_live_bytes";
pub(super) const STORE_LIMIT: &str = "bitswap_store_limit_bytes";
pub(super) const STORE_BLOCKS: &str = "bitswap_store_blocks";
pub(super) const STORE_BYTES: &str = "bitswap_store_bytes";
pub(super) const STORE_MEMORY: &str = "bitswap_store_memory_bytes";
pub(super) const DISK_FREE: &str = "bitswap_store_disk_free_bytes";
pub(super) const DISK_SIZE: &str = "bitswap_store_disk_size_bytes";
pub(super) const RUNTIME_WORKERS: &str = "bitswap_runtime_workers";
pub(super) const RUNTIME_TASKS: &str = "bitswap_runtime_alive_tasks";
pub(super) const RUNTIME_QUEUE: &str = "bitswap_runtime_queued_tasks";

/// Of the process, as every program that Prometheus scrapes calls them.
pub(super) mod process {
    pub(in crate::metrics) const CPU: &str = "process_cpu_seconds_total";
    pub(in crate::metrics) const CPU_HELP: &str =
        "Time on processors, user and system, in seconds.";
    pub(in crate::metrics) const RESIDENT: &str = "process_resident_memory_bytes";
    pub(in crate::metrics) const VIRTUAL: &str = "process_virtual_memory_bytes";
    pub(in crate::metrics) const OPEN_FDS: &str = "process_open_fds";
    pub(in crate::metrics) const MAX_FDS: &str = "process_max_fds";
    pub(in crate::metrics) const THREADS: &str = "process_threads";
    pub(in crate::metrics) const STARTED_AT: &str = "process_start_time_seconds";
}

/// Of scripts: one series for each role, and for failures one for each cause besides.
pub(crate) mod script {
    pub(crate) const CALLS: &str = "bitswap_script_calls_total";
    pub(crate) const FALLBACKS: &str = "bitswap_script_fallbacks_total";
    pub(crate) const OPERATIONS: &str = "bitswap_script_operations_total";
    pub(crate) const FAILURES: &str = "bitswap_script_failures_total";
    pub(crate) const BREAKER: &str = "bitswap_script_breaker_open";
}

/// The operations of a store, in the order in which they are counted.
pub(super) const STORE_OPS: [&str; 6] = ["delete", "get", "has", "list", "put", "sync"];
/// How they end for a block, or as a whole, in the same way.
pub(super) const STORE_RESULTS: [&str; 4] = ["ok", "missing", "corrupt", "failed"];

/// All metrics of a node, those of its network first.
pub(crate) fn families() -> Vec<MetricFamily> {
    let mut families = metric_families();
    families.extend(of_the_program());
    families
}

/// Those that the program adds.
pub(super) fn of_the_program() -> Vec<MetricFamily> {
    let mut families = of_the_host();
    families.extend(of_the_store());
    families.extend(of_the_process());
    families.extend(of_scripts());
    families
}

fn of_the_host() -> Vec<MetricFamily> {
    vec![
        gauge(BUILD_INFO, "The version of the program; always 1.")
            .by("version", LabelValues::Settings("the version")),
        counter(RELOADS, "Configuration reloads, by result.")
            .by("result", closed(&["failed", "ok"])),
        gauge(RELOAD_SUCCESS, "Whether the last configuration reload succeeded."),
        gauge(RELOADED_AT, "Unix time of the last configuration reload; 0 = there was none."),
        counter(ANNOUNCEMENTS, "Blocks announced in the DHT, new ones and again, by result.")
            .by("result", closed(&["denied", "failed", "ok"])),
        gauge(FILTER_RULES, "Rules of [filter] in force, by what they are about.")
            .by("about", closed(&["blocks", "peers"])),
        gauge(FILTER_SKIPPED, "Lines of lists that are not in force: about paths, or faulty."),
        gauge(FILTER_READ_SUCCESS, "Whether the lists of [filter] could be read the last time."),
        counter(FILTER_READS, "Times that the lists of [filter] were read again, by result.")
            .by("result", closed(&["failed", "ok"])),
        counter(API_REQUESTS, "Requests of the API, by what they are about and how they ended.")
            .by("route", closed(&ROUTES))
            .by("status", closed(&STATUSES)),
        MetricFamily::new(
            API_SECONDS,
            MetricKind::Histogram(LATENCY),
            "Time from a request of the API until its answer began.",
        )
        .by("route", closed(&ROUTES)),
        gauge(DHT_PEERS, "Peers in the routing table of a DHT, by whose it is.")
            .by("scope", closed(&["lan", "wan"])),
        gauge(BOOTSTRAP_PEERS, "Peers that lead into the DHTs, by what came of their last dial.")
            .by("state", closed(&BOOTSTRAP_STATES)),
        gauge(CONNECTIONS, "Open connections, Bitswap or not.")
            .by("direction", closed(&["in", "out"]))
            .by("transport", closed(&TRANSPORTS)),
        counter(CLOSED, "Connections that were closed, by reason.")
            .by("reason", closed(&CLOSE_REASONS)),
        counter(DIALS, "Dials that ended, by result.").by("result", closed(&DIAL_RESULTS)),
        counter(INCOMING_FAILED, "Incoming connections that failed or were refused."),
        counter(HOLE_PUNCHES, "Connections over relays that were to become direct, by result.")
            .by("result", closed(&["failed", "ok"])),
        gauge(REACHABLE, "1 if others can connect to this node, as far as is known; else 0."),
        gauge(RUNTIME_WORKERS, "Threads that run the node's tasks."),
        gauge(RUNTIME_TASKS, "Tasks that are alive."),
        gauge(RUNTIME_QUEUE, "Tasks that wait for a thread, in the queue that all threads share."),
    ]
}

fn of_the_store() -> Vec<MetricFamily> {
    vec![
        counter(
            STORE_OPERATIONS,
            "What the store was asked, counted in blocks; list and sync in calls.",
        )
        .by("op", closed(&STORE_OPS))
        .by("result", closed(&STORE_RESULTS)),
        MetricFamily::new(
            STORE_SECONDS,
            MetricKind::Histogram(FAST),
            "Time of a call of the store.",
        )
        .by("op", closed(&STORE_OPS)),
        counter(STORE_FAILED_COMMITS, "Commits that the medium failed, as when it is full."),
        gauge(STORE_FAILING, "1 as long as the last commit failed, as on a full disk; else 0."),
        counter(COLLECTIONS, "Collections of garbage, asked for or above the limit, by result.")
            .by("result", closed(&["failed", "ok"])),
        counter(FREED_BLOCKS, "Blocks that collections of garbage freed."),
        counter(FREED_BYTES, "Bytes of the blocks that collections of garbage freed."),
        gauge(STORE_LIVE, "Bytes of the blocks in the store; absent if it cannot tell."),
        gauge(STORE_LIMIT, "The most bytes of blocks that the store is to hold; 0 = any."),
        gauge(STORE_BLOCKS, "Blocks in the store; absent if it cannot tell."),
        gauge(STORE_BYTES, "Bytes that the store takes; absent if it cannot tell."),
        gauge(STORE_MEMORY, "Bytes of memory that the store keeps, such as its index."),
        gauge(DISK_FREE, "Bytes free on the file system of the store; absent without one."),
        gauge(DISK_SIZE, "Bytes of the file system of the store; absent without one."),
    ]
}

/// Absent where the system does not tell.
fn of_the_process() -> Vec<MetricFamily> {
    vec![
        counter(process::CPU, process::CPU_HELP),
        gauge(process::RESIDENT, "Resident memory."),
        gauge(process::VIRTUAL, "Virtual memory."),
        gauge(process::OPEN_FDS, "Open file descriptors."),
        gauge(process::MAX_FDS, "File descriptors that may be open."),
        gauge(process::THREADS, "Threads."),
        gauge(process::STARTED_AT, "Unix time when the process started."),
    ]
}

/// Absent in a build without scripts.
fn of_scripts() -> Vec<MetricFamily> {
    let roles = || LabelValues::Closed(Role::ALL.iter().map(|role| role.name()).collect());
    let causes = LabelValues::Settings("the causes for which a script can fail");
    vec![
        counter(
            script::CALLS,
            "Calls of the script that plays a role, those that failed included.",
        )
        .by("role", roles()),
        counter(script::FALLBACKS, "Questions that the native strategy answered in its place.")
            .by("role", roles()),
        counter(script::OPERATIONS, "Operations that the script's calls took.").by("role", roles()),
        counter(script::FAILURES, "Calls of the script that failed, by cause.")
            .by("role", roles())
            .by("cause", causes),
        gauge(
            script::BREAKER,
            "Whether the script is not asked any more, having failed too often.",
        )
        .by("role", roles()),
    ]
}

const fn counter(name: &'static str, help: &'static str) -> MetricFamily {
    MetricFamily::new(name, MetricKind::Counter, help)
}

const fn gauge(name: &'static str, help: &'static str) -> MetricFamily {
    MetricFamily::new(name, MetricKind::Gauge, help)
}

fn closed(values: &[&'static str]) -> LabelValues {
    LabelValues::Closed(values.to_vec())
}
