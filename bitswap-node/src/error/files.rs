//! What is said of files, trees and the blocks that they are made of.

use std::path::Path;

use cid::Cid;

use super::CliError;
use crate::exit::Exit;

impl CliError {
    pub(crate) fn bad_chunker(text: &str, most: usize) -> Self {
        Self::new("bad-chunker", Exit::Usage, format!("{text:?} is not a chunker"))
            .because(format!("files are cut into pieces of one size, from 1 to {most} bytes"))
            .remedy("write it as  --chunker size-262144  or  --chunker size-1MiB")
    }

    pub(crate) fn hash_needs_version_1() -> Self {
        let what = "cids of version 0 are for sha2-256 only".to_owned();
        Self::new("bad-cid-version", Exit::Usage, what)
            .because("they do not say which hash they hold")
            .remedy("leave  --cid-version  or  --hash  out")
    }

    pub(crate) fn keeps_nothing() -> Self {
        let what = "a node in memory keeps nothing".to_owned();
        Self::new("keeps-nothing", Exit::Usage, what)
            .because("--standalone was given, so what is added would be gone at once")
            .remedy("leave  --standalone  out, or see the cids only with  --only-hash")
    }

    pub(crate) fn name_not_text(path: &Path) -> Self {
        let what = format!("{} has a name that cannot be stored", path.display());
        Self::new("not-storable", Exit::Refused, what)
            .because("it is not utf-8")
            .remedy("rename it, or give it on stdin:  bitswap add - < FILE")
    }

    pub(crate) fn not_here(cid: &Cid) -> Self {
        Self::new("not-found", Exit::NotFound, format!("{cid} is not in the store"))
            .because("--offline was given, so nobody was asked for it")
            .remedy("leave  --offline  out")
    }
}
