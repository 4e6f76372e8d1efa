//! `cargo xtask records`: the records of the contract with their fields in order, as a table that the host and the SDK compile. A
//! value that crosses the border as bytes names fields by their places in it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, bail};
use wit_parser::{SourceMap, TypeDefKind, TypeOwner};

use crate::tidy::Tree;
use crate::workspace::Workspace;

/// Where the contract is, and the table that is made of it.
const FOLDER: &str = "wit/since-v0.1.0";
pub(crate) const TABLE: &str = "wit/since-v0.1.0/records.rs";
/// The longest line of the table.
const WIDTH: usize = 120;

const HEAD: &str = "\
// The records of the contract, each with its fields in order. `cargo xtask records` writes this file from the `.wit` files beside it,
// and `cargo xtask tidy` says where they differ. A value that crosses the border as bytes names a field by its place here.

/// Hands every record to the macro `$with`: its interface, its name and its fields.
macro_rules! contract_records {
    ($with:ident) => {
        $with! {
";
const TAIL: &str = "        }
    };
}
";

/// Writes the table.
///
/// # Errors
///
/// If the contract does not parse, or the table cannot be written.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let text = make(&Tree::read(workspace.root())?)?;
    let path = workspace.root().join(TABLE);
    fs::write(&path, text).with_context(|| format!("`{}` cannot be written", path.display()))?;
    println!("wrote {TABLE}");
    Ok(())
}

/// The table as it should be.
pub(crate) fn make(tree: &Tree) -> Result<String> {
    let mut sources = SourceMap::new();
    let files = tree.with_extension(&["wit"]).filter(|(path, _)| path.starts_with(FOLDER));
    files.for_each(|(path, text)| sources.push_str(path, text));
    let package = match sources.parse() {
        Ok(package) => package.main,
        Err((_, error)) => bail!("the contract does not parse: {error}"),
    };
    let mut records: BTreeMap<(&str, String), String> = BTreeMap::new();
    for (_, definition) in &package.types {
        let (TypeDefKind::Record(record), Some(name), TypeOwner::Interface(owner)) =
            (&definition.kind, &definition.name, definition.owner)
        else {
            continue;
        };
        let interface = package.interfaces.get(owner).and_then(|owner| owner.name.as_deref());
        let interface = interface.context("an interface without a name")?;
        let fields: Vec<String> = record.fields.iter().map(|field| field.name.replace('-', "_")).collect();
        records.insert((interface, in_camel_case(name)), fields.join(", "));
    }
    let mut text = HEAD.to_owned();
    for ((interface, name), fields) in records {
        let line = format!("            {interface} {name} {{ {fields} }}");
        if line.len() <= WIDTH {
            writeln!(text, "{line}")?;
        } else {
            writeln!(text, "            {interface} {name} {{")?;
            folded(&fields).iter().try_for_each(|line| writeln!(text, "                {line}"))?;
            writeln!(text, "            }}")?;
        }
    }
    Ok(text + TAIL)
}

/// A list of fields in lines that fit.
fn folded(fields: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for field in fields.split(", ") {
        match lines.last_mut() {
            Some(line) if line.len() + field.len() + 18 <= WIDTH => line.push_str(&format!(" {field},")),
            _ => lines.push(format!("{field},")),
        }
    }
    lines
}

/// `media-facts` as `MediaFacts`.
fn in_camel_case(name: &str) -> String {
    let upper = |word: &str| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        first.to_ascii_uppercase() + rest
    };
    name.split('-').map(upper).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_in_the_order_of_the_contract() {
        let tree = Tree::of(&[
            ("wit/since-v0.1.0/a.wit", "package a:b@0.1.0;\ninterface some { record two-words { b: u8, %a: u8 } }"),
            ("wit/since-v0.1.0/b.wit", "interface other { use some.{two-words}; record last { of: two-words } }"),
        ]);
        let text = make(&tree).unwrap_or_default();
        let rows = text.lines().map(str::trim).filter(|line| line.ends_with(" }"));
        assert_eq!(rows.collect::<Vec<_>>(), ["other Last { of }", "some TwoWords { b, a }"]);
    }
}
