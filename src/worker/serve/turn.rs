//! Lets requests that wait for this worker have their turn.

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::MessageChannel;

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
