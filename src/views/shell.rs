//! The frame: top bar, facets, timeline and tabs, drawer.

use super::keys::{self, Action};
use super::parts::number::{counted, thousands};
use super::parts::separator::{PanelSize, Sizes};
use super::parts::{Glyph, Icon, IconButton, InTurn, Separator, focus_soon};
use super::{
    cockpit, coverage, detail, facets, help, load, notices, search, skipped, sources, start, table, theme,
    time_control, timeline,
};
use crate::state::app::App;
use crate::state::view::Tab;
use leptos::html::{Aside, Main};
use leptos::prelude::*;

const FACETS_WIDTH: f64 = 288.0;
const DRAWER_WIDTH: f64 = 480.0;
const TIMELINE_HEIGHT: f64 = 176.0;

/// Told by the start script when the second part of the program is there (`scripts/rest.js`).
const REST_OF_PROGRAM: &str = "rest-of-program";
/// What the person does first comes first.
const REST: std::time::Duration = std::time::Duration::from_millis(100);

#[component]
pub fn Shell() -> impl IntoView {
    let app = App::get();
    let main = NodeRef::<Main>::new();
    let has_sources = Memo::new(move |_| app.load.with(|load| !load.sources.is_empty()));
    keep_title(has_sources);
    // Built ahead of the first file, out of sight: that need not wait for it then.
    let is_built = RwSignal::new(false);
    Effect::new(move |_| is_built.update(|is_built| *is_built |= has_sources.get()));
    let build_ahead = window_event_listener_untyped(REST_OF_PROGRAM, move |_| {
        set_timeout(move || is_built.set(true), REST);
    });
    on_cleanup(move || build_ahead.remove());
    let skip = move |event: leptos::ev::MouseEvent| {
        // The fragment holds the view, so the link must not touch it.
        event.prevent_default();
        if let Some(main) = main.get_untracked() {
            let _ = main.focus();
        }
    };
    view! {
        <div class="app">
            <a class="skip-link" href="#main" on:click=skip>"Skip to the events"</a>
            <TopBar has_sources />
            <notices::Banner />
            <cockpit::live::LiveBar />
            <main id="main" class="body" tabindex="-1" node_ref=main>
                <Show when=move || !has_sources.get()>
                    <start::Start />
                </Show>
                <Show when=move || is_built.get()>
                    <div class="explorer" class:ahead=move || !has_sources.get()>
                        <Explorer />
                    </div>
                </Show>
                <start::Intake />
            </main>
            <load::LoadBar />
            <cockpit::CockpitDialog />
        </div>
    }
}

/// `1,234 of 20,000 events – Auditscope`
fn keep_title(has_sources: Memo<bool>) {
    let app = App::get();
    let counts = Memo::new(move |_| app.answer.with(|answer| (answer.events, answer.total)));
    Effect::new(move |_| {
        let (events, total) = counts.get();
        let title = match has_sources.get() && app.is_counted.get() {
            true => [&thousands(events), " of ", &counted(total, "event"), " – Auditscope"].concat(),
            false => String::from("Auditscope"),
        };
        document().set_title(&title);
    });
}

#[component]
fn TopBar(has_sources: Memo<bool>) -> impl IntoView {
    let app = App::get();
    let sources = move || app.load.with(|load| load.sources.len());
    view! {
        <header class="topbar">
            <h1 class="brand">
                <img src="favicon.svg" alt="" width="20" height="20" draggable="false" />
                <span>"Auditscope"</span>
            </h1>
            <button
                type="button"
                class="sources-button"
                disabled=move || !has_sources.get()
                on:click=move |_| app.view.update(|view| view.tab = Tab::Sources)
            >
                <Icon glyph=Glyph::File />
                <span class="wide">"Sources"</span>
                <span class="count number">{sources}</span>
            </button>
            <search::SearchBar />
            <time_control::TimeControl />
            <div class="topbar-end">
                <CopyLink />
                <theme::ThemeSwitch />
                <help::Help />
            </div>
        </header>
    }
}

#[component]
fn CopyLink() -> impl IntoView {
    let app = App::get();
    let said = RwSignal::new("");
    let copy = move || {
        app.address.write();
        leptos::task::spawn_local(async move {
            let link = app.address.link();
            let words = match super::parts::copy_text(&link).await {
                true => "Link copied",
                false => "The browser refused: copy the address from its address bar",
            };
            said.set(words);
            let fade = move || {
                let _ = said.try_set("");
            };
            set_timeout(fade, std::time::Duration::from_secs(3));
        });
    };
    keys::on(Action::CopyLink, move || {
        copy();
        true
    });
    view! {
        <IconButton glyph=Glyph::Link label="Copy a link to this view (y)" on_press=move |_| copy() />
        <span class="copied" role="status">{said}</span>
    }
}

