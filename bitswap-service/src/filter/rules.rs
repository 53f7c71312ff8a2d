//! The rules of some lists together: of those that name a block, the last one counts.

use std::collections::HashMap;
use std::sync::Arc;

use cid::Cid;

use super::denylist::Named;
use super::digest::{self, Digest};

/// Rules from some lists, in order.
#[derive(Debug, Default, PartialEq)]
pub(super) struct RuleSet {
    /// The names of the lists.
    lists: Vec<Arc<str>>,
    plain: HashMap<Digest, Rule>,
    double: HashMap<Digest, Rule>,
    legacy: HashMap<Digest, Rule>,
}

/// Where a rule stands: a later one, of a later list or a later line, counts instead of an earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rule {
    list: u16,
    /// From 1; 0 = the list has no lines.
    line: u32,
    /// Whether it is an exception.
    negated: bool,
}

/// What the last rule that names a block says, and where it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Named(String),
    Excepted(String),
}

impl RuleSet {
    /// Lists in one set.
    pub(super) const MOST_LISTS: usize = u16::MAX as usize;

    /// Rules that are added from here on are of the list with this name.
    pub(super) fn begin(&mut self, list: &str) {
        self.lists.push(list.into());
    }

    /// Adds a rule of the last list.
    pub(super) fn add(&mut self, names: Named, line: u32, negated: bool) {
        let list = self.lists.len().saturating_sub(1) as u16;
        let rule = Rule { list, line, negated };
        match names {
            Named::Plain(digest) => drop(self.plain.insert(digest, rule)),
            Named::Double(digest) => drop(self.double.insert(digest, rule)),
            Named::Legacy(digest) => drop(self.legacy.insert(digest, rule)),
            Named::DoubleOrLegacy(double, legacy) => {
                self.double.insert(double, rule);
                self.legacy.insert(legacy, rule);
            }
        }
    }

    /// How many lists have begun.
    pub(super) const fn lists(&self) -> usize {
        self.lists.len()
    }

    /// How many names of blocks there are.
    pub(super) fn len(&self) -> usize {
        self.plain.len() + self.double.len() + self.legacy.len()
    }

    /// What is said of this block; `None` = no rule names it.
    pub(super) fn verdict(&self, cid: &Cid) -> Option<Verdict> {
        let of = |rules: &HashMap<Digest, Rule>, digest: fn(&Cid) -> Digest| {
            // Hashing takes longer than all else.
            if rules.is_empty() { None } else { rules.get(&digest(cid)).copied() }
        };
        let rules = [
            of(&self.plain, |cid| digest::plain(cid.hash())),
            of(&self.double, |cid| digest::double(cid.hash())),
            of(&self.legacy, digest::legacy),
        ];
        let rule = rules.into_iter().flatten().max()?;
        let place = self.place(rule);
        Some(if rule.negated { Verdict::Excepted(place) } else { Verdict::Named(place) })
    }

    fn place(&self, rule: Rule) -> String {
        let name = self.lists.get(usize::from(rule.list)).map_or("a list", |name| name);
        if rule.line == 0 { name.to_owned() } else { format!("{name}:{}", rule.line) }
    }
}
