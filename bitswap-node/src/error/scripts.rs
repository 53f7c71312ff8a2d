//! What can be wrong with a script that somebody chose.

use std::path::Path;

use super::CliError;
use crate::exit::Exit;

#[cfg(feature = "scripts")]
use super::Place;

impl CliError {
    #[cfg(feature = "scripts")]
    pub(crate) fn bad_script(
        path: &Path,
        text: &str,
        why: &bitswap_strategies::script::ScriptError,
    ) -> Self {
        let file = path.display().to_string();
        let (line, column) = why.at().place.unwrap_or((1, 1));
        Self::new("bad-script", Exit::Usage, format!("the script {file} cannot be used"))
            .at(Place::new(&file, text, line, column))
            .because(why.what())
            .remedy(format!("correct it, and try it with  bitswap strategy check {file}"))
    }

    #[cfg(feature = "scripts")]
    pub(crate) fn script_unreadable(path: &Path, why: &str) -> Self {
        let what = format!("the script {} cannot be used", path.display());
        Self::new("bad-script", Exit::Usage, what)
            .because(why)
            .remedy("give a text of at most 64 KiB in rhai, such as those in  examples/scripts")
    }

    #[cfg(feature = "scripts")]
    pub(crate) fn script_name_taken(path: &Path, name: &str) -> Self {
        let what = format!("the script {} cannot be called {name:?}", path.display());
        Self::new("bad-script", Exit::Usage, what)
            .because(
                "a strategy of the catalog has this name, and metrics could not tell them apart",
            )
            .remedy("give the file another name")
    }

    pub(crate) fn script_shape(given: &str) -> Self {
        let what = format!("{given:?} does not say which script plays which role");
        Self::new("bad-script", Exit::Usage, what)
            .because("it is not of the form role=file")
            .remedy("write it as  --script peer_selector=my_way.rhai")
    }

    #[cfg(not(feature = "scripts"))]
    pub(crate) fn built_without_scripts(path: &Path) -> Self {
        let what = format!("the script {} cannot be used", path.display());
        Self::new("no-scripts", Exit::Usage, what)
            .because("this program was built without scripts")
            .remedy("build it with the feature  scripts , which is on unless it is taken away")
    }
}
