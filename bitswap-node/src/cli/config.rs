//! `bitswap config`: what the node is told, whether that is right, and changing it.

mod edit;

use std::path::PathBuf;

use bitswap_service::config::{
    Config, ConfigErrors, Diagnostic, Edited, Effective, FilterSettings, LoadedConfig, RULES, Rule,
    Sources, as_toml, effective_of, page, schema, set, unset,
};
use bitswap_service::error::{CliError, Exit};
use bitswap_service::filter::Lists;
use clap::Subcommand;
use serde_json::{Value, json};

use super::live_values;
use super::output::Output;
use crate::access::NodeSelector;
use crate::table::table;

/// Shows, checks and changes what the node is told in bitswap.toml.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bitswap config show --sources                where each value comes from
  bitswap config set network.mdns false        comments stay
  bitswap config unset network.mdns            back to the default
  bitswap config diff                          what differs from the defaults
  bitswap config set strategy.peer_selector.use random")]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print the effective configuration as TOML
    Show {
        /// Also print the source of each value
        #[arg(long)]
        sources: bool,
        /// Print the built-in defaults instead
        #[arg(long)]
        defaults: bool,
    },
    /// Report all mistakes, each with its position
    Check {
        /// Check only this file [default: the node's file and the environment]
        file: Option<PathBuf>,
        /// Also list the rules that relate several settings
        #[arg(long)]
        explain: bool,
    },
    /// Print one setting, or all of a table
    Get {
        /// Its name, such as network.listen
        #[arg(add = live_values::settings())]
        key: String,
    },
    /// Change one setting in the file
    Set {
        /// Its name, such as network.mdns
        #[arg(add = live_values::settings())]
        key: String,
        /// The new value; quotes may be omitted, and lists are separated by commas
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
    /// Take one setting, or the table of a strategy, out of the file
    Unset {
        /// Its name, such as network.mdns
        #[arg(add = live_values::settings())]
        key: String,
    },
    /// Open the file in $VISUAL or $EDITOR, and keep what is written if nothing is wrong with it
    Edit,
    /// Print the settings that differ from their defaults, each with its default and source
    Diff,
    /// Print the JSON Schema for editors, or a reference page in Markdown
    Schema {
        /// Output format
        #[arg(long, value_enum, default_value_t = Format::Json)]
        format: Format,
    },
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Json,
    Markdown,
}

impl Args {
    pub(super) fn run(self, selector: &NodeSelector, output: Output) -> Result<Exit, CliError> {
        let sources = selector.sources()?;
        match self.verb {
            Verb::Show { sources: told, defaults } => show(&sources, told, defaults, output)?,
            Verb::Check { file, explain } => check(&sources, file, explain, output)?,
            Verb::Get { key } => get(&sources, &key, output)?,
            Verb::Set { key, value } => change(&sources, &key, &value, output)?,
            Verb::Unset { key } => take_out(&sources, &key, output)?,
            Verb::Edit => edit::run(&sources, output)?,
            Verb::Diff => diff(&sources, output)?,
            Verb::Schema { format: Format::Json } => {
                let schema = schema();
                output.result(&schema, &format!("{schema:#}"));
            }
            Verb::Schema { format: Format::Markdown } => {
                let page = page();
                output.result(&json!({ "v": 1, "markdown": page }), &page);
            }
        }
        Ok(Exit::Ok)
    }
}

fn show(sources: &Sources, told: bool, defaults: bool, output: Output) -> Result<(), CliError> {
    let loaded = if defaults { LoadedConfig::built_in() } else { read(sources, output)? };
    let settings = loaded.effective();
    let note = |one: &Effective| if told { one.source.clone() } else { String::new() };
    let lines: Vec<_> = settings.iter().map(as_json).collect();
    output.list(&lines, &as_toml(&settings, note));
    Ok(())
}

fn check(
    sources: &Sources,
    file: Option<PathBuf>,
    explain: bool,
    output: Output,
) -> Result<(), CliError> {
    let sources = match file {
        Some(_) => Sources { data: sources.data.clone(), file, ..Sources::default() },
        None => sources.clone(),
    };
    let mut loaded = LoadedConfig::of(&sources);
    check_lists(&mut loaded, &sources, output);
    let loaded = warned(loaded.if_right()?, output);
    let name = sources.file().map(|file| file.display().to_string());
    let mut text = match &name {
        Some(name) => format!("{name} is good"),
        None => "there is no file; the built-in values are good".to_owned(),
    };
    let mut result = json!({
        "v": 1, "file": name, "good": true, "settings": loaded.set_count(),
        "warnings": loaded.warnings.iter().map(Diagnostic::json).collect::<Vec<_>>(),
    });
    if explain {
        let kind = |rule: &Rule| if rule.warns { "warning" } else { "error" };
        let row = |rule: &Rule| [rule.name, kind(rule), rule.meaning].map(str::to_owned);
        let rows = table(["rule", "kind", "what it says"], RULES.iter().map(row).collect());
        text = format!("{text}\n\n{rows}");
        let rule =
            |rule: &Rule| json!({ "name": rule.name, "kind": kind(rule), "meaning": rule.meaning });
        result["rules"] = RULES.iter().map(rule).collect();
    }
    output.result(&result, &text);
    Ok(())
}

