//! Which stretch of time is looked at, and in which zone times show.

use super::keys::{self, Action};
use super::parts::number::duration_text;
use super::parts::zone::{
    format_clock, format_date, format_time_seconds, known_zones, offset_text, parse_time, zone_name,
};
use super::parts::{Glyph, Icon, IconButton, Popover, focus_soon};
use crate::model::TimeRange;
use crate::model::time::MICROS_PER_SECOND;
use crate::state::app::App;
use crate::state::view::Zone;
use leptos::prelude::*;

const MINUTE: i64 = 60 * MICROS_PER_SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Stretches at the end of the data: what is looked at mostly is what happened last.
const LAST: [(i64, &str); 7] = [
    (MINUTE, "Last minute"),
    (15 * MINUTE, "Last 15 minutes"),
    (HOUR, "Last hour"),
    (6 * HOUR, "Last 6 hours"),
    (DAY, "Last day"),
    (7 * DAY, "Last 7 days"),
    (30 * DAY, "Last 30 days"),
];

#[component]
pub fn TimeControl() -> impl IntoView {
    let app = App::get();
    let open = RwSignal::new(false);
    let span = Memo::new(move |_| app.load.with(|load| load.total().span));
    let (window, zone) = (app.parts.window, app.parts.zone);
    answer_keys(span, window);
    let words = move || {
        let range = window.get().map_or_else(|| "All time".to_string(), |window| range_text(window, &zone.get()));
        [&range, " · ", &zone_name(&zone.get())].concat()
    };
    let all = move |_| {
        app.set_window(None);
        // The button is gone with the window.
        focus_soon(".time-control .popover-button");
    };
    view! {
        <div class="time-control">
            <Popover
                open
                label=move || ["Time: ", &words()].concat()
                button=move || view! { <Icon glyph=Glyph::Time /> <span class="number time-words">{words}</span> }
            >
                <div class="time-panel">
                    <Presets span window />
                    <FromTo span window zone />
                    <ZonePicker zone span />
                </div>
            </Popover>
            <Show when=move || window.get().is_some()>
                <IconButton glyph=Glyph::Close label="Look at all time (0)" on_press=all />
            </Show>
        </div>
    }
}

fn answer_keys(span: Memo<Option<TimeRange>>, window: Memo<Option<TimeRange>>) {
    let app = App::get();
    let shift = move |direction: i64| {
        let Some(now) = window.get_untracked() else { return false };
        let by = direction * (now.width_micros() / 2).max(1);
        let shifted = TimeRange {
            start_micros: now.start_micros.saturating_add(by),
            end_micros: now.end_micros.saturating_add(by),
        };
        // Not beyond the data: there is nothing to see.
        let touches = span
            .get_untracked()
            .is_none_or(|span| shifted.start_micros <= span.end_micros && shifted.end_micros > span.start_micros);
        if touches {
            app.set_window(Some(shifted));
        }
        true
    };
    keys::on(Action::WindowEarlier, move || shift(-1));
    keys::on(Action::WindowLater, move || shift(1));
    keys::on(Action::WindowAll, move || {
        app.set_window(None);
        true
    });
}

/// `2026-11-23 09:14:03.000 to 09:20:00.000`: the day once when it is one day; whole seconds where both are.
fn range_text(range: TimeRange, zone: &Zone) -> String {
    let one_day = format_date(range.start_micros, zone) == format_date(range.end_micros, zone);
    let whole = range.start_micros % MICROS_PER_SECOND == 0 && range.end_micros % MICROS_PER_SECOND == 0;
    let cut = |mut text: String| {
        if whole || range.width_micros() >= MINUTE {
            text.truncate(text.len() - ".000".len());
        }
        text
    };
    let start = cut(super::parts::zone::format_time(range.start_micros, zone));
    let end = if one_day {
        cut(format_clock(range.end_micros, zone))
    } else {
        cut(super::parts::zone::format_time(range.end_micros, zone))
    };
    [&start, " to ", &end].concat()
}

#[component]
fn Presets(span: Memo<Option<TimeRange>>, window: Memo<Option<TimeRange>>) -> impl IntoView {
    let app = App::get();
    let fitting = move || {
        let span = span.get()?;
        let shorter = LAST.into_iter().filter(move |(width, _)| *width < span.width_micros());
        let range = move |width: i64| TimeRange {
            start_micros: span.end_micros.saturating_sub(width),
            end_micros: span.end_micros,
        };
        Some(shorter.map(|(width, label)| (range(width), label)).collect::<Vec<_>>())
    };
    let button = move |range: Option<TimeRange>, label: &'static str| {
        let pressed = move || (window.get() == range).to_string();
        view! {
            <button type="button" aria-pressed=pressed on:click=move |_| app.set_window(range)>{label}</button>
        }
    };
    let hint = move || span.get().map(|span| ["The data spans ", &duration_text(span.width_micros()), "."].concat());
    view! {
        <fieldset>
            <legend>"Stretch"</legend>
            <div class="time-presets">
                {button(None, "All time")}
                {move || fitting().unwrap_or_default().into_iter().map(|(range, label)| button(Some(range), label)).collect_view()}
            </div>
            <p class="note">{hint} " “Last” counts back from the newest event, not from now."</p>
        </fieldset>
    }
}

