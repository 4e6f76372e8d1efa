//! A decision in words, for a person who has to answer for it.

mod delivery;
mod phrases;
mod place;
mod scores;
mod trace_line;
mod verdict;

use std::collections::BTreeSet;

use crate::facts::words;
use crate::{
    Answer, Citation, Decision, Demand, Disposition, DueObligation, DutyResolution, EvaluationState, Failure, Fault,
    InstrumentId, Interpretation, Mode, NormConflict, Obligation, ParamType, ParamValue, Party, PolicyId, ReasonId,
    Registry, ResolvedFinding, SectorId, Span, Status, TextKey, When, printable,
};
use phrases::Phrase as _;

pub use place::cited;
pub use trace_line::trace_line;

words! {
    /// The languages of an explanation.
    Lang {
        /// English.
        En = "en",
        /// Chinese.
        Zh = "zh",
    }
}

/// A phrase in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wording<'a> {
    /// In English.
    pub en: &'a str,
    /// In Chinese.
    pub zh: &'a str,
}

/// The words behind ids, from the registries and manifests of an edition.
///
/// [`explain`] calls it any number of times, on the thread that calls `explain`. An id without words is shown as it is.
pub trait Words {
    /// The registries.
    fn registry(&self) -> &Registry;
    /// The words of a reason, from the policy's manifest.
    fn reason(&self, policy: &PolicyId, reason: &ReasonId) -> Option<Wording<'_>>;
    /// A text that a policy may show, from its manifest.
    fn text(&self, policy: &PolicyId, key: &TextKey) -> Option<Wording<'_>>;
    /// The name of a sector.
    fn sector(&self, sector: &SectorId) -> Option<Wording<'_>>;
    /// The title of a policy, from its manifest.
    fn title(&self, policy: &PolicyId) -> Option<Wording<'_>>;
}

/// Explains a decision: the verdict and what is due; then for each duty what each policy found, whether it counts and by which rule
/// of precedence; then what must be done; at the end each of those rules once.
///
/// Notes say which instruments do not bind, which citations nobody has checked against the text of the law, and which
/// interpretations counsel chose. A Chinese explanation has no ids in its sentences: they stand in lines of their own at the end.
/// Words of strangers are shown as [`printable`] shows them.
pub fn explain(decision: &Decision, words: &dyn Words, lang: Lang) -> String {
    let mut page = Page { out: String::new(), words, lang, decision, ids: Vec::new() };
    page.head(decision);
    page.doubts(decision);
    if !decision.duties.is_empty() {
        page.title("Duties", "义务");
    }
    for (number, duty) in (1_u32..).zip(&decision.duties) {
        page.duty(number, duty, decision);
    }
    page.conflicts(&decision.conflicts, 1);
    page.scores(&decision.scores);
    page.delivery(decision);
    page.due(&decision.obligations);
    page.rules(decision);
    page.identify();
    page.out
}

/// Instrument id and article, as a trace writes them.
fn article(citation: &Citation) -> String {
    if citation.article.starts_with(|first: char| first.is_ascii_digit()) {
        format!("{} Art. {}", citation.instrument, citation.article)
    } else {
        format!("{} {}", citation.instrument, citation.article)
    }
}

struct Page<'a> {
    out: String,
    words: &'a dyn Words,
    lang: Lang,
    decision: &'a Decision,
    /// Ids that a Chinese explanation names at its end.
    ids: Vec<String>,
}

