//! What the program says when it cannot go on: what, why, and what to do.

mod cid;
mod config;
mod daemon;
mod files;
mod filter;
mod keep;
mod net;
mod place;
mod routing;
#[cfg(feature = "scripts")]
mod scripts;
#[cfg(feature = "top")]
mod terminal;

#[cfg(test)]
mod tests;

use std::path::Path;

use bitswap_core::strategy::Role;
use bitswap_net::Failure;
use bitswap_strategies::catalog::{ExtendError, UnknownRole, UnknownStrategy};
use bitswap_strategies::quantity::QuantityError;
use bitswap_unixfs::{DagError, WantError};

use crate::config::ConfigErrors;
use crate::exit::Exit;

pub(crate) use place::Place;

/// An error in the user's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CliError {
    /// Stable, in kebab-case, for scripts.
    pub(crate) code: &'static str,
    /// How the program ends.
    pub(crate) exit: Exit,
    /// What went wrong, in the user's words.
    pub(crate) what: String,
    /// What is known of the cause.
    pub(crate) why: String,
    /// A command or a setting that helps.
    pub(crate) remedy: String,
    /// Where it is, if it is in a file that people write.
    pub(crate) at: Option<Box<Place>>,
    /// All that is wrong, if it is a configuration.
    pub(crate) config_errors: Option<Box<ConfigErrors>>,
}

impl CliError {
    fn new(code: &'static str, exit: Exit, what: String) -> Self {
        Self {
            code,
            exit,
            what,
            why: String::new(),
            remedy: String::new(),
            at: None,
            config_errors: None,
        }
    }

    #[cfg_attr(not(feature = "scripts"), expect(dead_code, reason = "only scripts have places"))]
    fn at(self, place: Place) -> Self {
        Self { at: Some(Box::new(place)), ..self }
    }

    pub(crate) fn because(self, why: impl Into<String>) -> Self {
        Self { why: why.into(), ..self }
    }

    fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: remedy.into(), ..self }
    }
}

impl CliError {
    /// The cause, behind the place if it is in a file.
    pub(crate) fn why_with_place(&self) -> String {
        match (&self.at, &self.config_errors) {
            (Some(at), _) => format!("{at}: {}", self.why),
            (None, Some(errors)) => errors.to_string(),
            (None, None) => self.why.clone(),
        }
    }
}

/// One function for each thing that can be wrong.
impl CliError {
    pub(crate) fn bad_address(address: &str, why: &str) -> Self {
        Self::new("bad-address", Exit::Usage, format!("{address:?} is not a multiaddr"))
            .because(why)
            .remedy("write it as  /ip4/127.0.0.1/tcp/4001/p2p/12D3Koo…  , as  ipfs id  prints it")
    }

    /// `cid` is the part of `text` that should be one.
    pub(crate) fn bad_cid(text: &str, cid: &str) -> Self {
        Self::new("bad-cid", Exit::Usage, format!("{text:?} is not a cid"))
            .because(cid::why_no_cid(cid))
            .remedy("give a cid as  bafy…  or  Qm…  , alone or as  ipfs://bafy…")
    }

    pub(crate) fn bad_duration(error: QuantityError) -> Self {
        let what = format!("{:?} is not {}", error.given, error.expected);
        Self::new("bad-duration", Exit::Usage, what)
            .because(error.why)
            .remedy("write numbers with units: ms, s, m (minutes), h or d; 1h 30m is one time, too")
    }

    #[cfg(not(feature = "scripts"))]
    pub(crate) fn built_without_scripts(path: &Path) -> Self {
        let what = format!("the script {} cannot be used", path.display());
        Self::new("no-scripts", Exit::Usage, what)
            .because("this program was built without scripts")
            .remedy("build it with the feature  scripts , which is on unless it is taken away")
    }

    pub(crate) fn bad_strategy(why: &dyn std::fmt::Display) -> Self {
        Self::new("bad-strategy", Exit::Usage, "the strategy cannot be used".to_owned())
            .because(why.to_string())
            .remedy("see  bitswap strategy list")
    }

    pub(crate) fn bad_extension(why: &ExtendError) -> Self {
        let what = "the program's own strategies cannot be added".to_owned();
        Self::new("bad-extension", Exit::Failed, what)
            .because(why.to_string())
            .remedy("change what the program gives to  bitswap_node::main_with")
    }

    pub(crate) fn bad_key(path: &Path, why: &dyn std::fmt::Display) -> Self {
        let what = format!("{} is not a private key", path.display());
        Self::new("bad-key", Exit::BadData, what)
            .because(why.to_string())
            .remedy("give a libp2p key in protobuf form, as  ipfs key export  writes it")
    }

    pub(crate) fn differs(path: &Path, how: &str) -> Self {
        let name = if path.as_os_str().is_empty() { Path::new("it") } else { path };
        let what = "the copy is not identical to the source".to_owned();
        Self::new("not-identical", Exit::BadData, what)
            .because(format!("{} {how}", name.display()))
            .remedy(
                "try again if the source changed meanwhile; else this is a bug: please report it",
            )
    }

    pub(crate) fn file(path: &Path, why: &std::io::Error) -> Self {
        if why.kind() == std::io::ErrorKind::NotFound {
            return Self::path_missing(path);
        }
        Self::new("unreadable", Exit::Failed, format!("cannot read or write {}", path.display()))
            .because(why.to_string())
            .remedy("see whether you may use it, and whether the disk has room")
    }

