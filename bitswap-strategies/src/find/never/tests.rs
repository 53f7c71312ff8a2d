//! The end comes first.

use bitswap_core::SessionId;
use bitswap_core::strategy::{Ctx, ProviderFinder, SearchView, Step, WantSet};

use super::Never;
use crate::fixture::{at, dice};

#[test]
fn a_search_ends_before_it_begins() {
    let step =
        Never.next_step(&mut Ctx::new(at(0), &mut dice(1)), &SearchView::new(SessionId(1), at(0)));

    assert_eq!(step, Step::GiveUp { wants: WantSet::All, reason: "never searches" });
}
