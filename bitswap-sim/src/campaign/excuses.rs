//! What the campaign finds before healing and lets pass, since it is known and to be mended.

/// Something that is known to be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excuse {
    /// What it is called.
    pub kind: &'static str,
    /// A seed that shows it.
    pub seed: u64,
    /// In how many calls of the seeds 0..10000 it showed when it was written down.
    pub count: u64,
    /// What is wrong.
    pub why: &'static str,
}

const LINES: &str = include_str!("../../excuses.txt");

/// All of them, in the order of the file.
pub fn excuses() -> impl Iterator<Item = Excuse> {
    let lines = LINES.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines.filter_map(|line| {
        let mut words = line.splitn(4, ' ');
        let (kind, seed, count) = (words.next()?, words.next()?, words.next()?);
        let (seed, count) = (seed.parse().ok()?, count.parse().ok()?);
        Some(Excuse { kind, seed, count, why: words.next()? })
    })
}

/// The excuse of this kind, if there is one.
pub(super) fn excuse(kind: &str) -> Option<Excuse> {
    excuses().find(|excuse| excuse.kind == kind)
}
