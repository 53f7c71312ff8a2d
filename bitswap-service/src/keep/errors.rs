//! What is said of pins, and of what they keep.

#![expect(missing_docs, reason = "what each says is what it is about")]

use std::fmt::Display;
use std::path::Path;

use bitswap_unixfs::Absent;
use cid::Cid;

use crate::error::{CliError, Exit};

impl CliError {
    pub fn damaged_pins(file: &Path, line: usize, why: &str) -> Self {
        let what = format!("line {line} of {} is damaged", file.display());
        Self::new("bad-pins", Exit::BadData, what)
            .because(format!("{why}; until it is mended, nothing is pinned and nothing is freed"))
            .remedy(
                "put back a copy of the file; or remove the line, and pin what it named with\
                 \u{20} bitswap pin add",
            )
    }

    pub fn pinned_already(cid: &Cid) -> Self {
        let what = format!("{cid} is pinned with all that it links to");
        Self::new("pinned", Exit::Refused, what)
            .because("a pin of the block alone would keep less")
            .remedy(format!("take that pin back first:  bitswap pin rm {cid}"))
    }

    pub fn pinned_block(cid: &Cid) -> Self {
        Self::new("pinned", Exit::Refused, format!("{cid} is not removed"))
            .because("it is pinned")
            .remedy(format!("take the pin back first:  bitswap pin rm {cid}"))
    }

    pub fn too_many_pins(most: usize) -> Self {
        Self::new("too-many-pins", Exit::Refused, "there is no room for more pins".to_owned())
            .because(format!("the limit of {most} was reached"))
            .remedy("pin a directory instead of all that is in it:  bitswap add -w")
    }

    pub fn not_pinned(cid: &Cid) -> Self {
        Self::new("not-pinned", Exit::NotFound, format!("{cid} is not pinned"))
            .because("no pin has it as its root; it may be below the root of one")
            .remedy("see what is pinned:  bitswap pin ls")
    }

    /// What is below a block cannot be told from garbage.
    pub fn not_known_what_is_pinned(root: &Cid, unknown: &Absent) -> Self {
        let Absent { cid, why } = unknown;
        let why = why.as_ref().map_or_else(
            || format!("{cid} is not in the store"),
            |why| format!("{cid} cannot be read: {why}"),
        );
        let what = format!("nothing was freed: the pinned {root} is not whole");
        Self::new("not-whole", Exit::BadData, what)
            .because(format!("{why}; what it links to would be taken for garbage"))
            .remedy(format!(
                "fetch it:  bitswap pin add {root} , or give it up:  bitswap pin rm {root}"
            ))
    }

    pub fn not_collected(why: &dyn Display) -> Self {
        Self::new("not-collected", Exit::Refused, "garbage cannot be freed now".to_owned())
            .because(why.to_string())
            .remedy("try again when what runs now has ended; what was freed until then is gone")
    }

    /// What is garbage to this node may be pinned by another.
    pub fn shared_store() -> Self {
        let what = "a store that others share is not collected".to_owned();
        Self::new("shared-store", Exit::Refused, what)
            .because("what no pin of this node keeps, another node may need")
            .remedy("delete what nobody needs where its owner knows it; see docs/scale.md")
    }

    pub fn nothing_is_pinned() -> Self {
        let what = "all blocks would be freed: nothing is pinned".to_owned();
        Self::new("not-confirmed", Exit::Refused, what)
            .because("versions before pins kept all that was added, and pinned none of it")
            .remedy("pin what is to stay:  bitswap pin add CID , or add  --yes  to free all")
    }

    /// Something is missing of what is to be pinned.
    pub fn not_whole(root: &Cid, absent: &Absent, blocks: u64) -> Self {
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
