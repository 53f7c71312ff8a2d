//! What the program says when it cannot go on: what, why, and what to do.

mod exit;
mod place;

use std::fmt::Display;
use std::io;
use std::path::Path;

use bitswap_core::strategy::Role;
use bitswap_net::Failure;
use bitswap_store::StoreError;
use bitswap_strategies::catalog::{UnknownRole, UnknownStrategy};
use bitswap_strategies::quantity::QuantityError;
use bitswap_unixfs::{DagError, WantError};
use cid::Cid;
use serde_json::Value as Json;

pub use exit::Exit;
pub use place::Place;

/// An error in the user's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CliError {
    /// Stable, in kebab-case, for scripts.
    pub code: &'static str,
    /// How the program ends.
    pub exit: Exit,
    /// What went wrong, in the user's words.
    pub what: String,
    /// What is known of the cause.
    pub why: String,
    /// A command or a setting that helps.
    pub remedy: String,
    /// Where it is, if it is in a file that people write.
    pub at: Option<Box<Place>>,
    /// All that is wrong, if it is several things or stands at several places.
    pub faults: Option<Box<Faults>>,
}

/// All that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults {
    /// For people.
    pub shown: String,
    /// For programs: a list.
    pub json: Json,
}

impl CliError {
    /// An error without a cause and a remedy so far.
    pub fn new(code: &'static str, exit: Exit, what: String) -> Self {
        Self { code, exit, what, why: String::new(), remedy: String::new(), at: None, faults: None }
    }

    #[cfg_attr(not(feature = "scripts"), expect(dead_code, reason = "only scripts have places"))]
    pub(crate) fn at(self, place: Place) -> Self {
        Self { at: Some(Box::new(place)), ..self }
    }

    /// With this cause.
    pub fn because(self, why: impl Into<String>) -> Self {
        Self { why: why.into(), ..self }
    }

    /// With this remedy.
    pub fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: remedy.into(), ..self }
    }
}

impl CliError {
    /// The cause, behind the place if it is in a file.
    pub(crate) fn why_with_place(&self) -> String {
        match (&self.at, &self.faults) {
            (Some(at), _) => format!("{at}: {}", self.why),
            (None, Some(faults)) => faults.shown.clone(),
            (None, None) => self.why.clone(),
        }
    }
}

/// What more than one module says.
#[expect(missing_docs, reason = "what each says is what it is about")]
impl CliError {
    pub fn bad_duration(error: QuantityError) -> Self {
        let what = format!("{:?} is not {}", error.given, error.expected);
        Self::new("bad-duration", Exit::Usage, what)
            .because(error.why)
            .remedy("write numbers with units: ms, s, m (minutes), h or d; 1h 30m is one time, too")
    }

    pub fn bad_strategy(why: &dyn Display) -> Self {
        Self::new("bad-strategy", Exit::Usage, "the strategy cannot be used".to_owned())
            .because(why.to_string())
            .remedy("see  bitswap strategy list")
    }

    pub fn file(path: &Path, why: &io::Error) -> Self {
        if why.kind() == io::ErrorKind::NotFound {
            return Self::path_missing(path);
        }
        Self::new("unreadable", Exit::Failed, format!("cannot read or write {}", path.display()))
            .because(why.to_string())
            .remedy("see whether you may use it, and whether the disk has room")
    }

    pub fn internal(why: &dyn Display) -> Self {
        Self::new("internal", Exit::Failed, "something went wrong inside bitswap".to_owned())
            .because(why.to_string())
            .remedy("this is a bug: please report it, with what  BITSWAP_LOG=debug  prints")
    }

    pub fn interrupted(exit: Exit) -> Self {
        let signal = if exit == Exit::Terminated { "SIGTERM" } else { "SIGINT" };
        Self::new("interrupted", exit, "stopped before the end".to_owned())
            .because(format!("{signal} came"))
            .remedy("run it again; nothing was left half-written")
    }

