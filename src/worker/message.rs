//! Messages as JavaScript values: `[bytes, attachment]`.

use super::protocol::{decode, encode};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};

/// The message, and the buffers to hand over rather than copy.
pub fn pack<T: Serialize>(message: &T, attachment: &JsValue) -> (Array, Array) {
    let bytes = Uint8Array::from(encode(message).as_slice());
    let transfers = Array::of1(&bytes.buffer());
    collect_buffers(attachment, &transfers);
    (Array::of2(&bytes, attachment), transfers)
}

fn collect_buffers(value: &JsValue, transfers: &Array) {
    if value.is_instance_of::<ArrayBuffer>() {
        transfers.push(value);
    } else if let Some(list) = value.dyn_ref::<Array>() {
        list.iter().for_each(|item| collect_buffers(&item, transfers));
    }
}

/// The other way; `None` for what is no message of this build.
pub fn unpack<T: for<'de> Deserialize<'de>>(value: &JsValue) -> Option<(T, JsValue)> {
    let pair: &Array = value.dyn_ref()?;
    let bytes = pair.get(0).dyn_into::<Uint8Array>().ok()?.to_vec();
    Some((decode(&bytes).ok()?, pair.get(1)))
}