    pub(crate) fn internal(why: &dyn std::fmt::Display) -> Self {
        Self::new("internal", Exit::Failed, "something went wrong inside bitswap".to_owned())
            .because(why.to_string())
            .remedy("this is a bug: please report it, with what  BITSWAP_LOG=debug  prints")
    }

    pub(crate) fn interrupted(exit: Exit) -> Self {
        let signal = if exit == Exit::Terminated { "SIGTERM" } else { "SIGINT" };
        Self::new("interrupted", exit, "stopped before the end".to_owned())
            .because(format!("{signal} came"))
            .remedy("run it again; nothing was left half-written")
    }

    pub(crate) fn path_missing(path: &Path) -> Self {
        Self::new("not-found", Exit::NotFound, format!("there is no {}", path.display()))
            .because("no file or directory of this name exists")
            .remedy("see whether it is spelled right, and which directory you are in")
    }

    pub(crate) fn port_taken(port: u16) -> Self {
        let what = format!("port {port} on 127.0.0.1 is taken");
        Self::new("port-in-use", Exit::Failed, what)
            .because("another program already listens on that port")
            .remedy("choose another with  --metrics-port , or 0 for any that is free")
    }

    pub(crate) fn port_unusable(port: u16, why: &std::io::Error) -> Self {
        let what = format!("metrics cannot be served on port {port} of 127.0.0.1");
        Self::new("port-unusable", Exit::Failed, what)
            .because(why.to_string())
            .remedy("choose another with  --metrics-port , or 0 for any that is free")
    }

    pub(crate) fn no_such_strategy(name: &str, nearest: Option<&str>) -> Self {
        Self::new("unknown-strategy", Exit::Usage, format!("no role has a strategy {name:?}"))
            .because("the catalog does not hold it")
            .remedy(instead(nearest, "bitswap strategy list"))
    }

    pub(crate) fn script_shape(given: &str) -> Self {
        let what = format!("{given:?} does not say which script plays which role");
        Self::new("bad-script", Exit::Usage, what)
            .because("it is not of the form role=file")
            .remedy("write it as  --script peer_selector=my_way.rhai")
    }

    pub(crate) fn param_shape(given: &str) -> Self {
        Self::new("bad-parameter", Exit::Usage, format!("{given:?} is no parameter"))
            .because("a parameter has a name and a value")
            .remedy("write it as  --param degree=4")
    }

    pub(crate) fn different_roles(names: [&str; 2], roles: [Vec<Role>; 2]) -> Self {
        let [one, other] = names;
        let what = format!("{one} and {other} cannot be compared");
        let [of_one, of_other] = roles.map(|roles| {
            let names: Vec<_> = roles.into_iter().map(Role::name).collect();
            names.join(" and ")
        });
        Self::new("different-roles", Exit::Usage, what)
            .because(format!("{one} is a {of_one}, and {other} a {of_other}"))
            .remedy("choose two of one role; see  bitswap strategy list")
    }

    pub(crate) fn bad_share(given: &str) -> Self {
        Self::new("bad-share", Exit::Usage, format!("{given:?} is no share"))
            .because("a share is a number of percent, from 0 to 100")
            .remedy("write it as  --split 10%")
    }

    pub(crate) fn unknown_role(why: &UnknownRole) -> Self {
        Self::new("unknown-role", Exit::Usage, format!("there is no role {:?}", why.name))
            .because(format!("the roles are {}", Role::ALL.map(Role::name).join(", ")))
            .remedy(instead(why.did_you_mean, "bitswap strategy list"))
    }

    pub(crate) fn unknown_strategy(why: &UnknownStrategy) -> Self {
        let UnknownStrategy { role, name, did_you_mean, known } = why;
        Self::new("unknown-strategy", Exit::Usage, format!("{role} has no strategy {name:?}"))
            .because(format!("it has {}", known.join(", ")))
            .remedy(instead(*did_you_mean, &format!("bitswap strategy list --role {role}")))
    }

    /// As [`unknown_strategy`](Self::unknown_strategy), where a script could have the name, too.
    pub(crate) fn unknown_strategy_or_script(why: &UnknownStrategy, script: &Path) -> Self {
        let told = Self::unknown_strategy(why);
        let because = format!("{}; and there is no {}", told.why, script.display());
        let remedy = format!(
            "{}; a script:  bitswap strategy use {} FILE.rhai",
            told.remedy, why.role
        );
        told.because(because).remedy(remedy)
    }

    pub(crate) fn usage(what: &str) -> Self {
        Self::new("usage", Exit::Usage, what.to_owned())
            .because("the command line cannot be understood")
            .remedy("see  bitswap --help")
    }
}

impl From<DagError> for CliError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the library may add errors")]
    fn from(error: DagError) -> Self {
        match &error {
            DagError::Want(why) => not_got(why),
            DagError::Silent { cid, .. } => {
                Self::new("not-found", Exit::NotFound, format!("{cid} did not come in time"))
                    .because(error.to_string())
                    .remedy("see whether the peer has it; wait longer with  --timeout 5m")
            }
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
fn instead(nearest: Option<&str>, list: &str) -> String {
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
