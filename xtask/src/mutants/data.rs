//! The data of the task: the named mutants and the mutants of the sweep that change nothing.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// The named mutants.
pub(crate) const NAMED: &str = "host/core/mutants/named.toml";
/// The mutants of the sweep that change nothing.
pub(crate) const EQUIVALENT: &str = "host/core/mutants/equivalent.toml";
/// The sources that a named mutant may change.
pub(crate) const SOURCES: &str = "host/core/src/";
/// The rules of precedence. Each needs at least one named mutant.
pub(crate) const RULES: [&str; 9] = ["R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9"];

/// One deliberate mistake. The comment at the top of `named.toml` explains the fields.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Mutant {
    pub(crate) name: String,
    pub(crate) rule: String,
    file: String,
    find: String,
    replace: String,
    pub(crate) mistake: String,
    pub(crate) caught_by: String,
}

/// A mutant of the sweep that no test can catch, because the program still does the same.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Equivalent {
    /// The file, from the root of the repository.
    pub(crate) file: String,
    /// The line that the mutant changes, without the space around it.
    pub(crate) line: String,
    /// What cargo-mutants calls the mutant, without the place.
    pub(crate) mutant: String,
    /// Why the program still does the same.
    pub(crate) reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedFile {
    #[serde(default)]
    mutant: Vec<Mutant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EquivalentFile {
    #[serde(default)]
    equivalent: Vec<Equivalent>,
}

impl Mutant {
    /// The file that the mutant changes, from the root of the repository.
    pub(crate) fn path(&self) -> String {
        format!("{SOURCES}{}", self.file)
    }

    /// The text of the file with the mistake in it.
    ///
    /// # Errors
    ///
    /// If the mutant changes nothing, or its `find` does not occur exactly once.
    pub(crate) fn apply(&self, source: &str) -> Result<String> {
        if self.find == self.replace {
            bail!("mutant `{}` changes nothing; write the mistake into its `replace`", self.name);
        }
        match source.matches(&self.find).count() {
            1 => Ok(source.replacen(&self.find, &self.replace, 1)),
            n => bail!(
                "`find` of mutant `{}` occurs {n} times in `{}`; copy there the source text that the mistake changes, so \
                 that it occurs once",
                self.name,
                self.path()
            ),
        }
    }
}

/// Reads the named mutants.
///
/// # Errors
///
/// If the text is not TOML of the expected form.
pub(crate) fn named(text: &str) -> Result<Vec<Mutant>> {
    let file: NamedFile = toml::from_str(text).with_context(|| format!("`{NAMED}` cannot be read; correct it"))?;
    Ok(file.mutant)
}

/// Reads the equivalent mutants.
///
/// # Errors
///
/// If the text is not TOML of the expected form.
pub(crate) fn equivalent(text: &str) -> Result<Vec<Equivalent>> {
    let file: EquivalentFile =
        toml::from_str(text).with_context(|| format!("`{EQUIVALENT}` cannot be read; correct it"))?;
    Ok(file.equivalent)
}

/// Reads one file of data below `root`.
///
/// # Errors
///
/// If the file cannot be read.
pub(crate) fn read(root: &Path, path: &str) -> Result<String> {
    std::fs::read_to_string(root.join(path)).with_context(|| format!("`{path}` cannot be read; restore it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(find: &str, replace: &str) -> Mutant {
        let text = format!(
            "[[mutant]]\nname = \"m\"\nrule = \"R1\"\nfile = \"a.rs\"\nfind = '{find}'\nreplace = '{replace}'\n\
             mistake = \"A mistake.\"\ncaught-by = \"laws::a\"\n"
        );
        named(&text).unwrap().remove(0)
    }

    #[test]
    fn mistake_replaces_what_occurs_once() {
        assert_eq!(mutant("a < b", "a <= b").apply("if a < b {}").unwrap(), "if a <= b {}");
    }

    #[test]
    fn text_that_does_not_occur_once_is_refused_with_what_to_do() {
        for (source, n) in [("if a > b {}", "0 times"), ("a < b; a < b", "2 times")] {
            let error = mutant("a < b", "a <= b").apply(source).unwrap_err().to_string();
            assert!(error.contains(n) && error.contains("`host/core/src/a.rs`; copy there"), "{error}");
        }
    }

    #[test]
    fn mutant_that_changes_nothing_is_refused() {
        let error = mutant("a", "a").apply("a").unwrap_err().to_string();
        assert!(error.contains("changes nothing"), "{error}");
    }

    #[test]
    fn unknown_key_is_refused() {
        assert!(named("[[mutant]]\nnamed = \"m\"\n").is_err());
        assert!(equivalent("[[equivalent]]\nwhy = \"m\"\n").is_err());
    }
}
