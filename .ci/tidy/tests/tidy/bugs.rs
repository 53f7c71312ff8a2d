//! Bugs that tests put back: nothing of them is in what people run.

use crate::code::{line_of, words};
use crate::tree::{Complaint, Source, expect_none, lines, rust_in, source, sources};

const CFG: &str = "bitswap_bugs";

/// Who may speak of bugs; in the first folder, only in the words `bug!(…)` and behind the cfg.
const INSIDE: &[&str] = &["bitswap-core/src/", "bitswap-core/tests/", "bitswap-sim/"];

/// Where the cfg is declared, set and looked for.
const NAMING: &[&str] = &[".ci/", "Cargo.toml", "docs/", "ARCHITECTURE.md", "CONTRIBUTING.md"];

#[test]
fn only_the_simulator_and_tests_of_the_core_know_bugs() {
    let outside = |source: &&Source| !INSIDE.iter().any(|place| source.path.starts_with(place));
    let others = sources().iter().filter(outside);
    expect_none(others.filter(|source| !may_name_the_cfg(source)).flat_map(known_bugs));
}

#[test]
fn nothing_of_bugs_is_built_without_the_cfg() {
    expect_none(unguarded(source("bitswap-core/src/bugs.rs")));
    let core = rust_in("bitswap-core/src/");
    let others = core.filter(|source| !source.path.starts_with("bitswap-core/src/bugs"));
    expect_none(others.flat_map(unguarded_mentions));
}

#[test]
fn every_bug_has_a_switch() {
    let list = source("bitswap-core/src/bugs/list.rs");
    let switched: Vec<&str> = rust_in("bitswap-core/src/").flat_map(switches).collect();
    let missing = listed(list).into_iter().filter(|(bug, _)| !switched.contains(bug));
    let rule = "no bug!(…) puts it back – delete it, or say where it would be";
    expect_none(missing.map(|(bug, line)| list.complaint(line, format!("{bug}: {rule}"))));
}

fn may_name_the_cfg(source: &Source) -> bool {
    NAMING.iter().any(|place| source.path.starts_with(place))
}

fn known_bugs(source: &Source) -> Vec<Complaint> {
    let rule = "only bitswap-sim and the core's tests know bugs – leave them there";
    let text = if source.is_rust() { &source.code } else { &source.text };
    let named = words(text, CFG).into_iter();
    let typed = words(&source.code, "Bug");
    named.chain(typed).map(|line| source.complaint(line, rule)).collect()
}

/// Items in the file of the switch that are there without the cfg.
fn unguarded(source: &Source) -> Vec<Complaint> {
    let begins = |line: &str| line.starts_with(|c: char| c.is_ascii_lowercase());
    let mut before = "";
    let mut complaints = Vec::new();
    for (place, line) in source.code.lines().enumerate().filter(|(_, line)| !line.trim().is_empty())
    {
        if begins(line) && !before.starts_with("#[cfg(") {
            complaints
                .push(source.complaint(place + 1, "behind #[cfg(bitswap_bugs)], or not here"));
        }
        before = line;
    }
    complaints
}

/// Where the engine speaks of bugs otherwise than by a switch, and not behind the cfg.
fn unguarded_mentions(source: &Source) -> Vec<Complaint> {
    let told: Vec<&str> = source.code.lines().collect();
    let is_guarded = |line: &usize| {
        let before = line.checked_sub(2).and_then(|before| told.get(before));
        let own = told.get(line - 1).is_some_and(|own| own.trim() == "mod bugs;");
        own || before.is_some_and(|before| before.trim() == "#[cfg(bitswap_bugs)]")
    };
    let mentioned = ["Bug", "bugs"].iter().flat_map(|word| words(&source.code, word));
    let rule = "say bug!(…), or put it behind #[cfg(bitswap_bugs)]";
    mentioned.filter(|line| !is_guarded(line)).map(|line| source.complaint(line, rule)).collect()
}

/// The bugs that a file puts back.
fn switches(source: &Source) -> Vec<&str> {
    let after = source.code.split("bug!(").skip(1);
    after.filter_map(|tail| Some(tail.split_once(')')?.0)).collect()
}

/// The bugs of the list, and their lines.
fn listed(list: &Source) -> Vec<(&str, usize)> {
    let entry = |(place, _): (usize, &str)| {
        let name = list.code.get(..place)?.trim_end().rsplit(char::is_whitespace).next()?;
        let is_bug = name.len() == 3 && name.starts_with('B');
        is_bug.then(|| (name, line_of(&list.code, place)))
    };
    list.code.match_indices(" = ").filter_map(entry).collect()
}

#[test]
fn a_bug_outside_its_place_is_told() {
    let told = |path: &str, text: &str| lines(&known_bugs(&Source::new(path, text)));

    assert_eq!(told("a/src/b.rs", "// Bug\nuse bitswap_core::Bug;"), [2]);
    assert_eq!(told("a/Cargo.toml", "[features]\nbitswap_bugs = []"), [2]);
}

#[test]
fn an_unguarded_bug_is_told() {
    let own = Source::new("bugs.rs", "#[cfg(bitswap_bugs)]\nmod list;\nfn is_back() {}\n");
    let other =
        "let a = bug!(B01);\n#[cfg(bitswap_bugs)]\nuse crate::bugs::Bug;\nuse crate::bugs::A;";

    assert_eq!(lines(&unguarded(&own)), [3]);
    assert_eq!(lines(&unguarded_mentions(&Source::new("engine.rs", other))), [4]);
}

#[test]
fn switches_and_bugs_are_found() {
    let list = Source::new("list.rs", "bugs! {\n    /// A bug.\n    B07 = \"told\",\n}\n");
    let engine = Source::new("engine.rs", "if waits && !bug!(B07) {\n// bug!(B08)\n");

    assert_eq!(listed(&list), [("B07", 3)]);
    assert_eq!(switches(&engine), ["B07"]);
}
