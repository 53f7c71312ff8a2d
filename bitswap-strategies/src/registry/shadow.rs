//! Lets one registry decide, and counts how often another would have decided otherwise.

crate::wrap::shadow!(Registry, "ttl-relay", "guided-relay");
