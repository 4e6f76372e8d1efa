//! `coverage`: what an edition governs on a platform, what would become a stop there, and what the platform would have to send.

mod cited;
mod days;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::Value;
use specialis::Candidate;
use specialis_bundle::Manifest;
use specialis_core::{Citation, MeasureId, PolicyId, Registry, SectorFacts, When, cited};
use specialis_text::{Lexicon, detectors};

use self::cited::Cited;
use crate::input::file;
use crate::options::{EditionOptions, Language};
use crate::output::{self, Exit};
use crate::schema;

const AFTER_HELP: &str = "\
A fact counts as supplied where the profile gives a default for it or one of the events carries it. A category is covered where a term,
a detector, a pattern or a signal of the events finds it.

Examples:
  specialis coverage                                   the built-in edition on the built-in profile
  specialis coverage --profile mine.toml --events yesterday.jsonl
  specialis coverage --with my-policy.wasm --registry registry.toml --lang zh";

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct CoverageArgs {
    #[command(flatten)]
    edition: EditionOptions,
    /// Events of the platform, one JSON object a line, to see which facts it supplies
    #[arg(long, value_name = "FILE.jsonl")]
    events: Option<PathBuf>,
    /// In which language
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
}

type Manifests = BTreeMap<PolicyId, Manifest>;

