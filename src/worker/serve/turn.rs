//! Lets requests that wait for this worker have their turn, or the worker wait.

use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel};

/// Goes on after what waits now. A message to oneself, because browsers hold repeated timers back by four milliseconds.
pub async fn next_task() {
    // Refused only where memory is out: then without a pause.
    let Ok(channel) = MessageChannel::new() else { return };
    let (here, there) = (channel.port1(), channel.port2());
    let promise = Promise::new(&mut |resolve, _| here.set_onmessage(Some(&resolve)));
    if there.post_message(&JsValue::UNDEFINED).is_ok() {
        // Never rejected.
        let _ = JsFuture::from(promise).await;
    }
    here.close();
}

pub async fn sleep_millis(millis: i32) {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let promise = Promise::new(&mut |resolve, _| {
        // Refused only for a callback that is no function.
        let _ = scope.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis);
    });
    // Never rejected.
    let _ = JsFuture::from(promise).await;
}
