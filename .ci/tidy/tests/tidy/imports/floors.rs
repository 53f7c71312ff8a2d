//! The floors of the client room, which is one `impl` in many files: what a method calls stands in
//! its own file or on a floor below.

use std::collections::BTreeMap;

use super::places;
use crate::code::line_of;
use crate::tree::{Complaint, Source, expect_none, lines, rust_in};

const CORE: &str = "bitswap-core/src/";
const ROOM: &str = "client";

/// The files of the room with methods, lowest first. Its state, on which all of them stand, is not
/// among them.
const FLOORS: &[&[&str]] = &[
    &["room"],
    &["finish", "phase", "search_state"],
    &["callers", "members", "store", "swap"],
    &["early_ends", "lookup", "retry"],
    &["ask"],
    &["leechers"],
    &["moves"],
    &["answers"],
    &["broadcast"],
    &["search"],
    &["select"],
    &["turn"],
];

#[test]
fn the_client_room_calls_only_downwards() {
    let room: Vec<&Source> = rust_in(CORE).filter(|it| !methods(it).is_empty()).collect();
    let mut files: Vec<&str> = room.iter().map(|source| file(source)).collect();
    let mut known = FLOORS.concat();
    files.sort_unstable();
    known.sort_unstable();
    assert_eq!(files, known, "each file with methods has a floor in tidy's imports/floors.rs");
    expect_none(upwards(&room));
}

/// Calls of methods, and names of other items, that do not lead downwards.
fn upwards(room: &[&Source]) -> Vec<Complaint> {
    let methods_of = |source: &'_ &Source| {
        let file = file(source).to_owned();
        methods(source).into_iter().map(move |name| (name, file.clone()))
    };
    let file_of: BTreeMap<String, String> = room.iter().flat_map(methods_of).collect();
    let wrong = |source: &&Source| {
        let own = floor_of(file(source));
        let called = called(source).into_iter();
        let called = called.filter_map(|(line, name)| Some((line, file_of.get(name)?.clone())));
        let named = places(source, source.path.strip_prefix(CORE).unwrap_or_default());
        let named = named.filter(|(_, place)| place.len() > 2 && place[0] == ROOM);
        let others = called.chain(named.map(|(line, place)| (line, place[1].clone())));
        let others = others.filter(|(_, other)| other != file(source) && floor_of(other) >= own);
        let others = others.filter(|(_, other)| floor_of(other).is_some());
        let rule = |other| format!("{other} is no floor below it – move down what it needs there");
        others.map(|(line, other)| source.complaint(line, rule(other))).collect::<Vec<_>>()
    };
    room.iter().flat_map(wrong).collect()
}

/// The methods of the room in a file.
fn methods(source: &Source) -> Vec<String> {
    let rooms = source.code.split("\nimpl ClientRoom<").skip(1);
    let bodies = rooms.filter_map(|rest| rest.split("\n}").next());
    let names = bodies.flat_map(|body| body.split("fn ").skip(1));
    names.map(|rest| word(rest).to_owned()).collect()
}

/// What a file calls with `self.name(`, also in two lines, with the lines.
fn called(source: &Source) -> Vec<(usize, &str)> {
    let of_self = |(place, _): (usize, &str)| {
        let before = source.code.get(..place)?.trim_end();
        let rest = source.code.get(place + 1..)?;
        let name = word(rest);
        let is_call = before.ends_with("self") && rest.get(name.len()..)?.starts_with('(');
        is_call.then(|| (line_of(&source.code, place), name))
    };
    source.code.match_indices('.').filter_map(of_self).collect()
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

fn file(source: &Source) -> &str {
    let name = source.path.rsplit('/').next().unwrap_or_default();
    name.trim_end_matches(".rs")
}

fn floor_of(file: &str) -> Option<usize> {
    FLOORS.iter().position(|files| files.contains(&file))
}

#[test]
fn what_leads_upwards_or_across_a_floor_is_told() {
    let room = |file: &str, uses: &str, body: &str| {
        let methods =
            format!("impl ClientRoom<'_> {{\n    fn of_{file}(&self) {{\n{body}\n    }}\n}}\n");
        Source::new(format!("{CORE}{ROOM}/{file}.rs"), format!("{uses}\n{methods}"))
    };
    let select = room("select", "use super::ask::A;", "self.of_ask(); self.of_select()");
    let ask = room("ask", "use super::wants::Want;", "self.out.of_select();\nself\n.of_select()");
    let answers = room("answers", "", "self.calls.len(); self.of_select()");
    let phase = room("phase", "use super::{ask::A, wants::B};", "other.of_ask()");

    let told = upwards(&[&select, &ask, &answers, &phase]);

    let files: Vec<_> = told.iter().map(|it| it.path.rsplit('/').next().unwrap()).collect();
    assert_eq!(files, ["ask.rs", "answers.rs", "phase.rs"]);
    assert_eq!(lines(&told), [6, 4, 1]);
}
