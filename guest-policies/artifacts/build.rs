//! Compiles every policy of the repository to one packed component, and pins their digests in the built-in trust policy.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use specialis_bundle::{Sources, component, pack};

const POLICIES: [&str; 7] = ["general", "common", "news", "film", "education", "arts", "companions"];
/// The interpreter of policies that are tables: it has no manifest of its own.
const TABLE: &str = "table";
const REGISTRIES: [&str; 5] = ["duties", "instruments", "citations", "categories", "measures"];

fn main() -> Result<()> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let guests = here.parent().context("the crate has no parent folder")?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let wit = guests.with_file_name("wit");
    for watched in [guests.join("sdk/src"), guests.join("sdk/Cargo.toml"), guests.join("registry"), wit] {
        println!("cargo::rerun-if-changed={}", watched.display());
    }
    let modules = compile(guests, &out)?;
    let mut code = String::new();
    let mut digests = Vec::new();
    for watched in ["src", "Cargo.toml"] {
        println!("cargo::rerun-if-changed={}", guests.join(TABLE).join(watched).display());
    }
    let interpreter = modules.last().context("the interpreter was not compiled")?;
    fs::write(out.join("table.component.wasm"), component(interpreter.clone())?)?;
    for (name, module) in POLICIES.into_iter().zip(modules) {
        let folder = guests.join(name);
        for watched in ["src", "lexicons", "vectors", "policy.toml", "Cargo.toml"] {
            println!("cargo::rerun-if-changed={}", folder.join(watched).display());
        }
        let component = component(module)?;
        fs::write(out.join(format!("{name}.component.wasm")), &component)?;
        let bytes = pack(Sources::of_folder(&folder, component)?).with_context(|| format!("policy `{name}`"))?;
        let hex: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        digests.push(format!("sha256:{hex}"));
        fs::write(out.join(format!("{name}.wasm")), &bytes)?;
    }
    let tables = [
        ("POLICIES", "", "The policies, by id: one packed component each."),
        (
            "COMPONENTS",
            ".component",
            "The same components without manifest, lexicons and vectors, for packing with others.",
        ),
    ];
    for (table, suffix, comment) in tables {
        writeln!(code, "/// {comment}")?;
        writeln!(code, "pub const {table}: [(&str, &[u8]); {}] = [", POLICIES.len())?;
        for name in POLICIES {
            writeln!(code, "    ({name:?}, include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}{suffix}.wasm\"))),")?;
        }
        writeln!(code, "];")?;
    }
    let mut registry = String::new();
    for name in REGISTRIES {
        registry.push_str(&nested(name, &read(&guests.join("registry").join(format!("{name}.toml")))?));
    }
    registry.push_str(&format!("[words]\n{}", read(&guests.join("registry/words.toml"))?));
    fs::write(out.join("registry.toml"), registry)?;
    let trust = read(&guests.join("registry/trust.toml"))?;
    fs::write(out.join("trust.toml"), format!("{trust}\n[signers]\nspecialis = {digests:?}\n"))?;
    fs::write(out.join("policies.rs"), code)?;
    Ok(())
}

/// Builds the guests in a target folder of their own: the outer cargo holds the lock of the usual one.
fn compile(guests: &Path, out: &Path) -> Result<Vec<Vec<u8>>> {
    // OUT_DIR is <target>/<profile>/build/<package>/out; one folder beside the profiles serves every build.
    let target = out.ancestors().nth(4).unwrap_or(out).join("guests");
    let mut cargo = Command::new(env::var("CARGO")?);
    cargo
        .current_dir(guests)
        .args(["build", "--profile", "guest", "--target", "wasm32-unknown-unknown", "--target-dir"]);
    cargo.arg(&target);
    for name in POLICIES.into_iter().chain([TABLE]) {
        cargo.args(["--package", &format!("specialis-policy-{name}")]);
    }
    // What the outer build set for the host must not reach the guests, or they rebuild for ever.
    for (name, _) in env::vars() {
        let is_outer =
            name.starts_with("CARGO_PROFILE_") || name.starts_with("CARGO_CFG_") || name.starts_with("CARGO_FEATURE_");
        if is_outer
            || [
                "CARGO_ENCODED_RUSTFLAGS",
                "RUSTFLAGS",
                "RUSTC_WRAPPER",
                "RUSTC_WORKSPACE_WRAPPER",
                "CARGO_TARGET_DIR",
                "RUSTC",
                "RUSTDOC",
            ]
            .contains(&name.as_str())
        {
            cargo.env_remove(name);
        }
    }
    // A page of stack is enough for rules; small stacks keep the memory that a reset has to clear small.
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "-Clink-arg=-zstack-size=65536");
    let output = cargo.output().context("cargo does not start")?;
    if !output.status.success() {
        bail!(
            "the policies do not compile; if the target is missing, run `rustup target add wasm32-unknown-unknown`\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let built = target.join("wasm32-unknown-unknown/guest");
    POLICIES
        .into_iter()
        .chain([TABLE])
        .map(|name| {
            let file = built.join(format!("specialis_policy_{name}.wasm"));
            fs::read(&file).with_context(|| format!("cannot read `{}`", file.display()))
        })
        .collect()
}

fn read(file: &Path) -> Result<String> {
    println!("cargo::rerun-if-changed={}", file.display());
    fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))
}

/// A registry file's tables, put under the registry's name: `["im.art9"]` becomes `[duties."im.art9"]`.
fn nested(name: &str, text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        match line.strip_prefix('[') {
            Some(rest) => out.push_str(&format!("[{name}.{rest}\n")),
            None => out.push_str(&format!("{line}\n")),
        }
    }
    out
}
