//! Reading the answer of a model.

use std::collections::BTreeMap;

use serde_json::Value;
use specialis_core::CategoryId;

use crate::client::RemoteError;
use crate::template::{Form, Template};

/// The highest score of each category.
pub(crate) type Scores = BTreeMap<CategoryId, u32>;

/// The scores in an answer.
///
/// # Errors
/// If the answer does not have the form that the template describes: it then counts as none.
pub(crate) fn read(template: &Template, answer: &Value) -> Result<Scores, RemoteError> {
    match template.form {
        Form::Chat => {
            let content = answer.pointer("/choices/0/message/content").and_then(Value::as_str);
            of_text(template, content.ok_or(RemoteError::Form)?)
        }
        Form::Moderations => {
            let scores = answer.pointer("/results/0/category_scores").and_then(Value::as_object);
            let mut read = Scores::new();
            for (name, score) in scores.ok_or(RemoteError::Form)? {
                let score = score.as_f64().filter(|score| (0.0..=1.0).contains(score)).ok_or(RemoteError::Form)?;
                raise(&mut read, template.categories.get(name).unwrap_or(&template.otherwise), permille(score));
            }
            Ok(read)
        }
    }
}

/// The scores in a text: a line with a verdict, and one with the names of categories.
fn of_text(template: &Template, content: &str) -> Result<Scores, RemoteError> {
    let lines: Vec<&str> = content.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let after = |start: &str| lines.iter().find_map(|line| line.strip_prefix(start)).map(str::trim);
    let verdict = after(&template.verdict_line).ok_or(RemoteError::Form)?;
    // Models put a full stop or a reason behind the word.
    let word = verdict.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let known = template.verdicts.iter().find(|(known, _)| known.eq_ignore_ascii_case(word));
    let (_, score) = known.ok_or(RemoteError::Form)?;
    let names = if template.categories_line.is_empty() {
        lines.get(1).copied().unwrap_or_default()
    } else {
        after(&template.categories_line).unwrap_or_default()
    };
    let mut read = Scores::new();
    for name in names.split(',').map(str::trim) {
        if let Some((_, category)) = template.categories.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            raise(&mut read, category, *score);
        }
    }
    if read.is_empty() {
        raise(&mut read, &template.otherwise, *score);
    }
    Ok(read)
}

fn raise(scores: &mut Scores, category: &CategoryId, permille: u32) {
    let highest = scores.entry(category.clone()).or_default();
    *highest = permille.max(*highest);
}

/// Thousandths, rounded up: doubt tightens.
#[expect(clippy::as_conversions, reason = "the standard library has no other way from a float to an integer")]
fn permille(score: f64) -> u32 {
    (score * 1_000.0).ceil() as u32
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn chat(content: &str) -> Value {
        json!({ "choices": [{ "message": { "content": content } }] })
    }

    fn scores(template: &Template, answer: &Value) -> Vec<(String, u32)> {
        let read = read(template, answer).unwrap_or_else(|e| panic!("{e}"));
        read.into_iter().map(|(category, permille)| (category.to_string(), permille)).collect()
    }

    #[test]
    fn each_form_of_answer_is_read() {
        let one = |category: &str, permille| vec![(category.to_owned(), permille)];
        let qwen = Template::qwen3guard();
        assert_eq!(scores(&qwen, &chat("Safety: Unsafe\nCategories: Violent")), one("a1.violence", 950));
        assert_eq!(scores(&qwen, &chat("Safety: Controversial\nCategories: None")), one("a1.other-banned", 600));
        assert_eq!(scores(&qwen, &chat("Safety: Safe\nCategories: None")), one("a1.other-banned", 0));
        let llama = Template::llama_guard_3();
        assert_eq!(
            scores(&llama, &chat("\n\nunsafe\nS10, S11")),
            [("a2.other".to_owned(), 950), ("a4.health".to_owned(), 950)]
        );
        assert_eq!(scores(&Template::llama_guard_4(), &chat("safe")), one("a1.other-banned", 0));
        assert_eq!(scores(&Template::shieldgemma(), &chat("Yes, it does.")), one("a1.other-banned", 900));
        let answer =
            json!({ "results": [{ "category_scores": { "violence": 0.7311, "violence/graphic": 0.2, "new": 0.01 } }] });
        assert_eq!(
            scores(&Template::moderations(), &answer),
            [("a1.other-banned".to_owned(), 10), ("a1.violence".to_owned(), 732)]
        );
    }

    #[test]
    fn an_answer_of_another_form_is_no_answer() {
        let qwen = Template::qwen3guard();
        for answer in [chat("I cannot help with that."), chat("Safety: maybe"), chat(""), json!({}), json!([])] {
            assert!(matches!(read(&qwen, &answer), Err(RemoteError::Form)), "{answer}");
        }
        let answer = json!({ "results": [{ "category_scores": { "violence": 7 } }] });
        assert!(matches!(read(&Template::moderations(), &answer), Err(RemoteError::Form)));
    }
}
