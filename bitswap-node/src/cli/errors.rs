//! What is said of command lines, files and trees.

use std::path::Path;

use bitswap_core::strategy::Role;
use bitswap_net::EndpointError;
use bitswap_service::error::{CliError, Exit, instead};
use bitswap_service::plural;
use bitswap_strategies::catalog::ExtendError;
use bitswap_strategies::quantity::QuantityError;
use bitswap_unixfs::CarError;
use cid::Cid;

pub(super) use bitswap_api::errors::{
    bad_address, bad_cid, bad_peer_id, no_router, not_connected, not_stored, unknown_word,
};

pub(crate) fn exists(path: &Path) -> CliError {
    CliError::new("exists", Exit::Refused, format!("{} exists already", path.display()))
        .because("existing files are only overwritten with --force")
        .remedy("add  --force  to write it anew; the identity and the blocks stay")
}

pub(crate) fn not_confirmed(blocks: usize) -> CliError {
    let were = plural::of(blocks as u64, ["block was", "blocks were"]);
    CliError::new("not-confirmed", Exit::Refused, format!("{were} not removed"))
        .because("removing blocks is permanent and was not confirmed")
        .remedy("add  --yes  to remove them, or  --dry-run  to see what would go")
}

pub(crate) fn nobody_let_in() -> CliError {
    let what = "nobody could fetch what is served".to_owned();
    CliError::new("usage", Exit::Usage, what)
        .because("`network.listen` of the configuration is empty")
        .remedy("say where to take connections:  --listen /ip4/0.0.0.0/tcp/0")
}

/// `--offline`, or else `--standalone`, is for the other commands.
pub(crate) fn daemon_of_others(offline: bool) -> CliError {
    let option = if offline { "--offline" } else { "--standalone" };
    let why = if offline {
        "a daemon listens, and asks others; a command alone can leave the network alone"
    } else {
        "a daemon is the node of its directory; a command alone can have one in memory"
    };
    let what = format!("a daemon cannot run with {option}");
    CliError::new("usage", Exit::Usage, what)
        .because(why)
        .remedy(format!("leave  {option}  out, or see  bitswap daemon --profile test"))
}

pub(crate) fn path_in_block(text: &str) -> CliError {
    CliError::new("bad-cid", Exit::Usage, format!("{text:?} has a path after the cid"))
        .because("a block is found by its cid alone")
        .remedy("give the cid alone, or follow the path with  bitswap get")
}

