//! What every manifest of the workspace says, and how.

use toml::{Table, Value as Toml};

use crate::code::words;
use crate::crates::GRAPH;
use crate::tree::{Complaint, Source, expect_none, lines, rust_in, source};

#[test]
fn versions_are_written_in_one_place() {
    expect_none(manifests().flat_map(own_versions));
}

#[test]
fn no_dependency_is_idle() {
    let idle = manifests().flat_map(|manifest| {
        let folder = manifest.path.replace("Cargo.toml", "src/");
        idle_dependencies(manifest, &rust_in(&folder).collect::<Vec<_>>())
    });
    expect_none(idle);
}

#[test]
fn members_share_the_lints_and_say_what_they_are() {
    expect_none(manifests().flat_map(bare_manifest));
}

fn manifests() -> impl Iterator<Item = &'static Source> {
    GRAPH.members().map(|member| source(&member.manifest))
}

/// Dependencies with a version of their own.
fn own_versions(manifest: &Source) -> Vec<Complaint> {
    let own = dependencies(&manifest.text.parse().unwrap());
    let own = own
        .into_iter()
        .filter(|(_, how)| how.get("workspace").and_then(Toml::as_bool) != Some(true))
        // A crate that is its own dependency in tests cannot say the workspace's version.
        .filter(|(_, how)| how.get("path").is_none() || how.get("version").is_some());
    let complaint = |(name, _): (String, Toml)| {
        let rule = format!(
            "{name} has a version here – `{name}.workspace = true`, and the version in the root's"
        );
        manifest.complaint(line_of_key(manifest, &name), rule)
    };
    own.map(complaint).collect()
}

/// All tables of dependencies, those of targets included.
fn dependencies(manifest: &Table) -> Vec<(String, Toml)> {
    let targets = manifest.get("target").and_then(Toml::as_table);
    let targets =
        targets.into_iter().flat_map(|targets| targets.values()).filter_map(Toml::as_table);
    let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
    let tables = std::iter::once(manifest)
        .chain(targets)
        .flat_map(|place| kinds.iter().filter_map(|kind| place.get(*kind)?.as_table()));
    tables.flatten().map(|(name, how)| (name.clone(), how.clone())).collect()
}

/// What the library or program declares and never names. What only tests use does not count.
fn idle_dependencies(manifest: &Source, sources: &[&Source]) -> Vec<Complaint> {
    let table: Table = manifest.text.parse().unwrap();
    let declared = table.get("dependencies").and_then(Toml::as_table).into_iter().flatten();
    let idle = declared.map(|(name, _)| name).filter(|name| {
        let word = name.replace('-', "_");
        sources.iter().all(|source| words(&source.code, &word).is_empty())
    });
    let complaint = |name: &String| {
        manifest.complaint(line_of_key(manifest, name), format!("{name} is not used – take it out"))
    };
    idle.map(complaint).collect()
}

fn bare_manifest(manifest: &Source) -> Vec<Complaint> {
    let table: Table = manifest.text.parse().unwrap();
    let lints = table.get("lints").and_then(|lints| lints.get("workspace")?.as_bool());
    let about = table.get("package").and_then(|package| package.get("description")?.as_str());
    let lints = (lints != Some(true))
        .then(|| manifest.complaint(1, "lints of its own – write `[lints] workspace = true`"));
    let about = about
        .is_none_or(str::is_empty)
        .then(|| manifest.complaint(1, "no description – say in a line what it is for"));
    lints.into_iter().chain(about).collect()
}

/// The line that begins with a key; the first if none does.
pub(crate) fn line_of_key(manifest: &Source, key: &str) -> usize {
    let begins = |line: &str| {
        line.trim_start_matches(['"', ' '])
            .strip_prefix(key)
            .is_some_and(|tail| tail.starts_with([' ', '=', '.', '"']))
    };
    manifest.text.lines().position(begins).map_or(1, |before| before + 1)
}

#[test]
fn a_version_of_ones_own_is_told() {
    let text = "[dependencies]\na.workspace = true\nb = \"1\"\nc = { workspace = true }\n\
                [target.'cfg(unix)'.dev-dependencies]\nd = { version = \"2\" }\n";
    assert_eq!(lines(&own_versions(&Source::new("x/Cargo.toml", text))), [3, 6]);
}

#[test]
fn a_dependency_that_no_source_names_is_told() {
    let manifest = "[dependencies]\na-b.workspace = true\nc.workspace = true\n\
                    [dev-dependencies]\nd.workspace = true\n";
    let source = Source::new("x/src/lib.rs", "use a_b::C;\n// c::d\n");
    assert_eq!(lines(&idle_dependencies(&Source::new("x/Cargo.toml", manifest), &[&source])), [3]);
}

#[test]
fn a_manifest_without_lints_or_description_is_told() {
    let told = |text: &str| bare_manifest(&Source::new("x/Cargo.toml", text)).len();
    assert_eq!(told("[package]\ndescription = \"a\"\n[lints]\nworkspace = true"), 0);
    assert_eq!(told("[package]\ndescription = \"\"\n[lints]\nworkspace = true"), 1);
    assert_eq!(told("[package]\nname = \"x\""), 2);
}
