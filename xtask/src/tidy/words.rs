//! `words`: words that the project does not use, because another one has the meaning.
//!
//! `docs/glossary.md` lists them below the heading "Words not used": `| word | say instead | where |`. "Where" is one of
//! [`Scope`]'s words, so that a word of ordinary English can be refused as a name and still stand in a sentence.

use super::Violation;
use super::glossary::{NOT_USED, PAGE, rows};
use super::tree::{Tree, extension, numbered};

/// A word that is not used, and what to say.
struct Unused {
    word: String,
    instead: String,
    scope: Scope,
}

/// Where a word is refused.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// `everywhere`: in code, in comments, in messages and in documents.
    Everywhere,
    /// `code`: in files of code, not in documents.
    Code,
    /// `types`: as a part of the name of a type or a module, where it would stand for something the glossary calls otherwise.
    Types,
    /// `names`: as a part of any name that code declares, functions and constants too.
    Names,
}

impl Scope {
    fn of(word: &str) -> Option<Self> {
        match word {
            "everywhere" => Some(Self::Everywhere),
            "code" => Some(Self::Code),
            "types" => Some(Self::Types),
            "names" => Some(Self::Names),
            _ => None,
        }
    }
}

/// What declares a type or a module, in Rust and in the contract.
const TYPES: [&str; 11] = [
    "struct ", "enum ", "trait ", "type ", "mod ", "record ", "variant ", "interface ", "resource ", "union ", "flags ",
];
/// What declares another name.
const OTHERS: [&str; 4] = ["const fn ", "fn ", "const ", "static "];

/// Folders of real text and of recorded events: their words are not ours.
const DATA: [&str; 4] = ["/lexicons/", "/vectors/", "tests/conformance/", "tests/examples/"];

/// Every use of a word that the project does not use, and every row that cannot be read.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    // That the page is there at all is for `pages` to say.
    let Some(page) = tree.text(PAGE) else { return Vec::new() };
    let (unused, mut violations) = unused(page);
    let files = tree.with_extension(&["rs", "wit", "toml", "md"]);
    for (path, text) in files.filter(|(path, _)| !DATA.iter().any(|folder| path.contains(folder))) {
        let is_code = extension(path) != "md";
        let mut is_listed = false;
        for (at, line) in numbered(text) {
            if path == PAGE && line.starts_with('#') {
                // The one place that names them.
                is_listed = line.to_lowercase().contains(NOT_USED);
            }
            if is_listed {
                continue;
            }
            let lower = line.to_lowercase().replace(['-', '_'], " ");
            let (of_type, of_other) =
                if is_code { (declared(line, &TYPES), declared(line, &OTHERS)) } else { (None, None) };
            let here = unused.iter().filter(|unused| match unused.scope {
                Scope::Everywhere => begins_word(&lower, &unused.word),
                Scope::Code => is_code && begins_word(&lower, &unused.word),
                Scope::Types => of_type.is_some_and(|name| has_part(name, &unused.word)),
                Scope::Names => of_type.or(of_other).is_some_and(|name| has_part(name, &unused.word)),
            });
            violations.extend(here.map(|unused| {
                let message = format!("`{}` is not a word of this project; say {}", unused.word, unused.instead);
                Violation::new(path, at, message)
            }));
        }
    }
    violations
}

/// The list of the page; several words may share a row, as in `| black list / white list | … |`.
fn unused(page: &str) -> (Vec<Unused>, Vec<Violation>) {
    let (mut unused, mut violations) = (Vec::new(), Vec::new());
    for row in rows(page).into_iter().filter(|row| row.is_not_used) {
        let scope = row.cells.get(2).and_then(|cell| Scope::of(cell));
        let (Some(words), Some(instead), Some(scope)) = (row.cells.first(), row.cells.get(1), scope) else {
            let message = "this row cannot be read; write `| word | say instead | everywhere, code, types or names |`";
            violations.push(Violation::new(PAGE, row.at, message));
            continue;
        };
        let words = words.split(" / ").map(|word| word.trim().to_lowercase()).filter(|word| !word.is_empty());
        unused.extend(words.map(|word| Unused { word, instead: instead.clone(), scope }));
    }
    (unused, violations)
}

