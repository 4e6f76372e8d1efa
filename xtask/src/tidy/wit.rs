//! `wit-comments`: the comments of `wit/` are the contract, so every item has one directly above it, and one file holds one
//! interface.

use wit_parser::{Docs, Function, SourceMap, Span, TypeDef, TypeDefKind, UnresolvedPackageGroup, WorldItem};

use super::Violation;
use super::tree::{Tree, numbered};

const FOLDER: &str = "wit/";

/// Every item of a released folder of `wit/` without a comment, and every file with two interfaces.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut folders: Vec<&str> =
        wit_files(tree).filter_map(|(path, _)| path.rsplit_once('/')).map(|(at, _)| at).collect();
    folders.dedup();
    if folders.is_empty() {
        return vec![Violation::new(FOLDER, 0, "the contract is missing; without it nothing here is checked")];
    }
    let mut violations: Vec<Violation> = folders.into_iter().flat_map(|folder| check_folder(tree, folder)).collect();
    violations.extend(wit_files(tree).filter_map(|(path, text)| interfaces(path, text)));
    violations
}

fn wit_files(tree: &Tree) -> impl Iterator<Item = (&str, &str)> {
    tree.with_extension(&["wit"]).filter(|(path, _)| path.starts_with(FOLDER))
}

/// One folder is one package.
fn check_folder(tree: &Tree, folder: &str) -> Vec<Violation> {
    let mut sources = SourceMap::new();
    for (path, text) in wit_files(tree).filter(|(path, _)| path.rsplit_once('/').is_some_and(|(at, _)| at == folder)) {
        sources.push_str(path, text);
    }
    match sources.parse() {
        Ok(package) => Items { tree, package: &package, violations: Vec::new() }.check(),
        Err((_, error)) => {
            let message = format!("the contract does not parse: {}", error.to_string().replace('\n', " "));
            vec![Violation::new(folder, 0, message)]
        }
    }
}

/// A violation where a file declares several interfaces.
fn interfaces(path: &str, text: &str) -> Option<Violation> {
    let declares = |line: &str| line.strip_prefix("interface ").is_some_and(|rest| rest.contains('{'));
    let (at, _) = numbered(text).filter(|(_, line)| declares(line)).nth(1)?;
    Some(Violation::new(path, at, "a second interface in one file; give it a file of its own"))
}

/// The items of one package and what was found on them.
struct Items<'a> {
    tree: &'a Tree,
    package: &'a UnresolvedPackageGroup,
    violations: Vec<Violation>,
}

impl Items<'_> {
    fn check(mut self) -> Vec<Violation> {
        let main = &self.package.main;
        for (_, interface) in &main.interfaces {
            if let Some(name) = &interface.name {
                self.item("interface", name, &interface.docs, interface.span);
            }
            interface.functions.values().for_each(|function| self.function(function));
        }
        for (_, world) in &main.worlds {
            self.item("world", &world.name, &world.docs, world.span);
            for (way, items) in [("import", &world.imports), ("export", &world.exports)] {
                items.values().for_each(|item| self.world_item(way, item));
            }
        }
        for (_, definition) in &main.types {
            self.definition(definition);
        }
        self.violations.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
        self.violations
    }

    fn world_item(&mut self, way: &str, item: &WorldItem) {
        match item {
            WorldItem::Interface { docs, span, .. } => self.item(way, "", docs, *span),
            WorldItem::Function(function) => self.function(function),
            // Checked with the other types.
            WorldItem::Type { .. } => {}
        }
    }

    fn function(&mut self, function: &Function) {
        self.item("func", &function.name, &function.docs, function.span);
    }

    fn definition(&mut self, definition: &TypeDef) {
        let Some(name) = &definition.name else { return };
        if self.is_borrowed(definition) {
            return;
        }
        self.item("type", name, &definition.docs, definition.span);
        if let TypeDefKind::Record(record) = &definition.kind {
            record.fields.iter().for_each(|field| self.item("field", &field.name, &field.docs, field.span));
        } else if let TypeDefKind::Variant(variant) = &definition.kind {
            variant.cases.iter().for_each(|case| self.item("case", &case.name, &case.docs, case.span));
        } else if let TypeDefKind::Enum(cases) = &definition.kind {
            cases.cases.iter().for_each(|case| self.item("case", &case.name, &case.docs, case.span));
        } else if let TypeDefKind::Flags(flags) = &definition.kind {
            flags.flags.iter().for_each(|flag| self.item("flag", &flag.name, &flag.docs, flag.span));
        }
    }

    /// Whether this is the name of a type of another interface, brought in by `use`: its comment stands there.
    fn is_borrowed(&self, definition: &TypeDef) -> bool {
        let is_alias = matches!(definition.kind, TypeDefKind::Type(_) | TypeDefKind::Unknown);
        is_alias && !self.place(definition.span).is_some_and(|place| place.line.trim_start().starts_with("type "))
    }

    fn item(&mut self, kind: &str, name: &str, docs: &Docs, span: Span) {
        let Some(place) = self.place(span) else { return };
        let message = if docs.contents.as_ref().is_none_or(|said| said.trim().is_empty()) {
            "has no comment; say above it in `///` what it promises"
        } else if !place.has_comment_directly_above() {
            "has its comment elsewhere; give it a line of its own with the `///` directly above"
        } else {
            return;
        };
        let item = if name.is_empty() { place.line.trim() } else { name };
        let violation = Violation::new(place.path, place.at, format!("{kind} `{item}` {message}"));
        self.violations.push(violation);
    }

    fn place(&self, span: Span) -> Option<Place<'_>> {
        let location = self.package.source_map.resolve_span(span)?;
        let (path, text) = self.tree.files().find(|(path, _)| *path == location.path)?;
        let before = text.get(..location.range.start)?;
        let n_above = before.matches('\n').count();
        Some(Place {
            path,
            text,
            at: n_above.saturating_add(1),
            line: text.lines().nth(n_above)?,
            before: before.rsplit('\n').next().unwrap_or_default(),
        })
    }
}

