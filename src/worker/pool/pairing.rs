//! Halves of long operations: workers tell of theirs, and hear how each is to show.

use super::super::progress::SourceId;
use super::super::protocol::ToWorker;
use super::Pool;
use crate::model::Half;
use wasm_bindgen::JsValue;

impl Pool {
    pub(super) fn take_halves(&self, worker: usize, source: SourceId, halves: &[Half]) {
        self.0.loading.borrow_mut().pairs.add(source, worker as u8, halves);
    }

    /// Tells the workers of all that shows otherwise than before. Whatever they are asked later meets it.
    pub(super) fn pair(&self) {
        let changes = self.0.loading.borrow_mut().pairs.changes();
        if changes.is_empty() {
            return;
        }
        for (worker, changes) in changes {
            drop(self.0.links.call(usize::from(worker), ToWorker::Pair { changes }, &JsValue::UNDEFINED));
        }
        self.status_changed();
        self.data_changed();
    }
}
