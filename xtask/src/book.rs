//! `cargo xtask book`: the book, with the pages of the documents that it leads to, as one site that needs no network, by mdBook.
//!
//! mdBook renders what stands in one folder. So the pages are copied under their paths in the repository, which keeps the links
//! between them, and those of the documents are appended to the table of contents.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::step::{heading, status_of};
use crate::tidy::{Tree, links, resolved};
use crate::workspace::Workspace;

const PROGRAM: &str = "mdbook";
const BOOK: &str = "docs/book/book.toml";
const PAGES: &str = "docs/book/src";
const DESIGN: &str = "docs/design/";
/// The page that mdBook shows first. It copies that page to the top, so its links have to begin there.
const FIRST: &str = "start.md";

/// Builds the site.
///
/// # Errors
///
/// If mdBook is missing and cannot be installed, or refuses the book.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    if !is_installed(workspace) {
        println!(
            "the book is built by mdBook; installing it, once, in a few minutes: cargo install {PROGRAM} --locked"
        );
        let installed = status_of(workspace.cargo().args(["install", PROGRAM, "--locked"])).unwrap_or(false);
        ensure!(
            installed && is_installed(workspace),
            "mdBook could not be installed; with a connection to crates.io run `cargo install {PROGRAM} --locked`, see that it is on \
             the path, then repeat this command"
        );
    }
    let folder = workspace.target_dir()?.join("book");
    let site = Site::of(&Tree::read(workspace.root())?)?;
    heading("book", &format!("{} pages, by mdBook", site.n_pages));
    site.write(workspace.root(), &folder)?;
    ensure!(
        status_of(workspace.command(PROGRAM).arg("build").arg(&folder))?,
        "mdBook refused the book; see its message above"
    );
    let built = folder.join("html");
    let entries = fs::read_dir(&built).with_context(|| format!("`{}` cannot be listed", built.display()))?;
    let is_index = |name: &str| name.starts_with("searchindex") && name.ends_with(".js");
    let mut names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    ensure!(
        names.any(|name| is_index(&name)),
        "mdBook made no index to search without a network; see `[output.html.search]`"
    );
    println!("{}", built.join("index.html").display());
    Ok(())
}

/// Builds the site where mdBook is there already: it takes minutes to install, which nobody's check waits for.
///
/// # Errors
///
/// As [`run`].
pub(crate) fn run_where_installed(workspace: &Workspace) -> Result<()> {
    if is_installed(workspace) {
        return run(workspace);
    }
    heading("book", "not run, mdBook is not installed; `cargo xtask book` adds it");
    Ok(())
}

