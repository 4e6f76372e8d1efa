//! A contract as a template: where texts stand in a request, and what the answers look like. For gateways and platforms that no
//! contract here is made for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use specialis::core::Role;

use super::{Asked, AskedText, Judged, Read};

/// The most texts of one request.
const MAX_TEXTS: usize = 1_024;

/// A contract as a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Template {
    /// The path behind `/contracts/`, such as `kong`.
    pub name: String,
    /// Where texts stand: JSON pointers, in which `*` stands for each element of a list, such as `/messages/*/content`.
    pub texts: Vec<String>,
    /// When the texts come from the model; they come from the user where it is absent or says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_answer: Option<Condition>,
    /// Where the id of the exchange stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<String>,
    /// The answer where everything passes. A string in it that is `$texts`, `$text`, `$notice`, `$decision`, `$verdict` or `$null`
    /// stands for what goes out, the first of it, the notice, the id of the decision, its verdict, or nothing.
    #[schemars(with = "serde_json::Map<String, Value>")]
    pub pass: Value,
    /// The answer where text has to be masked. Without it such a text is blocked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<serde_json::Map<String, Value>>")]
    pub mask: Option<Value>,
    /// The answer where something is blocked.
    #[schemars(with = "serde_json::Map<String, Value>")]
    pub block: Value,
}

/// What a field of a request has to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Condition {
    /// Where the field stands, as a JSON pointer.
    pub field: String,
    /// What it has to be.
    pub equals: String,
}

impl Template {
    /// Why the template cannot be used, in one line.
    pub(crate) fn trouble(&self) -> Option<String> {
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if self.name.is_empty() || !self.name.chars().all(is_of_name) {
            return Some("its name is no path; give letters, digits and `-`".to_owned());
        }
        let pointers = self.texts.iter().chain(&self.exchange).chain(self.is_answer.iter().map(|answer| &answer.field));
        let wrong = pointers.clone().find(|pointer| !pointer.starts_with('/'));
        if let Some(wrong) = wrong {
            return Some(format!("`{wrong}` is no JSON pointer; begin it with `/`"));
        }
        self.texts.is_empty().then(|| "it names no `texts`; say where they stand".to_owned())
    }

    /// Reads the texts of a request. One without any text is refused: it would pass unread.
    pub(super) fn read(&self, body: &Value) -> Result<Read, String> {
        let is_answer = self.is_answer.as_ref().is_some_and(|condition| {
            body.pointer(&condition.field).and_then(Value::as_str) == Some(condition.equals.as_str())
        });
        let role = if is_answer { Role::Assistant } else { Role::User };
        let mut found = Vec::new();
        for pointer in &self.texts {
            let steps: Vec<&str> = pointer.split('/').skip(1).collect();
            collect(body, &steps, &mut found);
        }
        if found.len() > MAX_TEXTS {
            return Err(format!("it holds more than {MAX_TEXTS} texts; send fewer at once"));
        }
        if found.is_empty() {
            return Err("no text stands where the template says; check its `texts`".to_owned());
        }
        let texts = found.into_iter().zip(0_u32..).map(|(text, at)| {
            let choice = if is_answer { at } else { 0 };
            AskedText { choice, ..AskedText::of(role, text) }
        });
        let exchange = self.exchange.as_ref().and_then(|pointer| body.pointer(pointer)?.as_str()).map(str::to_owned);
        Ok(Read::Texts(Asked { is_answer, texts: texts.collect(), exchange }))
    }

    /// The answer to what was decided.
    pub(super) fn write(&self, judged: &Judged) -> Value {
        let form = match (&self.mask, judged.is_blocked, judged.is_masked) {
            (_, true, _) | (None, false, true) => &self.block,
            (Some(mask), false, true) => mask,
            (_, false, false) => &self.pass,
        };
        // Of what is blocked nothing is echoed, whatever the template says.
        let texts: &[String] = if std::ptr::eq(form, &self.block) { &[] } else { &judged.texts };
        filled(form, judged, texts)
    }
}

