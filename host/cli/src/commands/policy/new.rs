//! `policy new`: the folder of a policy that builds, with one rule to begin from.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use specialis::{Clock, SystemClock};

use crate::output::{self, Exit};
use crate::schema;

/// What the rules of a policy are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Sources {
    /// Rust.
    #[default]
    Rust,
    /// JavaScript.
    Js,
    /// TypeScript.
    Ts,
    /// Python.
    Python,
    /// Rows of a table; no code.
    Table,
}

impl Sources {
    /// The folder of the SDK in the repository, and a file that is in it; none for a table, which needs no SDK.
    fn sdk(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Rust => Some(("guest-policies/sdk", "Cargo.toml")),
            Self::Js | Self::Ts => Some(("guest-policies/sdk-js", "package.json")),
            Self::Python => Some(("guest-policies/sdk-python", "pyproject.toml")),
            Self::Table => None,
        }
    }

    /// What is written where: the sources first, and then what every policy has. `registry.toml` holds the policy's own entries alone,
    /// and `.taplo.toml` tells editors which schema a file has.
    fn files(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let (own, vectors): (&[(&str, &str)], &str) = match self {
            Self::Rust => (&OF_RUST, VECTORS),
            Self::Js => (&OF_JS, VECTORS),
            Self::Ts => (&OF_TS, VECTORS),
            Self::Python => (&OF_PYTHON, VECTORS),
            Self::Table => (&OF_TABLE, include_str!("new/table-R1.toml.txt")),
        };
        own.iter().copied().chain([
            ("lexicons/terms.csv", include_str!("new/terms.csv.txt")),
            ("vectors/R1.toml", vectors),
            ("registry.toml", include_str!("new/registry.toml.txt")),
            (".taplo.toml", include_str!("new/taplo.toml.txt")),
        ])
    }
}

/// The manifest of a policy that is code.
const MANIFEST: (&str, &str) = ("policy.toml", include_str!("new/policy.toml.txt"));

/// The vectors of a policy that is code.
const VECTORS: &str = include_str!("new/R1.toml.txt");

/// The sources of a policy in Rust.
const OF_RUST: [(&str, &str); 4] = [
    ("Cargo.toml", include_str!("new/Cargo.toml.txt")),
    MANIFEST,
    ("src/lib.rs", include_str!("new/lib.rs.txt")),
    ("tests/rules.rs", include_str!("new/rules.rs.txt")),
];

/// The sources of a policy in JavaScript.
const OF_JS: [(&str, &str); 4] = [
    ("package.json", include_str!("new/package.json.txt")),
    MANIFEST,
    ("src/policy.js", include_str!("new/policy.js.txt")),
    (".gitignore", include_str!("new/gitignore-js.txt")),
];

/// The sources of a policy in TypeScript.
const OF_TS: [(&str, &str); 5] = [
    ("package.json", include_str!("new/package-ts.json.txt")),
    ("tsconfig.json", include_str!("new/tsconfig.json.txt")),
    MANIFEST,
    ("src/policy.ts", include_str!("new/policy.ts.txt")),
    (".gitignore", include_str!("new/gitignore-js.txt")),
];

/// The sources of a policy in Python.
const OF_PYTHON: [(&str, &str); 5] = [
    ("requirements.txt", include_str!("new/requirements.txt.txt")),
    MANIFEST,
    ("src/app.py", include_str!("new/app.py.txt")),
    ("pyrightconfig.json", include_str!("new/pyrightconfig.json.txt")),
    (".gitignore", include_str!("new/gitignore-python.txt")),
];

/// The sources of a table.
const OF_TABLE: [(&str, &str); 2] = [
    ("policy.toml", include_str!("new/table-policy.toml.txt")),
    ("rules.csv", include_str!("new/table-rules.csv.txt")),
];

pub(super) fn run(folder: &Path, lang: Sources, sdk: Option<&Path>, out: &mut dyn Write) -> Result<Exit> {
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
    let sdk = sdk_of(lang, sdk)?;
    let words = [
        ("@id@", id.to_owned()),
        ("@crate@", id.replace('-', "_")),
        ("@Name@", id.split('-').map(capital).collect()),
        ("@INSTRUMENT@", id.to_uppercase()),
        // A path of any system as a string of TOML.
        ("\"@sdk@\"", serde_json::Value::from(sdk.clone()).to_string()),
        ("\"@sdk-file@\"", serde_json::Value::from(format!("file:{sdk}")).to_string()),
        ("@sdk-path@", sdk),
        ("@today@", SystemClock.today().to_string()),
    ];
    for (name, text) in lang.files() {
        let text = words.iter().fold(text.to_owned(), |text, (word, with)| text.replace(word, with));
        let file = folder.join(name);
        file.parent().map_or(Ok(()), fs::create_dir_all).with_context(|| format!("`{shown}` cannot be made"))?;
        output::replace(&file, text.as_bytes())?;
        writeln!(out, "{}", file.display())?;
    }
    schemas(folder, lang)?;
    let first = match lang {
        Sources::Rust => format!("cargo test --manifest-path {shown}/Cargo.toml\n  "),
        Sources::Js | Sources::Ts | Sources::Python | Sources::Table => String::new(),
    };
    writeln!(out, "\nnext:\n  {first}specialis policy test {shown}\n  specialis policy build {shown}")?;
    Ok(Exit::Complete)
}

/// The folder of the SDK, whole; empty for a table.
fn sdk_of(lang: Sources, given: Option<&Path>) -> Result<String> {
    let Some((folder, file)) = lang.sdk() else { return Ok(String::new()) };
    let sdk = fs::canonicalize(given.unwrap_or(Path::new(folder))).ok().filter(|sdk| sdk.join(file).is_file());
    let sdk = sdk.with_context(|| format!("the SDK is not there; give the folder `{folder}` with `--sdk`"))?;
    Ok(sdk.to_string_lossy().into_owned())
}

/// What editors check the files against. The head of a table may leave out what follows from its rows.
fn schemas(folder: &Path, lang: Sources) -> Result<()> {
    let mut policy = schema::policy();
    if let Some(required) = policy.get_mut("required").filter(|_| lang == Sources::Table) {
        *required = serde_json::json!(["id", "version", "title", "origin"]);
    }
    // An entry of a measure that there is already names what is added to it alone.
    let mut registry = schema::registry();
    for entry in ["/$defs/MeasureEntry", "/$defs/Param"] {
        if let Some(entry) = registry.pointer_mut(entry).and_then(serde_json::Value::as_object_mut) {
            entry.remove("required");
        }
    }
    let folder = folder.join("schemas");
    fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    for (name, schema) in [("policy", policy), ("vectors", schema::vectors()), ("registry", registry)] {
        output::replace(&folder.join(format!("{name}.json")), serde_json::to_string(&schema)?.as_bytes())?;
    }
    Ok(())
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
