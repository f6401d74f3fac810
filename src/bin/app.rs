//! The page: mounts the root view.

#[cfg(target_arch = "wasm32")]
fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(auditscope::views::App);
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This is the page's program: build it with `make run`.");
}