/// Where an item stands.
struct Place<'a> {
    path: &'a str,
    text: &'a str,
    /// The line's number, from 1.
    at: usize,
    line: &'a str,
    /// What stands in the line before the item.
    before: &'a str,
}

impl Place<'_> {
    /// Whether the item opens its line and the line above, attributes such as `@since` passed over, is a `///` line.
    fn has_comment_directly_above(&self) -> bool {
        let above: Vec<&str> = self.text.lines().take(self.at.saturating_sub(1)).collect();
        let nearest = above.iter().rev().map(|line| line.trim()).find(|line| !line.starts_with('@'));
        !self.before.contains([',', ';', '{']) && nearest.is_some_and(|line| line.starts_with("///"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "package a:b@0.1.0;

/// Facts.
@since(version = 0.1.0)
interface facts {
  use kinds.{level};

  /// A name.
  type name = string;

  /// One fact.
  record fact {
    /// Its name.
    name: name,
    /// Its level.
    level: level,
  }

  /// Asks.
  ask: func(
    name: name,
    other: list<name>,
  ) -> option<fact>;
}
";
    const KINDS: &str = "/// Kinds.\ninterface kinds {\n  /// Levels.\n  enum level {\n    /// Low.\n    low,\n    /// High.\n    high,\n  }\n}\n";
    const WORLD: &str =
        "/// All.\nworld all {\n  /// In.\n  import facts;\n  /// Out.\n  export run: func(state: list<u8>);\n}\n";

    fn found(files: [&str; 3]) -> Vec<(String, usize)> {
        let [facts, kinds, world] = files;
        let tree = Tree::of(&[("wit/v1/facts.wit", facts), ("wit/v1/kinds.wit", kinds), ("wit/v1/world.wit", world)]);
        check(&tree).into_iter().map(|violation| (violation.message, violation.line)).collect()
    }

    #[test]
    fn commented_contract_is_accepted() {
        assert_eq!(found([GOOD, KINDS, WORLD]), []);
    }

    #[test]
    fn each_kind_of_item_needs_its_comment() {
        for comment in ["Facts.", "A name.", "One fact.", "Its name.", "Its level.", "Asks."] {
            let without = GOOD.replacen(&format!("/// {comment}"), "// nothing said", 1);
            assert_eq!(found([&without, KINDS, WORLD]).len(), 1, "{comment}");
        }
        for comment in ["Kinds.", "Levels.", "Low.", "High."] {
            let without = KINDS.replacen(&format!("/// {comment}"), "", 1);
            assert_eq!(found([GOOD, &without, WORLD]).len(), 1, "{comment}");
        }
        for comment in ["All.", "In.", "Out."] {
            let without = WORLD.replacen(&format!("/// {comment}"), "///", 1);
            assert_eq!(found([GOOD, KINDS, &without]).len(), 1, "{comment}");
        }
    }

    #[test]
    fn violation_names_the_line_of_the_item() {
        let without = KINDS.replacen("    /// High.\n", "", 1);
        let found = found([GOOD, &without, WORLD]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].1, 7);
        assert!(found[0].0.starts_with("case `high` has no comment"), "{}", found[0].0);
    }

    #[test]
    fn comment_after_a_blank_line_is_not_directly_above() {
        assert_eq!(found([GOOD, &KINDS.replacen("/// Low.\n", "/// Low.\n\n", 1), WORLD]).len(), 1);
    }

    #[test]
    fn two_items_in_one_line_cannot_share_a_comment() {
        let one_line = KINDS.replacen("low,\n    /// High.\n    high,", "low, high,", 1);
        assert_eq!(found([GOOD, &one_line, WORLD]).len(), 1);
    }

    #[test]
    fn remark_behind_an_item_is_no_second_item() {
        assert_eq!(found([GOOD, &KINDS.replacen("low,", "low, // low, lower; lowest", 1), WORLD]), []);
    }

    #[test]
    fn two_interfaces_in_one_file_are_refused() {
        let two = format!("{KINDS}\n/// More.\ninterface more {{\n}}\n");
        assert_eq!(found([GOOD, &two, WORLD]).len(), 1);
    }

    #[test]
    fn missing_contract_is_refused() {
        assert_eq!(check(&Tree::of(&[("docs/a.wit", "")])).len(), 1);
    }

    #[test]
    fn contract_that_does_not_parse_is_refused() {
        assert_eq!(found([GOOD, "interface kinds {", WORLD]).len(), 1);
    }
}
