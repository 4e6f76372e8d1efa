//! What a machine needs before the guests can be built and the tests run.

use std::env;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::step::status_of;
use crate::workspace::Workspace;

/// The target the guests are compiled to: no operating system behind it, hence no imports but those of `wit/`.
const GUEST_TARGET: &str = "wasm32-unknown-unknown";

/// Makes sure that the standard library of the guests' target is installed, and asks rustup for it where it is not.
///
/// # Errors
///
/// If it is not installed and cannot be; the error says what to do by hand.
pub(crate) fn guest_target(workspace: &Workspace) -> Result<()> {
    if has_guest_target(workspace) {
        return Ok(());
    }
    println!("the guests need the target `{GUEST_TARGET}`; installing it: rustup target add {GUEST_TARGET}");
    let added = status_of(workspace.command("rustup").args(["target", "add", GUEST_TARGET])).unwrap_or(false);
    if added && has_guest_target(workspace) {
        return Ok(());
    }
    bail!(
        "the target `{GUEST_TARGET}` is not installed and could not be added; with a connection to static.rust-lang.org run \
         `rustup target add {GUEST_TARGET}`, or where Rust comes from a distribution install its package for this target \
         (Debian: `libstd-rust-dev-wasm32`), then repeat this command"
    )
}

/// Asks the compiler itself, so that toolchains without rustup and overrides of the toolchain count too.
fn has_guest_target(workspace: &Workspace) -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let asked = workspace.command(rustc).args(["--print", "target-libdir", "--target", GUEST_TARGET]).output();
    let Ok(output) = asked else { return false };
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    output.status.success()
        && entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libcore-"))
}

/// Makes sure that there is an OCI registry to push policies to and pull them from, on loopback. Its tests say so where there
/// is none, and the others run.
pub(crate) fn oci_registry(workspace: &Workspace) {
    const REGISTRY: &str = "docker-registry";
    let is_there = |workspace: &Workspace| workspace.command(REGISTRY).arg("--version").output().is_ok();
    if is_there(workspace) {
        return;
    }
    println!("the tests of `policy push` use Debian's `{REGISTRY}`; installing it: apt-get install -y {REGISTRY}");
    let _ = status_of(workspace.command("apt-get").args(["install", "-y", "--no-install-recommends", REGISTRY]));
    if !is_there(workspace) {
        println!(
            "note: `{REGISTRY}` could not be installed, so the tests against a real registry are skipped, and say so"
        );
    }
}

/// What runs the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runner {
    /// `cargo nextest run`: one process per test.
    Nextest,
    /// `cargo test`: where nextest could not be installed.
    CargoTest,
}

/// Finds nextest, installs it where it is missing, and falls back to `cargo test` where that fails.
pub(crate) fn runner(workspace: &Workspace) -> Runner {
    if has_nextest(workspace) {
        return Runner::Nextest;
    }
    println!(
        "the tests run under cargo-nextest; installing it, once, in a few minutes: cargo install cargo-nextest --locked"
    );
    let installed = status_of(workspace.cargo().args(["install", "cargo-nextest", "--locked"])).unwrap_or(false);
    if installed && has_nextest(workspace) {
        return Runner::Nextest;
    }
    println!(
        "note: cargo-nextest could not be installed, so `cargo test` runs the same tests instead; \
         `cargo install cargo-nextest --locked` says why"
    );
    Runner::CargoTest
}

fn has_nextest(workspace: &Workspace) -> bool {
    workspace.cargo().args(["nextest", "--version"]).output().is_ok_and(|output| output.status.success())
}
