//! Which columns show, and in what order.

use super::columns::move_column;
use super::grid::Grid;
use crate::model::{FIELDS, Field};
use crate::state::view::View;
use crate::views::parts::{Glyph, IconButton, Popover};
use leptos::prelude::*;

#[component]
pub fn Chooser(grid: Grid) -> impl IntoView {
    let open = RwSignal::new(false);
    let app = grid.app;
    let columns = app.parts.columns;
    let chosen = move |columns: &[Field]| {
        let count = columns.len();
        let row = |(place, field): (usize, &Field)| chosen_row(grid, place, count, *field);
        columns.iter().enumerate().map(row).collect_view()
    };
    let others = move |columns: &[Field]| {
        let add = |field: Field| {
            let press = move |_| app.view.update(|view| view.columns.push(field));
            view! {
                <li>
                    <label title=field.spec().help>
                        <input type="checkbox" prop:checked=false on:change=press />
                        {field.label()}
                    </label>
                </li>
            }
        };
        let left = FIELDS.iter().map(|spec| spec.field).filter(|field| !columns.contains(field));
        left.map(add).collect_view()
    };
    view! {
        <Popover open label="Columns" button=|| "Columns" class="chooser">
            <h2>"Shown, from left to right"</h2>
            <ol class="chooser-list">{move || columns.with(|columns| chosen(columns))}</ol>
            <h2>"More columns"</h2>
            <ul class="chooser-list">{move || columns.with(|columns| others(columns))}</ul>
            <button
                type="button"
                on:click=move |_| app.view.update(|view| view.columns = View::default().columns)
            >
                "Usual columns"
            </button>
        </Popover>
    }
}

fn chosen_row(grid: Grid, place: usize, count: usize, field: Field) -> impl IntoView {
    let app = grid.app;
    let remove = move |_| app.view.update(|view| view.columns.retain(|column| *column != field));
    let name = field.label();
    view! {
        <li>
            <label title=field.spec().help>
                // A table without columns would be empty for no reason that it shows.
                <input type="checkbox" prop:checked=true disabled=count == 1 on:change=remove />
                {name}
            </label>
            {(place > 0).then(|| view! {
                <IconButton
                    glyph=Glyph::Up
                    label=["Move ", name, " left"].concat()
                    on_press=move |_| move_column(app, place, place - 1)
                />
            })}
            {(place + 1 < count).then(|| view! {
                <IconButton
                    glyph=Glyph::Down
                    label=["Move ", name, " right"].concat()
                    on_press=move |_| move_column(app, place, place + 2)
                />
            })}
        </li>
    }
}
