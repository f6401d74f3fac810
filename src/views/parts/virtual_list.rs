//! A list of any length of which only the rows on screen exist.

use super::px;
use crate::views::timeline::observe;
use leptos::html::Div;
use leptos::prelude::*;
use std::ops::Range;

/// Browsers cap an element's height; beyond this the scroll bar is scaled.
const MAX_HEIGHT: f64 = 8_000_000.0;
const OVERSCAN: u64 = 6;

/// Rows of one height. `row` makes the row of an index; `visible` tells which rows exist now.
#[component]
pub fn VirtualList<V: IntoView + 'static>(
    #[prop(into)] total: Signal<u64>,
    row_height: f64,
    visible: RwSignal<Range<u64>>,
    #[prop(into)] label: String,
    row: impl Fn(u64) -> V + Send + Sync + Clone + 'static,
) -> impl IntoView {
    let root = NodeRef::<Div>::new();
    // First row's index as a fraction, and the rows that fit.
    let place = RwSignal::new((0.0f64, 0.0f64, 0.0f64));
    let height = move || (total.get() as f64 * row_height).clamp(1.0, MAX_HEIGHT);
    let measure = move || {
        let Some(root) = root.get_untracked() else { return };
        let (scroll, view_height) = (f64::from(root.scroll_top()), f64::from(root.client_height()));
        let full = total.get_untracked() as f64 * row_height;
        let spacer = full.clamp(1.0, MAX_HEIGHT);
        let scale = if spacer > view_height { (full - view_height) / (spacer - view_height) } else { 1.0 };
        let top = scroll * scale.max(1.0);
        place.set((scroll, top, view_height));
    };
    let rows = Memo::new(move |_| {
        let (_, top, view_height) = place.get();
        let first = (top / row_height) as u64;
        let count = (view_height / row_height).ceil() as u64 + 1;
        first.saturating_sub(OVERSCAN)..(first + count + OVERSCAN).min(total.get())
    });
    Effect::new(move |_| visible.set(rows.get()));
    Effect::new(move |_| {
        total.track();
        // After the first layout, and whenever there is more to show.
        request_animation_frame(measure);
    });
    Effect::new(move |_| {
        if let Some(root) = root.get() {
            observe::on_resize(&root, measure);
        }
    });
    let px = |size: f64| px(size.round());
    // Where the block of rows lies: at its own place when unscaled, beside the scroll position when scaled.
    let offset = move || {
        let (scroll, top, _) = place.get();
        px((rows.with(|rows| rows.start as f64 * row_height) - top + scroll).max(0.0))
    };
    view! {
        <div class="virtual" node_ref=root tabindex="0" role="region" aria-label=label on:scroll=move |_| measure()>
            <div class="virtual-space" style:height=move || px(height())>
                <ul class="virtual-rows" style:top=offset>
                    <For each=move || rows.get() key=|index| *index children=row.clone() />
                </ul>
            </div>
        </div>
    }
}
