//! `mutants`: every named mutant can still be made, every rule of precedence has one, every mutant listed as equivalent is still
//! there, and the deciding code holds no code for tests.

use std::collections::BTreeSet;

use super::Violation;
use super::tree::{Tree, numbered};
use crate::mutants::data::{self, EQUIVALENT, Equivalent, Mutant, NAMED, RULES, SOURCES};

/// Every entry of the mutants' data that no longer fits the sources.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    match data::named(tree.text(NAMED).unwrap_or_default()) {
        Ok(mutants) => named(tree, &mutants, &mut violations),
        Err(error) => violations.push(Violation::new(NAMED, 0, format!("{error:#}"))),
    }
    match data::equivalent(tree.text(EQUIVALENT).unwrap_or_default()) {
        Ok(equivalents) => violations.extend(equivalents.iter().filter_map(|one| equivalent(tree, one))),
        Err(error) => violations.push(Violation::new(EQUIVALENT, 0, format!("{error:#}"))),
    }
    violations.extend(tree.with_extension(&["rs"]).filter(|(path, _)| path.starts_with(SOURCES)).flat_map(woven));
    violations
}

/// Every line that compiles something for tests, other than the module of a file's own tests.
fn woven((path, text): (&str, &str)) -> Vec<Violation> {
    let lines: Vec<(usize, &str)> = numbered(text).collect();
    let for_tests = lines.iter().enumerate().filter(|(_, (_, line))| line.contains("cfg(test)"));
    let woven =
        for_tests.filter(|(n, _)| lines.get(n.saturating_add(1)).is_none_or(|(_, next)| *next != "mod tests {"));
    let message =
        "code for tests stands among code that decides; move it into `mod tests`, or change a copy from outside";
    woven.map(|(_, (at, _))| Violation::new(path, *at, message)).collect()
}

fn named(tree: &Tree, mutants: &[Mutant], violations: &mut Vec<Violation>) {
    let mut names = BTreeSet::new();
    for mutant in mutants {
        let name = mutant.name.as_str();
        let mut refuse = |message: String| violations.push(Violation::new(NAMED, tree.line_of(NAMED, name), message));
        if !names.insert(name) {
            refuse(format!("two mutants are called `{name}`; rename one"));
        }
        if !RULES.contains(&mutant.rule.as_str()) {
            refuse(format!("mutant `{name}` breaks `{}`; name a rule of precedence, R1 to R9", mutant.rule));
        }
        match tree.text(&mutant.path()) {
            Some(source) => _ = mutant.apply(source).map_err(|error| refuse(format!("{error:#}"))),
            None => refuse(format!("mutant `{name}` changes `{}`, which is no file; correct it", mutant.path())),
        }
        if !is_test(tree, &mutant.caught_by) {
            refuse(format!(
                "mutant `{name}` is caught by `{}`, which is no test of `host/core/tests/precedence`; name one as \
                 `module::function`",
                mutant.caught_by
            ));
        }
    }
    for rule in RULES.iter().filter(|rule| mutants.iter().all(|mutant| mutant.rule != **rule)) {
        violations.push(Violation::new(NAMED, 0, format!("no mutant breaks {rule}; add one")));
    }
}

/// Whether a module of the tests of precedence has a function of this name, also one that a macro writes.
fn is_test(tree: &Tree, test: &str) -> bool {
    let Some((module, function)) = test.split_once("::") else { return false };
    let source = tree.text(&format!("host/core/tests/precedence/{module}.rs")).unwrap_or_default();
    source.contains(&format!("fn {function}(")) || source.contains(&format!("    {function} = "))
}

fn equivalent(tree: &Tree, one: &Equivalent) -> Option<Violation> {
    let is_there = tree.text(&one.file).is_some_and(|text| text.lines().any(|line| line.trim() == one.line));
    let message = if !is_there {
        format!("`{}` has no line `{}`; copy the line there, or take the entry out", one.file, one.line)
    } else if one.reason.is_empty() {
        "an equivalent mutant has no reason; say why the program still does the same".to_owned()
    } else {
        return None;
    };
    Some(Violation::new(EQUIVALENT, tree.line_of(EQUIVALENT, &one.line), message))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: (&str, &str) = ("host/core/src/a.rs", "if a < b {\n}\n");
    const TESTS: (&str, &str) = ("host/core/tests/precedence/laws.rs", "laws! {\n    a_floor_holds = \"2\";\n}");

    /// One mutant for each rule; the first is changed by `edit`.
    fn data(edit: (&str, &str)) -> String {
        let mutant = |rule: &str| {
            format!(
                "[[mutant]]\nname = \"breaks-{rule}\"\nrule = \"{rule}\"\nfile = \"a.rs\"\nfind = \"a < b\"\n\
                 replace = \"true\"\nmistake = \"A mistake.\"\ncaught-by = \"laws::a_floor_holds\"\n"
            )
        };
        let mut entries: Vec<String> = RULES.map(mutant).to_vec();
        entries[0] = entries[0].replace(edit.0, edit.1);
        entries.concat()
    }

    fn found(named: &str, equivalent: &str) -> Vec<String> {
        let tree = Tree::of(&[SOURCE, TESTS, (NAMED, named), (EQUIVALENT, equivalent)]);
        check(&tree).into_iter().map(|violation| violation.message).collect()
    }

    #[test]
    fn data_that_fits_is_accepted() {
        let equivalent =
            "[[equivalent]]\nfile = \"host/core/src/a.rs\"\nline = \"if a < b {\"\nmutant = \"m\"\nreason = \"r\"\n";
        assert_eq!(found(&data(("", "")), equivalent), [""; 0]);
    }

    #[test]
    fn mutant_that_no_longer_fits_is_found() {
        for (edit, expected) in [
            (("a < b", "a > b"), "occurs 0 times"),
            (("breaks-R1", "breaks-R2"), "two mutants are called"),
            (("rule = \"R1\"", "rule = \"R10\""), "name a rule of precedence"),
            (("a.rs", "b.rs"), "is no file"),
            (("a_floor_holds", "a_floor_falls"), "is no test"),
            (("mistake", "mistook"), "cannot be read"),
        ] {
            let found = found(&data(edit), "");
            assert!(found.iter().any(|message| message.contains(expected)), "{edit:?}: {found:?}");
        }
    }

    #[test]
    fn code_for_tests_is_found_outside_the_module_of_tests() {
        let decides = "fn f() {\n    #[cfg(test)]\n    g();\n}\n#[cfg(test)]\nmod tests {\n}\n";
        let found = woven(("host/core/src/b.rs", decides));
        assert_eq!(found.iter().map(|violation| violation.line).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn rule_without_a_mutant_is_found() {
        assert_eq!(found(&data(("rule = \"R1\"", "rule = \"R2\"")), ""), ["no mutant breaks R1; add one"]);
    }

    #[test]
    fn equivalent_mutant_that_is_gone_or_has_no_reason_is_found() {
        for (line, reason, expected) in [("if a > b {", "r", "has no line"), ("if a < b {", "", "has no reason")] {
            let entry = format!(
                "[[equivalent]]\nfile = \"host/core/src/a.rs\"\nline = \"{line}\"\nmutant = \"m\"\nreason = \"{reason}\"\n"
            );
            let found = found(&data(("", "")), &entry);
            assert!(found.len() == 1 && found[0].contains(expected), "{found:?}");
        }
    }
}
