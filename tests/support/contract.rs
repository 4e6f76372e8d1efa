//! The contract without its comments.

use anyhow::Result;
use wit_component::{OutputToString, WitPrinter};
use wit_parser::Resolve;

use crate::files;

/// What a version of the contract says, printed from `wit/` without comments: the same as long as nothing but comments changes.
///
/// # Errors
/// Where the folder of that version is missing or no contract.
pub fn contract(version: &str) -> Result<String> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(files::repository().join(format!("wit/since-v{version}")))?;
    let mut printer = WitPrinter::new(OutputToString::default());
    printer.emit_docs(false);
    printer.print(&resolve, package, &[])?;
    Ok(printer.output.to_string())
}
