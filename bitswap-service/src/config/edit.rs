//! Settings changed in the file, one by one or all as a text: comments stay, nothing wrong is
//! written, and it is written whole or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use bitswap_core::strategy::Role;
use tempfile::NamedTempFile;
use toml::de::DeTable;
use toml_edit::{DocumentMut, Item, Table, TableLike};

use super::diagnostic::{ConfigErrors, Diagnostic};
use super::kind::Profile;
use super::place::Place;
use super::raw_setting::{self, RawSetting};
use super::sources::{self, Sources};
use super::template::template;
use super::{LoadedConfig, commented, known};

/// What came of a change.
#[derive(Debug)]
pub struct Edited {
    /// The file that was written.
    pub file: PathBuf,
    /// The value as it stands there.
    pub value: toml::Value,
    /// What is suspicious about the file now.
    pub warnings: Vec<Diagnostic>,
    /// A stronger source that says otherwise.
    pub overruled_by: Option<String>,
}

/// Sets `name` to `text` in the file that counts. Without a file, one is made.
///
/// # Errors
/// There is no such setting, the value or the changed file is wrong, or it cannot be written; the
/// file is as it was.
pub fn set(sources: &Sources, name: &str, text: &str) -> Result<Edited, ConfigErrors> {
    let path: Vec<_> = name.split('.').map(str::to_owned).collect();
    let raw = raw_setting::in_words("command line", name, path, text)
        .map_err(|diagnostic| one(*diagnostic))?;
    let wrong = super::wrong(&raw);
    if !wrong.is_empty() {
        return Err(ConfigErrors(wrong));
    }
    let file = sources.file_to_write();
    let before = match sources::read(&file) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => template(Profile::Desktop),
        read => read.map_err(|why| one(unwritable(&file, &why)))?,
    };
    let after = changed(&before, &raw).map_err(|why| match why {
        Refused::Syntax => all_errors(sources, &file, &before),
        Refused::Shape(place) => one(known::not_a_table(&place, raw.key_at.clone())),
    })?;
    let warnings = replace(sources, &file, &after)?;
    let others = sources.words_only();
    let overruled_by = others.into_iter().rfind(|other| other.path == raw.path);
    Ok(Edited {
        file,
        value: raw.value,
        warnings,
        overruled_by: overruled_by.map(|other| other.key_at.to_string()),
    })
}

/// Takes `name` out of the file that counts, so that weaker sources say what it is: a setting, or
/// the whole table of a strategy. `None` if the file does not say it.
///
/// # Errors
/// There is no such setting, the changed file is wrong, or it cannot be written; the file is as it
/// was.
pub fn unset(sources: &Sources, name: &str) -> Result<Option<PathBuf>, ConfigErrors> {
    let path: Vec<_> = name.split('.').map(str::to_owned).collect();
    if !known::can_be_unset(&path) {
        return Err(one(known::unknown(&path, Place::whole("command line"))));
    }
    let file = sources.file_to_write();
    let before = match sources::read(&file) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(|why| one(unwritable(&file, &why)))?,
    };
    let Ok(mut document) = before.parse::<DocumentMut>() else {
        return Err(all_errors(sources, &file, &before));
    };
    let Some((last, tables)) = path.split_last() else { return Ok(None) };
    let mut table: &mut dyn TableLike = document.as_table_mut();
    for part in tables {
        match table.get_mut(part).and_then(Item::as_table_like_mut) {
            Some(inner) => table = inner,
            None => return Ok(None),
        }
    }
    if table.remove(last).is_none() {
        return Ok(None);
    }
    // The document would take the comments above it along.
    let after = document.to_string();
    let in_place =
        lines_of(&before, &path).and_then(|lines| commented::take(&before, &path, lines));
    let after = in_place.filter(|text| means_the_same(text, &after)).unwrap_or(after);
    replace(sources, &file, &after)?;
    Ok(Some(file))
}

/// The text of the file that counts, or what `init` would write if there is none.
///
/// # Errors
/// It cannot be read.
pub fn text(sources: &Sources) -> Result<(PathBuf, String), ConfigErrors> {
    let file = sources.file_to_write();
    match sources::read(&file) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok((file, template(Profile::Desktop))),
        read => {
            let text = read.map_err(|why| one(unwritable(&file, &why)))?;
            Ok((file, text))
        }
    }
}

/// Writes `text` in place of the file, if nothing is wrong with it; returns what is suspicious.
///
/// # Errors
/// All that is wrong with it, or that it cannot be written; the file is as it was.
pub fn replace(
    sources: &Sources,
    file: &Path,
    text: &str,
) -> Result<Vec<Diagnostic>, ConfigErrors> {
    let alone = Sources { data: sources.data.clone(), ..Sources::default() };
    let loaded = LoadedConfig::of_text(&alone, &file.display().to_string(), text);
    if !loaded.errors.is_empty() {
        return Err(ConfigErrors(loaded.errors));
    }
    write(file, text).map_err(|why| one(unwritable(file, &why)))?;
    Ok(loaded.warnings)
}

