//! One file, one line: the strategies' folders and their catalog say the same.

use crate::imports::ROLES;
use crate::tree::{Complaint, Source, expect_none, lines, rust_in, source};

const SRC: &str = "bitswap-strategies/src/";

/// A line of the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    line: usize,
    role: String,
    name: String,
    module: String,
}

#[test]
fn one_file_one_line() {
    let catalog = source(&format!("{SRC}catalog.rs"));
    let files: Vec<_> = rust_in(SRC).filter_map(strategy_file).collect();
    expect_none(differences(catalog, &files));
}

fn differences(catalog: &Source, files: &[(String, String)]) -> Vec<Complaint> {
    let entries = entries(catalog);
    let mut complaints = Vec::new();
    for (role, module) in files {
        let times = entries.iter().filter(|entry| entry.role == *role && entry.module == *module);
        let times = times.count();
        if times != 1 {
            let rule = format!("{role}/{module}.rs is named {times} times – give it one line");
            complaints.push(catalog.complaint(1, rule));
        }
    }
    for entry in &entries {
        let Entry { line, role, name, module } = entry;
        if name.replace('-', "_") != *module {
            let rule = format!("{name} is in {module}.rs – name the file as the strategy");
            complaints.push(catalog.complaint(*line, rule));
        }
        if !files.contains(&(role.clone(), module.clone())) {
            let rule = format!("there is no {role}/{module}.rs – write it, or take the line out");
            complaints.push(catalog.complaint(*line, rule));
        }
    }
    for (one, next) in entries.iter().zip(entries.iter().skip(1)) {
        if key(one) >= key(next) {
            let rule =
                format!("{} comes after {} – sort by role, then by name", next.name, one.name);
            complaints.push(catalog.complaint(next.line, rule));
        }
    }
    complaints
}

fn key(entry: &Entry) -> (Option<usize>, &str) {
    (ROLES.iter().position(|role| *role == entry.role), &entry.name)
}

/// Lines `"name" => module::Type …` below a line `… in role {`.
fn entries(catalog: &Source) -> Vec<Entry> {
    let mut role = String::new();
    let mut found = Vec::new();
    for (line, text) in (1..).zip(catalog.text.lines()) {
        let text = text.trim();
        if let Some(folder) = text.strip_suffix('{').and_then(|head| head.rsplit_once(" in ")) {
            folder.1.trim().clone_into(&mut role);
        }
        let parts = text.strip_prefix('"').and_then(|tail| tail.split_once('"'));
        let Some((name, tail)) = parts else { continue };
        let path = tail.trim_start().strip_prefix("=>").and_then(|tail| tail.split_once("::"));
        let Some((module, _)) = path else { continue };
        let (role, name, module) = (role.clone(), name.to_owned(), module.trim().to_owned());
        found.push(Entry { line, role, name, module });
    }
    found
}

/// Role and module of a file that holds a strategy.
fn strategy_file(source: &Source) -> Option<(String, String)> {
    let (role, file) = source.path.strip_prefix(SRC)?.split_once('/')?;
    let module = file.strip_suffix(".rs").filter(|module| !module.contains('/'))?;
    let is_strategy = ROLES.contains(&role) && module != "tests";
    is_strategy.then(|| (role.to_owned(), module.to_owned()))
}

const CATALOG: &str = r#"strategies! {
    PeerSelector in select {
        "random"     => random::Random,        Control, "ours";
        "two-armed"  => two_armed::TwoArmed,   Control, "ours";
    }
    Registry in registry {
        "forgetful"  => forgetful::Forgetful,  Control, "ours";
    }
}
"#;

#[test]
fn a_catalog_that_names_each_file_once_in_order_passes() {
    assert_eq!(differences(&planted(CATALOG), &files()), []);
}

#[test]
fn a_file_without_a_line_and_a_line_without_a_file_are_told() {
    let one_more = [files(), vec![("find".to_owned(), "never".to_owned())]].concat();
    assert_eq!(lines(&differences(&planted(CATALOG), &one_more)), [1]);

    let one_less = files().split_off(1);
    assert_eq!(lines(&differences(&planted(CATALOG), &one_less)), [3]);
    assert_eq!(differences(&planted("strategies! {}"), &files()).len(), 3);
}

#[test]
fn a_name_that_is_not_its_files_is_told() {
    let renamed = CATALOG.replace("\"two-armed\"", "\"two-legged\"");
    assert_eq!(lines(&differences(&planted(&renamed), &files())), [4]);
}

#[test]
fn lines_out_of_order_or_given_twice_are_told() {
    let swapped = CATALOG.replace("\"random\"", "\"z\"").replace("random::", "z::");
    let files_z = [vec![("select".to_owned(), "z".to_owned())], files().split_off(1)].concat();
    assert_eq!(lines(&differences(&planted(&swapped), &files_z)), [4]);

    let twice = CATALOG.replace("two-armed", "random").replace("two_armed", "random");
    assert_eq!(lines(&differences(&planted(&twice), &files())), [1, 1, 4]);
}

fn planted(text: &str) -> Source {
    Source::new(format!("{SRC}catalog.rs"), text)
}

fn files() -> Vec<(String, String)> {
    let files = [("select", "random"), ("select", "two_armed"), ("registry", "forgetful")];
    files.map(|(role, module)| (role.to_owned(), module.to_owned())).to_vec()
}
