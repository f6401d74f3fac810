//! From the open event to the one before or after it in the table's order.

use super::said::Said;
use crate::query::question::TableAsk;
use crate::state::app::App;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[derive(Clone, Copy)]
pub struct Steps {
    app: App,
    said: Said,
    /// A step is on its way: held keys must not pile up.
    busy: StoredValue<bool>,
}

impl Steps {
    pub fn new(app: App, said: Said) -> Steps {
        Steps { app, said, busy: StoredValue::new(false) }
    }

    /// Opens the event `by` places on; `false` when no event is open.
    pub fn go(self, by: i64) -> bool {
        let app = self.app;
        let Some(id) = app.detail.with_untracked(|detail| detail.as_ref().map(|detail| detail.id)) else {
            return app.view.with_untracked(|view| view.event.is_some());
        };
        if self.busy.get_value() {
            return true;
        }
        self.busy.set_value(true);
        let wanted = app.wanted();
        let filter = app.filter.get_untracked();
        let (window, table) = app.view.with_untracked(|view| {
            let table = TableAsk { columns: Vec::new(), sort: view.sort, limit: 1 };
            (view.window, table)
        });
        let pool = app.pool.get_value();
        spawn_local(async move {
            let rank = pool.rank_of(filter.clone(), window, table.clone(), id).await.ok().flatten();
            match rank.map(|rank| rank.checked_add_signed(by)) {
                None => self.said.say("This event is not among those listed".to_string()),
                Some(None) => self.said.say("This is the first event listed".to_string()),
                Some(Some(place)) => match pool.rows(filter, window, table, place).await {
                    Ok(None) => {}
                    Ok(Some(rows)) => match rows.first() {
                        // Closed meanwhile, or another one was asked for.
                        Some(_) if app.wanted() != wanted => {}
                        Some(row) => app.open_row(row.id),
                        None => self.said.say("This is the last event listed".to_string()),
                    },
                    Err(fault) => self.said.say(fault.what_happened),
                },
            }
            let _ = self.busy.try_set_value(false);
        });
        true
    }
}