/// What `text` means as the value of a strategy's parameter.
///
/// # Errors
/// The strategy has no such parameter, or it cannot have this value.
pub fn parameter(
    role: Role,
    strategy: &str,
    name: &str,
    text: &str,
) -> Result<toml::Value, ConfigErrors> {
    let path = ["strategy", role.name(), strategy, name].map(str::to_owned).to_vec();
    let raw = raw_setting::in_words("command line", name, path, text)
        .map_err(|diagnostic| one(*diagnostic))?;
    let wrong = super::wrong(&raw);
    if wrong.is_empty() { Ok(raw.value) } else { Err(ConfigErrors(wrong)) }
}

fn one(diagnostic: Diagnostic) -> ConfigErrors {
    ConfigErrors(vec![diagnostic])
}

fn all_errors(sources: &Sources, file: &Path, text: &str) -> ConfigErrors {
    ConfigErrors(LoadedConfig::of_text(sources, &file.display().to_string(), text).errors)
}

fn unwritable(file: &Path, why: &io::Error) -> Diagnostic {
    Diagnostic {
        place: Place::whole(&file.display().to_string()),
        what: format!("{} cannot be changed", file.display()),
        label: why.to_string(),
        remedy: "see whether you may write there, or name another file with  --config".to_owned(),
        rule: None,
    }
}

/// Why a text cannot be changed.
enum Refused {
    /// It is not TOML.
    Syntax,
    /// Something that is no table stands where one is needed.
    Shape(Vec<String>),
}

fn changed(text: &str, raw: &RawSetting) -> Result<String, Refused> {
    let mut document: DocumentMut = text.parse().map_err(|_| Refused::Syntax)?;
    let Some((name, tables)) = raw.path.split_last() else { return Err(Refused::Syntax) };
    let end = document.trailing().as_str().unwrap_or_default().to_owned();
    let mut added = false;
    let mut table: &mut dyn TableLike = document.as_table_mut();
    for (depth, part) in tables.iter().enumerate() {
        // Only the innermost gets a line of its own.
        let innermost = depth + 1 == tables.len();
        added = innermost && !table.contains_key(part);
        let fresh = if innermost { last_table(&end) } else { implicit_table() };
        let inner = table.entry(part).or_insert(Item::Table(fresh));
        let place = || raw.path.iter().take(depth + 1).cloned().collect();
        table = inner.as_table_like_mut().ok_or_else(|| Refused::Shape(place()))?;
    }
    let mut value: toml_edit::Value = raw.value.to_string().parse().map_err(|_| Refused::Syntax)?;
    let is_new = !table.contains_key(name);
    let old = table.get(name).and_then(Item::as_value);
    if let Some(old) = old {
        *value.decor_mut() = old.decor().clone();
    }
    match table.get_mut(name) {
        // The key keeps its own comments.
        Some(item) => *item = Item::Value(value),
        None => drop(table.insert(name, Item::Value(value))),
    }
    if added {
        document.set_trailing("");
    }
    let changed = document.to_string();
    // Where it is commented out, it has a place of its own, below what explains it.
    let in_place = is_new.then(|| commented::put(text, &raw.path, &raw.value.to_string()));
    let in_place = in_place.flatten().filter(|text| means_the_same(text, &changed));
    Ok(in_place.unwrap_or(changed))
}

/// Whether two files say the same, comments apart.
fn means_the_same(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|text| text.parse::<toml::Table>().ok());
    one.is_some() && one == other
}

/// The first and the last line that set `path`, by number; `None` if it is a table with a header.
fn lines_of(text: &str, path: &[String]) -> Option<[usize; 2]> {
    let document = DeTable::parse(text).ok()?;
    let (name, tables) = path.split_last()?;
    let tables = tables.iter().try_fold(document.get_ref(), |table, part| {
        table.get(part.as_str()).and_then(|inner| inner.get_ref().as_table())
    });
    let (key, value) = tables?.get_key_value(name.as_str())?;
    let number = |at: usize| text.get(..at).map(|before| before.matches('\n').count());
    let last = value.span().end.checked_sub(1)?;
    Some([number(key.span().start)?, number(last)?])
}

/// Behind all that is there, comments at the end included: between them, it would come between a
/// table and the comments about its settings.
fn last_table(end: &str) -> Table {
    let mut table = Table::new();
    table.set_position(Some(isize::MAX));
    table.decor_mut().set_prefix(format!("{end}\n"));
    table
}

fn implicit_table() -> Table {
    let mut table = Table::new();
    table.set_implicit(true);
    table
}

/// Writes beside the file and puts it in place in one step. A link to the file stays one.
fn write(file: &Path, text: &str) -> io::Result<()> {
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder)?;
    let mut unfinished = NamedTempFile::new_in(folder)?;
    unfinished.write_all(text.as_bytes())?;
    if let Ok(about) = fs::metadata(&file) {
        unfinished.as_file().set_permissions(about.permissions())?;
    }
    unfinished.as_file().sync_all()?;
    unfinished.persist(&file).map_err(|why| why.error)?;
    Ok(())
}
