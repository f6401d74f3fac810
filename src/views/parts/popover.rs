//! A panel under a button: closes with Esc, a press elsewhere, or when the focus leaves.

use leptos::ev;
use leptos::html::{Button, Div};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// `button` is what the button shows, `label` its name and the panel's.
#[component]
pub fn Popover(
    open: RwSignal<bool>,
    #[prop(into)] label: TextProp,
    #[prop(into)] button: ViewFn,
    #[prop(optional)] class: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let root = NodeRef::<Div>::new();
    let trigger = NodeRef::<Button>::new();
    let panel = NodeRef::<Div>::new();
    let holds = move |target: Option<web_sys::EventTarget>| {
        let node = target.and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        root.get_untracked().is_some_and(|root| root.contains(node.as_ref()))
    };
    let elsewhere = window_event_listener(ev::pointerdown, move |event| {
        if open.get_untracked() && !holds(event.target()) {
            open.set(false);
        }
    });
    on_cleanup(move || elsewhere.remove());
    Effect::new(move |_| {
        if let (true, Some(panel)) = (open.get(), panel.get()) {
            let _ = panel.focus();
        }
    });
    Effect::new(move |was_open: Option<bool>| {
        let is_open = open.get();
        // What had the focus may be gone with the panel; where it goes by itself shows a task later.
        let bring_back = move || {
            let is_lost = document().active_element().is_none_or(|active| active.tag_name() == "BODY");
            if let (true, Some(Some(trigger))) = (is_lost, trigger.try_get_untracked()) {
                let _ = trigger.focus();
            }
        };
        if was_open == Some(true) && !is_open {
            set_timeout(bring_back, std::time::Duration::ZERO);
        }
        is_open
    });
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && open.get_untracked() {
            event.stop_propagation();
            open.set(false);
            if let Some(trigger) = trigger.get_untracked() {
                let _ = trigger.focus();
            }
        }
    };
    let on_focus_out = move |event: ev::FocusEvent| {
        // No new target: the focused part went away, or the window lost the focus.
        if event.related_target().is_some() && !holds(event.related_target()) {
            open.set(false);
        }
    };
    let (name, title, panel_name) = (label.clone(), label.clone(), label);
    let children = StoredValue::new(children);
    view! {
        <div class=["popover-root ", class].concat() node_ref=root on:keydown=on_key on:focusout=on_focus_out>
            <button
                type="button"
                class="popover-button"
                node_ref=trigger
                aria-haspopup="dialog"
                aria-expanded=move || open.get().to_string()
                aria-label=move || name.get()
                title=move || title.get()
                on:click=move |_| open.update(|open| *open = !*open)
            >
                {button.run()}
            </button>
            <Show when=move || open.get()>
                <div
                    class="popover"
                    role="dialog"
                    tabindex="-1"
                    node_ref=panel
                    aria-label={
                        let panel_name = panel_name.clone();
                        move || panel_name.get()
                    }
                >
                    {children.with_value(|children| children())}
                </div>
            </Show>
        </div>
    }
}