pub(crate) fn run(args: &CoverageArgs, page: &mut dyn Write) -> Result<Exit> {
    let candidate = args.edition.candidate()?;
    let (_, registry) = args.edition.registry()?;
    let (_, (platform, service)) = args.edition.profile(&registry)?;
    let manifests = args.edition.manifests()?;
    let mut supplied = Supplied::default();
    supplied.of_context(&serde_json::to_value(&service.defaults)?);
    if let Some(path) = &args.events {
        let text = file::text(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
        for (line, at) in text.lines().zip(1_u64..).filter(|(line, _)| !line.trim().is_empty()) {
            let value = serde_json::from_str(line).with_context(|| format!("`{}:{at}`", path.display()))?;
            supplied.of_line(&value);
        }
    }
    let lang = args.lang;
    articles(page, &registry, &manifests, &Cited::of(args.edition.vectors()?)?, lang)?;
    governed(page, &registry, &manifests, lang)?;
    unseen(page, &registry, &seen(args, &manifests, &supplied)?, lang)?;
    match args.edition.content() {
        Ok(content) => days::tables(page, &content, lang)?,
        // What is governed can be said of an edition that cannot be loaded yet.
        Err(error) => output::note(&format!("tables of days are left out: {}", output::chain(&*error))),
    }
    scorers(page, &candidate, lang)?;
    stops(page, &registry, &manifests, &platform.supports, &platform.by_hand.into_keys().collect(), lang)?;
    missing(page, &manifests, &supplied, lang)?;
    Ok(Exit::Complete)
}

fn head(page: &mut dyn Write, lang: Language, en: &str, zh: &str, n: usize) -> Result<()> {
    writeln!(page, "{} ({n})", lang.pick(en, zh))?;
    Ok(())
}

/// Heads of a table in one of the languages.
fn heads<const N: usize>(lang: Language, heads: [(&'static str, &'static str); N]) -> [&'static str; N] {
    heads.map(|(en, zh)| lang.pick(en, zh))
}

/// Every place of an instrument that a rule cites, with the rules and the duties on which they cite it.
fn articles(
    page: &mut dyn Write,
    registry: &Registry,
    manifests: &Manifests,
    shown: &Cited,
    lang: Language,
) -> Result<()> {
    /// The rules that cite a place, and their duties.
    type Carriers<'a> = (BTreeSet<&'a str>, BTreeSet<&'a str>);
    let mut places: BTreeMap<(String, u32, String), Carriers<'_>> = BTreeMap::new();
    for (id, rule) in manifests.values().flat_map(|manifest| &manifest.rules) {
        for (instrument, cited) in &rule.cites {
            for article in cited {
                let place = (instrument.to_string(), number_of(article), article.clone());
                let entry = places.entry(place).or_default();
                entry.0.insert(id.as_str());
                let place = format!("{instrument} {article}");
                let duties = rule.duties.iter().map(|duty| duty.as_str());
                entry.1.extend(duties.filter(|duty| shown.carries(id.as_str(), &place, duty)));
            }
        }
    }
    let mut table = output::table(heads(lang, [("place", "条款"), ("rules", "规则"), ("duties", "义务")]));
    for ((instrument, _, article), (rules, duties)) in &places {
        let citation = Citation { instrument: instrument.as_str().into(), article: article.clone() };
        let place = cited(registry, &citation, None, lang.into());
        let few: Vec<&str> = duties.iter().copied().take(3).collect();
        let more = duties.len().saturating_sub(few.len());
        let more = if more > 0 { format!(" +{more}") } else { String::new() };
        let rules: Vec<&str> = rules.iter().copied().collect();
        table.add_row([place.as_str(), &rules.join(" "), &format!("{}{more}", few.join(" "))]);
    }
    head(page, lang, "Articles that rules carry", "规则所依据的条款", places.len())?;
    output::write_table(page, &table)?;
    writeln!(page)?;
    Ok(())
}

/// The number with which an article begins, so that 9 stands before 13; 0 for a place that has none.
fn number_of(article: &str) -> u32 {
    let digits = article.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    digits.parse().unwrap_or(0)
}

/// The models that score prompts and outputs, and whether text leaves the machine for that.
fn scorers(page: &mut dyn Write, candidate: &Candidate, lang: Language) -> Result<()> {
    let scorers: Vec<_> = candidate.scorers().collect();
    head(page, lang, "Models that score prompts and outputs", "对输入和输出评分的模型", scorers.len())?;
    if !scorers.is_empty() {
        let mut table = output::table(heads(lang, [("scorer", "模型"), ("version", "版本"), ("text", "文本去向")]));
        for scorer in &scorers {
            let (leaves, stays) =
                (("leaves for another endpoint", "会发送到其他端点"), ("stays in the process", "不离开本进程"));
            let (en, zh) = if scorer.sends_text() { leaves } else { stays };
            table.add_row([scorer.name(), scorer.version(), lang.pick(en, zh)]);
        }
        output::write_table(page, &table)?;
    }
    writeln!(page)?;
    Ok(())
}

/// The categories that something finds: a term, a detector, a pattern, or a signal that the events carry.
fn seen(args: &CoverageArgs, manifests: &Manifests, supplied: &Supplied) -> Result<BTreeSet<String>> {
    let mut seen: BTreeSet<String> = supplied.1.clone();
    for (_, name, data) in args.edition.lexicons()? {
        let lexicon = Lexicon::parse(&name, &data)?;
        let terms = lexicon.terms.iter().filter(|term| !term.flags.is_exception);
        seen.extend(terms.map(|term| term.category.to_string()));
    }
    for manifest in manifests.values() {
        seen.extend(manifest.patterns.values().map(|pattern| pattern.category.to_string()));
        let detectors = detectors().iter().filter(|known| manifest.detectors.contains(known.name));
        seen.extend(detectors.map(|known| known.category.to_owned()));
    }
    Ok(seen)
}

/// The categories that lead to a duty and that nothing finds: what they stand for is not covered.
fn unseen(page: &mut dyn Write, registry: &Registry, seen: &BTreeSet<String>, lang: Language) -> Result<()> {
    let mut table = output::table(heads(lang, [("category", "类别"), ("name", "名称"), ("duties", "义务")]));
    let mut n = 0_usize;
    for (id, category) in registry.categories.iter().filter(|(id, _)| !seen.contains(id.as_str())) {
        let duties: Vec<&str> = registry
            .duties
            .iter()
            .filter(|(_, duty)| duty.categories.contains(id))
            .map(|(duty, _)| duty.as_str())
            .collect();
        if !duties.is_empty() {
            n = n.saturating_add(1);
            table.add_row([id.as_str(), lang.pick(&category.en, &category.zh), &duties.join(" ")]);
        }
    }
    head(
        page,
        lang,
        "Not covered: categories without a term, a detector or a signal",
        "未覆盖：没有用语、检测器，也没有识别分数的类别",
        n,
    )?;
    if n > 0 {
        output::write_table(page, &table)?;
    }
    writeln!(page)?;
    Ok(())
}

/// Every duty with the rules that answer on it, then those on which nobody answers.
fn governed(page: &mut dyn Write, registry: &Registry, manifests: &Manifests, lang: Language) -> Result<()> {
    let names = [("duty", "义务"), ("name", "名称"), ("rules", "规则"), ("by, from", "依据和施行日")];
    let mut table = output::table(heads(lang, names));
    let mut none = output::table(heads(lang, [("duty", "义务"), ("name", "名称")]));
    let (mut n_governed, mut n_none) = (0_usize, 0_usize);
    for (id, duty) in &registry.duties {
        let mut by: Vec<String> = Vec::new();
        for (policy, manifest) in manifests.iter().filter(|(_, manifest)| manifest.governs.contains(id)) {
            let rules =
                manifest.rules.iter().filter(|(_, rule)| rule.duties.contains(id)).map(|(rule, _)| rule.as_str());
            by.push(format!("{policy}: {}", rules.collect::<Vec<_>>().join(" ")));
        }
        let name = lang.pick(&duty.en, &duty.zh);
        if by.is_empty() {
            n_none = n_none.saturating_add(1);
            none.add_row([id.as_str(), name]);
        } else {
            n_governed = n_governed.saturating_add(1);
            table.add_row([id.as_str(), name, &by.join("; "), &days::of_duty(registry, duty)]);
        }
    }
    head(page, lang, "Governed", "已覆盖的义务", n_governed)?;
    output::write_table(page, &table)?;
    writeln!(page)?;
    head(page, lang, "Not governed by a loaded policy", "没有策略覆盖的义务", n_none)?;
    if n_none > 0 {
        output::write_table(page, &none)?;
    }
    writeln!(page)?;
    Ok(())
}

/// Measures that a policy may ask for and the platform does not carry out.
fn stops(
    page: &mut dyn Write,
    registry: &Registry,
    manifests: &Manifests,
    supports: &BTreeSet<MeasureId>,
    by_hand: &BTreeSet<MeasureId>,
    lang: Language,
) -> Result<()> {
    let mut asked: BTreeMap<&MeasureId, Vec<&str>> = BTreeMap::new();
    for (policy, manifest) in manifests {
        for measure in manifest.may_require.iter().filter(|measure| !supports.contains(&measure.id)) {
            asked.entry(&measure.id).or_default().push(policy.as_str());
        }
    }
    let mut table = output::table(heads(lang, [("measure", "措施"), ("asked for by", "提出的策略"), ("then", "结果")]));
    let mut n = 0_usize;
    for (id, policies) in asked {
        let Some(entry) = registry.measures.get(id) else { continue };
        let then = match entry.when {
            When::BeforeRelease | When::WithRelease => lang.pick("would become `stop`", "将转为停止"),
            When::Afterwards if by_hand.contains(id) => continue,
            When::Afterwards => lang.pick("refused until somebody does it by hand", "须指定人工办理，否则拒绝启用"),
        };
        n = n.saturating_add(1);
        table.add_row([id.as_str(), &policies.join(", "), then]);
    }
    head(page, lang, "Asked for and not supported", "平台不支持的措施", n)?;
    if n > 0 {
        output::write_table(page, &table)?;
    }
    writeln!(page)?;
    Ok(())
}

/// Facts that rules of the edition read and nothing supplies: each counts as unknown, and so as the strictest.
fn missing(page: &mut dyn Write, manifests: &Manifests, supplied: &Supplied, lang: Language) -> Result<()> {
    let loaded: BTreeSet<&str> =
        manifests.values().flat_map(|manifest| manifest.rules.keys()).map(|id| id.as_str()).collect();
    let mut table = output::table(heads(lang, [("fact", "事实"), ("rules", "规则")]));
    let mut n = 0_usize;
    for fact in schema::facts(manifests.values()) {
        let reading: Vec<&str> = fact.rules.iter().map(String::as_str).filter(|rule| loaded.contains(rule)).collect();
        let path = format!("{}.{}", fact.place, fact.field);
        if !reading.is_empty() && !supplied.0.contains(&path) {
            n = n.saturating_add(1);
            table.add_row([path.as_str(), &reading.join(", ")]);
        }
    }
    head(
        page,
        lang,
        "Facts that rules read and nothing supplies; each counts as the strictest",
        "规则读取而无人提供的事实，按最严计",
        n,
    )?;
    if n > 0 {
        output::write_table(page, &table)?;
    }
    Ok(())
}

/// The paths of facts that somebody gives: `subject.age`, `publication.action`, `media.label` of a part; and the categories of signals.
#[derive(Debug, Default)]
struct Supplied(BTreeSet<String>, BTreeSet<String>);

impl Supplied {
    fn of_context(&mut self, context: &Value) {
        self.of_sectors(context);
        for (group, value) in fields(context) {
            for (field, _) in fields(value) {
                self.0.insert(format!("{group}.{field}"));
            }
        }
    }

    /// The facts of sectors in a context or an event.
    fn of_sectors(&mut self, of: &Value) {
        for (sector, facts) in of.get(SectorFacts::GROUP).map(fields).into_iter().flatten() {
            for (name, _) in fields(facts) {
                self.0.insert(format!("{}.{sector}.{name}", SectorFacts::GROUP));
            }
        }
    }

    fn of_line(&mut self, line: &Value) {
        if let Some(context) = line.get("context") {
            self.of_context(context);
        }
        let Some(event) = line.get("event") else { return };
        self.of_sectors(event);
        let kind = event.get("kind").and_then(Value::as_str).unwrap_or_default();
        for (field, _) in event.get("facts").map(fields).into_iter().flatten() {
            self.0.insert(format!("{kind}.{field}"));
        }
        let signals = event.get("signals").and_then(Value::as_array).into_iter().flatten();
        let categories = signals.filter_map(|signal| signal.get("category").and_then(Value::as_str));
        self.1.extend(categories.map(str::to_owned));
        let parts = event.get("parts").and_then(Value::as_array).into_iter().flatten();
        for media in parts.filter_map(|part| part.get("media")) {
            for (field, _) in fields(media) {
                self.0.insert(format!("parts[].media.{field}"));
            }
        }
    }
}

/// The fields of an object that say something.
fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null())
}
