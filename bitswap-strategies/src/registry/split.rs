//! Lets one registry decide about some CIDs and another about the rest, and compares them.

crate::wrap::split!(Registry, "ttl-relay", "guided-relay");
