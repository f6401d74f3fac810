//! The page: mounts the root view.

#[cfg(target_arch = "wasm32")]
mod rest {
    use wasm_bindgen::prelude::wasm_bindgen;

    #[wasm_bindgen]
    extern "C" {
        /// Of the start script (`scripts/finish.py`). A release is in two parts, and this page the first: 0 has the rest
        /// loaded when there is time. What is called before it is there says another number, and waits.
        #[wasm_bindgen(js_name = loadRestOfProgram)]
        pub fn load(wanted_at_once: u32);
    }
}

#[cfg(target_arch = "wasm32")]
fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(auditscope::views::App);
    rest::load(0);
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This is the page's program: build it with `make run`.");
}
