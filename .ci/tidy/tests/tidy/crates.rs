//! Who may depend on whom, between crates, from `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

use crate::manifests::line_of_key;
use crate::tree::{Complaint, expect_none, root, sources};

/// What would bring a clock, a socket, a runtime or a file below the network.
const IO: &[&str] = &[
    "async-std",
    "axum",
    "futures-executor",
    "hyper",
    "metrics",
    "mio",
    "notify",
    "reqwest",
    "socket2",
    "tokio",
];

/// All of libp2p is I/O, but for the name of a peer.
const IO_FAMILY: &str = "libp2p";
const NO_IO: &[&str] = &["libp2p-identity"];

/// Members of the workspace, with the members that they may use, outside tests. The other members
/// may use anything but the program.
const MAY_USE: &[(&str, &[&str])] = &[
    (
        "bitswap-api",
        &[
            "bitswap-core",
            "bitswap-host",
            "bitswap-net",
            "bitswap-service",
            "bitswap-store",
            "bitswap-strategies",
            "bitswap-unixfs",
        ],
    ),
    ("bitswap-core", &[]),
    ("bitswap-host", &["bitswap-core", "bitswap-net", "bitswap-store"]),
    ("bitswap-net", &["bitswap-core", "bitswap-store", "bitswap-unixfs"]),
    (
        "bitswap-service",
        &[
            "bitswap-core",
            "bitswap-host",
            "bitswap-net",
            "bitswap-store",
            "bitswap-strategies",
            "bitswap-trim",
            "bitswap-unixfs",
        ],
    ),
    ("bitswap-sim", &["bitswap-core", "bitswap-strategies", "bitswap-unixfs"]),
    ("bitswap-store", &["bitswap-core"]),
    ("bitswap-store-s3", &["bitswap-core", "bitswap-store"]),
    ("bitswap-strategies", &["bitswap-core"]),
    ("bitswap-tidy", &[]),
    ("bitswap-trim", &[]),
    ("bitswap-unixfs", &["bitswap-core", "bitswap-store"]),
];

const PROGRAM: &str = "bitswap-node";

#[test]
fn members_use_only_what_lies_below_them() {
    expect_none(GRAPH.members().flat_map(|member| GRAPH.upward(member)));
}

#[test]
fn the_program_is_a_leaf() {
    expect_none(GRAPH.members().filter_map(Package::uses_the_program));
}

#[test]
fn core_tests_stand_alone() {
    let core = GRAPH.named("bitswap-core");
    let mut used = core.all.clone();
    used.retain(|name| GRAPH.member_names().contains(name));
    // With the feature `testing`.
    let own = BTreeSet::from(["bitswap-core".to_owned()]);
    assert_eq!(used, own, "bitswap-core's tests use strategy::plain");
}

#[test]
fn no_io_below_net() {
    let pure = ["bitswap-core", "bitswap-strategies"];
    expect_none(pure.iter().flat_map(|name| GRAPH.io_below(GRAPH.named(name))));
}

#[test]
fn every_rule_is_about_a_member() {
    let members = GRAPH.member_names();
    let named = MAY_USE.iter().flat_map(|(user, used)| used.iter().chain([user]));
    let unknown: Vec<_> = named.filter(|name| !members.contains(**name)).collect();
    assert_eq!(unknown, [&""; 0]);
}

/// Packages by their id.
pub(crate) struct Graph(BTreeMap<String, Package>);

#[derive(Default)]
pub(crate) struct Package {
    name: String,
    /// From the root of the repository; empty for packages of others.
    pub(crate) manifest: String,
    is_macro: bool,
    /// Ids of what it is built with and of what builds it.
    normal: BTreeSet<String>,
    /// Names of what it declares, tests included.
    all: BTreeSet<String>,
}

pub(crate) static GRAPH: LazyLock<Graph> = LazyLock::new(|| Graph::of(&metadata()));

