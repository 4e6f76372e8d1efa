//! `words`: words that the project does not use, because another one has the meaning.
//!
//! Only what cannot be ordinary English is looked for in running text. Words that are (`request`, `priority`, `effect`) are
//! refused as names of types alone, where they would stand for something the glossary calls otherwise.

use super::Violation;
use super::glossary::PAGE;
use super::tree::{Tree, extension, numbered};

/// A word and what to say instead. Spelled in pieces, so that this file does not contain it.
struct Unused {
    word: &'static str,
    instead: &'static str,
    /// Files it is refused in, by the end of their names.
    extensions: &'static [&'static str],
}

const EVERYWHERE: &[&str] = &["rs", "wit", "toml", "md"];
const CODE: &[&str] = &["rs", "wit", "toml"];

const UNUSED: [Unused; 6] = [
    Unused { word: concat!("black", "list"), instead: "lexicon, or what is refused", extensions: EVERYWHERE },
    Unused { word: concat!("white", "list"), instead: "grant, warrant, or what is allowed", extensions: EVERYWHERE },
    Unused { word: concat!("rule", "set"), instead: "policy", extensions: EVERYWHERE },
    Unused { word: concat!("rule", "-set"), instead: "policy", extensions: EVERYWHERE },
    Unused { word: concat!("rule", "_set"), instead: "policy", extensions: EVERYWHERE },
    Unused { word: concat!("plug", "in"), instead: "policy", extensions: CODE },
];

/// Names no type, module or interface has, and what to call it.
const NAMES: [(&str, &str); 5] = [
    ("effect", "obligation or measure"),
    ("request", "event"),
    ("priority", "rank, or a rule of precedence"),
    ("generation", "edition, or exchange"),
    ("hold", "keep back, or the level review"),
];

const DECLARES: [&str; 10] =
    ["struct ", "enum ", "trait ", "type ", "mod ", "record ", "variant ", "interface ", "resource ", "union "];

/// Folders of real text and of recorded events: their words are not ours.
const DATA: [&str; 4] = ["/lexicons/", "/vectors/", "tests/conformance/cases/", "tests/examples/"];

/// Every word that the project does not use.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    let files = tree.with_extension(EVERYWHERE).filter(|(path, _)| !DATA.iter().any(|folder| path.contains(folder)));
    for (path, text) in files {
        let mut is_not_used_section = false;
        for (at, line) in numbered(text) {
            let lower = line.to_lowercase();
            if path == PAGE {
                // The one place that names them, to say what stands for them.
                is_not_used_section =
                    if line.starts_with('#') { lower.contains("not used") } else { is_not_used_section };
                if is_not_used_section {
                    continue;
                }
            }
            violations.extend(unused_in(&lower, extension(path)).map(|message| Violation::new(path, at, message)));
        }
    }
    violations
}

fn unused_in<'a>(line: &'a str, extension: &'a str) -> impl Iterator<Item = String> + 'a {
    let words =
        UNUSED.iter().filter(move |unused| unused.extensions.contains(&extension) && line.contains(unused.word));
    let words = words.map(|unused| format!("`{}` is not a word of this project; say {}", unused.word, unused.instead));
    let is_code = extension != "md" && extension != "toml";
    let names = NAMES.iter().filter(move |(name, _)| is_code && declares(line, name));
    words.chain(names.map(|(name, instead)| format!("nothing is called `{name}` here; call it {instead}")))
}

/// Whether a line of code declares something with exactly this name.
fn declares(line: &str, name: &str) -> bool {
    let code = line
        .trim_start()
        .trim_start_matches("pub ")
        .trim_start_matches("pub(crate) ")
        .trim_start_matches("pub(super) ");
    let declared = DECLARES.iter().find_map(|keyword| code.strip_prefix(keyword));
    let declared = declared.and_then(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').next());
    declared == Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::of(&[(path, text)])).iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn unused_word_is_found_in_any_case_and_form() {
        assert_eq!(found("docs/a.md", concat!("\nThe White", "lists are kept.")), [2]);
        assert_eq!(found("host/src/a.rs", concat!("fn black", "listed() {}")), [1]);
        assert_eq!(found("wit/v1/a.wit", concat!("record rule", "-set {")), [1]);
    }

    #[test]
    fn ordinary_english_is_accepted() {
        let text =
            "// The effect of a request on priority: the rule sets the level, and doubt takes hold.\nlet request = 1;";
        assert_eq!(found("host/src/a.rs", text), Vec::<usize>::new());
        assert_eq!(found("docs/a.md", concat!("An editor's plug", "in shows the trace.")), Vec::<usize>::new());
    }

    #[test]
    fn type_with_an_unused_name_is_found() {
        assert_eq!(
            found("host/src/a.rs", "pub struct Request {\n}\npub struct RequestId;\npub(crate) enum Effect {}"),
            [1, 4]
        );
        assert_eq!(found("wit/v1/a.wit", "  variant effect {"), [1]);
    }

    #[test]
    fn glossary_may_name_them_where_it_says_they_are_not_used() {
        let page = concat!("# Words\nblack", "list\n## Not used\nblack", "list\n## More\nwhite", "list");
        assert_eq!(found(PAGE, page), [2, 6]);
    }

    #[test]
    fn text_of_others_is_not_judged() {
        assert_eq!(
            found("guest-policies/general/lexicons/a.toml", concat!("term = \"white", "list\"")),
            Vec::<usize>::new()
        );
    }
}
