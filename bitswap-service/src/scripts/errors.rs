//! What can be wrong with a script that somebody chose.

use std::path::Path;

use bitswap_core::strategy::Role;
use bitswap_strategies::script::{Failure, Misfit, ScriptError};

use crate::error::{CliError, Exit, Place};

impl CliError {
    /// It cannot be compiled, or does not do as its role must.
    pub fn bad_script(path: &Path, text: &str, why: &ScriptError) -> Self {
        let file = path.display().to_string();
        let (line, column) = why.at().place.unwrap_or((1, 1));
        Self::new("bad-script", Exit::Usage, format!("the script {file} cannot be used"))
            .at(Place::new(&file, text, line, column))
            .because(why.what())
            .remedy(format!("correct it, and try it with  bitswap strategy check {file}"))
    }

    /// It breaks a rule of its role.
    pub fn script_misfit(path: &Path, text: &str, why: &Misfit) -> Self {
        if let Misfit::Fails(failure) = why {
            return Self::bad_script(path, text, &failure.clone().into());
        }
        let Misfit::Breaks { at, violation } = why else { return Self::internal(why) };
        let file = path.display().to_string();
        let (line, column) = at.place.unwrap_or((1, 1));
        let what = format!("the script {file} breaks a rule of strategies");
        Self::new("bad-script", Exit::Usage, what)
            .at(Place::new(&file, text, line, column))
            .because(violation.to_string())
            .remedy(format!("correct it, and try it with  bitswap strategy check {file}"))
    }

    /// One of its own tests fails.
    pub fn script_test_failed(path: &Path, text: &str, why: &Failure) -> Self {
        let file = path.display().to_string();
        let (line, column) = why.at.place.unwrap_or((1, 1));
        Self::new("test-failed", Exit::Failed, format!("the test {} fails", why.function))
            .at(Place::new(&file, text, line, column))
            .because(&*why.what)
            .remedy("correct the script or the test")
    }

    /// It has functions of no role, or of several.
    pub fn script_without_role(path: &Path, roles: &[Role]) -> Self {
        let what = format!("{} does not tell its role", path.display());
        let roles: Vec<_> = roles.iter().map(|role| role.name()).collect();
        let why = match roles.as_slice() {
            [] => "it has no function by which a role is asked, such as select or weigh".to_owned(),
            several => format!("it has functions of {}", several.join(" and ")),
        };
        Self::new("bad-script", Exit::Usage, what)
            .because(why)
            .remedy("add the function, or say which role is meant with  --role")
    }

    /// It is too long, or no text.
    pub fn script_unreadable(path: &Path, why: &str) -> Self {
        let what = format!("the script {} cannot be used", path.display());
        Self::new("bad-script", Exit::Usage, what)
            .because(why)
            .remedy("give a text of at most 64 KiB in rhai, such as those in  examples/scripts")
    }

    /// A file is there already.
    pub fn script_in_the_way(path: &Path) -> Self {
        Self::new("exists", Exit::Refused, format!("{} exists already", path.display()))
            .because("files are only overwritten with --force")
            .remedy("name another file, or add  --force  to overwrite this one")
    }

    /// The node has another one of that name.
    pub fn script_differs(path: &Path, there: &Path) -> Self {
        let what = format!("another script is at {}", there.display());
        Self::new("exists", Exit::Refused, what)
            .because(format!("it differs from {}", path.display()))
            .remedy("edit it there, since what is saved takes over, or add  --force  to replace it")
    }

    /// Nobody could choose it by that name.
    pub fn script_name_odd(path: &Path) -> Self {
        let what = format!("the script {} cannot be found by its name", path.display());
        Self::new("bad-script", Exit::Usage, what)
            .because("a name is made of letters, digits, _ and -")
            .remedy("give the file another name")
    }

    /// A strategy is called so.
    pub fn script_name_taken(path: &Path, name: &str) -> Self {
        let what = format!("the script {} cannot be called {name:?}", path.display());
        Self::new("bad-script", Exit::Usage, what)
            .because(
                "a strategy of the catalog has this name, and metrics could not tell them apart",
            )
            .remedy("give the file another name")
    }
}
