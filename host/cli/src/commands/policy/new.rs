//! `policy new`: the folder of a policy that builds, with one rule to begin from.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use specialis::{Clock, SystemClock};

use crate::output::{self, Exit};

/// What is written where; the registries are the built-in ones with the policy's own entries.
const FILES: [(&str, &str); 7] = [
    ("Cargo.toml", include_str!("new/Cargo.toml.txt")),
    ("policy.toml", include_str!("new/policy.toml.txt")),
    ("src/lib.rs", include_str!("new/lib.rs.txt")),
    ("tests/rules.rs", include_str!("new/rules.rs.txt")),
    ("lexicons/terms.csv", include_str!("new/terms.csv.txt")),
    ("vectors/R1.toml", include_str!("new/R1.toml.txt")),
    ("registry.toml", include_str!("new/registry.toml.txt")),
];

pub(super) fn run(folder: &Path, sdk: &Path, out: &mut dyn Write) -> Result<Exit> {
    let shown = folder.display();
    let id = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if !is_id(id) {
        bail!(
            "`{id}` is no id of a policy; name the folder in small letters, digits and hyphens, a letter first, such as `my-sector`"
        );
    }
    if specialis_artifacts::POLICIES.iter().any(|(built_in, _)| *built_in == id) {
        bail!("`{id}` is built in; name the folder otherwise");
    }
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("`{shown}` is not empty; name a folder that is not there yet");
    }
    let sdk = fs::canonicalize(sdk).ok().filter(|sdk| sdk.join("Cargo.toml").is_file());
    let sdk = sdk.context("the SDK is not there; give the folder `guest-policies/sdk` with `--sdk`")?;
    let words = [
        ("@id@", id.to_owned()),
        ("@crate@", id.replace('-', "_")),
        ("@Name@", id.split('-').map(capital).collect()),
        ("@INSTRUMENT@", id.to_uppercase()),
        // A path of any system as a string of TOML.
        ("\"@sdk@\"", serde_json::Value::from(sdk.to_string_lossy()).to_string()),
        ("@today@", SystemClock.today().to_string()),
    ];
    for (name, text) in FILES {
        let text = words.iter().fold(text.to_owned(), |text, (word, with)| text.replace(word, with));
        let text = if name == "registry.toml" { specialis_artifacts::REGISTRY.to_owned() + &text } else { text };
        let file = folder.join(name);
        file.parent().map_or(Ok(()), fs::create_dir_all).with_context(|| format!("`{shown}` cannot be made"))?;
        output::replace(&file, text.as_bytes())?;
        writeln!(out, "{}", file.display())?;
    }
    let module = format!("target/wasm32-unknown-unknown/release/policy_{}.wasm", id.replace('-', "_"));
    writeln!(
        out,
        "\nnext:\n  cd {shown}\n  cargo test\n  cargo build --release --target wasm32-unknown-unknown\n  \
         specialis policy pack . --module {module} -o {id}.wasm\n  \
         specialis policy test {id} --with {id}.wasm --registry registry.toml"
    )?;
    Ok(Exit::Complete)
}

fn is_id(id: &str) -> bool {
    id.starts_with(|first: char| first.is_ascii_lowercase())
        && id.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-')
        && !id.ends_with('-')
        && !id.contains("--")
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
}
