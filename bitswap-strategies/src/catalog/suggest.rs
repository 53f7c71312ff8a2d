//! Did you mean: the nearest of the known names.

/// The nearest name that `given` may be a slip of: within two edits or a third of its length, or
/// a part of. Case, `_` and `-` make no difference.
pub fn did_you_mean<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    if given.len() > LONGEST {
        return None;
    }
    let given = plain(given);
    let slips = (given.len() / 3).max(2);
    known
        .iter()
        .map(|name| (distance(&given, &plain(name)), *name))
        .filter(|(distance, _)| *distance <= slips && *distance < given.len())
        .min()
        .map(|(_, name)| name)
}

/// Longer names are no slips, and comparing takes time in proportion to the length.
const LONGEST: usize = 64;

/// A name of which this much was typed counts as one edit away.
const ENOUGH: usize = 4;

fn distance(given: &str, name: &str) -> usize {
    let edits = strsim::osa_distance(given, name);
    if given.len() >= ENOUGH && name.contains(given) { edits.min(1) } else { edits }
}

fn plain(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}

#[cfg(test)]
mod tests;