impl Graph {
    fn of(metadata: &Value) -> Self {
        let members = texts(&metadata["workspace_members"]);
        let root = text(&metadata["workspace_root"]);
        let mut packages = BTreeMap::new();
        for package in list(&metadata["packages"]) {
            let id = text(&package["id"]);
            let own = members.contains(&id);
            let manifest = text(&package["manifest_path"]).replace('\\', "/");
            let manifest = manifest.strip_prefix(&format!("{root}/")).unwrap_or(&manifest);
            let targets = list(&package["targets"]);
            let is_macro =
                targets.iter().any(|target| texts(&target["kind"]).contains("proc-macro"));
            let declared = list(&package["dependencies"]).iter();
            packages.insert(
                id,
                Package {
                    name: text(&package["name"]),
                    manifest: if own { manifest.to_owned() } else { String::new() },
                    is_macro,
                    normal: BTreeSet::new(),
                    all: declared.map(|dependency| text(&dependency["name"])).collect(),
                },
            );
        }
        for node in list(&metadata["resolve"]["nodes"]) {
            let Some(package) = packages.get_mut(&text(&node["id"])) else { continue };
            let normal = list(&node["deps"]).iter().filter(|edge| is_normal(edge));
            package.normal = normal.map(|edge| text(&edge["pkg"])).collect();
        }
        Self(packages)
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.0.values().filter(|package| !package.manifest.is_empty())
    }

    fn member_names(&self) -> BTreeSet<String> {
        self.members().map(|member| member.name.clone()).collect()
    }

    fn named(&self, name: &str) -> &Package {
        self.members().find(|member| member.name == name).expect(name)
    }

    fn upward(&self, member: &Package) -> Vec<Complaint> {
        let Some((_, below)) = MAY_USE.iter().find(|(user, _)| *user == member.name) else {
            return Vec::new();
        };
        let used = member.normal.iter().filter_map(|id| self.0.get(id));
        let upward =
            used.filter(|used| !used.manifest.is_empty() && !below.contains(&used.name.as_str()));
        let complaint = |used: &Package| {
            let rule = format!(
                "{} uses {} – it may use {below:?} only: move what it needs down, or hand it in",
                member.name, used.name
            );
            member.complaint(&used.name, rule)
        };
        upward.map(complaint).collect()
    }

    /// I/O anywhere in what a member is built with. What only runs while compiling does not count.
    fn io_below(&self, member: &Package) -> Vec<Complaint> {
        let mut ways: Vec<Vec<&str>> = Vec::new();
        let mut seen = BTreeSet::new();
        let mut open: Vec<(&Package, Vec<&str>)> = vec![(member, vec![&member.name])];
        while let Some((package, way)) = open.pop() {
            for id in &package.normal {
                let Some(next) = self.0.get(id).filter(|next| !next.is_macro) else { continue };
                if !seen.insert(id) {
                    continue;
                }
                let way = [way.as_slice(), &[&next.name]].concat();
                if is_io(&next.name) {
                    ways.push(way);
                } else {
                    open.push((next, way));
                }
            }
        }
        let complaint = |way: Vec<&str>| {
            let rule = format!("{} – do without, or without that feature", way.join(" uses "));
            member.complaint(way.get(1).unwrap_or(&""), rule)
        };
        ways.into_iter().map(complaint).collect()
    }
}

impl Package {
    fn uses_the_program(&self) -> Option<Complaint> {
        let rule = format!("{} uses {PROGRAM} – move what it needs to a library", self.name);
        self.all.contains(PROGRAM).then(|| self.complaint(PROGRAM, rule))
    }

    fn complaint(&self, dependency: &str, rule: String) -> Complaint {
        let path = self.manifest.clone();
        let file = sources().iter().find(|source| source.path == path);
        Complaint { path, line: file.map_or(1, |file| line_of_key(file, dependency)), rule }
    }
}

fn is_io(name: &str) -> bool {
    let family = |name: &str| name.split('-').next() == Some(IO_FAMILY);
    (IO.contains(&name) || family(name)) && !NO_IO.contains(&name)
}

/// What cargo knows of the workspace. Without the network as long as everything is there; only for
/// this machine's target, since the packages of others need not be.
fn metadata() -> Value {
    let target = host();
    let ask = |network: &[&str]| {
        let mut cargo = Command::new(program("CARGO", "cargo"));
        cargo.current_dir(root()).args(["metadata", "--format-version=1", "--filter-platform"]);
        cargo.arg(&target).args(network).output().unwrap()
    };
    let offline = ask(&["--offline"]);
    let answer = if offline.status.success() { offline } else { ask(&[]) };
    let told = String::from_utf8_lossy(&answer.stderr);
    assert!(answer.status.success(), "cargo metadata: {told}");
    serde_json::from_slice(&answer.stdout).unwrap()
}

