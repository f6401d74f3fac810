//! The filters: every field's values with counts; each can be included, excluded or taken alone.

mod group;
mod line;

use crate::model::Field;
use leptos::prelude::*;

#[component]
pub fn Facets() -> impl IntoView {
    let groups = Field::facets().map(|field| view! { <group::Group field /> });
    view! { <div class="facets">{groups.collect_view()}</div> }
}
