//! What was just done, for the eye and for screen readers.

use crate::views::parts::copy_text;
use leptos::prelude::*;
use std::time::Duration;

#[derive(Clone, Copy)]
pub struct Said(pub RwSignal<String>);

impl Said {
    pub fn new() -> Said {
        Said(RwSignal::new(String::new()))
    }

    pub fn say(self, words: String) {
        if self.0.try_set(words).is_some() {
            // The drawer is gone.
            return;
        }
        let fade = move || {
            let _ = self.0.try_set(String::new());
        };
        set_timeout(fade, Duration::from_secs(3));
    }

    pub fn copy(self, text: String, what: &'static str) {
        leptos::task::spawn_local(async move {
            self.say(match copy_text(&text).await {
                true => [what, " copied"].concat(),
                false => "The browser refused to copy: it only does on https or localhost".to_string(),
            });
        });
    }
}
