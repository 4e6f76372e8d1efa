//! What must be done, in words.

use std::collections::{BTreeMap, BTreeSet};

use super::phrases::{Shown, moment};
use super::precedence::numbered;
use super::units::Unit;
use super::{Lang, Page};
use crate::{
    Decision, DueObligation, DutyId, Measure, MeasureEntry, Note, Obligation, ParamType, ParamValue, Party, Phase,
    PolicyId, TextKey, When,
};

/// The parameter that says within how many days a measure is due.
const WITHIN_DAYS: &str = "within-days";

/// The parameter that says of which kind a measure is.
const KIND: &str = "kind";

/// Where a name has the value of a parameter in itself.
const VALUE: &str = "{}";

impl Page<'_> {
    /// Everything that is due, by when, numbered through.
    pub(super) fn due(&mut self, decision: &Decision) {
        let lang = self.lang;
        if !decision.obligations.is_empty() {
            self.title("What must be done", "须履行");
        }
        let is_stop = |due: &&DueObligation| due.obligation == Obligation::Stop;
        let at_once = decision.obligations.iter().filter(is_stop).collect();
        let mut groups: Vec<(&str, Vec<&DueObligation>)> = vec![(lang.pick("at once", "立即"), at_once)];
        for when in When::ALL {
            let owed = decision.obligations.iter().filter(|due| due.when == *when && !is_stop(due)).collect();
            groups.push((moment(*when, decision.verdict, decision.kind, lang), owed));
        }
        let mut numbers = 1_u32..;
        for (moment, owed) in groups.iter().filter(|(_, owed)| !owed.is_empty()) {
            self.line(1, &format!("{moment}{}", lang.pick(":", "：")));
            for (due, number) in owed.iter().zip(&mut numbers) {
                let what = self.obligation(&due.policy, &due.obligation);
                let duties = self.of_duties([&due.duty].into_iter().chain(&due.also));
                let waits = if self.waits(due) {
                    lang.pick("; not before a person has decided", "；待人工决定后办理")
                } else {
                    ""
                };
                self.line(2, &format!("{number}. {what}{duties}{waits}"));
            }
        }
    }

    /// Whether an obligation is on one side of what cannot stand together.
    pub(super) fn waits(&self, due: &DueObligation) -> bool {
        let sort = sort(&due.obligation);
        [&due.duty].into_iter().chain(&due.also).any(|duty| self.waiting.contains(&(duty, sort)))
    }

    /// For which duties, by their numbers: `, for duties 4 and 5`. A duty without a number by its name.
    fn of_duties<'d>(&self, duties: impl Iterator<Item = &'d DutyId>) -> String {
        let (mut numbers, mut names) = (Vec::new(), Vec::new());
        for duty in duties {
            match self.numbers.get(duty) {
                Some(number) => numbers.push(*number),
                None => names.push(self.duty_name(duty.as_str())),
            }
        }
        numbers.sort_unstable();
        let numbers = numbered(&numbers, self.lang).into_iter();
        let all: Vec<String> = numbers.chain(names).collect();
        match self.lang {
            Lang::En => format!(", for {}", all.join(", ")),
            Lang::Zh => format!("（对应{}）", all.join("、")),
        }
    }

    pub(super) fn obligation(&self, policy: &PolicyId, obligation: &Obligation) -> String {
        let lang = self.lang;
        let text = |key: &TextKey| self.either(self.words.text(policy, key), key.as_str());
        match obligation {
            Obligation::Stop => lang.pick("Stop the output", "停止输出").to_owned(),
            Obligation::Redact(span) => format!("{}{}", lang.pick("Mask ", "遮盖"), self.span(span)),
            Obligation::Replace(key) => format!("{}“{}”", lang.pick("Give instead ", "替换为"), text(key)),
            Obligation::Append(key) => format!("{}“{}”", lang.pick("Add ", "附加"), text(key)),
            Obligation::Measure(measure) => self.measure(measure),
        }
    }

    fn measure(&self, measure: &Measure) -> String {
        let lang = self.lang;
        let entry = self.words.registry().measures.get(&measure.id);
        let mut name = self.measure_name(measure).to_owned();
        let of = |key: &str| entry.and_then(|entry| entry.params.get(key)).map(|param| param.ty);
        let is_named = entry.is_some_and(|entry| own_name(entry, measure).is_some());
        let params = measure.params.iter().filter(|(key, _)| !(is_named && *key == KIND));
        let params = params.map(|(key, value)| self.param(key, value, of(key)));
        let params: Vec<String> = params.collect();
        if !params.is_empty() {
            name.push_str(&self.aside(&params.join(lang.pick("; ", "；"))));
        }
        name
    }

    fn measure_name<'b>(&'b self, measure: &'b Measure) -> &'b str {
        let Some(entry) = self.words.registry().measures.get(&measure.id) else { return measure.id.as_str() };
        match own_name(entry, measure) {
            Some(name) => self.lang.pick(&name.en, &name.zh),
            None => self.lang.pick(&entry.en, &entry.zh),
        }
    }

    /// The most that some obligations show to a reader.
    pub(super) fn shown<'o>(&self, obligations: impl Iterator<Item = &'o Obligation>) -> Shown {
        let of_measure = |measure: &Measure| match self.words.registry().measures.get(&measure.id) {
            _ if measure.id.as_str().starts_with("label-") => Shown::Label,
            Some(entry) if entry.phase == Phase::Label => Shown::Notice,
            Some(_) | None => Shown::Nothing,
        };
        let shown = obligations.map(|obligation| match obligation {
            Obligation::Append(_) => Shown::Label,
            Obligation::Measure(measure) => of_measure(measure),
            Obligation::Redact(_) | Obligation::Replace(_) | Obligation::Stop => Shown::Nothing,
        });
        shown.max().unwrap_or(Shown::Nothing)
    }

    /// A parameter with its value.
    fn param(&self, key: &str, value: &ParamValue, ty: Option<ParamType>) -> String {
        let value = match value {
            ParamValue::Number(days) if key == WITHIN_DAYS => return within(*days, self.lang),
            ParamValue::Number(months) if ty == Some(ParamType::Months) => Unit::Months.say(*months, self.lang),
            ParamValue::Number(number) => Unit::of_setting(key).say(*number, self.lang),
            ParamValue::Date(date) => date.to_string(),
            ParamValue::Seconds(seconds) => format!("{seconds} {}", self.lang.pick("s", "秒")),
            ParamValue::Id(id) => self.word(id).to_owned(),
        };
        let name = self.word(key);
        if name.contains(VALUE) { name.replace(VALUE, &value) } else { format!("{name}{}{value}", self.colon()) }
    }

    /// An obligation by its name alone, as it stands inside a sentence.
    pub(super) fn short(&self, due: &DueObligation) -> String {
        let name = match &due.obligation {
            Obligation::Measure(measure) => self.measure_name(measure).to_owned(),
            other @ (Obligation::Redact(_) | Obligation::Replace(_) | Obligation::Append(_) | Obligation::Stop) => {
                self.obligation(&due.policy, other)
            }
        };
        match self.lang {
            Lang::En => lowered(&name),
            Lang::Zh => name,
        }
    }

    /// Obligations by their names, with the days within which each is due. Those that share a name are told apart by their kinds.
    pub(super) fn shorts(&self, due: &[&DueObligation]) -> Vec<String> {
        let mut uses: BTreeMap<String, usize> = BTreeMap::new();
        let names: Vec<String> = due.iter().map(|due| self.short(due)).collect();
        for name in &names {
            let n_uses = uses.entry(name.clone()).or_default();
            *n_uses = n_uses.saturating_add(1);
        }
        let said = names.into_iter().zip(due).map(|(name, due)| {
            let is_shared = uses.get(&name).is_some_and(|n_uses| *n_uses > 1);
            let kind = kind(&due.obligation).filter(|_| is_shared).map(|kind| self.aside(self.word(kind)));
            let name = format!("{name}{}", kind.unwrap_or_default());
            match (within_days(&due.obligation), self.lang) {
                (None, _) => name,
                // A name that has a clause of its own ends with a comma.
                (Some(days), Lang::En) if name.contains(", ") => format!("{name}, {}", within(days, self.lang)),
                (Some(days), Lang::En) => format!("{name} {}", within(days, self.lang)),
                (Some(days), Lang::Zh) => format!("{name}（{}）", within(days, self.lang)),
            }
        });
        said.collect()
    }
}

