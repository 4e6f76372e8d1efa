//! One document of JUnit, as systems that run tests read it.

/// One test of a document.
pub(crate) struct JunitCase {
    /// The group it belongs to.
    pub(crate) class: String,
    /// Its name.
    pub(crate) name: String,
    /// What is wrong, where something is.
    pub(crate) problem: Option<JunitProblem>,
}

/// What is wrong with a test.
pub(crate) enum JunitProblem {
    /// It ran and failed.
    Failure {
        /// Of what kind.
        kind: String,
        /// In one line.
        message: String,
        /// In full.
        text: String,
    },
    /// It could not run.
    Error {
        /// Of what kind.
        kind: String,
        /// In one line.
        message: String,
    },
}

/// The document of a suite.
pub(crate) fn junit(suite: &str, cases: &[JunitCase]) -> String {
    let count =
        |is: fn(&JunitProblem) -> bool| cases.iter().filter_map(|case| case.problem.as_ref()).filter(|p| is(p)).count();
    let n_failed = count(|problem| matches!(problem, JunitProblem::Failure { .. }));
    let n_errors = count(|problem| matches!(problem, JunitProblem::Error { .. }));
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str(&format!(
        "<testsuite name=\"{}\" tests=\"{}\" failures=\"{n_failed}\" errors=\"{n_errors}\">\n",
        attribute(suite),
        cases.len()
    ));
    for case in cases {
        let (class, name) = (attribute(&case.class), attribute(&case.name));
        out.push_str(&format!("  <testcase classname=\"{class}\" name=\"{name}\">\n"));
        match &case.problem {
            Some(JunitProblem::Error { kind, message }) => {
                out.push_str(&format!(
                    "    <error type=\"{}\" message=\"{}\"/>\n",
                    attribute(kind),
                    attribute(message)
                ));
            }
            Some(JunitProblem::Failure { kind, message, text }) => {
                let (kind, message, text) = (attribute(kind), attribute(message), xml(text));
                out.push_str(&format!("    <failure type=\"{kind}\" message=\"{message}\">{text}</failure>\n"));
            }
            None => {}
        }
        out.push_str("  </testcase>\n");
    }
    out.push_str("</testsuite>\n");
    out
}

/// A text within an attribute, where readers take the end of a line and a tab for spaces unless they are written as numbers.
fn attribute(text: &str) -> String {
    xml(text).replace('\n', "&#10;").replace('\t', "&#9;")
}

/// A text within XML, without the characters that XML does not have.
fn xml(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}