/// Facets, centre and drawer.
#[component]
fn Explorer() -> impl IntoView {
    let app = App::get();
    let facets_width = PanelSize::load("facets", (200.0, 560.0), FACETS_WIDTH);
    let drawer_width = PanelSize::load("drawer", (320.0, 1200.0), DRAWER_WIDTH);
    // A fault has no event to show, but must be seen.
    let has_event = Memo::new(move |_| app.parts.has_event.get() || app.detail_fault.with(Option::is_some));
    // On narrow screens the facets are a sheet over the rest.
    let sheet = RwSignal::new(false);
    let facets = NodeRef::<Aside>::new();
    Effect::new(move |was_open: Option<bool>| {
        let is_open = sheet.get();
        match was_open {
            Some(false) if is_open => focus_soon("#facets"),
            Some(true) if !is_open => focus_soon(".facets-button"),
            _ => {}
        }
        is_open
    });
    keys::on(Action::Filters, move || {
        sheet.set(true);
        facets.get_untracked().is_some_and(|facets| facets.focus().is_ok())
    });
    keys::on(Action::Back, move || sheet.get_untracked().then(|| sheet.set(false)).is_some());
    // An event that is on its way has no drawer yet that would take the key.
    keys::on(Action::Back, move || app.is_opening().then(|| app.close_event()).is_some());
    view! {
        <aside
            id="facets"
            class="facets-panel"
            class:open=move || sheet.get()
            aria-label="Filters"
            tabindex="-1"
            node_ref=facets
            style:width=move || facets_width.px()
        >
            <div class="sheet-head">
                <h2>"Filters"</h2>
                <IconButton glyph=Glyph::Close label="Close the filters" on_press=move |_| sheet.set(false) />
            </div>
            <facets::Facets />
        </aside>
        <Separator size=facets_width sizes=Sizes::Left label="Width of the filters" />
        <InTurn><Centre sheet /></InTurn>
        <Show when=move || has_event.get()>
            <Separator size=drawer_width sizes=Sizes::Right label="Width of the event" />
            <aside id="drawer" class="drawer-panel" aria-label="Event" style:width=move || drawer_width.px()>
                <detail::Drawer />
            </aside>
        </Show>
    }
}

/// Timeline above, tabs below.
#[component]
fn Centre(sheet: RwSignal<bool>) -> impl IntoView {
    let app = App::get();
    let timeline_height = PanelSize::load("timeline", (96.0, 600.0), TIMELINE_HEIGHT);
    let tab = Memo::new(move |_| shown(app.parts.tab.get()));
    view! {
        <div class="centre">
            <section
                id="timeline"
                class="timeline-panel"
                aria-label="Timeline"
                style:height=move || timeline_height.px()
            >
                <InTurn><timeline::Timeline /></InTurn>
            </section>
            <Separator size=timeline_height sizes=Sizes::Above label="Height of the timeline" />
            <div class="tabs-row">
                <button
                    type="button"
                    class="facets-button"
                    aria-expanded=move || sheet.get().to_string()
                    aria-controls="facets"
                    on:click=move |_| sheet.update(|open| *open = !*open)
                >
                    <Icon glyph=Glyph::Filter />
                    "Filters"
                </button>
                <Tabs tab />
                <search::ResultCount />
            </div>
            <section id="tab-panel" class="tab-panel" role="tabpanel" aria-labelledby=move || tab_id(tab.get())>
                <InTurn>
                    {move || match tab.get() {
                        Tab::Sources => view! { <sources::Sources /> }.into_any(),
                        Tab::Coverage => view! { <coverage::Coverage /> }.into_any(),
                        Tab::Skipped => view! { <skipped::Skipped /> }.into_any(),
                        Tab::Events | Tab::Resources => view! { <table::Table /> }.into_any(),
                    }}
                </InTurn>
            </section>
        </div>
    }
}

const TABS: [(Tab, &str, &str); 4] = [
    (Tab::Events, "tab-events", "Events"),
    (Tab::Sources, "tab-sources", "Sources"),
    (Tab::Coverage, "tab-coverage", "Coverage"),
    (Tab::Skipped, "tab-skipped", "Skipped"),
];

/// A link may name a tab that this version does not have.
fn shown(tab: Tab) -> Tab {
    if tab == Tab::Resources { Tab::Events } else { tab }
}

fn tab_id(tab: Tab) -> &'static str {
    TABS.iter().find(|(of, ..)| *of == tab).map_or("", |(_, id, _)| id)
}

#[component]
fn Tabs(tab: Memo<Tab>) -> impl IntoView {
    let app = App::get();
    let skipped = Memo::new(move |_| app.load.with(|load| load.total().skipped_total()));
    let go = move |to: Tab| app.view.update(|view| view.tab = to);
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let at = TABS.iter().position(|(of, ..)| *of == tab.get_untracked()).unwrap_or(0);
        let to = match event.key().as_str() {
            "ArrowRight" => (at + 1) % TABS.len(),
            "ArrowLeft" => (at + TABS.len() - 1) % TABS.len(),
            "Home" => 0,
            "End" => TABS.len() - 1,
            _ => return,
        };
        event.prevent_default();
        go(TABS[to].0);
        if let Some(button) = document().get_element_by_id(TABS[to].1) {
            let _ = wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlElement>(button).focus();
        }
    };
    let tabs = TABS.map(|(of, id, label)| {
        view! {
            <button
                type="button"
                role="tab"
                id=id
                class="tab"
                aria-controls="tab-panel"
                aria-selected=move || (tab.get() == of).to_string()
                tabindex=move || if tab.get() == of { "0" } else { "-1" }
                on:click=move |_| go(of)
            >
                {label}
                {(of == Tab::Skipped).then(|| view! {
                    <span class="count number">{move || thousands(skipped.get())}</span>
                })}
            </button>
        }
    });
    view! { <div class="tabs" role="tablist" aria-label="Views" on:keydown=on_key>{tabs.into_iter().collect_view()}</div> }
}
