//! Something is served by one command, and fetched by the one that it prints.

use std::fs;

use crate::support::Place;

#[test]
fn the_command_that_is_printed_fetches_what_is_served() {
    let (there, here) = (Place::new(), Place::new());
    there.tree("a tree");
    let serving = there.reporting(&["serve", "a tree", "--json"]);
    let cid = serving.text_at("/cid");

    let command = serving.text_at("/command");
    let words = command.strip_suffix(" -o 'copy-a tree'").unwrap();
    let words: Vec<_> = words.split(' ').skip(1).collect();
    let where_it_is = [&words[..], &["-o", "copy-a tree", "--standalone"]].concat();
    assert_eq!(there.run(&where_it_is).code, 0, "in the directory where it was printed");
    let got = here.run(&[&words[..], &["-o", "a tree", "--json"]].concat());

    assert_eq!(got.code, 0, "{}", got.stderr);
    assert_eq!(got.json()["cid"], cid);
    for file in ["a.txt", "sub/nothing", "sub/deeper/large"] {
        let copy = fs::read(here.path("a tree").join(file)).unwrap();
        assert!(copy == fs::read(there.path("a tree").join(file)).unwrap(), "{file} differs");
    }
    assert!(!there.node("blocks").exists(), "nothing is kept");
    #[cfg(unix)]
    {
        let (code, end) = serving.last_words("-INT");
        assert_eq!((code, &end["event"], &end["peers"]), (130, &"end".into(), &2.into()));
        let fetched = got.json()["fetched_blocks"].as_u64().unwrap();
        assert_eq!(end["sent_blocks"], 2 * fetched);
    }
}

#[test]
fn loopback_comes_last_and_where_one_says_nowhere_else() {
    let place = Place::new();
    place.file("file", 1_000);
    let listen = ["--listen", "/ip4/127.0.0.1/tcp/0"];
    let serving = place.reporting(&[&["serve", "file", "--json"], &listen[..]].concat());

    let addresses = serving.report["addresses"].as_array().unwrap();
    assert_eq!(addresses, serving.report["loopback_addresses"].as_array().unwrap());
    assert_eq!(addresses.len(), 1);
    assert!(serving.text_at("/command").ends_with(" -o copy-file"));
    fs::write(place.path("copy-file"), "").unwrap();
    let again = place.reporting(&[&["serve", "file", "--json"], &listen[..]].concat());
    assert!(again.text_at("/command").ends_with(" -o copy-2-file"));
    fs::create_dir(place.path("below")).unwrap();
    let elsewhere = place.path("file");
    let mut command = place.command(&["serve", elsewhere.to_str().unwrap(), "--json"]);
    command.args(listen).current_dir(place.path("below"));
    assert!(Place::ready(&mut command).text_at("/command").ends_with(" -o file"));
}

#[test]
fn connections_are_taken_where_the_configuration_says_unless_the_command_does() {
    let place = Place::new();
    place.file("file", 1_000);
    let addresses = |listen: &str, args: &[&str]| {
        let config = format!("[network]\nlisten = {listen}\n");
        fs::write(place.node("bitswap.toml"), config).unwrap();
        let serving = place.reporting(&[&["serve", "file", "--json"], args].concat());
        let addresses = serving.report["addresses"].as_array().unwrap().clone();
        addresses.iter().map(|address| address.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };

    let of_config = addresses("[\"/ip4/127.0.0.1/tcp/0\"]", &[]);
    assert_eq!(of_config.len(), 1, "{of_config:?}");
    assert!(of_config[0].starts_with("/ip4/127.0.0.1/tcp/"), "{of_config:?}");
    let said = addresses("[\"/ip4/0.0.0.0/tcp/0\"]", &["--listen", "/ip4/127.0.0.1/udp/0/quic-v1"]);
    assert!(said.len() == 1 && said[0].contains("/udp/"), "{said:?}");

    fs::write(place.node("bitswap.toml"), "[network]\nlisten = []\n").unwrap();
    let nowhere = place.run(&["serve", "file"]);
    assert_eq!(nowhere.code, 2, "{}", nowhere.stderr);
    assert!(nowhere.stderr.contains("--listen /ip4/0.0.0.0/tcp/0"), "{}", nowhere.stderr);
}

#[test]
fn what_is_not_there_is_not_served() {
    let place = Place::new();
    let ran = place.run(&["serve", "nothing", "--json"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert_eq!(ran.json()["error"]["code"], "not-found");
}
