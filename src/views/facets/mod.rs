//! The filters: every field's values with counts; each can be included, excluded or taken alone.

mod group;
mod line;

use super::parts::InTurn;
use crate::model::Field;
use leptos::prelude::*;

/// So many fields are mounted in one task.
const FIELDS_A_TURN: usize = 5;

#[component]
pub fn Facets() -> impl IntoView {
    let fields: Vec<Field> = Field::facets().collect();
    let turns = fields.chunks(FIELDS_A_TURN).map(|fields| {
        let fields = fields.to_vec();
        view! { <InTurn>{fields.iter().map(|&field| view! { <group::Group field /> }).collect_view()}</InTurn> }
    });
    view! { <div class="facets">{turns.collect_view()}</div> }
}