fn host() -> String {
    let told = Command::new(program("RUSTC", "rustc"))
        .current_dir(root())
        .arg("-vV")
        .output()
        .unwrap()
        .stdout;
    let told = String::from_utf8(told).unwrap();
    told.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

fn program(variable: &str, usual: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| usual.into())
}

fn is_normal(edge: &Value) -> bool {
    list(&edge["dep_kinds"]).iter().any(|kind| kind["kind"].is_null())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn texts(value: &Value) -> BTreeSet<String> {
    list(value).iter().map(text).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// `a` is a member named after the first pair; each pair is a use. A name that ends in `!` is a
/// procedural macro.
fn planted(uses: &[(&str, &str)]) -> Graph {
    let mut packages: BTreeMap<String, Package> = BTreeMap::new();
    for (user, used) in uses {
        for name in [user, used] {
            let package = packages.entry((*name).to_owned()).or_default();
            let own = name.starts_with("bitswap");
            package.manifest = if own { format!("{name}/Cargo.toml") } else { String::new() };
            (*name).clone_into(&mut package.name);
            package.is_macro = name.ends_with('!');
        }
        let package = packages.get_mut(*user).unwrap();
        package.normal.insert((*used).to_owned());
        package.all.insert((*used).to_owned());
    }
    Graph(packages)
}

#[test]
fn an_upward_use_is_told_with_its_manifest() {
    let graph = planted(&[("bitswap-net", "bitswap-strategies"), ("bitswap-net", "bitswap-core")]);
    let told: Vec<_> = graph.members().flat_map(|member| graph.upward(member)).collect();

    let [told] = told.as_slice() else { unreachable!("{told:?}") };
    assert_eq!(told.path, "bitswap-net/Cargo.toml");
    assert!(told.rule.starts_with("bitswap-net uses bitswap-strategies – it may use"));
}

#[test]
fn a_use_of_the_program_is_told() {
    let graph = planted(&[("bitswap-benches", "bitswap-node"), ("bitswap-node", "bitswap-net")]);
    let users: Vec<_> = graph.members().filter_map(Package::uses_the_program).collect();
    assert_eq!(users.len(), 1);
    assert_eq!(users[0].path, "bitswap-benches/Cargo.toml");
}

#[test]
fn io_is_found_at_any_depth_but_not_behind_macros() {
    let graph = planted(&[
        ("bitswap-core", "a"),
        ("a", "b"),
        ("b", "libp2p-swarm"),
        ("a", "derive!"),
        ("derive!", "tokio"),
        ("bitswap-core", "libp2p-identity"),
    ]);

    let told = graph.io_below(graph.named("bitswap-core"));

    let [told] = told.as_slice() else { unreachable!("{told:?}") };
    assert!(told.rule.starts_with("bitswap-core uses a uses b uses libp2p-swarm – "));
}

#[test]
fn the_metadata_is_read_with_its_kinds_of_edges() {
    let metadata = serde_json::json!({
        "workspace_members": ["x"],
        "workspace_root": "/r",
        "packages": [
            {"id": "x", "name": "bitswap-x", "manifest_path": "/r/x/Cargo.toml",
             "targets": [{"kind": ["lib"]}], "dependencies": [{"name": "y"}, {"name": "z"}]},
            {"id": "y", "name": "y", "manifest_path": "/c/y/Cargo.toml",
             "targets": [{"kind": ["proc-macro"]}], "dependencies": []},
        ],
        "resolve": {"nodes": [{"id": "x", "deps": [
            {"pkg": "y", "dep_kinds": [{"kind": null}]},
            {"pkg": "z", "dep_kinds": [{"kind": "dev"}]},
        ]}]},
    });

    let graph = Graph::of(&metadata);

    let member = graph.named("bitswap-x");
    assert_eq!(member.manifest, "x/Cargo.toml");
    assert_eq!(member.normal, BTreeSet::from(["y".to_owned()]));
    assert_eq!(member.all, BTreeSet::from(["y".to_owned(), "z".to_owned()]));
    assert!(graph.0["y"].is_macro && graph.0["y"].manifest.is_empty());
}
