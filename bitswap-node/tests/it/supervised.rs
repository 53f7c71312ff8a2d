//! What a daemon tells the supervisor that started it.

use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::Duration;

use crate::support::Place;

#[test]
fn a_supervisor_hears_that_a_daemon_is_ready_lives_reloads_and_stops() {
    let place = Place::new();
    let socket = place.path("supervisor");
    let supervisor = UnixDatagram::bind(&socket).unwrap();
    supervisor.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let hear = |word: &str| while !receive(&supervisor).lines().any(|line| line == word) {};

    let environment = [("NOTIFY_SOCKET", socket.to_str().unwrap()), ("WATCHDOG_USEC", "100000")];
    let daemon = place.daemon_with(&environment);

    assert_eq!(receive(&supervisor), "READY=1\n");
    hear("WATCHDOG=1");
    hear("WATCHDOG=1");
    let id = daemon.report["pid"].to_string();
    assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
    hear("RELOADING=1");
    hear("READY=1");
    assert_eq!(daemon.signal("-TERM"), 0);
    hear("STOPPING=1");
}

fn receive(supervisor: &UnixDatagram) -> String {
    let mut message = [0; 256];
    let length = supervisor.recv(&mut message).unwrap();
    String::from_utf8(message[..length].to_vec()).unwrap()
}