/// Whether a word, or a longer one that begins with it, stands in a line of small letters without `-` and `_`.
fn begins_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|c| !c.is_alphanumeric())
    })
}

/// The name that a line of code declares by one of these keywords.
fn declared<'a>(line: &'a str, keywords: &[&str]) -> Option<&'a str> {
    let mut code = line.trim_start();
    for before in ["pub ", "pub(crate) ", "pub(super) "] {
        code = code.strip_prefix(before).unwrap_or(code);
    }
    let rest = keywords.iter().find_map(|keyword| code.strip_prefix(keyword))?;
    let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').next()?;
    (!name.is_empty()).then_some(name)
}

/// Whether a name has a word among its parts: `let_go` has `let go`, `SignedAct` has `act`.
fn has_part(name: &str, word: &str) -> bool {
    let mut parts = String::from(" ");
    let mut was_small = false;
    for c in name.chars() {
        if c == '_' || c == '-' || (c.is_uppercase() && was_small) {
            parts.push(' ');
        }
        if c.is_alphanumeric() {
            parts.extend(c.to_lowercase());
        }
        was_small = c.is_lowercase() || c.is_ascii_digit();
    }
    parts.push(' ');
    parts.contains(&format!(" {word} "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLOSSARY: &str = "# Words\n\n## Words not used\n\n| word | say instead | where |\n|---|---|---|\n\
        | deny list / allow list | lexicon | everywhere |\n| widget | policy | code |\n| request / let go | event | names |\n| effect | obligation | types |\n";

    fn found(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::of(&[(PAGE, GLOSSARY), (path, text)])).iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn word_that_is_not_used_anywhere_is_found_in_any_case_and_form() {
        assert_eq!(found("docs/a.md", "\nThe Allow Lists are kept."), [2]);
        assert_eq!(found("host/src/a.rs", "// a deny list\nfn deny_list() {}\n// deny-lists"), [1, 2, 3]);
        assert_eq!(found("docs/a.md", "They deny listing."), [1], "longer words count");
        assert_eq!(found("docs/a.md", "shallow list"), Vec::<usize>::new());
    }

    #[test]
    fn word_of_code_may_stand_in_documents() {
        assert_eq!(found("docs/a.md", "An editor's widget."), Vec::<usize>::new());
        assert_eq!(found("host/src/a.rs", "// a widget"), [1]);
    }

    #[test]
    fn name_may_not_have_the_word_among_its_parts() {
        let names =
            "pub struct HttpRequest {\npub(crate) fn let_go() {}\npub const fn request_id() {}\n  record a-request {";
        assert_eq!(found("host/src/a.rs", names), [1, 2, 3, 4]);
        let others = "// a request that we let go\nlet request = 1;\nfn outlet_gone() {}\nstruct Requested;";
        assert_eq!(found("host/src/a.rs", others), Vec::<usize>::new());
    }

    #[test]
    fn word_that_no_type_is_called_may_name_a_function() {
        assert_eq!(found("host/src/a.rs", "struct SideEffect;\nfn effect() {}\nmod effect;"), [1, 3]);
        assert_eq!(found("wit/v1/a.wit", "  variant effect {"), [1]);
    }

    #[test]
    fn glossary_may_name_them_where_it_lists_them() {
        assert_eq!(found("docs/a.md", ""), Vec::<usize>::new());
        let page = format!("An allow list.\n{GLOSSARY}## More\nallow list\n");
        let lines: Vec<usize> = check(&Tree::of(&[(PAGE, &page)])).iter().map(|violation| violation.line).collect();
        assert_eq!(lines, [1, 13]);
    }

    #[test]
    fn row_without_a_scope_is_found() {
        let page = GLOSSARY.replace("| code |", "| sometimes |");
        assert_eq!(check(&Tree::of(&[(PAGE, &page)])).len(), 1);
    }

    #[test]
    fn text_of_others_is_not_judged() {
        assert_eq!(found("guest-policies/general/lexicons/a.toml", "term = \"deny list\""), Vec::<usize>::new());
    }
}