#[component]
fn FromTo(span: Memo<Option<TimeRange>>, window: Memo<Option<TimeRange>>, zone: Memo<Zone>) -> impl IntoView {
    let app = App::get();
    let from = RwSignal::new(String::new());
    let to = RwSignal::new(String::new());
    let error = RwSignal::new("");
    // What is typed stays while more is read; another window or zone takes its place.
    let is_edited = RwSignal::new(false);
    Effect::new(move |_| {
        window.track();
        zone.track();
        is_edited.set(false);
    });
    Effect::new(move |_| {
        let zone = zone.get();
        if is_edited.get() {
            return;
        }
        if let Some(range) = window.get().or_else(|| span.get()) {
            from.set(super::parts::zone::format_time_full(range.start_micros, &zone));
            to.set(super::parts::zone::format_time_full(range.end_micros, &zone));
        }
    });
    let apply = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let zone = zone.get_untracked();
        let read = |text: RwSignal<String>| text.with_untracked(|text| parse_time(text, &zone));
        match (read(from), read(to)) {
            (Some(start_micros), Some(end_micros)) if start_micros < end_micros => {
                error.set("");
                app.set_window(Some(TimeRange { start_micros, end_micros }));
            }
            (Some(_), Some(_)) => error.set("The end must come after the start."),
            (None, _) => error.set("The start is not a time. Write it as 2026-11-23 09:14:03."),
            (_, None) => error.set("The end is not a time. Write it as 2026-11-23 09:14:03."),
        }
    };
    let field = |id: &'static str, label: &'static str, text: RwSignal<String>| {
        view! {
            <label for=id>{label}</label>
            <input
                id=id
                type="text"
                class="mono"
                autocomplete="off"
                aria-describedby="time-error"
                prop:value=text
                on:input:target=move |event| {
                    is_edited.set(true);
                    text.set(event.target().value());
                }
            />
        }
    };
    view! {
        <form on:submit=apply>
            <fieldset>
                <legend>"From and to"</legend>
                <div class="time-fields">
                    {field("time-from", "From", from)} {field("time-to", "To, not included", to)}
                    <button type="submit">"Apply"</button>
                </div>
                <p id="time-error" class="field-error" role="alert">{error}</p>
            </fieldset>
        </form>
    }
}

#[component]
fn ZonePicker(zone: Memo<Zone>, span: Memo<Option<TimeRange>>) -> impl IntoView {
    let app = App::get();
    // No IANA name is `utc` or `local` in lower case.
    let set = move |value: String| {
        let zone = match value.as_str() {
            "utc" => Zone::Utc,
            "local" => Zone::Local,
            _ => Zone::Named(value),
        };
        app.view.update(|view| view.zone = zone);
    };
    let mut names = known_zones();
    // A link may bring a zone that the browser does not list (an alias) or does not know.
    if let Zone::Named(name) = zone.get_untracked()
        && !names.contains(&name)
    {
        names.insert(0, name);
    }
    let options = names.into_iter().map(|name| {
        let value = name.clone();
        // The select's own value is set before its options exist.
        let is_current = zone.with_untracked(|zone| *zone == Zone::Named(name.clone()));
        view! { <option value=value selected=is_current>{name}</option> }
    });
    let now = move || {
        let micros = span.get().map_or_else(|| (js_sys::Date::now() * 1000.0) as i64, |span| span.end_micros);
        let unknown = matches!(zone.get(), Zone::Named(name) if !super::parts::zone::is_known(&name));
        let zone = zone.get();
        if unknown {
            return String::from("This browser does not know the zone; times show in UTC.");
        }
        ["UTC", &offset_text(micros, &zone), " at ", &format_time_seconds(micros, &zone)].concat()
    };
    view! {
        <fieldset>
            <legend>"Zone"</legend>
            <select aria-label="Time zone" on:change:target=move |event| set(event.target().value())>
                <option value="utc">"UTC"</option>
                <option value="local" selected=zone.get_untracked() == Zone::Local>"Local time"</option>
                {options.collect_view()}
            </select>
            <p class="note number">{now}</p>
        </fieldset>
    }
}
