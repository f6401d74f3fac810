//! The chart's equivalent as a table.

use super::Line;
use super::plot::shown_label;
use crate::state::layers::Layer;
use crate::views::parts::number::thousands;
use leptos::prelude::*;

#[component]
pub fn BucketTable(line: Line) -> impl IntoView {
    view! {
        <div class="timeline-table" tabindex="0" role="region" aria-label="Events over time, as a table">
            <table>
                <caption class="visually-hidden">"Events over time"</caption>
                {move || {
                    let chart = line.chart.get();
                    let counts = |bucket: usize| {
                        let count = move |layer: &Layer| layer.counts.get(bucket).copied().unwrap_or(0);
                        chart.layers.iter().map(count).collect::<Vec<_>>()
                    };
                    let heads = chart.layers.iter().map(|layer| {
                        view! { <th scope="col" class="foreign">{shown_label(&layer.label)}</th> }
                    });
                    let mut empty = 0;
                    let mut rows = Vec::new();
                    for bucket in 0..chart.buckets {
                        let counts = counts(bucket);
                        let total: u64 = counts.iter().map(|&count| u64::from(count)).sum();
                        if total == 0 {
                            empty += 1;
                            continue;
                        }
                        let cells = counts.into_iter().map(|count| {
                            view! { <td class="number">{thousands(u64::from(count))}</td> }
                        });
                        rows.push(view! {
                            <tr>
                                <th scope="row">{line.bucket_words(bucket)}</th>
                                <td class="number">{thousands(total)}</td>
                                {cells.collect_view()}
                            </tr>
                        });
                    }
                    let left_out = (empty > 0).then(|| {
                        let words = ["Bars left out because they hold no events: ".to_string(), thousands(empty)].concat();
                        view! { <tfoot><tr><td colspan=(chart.layers.len() + 2).to_string()>{words}</td></tr></tfoot> }
                    });
                    view! {
                        <thead>
                            <tr><th scope="col">"Time"</th><th scope="col">"Events"</th>{heads.collect_view()}</tr>
                        </thead>
                        <tbody>{rows}</tbody>
                        {left_out}
                    }
                }}
            </table>
        </div>
    }
}
