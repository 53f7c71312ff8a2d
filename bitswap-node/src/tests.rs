//! Every error says what, why and what to do, in the same style.

use std::io;
use std::path::{Path, PathBuf};

use bitswap_core::BlockError;
use bitswap_core::strategy::Role;
use bitswap_host::{DialFailure, ListenError};
use bitswap_net::{EndpointError, Failure};
use bitswap_service::config::{Config, Sources};
use bitswap_service::error::{CliError, Exit};
use bitswap_service::home::Holder;
use bitswap_store::StoreError;
use bitswap_strategies::{catalog, quantity};
use bitswap_unixfs::{CarError, DagError, WantError};
use cid::Cid;
use libp2p::Multiaddr;

use crate::cli::errors;

#[test]
fn every_error_says_what_why_and_what_to_do() {
    for error in all() {
        for line in [&error.what, &error.why, &error.remedy] {
            assert!(!line.is_empty(), "{error:?}");
            assert!(!line.contains('\n'), "{error:?}");
            assert!(!line.ends_with('.'), "{error:?}");
        }
        let first = error.what.chars().next().unwrap();
        assert!(!first.is_uppercase(), "{error:?}");
    }
}

#[test]
fn codes_are_in_kebab_case_and_none_is_a_success() {
    for error in all() {
        let kebab = |letter: char| letter.is_ascii_lowercase() || letter == '-';
        assert!(error.code.chars().all(kebab), "{error:?}");
        assert_ne!(error.exit, Exit::Ok, "{error:?}");
    }
}

#[test]
fn a_code_always_ends_the_program_alike() {
    let mut codes: Vec<_> = all()
        .into_iter()
        .filter(|error| error.code != "interrupted")
        .map(|error| (error.code, error.exit as u8))
        .collect();
    codes.sort_unstable();
    codes.dedup();

    let mut names: Vec<_> = codes.iter().map(|(code, _)| code).collect();
    names.dedup();

    assert_eq!(names.len(), codes.len(), "{codes:?}");
}

fn all() -> Vec<CliError> {
    let path = Path::new("somewhere");
    let denied = || io::Error::from(io::ErrorKind::PermissionDenied);
    let failure = || DialFailure {
        address: "/ip4/127.0.0.1/tcp/1".parse().unwrap(),
        why: "connection refused".to_owned(),
        denied: false,
    };
    let address: Multiaddr = "/ip4/127.0.0.1/tcp/1".parse().unwrap();
    let refused = ListenError::Refused { address: address.clone(), why: "denied".to_owned() };
    let mut all = vec![
        bitswap_api::errors::bad_address("nonsense", "invalid multiaddr"),
        bitswap_api::errors::bad_cid("ipfs://nonsense", "nonsense"),
        CliError::bad_duration(quantity::duration("5").unwrap_err()),
        errors::bad_extension(&catalog::ExtendError::Twice),
        errors::bad_key(path, &"too short"),
        CliError::bad_strategy(&"not of the form role=name"),
        CliError::cannot_listen(&refused),
        CliError::cannot_listen(&ListenError::Taken { address: address.clone() }),
        CliError::cannot_listen(&ListenError::Unsupported { address }),
        crate::demo::differs(path, "has other bytes"),
        crate::demo::differs(Path::new(""), "has other bytes"),
        CliError::file(path, &denied()),
        CliError::file(path, &io::ErrorKind::NotFound.into()),
        CliError::internal(&"a part is missing"),
        CliError::interrupted(Exit::Interrupted),
        CliError::interrupted(Exit::Terminated),
        errors::no_such_strategy("nonsense", None),
        errors::no_such_strategy("randon", Some("random")),
        errors::nobody_let_in(),
        CliError::nobody_reached(&[failure()]),
        CliError::nobody_reached(&[failure(), failure()]),
        CliError::nobody_reached(&[DialFailure { denied: true, ..failure() }]),
        CliError::port_taken(80),
        CliError::port_unusable(80, &denied()),
        errors::param_shape("degree"),
        CliError::unknown_role(&catalog::role("nonsense").unwrap_err()),
        CliError::unknown_strategy(&catalog::find(Role::Registry, "nonsense").unwrap_err()),
        CliError::unknown_strategy_or_script(
            &catalog::find(Role::Registry, "nonsense").unwrap_err(),
            Path::new("nonsense.rhai"),
        ),
        errors::usage("unrecognized subcommand 'demmo'"),
    ];
    all.extend(of_configurations());
    all.extend(of_scripts());
    all.extend(of_daemons());
    all.extend(of_stores());
    all.extend(of_files());
    all.extend(of_trees().into_iter().map(CliError::from));
    #[cfg(feature = "top")]
    all.extend([
        crate::cli::top::errors::no_terminal(),
        crate::cli::top::errors::small_terminal((40, 10), (60, 16)),
        crate::cli::top::errors::terminal(&"it went away"),
    ]);
    all
}

