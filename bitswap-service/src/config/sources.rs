//! Where settings come from: built-in values, a profile, a file, the environment, flags.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use bitswap_core::strategy::Role;
use bitswap_strategies::catalog::of_role;
use directories::ProjectDirs;

use super::diagnostic::Diagnostic;
use super::kind::{Kind as _, Profile};
use super::known;
use super::place::Place;
use super::raw_setting::{self, RawSetting};
use super::{LARGEST_FILE, profile};

/// Everything that has a say, the strongest last: the profile, the file, variables, flags.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The data directory: relative paths begin there.
    pub data: PathBuf,
    /// The file that was named; `None` = one of the usual places, if there is a file.
    pub file: Option<PathBuf>,
    /// Variables by name; those of other programs are passed over.
    pub environment: Vec<(String, String)>,
    /// Settings that flags of the command line set, by name.
    pub flags: Vec<(&'static str, String)>,
}

/// Variables that are settings under an older custom.
const ALIASES: [(&str, &str); 3] = [
    ("BITSWAP_PROFILE", "node.profile"),
    ("BITSWAP_LOG", "log.filter"),
    ("BITSWAP_LOG_FORMAT", "log.format"),
];

/// How variables begin that are settings.
const PREFIX: &str = "BITSWAP__";

impl Sources {
    /// What this process was started with.
    pub fn of_process(folder: &Path, file: Option<PathBuf>) -> Self {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with("BITSWAP_"))
            .collect();
        Self { data: folder.to_owned(), file, environment, flags: Vec::new() }
    }

    /// These sources with a setting that a flag set.
    #[must_use]
    pub fn with_flag(mut self, setting: &'static str, text: &str) -> Self {
        self.flags.push((setting, text.to_owned()));
        self
    }

    /// The file that counts: the one that was named, or the first that exists of the user's and
    /// the data directory's.
    pub fn file(&self) -> Option<PathBuf> {
        if self.file.is_some() {
            return self.file.clone();
        }
        let users = ProjectDirs::from("", "", "bitswap").map(|place| place.config_dir().join(NAME));
        let places = users.into_iter().chain([self.data.join(NAME)]);
        places.into_iter().find(|place| place.exists())
    }

    /// The file that counts, or the one that would if it existed.
    pub fn file_to_write(&self) -> PathBuf {
        self.file().unwrap_or_else(|| self.data.join(NAME))
    }

    /// All that was said, the strongest last, and what cannot be understood.
    pub(super) fn raw(&self) -> (Vec<RawSetting>, Vec<Diagnostic>) {
        self.raw_over(self.file().map_or_else(Default::default, |file| of_file(&file)))
    }

    /// As [`raw`](Self::raw), with what a text says in place of the file.
    pub(super) fn raw_over(
        &self,
        (mut raw, mut errors): (Vec<RawSetting>, Vec<Diagnostic>),
    ) -> (Vec<RawSetting>, Vec<Diagnostic>) {
        self.words(&mut raw, &mut errors);
        let chosen = raw.iter().rfind(|raw| raw.path == ["node", "profile"]);
        let profile = chosen.and_then(|raw| Profile::read(&raw.value)).unwrap_or(Profile::Desktop);
        let mut all = profile::raw(profile);
        all.append(&mut raw);
        (all, errors)
    }

    /// What variables and flags say, as far as it can be understood.
    pub(super) fn words_only(&self) -> Vec<RawSetting> {
        let mut raw = Vec::new();
        self.words(&mut raw, &mut Vec::new());
        raw
    }

    fn words(&self, raw: &mut Vec<RawSetting>, errors: &mut Vec<Diagnostic>) {
        let mut environment = self.environment.clone();
        environment.sort();
        for (name, text) in &environment {
            let alias = ALIASES.iter().find(|(alias, _)| alias == name).map(|(_, path)| *path);
            let path = match (alias, name.strip_prefix(PREFIX)) {
                (Some(path), _) => path.split('.').map(str::to_owned).collect(),
                (None, Some(rest)) => path_of_variable(rest),
                (None, None) => continue,
            };
            match raw_setting::in_words(name, name, path, text) {
                Ok(one) => raw.push(one),
                Err(diagnostic) => errors.push(*diagnostic),
            }
        }
        for (setting, text) in &self.flags {
            let path = setting.split('.').map(str::to_owned).collect();
            match raw_setting::in_words("command line", setting, path, text) {
                Ok(one) => raw.push(one),
                Err(diagnostic) => errors.push(*diagnostic),
            }
        }
    }
}

/// What the file is called.
const NAME: &str = "bitswap.toml";

/// What a file says.
pub(super) fn of_file(file: &Path) -> (Vec<RawSetting>, Vec<Diagnostic>) {
    let source = file.display().to_string();
    match read(file) {
        Ok(text) => raw_setting::in_file(&source, &text),
        Err(why) => {
            let diagnostic = Diagnostic {
                place: Place::whole(&source),
                what: format!("{source} cannot be read"),
                label: why.to_string(),
                remedy:
                    "see whether it is there and you may read it, or name another with  --config"
                        .to_owned(),
                rule: None,
            };
            (Vec::new(), vec![diagnostic])
        }
    }
}

/// Reads a whole file, if it is not too large and is text.
pub(super) fn read(file: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(file)?.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(io::Error::other(format!("it has more than {LARGEST_FILE} bytes")));
    }
    String::from_utf8(bytes).map_err(|why| {
        io::Error::other(format!("byte {} is not UTF-8", why.utf8_error().valid_up_to()))
    })
}

/// `NETWORK__LISTEN` is `network.listen`. A strategy's name has hyphens where its variable has
/// underscores.
fn path_of_variable(rest: &str) -> Vec<String> {
    let mut path: Vec<_> = rest.split("__").map(str::to_lowercase).collect();
    if let [table, role, strategy, ..] = path.as_mut_slice()
        && table == known::STRATEGY
        && strategy != known::USE
    {
        let known = Role::of_name(role).into_iter().flat_map(of_role);
        let named = known.map(|entry| entry.name).find(|name| name.replace('-', "_") == *strategy);
        *strategy = named.map_or_else(|| strategy.replace('_', "-"), str::to_owned);
    }
    path
}
