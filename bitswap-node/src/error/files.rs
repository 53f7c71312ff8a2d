//! What is said of files, trees and the blocks that they are made of.

use std::path::Path;

use bitswap_strategies::quantity::QuantityError;
use bitswap_unixfs::CarError;
use cid::Cid;

use super::CliError;
use crate::exit::Exit;

impl CliError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the library may add errors")]
    pub(crate) fn car(file: &Path, error: CarError) -> Self {
        match error {
            CarError::Dag(why) => (*why).into(),
            CarError::Io(why) => Self::file(file, &why),
            why => Self::new("bad-car", Exit::BadData, format!("{} is damaged", file.display()))
                .because(why.to_string())
                .remedy("get the file again; what was before the damage is whole"),
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the library may add errors")]
    pub(crate) fn export(error: CarError) -> Self {
        match error {
            CarError::Dag(why) => (*why).into(),
            CarError::Io(why) => Self::file("the car".as_ref(), &why),
            why => Self::new("bad-data", Exit::BadData, "it cannot be exported".to_owned())
                .because(why.to_string())
                .remedy("export what is below it, or single blocks with  bitswap block get"),
        }
    }

    pub(crate) fn several_on_stdout() -> Self {
        let what = "several things cannot go to standard output".to_owned();
        Self::new("usage", Exit::Usage, what).because("nobody could tell where one ends").remedy(
            "name a directory with  -o DIR , or write one after the other with  bitswap cat",
        )
    }

    pub(crate) fn same_name_twice(path: &Path) -> Self {
        let what = format!("two things would be written to {}", path.display());
        Self::new("usage", Exit::Usage, what)
            .because("each is written under the last name of its path")
            .remedy("get one of them alone, with a name of its own after  -o")
    }

    pub(crate) fn car_on_terminal() -> Self {
        let what = "a car cannot go to the terminal".to_owned();
        Self::new("usage", Exit::Usage, what)
            .because("it is made of bytes, not of letters")
            .remedy("name a file with  -o FILE , or send it on with  | ")
    }

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
            .because("--standalone or  store.kind = \"memory\"  was said, and no daemon runs")
            .remedy("leave it out, or see the cids only with  bitswap add --only-hash")
    }

    pub(crate) fn name_not_text(path: &Path) -> Self {
        let what = format!("{} has a name that cannot be stored", path.display());
        Self::new("not-storable", Exit::Refused, what)
            .because("it is not utf-8")
            .remedy("rename it, or give it on stdin:  bitswap add - < FILE")
    }

    pub(crate) fn not_a_file(kind: &str) -> Self {
        let what = format!("a {kind} cannot go to standard output");
        Self::new("not-a-file", Exit::Usage, what)
            .because("only a file's bytes can")
            .remedy("see what is in it with  bitswap ls , or write it to disk with  bitswap get")
    }

    pub(crate) fn not_here(cid: &Cid) -> Self {
        Self::new("not-found", Exit::NotFound, format!("{cid} is not in the store"))
            .because("it is the first block that is missing, and nobody was asked for it")
            .remedy("leave  --offline  out, and name a peer that has it with  --peer MULTIADDR")
    }

    pub(crate) fn nobody_to_ask(cid: &Cid) -> Self {
        Self::new("not-found", Exit::NotFound, format!("{cid} is not in the store"))
            .because("no --peer was named, there is no router, mDNS is off, and no daemon runs")
            .remedy("name a peer that has it with  --peer MULTIADDR , or a router with  --router")
    }

    pub(crate) fn not_inside(why: &str) -> Self {
        Self::new("not-found", Exit::NotFound, "the path leads nowhere".to_owned())
            .because(why)
            .remedy("see what is there with  bitswap ls")
    }

    pub(crate) fn not_ipfs(text: &str) -> Self {
        Self::new("bad-cid", Exit::Usage, format!("{text:?} is not an ipfs address"))
            .because("in a url, the cid is after /ipfs/ or begins the host, as in CID.ipfs.HOST")
            .remedy("give it as  /ipfs/CID/path , ipfs://CID/path  or  https://HOST/ipfs/CID/path")
    }

    pub(crate) fn ipns(text: &str) -> Self {
        Self::new("bad-cid", Exit::Usage, format!("{text:?} is a name, not a cid"))
            .because("names can change, and this program does not look them up")
            .remedy("look it up first, for example with  ipfs name resolve")
    }

    pub(crate) fn bad_escape(text: &str) -> Self {
        let what = format!("{text:?} has a broken escape");
        Self::new("bad-path", Exit::Usage, what)
            .because("in a url, a % is followed by two hexadecimal digits, and the whole is utf-8")
            .remedy("write a plain % as  %25 , or give the path as  /ipfs/CID/path")
    }

    pub(crate) fn recorded_already(path: &Path) -> Self {
        Self::new("exists", Exit::Refused, format!("{} exists already", path.display()))
            .because("a recording never overwrites a file")
            .remedy("name another file, or remove this one")
    }

    pub(crate) fn bad_size(error: QuantityError) -> Self {
        let what = format!("{:?} is not {}", error.given, error.expected);
        Self::new("bad-size", Exit::Usage, what)
            .because(error.why)
            .remedy("write a number of bytes, alone or with a unit: kB, KiB, MB, MiB, GB, GiB")
    }

    /// A fetch that was stopped. `kept` = whether what came is still there.
    pub(crate) fn fetch_interrupted(self, kept: bool) -> Self {
        let why = if kept { "what came so far is in the store" } else { "nothing of it was kept" };
        let remedy = if kept {
            "run the same command again: it fetches only what is missing"
        } else {
            "run it again without  --standalone , which keeps what comes"
        };
        let because = format!("{}; {why}", self.why);
        self.because(because).remedy(remedy)
    }
}
