//! What only a medium that misbehaves can show.
