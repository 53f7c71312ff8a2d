//! Which lines a filter lets through.

use super::directives;

#[test]
fn lines_of_the_network_are_left_out_below_debug_unless_they_are_named() {
    assert!(directives("info").starts_with("hickory=error,"));
    assert!(directives("info").ends_with(",yamux=error,info"));
    assert_eq!(directives("warn,DEBUG"), "warn,DEBUG");
    assert!(directives("info,libp2p_swarm=debug").ends_with(",info,libp2p_swarm=debug"));
}
