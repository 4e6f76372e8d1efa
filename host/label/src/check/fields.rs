//! The seven fields: which are there, in which order, with which values.

use super::{Collector, Rule, Said, Severity, said};
use crate::code::{ProviderCode, Service};
use crate::field::first_forbidden;
use crate::label::{Attribute, KEYS};
use crate::raw::{Form, RawLabel, RawValue};

/// What programs leave where a value was missing.
const PLACEHOLDERS: [&str; 9] = ["null", "none", "undefined", "nil", "nan", "n/a", "todo", "xxx", "[objectobject]"];
/// What they leave within a value.
const PLACEHOLDER_PARTS: [&str; 5] = ["%!", "${", "{{", "<no", "%s"];

pub(super) fn check(collector: &mut Collector<'_>, label: &RawLabel) {
    keys(collector, label);
    for (key, value) in &label.pairs {
        if let Some(known) = KEYS.iter().find(|known| *known == key) {
            value_of(collector, known, value);
        }
    }
    meaning(collector, label);
    #[cfg(feature = "sm2")]
    signature(collector, label);
}

/// A signature that does not fit, or that nobody can verify here. It is of the provider's own making, and no breach.
#[cfg(feature = "sm2")]
fn signature(collector: &mut Collector<'_>, label: &RawLabel) {
    use crate::security::SignatureStatus;
    let field = Some("ReservedCode1");
    match crate::security::signature(label) {
        None | Some(SignatureStatus::Valid) => {}
        Some(SignatureStatus::Invalid) => {
            let what = said(
                "the signature in `ReservedCode1` is not of these fields, or not with the key beside it",
                "ReservedCode1 中的签名与这些字段或者其旁的公钥不符",
            );
            let en = "take the label for changed, or sign it anew with `--sign`";
            collector.add(Rule::Signature, field, what, said(en, "按标识已被改动处理，或者用 `--sign` 重新签名"));
        }
        Some(SignatureStatus::Unsupported) => {
            let what = said(
                "the signature in `ReservedCode1` is of a kind that is not verified here",
                "ReservedCode1 中的签名属于此处不能验证的一种",
            );
            let fix = said("verify it with the program of its provider", "用其提供者的程序验证");
            collector.add(Rule::Signature, field, what, fix);
        }
    }
}

fn keys(collector: &mut Collector<'_>, label: &RawLabel) {
    let mut seen: Vec<&str> = Vec::new();
    for (key, _) in &label.pairs {
        if seen.contains(&key.as_str()) {
            let what = said(format!("`{key}` stands twice"), format!("`{key}` 出现两次"));
            collector.add(Rule::DuplicateKey, Some(key), what, said("keep one of them", "只保留一个"));
        } else if !KEYS.contains(&key.as_str()) {
            let fix = match nearest(key) {
                Some(near) => said(format!("write `{near}`"), format!("改为 `{near}`")),
                None => said("remove it", "删去"),
            };
            let what = said(format!("`{key}` is no key of the label"), format!("`{key}` 不是标识的键"));
            collector.add(Rule::UnknownKey, Some(key), what, fix);
        }
        seen.push(key);
    }
    for key in KEYS {
        if !seen.contains(&key) {
            let fix = said(
                format!("add `\"{key}\":\"\"`, with its value where there is one"),
                format!("补上 `\"{key}\":\"\"`，有值的写值"),
            );
            let what = said(format!("`{key}` is missing"), format!("缺少 `{key}`"));
            collector.add(Rule::MissingKey, Some(key), what, fix);
        }
    }
    // A mapping of YAML has no order.
    let places: Vec<usize> = seen.iter().filter_map(|key| KEYS.iter().position(|known| known == key)).collect();
    if label.form != Form::Mapping && !places.is_sorted() {
        let what = said(format!("the keys stand as {}", seen.join(", ")), format!("键的顺序是 {}", seen.join("、")));
        let fix = said(format!("write them as {}", KEYS.join(", ")), format!("按 {} 排列", KEYS.join("、")));
        collector.add(Rule::KeyOrder, None, what, fix);
    }
}

fn value_of(collector: &mut Collector<'_>, key: &str, value: &RawValue) {
    let text = match value {
        RawValue::Text(text) => text.as_str(),
        RawValue::Other(other) => {
            let fix =
                said(format!("write it in quotation marks: `\"{key}\":\"…\"`"), format!("加引号：`\"{key}\":\"…\"`"));
            let what = said(format!("`{key}` is {other}, no text"), format!("`{key}` 是 {other}，不是文本"));
            collector.add(Rule::ValueKind, Some(key), what, fix);
            return;
        }
    };
    if let Some((at, found)) = first_forbidden(text) {
        let (shown, at) = (found.escape_default(), at.saturating_add(1));
        let what =
            said(format!("`{key}` has `{shown}` at character {at}"), format!("`{key}` 第 {at} 个字符是 `{shown}`"));
        let fix = if key.starts_with("Content") {
            said(
                "write the provider's code, or a name in printable ASCII without space",
                "写服务提供者编码，或者不含空格的可见 ASCII 名称",
            )
        } else {
            said("use printable ASCII without space and backslash", "只用可见 ASCII 字符，不含空格和反斜线")
        };
        collector.add(Rule::Character, Some(key), what, fix);
    }
    let folded: String = text.to_ascii_lowercase().split_whitespace().collect();
    if PLACEHOLDERS.contains(&folded.as_str()) || PLACEHOLDER_PARTS.iter().any(|part| folded.contains(part)) {
        let what = said(
            format!("`{key}` is `{text}`, as a program writes where a value is missing"),
            format!("`{key}` 是 `{text}`，为程序缺值时留下的占位符"),
        );
        let fix = said("fill in the value before the label is written", "写入标识之前填好此值");
        collector.add(Rule::Placeholder, Some(key), what, fix);
    }
}

