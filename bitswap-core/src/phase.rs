//! The phases of a want. Only `engine/phase.rs` moves a want from one to another.

/// What is being done about a want: always one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Our own store is asked, and nobody else is yet.
    OwnStore,
    /// The selector of its session is asked next.
    Undecided,
    /// The selector left it aside while others are asked.
    HeldBack,
    /// The finder looks for somebody who has it.
    Searching,
    /// A block ask is open or planned.
    Asked,
}
