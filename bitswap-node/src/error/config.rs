//! What is said of configurations.

use super::CliError;
use crate::config::ConfigErrors;
use crate::exit::Exit;

impl CliError {
    pub(crate) fn editor(editor: &str, why: &dyn std::fmt::Display) -> Self {
        Self::new("editor", Exit::Failed, format!("the editor `{editor}` did not end well"))
            .because(why.to_string())
            .remedy("name another in  VISUAL  or  EDITOR , or use  bitswap config set")
    }
}

impl From<ConfigErrors> for CliError {
    fn from(config_errors: ConfigErrors) -> Self {
        let all = config_errors.all();
        let first = all.first().cloned();
        let error = match (first, all.len()) {
            (Some(only), 0 | 1) => Self::new("bad-config", Exit::Usage, only.what)
                .because(format!("{}: {}", only.place, only.label))
                .remedy(only.remedy),
            (_, count) => {
                let what = format!("the configuration has {count} mistakes");
                let places: Vec<_> = all.iter().map(|fault| fault.place.to_string()).collect();
                Self::new("bad-config", Exit::Usage, what)
                    .because(format!("they are in {}", places.join(", ")))
                    .remedy("correct them, and see  bitswap config check")
            }
        };
        Self { config_errors: Some(Box::new(config_errors)), ..error }
    }
}