fn is_installed(workspace: &Workspace) -> bool {
    workspace.command(PROGRAM).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// What the site is made of.
struct Site {
    config: String,
    summary: String,
    first: String,
    /// The files that are copied, by path from the root.
    files: BTreeSet<String>,
    n_pages: usize,
}

impl Site {
    fn of(tree: &Tree) -> Result<Self> {
        let text = |path: &str| tree.text(path).with_context(|| format!("`{path}` is missing; write it"));
        let contents = format!("{PAGES}/SUMMARY.md");
        let config = text(BOOK)?.replace("src = \"src\"", "src = \"source\"");
        ensure!(config.contains("src = \"source\""), "`{BOOK}` has no line `src = \"src\"`");
        let is_page = |path: &str| path.starts_with("docs/") && path.ends_with(".md") && path != contents;
        let pages: BTreeSet<&str> = tree.files().map(|(path, _)| path).filter(|path| is_page(path)).collect();
        let mut files: BTreeSet<String> = pages.iter().map(|page| (*page).to_owned()).collect();
        for page in &pages {
            let targets = links(text(page)?).filter_map(|(_, target)| resolved(page, target));
            files.extend(targets.filter(|target| tree.text(target).is_some()));
        }
        let beside = |path: &&String| !path.starts_with(PAGES) && path.ends_with(".md");
        let titles: BTreeMap<&str, String> =
            files.iter().filter(beside).map(|path| (path.as_str(), title(path, tree))).collect();
        let line = |(path, title): (&&str, &String)| format!("- [{title}]({path})\n");
        let (design, documents): (Vec<_>, Vec<_>) = titles.iter().partition(|(path, _)| path.starts_with(DESIGN));
        let mut summary = text(&contents)?.replace("](", &format!("]({PAGES}/"));
        summary = summary.replacen("\n\n", &format!("\n\n[Specialis]({FIRST})\n"), 1);
        let _ = write!(summary, "\n# Reference\n\n{}", documents.into_iter().map(line).collect::<String>());
        let _ = write!(summary, "\n# Decisions on the design\n\n{}", design.into_iter().map(line).collect::<String>());
        let first = format!(
            "# Specialis\n\n- [What this book is]({PAGES}/introduction.md)\n- [What Specialis is](README.md)\n\
             - [The documents](docs/README.md)\n"
        );
        let n_pages = files.iter().filter(|path| path.ends_with(".md")).count();
        Ok(Self { config, summary, first, files, n_pages })
    }

    /// Writes the folder that mdBook builds, anew.
    fn write(&self, root: &Path, folder: &Path) -> Result<()> {
        let failed = || format!("`{}` cannot be written", folder.display());
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(failed)?;
        }
        let source = folder.join("source");
        for path in &self.files {
            let to = source.join(path);
            to.parent().map_or(Ok(()), fs::create_dir_all).with_context(failed)?;
            fs::copy(root.join(path), &to).with_context(|| format!("`{path}` cannot be copied"))?;
        }
        let texts = [
            ("source/SUMMARY.md", &self.summary),
            (&format!("source/{FIRST}"), &self.first),
            ("book.toml", &self.config),
        ];
        for (name, text) in texts {
            fs::write(folder.join(name), text).with_context(failed)?;
        }
        Ok(())
    }
}

/// The first heading of a page; its path where it has none.
fn title(path: &str, tree: &Tree) -> String {
    let heading = tree.text(path).and_then(|text| text.lines().find_map(|line| line.strip_prefix("# ")));
    heading.unwrap_or(path).replace(['[', ']'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree {
        Tree::of(&[
            (BOOK, "[book]\nsrc = \"src\"\n"),
            (
                "docs/book/src/SUMMARY.md",
                "# Summary\n\n[What](introduction.md)\n\n# For authors\n\n- [First](first.md)\n",
            ),
            (
                "docs/book/src/introduction.md",
                "# What\n\n![a](img/a.svg) [page](../../text.md#part) [web](https://a.example)",
            ),
            ("docs/book/src/first.md", "# First\n\n[contract](../../../wit/README.md)"),
            ("docs/book/src/img/a.svg", ""),
            ("docs/text.md", "# How [text] is read\n\n[gone](gone.md)"),
            ("docs/design/0001-x.md", "# 1: x"),
            ("wit/README.md", "# The contract"),
            ("wit/other.md", "# Nobody links here"),
        ])
    }

    #[test]
    fn site_has_the_book_and_every_page_that_it_leads_to() {
        let site = Site::of(&tree()).unwrap();
        let files: Vec<&str> = site.files.iter().map(String::as_str).collect();
        assert_eq!(
            files,
            [
                "docs/book/src/first.md",
                "docs/book/src/img/a.svg",
                "docs/book/src/introduction.md",
                "docs/design/0001-x.md",
                "docs/text.md",
                "wit/README.md"
            ]
        );
        assert_eq!(site.n_pages, 5);
        assert_eq!(site.config, "[book]\nsrc = \"source\"\n");
    }

    #[test]
    fn table_of_contents_leads_to_each_page_once() {
        let summary = Site::of(&tree()).unwrap().summary;
        assert_eq!(
            summary,
            "# Summary\n\n[Specialis](start.md)\n[What](docs/book/src/introduction.md)\n\n# For authors\n\n\
             - [First](docs/book/src/first.md)\n\n# Reference\n\n- [How text is read](docs/text.md)\n\
             - [The contract](wit/README.md)\n\n# Decisions on the design\n\n- [1: x](docs/design/0001-x.md)\n"
        );
    }
}
