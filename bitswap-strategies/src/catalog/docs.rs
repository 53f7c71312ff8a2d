//! The catalog as a page for people.

use bitswap_core::strategy::Role;

use super::{Entry, Parameter, of_role};

/// `docs/strategies/catalog.md`, made from the entries.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Strategies\n\n<!-- @generated -->\n\
         Made from `bitswap-strategies/src/catalog.rs` by `cargo test -p bitswap-strategies`; not \
         edited by hand.\n",
    );
    for role in Role::ALL {
        page.push_str(&chapter(role));
    }
    page
}

fn chapter(role: Role) -> String {
    let rows: Vec<_> = of_role(role).map(line).collect();
    let sections: Vec<_> = of_role(role).map(section).collect();
    format!(
        "\n## {role}\n\n{}| name | status | what it does |\n|---|---|---|\n{}{}",
        note(role),
        rows.concat(),
        sections.concat(),
    )
}

/// What all strategies of a role leave to the engine and a reader may look for.
const fn note(role: Role) -> &'static str {
    match role {
        Role::TaskPrioritizer => {
            "HAVE and DONT_HAVE are not ranked: with any strategy, they are sent before blocks. So \
             there is no `presence-first` here: it is a rule of the engine \
             ([why](../decisions/serving.md)).\n\n"
        }
        Role::PeerSelector | Role::LedgerPolicy | Role::ProviderFinder | Role::Registry => "",
    }
}

fn line(entry: &Entry) -> String {
    let Entry { role, name, summary, status, .. } = entry;
    format!("| [`{name}`](#{role}-{name}) | {status} | {summary} |\n")
}

fn section(entry: &Entry) -> String {
    let Entry { role, name, summary, origin, status, .. } = entry;
    let rows: Vec<_> = entry.parameters().iter().map(row).collect();
    let table = if rows.is_empty() {
        "It has no parameters.\n".to_owned()
    } else {
        let head =
            "| parameter | unit | default | least | most | meaning |\n|---|---|---|---|---|---|\n";
        format!("{head}{}", rows.concat())
    };
    format!("\n### {role} {name}\n\n{summary}\n\nStatus: {status}. Origin: {origin}.\n\n{table}")
}

fn row(parameter: &Parameter) -> String {
    let Parameter { name, unit, meaning, default, least, most } = parameter;
    format!("| `{name}` | {unit} | `{default}` | `{least}` | `{most}` | {meaning} |\n")
}