fn meaning(collector: &mut Collector<'_>, label: &RawLabel) {
    let get = |key: &str| label.get(key).unwrap_or_default();
    let has = |key: &str| label.get(key).is_some();
    let attribute = Attribute::parse(get("Label"));
    if has("Label") && attribute.is_none() {
        let what = said(format!("`Label` is `{}`", get("Label")), format!("Label 是 `{}`", get("Label")));
        let fix = said(
            "write `1` for content that is generated, `2` for possibly, `3` for suspected",
            "属于写 1，可能写 2，疑似写 3",
        );
        collector.add(Rule::Attribute, Some("Label"), what, fix);
    }
    // Whoever only spreads content may not know who made it, and then does not state that it is generated.
    if !matches!(attribute, Some(Attribute::Possible | Attribute::Suspected)) {
        for key in ["ContentProducer", "ProduceID"] {
            if has(key) && get(key).is_empty() {
                let fix = said(
                    "name the provider that generated the content, and its number for it",
                    "写明生成服务提供者及其内容编号",
                );
                collector.add(Rule::ProducerEmpty, Some(key), empty(key), fix);
            }
        }
    }
    // That they equal the producer's at first stands in an informative note. Who says that content may be generated has to be named.
    let is_of_platform = matches!(attribute, Some(Attribute::Possible | Attribute::Suspected));
    for (key, equal) in [("ContentPropagator", "ContentProducer"), ("PropagateID", "ProduceID")] {
        if has(key) && get(key).is_empty() {
            let (severity, fix) = if is_of_platform {
                let en = "name the platform that says so, and its number for the content";
                (Severity::Violation, said(en, "写明作出判断的传播平台及其内容编号"))
            } else {
                let en = format!("write the value of `{equal}`, until somebody else spreads the content");
                (Severity::Note, said(en, format!("他人传播之前，与 `{equal}` 一致")))
            };
            collector.add_as(severity, Rule::FirstWrite, Some(key), empty(key), fix);
        }
    }
    for key in ["ContentProducer", "ContentPropagator"] {
        provider(collector, key, get(key));
    }
    for (key, owner) in [("ProduceID", "ContentProducer"), ("PropagateID", "ContentPropagator")] {
        let id = get(key);
        let is_one_character = id.len() > 1 && id.chars().all(|c| id.starts_with(c));
        if is_one_character || (!id.is_empty() && id == get(owner)) {
            let what = said(
                format!("`{key}` is `{id}`, which cannot differ from one content to the next"),
                format!("`{key}` 是 `{id}`，不能区分不同内容"),
            );
            let fix = said("write the number under which this content is known", "写此内容的编号");
            collector.add(Rule::IdConstant, Some(key), what, fix);
        }
    }
}

fn empty(key: &str) -> Said {
    said(format!("`{key}` is empty"), format!("`{key}` 为空"))
}

fn provider(collector: &mut Collector<'_>, key: &str, value: &str) {
    match value.parse::<ProviderCode>() {
        Ok(code) => {
            if key == "ContentProducer" && code.service() == Service::Propagate {
                let what = said(format!("`{key}` is a code for spreading"), format!("`{key}` 是传播服务的编码"));
                let fix = said("write the code with service type `1`", "写服务类型为 1 的编码");
                collector.add(Rule::ServiceType, Some(key), what, fix);
            }
        }
        Err(error) if ProviderCode::is_attempt(value) => {
            let what = said(format!("`{key}` is `{value}`: {error}"), format!("`{key}` 是 `{value}`，不是正确的编码"));
            let fix = said("write the 27 characters of the provider's code", "写 27 位的服务提供者编码");
            collector.add(Rule::ProviderCode, Some(key), what, fix);
        }
        Err(_) if !value.is_empty() => {
            let what = said(format!("`{key}` is the name `{value}`"), format!("`{key}` 写的是名称 `{value}`"));
            let fix = said("write the provider's code of 27 characters instead", "改写 27 位的服务提供者编码");
            collector.add(Rule::ProviderName, Some(key), what, fix);
        }
        Err(_) => {}
    }
}

/// The key that somebody meant: the same but for case and at most two characters.
fn nearest(key: &str) -> Option<&'static str> {
    let key = key.to_ascii_lowercase();
    let near = KEYS.into_iter().min_by_key(|known| distance(&known.to_ascii_lowercase(), &key));
    near.filter(|known| distance(&known.to_ascii_lowercase(), &key) <= 2)
}

/// How many characters must be put in, taken out or changed.
fn distance(a: &str, b: &str) -> usize {
    if b.len() > 64 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i.saturating_add(1)];
        for ((y, above), left_above) in b.chars().zip(row.iter().skip(1)).zip(&row) {
            let left = next.last().copied().unwrap_or_default();
            let changed = left_above.saturating_add(usize::from(x != y));
            next.push(changed.min(above.saturating_add(1)).min(left.saturating_add(1)));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
