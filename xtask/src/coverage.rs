//! `cargo xtask coverage`: the page that says article by article and rule by rule what of the law is carried, made of
//! `guest-policies/registry/coverage.toml` and of the policies' manifests and vectors.

mod page;
mod read;

use std::fs;

use anyhow::{Context, Result, bail};

use crate::tidy::Tree;
use crate::workspace::Workspace;

pub(crate) use page::{PAGE, natural};

/// Writes the page.
///
/// # Errors
///
/// If a manifest, a vector or the table cannot be read, or something that must be covered is not.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let tree = Tree::read(workspace.root())?;
    let (text, gaps) = make(&tree)?;
    if !gaps.is_empty() {
        bail!("{}", gaps.join("; "));
    }
    let path = workspace.root().join(PAGE);
    fs::write(&path, text).with_context(|| format!("`{}` cannot be written", path.display()))?;
    println!("wrote {PAGE}");
    Ok(())
}

/// The page as it should be, and what is missing for it to be whole.
pub(crate) fn make(tree: &Tree) -> Result<(String, Vec<String>)> {
    let law = read::law(tree)?;
    let policies = read::policies(tree)?;
    Ok((page::text(&law, &policies), page::gaps(&law, &policies)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "id = \"news\"\nrules.N1.zh = \"甲\"\nrules.N1.en = \"One.\"\nrules.N1.duties = [\"news.licence\"]\n\
        rules.N1.cites = { NEWS = [\"5\"] }\n";
    const VECTORS: &str = "rule = \"N1\"\nas-of = \"2026-11-02\"\n[event]\nkind = \"prompt\"\n\
        [[vector]]\nname = \"a\"\nexpect = [{ duty = \"news.licence\", case = \"require\" }]\n\
        [[vector]]\nname = \"b\"\nset = { \"event.kind\" = \"output\" }\nexpect = [{ duty = \"news.licence\", case = \"none\" }]\n\
        [[vector]]\nname = \"c\"\npoint = \"open\"\nexpect = [{ duty = \"news.licence\", case = \"met\" }]\n";
    const LAW: &str = "[IM]\ntitle = \"Measures\"\narticles = \"1-2\"\n1 = \"purpose\"\n2 = [\"N1\"]\n\
        [sectors]\nnews = \"N1\"\n";

    fn made(law: &str, vectors: &str) -> (String, Vec<String>) {
        let tree = Tree::of(&[
            ("guest-policies/registry/coverage.toml", law),
            ("guest-policies/news/policy.toml", MANIFEST),
            ("guest-policies/news/vectors/N1.toml", vectors),
        ]);
        make(&tree).unwrap()
    }

    #[test]
    fn a_rule_has_its_row_with_kinds_and_vectors() {
        let (page, gaps) = made(LAW, VECTORS);
        assert_eq!(gaps, [""; 0]);
        assert!(page.contains("| N1 | news | `news.licence` | NEWS 5 | open, output, prompt | 3 |"), "{page}");
        assert!(page.contains("| 1 | – | purpose |"), "{page}");
    }

    #[test]
    fn what_is_missing_is_named() {
        let (_, gaps) = made(&LAW.replace("1 = \"purpose\"\n", ""), VECTORS);
        assert_eq!(gaps, ["IM 1 has neither rules nor a reason"]);
        let (_, gaps) = made(&LAW.replace("[\"N1\"]", "[\"N9\"]"), VECTORS);
        assert_eq!(gaps, ["IM 2 names `N9`, which no policy declares"]);
        let (_, gaps) = made(&LAW.replace("news = \"N1\"", "news = \"N1-N2\""), VECTORS);
        assert_eq!(gaps, ["N2 is declared by no policy"]);
        let quiet =
            VECTORS.replace("case = \"none\"", "case = \"require\"").replace("case = \"met\"", "case = \"require\"");
        assert_eq!(made(LAW, &quiet).1, ["N1 has no vector on which it asks for nothing"]);
        let one = VECTORS.split("[[vector]]\nname = \"b\"").next().unwrap_or_default();
        assert_eq!(made(LAW, one).1, ["N1 has 1 vector, give it 3", "N1 has no vector on which it asks for nothing"]);
    }

    #[test]
    fn a_place_shows_the_duties_that_are_carried_there() {
        let manifest = MANIFEST.replace("[\"news.licence\"]", "[\"news.licence\", \"news.source\"]");
        let law = LAW.replace("[\"N1\"]", "[\"N1 news.source\"]").replace(
            "[sectors]",
            "[NEWS]\ntitle = \"News\"\narticles = \"5-6\"\n5 = [\"N1\"]\n6 = [\"N1\"]\n[sectors]",
        );
        let vectors = VECTORS.replacen("case = \"require\"", "case = \"require\", cite = \"NEWS 5\"", 1);
        let tree = Tree::of(&[
            ("guest-policies/registry/coverage.toml", &law),
            ("guest-policies/news/policy.toml", &manifest),
            ("guest-policies/news/vectors/N1.toml", &vectors),
        ]);
        let (page, gaps) = make(&tree).unwrap();
        assert_eq!(gaps, [""; 0]);
        for row in
            ["| 2 | N1 | `news.source` |", "| 5 | N1 | `news.licence` |", "| 6 | N1 | `news.licence`, `news.source` |"]
        {
            assert!(page.contains(row), "{row}: {page}");
        }
        let unknown = law.replace("N1 news.source", "N1 news.sources");
        assert_eq!(made(&unknown, VECTORS).1, ["IM 2 names `N1 news.sources`, which no policy declares"]);
    }

    #[test]
    fn too_many_reasons_are_refused() {
        let mut law = LAW.replace("articles = \"1-2\"", "articles = \"1-40\"");
        for article in 3..=40 {
            law = law.replace("[sectors]", &format!("{article} = \"why\"\n[sectors]"));
        }
        assert!(made(&law, VECTORS).1.iter().any(|gap| gap.contains("reasons")));
    }
}
