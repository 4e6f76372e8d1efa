//! A decision in words, for a person who has to answer for it.

mod delivery;
mod duty;
mod fact_names;
mod grounds;
mod obligation;
mod phrases;
mod place;
mod precedence;
mod scores;
mod trace_line;
mod units;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::words;
use crate::{
    Citation, Decision, DutyId, EvaluationState, Fault, InstrumentId, Mode, PolicyId, ReasonId, Registry, SectorId,
    SectorStatus, Status, TextKey, printable,
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

/// On which side of a bound things are in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundSide {
    /// At the bound and above it.
    AtLeast,
    /// At the bound and below it.
    AtMost,
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
    /// What a setting that is a bound is called, from the policy's manifest: its short words where it has any.
    fn setting(&self, policy: &PolicyId, name: &str) -> Option<Wording<'_>> {
        let _ = (policy, name);
        None
    }
    /// What a fact of a sector is called, and its unit, from the manifest that declares it.
    fn fact(&self, path: &str) -> Option<(Wording<'_>, Option<&str>)> {
        let _ = path;
        None
    }
    /// On which side of a setting that is a bound things are in order. `None` where that is not known.
    fn bound_side(&self, policy: &PolicyId, name: &str) -> Option<BoundSide> {
        let _ = (policy, name);
        None
    }
}

/// Explains a decision: the verdict and what is due; then for each duty on which something is asked what each policy found and
/// whether it counts, and the other duties a line each; then what must be done; at the end each rule of precedence once, with
/// the duties that it decided.
///
/// Notes say which instruments do not bind, which citations nobody has checked against the text of the law, and which
/// interpretations counsel chose. A Chinese explanation has no ids in its sentences: they stand in lines of their own at the end.
/// Words of strangers are shown as [`printable`] shows them.
pub fn explain(decision: &Decision, words: &dyn Words, lang: Lang) -> String {
    let (numbers, waiting) = (duty::numbers(decision), obligation::waiting(decision));
    let (out, ids, told) = (String::new(), Vec::new(), BTreeMap::new());
    let mut page = Page { out, words, lang, decision, numbers, waiting, ids, told };
    page.head(decision);
    page.doubts(decision);
    page.duties(decision);
    page.conflicts_of_duties(&decision.conflicts);
    page.scores(&decision.scores);
    page.delivery(decision);
    page.due(decision);
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

/// The source of what nobody says.
const NOBODY: &str = "nobody";

struct Page<'a> {
    out: String,
    words: &'a dyn Words,
    lang: Lang,
    decision: &'a Decision,
    /// The numbers of the duties on which something is asked.
    numbers: BTreeMap<&'a DutyId, u32>,
    /// The obligations that wait for a person's choice.
    waiting: BTreeSet<(&'a DutyId, &'a str)>,
    /// Ids that a Chinese explanation names at its end.
    ids: Vec<String>,
    /// The reasons of which it was told what they rest on, and how many bytes that took.
    told: BTreeMap<(&'a PolicyId, &'a ReasonId), usize>,
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

    /// The title of a policy. A Chinese sentence does not name one that has none by its id.
    fn policy(&self, id: &PolicyId) -> String {
        let unnamed = self.lang.pick(id.as_str(), "未具名策略");
        self.either(self.words.title(id), unnamed)
    }

    fn reason(&self, policy: &PolicyId, reason: &ReasonId) -> String {
        self.either(self.words.reason(policy, reason), reason.as_str())
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
            let status = self.sector_status(known);
            self.line(1, &format!("{name}{}{status}{note}", self.colon()));
        }
        if !decision.refused_facts.is_empty() {
            self.title("Facts that did not count", "未采信的事实");
        }
        for fact in &decision.refused_facts {
            let (path, source) = (&fact.path, self.word(fact.source.as_str()).to_owned());
            let is_of_sector = path.starts_with(crate::SectorFacts::GROUP);
            let line = match lang {
                Lang::En => {
                    let fact = fact_names::of(path).map_or_else(String::new, |fact| format!("{}, ", fact.en));
                    let unfit = if is_of_sector { ", or it does not fit its declaration" } else { "" };
                    format!("{fact}{path}: {source} has no warrant for it{unfit}; it counts as unknown")
                }
                Lang::Zh => {
                    let own = || self.words.fact(path).map(|(name, _)| name.zh);
                    let fact = fact_names::zh(path).or_else(own).unwrap_or("一项事实");
                    let unfit = if is_of_sector { "或者与其声明不符" } else { "" };
                    format!("{fact}：{source}无权断言{unfit}，按不确定处理")
                }
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

    /// Whether the session is in a sector, and who says so.
    fn sector_status(&self, known: &SectorStatus) -> String {
        let (status, source) = (known.status.say(self.lang), known.source.as_str());
        let said = match (source == NOBODY, self.lang) {
            (true, Lang::En) => "nobody says".to_owned(),
            (true, Lang::Zh) => "无人说明".to_owned(),
            (false, Lang::En) => format!("said by {}", self.word(source)),
            (false, Lang::Zh) => format!("由{}说明", self.word(source)),
        };
        format!("{status}{}", self.aside(&said))
    }

    /// A policy with its version where the language is English, by its title where it is Chinese.
    fn versioned(&self, policy: &PolicyId, version: &str) -> String {
        match self.lang {
            Lang::En => format!("{policy} {version}"),
            Lang::Zh => self.policy(policy),
        }
    }

    fn instrument(&self, id: &InstrumentId) -> String {
        place::title_of(self.words.registry(), id, self.lang)
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