/// What cannot stand together, so that a person decides first: the duty and the kind of each obligation.
pub(super) fn waiting(decision: &Decision) -> BTreeSet<(&DutyId, &str)> {
    let on_duties = decision.duties.iter().flat_map(|duty| &duty.conflicts);
    let parties = decision.conflicts.iter().chain(on_duties).flat_map(|conflict| [&conflict.first, &conflict.second]);
    parties.map(|party: &Party| (&party.duty, sort(&party.obligation))).collect()
}

/// The id of a measure, or what is done to the text.
fn sort(obligation: &Obligation) -> &str {
    match obligation {
        Obligation::Stop => "stop",
        Obligation::Redact(_) => "redact",
        Obligation::Replace(_) => "replace",
        Obligation::Append(_) => "append",
        Obligation::Measure(measure) => measure.id.as_str(),
    }
}

/// The name that a measure has for the value of its parameter `kind`.
fn own_name<'e>(entry: &'e MeasureEntry, measure: &Measure) -> Option<&'e Note> {
    match measure.params.get(KIND)? {
        ParamValue::Id(kind) => entry.names.get(kind),
        ParamValue::Number(_) | ParamValue::Date(_) | ParamValue::Seconds(_) => None,
    }
}

/// What tells a measure apart from another one of its name: its kind, or the one id among its parameters.
fn kind(obligation: &Obligation) -> Option<&str> {
    let Obligation::Measure(measure) = obligation else { return None };
    let ids = measure.params.iter().filter_map(|(key, value)| match value {
        ParamValue::Id(id) => Some((key, id.as_str())),
        ParamValue::Number(_) | ParamValue::Date(_) | ParamValue::Seconds(_) => None,
    });
    let ids: Vec<_> = ids.collect();
    let kind = ids.iter().find(|(key, _)| *key == KIND);
    kind.or(if let [one] = ids.as_slice() { Some(one) } else { None }).map(|(_, id)| *id)
}

/// The days within which an obligation is to be carried out.
pub(super) fn within_days(obligation: &Obligation) -> Option<i64> {
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
        (_, Lang::En) => format!("within {}", Unit::Days.say(days, lang)),
        (_, Lang::Zh) => format!("{days}日内"),
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
