//! When a source has events, drawn along the span of all of them.

use crate::model::{Micros, TimeRange};
use crate::query::coverage::gaps::Rhythm;
use leptos::prelude::*;

/// The drawing's own units: it stretches to the width it is given.
const WIDTH: f64 = 1000.0;
/// Of the shortest stretch, so that it can be seen.
const LEAST: f64 = 2.0;

/// The source's span with its gaps left open. The words beside it say the same.
#[component]
pub fn CoverageBar(whole: TimeRange, own: TimeRange, rhythm: Rhythm) -> impl IntoView {
    let x = |micros: Micros| {
        let past = micros.saturating_sub(whole.start_micros) as f64;
        past / whole.width_micros().max(1) as f64 * WIDTH
    };
    let rect = |range: TimeRange, class: &'static str, least: f64| {
        let (from, to) = (x(range.start_micros), x(range.end_micros));
        let width = (to - from).max(least);
        let from = from.min(WIDTH - width).max(0.0);
        view! { <rect class=class x=from.to_string() width=width.to_string() y="0" height="8" /> }
    };
    let gaps: Vec<_> = rhythm.gaps.iter().map(|gap| rect(*gap, "coverage-gap", 1.0)).collect();
    view! {
        <svg class="coverage-bar" viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">
            {rect(own, "coverage-own", LEAST)} {gaps}
        </svg>
    }
}
