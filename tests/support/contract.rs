//! The contract without its comments.

use anyhow::{Context as _, Result};
use semver::Version;
use wit_component::{OutputToString, WitPrinter};
use wit_parser::{Resolve, Stability};

use crate::files;

/// The folder of `wit/` that holds a version and the later ones that only add to it.
const FOLDER: &str = "wit/since-v0.1.0";

/// What a version of the contract says, printed from `wit/` without comments: the same as long as nothing but comments changes.
/// What a later version added is left out.
///
/// # Errors
/// Where the folder is missing or no contract, or the version is none.
pub fn contract(version: &str) -> Result<String> {
    let version = Version::parse(version)?;
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(files::repository().join(FOLDER))?;
    let is_there = |stability: &Stability| match stability {
        Stability::Stable { since, .. } => *since <= version,
        Stability::Unknown | Stability::Unstable { .. } => true,
    };
    let types: Vec<_> = resolve.types.iter().filter(|(_, ty)| is_there(&ty.stability)).map(|(id, _)| id).collect();
    for (_, interface) in resolve.interfaces.iter_mut() {
        interface.functions.retain(|_, function| is_there(&function.stability));
        interface.types.retain(|_, id| types.contains(id));
    }
    let named = resolve.packages.get_mut(package).context("the package was read")?;
    named.name.version = Some(version);
    let mut printer = WitPrinter::new(OutputToString::default());
    printer.emit_docs(false);
    printer.print(&resolve, package, &[])?;
    Ok(printer.output.to_string())
}