/// Reads the lists that are named, as a node does when it starts.
fn check_lists(loaded: &mut LoadedConfig, sources: &Sources, output: Output) {
    let FilterSettings { denylists, allowlists, .. } = loaded.config.filter.clone();
    let none = FilterSettings::default;
    for (setting, lists) in [
        ("filter.denylists", FilterSettings { denylists, ..none() }),
        ("filter.allowlists", FilterSettings { allowlists, ..none() }),
    ] {
        match Lists::read(&lists, &sources.data) {
            Ok(read) => {
                for note in &read.notes {
                    output.progress(&format!("warning: {note}"));
                }
            }
            Err(why) => {
                let remedy = "write another path; relative ones begin in the data directory";
                loaded.add_error(setting, ["a list cannot be used", &why.to_string(), remedy]);
            }
        }
    }
}

fn get(sources: &Sources, key: &str, output: Output) -> Result<(), CliError> {
    let loaded = read(sources, output)?;
    let settings = effective_of(&loaded, key)?;
    let lines: Vec<_> = settings.iter().map(as_json).collect();
    let text = match settings.as_slice() {
        [one] if one.path() == key => bare(&one.value),
        all => as_toml(all, |_| String::new()),
    };
    output.list(&lines, &text);
    Ok(())
}

fn change(sources: &Sources, key: &str, text: &str, output: Output) -> Result<(), CliError> {
    let Edited { file, value, warnings, overruled_by } = set(sources, key, text)?;
    for warning in &warnings {
        output.progress(&warning.shown("warning"));
    }
    if let Some(stronger) = &overruled_by {
        output.progress(&format!("{stronger} overrides this setting"));
    }
    let file = file.display().to_string();
    let (when, effect) = effect_of(key);
    let text = format!("{key} = {value}   in {file}; takes effect {when} the daemon restarts");
    let result = json!({
        "v": 1, "key": key, "value": value, "file": file, "takes_effect": effect,
        "overruled_by": overruled_by,
    });
    output.result(&result, &text);
    Ok(())
}

fn take_out(sources: &Sources, key: &str, output: Output) -> Result<(), CliError> {
    let file = unset(sources, key)?.map(|file| file.display().to_string());
    let loaded = read(sources, output)?;
    // A parameter of a strategy that is not chosen has no value any more.
    let now = effective_of(&loaded, key).ok();
    let now = now.as_deref().and_then(|all| all.iter().find(|one| one.path() == key));
    let (when, effect) = effect_of(key);
    let value = now.map_or_else(String::new, |one| format!("; now {} ({})", one.value, one.source));
    let text = match &file {
        Some(file) => {
            format!("{key} was taken out of {file}{value}; takes effect {when} the daemon restarts")
        }
        None => format!("the file does not say {key}{value}"),
    };
    let result = json!({
        "v": 1, "key": key, "was_set": file.is_some(), "file": file,
        "value": now.map(|one| &one.value), "source": now.map(|one| &one.source),
        "takes_effect": effect,
    });
    output.result(&result, &text);
    Ok(())
}

fn diff(sources: &Sources, output: Output) -> Result<(), CliError> {
    let settings = read(sources, output)?.effective();
    let differs = |one: &Effective| one.default.as_ref() != Some(&one.value);
    let differing: Vec<_> = settings.into_iter().filter(differs).collect();
    let note = |one: &Effective| match &one.default {
        Some(default) => format!("default {default}; {}", one.source),
        None => one.source.clone(),
    };
    let lines: Vec<_> = differing.iter().map(as_json).collect();
    output.list(&lines, &as_toml(&differing, note));
    Ok(())
}

/// When a change of this setting is in force: for people, and in a word.
fn effect_of(key: &str) -> (&'static str, &'static str) {
    if Config::is_live(key) { ("after SIGHUP or when", "reload") } else { ("when", "restart") }
}

/// The effective configuration, if nothing is wrong; prints warnings.
fn read(sources: &Sources, output: Output) -> Result<LoadedConfig, ConfigErrors> {
    Ok(warned(LoadedConfig::without_errors(sources)?, output))
}

fn warned(loaded: LoadedConfig, output: Output) -> LoadedConfig {
    for warning in &loaded.warnings {
        output.progress(&warning.shown("warning"));
    }
    loaded
}

fn as_json(one: &Effective) -> Value {
    json!({
        "v": 1, "key": one.path(), "value": one.value, "default": one.default,
        "source": one.source,
    })
}

/// A value for shells: text without quotes, lists with a line for each.
fn bare(value: &toml::Value) -> String {
    match (value.as_str(), value.as_array()) {
        (Some(text), _) => text.to_owned(),
        (None, Some(list)) => list.iter().map(bare).collect::<Vec<_>>().join("\n"),
        (None, None) => value.to_string(),
    }
}
