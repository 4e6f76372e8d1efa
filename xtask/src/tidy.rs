//! `cargo xtask tidy`: what holds in this repository and no compiler checks.
//!
//! A check is a function from the [`Tree`] (or from `cargo metadata`) to what it found, so that its tests can hand it
//! artificial input. Every check runs and every violation is shown, not only the first.

mod architecture;
mod citations;
mod coverage;
mod data;
mod files;
mod glossary;
mod layers;
mod mutants;
mod notices;
mod packages;
mod pages;
mod records;
mod sources;
mod tree;
mod wit;
mod words;

use std::fmt;

use anyhow::{Result, bail};

use crate::workspace::Workspace;
pub(crate) use pages::{links, resolved};
pub(crate) use tree::Tree;

/// The names of all checks, as the report and `docs/architecture.md` use them.
const NAMES: [&str; 18] = [
    "layers", "lengths", "modules", "leftovers", "citations", "wit-comments", "glossary", "words", "data", "files",
    "pages", "notices", "packages", "architecture", "invariants", "coverage", "mutants", "records",
];

/// One place where a check does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Violation {
    path: String,
    /// From 1; 0 means the file as a whole.
    line: usize,
    message: String,
}

impl Violation {
    fn new(path: impl Into<String>, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.into(), line, message: message.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.message),
            line => write!(f, "{}:{line}: {}", self.path, self.message),
        }
    }
}

/// Runs every check and prints what each found.
///
/// # Errors
///
/// If a file or `cargo metadata` cannot be read, or a check does not hold.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let metadata = workspace.metadata(&[])?;
    let tree = Tree::read(workspace.root())?;
    let members = layers::members(&metadata)?;
    let results = [
        layers::check(&metadata, &tree)?,
        sources::lengths(&tree),
        sources::modules(&tree),
        sources::leftovers(&tree),
        citations::check(&tree),
        wit::check(&tree),
        glossary::check(&tree),
        words::check(&tree),
        data::check(&tree),
        files::check(&tree),
        pages::check(&tree),
        notices::check(&tree),
        packages::check(&tree),
        architecture::sections(&tree, &members),
        architecture::invariants(&tree),
        coverage::check(&tree),
        mutants::check(&tree),
        records::check(&tree),
    ];

    let mut n_violations = 0_usize;
    for (name, violations) in NAMES.iter().zip(&results) {
        match violations.len() {
            0 => println!("tidy {name}: ok"),
            n => println!("tidy {name}: {n} to mend"),
        }
        for violation in violations {
            println!("  {violation}");
        }
        n_violations = n_violations.saturating_add(violations.len());
    }
    for note in sources::long_files(&tree) {
        println!("note: {note}");
    }
    if n_violations > 0 {
        bail!("tidy found {n_violations} to mend; each line above says where and what to do");
    }
    Ok(())
}
