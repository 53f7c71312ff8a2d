//! Lists of rules as files: found, read within bounds, and put together in order.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use super::Lists;
use super::denylist::{self, Line, Named, Wrong};
use super::digest;
use super::rules::RuleSet;
use crate::config::FilterSettings;

/// A header that is longer is none.
const MOST_HEADER: u64 = 1 << 20;
/// The longest line, as the format has it.
const MOST_LINE: u64 = 2 << 20;
/// Ten times what public lists have; together they take 400 MiB at most.
const MOST_RULES: usize = 1 << 22;
/// Lines that are not in force are told one by one up to so many of each list.
const MOST_TOLD: u64 = 10;

/// Why the lists of a configuration cannot be had.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are what the message says")]
pub enum FilterError {
    /// A file cannot be read.
    #[error("{}: {why}", .file.display())]
    Unreadable { file: PathBuf, why: io::Error },
    /// A file is not a list.
    #[error("{}:{line}: {why}", .file.display())]
    Malformed { file: PathBuf, line: u32, why: &'static str },
    /// There are more rules, or more lists, than are held.
    #[error("{} goes over the limit of {limit} {what}", .file.display())]
    TooMany { file: PathBuf, what: &'static str, limit: usize },
}

/// Everything that these settings name.
pub(super) fn lists(settings: &FilterSettings, folder: &Path) -> Result<Lists, FilterError> {
    let mut lists = Lists {
        deny_peers: settings.deny_peers.iter().copied().collect(),
        allow_peers: settings.allow_peers.iter().copied().collect(),
        ..Lists::default()
    };
    let mut deny = RuleSet::default();
    lists.add_files(&mut deny, &settings.denylists, folder)?;
    add_cids(&mut deny, "filter.deny_cids", &settings.deny_cids);
    lists.deny = deny;
    if !settings.allowlists.is_empty() || !settings.allow_cids.is_empty() {
        let mut allow = RuleSet::default();
        lists.add_files(&mut allow, &settings.allowlists, folder)?;
        add_cids(&mut allow, "filter.allow_cids", &settings.allow_cids);
        lists.allow = Some(allow);
    }
    Ok(lists)
}

fn add_cids(rules: &mut RuleSet, setting: &str, cids: &[cid::Cid]) {
    rules.begin(setting);
    for cid in cids {
        rules.add(Named::Plain(digest::plain(cid.hash())), 0, false);
    }
}

impl Lists {
    /// Adds the rules of these files, and of the lists in these directories, in order.
    fn add_files(
        &mut self,
        rules: &mut RuleSet,
        paths: &[PathBuf],
        folder: &Path,
    ) -> Result<(), FilterError> {
        for path in paths {
            let path = folder.join(path);
            let unreadable = |why| FilterError::Unreadable { file: path.clone(), why };
            for file in files(&path).map_err(unreadable)? {
                let Skipped { count, mut notes } = add_file(rules, &file)?;
                self.skipped += count;
                self.notes.append(&mut notes);
                self.files.insert(file);
            }
        }
        Ok(())
    }
}

/// A file by itself, or those of a directory that end in `.deny` or `.allow`, by name.
fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let is_list = |file: &PathBuf| file.extension().is_some_and(|it| it == "deny" || it == "allow");
    let files = fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path()));
    let mut files: Vec<_> = files.collect::<io::Result<_>>()?;
    files.retain(is_list);
    files.sort_unstable();
    Ok(files)
}

/// Adds the rules of a file; returns which of its lines are not in force.
fn add_file(rules: &mut RuleSet, file: &Path) -> Result<Skipped, FilterError> {
    let unreadable = |why| FilterError::Unreadable { file: file.to_owned(), why };
    let malformed = |(line, why)| FilterError::Malformed { file: file.to_owned(), line, why };
    let too_many = |what, limit| FilterError::TooMany { file: file.to_owned(), what, limit };
    if rules.lists() >= RuleSet::MOST_LISTS {
        return Err(too_many("lists", RuleSet::MOST_LISTS));
    }
    let mut reader = BufReader::new(File::open(file).map_err(unreadable)?);
    let mut number = skip_header(&mut reader).map_err(unreadable)?.map_err(malformed)?;
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
    rules.begin(&name);
    let (mut skipped, mut text) = (Skipped::default(), Vec::new());
    while next_line(&mut reader, &mut text).map_err(unreadable)? {
        number = number.saturating_add(1);
        if text.len() as u64 >= MOST_LINE {
            return Err(malformed((number, "the line is longer than 2 MiB")));
        }
        match std::str::from_utf8(&text).map_err(|_| "it is not UTF-8").and_then(denylist::line) {
            Ok(Line::Nothing) => {}
            Ok(Line::Rule { names, negated }) => rules.add(names, number, negated),
            Ok(Line::Elsewhere) => skipped.add(file, number, ELSEWHERE),
            Err(why) => skipped.add(file, number, why),
        }
        if rules.len() > MOST_RULES {
            return Err(too_many("rules", MOST_RULES));
        }
    }
    skipped.end(file);
    Ok(skipped)
}

/// Lines that are not in force.
#[derive(Default)]
struct Skipped {
    count: u64,
    /// What is told of them.
    notes: Vec<String>,
}

/// Why a rule that can be read is not in force.
const ELSEWHERE: Wrong = "it is about a path or a name, and blocks have neither";

impl Skipped {
    fn add(&mut self, file: &Path, line: u32, why: Wrong) {
        self.count += 1;
        if self.count <= MOST_TOLD {
            self.notes.push(format!("{}:{line}: the line is not in force: {why}", file.display()));
        }
    }

    /// Adds what there was in all, if not each was told.
    fn end(&mut self, file: &Path) {
        let Self { count, notes } = self;
        if *count > MOST_TOLD {
            notes.push(format!("{}: {count} lines in all are not in force", file.display()));
        }
    }
}

/// Goes behind the header, if there is one, and returns how many lines it has.
fn skip_header(reader: &mut BufReader<File>) -> io::Result<Result<u32, (u32, Wrong)>> {
    let (mut lines, mut bytes, mut text, mut wrong) = (0_u32, 0_u64, Vec::new(), None);
    while bytes < MOST_HEADER && next_line(reader, &mut text)? {
        lines = lines.saturating_add(1);
        bytes += text.len() as u64;
        if text.trim_ascii_end() == b"---" {
            return Ok(wrong.map_or(Ok(lines), Err));
        }
        if wrong.is_none() {
            let checked = std::str::from_utf8(&text).map_err(|_| "it is not UTF-8");
            wrong = checked.and_then(denylist::header).err().map(|why| (lines, why));
        }
    }
    reader.rewind()?;
    Ok(Ok(0))
}

/// Reads a line, or as much of it as a line may have; false at the end.
fn next_line(reader: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<bool> {
    text.clear();
    reader.take(MOST_LINE).read_until(b'\n', text)?;
    Ok(!text.is_empty())
}
