//! Words of the command line.

use std::time::Duration;

use bitswap_service::config::Profile;
use bitswap_service::units::{rate, size};
use clap::CommandFactory as _;

use super::target::Target;
use super::{Cli, man, parse};
use crate::table::{printable, table};

const TEXT: &str = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn a_cid_may_come_in_many_forms() {
    let alone = Target::parse(TEXT).unwrap();

    assert_eq!(alone.root.to_string(), TEXT);
    assert_eq!(alone.path, [] as [&str; 0]);
    for form in ["ipfs://", "ipfs:", "/ipfs/", "IPFS://", "https://ipfs.io/ipfs/"] {
        assert_eq!(Target::parse(&format!("{form}{TEXT}")), Ok(alone.clone()), "{form}");
    }
    assert_eq!(Target::parse(&format!("/ipfs/{TEXT}/")), Ok(alone.clone()));
    assert_eq!(Target::parse(&format!("https://{TEXT}.ipfs.dweb.link")), Ok(alone));
}

#[test]
fn a_path_may_come_after_the_cid() {
    for text in [
        format!("{TEXT}/a b/ü"),
        format!("/ipfs/{TEXT}//a b/ü/"),
        format!("ipfs://{TEXT}/a%20b/%C3%BC?download=true#top"),
        format!("http://127.0.0.1:8080/ipfs/{TEXT}/a%20b/ü"),
        format!("https://{TEXT}.ipfs.dweb.link/a%20b/ü"),
    ] {
        let target = Target::parse(&text).unwrap();

        assert_eq!(target.root.to_string(), TEXT);
        assert_eq!(target.path, ["a b", "ü"], "{text}");
        assert_eq!(target.name(), "ü");
        assert_eq!(target.to_string(), format!("{TEXT}/a b/ü"));
    }
}

#[test]
fn outside_urls_a_percent_is_a_percent() {
    assert_eq!(Target::parse(&format!("{TEXT}/100%?")).unwrap().path, ["100%?"]);
}

#[test]
fn what_is_no_cid_is_told_with_what_it_was() {
    for (text, code) in [
        ("bafynonsense", "bad-cid"),
        ("", "bad-cid"),
        ("ipns://example.org", "bad-cid"),
        ("https://example.org/a", "bad-cid"),
        ("https://example.org.ipns.dweb.link", "bad-cid"),
        (&format!("ipfs://{TEXT}/%"), "bad-path"),
        (&format!("ipfs://{TEXT}/%+1"), "bad-path"),
        (&format!("ipfs://{TEXT}/%ff"), "bad-path"),
    ] {
        let error = Target::parse(text).unwrap_err();

        assert_eq!(error.code, code, "{text}");
        assert!(error.what.contains(text), "{error:?}");
    }
}

#[test]
fn a_cid_that_is_cut_off_is_told_so() {
    let why = |text: &str| Target::parse(text).unwrap_err().why;
    let cut = format!("ipfs://{}/file", TEXT.get(..40).unwrap());

    let v1 = "it has 40 letters, and a cid that begins with baf has 59: its end may be cut off";
    assert_eq!(why(&cut), v1);
    let v0 = "it has 9 letters, and a cid that begins with Qm has 46: its end may be cut off";
    assert_eq!(why("QmbWqxBEK"), v0);
    assert_eq!(why(&TEXT.replace('y', "1")), "a letter of it is wrong");
    assert_eq!(why(&format!("{TEXT}11")).split(',').next(), Some("it has 61 letters"));
    assert!(why("nonsense").starts_with("most begin with baf or Qm"));
}

#[test]
fn a_size_without_a_unit_is_bytes() {
    for (text, bytes) in [("0", 0), ("262144", 262_144), ("64KiB", 65_536)] {
        assert_eq!(parse::size(text), Ok(bytes));
    }
    assert_eq!(parse::size("-1").unwrap_err().code, "bad-size");
}