    pub fn path_missing(path: &Path) -> Self {
        Self::new("not-found", Exit::NotFound, format!("there is no {}", path.display()))
            .because("no file or directory of this name exists")
            .remedy("see whether it is spelled right, and which directory you are in")
    }

    pub fn unknown_role(why: &UnknownRole) -> Self {
        Self::new("unknown-role", Exit::Usage, format!("there is no role {:?}", why.name))
            .because(format!("the roles are {}", Role::ALL.map(Role::name).join(", ")))
            .remedy(instead(why.did_you_mean, "bitswap strategy list"))
    }

    pub fn unknown_strategy(why: &UnknownStrategy) -> Self {
        let UnknownStrategy { role, name, did_you_mean, known } = why;
        Self::new("unknown-strategy", Exit::Usage, format!("{role} has no strategy {name:?}"))
            .because(format!("it has {}", known.join(", ")))
            .remedy(instead(*did_you_mean, &format!("bitswap strategy list --role {role}")))
    }

    /// As [`unknown_strategy`](Self::unknown_strategy), where a script could have the name, too.
    pub fn unknown_strategy_or_script(why: &UnknownStrategy, script: &Path) -> Self {
        let told = Self::unknown_strategy(why);
        let because = format!("{}; and there is no {}", told.why, script.display());
        let remedy =
            format!("{}; a script:  bitswap strategy use {} FILE.rhai", told.remedy, why.role);
        told.because(because).remedy(remedy)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "stores may add errors")]
    pub fn store(why: &StoreError) -> Self {
        match why {
            StoreError::Corrupt { .. } => {
                Self::new("damaged-block", Exit::BadData, "a stored block is damaged".to_owned())
                    .because(why.to_string())
                    .remedy(
                        "add its file again, or fetch it:  bitswap block rm CID , then  bitswap \
                         block get CID  (the root of a pin:  bitswap pin rm CID  first)",
                    )
            }
            StoreError::Format { .. } => {
                Self::new("store-format", Exit::BadData, "the store cannot be read".to_owned())
                    .because(why.to_string())
                    .remedy("use a newer bitswap, or another directory with  --data")
            }
            StoreError::Locked { .. } => {
                Self::new("lock-held", Exit::NoNode, "the store is in use".to_owned())
                    .because(why.to_string())
                    .remedy("wait until it ends, or use another directory with  --data DIR")
            }
            // The store of a daemon, as its client says.
            StoreError::Io { kind: io::ErrorKind::NotConnected, .. } => Self::lost(why),
            StoreError::Mixed { .. } => {
                Self::new("store-mixed", Exit::Failed, "the store is of two kinds".to_owned())
                    .because(why.to_string())
                    .remedy("bitswap store convert")
            }
            _ => Self::new("store", Exit::Failed, "the store did not do it".to_owned())
                .because(why.to_string())
                .remedy("see whether the disk has room and works; what was stored before is safe"),
        }
    }

    pub fn lost(why: &dyn Display) -> Self {
        Self::new("daemon-lost", Exit::NoNode, "the daemon does not answer any more".to_owned())
            .because(why.to_string())
            .remedy("see whether it runs and what it logged; what it acknowledged is safe")
    }

    pub fn stopping() -> Self {
        Self::new("stopping", Exit::NoNode, "the daemon is about to end".to_owned())
            .because("it was told to stop")
            .remedy("try again when it runs:  bitswap daemon")
    }

    pub fn denied(cid: &str, rule: &str) -> Self {
        Self::new("denied", Exit::Refused, format!("{cid} is not fetched"))
            .because(format!("it is denied by {rule}"))
            .remedy("see [filter] in  bitswap config show , and the line of the list that is named")
    }

    pub fn not_a_file(kind: &str) -> Self {
        let what = format!("a {kind} cannot go to standard output");
        Self::new("not-a-file", Exit::Usage, what)
            .because("only a file's bytes can")
            .remedy("see what is in it with  bitswap ls , or write it to disk with  bitswap get")
    }

    pub fn not_inside(why: &str) -> Self {
        Self::new("not-found", Exit::NotFound, "the path leads nowhere".to_owned())
            .because(why)
            .remedy("see what is there with  bitswap ls")
    }

    pub fn not_here(cid: &Cid) -> Self {
        Self::new("not-found", Exit::NotFound, format!("{cid} is not in the store"))
            .because("it is the first block that is missing, and nobody was asked for it")
            .remedy("leave  --offline  out, and name a peer that has it with  --peer MULTIADDR")
    }
}

