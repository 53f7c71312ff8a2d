//! Lets one registry decide, and another where the first knows nobody.

crate::wrap::fallback!(Registry, "want-inspection", "ttl-relay");