fn of_configurations() -> Vec<CliError> {
    let empty = tempfile::NamedTempFile::new().unwrap();
    let sources = |flags: &[&'static str]| {
        let none = Sources { file: Some(empty.path().to_owned()), ..Sources::default() };
        flags.iter().fold(none, |sources, flag| sources.with_flag(flag, "5"))
    };
    let refused = |flags: &[&'static str]| Config::load(&sources(flags)).unwrap_err().into();
    vec![refused(&["network.mdns"]), refused(&["network.mdns", "network.mdsn"])]
}

#[cfg(feature = "scripts")]
fn of_scripts() -> Vec<CliError> {
    use bitswap_strategies::script::Script;

    let path = Path::new("mine.rhai");
    let load = |text: &str| Script::load(Role::LedgerPolicy, "mine", text, &toml::Table::new());
    let refused = |text: &str| CliError::bad_script(path, text, &load(text).unwrap_err());
    let rude = load("fn weigh(ctx, account) { 1024 }\nfn test_all(ctx) { throw 1 }").unwrap();
    vec![
        refused("fn"),
        refused("fn weigh(account) { }"),
        refused("fn weigh(ctx, account) { loop { } }"),
        CliError::script_misfit(path, "", &rude.conform().unwrap_err()),
        CliError::script_differs(path, Path::new("strategies/mine.rhai")),
        CliError::script_in_the_way(path),
        CliError::script_name_odd(path),
        CliError::script_name_taken(path, "mine"),
        crate::access::errors::script_shape("mine.rhai"),
        CliError::script_test_failed(path, "", &rude.run_test("test_all").unwrap_err()),
        CliError::script_unreadable(path, "byte 7 is not UTF-8"),
        CliError::script_without_role(path, &[]),
        CliError::script_without_role(path, &[Role::PeerSelector, Role::Registry]),
    ]
}

#[cfg(not(feature = "scripts"))]
fn of_scripts() -> Vec<CliError> {
    let path = Path::new("mine.rhai");
    vec![CliError::built_without_scripts(path), crate::access::errors::script_shape("mine.rhai")]
}

fn of_daemons() -> Vec<CliError> {
    let path = Path::new("somewhere");
    let denied = || io::Error::from(io::ErrorKind::PermissionDenied);
    let holder = |api| Holder { pid: 7, api };
    vec![
        bitswap_api::errors::bad_peer_id("nonsense"),
        bitswap_api::errors::bad_request(&"a bracket is missing"),
        bitswap_api::errors::body(413, "length limit exceeded"),
        bitswap_api::errors::body(400, "cut short"),
        CliError::cannot_use(path, &denied()),
        crate::access::errors::daemon_decides(),
        errors::daemon_of_others(false),
        errors::daemon_of_others(true),
        CliError::damaged_key(path, &"too short"),
        errors::exists(path),
        CliError::key_not_private(path),
        CliError::lost(&"broken pipe"),
        CliError::denied("bafy", "list.deny:7"),
        errors::editor("vi", &"exit status: 1"),
        bitswap_api::errors::no_account("12D3Koo"),
        crate::access::errors::no_daemon("nobody answers"),
        CliError::no_home(),
        bitswap_api::errors::no_such_path(),
        bitswap_api::errors::cannot_serve_api(
            ([127, 0, 0, 1], 80).into(),
            &io::ErrorKind::AddrInUse.into(),
        ),
        CliError::damaged_token(path),
        bitswap_api::errors::foreign_host(),
        bitswap_api::errors::foreign_origin(),
        errors::no_page(),
        bitswap_api::errors::no_token(),
        bitswap_api::errors::read_token(),
        CliError::token_not_private(path),
        bitswap_api::errors::no_such_session("7"),
        errors::not_confirmed(2),
        bitswap_api::errors::not_connected("12D3Koo"),
        crate::daemon::errors::not_synced(),
        CliError::occupied(path, None),
        CliError::occupied(path, Some(7)),
        crate::access::errors::offline(),
        CliError::runs_already(path, None),
        CliError::runs_already(path, Some(&holder(None))),
        CliError::runs_already(path, Some(&holder(Some(path.to_owned())))),
        CliError::stopping(),
        bitswap_api::errors::too_many_sessions(3),
        bitswap_api::errors::unknown_word("codec", "rav", "raw, dag-pb"),
    ]
}

fn of_stores() -> Vec<CliError> {
    let cid = Cid::default();
    let hash = *cid.hash();
    let io = StoreError::Io { doing: "read".into(), kind: io::ErrorKind::StorageFull };
    vec![
        bitswap_api::errors::bad_block(&BlockError::TooLarge { bytes: 3, limit: 2 }),
        bitswap_api::errors::bad_block(&BlockError::ShortDigest { bytes: 3, least: 20 }),
        bitswap_api::errors::not_stored(&cid),
        errors::path_in_block("bafy/path"),
        CliError::store(&StoreError::BadCursor { bytes: 3 }),
        CliError::store(&StoreError::Corrupt { hash }),
        CliError::store(&StoreError::Format { found: 2, known: 1 }),
        CliError::store(&StoreError::Full { needed: 1, held: 2, limit: 2 }),
        CliError::store(&io),
        CliError::store(&StoreError::Locked { place: "somewhere".into() }),
    ]
}

fn of_files() -> Vec<CliError> {
    let interrupted = || CliError::interrupted(Exit::Interrupted);
    vec![
        errors::car_on_terminal(),
        errors::several_on_stdout(),
        errors::same_name_twice(Path::new("cat.jpg")),
        errors::car(Path::new("a.car"), CarError::UnknownVersion { version: 3 }),
        errors::car(Path::new("a.car"), io::Error::from(io::ErrorKind::PermissionDenied).into()),
        errors::export(CarError::UnknownCodec { cid: Cid::default() }),
        errors::bad_chunker("rabin", 10),
        errors::bad_escape("ipfs://bafy/%zz"),
        errors::bad_size(quantity::size("1kg").unwrap_err()),
        errors::hash_needs_version_1(),
        errors::ipns("/ipns/name"),
        crate::access::errors::keeps_nothing(),
        errors::name_not_text(Path::new("somewhere")),
        errors::nobody_to_ask(&Cid::default()),
        errors::not_ipfs("https://example.org"),
        crate::access::errors::daemon_routes(),
        errors::no_provider(&Cid::default(), &["example.org: it is busy".to_owned()]),
        bitswap_api::errors::no_router(),
        errors::routers_failed(&["example.org: it is busy".to_owned()]),
        errors::bad_router("example.org", &EndpointError::Scheme),
        CliError::cannot_serve_routing(
            ([127, 0, 0, 1], 1).into(),
            &io::ErrorKind::AddrInUse.into(),
        ),
        CliError::recorded_already(Path::new("somewhere")),
        errors::fetch_interrupted(interrupted(), true),
        errors::fetch_interrupted(interrupted(), false),
    ]
}

fn of_trees() -> Vec<DagError> {
    let cid = Cid::default();
    let path = || PathBuf::from("somewhere");
    let failed = |why| DagError::Want(Box::new(WantError::Failed { cid, why }));
    vec![
        failed(Failure::NotFound),
        failed(Failure::TimedOut),
        DagError::Want(Box::new(WantError::Lost { why: "broken pipe".to_owned() })),
        DagError::Io { path: path(), source: io::ErrorKind::StorageFull.into() },
        DagError::Length { path: path(), declared: 2, found: 1 },
        DagError::Missing { cid },
        DagError::NameNotText { path: path() },
        DagError::NotAFile { kind: "directory" },
        DagError::NotADirectory { path: "bafy/a".to_owned(), segment: "b".to_owned() },
        DagError::NotInside { path: "bafy".to_owned(), segment: "a".to_owned() },
        DagError::NotStorable { path: path() },
        DagError::NotWritable { path: path(), why: "the path is too long" },
        DagError::NotUnixfs { cid, why: "its codec is 0x71".to_owned() },
        DagError::TargetExists { path: path() },
        DagError::Tree { why: "a name comes twice".to_owned() },
        DagError::UnsafeName { cid, name: "..".to_owned() },
    ]
}
