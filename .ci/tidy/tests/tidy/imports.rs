//! Who may name whom, inside a crate. The layers are in `layers`, those of the client room in
//! `floors`.

mod floors;
mod layers;

use self::layers::{CRATES, Layer};
use crate::paths::{in_crate, module_of, named};
use crate::tree::{Complaint, Source, expect_none, lines, rust_in};

const CORE: &str = "bitswap-core/src/";
const STRATEGIES: &str = "bitswap-strategies/src/";

/// Folders of strategies, one file each.
pub(crate) const ROLES: &[&str] = &["select", "prioritize", "ledger", "find", "registry"];

#[test]
fn a_file_names_only_what_its_layer_sees() {
    expect_none(CRATES.iter().flat_map(|(folder, _)| rust_in(folder)).flat_map(strangers));
}

#[test]
fn strategies_stand_alone() {
    let strategies: Vec<_> = rust_in(STRATEGIES).flat_map(strategy_names).collect();
    expect_none(rust_in(STRATEGIES).flat_map(|source| neighbours(source, &strategies)));
}

fn strangers(source: &Source) -> Vec<Complaint> {
    let Some((file, layers)) = layered(source) else { return Vec::new() };
    if source.is_inner_test() || ["lib.rs", "main.rs"].contains(&file) {
        return Vec::new();
    }
    let layer_of = |module: &str| -> Option<&Layer> {
        layers.iter().find(|layer| layer.modules.contains(&module))
    };
    let own = module_of(file).remove(0);
    let Some(layer) = layer_of(&own) else {
        let rule = format!("{own} is in no layer – give it a place in tidy's imports/layers.rs");
        return vec![source.complaint(1, rule)];
    };
    let stranger = |(line, place): (usize, Vec<String>)| {
        let first = place.first()?;
        let rule = match layer_of(first) {
            _ if *first == own => return None,
            Some(named) if layer.sees.contains(&named.name) => return None,
            Some(named) => format!(
                "{own} ({}) names {first} ({}) – let its caller pass the value, or move the type \
                 down",
                layer.name, named.name
            ),
            None => format!("{own} names crate::{first} – name it by the module that defines it"),
        };
        Some(source.complaint(line, rule))
    };
    places(source, file).filter_map(stranger).collect()
}

/// Where a file is in its crate, and the layers of that, if it has any.
fn layered(source: &Source) -> Option<(&str, &'static [Layer])> {
    CRATES.iter().find_map(|(folder, layers)| Some((source.path.strip_prefix(*folder)?, *layers)))
}

/// Where the file of a strategy names another one of `strategies`.
fn neighbours(source: &Source, strategies: &[[String; 2]]) -> Vec<Complaint> {
    let Some(file) = source.path.strip_prefix(STRATEGIES) else { return Vec::new() };
    let own = module_of(file);
    let is_strategy = own.len() > 1 && ROLES.contains(&own[0].as_str());
    let foreign = |place: &[String]| {
        strategies.iter().any(|other| place.starts_with(other) && !own.starts_with(other))
    };
    let found = places(source, file).filter(|(_, place)| is_strategy && foreign(place));
    let complaint = |(line, place): (usize, Vec<String>)| {
        let named = place.join("::");
        source.complaint(line, format!("a strategy names {named} – share a file beside lib.rs"))
    };
    found.map(complaint).collect()
}

/// By what a strategy can be named: its file's module, and what its role's file takes out of that.
fn strategy_names(source: &Source) -> Vec<[String; 2]> {
    let file = source.path.strip_prefix(STRATEGIES).unwrap_or_default();
    match module_of(file).as_slice() {
        [role] if ROLES.contains(&role.as_str()) => {
            let code = source.code.replace("pub use ", "pub use self::");
            let relative = Source::new(&source.path, code.replace("self::self::", "self::"));
            let names = places(&relative, file).filter_map(|(_, place)| match place.as_slice() {
                [_, _, name] => Some([role.clone(), name.clone()]),
                _ => None,
            });
            names.collect()
        }
        [role, strategy] if ROLES.contains(&role.as_str()) => {
            vec![[role.clone(), strategy.clone()]]
        }
        _ => Vec::new(),
    }
}

/// The places in the crate that a file names, with their lines.
fn places<'a>(
    source: &Source,
    file: &'a str,
) -> impl Iterator<Item = (usize, Vec<String>)> + use<'a> {
    let paths = named(&source.code).into_iter();
    paths.filter_map(move |path| Some((path.line, in_crate(file, &path.segments)?)))
}