/// The texts at a pointer whose `*` stands for each element.
fn collect<'a>(value: &'a Value, steps: &[&str], found: &mut Vec<&'a str>) {
    let Some((step, rest)) = steps.split_first() else {
        found.extend(value.as_str());
        return;
    };
    if *step == "*" {
        value.as_array().into_iter().flatten().for_each(|element| collect(element, rest, found));
    } else if let Some(next) = value.pointer(&format!("/{step}")) {
        collect(next, rest, found);
    }
}

/// A form with what stands for something filled in.
fn filled(form: &Value, judged: &Judged, texts: &[String]) -> Value {
    match form {
        Value::String(text) => match text.as_str() {
            "$texts" => json!(texts),
            "$text" => json!(texts.first().map_or("", String::as_str)),
            "$notice" => json!(judged.notice),
            "$null" => Value::Null,
            "$decision" => judged.note.get("decision").cloned().unwrap_or_default(),
            "$verdict" => judged.note.get("verdict").cloned().unwrap_or_default(),
            _ => form.clone(),
        },
        Value::Array(elements) => elements.iter().map(|element| filled(element, judged, texts)).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(key, value)| (key.clone(), filled(value, judged, texts))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => form.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template() -> Template {
        let text = "name = \"kong\"\ntexts = [\"/messages/*/content\", \"/extra\"]\nexchange = \"/id\"\n\
                    is-answer = { field = \"/source\", equals = \"OUTPUT\" }\n\
                    pass = { ok = true, text = \"$text\" }\nblock = { ok = false, why = \"$notice\", seen = \"$texts\" }\n";
        toml::from_str(text).unwrap()
    }

    fn judged(is_blocked: bool, is_masked: bool) -> Judged {
        Judged {
            is_blocked,
            texts: vec!["一".to_owned(), "二".to_owned()],
            kept_back: Vec::new(),
            is_masked,
            masks: Vec::new(),
            duties: Vec::new(),
            notice: "已停止".to_owned(),
            note: json!({ "decision": "d", "verdict": "stop" }),
        }
    }

    #[test]
    fn texts_are_found_where_the_template_says_and_a_request_without_any_is_refused() {
        let body = json!({ "id": "x", "source": "OUTPUT", "messages": [{ "content": "一" }, { "other": 1 }, { "content": "二" }], "extra": "三" });
        let Ok(Read::Texts(asked)) = template().read(&body) else { panic!("it has texts") };
        let texts: Vec<&str> = asked.texts.iter().map(|asked| asked.text.as_str()).collect();
        assert_eq!((asked.is_answer, asked.exchange.as_deref(), texts), (true, Some("x"), vec!["一", "二", "三"]));
        assert!(template().read(&json!({ "messages": [] })).is_err());
    }

    #[test]
    fn text_that_has_to_be_masked_is_blocked_where_the_template_has_no_masks() {
        assert_eq!(template().write(&judged(false, false)), json!({ "ok": true, "text": "一" }));
        let blocked = json!({ "ok": false, "why": "已停止", "seen": [] });
        assert_eq!(template().write(&judged(true, false)), blocked);
        assert_eq!(template().write(&judged(false, true)), blocked);
        let masks = Template { mask: Some(json!({ "to": "$texts", "by": "$decision" })), ..template() };
        assert_eq!(masks.write(&judged(false, true)), json!({ "to": ["一", "二"], "by": "d" }));
    }

    #[test]
    fn template_that_cannot_be_used_says_why() {
        assert_eq!(template().trouble(), None);
        for (wrong, why) in [
            (Template { name: "a/b".to_owned(), ..template() }, "no path"),
            (Template { texts: vec!["text".to_owned()], ..template() }, "no JSON pointer"),
            (Template { texts: Vec::new(), ..template() }, "no `texts`"),
        ] {
            assert!(wrong.trouble().unwrap().contains(why), "{why}");
        }
    }
}