#[test]
fn a_chunker_says_its_size() {
    assert_eq!(parse::chunker("size-1"), Ok(1));
    assert_eq!(parse::chunker("size-1MiB"), Ok(1 << 20));
    assert_eq!(parse::chunker("size-2096896"), Ok(2_096_896));

    for bad in ["size-0", "size-2096897", "size-", "262144", "rabin-1-2-3", "buzhash"] {
        assert_eq!(parse::chunker(bad).unwrap_err().code, "bad-chunker", "{bad}");
    }
}

#[test]
fn the_short_help_of_each_verb_fits_a_small_terminal_and_has_examples() {
    const VERBS: &[&str] = &[
        "add",
        "get",
        "cat",
        "ls",
        "daemon",
        "block",
        "car",
        "check",
        "gc",
        "id",
        "page",
        "peers",
        "pin",
        "wantlist",
        "explain",
        "ledger",
        "routing",
        "serve",
        "stat",
        "store",
        "init",
        "completions",
        "man",
        #[cfg(feature = "top")]
        "top",
    ];

    let mut program = Cli::command();
    program.build();
    for verb in VERBS {
        let help = program.find_subcommand_mut(verb).unwrap().render_help().to_string();

        assert!(help.lines().count() <= 24, "{verb}: {}\n{help}", help.lines().count());
        assert!(help.contains("Examples:\n  bitswap"), "{help}");
    }
}

#[test]
fn the_help_of_init_names_each_profile() {
    let mut program = Cli::command();
    program.build();
    let help = program.find_subcommand_mut("init").unwrap().render_help().to_string();
    let named = |profile: &&Profile| help.contains(profile.name());
    assert!(Profile::ALL.iter().all(|profile| named(&profile)), "{help}");
}

#[test]
fn each_option_has_a_text_in_the_manual() {
    let folder = tempfile::TempDir::new().unwrap();
    clap_mangen::generate_to(man::manual(Cli::command()), folder.path()).unwrap();

    let pages = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let pages: Vec<_> = pages.collect();
    assert!(pages.len() > 60, "{}", pages.len());
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        for option in text.split(".TP\n").skip(1) {
            let mut lines = option.lines();
            let name = lines.next().unwrap();
            let told = lines.next().unwrap_or_default();
            assert!(!told.is_empty() && !told.starts_with('.'), "{}: {name}", page.display());
        }
    }
}

#[test]
fn a_time_is_more_than_nothing() {
    assert_eq!(parse::duration("5m"), Ok(Duration::from_secs(300)));
    for (bad, why) in [("0s", "it has to be more than 0"), ("5", "there is no unit")] {
        assert_eq!(parse::duration(bad).unwrap_err().why, why);
    }
}

#[test]
fn sizes_have_three_digits_and_binary_units() {
    for (bytes, text) in [
        (0, "0 B"),
        (1_023, "1023 B"),
        (1_024, "1.00 KiB"),
        (262_144, "256 KiB"),
        (13_002_342, "12.4 MiB"),
        (u64::MAX, "16777216 TiB"),
    ] {
        assert_eq!(size(bytes), text);
    }
    assert_eq!(rate(1_048_576, 0.5), "2.00 MiB/s");
    assert_eq!(rate(1, 0.0), "at once");
}

#[test]
fn columns_are_as_wide_as_their_widest_cell() {
    let rows = vec![["Łódź", "1"], ["b", "2"]].into_iter().map(|row| row.map(str::to_owned));

    assert_eq!(table(["a", "n"], rows.collect()), "  a     n\n  Łódź  1\n  b     2");
}

#[test]
fn names_are_shown_without_what_a_terminal_obeys_or_what_turns_the_text() {
    let shown = printable("a\u{1b}[2J\u{202e}gpj.exe\u{2066} é\u{2028}");

    assert_eq!(shown, "a\\u{1b}[2J\\u{202e}gpj.exe\\u{2066} é\\u{2028}");
}