#[test]
fn a_machine_that_names_another_is_a_stranger() {
    let text = "use crate::ids::CallId;\nuse crate::peers::Peers;\nuse super::super::input;\n";
    assert_eq!(lines(&strangers(&core("queues/in_flight.rs", text))), [2, 3]);

    let told = strangers(&core("client.rs", "fn f() -> crate::server::Server {}")).remove(0);
    let expected = "bitswap-core/src/client.rs:1: client (client) names server (server) – let its \
                    caller pass the value, or move the type down";
    assert_eq!(told.to_string(), expected);
}

#[test]
fn each_layer_is_strange_to_those_below_it() {
    for (folder, layers) in CRATES {
        for (below, above) in layers.iter().zip(layers.iter().skip(1)) {
            let (low, high) = (below.modules[0], above.modules[0]);
            let text = format!("use crate::{high}::A;");
            let upwards = Source::new(format!("{folder}{low}.rs"), text);
            assert_eq!(lines(&strangers(&upwards)), [1], "{low} names {high}");
        }
    }
    let downwards = core("engine/a.rs", "use crate::{action::A, ids::B, peers::C, wire::D};");
    assert_eq!(strangers(&downwards), []);
}

#[test]
fn no_layer_sees_itself_by_way_of_another() {
    for (folder, layers) in CRATES {
        for (place, layer) in layers.iter().enumerate() {
            let lower = |name: &&&str| layers[..=place].iter().any(|below| below.name == **name);
            let strange: Vec<_> = layer.sees.iter().filter(|name| !lower(name)).collect();
            assert_eq!(strange, [&""; 0], "{folder}: {} sees what is not below it", layer.name);
        }
    }
}

#[test]
fn a_part_of_the_program_that_names_what_stands_on_it_is_a_stranger() {
    for (path, text) in [
        ("bitswap-service/src/error.rs", "use crate::config::ConfigErrors;"),
        ("bitswap-service/src/config/strategy.rs", "use crate::node::Node;"),
        ("bitswap-api/src/client/store.rs", "fn f(_: crate::server::Served) {}"),
        ("bitswap-node/src/access.rs", "use crate::cli::strategy::StrategyArgs;"),
        ("bitswap-node/src/demo/text.rs", "use super::super::cli::units::size;"),
    ] {
        assert_eq!(lines(&strangers(&Source::new(path, text))), [1], "{path}");
    }
}

#[test]
fn modules_without_a_layer_and_names_without_a_module_are_told() {
    assert_eq!(lines(&strangers(&core("new_thing.rs", ""))), [1]);
    assert_eq!(lines(&strangers(&core("queues.rs", "\nuse crate::Engine;"))), [2]);
}

#[test]
fn tests_inside_a_machine_may_name_everything() {
    assert_eq!(strangers(&core("queues/tests.rs", "use crate::peers::Peers;")), []);
}

#[test]
fn a_strategy_that_names_another_is_told() {
    let strategies = [["select", "random"], ["select", "Random"], ["select", "hedged"]];
    let strategies = strategies.map(|name| name.map(ToOwned::to_owned));
    let told = |text: &str| {
        let path = format!("{STRATEGIES}select/hedged.rs");
        lines(&neighbours(&Source::new(path, text), &strategies))
    };

    assert_eq!(told("use super::random::Random;"), [1]);
    assert_eq!(told("\nuse crate::select::{Random, Shared};"), [2]);
    assert_eq!(
        told("use super::Shared;\nuse crate::catalog::Configured;\nuse self::a::B;"),
        [0; 0]
    );
}

#[test]
fn a_strategy_is_named_by_its_file_and_by_what_its_role_takes_out_of_it() {
    let names =
        |file: &str, text: &str| strategy_names(&Source::new(format!("{STRATEGIES}{file}"), text));
    let expected = |names: &[&str]| -> Vec<[String; 2]> {
        names.iter().map(|name| ["select".to_owned(), (*name).to_owned()]).collect()
    };

    let parent = "pub use random::Random;\npub use self::a::{B, C};\nuse x::Y;";
    assert_eq!(names("select.rs", parent), expected(&["Random", "B", "C"]));
    assert_eq!(names("select/random.rs", ""), expected(&["random"]));
    assert_eq!(names("catalog/entry.rs", parent), expected(&[]));
}

fn core(file: &str, text: &str) -> Source {
    Source::new(format!("{CORE}{file}"), text)
}
