//! Worlds of `interop/lines` in the simulator.

use std::fs;
use std::path::Path;
use std::time::Duration;

use bitswap_core::strategy::Role;
use bitswap_sim::lines::{Ended, Lines, Told, Unplayable, play, read};
use bitswap_strategies::catalog::StrategyChoice;
use toml::Table;

#[test]
fn a_file_takes_as_long_as_its_bytes_and_not_longer() {
    let run = run("up_kb_per_s = 1000\ndelay_ms = 20\nfile_bytes = 1_000_000\nat_most = 1.25");
    let told = played(&run);
    let ratio = told.ratio(run.bound()).expect("its line has a rate");

    assert_eq!((&told.ended, run.differs(&told)), (&Ended::Ok, None));
    assert!((1.0..1.25).contains(&ratio) && (1.0..1.01).contains(&told.received), "{told:?}");
    assert_eq!(played(&run), told, "the same seed, the same run");
}

#[test]
fn clients_share_the_uplink_of_their_server_and_wait_while_it_stands_still() {
    let run = run("up_kb_per_s = 1000\nclients = 3\nfile_bytes = 1_000_000\nfresh = true\n\
                   events = [{ what = 'pause', at_s = 1, for_s = 5 }]");
    let told = played(&run);

    assert_eq!(told.ended, Ended::Ok);
    // What the server has written by then leaves meanwhile.
    assert!((7.0..8.1).contains(&told.time.as_secs_f64()), "{told:?}");
}

#[test]
fn a_crowd_has_what_it_got_for_one_another() {
    let run = run("up_kb_per_s = 2500\nclient_up_kb_per_s = 2500\nclient_down_kb_per_s = 12500\n\
                   file_bytes = 16_777_216\nclients = 12\ncrowd = true\nat_most = 1.8");
    let told = played(&run);

    assert_eq!((&told.ended, run.differs(&told)), (&Ended::Ok, None));
    let bound = run.bound().expect("its lines have rates").as_secs_f64();
    assert!((6.7..6.8).contains(&bound), "a file once from the seeder: {bound}");
}

#[test]
fn our_nodes_have_the_strategies_that_are_chosen() {
    let mut run = run("up_kb_per_s = 1000\nservers = 2\nfile_bytes = 2_000_000\ndelay_ms = 20");
    let usual = played(&run);
    run.strategies = StrategyChoice::default().with(Role::PeerSelector, "flood", Table::new());
    let flooded = played(&run);

    assert!(flooded.received > usual.received + 0.2, "{flooded:?} {usual:?}");
}

#[test]
fn a_line_that_is_dead_for_long_ends_a_fetch_and_that_is_told() {
    let run = run("up_kb_per_s = 1000\nfile_bytes = 3_000_000\n\
                   events = [{ what = 'half_open', at_s = 1, for_s = 300 }]");
    let told = played(&run);

    assert!(matches!(told.ended, Ended::Failed { clients: 1, .. }), "{told:?}");
    assert_eq!(run.differs(&told).as_deref(), Some("its file says that it succeeds"));
}

#[test]
fn what_the_simulator_has_not_is_told() {
    for (what, why) in [
        ("server = 'kubo'", "Kubo"),
        ("transport = 'quic-v1'", "QUIC without a ramp"),
        ("relay = 'ours'", "a relay between nodes"),
        ("clients = 2\nclients_share = true", "a line that clients share"),
    ] {
        let run = run(&format!("file_bytes = 1\n{what}"));
        assert_eq!(play(&run, 1), Err(Unplayable::NotSimulated(why)));
    }
}

#[test]
fn a_line_has_a_ramp_where_its_file_says_so() {
    let far = "up_kb_per_s = 12500\ndelay_ms = 100\nfile_bytes = 500_000\nramp = ";
    let [without, tcp, quic] = ["false", "true", "true\ntransport = 'quic-v1'"]
        .map(|ramp| played(&run(&format!("{far}{ramp}"))).time);

    // Half a megabyte is through after five round trips more.
    assert!(without + Duration::from_millis(800) < tcp, "{without:?} {tcp:?}");
    assert!(without + Duration::from_millis(800) < quic, "{without:?} {quic:?}");
}

#[test]
fn all_worlds_of_the_tree_can_be_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../interop/lines/worlds");
    let mut told = Vec::new();
    for entry in fs::read_dir(folder).expect("the worlds are there") {
        let path = entry.expect("a file").path();
        let runs = read("it", &fs::read_to_string(&path).expect("text"));
        let runs = runs.unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        told.extend(runs.iter().map(Lines::to_string));
    }
    for name in [
        "it: 10 × 125000 kB/s, 0 ms, 8.2 MB, blocks of 1 KiB, ours from ours",
        "it: 2500 kB/s, 20 ms, 3.0 MB, blocks of 256 KiB, ours from ours, 12 clients",
        "it: 400 kB/s, 20 ms, 6.0 MB, blocks of 256 KiB, ours from kubo, pause for 30 s",
    ] {
        assert!(told.iter().any(|run| run == name), "{name}");
    }
}

fn run(fields: &str) -> Lines {
    let runs = read("test", &format!("about = 'a test'\n{fields}"));
    runs.expect("it is right").remove(0)
}

fn played(run: &Lines) -> Told {
    play(run, 1).unwrap_or_else(|why| panic!("{why}"))
}