pub(crate) fn no_page() -> CliError {
    CliError::new("no-page", Exit::NotFound, "the daemon has no web page".to_owned())
        .because("it does not answer over TCP:  api.listen  is off")
        .remedy("bitswap config set api.listen 127.0.0.1:5012 , and start the daemon again")
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library may add errors")]
pub(crate) fn car(file: &Path, error: CarError) -> CliError {
    match error {
        CarError::Dag(why) => (*why).into(),
        CarError::Io(why) => CliError::file(file, &why),
        why => CliError::new("bad-car", Exit::BadData, format!("{} is damaged", file.display()))
            .because(why.to_string())
            .remedy("get the file again; what was before the damage is whole"),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library may add errors")]
pub(crate) fn export(error: CarError) -> CliError {
    match error {
        CarError::Dag(why) => (*why).into(),
        CarError::Io(why) => CliError::file("the car".as_ref(), &why),
        why => CliError::new("bad-data", Exit::BadData, "it cannot be exported".to_owned())
            .because(why.to_string())
            .remedy("export what is below it, or single blocks with  bitswap block get"),
    }
}

pub(crate) fn several_on_stdout() -> CliError {
    let what = "several things cannot go to standard output".to_owned();
    CliError::new("usage", Exit::Usage, what)
        .because("nobody could tell where one ends")
        .remedy("name a directory with  -o DIR , or write one after the other with  bitswap cat")
}

pub(crate) fn same_name_twice(path: &Path) -> CliError {
    let what = format!("two things would be written to {}", path.display());
    CliError::new("usage", Exit::Usage, what)
        .because("each is written under the last name of its path")
        .remedy("get one of them alone, with a name of its own after  -o")
}

pub(crate) fn car_on_terminal() -> CliError {
    let what = "a car cannot go to the terminal".to_owned();
    CliError::new("usage", Exit::Usage, what)
        .because("it is made of bytes, not of letters")
        .remedy("name a file with  -o FILE , or send it on with  | ")
}

pub(crate) fn bad_chunker(text: &str, most: usize) -> CliError {
    CliError::new("bad-chunker", Exit::Usage, format!("{text:?} is not a chunker"))
        .because(format!("files are cut into pieces of one size, from 1 to {most} bytes"))
        .remedy("write it as  --chunker size-262144  or  --chunker size-1MiB")
}

pub(crate) fn hash_needs_version_1() -> CliError {
    let what = "cids of version 0 are for sha2-256 only".to_owned();
    CliError::new("bad-cid-version", Exit::Usage, what)
        .because("they do not say which hash they hold")
        .remedy("leave  --cid-version  or  --hash  out")
}

pub(crate) fn name_not_text(path: &Path) -> CliError {
    let what = format!("{} has a name that cannot be stored", path.display());
    CliError::new("not-storable", Exit::Refused, what)
        .because("it is not utf-8")
        .remedy("rename it, or give it on stdin:  bitswap add - < FILE")
}

pub(crate) fn nobody_to_ask(cid: &Cid) -> CliError {
    CliError::new("not-found", Exit::NotFound, format!("{cid} is not in the store"))
        .because("no --peer was named, there is no router, mDNS is off, and no daemon runs")
        .remedy("name a peer that has it with  --peer MULTIADDR , or a router with  --router")
}

pub(crate) fn not_ipfs(text: &str) -> CliError {
    CliError::new("bad-cid", Exit::Usage, format!("{text:?} is not an ipfs address"))
        .because("in a url, the cid is after /ipfs/ or begins the host, as in CID.ipfs.HOST")
        .remedy("give it as  /ipfs/CID/path , ipfs://CID/path  or  https://HOST/ipfs/CID/path")
}

pub(crate) fn ipns(text: &str) -> CliError {
    CliError::new("bad-cid", Exit::Usage, format!("{text:?} is a name, not a cid"))
        .because("names can change, and this program does not look them up")
        .remedy("look it up first, for example with  ipfs name resolve")
}

pub(crate) fn bad_escape(text: &str) -> CliError {
    let what = format!("{text:?} has a broken escape");
    CliError::new("bad-path", Exit::Usage, what)
        .because("in a url, a % is followed by two hexadecimal digits, and the whole is utf-8")
        .remedy("write a plain % as  %25 , or give the path as  /ipfs/CID/path")
}

pub(crate) fn bad_size(error: QuantityError) -> CliError {
    let what = format!("{:?} is not {}", error.given, error.expected);
    CliError::new("bad-size", Exit::Usage, what)
        .because(error.why)
        .remedy("write a number of bytes, alone or with a unit: kB, KiB, MB, MiB, GB, GiB")
}

/// A fetch that was stopped. `kept` = whether what came is still there.
pub(crate) fn fetch_interrupted(error: CliError, kept: bool) -> CliError {
    let why = if kept { "what came so far is in the store" } else { "nothing of it was kept" };
    let remedy = if kept {
        "run the same command again: it fetches only what is missing"
    } else {
        "run it again without  --standalone , which keeps what comes"
    };
    let because = format!("{}; {why}", error.why);
    error.because(because).remedy(remedy)
}

pub(crate) fn no_provider(cid: &Cid, failures: &[String]) -> CliError {
    let others = match failures {
        [] => String::new(),
        failures => format!("; not heard: {}", failures.join("; ")),
    };
    CliError::new("not-found", Exit::NotFound, format!("no provider of {cid} was found"))
        .because(format!("the routers that answered name none that can be dialled{others}"))
        .remedy("ask another with  --router URL , or whoever has it for its address")
}

pub(crate) fn routers_failed(failures: &[String]) -> CliError {
    CliError::new("routers-failed", Exit::Failed, "no router answered".to_owned())
        .because(failures.join("; "))
        .remedy("see whether they can be reached from here, or ask another with  --router URL")
}

pub(crate) fn bad_router(text: &str, why: &EndpointError) -> CliError {
    let what = format!("{text:?} is not the URL of a server of the delegated routing API");
    CliError::new("bad-router", Exit::Usage, what)
        .because(why.to_string())
        .remedy("write it as  https://delegated-ipfs.dev  or  http://127.0.0.1:8080")
}

pub(crate) fn editor(editor: &str, why: &dyn std::fmt::Display) -> CliError {
    CliError::new("editor", Exit::Failed, format!("the editor `{editor}` did not end well"))
        .because(why.to_string())
        .remedy("name another in  VISUAL  or  EDITOR , or use  bitswap config set")
}

pub(crate) fn not_announced(cids: &[String], why: &str) -> CliError {
    let what = match cids {
        [only] => format!("{only} was not announced"),
        _ => format!("{} blocks were not announced", cids.len()),
    };
    CliError::new("not-announced", Exit::Failed, what)
        .because(why)
        .remedy("see routing.dht and routing.bootstrap in  bitswap config show")
}

pub(crate) fn bad_key(path: &Path, why: &dyn std::fmt::Display) -> CliError {
    let what = format!("{} is not a private key", path.display());
    CliError::new("bad-key", Exit::BadData, what)
        .because(why.to_string())
        .remedy("give a libp2p key in protobuf form, as  ipfs key export  writes it")
}

pub(crate) fn no_such_strategy(name: &str, nearest: Option<&str>) -> CliError {
    CliError::new("unknown-strategy", Exit::Usage, format!("no role has a strategy {name:?}"))
        .because("the catalog does not hold it")
        .remedy(instead(nearest, "bitswap strategy list"))
}

pub(crate) fn param_shape(given: &str) -> CliError {
    CliError::new("bad-parameter", Exit::Usage, format!("{given:?} is no parameter"))
        .because("a parameter has a name and a value")
        .remedy("write it as  --param degree=4")
}

pub(crate) fn different_roles(names: [&str; 2], roles: [Vec<Role>; 2]) -> CliError {
    let [one, other] = names;
    let what = format!("{one} and {other} cannot be compared");
    let [of_one, of_other] = roles.map(|roles| {
        let names: Vec<_> = roles.into_iter().map(Role::name).collect();
        names.join(" and ")
    });
    CliError::new("different-roles", Exit::Usage, what)
        .because(format!("{one} is a {of_one}, and {other} a {of_other}"))
        .remedy("choose two of one role; see  bitswap strategy list")
}

pub(crate) fn bad_share(given: &str) -> CliError {
    CliError::new("bad-share", Exit::Usage, format!("{given:?} is no share"))
        .because("a share is a number of percent, from 0 to 100")
        .remedy("write it as  --split 10%")
}

pub(crate) fn usage(what: &str) -> CliError {
    CliError::new("usage", Exit::Usage, what.to_owned())
        .because("the command line cannot be understood")
        .remedy("see  bitswap --help")
}

pub(crate) fn bad_extension(why: &ExtendError) -> CliError {
    let what = "the program's own strategies cannot be added".to_owned();
    CliError::new("bad-extension", Exit::Failed, what)
        .because(why.to_string())
        .remedy("change what the program gives to  bitswap_node::main_with")
}
