//! `citations`: the host resolves and explains law, it does not know any. Articles are cited by policies, duties, vectors and
//! instruments, so that a change of law never changes the host.

use super::Violation;
use super::tree::{Tree, numbered};

/// How an article is cited: an abbreviation of an instrument, then `Art`.
const INSTRUMENTS: [&str; 3] = ["IM", "DSP", "LM"];

/// Every citation in `host/**/*.rs` outside tests, benches and examples.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    let sources = tree.with_extension(&["rs"]).filter(|(path, _)| path.starts_with("host/") && !is_test_file(path));
    for (path, text) in sources {
        for (at, line) in before_tests(text) {
            if let Some(citation) = citation_in(line) {
                let message = format!("`{citation}` cites an article; move it to a policy, a registry or a vector");
                violations.push(Violation::new(path, at, message));
            }
        }
    }
    violations
}

fn is_test_file(path: &str) -> bool {
    let is_apart = ["/tests/", "/benches/", "/examples/"].iter().any(|folder| path.contains(folder));
    is_apart || path.ends_with("/tests.rs") || path.ends_with("_tests.rs")
}

/// The lines before the module of tests, which closes a file.
fn before_tests(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines: Vec<&str> = text.lines().collect();
    let opens_tests = |pair: &[&str]| match pair {
        [first, second] => first.trim() == "#[cfg(test)]" && second.starts_with("mod ") && second.ends_with('{'),
        _ => false,
    };
    let end = lines.windows(2).position(opens_tests).unwrap_or(lines.len());
    numbered(text).take(end)
}

fn citation_in(line: &str) -> Option<String> {
    for instrument in INSTRUMENTS {
        let citation = format!("{instrument} Art");
        if starts_word(line, &citation) {
            return Some(citation);
        }
    }
    for word in ["Art. ", "Arts. "] {
        let mut after = line.split(word).skip(1);
        if after.any(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
            return Some(word.trim_end().to_owned());
        }
    }
    chinese_article(line)
}

/// Whether `phrase` occurs in `line` where a word begins.
fn starts_word(line: &str, phrase: &str) -> bool {
    line.match_indices(phrase).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|c| !c.is_alphanumeric())
    })
}

/// `第…条` with a number between.
fn chinese_article(line: &str) -> Option<String> {
    let mut after = line.split('第').skip(1);
    after.find_map(|rest| {
        let (number, _) = rest.split_once('条')?;
        let is_number = !number.is_empty()
            && number.chars().all(|c| c.is_ascii_digit() || "零〇一二三四五六七八九十百".contains(c));
        is_number.then(|| format!("第{number}条"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::of(&[(path, text)])).iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn citation_in_the_host_is_found() {
        for line in
            ["// IM Art. 12", "let c = \"DSP Art. 10\";", "// see Art. 4(1)", "// Arts. 3 and 16", "// 第十二条"]
        {
            assert_eq!(found("host/core/src/a.rs", &format!("\n{line}\n")), [2], "{line}");
        }
    }

    #[test]
    fn ordinary_words_are_no_citation() {
        for line in ["// DIM Article", "// state of the Art. Then", "format!(\"第{n}条\")", "// an article"] {
            assert_eq!(found("host/src/a.rs", line), Vec::<usize>::new(), "{line}");
        }
    }

    #[test]
    fn citation_in_policies_and_tests_is_accepted() {
        for path in ["guest-policies/film/src/rules.rs", "host/core/tests/worked.rs", "host/examples/embed.rs"] {
            assert_eq!(found(path, "// IM Art. 12"), Vec::<usize>::new(), "{path}");
        }
        assert_eq!(
            found("host/src/a.rs", "fn f() {}\n#[cfg(test)]\nmod tests {\n// IM Art. 12\n}"),
            Vec::<usize>::new()
        );
    }
}
