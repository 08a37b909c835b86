//! Puts gcc's unwinder into the program. std would have it from a shared library, which costs every start a tenth of its time.

#[expect(
    clippy::disallowed_methods,
    reason = "what Cargo tells a build script, it tells in the environment"
)]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |part: &str| std::env::var(part).unwrap_or_default();
    if target("CARGO_CFG_TARGET_OS") == "linux" && target("CARGO_CFG_TARGET_ENV") == "gnu" {
        println!("cargo::rustc-link-lib=gcc_eh");
    }
}
