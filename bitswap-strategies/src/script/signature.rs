//! The functions that a script of each role has, and whether a text has them.

use bitswap_core::strategy::Role;
use rhai::AST;

use super::error::{At, ScriptError};
use crate::catalog::did_you_mean;

/// A function that the engine calls.
pub(super) struct Signature {
    pub(super) name: &'static str,
    arguments: &'static [&'static str],
    required: bool,
    /// The function that may be there instead.
    instead: Option<&'static str>,
}

impl Signature {
    const fn or(self, instead: &'static str) -> Self {
        Self { instead: Some(instead), ..self }
    }
}

const fn asked(name: &'static str, arguments: &'static [&'static str]) -> Signature {
    Signature { name, arguments, required: true, instead: None }
}

const fn maybe(name: &'static str, arguments: &'static [&'static str]) -> Signature {
    Signature { name, arguments, required: false, instead: None }
}

const SELECTOR: &[Signature] = &[
    asked("select", &["ctx", "session", "asks"]).or("score"),
    maybe("score", &["ctx", "peer"]),
    maybe("evict", &["ctx", "session"]),
];
const PRIORITIZER: &[Signature] =
    &[asked("rank_peer", &["ctx", "peer"]), asked("rank_task", &["ctx", "task"])];
const LEDGER: &[Signature] =
    &[asked("weigh", &["ctx", "account"]), maybe("admit", &["ctx", "account", "request"])];
const FINDER: &[Signature] = &[asked("next_step", &["ctx", "search"])];
const REGISTRY: &[Signature] =
    &[asked("candidates", &["ctx", "want", "limit"]), maybe("relay", &["ctx", "want", "view"])];
const COMMON: &[Signature] = &[
    maybe("fallback", &[]),
    maybe("events", &[]),
    maybe("init", &["params"]),
    maybe("migrate", &["ctx", "old"]),
    maybe("observe", &["ctx", "event"]),
    maybe("params", &[]),
];

const fn of(role: Role) -> &'static [Signature] {
    match role {
        Role::PeerSelector => SELECTOR,
        Role::TaskPrioritizer => PRIORITIZER,
        Role::LedgerPolicy => LEDGER,
        Role::ProviderFinder => FINDER,
        Role::Registry => REGISTRY,
    }
}

/// Whether `ast`, made of `text`, has all that `role` needs, each with its arguments; returns the
/// names of those that it has.
///
/// # Errors
/// The first function that is missing or takes another number of arguments.
pub(super) fn check(
    role: Role,
    script: &At,
    text: &str,
    ast: &AST,
) -> Result<Vec<&'static str>, ScriptError> {
    let own: Vec<_> =
        ast.iter_functions().map(|own| (own.name.to_owned(), own.params.len())).collect();
    let mut has = Vec::new();
    for signature in of(role).iter().chain(COMMON) {
        let arities =
            || own.iter().filter(|(name, _)| name == signature.name).map(|(_, arity)| *arity);
        if arities().any(|arity| arity == signature.arguments.len()) {
            has.push(signature.name);
        } else if let Some(given) = arities().next() {
            return Err(ScriptError::WrongArity {
                at: At { place: place_of(text, signature.name), ..script.clone() },
                function: signature.name,
                given,
                signature: signature.written(),
            });
        } else if signature.required && !is_there(&own, signature.instead) {
            let names: Vec<_> = own.iter().map(|(name, _)| name.as_str()).collect();
            return Err(ScriptError::MissingFunction {
                at: script.clone(),
                role,
                signature: signature.written(),
                near: did_you_mean(signature.name, &names).map(ToOwned::to_owned),
            });
        }
    }
    let mute = has.contains(&"observe") && !has.contains(&"events");
    if mute {
        return Err(ScriptError::MissingFunction {
            at: At { place: place_of(text, "observe"), ..script.clone() },
            role,
            signature: "fn events()".to_owned(),
            near: None,
        });
    }
    Ok(has)
}

fn is_there(own: &[(String, usize)], name: Option<&str>) -> bool {
    own.iter().any(|(known, _)| Some(known.as_str()) == name)
}

/// The roles of which `ast` has a function that they need.
pub(super) fn roles(ast: &AST) -> Vec<Role> {
    let needs = |role: &Role| {
        let mut needed = of(*role).iter().filter(|signature| signature.required);
        needed.any(|needed| {
            let names = [Some(needed.name), needed.instead];
            ast.iter_functions().any(|own| names.contains(&Some(own.name)))
        })
    };
    Role::ALL.into_iter().filter(needs).collect()
}

impl Signature {
    fn written(&self) -> String {
        format!("fn {}({})", self.name, self.arguments.join(", "))
    }
}

/// Where the function called `name` begins, by its text.
pub(super) fn place_of(text: &str, name: &str) -> Option<(usize, usize)> {
    text.lines().enumerate().find_map(|(line, words)| {
        let begin = words.find("fn ")?;
        let rest = words.get(begin + 3..)?.trim_start().strip_prefix(name)?;
        rest.trim_start().starts_with('(').then_some((line + 1, begin + 1))
    })
}