impl From<DagError> for CliError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the library may add errors")]
    fn from(error: DagError) -> Self {
        match &error {
            DagError::Want(why) => not_got(why),
            DagError::Io { path, source } => Self::file(path, source),
            DagError::NotWritable { .. } => {
                let what = "the directory cannot be written here".to_owned();
                Self::new("not-writable", Exit::Refused, what).because(error.to_string()).remedy(
                    "look into it with  bitswap ls , and read single files with  bitswap cat",
                )
            }
            DagError::UnsafeName { .. } => Self::new(
                "unsafe-name",
                Exit::Refused,
                "the directory is not safe to write".to_owned(),
            )
            .because(error.to_string())
            .remedy("do not trust whoever made it; nothing was written"),
            DagError::TargetExists { path } => {
                Self::new("exists", Exit::Refused, format!("{} exists already", path.display()))
                    .because("files are only overwritten with --force, directories never")
                    .remedy("choose another name with  -o , or add  --force  to replace a file")
            }
            DagError::NotAFile { kind } => Self::not_a_file(kind),
            DagError::NotADirectory { .. } | DagError::NotInside { .. } => {
                Self::not_inside(&error.to_string())
            }
            DagError::Length { .. } | DagError::NotUnixfs { .. } => Self::new(
                "bad-data",
                Exit::BadData,
                "the blocks do not make a file or directory".to_owned(),
            )
            .because(error.to_string())
            .remedy("ask whoever made the cid; each block is what its cid says, the whole is not"),
            DagError::NameNotText { .. } | DagError::NotStorable { .. } | DagError::Tree { .. } => {
                Self::new("not-storable", Exit::Refused, "it cannot be stored as unixfs".to_owned())
                    .because(error.to_string())
                    .remedy("rename or move what is in the way, or choose another path")
            }
            DagError::Missing { cid } => Self::not_here(cid),
            DagError::Store(why) => Self::store(why),
            _ => Self::internal(&error),
        }
    }
}

/// What to write instead of a name that does not exist.
pub fn instead(nearest: Option<&str>, list: &str) -> String {
    match nearest {
        Some(nearest) => format!("did you mean {nearest:?}? all of them:  {list}"),
        None => format!("see  {list}"),
    }
}

fn not_got(why: &WantError) -> CliError {
    let (cid, why) = match why {
        WantError::Failed { cid, why } => (cid, why),
        WantError::Lost { why } => return CliError::lost(why),
        _ => return CliError::internal(why),
    };
    if let Failure::Denied(rule) = why {
        return CliError::denied(&cid.to_string(), &rule.to_string());
    }
    if *why == Failure::TimedOut {
        return CliError::new("timed-out", Exit::NotFound, format!("{cid} did not come in time"))
            .because("for as long as  --timeout  says not a byte came of what peers were asked for")
            .remedy(
                "name another peer that has it with  --peer , or wait longer with  --timeout 5m",
            );
    }
    if let Failure::NobodyLeft(answers) = why {
        let what = format!("nobody who can be reached has {cid}");
        return CliError::new("not-found", Exit::NotFound, what)
            .because(answers.to_string())
            .remedy(format!(
                "name a peer that has it with  --peer , wait for one with  --wait , or see\
                 \u{20} bitswap check {cid}"
            ));
    }
    CliError::new("not-found", Exit::NotFound, format!("{cid} cannot be fetched"))
        .because(why.to_string())
        .remedy("see whether the peer named with  --peer  has it")
}
