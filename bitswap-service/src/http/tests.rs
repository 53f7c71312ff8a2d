//! The hosts that are let in.

use super::guard::is_local;

#[test]
fn names_of_this_machine_are_let_in() {
    for host in ["127.0.0.1", "127.0.0.1:9090", "localhost", "LocalHost:80", "[::1]", "[::1]:80"] {
        assert!(is_local(host), "{host}");
    }
}

#[test]
fn other_names_are_kept_out() {
    for host in ["", "evil.example", "127.0.0.1.evil.example:80", "localhost:80.evil", ":80"] {
        assert!(!is_local(host), "{host}");
    }
}