impl Page<'_> {
    /// Adds a line. It stays one line, whatever stands in the words of strangers.
    fn line(&mut self, depth: usize, text: &str) {
        for _ in 0..depth {
            self.out.push_str("   ");
        }
        self.out.push_str(&printable(text.trim_end()));
        self.out.push('\n');
    }

    fn title(&mut self, en: &str, zh: &str) {
        self.out.push('\n');
        self.line(0, self.lang.pick(en, zh));
    }

    fn either(&self, wording: Option<Wording<'_>>, id: &str) -> String {
        wording.map_or(id, |words| self.lang.pick(words.en, words.zh)).to_owned()
    }

    fn sector(&self, id: &SectorId) -> String {
        self.either(self.words.sector(id), self.word(id.as_str()))
    }

    fn policy(&self, id: &PolicyId) -> String {
        self.either(self.words.title(id), id.as_str())
    }

    /// An id in the sentence where the language is English; in Chinese it goes to the end.
    fn id(&mut self, what: &str, id: &str) -> String {
        match self.lang {
            Lang::En => self.aside(id),
            Lang::Zh => {
                self.ids.push(if what.is_empty() { id.to_owned() } else { format!("{what} {id}") });
                String::new()
            }
        }
    }

    /// The lines with the ids.
    fn identify(&mut self) {
        if self.ids.is_empty() {
            return;
        }
        self.title("Ids", "编号");
        for id in std::mem::take(&mut self.ids) {
            self.line(1, &id);
        }
    }

    /// Each rule of precedence that applied, once.
    fn rules(&mut self, decision: &Decision) {
        let rules: BTreeSet<_> = decision.duties.iter().flat_map(|duty| &duty.rules).collect();
        if !rules.is_empty() {
            self.title("Rules of precedence that applied", "适用的优先规则");
        }
        for rule in rules {
            self.line(1, &format!("{}{}{}", rule.as_str(), self.lang.pick(" ", "　"), rule.say(self.lang)));
        }
    }

    fn duty_name(&self, id: &str) -> String {
        let entry = self.words.registry().duties.get(id);
        entry.map_or(id, |duty| self.lang.pick(&duty.en, &duty.zh)).to_owned()
    }

    /// The sectors, the refused facts, and the policies that could not answer.
    fn doubts(&mut self, decision: &Decision) {
        let lang = self.lang;
        if decision.sectors.values().any(|known| known.status != Status::No) {
            self.title("Sectors", "行业");
        }
        for (sector, known) in decision.sectors.iter().filter(|(_, known)| known.status != Status::No) {
            let name = self.sector(sector);
            let ungoverned = decision.ungoverned.contains(sector);
            let note = if ungoverned {
                lang.pick("; no policy for it is loaded", "；未加载该行业的策略")
            } else {
                ""
            };
            let (status, source) = (known.status.say(lang), self.word(known.source.as_str()));
            let line = match lang {
                Lang::En => format!("{name}: {status}, said by {source}{note}"),
                Lang::Zh => format!("{name}：{status}，来源为{source}{note}"),
            };
            self.line(1, &line);
        }
        if !decision.refused_facts.is_empty() {
            self.title("Facts that did not count", "未采信的事实");
        }
        for fact in &decision.refused_facts {
            let (path, source) = (&fact.path, self.word(fact.source.as_str()).to_owned());
            let line = match lang {
                Lang::En => format!("{path}: {source} has no warrant for it; it counts as unknown"),
                Lang::Zh => format!("{source}所称的一项事实：{source}无权断言，按不确定处理"),
            };
            self.line(1, &line);
            if lang == Lang::Zh {
                self.ids.push(format!("未采信的事实 {path}"));
            }
        }
        let failed = decision.evaluations.iter().filter(|(_, one)| one.state == EvaluationState::Unavailable);
        let failed: Vec<_> = failed.collect();
        if !failed.is_empty() {
            self.title("Could not be checked", "未能核查");
        }
        for (policy, summary) in failed {
            let why = summary.fault.as_ref().map_or_else(String::new, |fault| fault_words(fault, lang));
            let mode = if summary.mode == Mode::Monitor { self.aside(Mode::Monitor.say(lang)) } else { String::new() };
            let name = self.versioned(policy, &summary.version);
            self.line(1, &format!("{name}{mode}{}{why}", self.colon()));
            if let (Lang::Zh, Some(fault)) = (lang, &summary.fault) {
                self.ids.push(format!("故障 {policy} {} {}，{}", summary.version, fault.kind.as_str(), fault.point));
            }
        }
    }

    /// A policy with its version where the language is English, by its title where it is Chinese.
    fn versioned(&self, policy: &PolicyId, version: &str) -> String {
        match self.lang {
            Lang::En => format!("{policy} {version}"),
            Lang::Zh => self.policy(policy),
        }
    }

    fn duty(&mut self, number: u32, duty: &DutyResolution, decision: &Decision) {
        let lang = self.lang;
        let name = self.duty_name(duty.duty.as_str());
        let (id, colon) = (self.id(&number.to_string(), duty.duty.as_str()), self.colon());
        self.line(0, &format!("{number}. {name}{id}{colon}{}", duty.level.say(lang)));
        for finding in &duty.findings {
            self.finding(finding);
        }
        for (policy, failure) in &duty.failed {
            if let Failure::Fault(fault) = failure {
                let could_not = lang.pick("could not answer", "未能作答");
                let between = lang.pick("; ", "；");
                let policy = self.policy_in_sentence(policy);
                self.line(1, &format!("{policy}{colon}{could_not}{between}{}", fault_words(fault, lang)));
            }
        }
        for regime in &duty.sectors {
            let name = self.sector(&regime.sector);
            let grant = match (&regime.grant, lang) {
                (Some(id), Lang::En) => self.aside(&format!("record {id}")),
                (Some(_), Lang::Zh) | (None, _) => String::new(),
            };
            let (status, kind) = (self.aside(regime.status.say(lang)), regime.kind.say(lang));
            self.line(1, &format!("{name}{status}{colon}{kind}{grant}"));
        }
        let governing = |sector: &SectorId| duty.sectors.iter().any(|regime| regime.sector == *sector);
        let others = decision.sectors.iter().filter(|(sector, one)| one.status != Status::No && !governing(sector));
        for (sector, known) in others {
            let name = self.sector(sector);
            let none = lang.pick("has no rule on this duty", "对该义务没有规则");
            let status = self.aside(known.status.say(lang));
            self.line(1, &format!("{name}{status}{colon}{none}"));
        }
        self.reached(duty);
        self.conflicts(&duty.conflicts, 1);
    }

    /// The rules of precedence by which a duty came to its level, and the interpretations that counsel chose.
    fn reached(&mut self, duty: &DutyResolution) {
        let lang = self.lang;
        let rules: Vec<&str> = duty.rules.iter().map(|rule| rule.as_str()).collect();
        if !rules.is_empty() {
            self.line(1, &format!("⇒ {}", rules.join(lang.pick(", ", "、"))));
        }
        for interpretation in &duty.interpretations {
            let chosen = lang.pick("Interpretation chosen by counsel: ", "法务选定的解释：");
            match interpretation {
                Interpretation::RankTest(test) => self.line(1, &format!("{chosen}{}", test.say(lang))),
                Interpretation::Defeats(label) => self.line(1, &format!("{chosen}{label}")),
            }
        }
    }

    fn policy_in_sentence(&self, policy: &PolicyId) -> String {
        match self.lang {
            Lang::En => policy.to_string(),
            Lang::Zh => self.policy(policy),
        }
    }

    fn finding(&mut self, finding: &ResolvedFinding) {
        let lang = self.lang;
        let ResolvedFinding { policy, version, rule, answer, earlier, disposition } = finding;
        let said = match answer {
            Answer::NotApplicable(_) => lang.pick("does not apply", "不适用").to_owned(),
            Answer::Met(_) => lang.pick("fulfilled", "已满足").to_owned(),
            Answer::Unknown(_) => lang.pick("cannot tell", "无法判断").to_owned(),
            Answer::Require(demand) => format!("{}{}", lang.pick("requires ", "要求"), self.demand(demand)),
            Answer::InsteadOf(demand) => {
                format!("{}{}", lang.pick("provides otherwise: ", "另有规定："), self.demand(demand))
            }
        };
        let name = match lang {
            Lang::En => format!("{policy} {version}, {rule}"),
            Lang::Zh => self.policy(policy),
        };
        if lang == Lang::Zh {
            self.ids.push(format!("　{policy} {version}，{rule}"));
        }
        self.line(1, &format!("{name}{}{said}", self.colon()));
        if let Some(citation) = answer.citation() {
            let cited = self.citation(citation, earlier.as_ref());
            self.line(2, &cited);
        }
        let reason = match answer {
            Answer::NotApplicable(reason) | Answer::Unknown(reason) => Some(reason),
            Answer::Require(demand) | Answer::InsteadOf(demand) => Some(&demand.reason),
            Answer::Met(_) => None,
        };
        if let Some(reason) = reason {
            let words = self.either(self.words.reason(policy, reason), reason.as_str());
            self.line(2, &words);
        }
        for obligation in answer.demand().map_or(&[][..], |demand| &demand.obligations) {
            let asked = self.obligation(policy, obligation);
            self.line(2, &format!("+ {asked}"));
        }
        if let Some(became) = self.disposition(disposition, answer.citation()) {
            self.line(2, &format!("→ {became}"));
        }
    }

    fn demand(&self, demand: &Demand) -> String {
        let mut spans: Vec<String> = demand.spans.iter().map(|span| self.span(span)).collect();
        if demand.more_spans > 0 {
            spans.push(match self.lang {
                Lang::En => format!("and {} more", demand.more_spans),
                Lang::Zh => format!("另有 {} 处", demand.more_spans),
            });
        }
        let level = demand.level.say(self.lang);
        let (comma, between) = (self.lang.pick(", ", "，"), self.lang.pick("; ", "；"));
        if spans.is_empty() { level.to_owned() } else { format!("{level}{comma}{}", spans.join(between)) }
    }

    /// A stretch of text in characters, counted from 1; in bytes where the text was not at hand when the decision was made.
    fn span(&self, span: &Span) -> String {
        let Span { part, start, end } = span;
        let at = |byte: &u32| self.decision.characters.get(part).and_then(|places| places.get(byte)).copied();
        let number = part.saturating_add(1);
        match (at(start), at(end), self.lang) {
            (Some(first), Some(after), Lang::En) => match after.saturating_sub(first) {
                1 => format!("part {number}, character {after}"),
                _ => format!("part {number}, characters {} to {after}", first.saturating_add(1)),
            },
            (Some(first), Some(after), Lang::Zh) => match after.saturating_sub(first) {
                1 => format!("第{number}段第{after}字"),
                _ => format!("第{number}段第{}至{after}字", first.saturating_add(1)),
            },
            (_, _, Lang::En) => format!("part {number}, bytes {start}–{end}"),
            (_, _, Lang::Zh) => format!("第{number}段第{start}–{end}字节"),
        }
    }

    /// Why a finding does not count, or counts in another way. `None` if it simply counts.
    fn disposition(&mut self, disposition: &Disposition, cited: Option<&Citation>) -> Option<String> {
        let lang = self.lang;
        Some(match disposition {
            Disposition::Stands => return None,
            Disposition::Displaced(displacement) => self.displaced(displacement, cited),
            Disposition::Defeated { by, label } => {
                let sector = self.sector(by);
                match lang {
                    Lang::En => format!("gives way to {sector}, by the edge `{label}` that counsel chose"),
                    Lang::Zh => format!("让位于{sector}，依据法务选定的次序“{label}”"),
                }
            }
            Disposition::RelaxationRefused(why) => {
                let refused = lang.pick("the relaxation does not count, it adds: ", "放宽未予采纳，按增加的要求计入：");
                format!("{refused}{}", why.say(lang))
            }
            Disposition::NotInForce => {
                lang.pick("not in force on that day, does not count", "该日不具效力，不计入").to_owned()
            }
            Disposition::Monitored => lang.pick("monitored, does not count", "仅观察，不计入").to_owned(),
            Disposition::NotGoverned => lang
                .pick("the policy does not govern this duty, does not count", "该策略不管辖此义务，不计入")
                .to_owned(),
        })
    }

    fn instrument(&self, id: &InstrumentId) -> String {
        place::title_of(self.words.registry(), id, self.lang)
    }

    fn obligation(&self, policy: &PolicyId, obligation: &Obligation) -> String {
        let lang = self.lang;
        let text = |key: &TextKey| self.either(self.words.text(policy, key), key.as_str());
        match obligation {
            Obligation::Stop => lang.pick("let nothing more out", "停止输出").to_owned(),
            Obligation::Redact(span) => format!("{} {}", lang.pick("mask", "遮盖"), self.span(span)),
            Obligation::Replace(key) => format!("{} “{}”", lang.pick("give instead", "替换为"), text(key)),
            Obligation::Append(key) => format!("{} “{}”", lang.pick("add", "附加"), text(key)),
            Obligation::Measure(measure) => {
                let entry = self.words.registry().measures.get(&measure.id);
                let mut name = entry.map_or(measure.id.as_str(), |entry| lang.pick(&entry.en, &entry.zh)).to_owned();
                let of = |key: &str| entry.and_then(|entry| entry.params.get(key)).map(|param| param.ty);
                let params = measure.params.iter().map(|(key, value)| self.param(key, value, of(key)));
                let params: Vec<String> = params.collect();
                if !params.is_empty() {
                    name.push_str(&self.aside(&params.join(lang.pick("; ", "；"))));
                }
                name
            }
        }
    }

    fn param(&self, key: &str, value: &ParamValue, ty: Option<ParamType>) -> String {
        let value = match value {
            ParamValue::Number(months) if ty == Some(ParamType::Months) => match self.lang {
                Lang::En => format!("{months} {}", if *months == 1 { "month" } else { "months" }),
                Lang::Zh => format!("{months}个月"),
            },
            ParamValue::Number(number) => number.to_string(),
            ParamValue::Date(date) => date.to_string(),
            ParamValue::Seconds(seconds) => format!("{seconds} {}", self.lang.pick("s", "秒")),
            ParamValue::Id(id) => self.word(id).to_owned(),
        };
        format!("{}{}{value}", self.word(key), self.lang.pick(": ", "："))
    }

    /// The name of a parameter, or of an id that is a parameter's value.
    fn word<'b>(&'b self, id: &'b str) -> &'b str {
        let registry = self.words.registry();
        let named = registry.words.get(id).map(|name| (&name.en, &name.zh));
        let named = named.or_else(|| registry.categories.get(id).map(|name| (&name.en, &name.zh)));
        named.map_or(id, |(en, zh)| self.lang.pick(en, zh))
    }

    /// A remark in brackets.
    fn aside(&self, said: &str) -> String {
        match self.lang {
            Lang::En => format!(" ({said})"),
            Lang::Zh => format!("（{said}）"),
        }
    }

    fn conflicts(&mut self, conflicts: &[NormConflict], depth: usize) {
        let lang = self.lang;
        if depth == 1 && !conflicts.is_empty() {
            self.line(1, lang.pick("Cannot stand together:", "不能并存："));
        }
        for NormConflict { kind, first, second } in conflicts {
            let (first, second) = (self.party(first), self.party(second));
            self.line(depth.saturating_add(1), &format!("{first} ≠ {second}{}{}", self.colon(), kind.say(lang)));
        }
    }

    fn party(&self, party: &Party) -> String {
        let (policy, duty) = (&party.policy, &party.duty);
        let asked = self.obligation(policy, &party.obligation);
        let of = match self.lang {
            Lang::En => format!("{policy}, {duty}"),
            Lang::Zh => format!("{}，{}", self.policy(policy), self.duty_name(duty.as_str())),
        };
        format!("{asked}{}", self.aside(&of))
    }

    fn due(&mut self, obligations: &[DueObligation]) {
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

    fn colon(&self) -> &'static str {
        self.lang.pick(": ", "：")
    }
}

fn fault_words(fault: &Fault, lang: Lang) -> String {
    let (said, kind, point) = (fault.kind.say(lang), fault.kind.as_str(), &fault.point);
    match lang {
        Lang::En => format!("{said} ({kind}, at {point})"),
        Lang::Zh => said.to_owned(),
    }
}
