//! What must be done, in words.

use super::grounds::grouped;
use super::phrases::Phrase as _;
use super::{Lang, Page};
use crate::{DueObligation, Measure, Obligation, ParamType, ParamValue, PolicyId, TextKey, When};

/// The parameter that says within how many days a measure is due.
const WITHIN_DAYS: &str = "within-days";

impl Page<'_> {
    /// Everything that is due, by when, numbered through.
    pub(super) fn due(&mut self, obligations: &[DueObligation]) {
        let lang = self.lang;
        if !obligations.is_empty() {
            self.title("What must be done", "须履行");
        }
        let mut numbers = 1_u32..;
        for when in When::ALL {
            let mut owed = obligations.iter().filter(|due| due.when == *when).peekable();
            if owed.peek().is_some() {
                self.line(1, &format!("{}{}", when.say(lang), lang.pick(":", "：")));
            }
            for (due, number) in owed.zip(&mut numbers) {
                let what = self.obligation(&due.policy, &due.obligation);
                let duties = [&due.duty].into_iter().chain(&due.also);
                let line = match lang {
                    Lang::En => {
                        let duties: Vec<&str> = duties.map(|duty| duty.as_str()).collect();
                        format!("{number}. {what}, for {} ({})", duties.join(", "), due.policy)
                    }
                    Lang::Zh => {
                        let duties: Vec<String> = duties.map(|duty| self.duty_name(duty.as_str())).collect();
                        format!("{number}. {what}，用于：{}", duties.join("；"))
                    }
                };
                self.line(2, &line);
            }
        }
    }

    pub(super) fn obligation(&self, policy: &PolicyId, obligation: &Obligation) -> String {
        let lang = self.lang;
        let text = |key: &TextKey| self.either(self.words.text(policy, key), key.as_str());
        match obligation {
            Obligation::Stop => lang.pick("let nothing more out", "停止输出").to_owned(),
            Obligation::Redact(span) => format!("{} {}", lang.pick("mask", "遮盖"), self.span(span)),
            Obligation::Replace(key) => format!("{} “{}”", lang.pick("give instead", "替换为"), text(key)),
            Obligation::Append(key) => format!("{} “{}”", lang.pick("add", "附加"), text(key)),
            Obligation::Measure(measure) => self.measure(measure),
        }
    }

    fn measure(&self, measure: &Measure) -> String {
        let lang = self.lang;
        let entry = self.words.registry().measures.get(&measure.id);
        let mut name = self.measure_name(measure).to_owned();
        let of = |key: &str| entry.and_then(|entry| entry.params.get(key)).map(|param| param.ty);
        let params = measure.params.iter().map(|(key, value)| self.param(key, value, of(key)));
        let params: Vec<String> = params.collect();
        if !params.is_empty() {
            name.push_str(&self.aside(&params.join(lang.pick("; ", "；"))));
        }
        name
    }

    fn measure_name<'b>(&'b self, measure: &'b Measure) -> &'b str {
        let entry = self.words.registry().measures.get(&measure.id);
        entry.map_or(measure.id.as_str(), |entry| self.lang.pick(&entry.en, &entry.zh))
    }

    /// A parameter with its value.
    fn param(&self, key: &str, value: &ParamValue, ty: Option<ParamType>) -> String {
        let value = match value {
            ParamValue::Number(days) if key == WITHIN_DAYS => return within(*days, self.lang),
            ParamValue::Number(days) if key.ends_with("-days") => days_of(*days, self.lang),
            ParamValue::Number(months) if ty == Some(ParamType::Months) => match self.lang {
                Lang::En => format!("{months} {}", if *months == 1 { "month" } else { "months" }),
                Lang::Zh => format!("{months}个月"),
            },
            ParamValue::Number(number) => grouped(*number),
            ParamValue::Date(date) => date.to_string(),
            ParamValue::Seconds(seconds) => format!("{seconds} {}", self.lang.pick("s", "秒")),
            ParamValue::Id(id) => self.word(id).to_owned(),
        };
        format!("{}{}{value}", self.word(key), self.lang.pick(": ", "："))
    }

    /// An obligation by its name alone, with the days within which it is due.
    pub(super) fn short(&self, due: &DueObligation) -> String {
        let name = match &due.obligation {
            Obligation::Measure(measure) => self.measure_name(measure).to_owned(),
            other @ (Obligation::Redact(_) | Obligation::Replace(_) | Obligation::Append(_) | Obligation::Stop) => {
                self.obligation(&due.policy, other)
            }
        };
        let name = match self.lang {
            Lang::En => lowered(&name),
            Lang::Zh => name,
        };
        match (within_days(&due.obligation), self.lang) {
            (None, _) => name,
            (Some(days), Lang::En) => format!("{name} {}", within(days, self.lang)),
            (Some(days), Lang::Zh) => format!("{name}（{}）", within(days, self.lang)),
        }
    }
}

/// The days within which an obligation is to be carried out.
fn within_days(obligation: &Obligation) -> Option<i64> {
    let Obligation::Measure(measure) = obligation else { return None };
    match measure.params.get(WITHIN_DAYS) {
        Some(ParamValue::Number(days)) => Some(*days),
        Some(ParamValue::Date(_) | ParamValue::Seconds(_) | ParamValue::Id(_)) | None => None,
    }
}

fn within(days: i64, lang: Lang) -> String {
    match (days, lang) {
        (0, Lang::En) => "today".to_owned(),
        (0, Lang::Zh) => "今日内".to_owned(),
        (_, Lang::En) => format!("within {}", days_of(days, lang)),
        (_, Lang::Zh) => format!("{days}日内"),
    }
}

fn days_of(days: i64, lang: Lang) -> String {
    match lang {
        Lang::En => format!("{days} {}", if days == 1 { "day" } else { "days" }),
        Lang::Zh => format!("{days}日"),
    }
}

/// A name inside a sentence.
fn lowered(name: &str) -> String {
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}
