//! What is said of pins, and of what they keep.

use std::path::Path;

use bitswap_unixfs::Absent;
use cid::Cid;

use super::CliError;
use crate::exit::Exit;

impl CliError {
    pub(crate) fn damaged_pins(file: &Path, line: usize, why: &str) -> Self {
        let what = format!("line {line} of {} is damaged", file.display());
        Self::new("bad-pins", Exit::BadData, what)
            .because(format!("{why}; until it is mended, nothing is pinned and nothing is freed"))
            .remedy(
                "put back a copy of the file; or remove the line, and pin what it named with\
                 \u{20} bitswap pin add",
            )
    }

    pub(crate) fn pinned_already(cid: &Cid) -> Self {
        let what = format!("{cid} is pinned with all that it links to");
        Self::new("pinned", Exit::Refused, what)
            .because("a pin of the block alone would keep less")
            .remedy(format!("take that pin back first:  bitswap pin rm {cid}"))
    }

    pub(crate) fn too_many_pins(most: usize) -> Self {
        Self::new("too-many-pins", Exit::Refused, "there is no room for more pins".to_owned())
            .because(format!("the limit of {most} was reached"))
            .remedy("pin a directory instead of all that is in it:  bitswap add -w")
    }

    pub(crate) fn not_pinned(cid: &Cid) -> Self {
        Self::new("not-pinned", Exit::NotFound, format!("{cid} is not pinned"))
            .because("no pin has it as its root; it may be below the root of one")
            .remedy("see what is pinned:  bitswap pin ls")
    }

    /// Something is missing of what is to be pinned.
    pub(crate) fn not_whole(root: &Cid, absent: &Absent, blocks: u64) -> Self {
        let Absent { cid, why } = absent;
        let what = format!("{root} cannot be pinned");
        if let Some(why) = why {
            return Self::new("not-whole", Exit::BadData, what)
                .because(format!("{cid}: {why}"))
                .remedy("pin the block alone with  --direct , or what is below it");
        }
        let others = match blocks {
            1 => String::new(),
            _ => format!(", nor are {} others at least", blocks - 1),
        };
        Self::new("not-whole", Exit::NotFound, what)
            .because(format!("{cid} is not in the store{others}"))
            .remedy(format!("fetch what is missing:  bitswap pin add {root}"))
    }
}
