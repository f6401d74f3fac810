//! A worker: answers the page's requests until the page ends it.

#[cfg(target_arch = "wasm32")]
fn main() {
    console_error_panic_hook::set_once();
    auditscope::worker::serve::serve();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This is a worker's program: build it with `make run`.");
}
