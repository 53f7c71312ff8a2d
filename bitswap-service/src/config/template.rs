//! The file that `init` writes: everything is there, and everything is commented out.

use bitswap_core::strategy::Role;
use bitswap_strategies::catalog::{Parameter, default_of, of_role};

use super::VERSION;
use super::key::{Key, Section};
use super::keys::SECTIONS;
use super::kind::{Kind as _, Profile};
use super::known::{STRATEGY, USE};

const HEAD: &str = "\
# Settings of this node. Commented lines show the defaults. To change a setting, uncomment it and
# edit the value.  bitswap config check  reports all mistakes;  bitswap config show --sources
# prints the effective values, and where each comes from.
";

/// The file for a profile. Settings are commented out, so that better defaults reach old files.
pub fn template(profile: Profile) -> String {
    let sections: String = SECTIONS.iter().map(|section| of_section(section, profile)).collect();
    let roles: String = Role::ALL.into_iter().map(of_role_text).collect();
    format!("{HEAD}{sections}\n# The strategy of each role. See  bitswap strategy list .\n{roles}")
}

fn of_section(section: &Section, profile: Profile) -> String {
    let keys: String = section.keys.iter().map(|key| setting(key, profile)).collect();
    let Section { name, about, .. } = section;
    if name.is_empty() { keys } else { format!("\n# {about}\n[{name}]\n{keys}") }
}

fn setting(key: &Key, profile: Profile) -> String {
    let Key { section, name, meaning, .. } = key;
    match (*section, *name) {
        ("", "config_version") => format!("{name} = {VERSION}\n"),
        ("node", "profile") if profile != Profile::Desktop => {
            format!("# {meaning}\n{name} = {}\n", profile.write())
        }
        _ => format!("# {meaning}\n#{name} = {}\n", key.default()),
    }
}

fn of_role_text(role: Role) -> String {
    let names: Vec<_> = of_role(role).map(|entry| entry.name).collect();
    let default = default_of(role);
    let parameter =
        |one: Parameter| format!("# {}\n#{} = {}\n", one.meaning, one.name, one.default);
    let parameters: String = default.parameters().into_iter().map(parameter).collect();
    let table = match parameters.as_str() {
        "" => String::new(),
        _ => format!("#[{STRATEGY}.{role}.{}]\n", default.name),
    };
    format!(
        "\n[{STRATEGY}.{role}]\n# One of {}, or a script.\n#{USE} = \"{}\"\n{table}{parameters}",
        names.join(", "),
        default.name,
    )
}
