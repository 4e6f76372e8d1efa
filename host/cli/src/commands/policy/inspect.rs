//! `policy inspect`: what one file declares and holds.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Result;
use sha2::{Digest, Sha256};
use specialis::Limits;
use specialis::admission::carries_interpreter;
use specialis_bundle::{Bundle, LoosensWhen, Manifest, NamedSection, SettingValue, parse_vectors};
use specialis_core::{Origin, Trust};
use specialis_text::Lexicon;

use super::measure::shown;
use crate::options::Language;
use crate::output::{self, Exit};
use crate::policies;

pub(super) fn run(file: &Path, lang: Language, out: &mut dyn Write) -> Result<Exit> {
    let (name, bytes) = policies::read_or_built_in(file)?;
    let bundle = policies::parse(&name, &bytes)?;
    let mut page = Page { out, lang };
    page.head(&bundle, &bytes)?;
    page.calls(&bundle.manifest)?;
    page.needs(&bundle.manifest)?;
    page.duties(&bundle.manifest)?;
    page.rules(&bundle.manifest)?;
    page.words(&bundle.manifest)?;
    page.measures(&bundle.manifest)?;
    page.facts(&bundle.manifest)?;
    page.budget(&bundle)?;
    page.settings(&bundle.manifest)?;
    let all_read = page.sections(&bundle)?;
    Ok(if all_read { Exit::Complete } else { Exit::Incomplete })
}

struct Page<'a> {
    out: &'a mut dyn Write,
    lang: Language,
}

impl Page<'_> {
    fn title(&mut self, en: &str, zh: &str, n: usize) -> io::Result<()> {
        writeln!(self.out, "\n{} ({n})", self.lang.pick(en, zh))
    }

    fn field(&mut self, en: &str, zh: &str, value: &str) -> io::Result<()> {
        let value = if value.is_empty() { self.lang.pick("none", "无") } else { value };
        output::write_line(self.out, &format!("{}{}{value}", self.lang.pick(en, zh), self.lang.pick(": ", "：")))
    }

    fn head(&mut self, bundle: &Bundle, bytes: &[u8]) -> io::Result<()> {
        let manifest = &bundle.manifest;
        let title = self.lang.pick(&manifest.title.en, &manifest.title.zh);
        output::write_line(self.out, &format!("{} {} · {title}", manifest.id, manifest.version))?;
        let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        self.field("digest", "摘要", &format!("sha256:{digest}"))?;
        let carried = bundle.lexicons.iter().chain(&bundle.vectors).map(|section| section.data.len());
        let carried = carried.fold(bundle.manifest_text.len(), usize::saturating_add);
        let code = bytes.len().saturating_sub(carried);
        let lang = self.lang;
        let sizes = format!(
            "{} {} ({} {code}, {} {carried})",
            bytes.len(),
            lang.pick("bytes", "字节"),
            lang.pick("component", "组件"),
            lang.pick("manifest, lexicons and vectors", "清单、词表与用例"),
        );
        self.field("size", "大小", &sizes)?;
        let origin = match &manifest.origin {
            Origin::General => lang.pick("the general law", "一般规定").to_owned(),
            Origin::Common => lang.pick("law that binds whatever the sector", "各领域通用规定").to_owned(),
            Origin::Tenant => lang.pick("the tenant's own rules", "租户自有规则").to_owned(),
            Origin::Sector(sector) => format!("{} {sector}", lang.pick("the law of the sector", "领域规定：")),
        };
        self.field("carries", "内容", &origin)
    }

    /// When the policy is called.
    fn calls(&mut self, manifest: &Manifest) -> io::Result<()> {
        let wakes = &manifest.wakes;
        let mut reasons = Vec::new();
        if wakes.open {
            reasons.push(self.lang.pick("when a session opens", "会话开始时").to_owned());
        }
        let kinds = |kinds: &std::collections::BTreeSet<specialis_core::EventKind>| {
            kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ")
        };
        if !wakes.kinds.is_empty() {
            reasons.push(format!("{} {}", self.lang.pick("on every", "每个"), kinds(&wakes.kinds)));
        }
        if !wakes.hits.is_empty() {
            reasons.push(format!("{} {}", self.lang.pick("on hits in", "命中于"), kinds(&wakes.hits)));
        }
        if let Some(text) = &wakes.text {
            let sentences = text.sentences.then(|| self.lang.pick("at each sentence", "每句结束时").to_owned());
            let every = text.every.map(|n| {
                let (before, after) = (self.lang.pick("every", "每"), self.lang.pick("characters", "字"));
                format!("{before} {n} {after}")
            });
            let points: Vec<String> = sentences.into_iter().chain(every).collect();
            reasons.push(format!("{} ({})", points.join(", "), kinds(&text.kinds)));
        }
        self.field("called", "调用时机", &reasons.join("; "))?;
        let awaited: Vec<&str> = wakes.awaits.iter().map(|category| category.as_str()).collect();
        self.field("awaits late scores in", "等待评分的类别", &awaited.join(", "))?;
        let categories: Vec<&str> = wakes.categories.iter().map(|category| category.as_str()).collect();
        self.field("reads categories", "读取类别", &categories.join(", "))
    }

    /// Which detectors, expressions and text actions the policy uses.
    fn needs(&mut self, manifest: &Manifest) -> io::Result<()> {
        let detectors: Vec<&str> = manifest.detectors.iter().map(String::as_str).collect();
        self.field("needs detectors", "所需检测器", &detectors.join(", "))?;
        let patterns: Vec<&str> = manifest.patterns.keys().map(String::as_str).collect();
        self.field("reads expressions", "正则表达式", &patterns.join(", "))?;
        let actions: Vec<&str> = manifest.actions.iter().map(String::as_str).collect();
        self.field("may act on text by", "文本操作", &actions.join(", "))
    }

    fn duties(&mut self, manifest: &Manifest) -> io::Result<()> {
        self.title("duties", "义务", manifest.governs.len())?;
        for duty in &manifest.governs {
            let asks = manifest.displaces.iter().filter(|ask| ask.duty == *duty);
            let asks: Vec<String> = asks.map(|ask| format!("{} {}", ask.instrument, ask.article)).collect();
            let note = if asks.is_empty() {
                String::new()
            } else {
                let words = self.lang.pick("asks to relax it under", "请求依此放宽：");
                format!("  ({words} {})", asks.join(", "))
            };
            output::write_line(self.out, &format!("  {duty}{note}"))?;
        }
        Ok(())
    }

    fn rules(&mut self, manifest: &Manifest) -> io::Result<()> {
        self.title("rules", "规则", manifest.rules.len())?;
        let mut rules: Vec<_> = manifest.rules.iter().collect();
        rules.sort_by_key(|(id, _)| numbered(id.as_str()));
        for (id, rule) in rules {
            let articles =
                rule.cites.iter().flat_map(|(id, articles)| articles.iter().map(move |at| format!("{id} {at}")));
            let articles: Vec<String> = articles.collect();
            let text = self.lang.pick(&rule.en, &rule.zh);
            output::write_line(self.out, &format!("  {id}  {text}  [{}]", articles.join("; ")))?;
        }
        Ok(())
    }

    /// Reasons and texts.
    fn words(&mut self, manifest: &Manifest) -> io::Result<()> {
        self.title("reasons", "理由", manifest.reasons.len())?;
        for (id, words) in &manifest.reasons {
            output::write_line(self.out, &format!("  {id}  {}", self.lang.pick(&words.en, &words.zh)))?;
        }
        self.title("texts", "文本", manifest.texts.len())?;
        for (key, words) in &manifest.texts {
            output::write_line(self.out, &format!("  {key}  {}", self.lang.pick(&words.en, &words.zh)))?;
        }
        Ok(())
    }

    fn measures(&mut self, manifest: &Manifest) -> io::Result<()> {
        self.title("measures it may require", "可要求的措施", manifest.may_require.len())?;
        for measure in &manifest.may_require {
            output::write_line(self.out, &format!("  {}", shown(measure)))?;
        }
        Ok(())
    }

    /// The facts that it declares, where it does.
    fn facts(&mut self, manifest: &Manifest) -> io::Result<()> {
        if manifest.facts.is_empty() {
            return Ok(());
        }
        self.title("facts of its own", "自有事实", manifest.facts.len())?;
        for (name, fact) in &manifest.facts {
            let kinds: Vec<&str> = fact.events.iter().map(|kind| kind.as_str()).collect();
            let place = if fact.context { self.lang.pick("session", "会话").to_owned() } else { kinds.join(", ") };
            let unit = fact.unit.as_ref().map_or_else(String::new, |unit| format!(" ({unit})"));
            let words = if fact.words.is_empty() { String::new() } else { format!(": {}", fact.words.join(" | ")) };
            let (text, ty) = (self.lang.pick(&fact.en, &fact.zh), fact.ty.as_str());
            output::write_line(self.out, &format!("  {name}  {text}  [{place}] {ty}{unit}{words}"))?;
        }
        Ok(())
    }

    /// What a call may use of the sandbox, under the limits of a host that sets none. For a policy with an interpreter they are those
    /// of a signer who may bring one.
    fn budget(&mut self, bundle: &Bundle) -> io::Result<()> {
        let limits = Limits::default();
        let is_interpreter = carries_interpreter(bundle, &Trust::default());
        let limits = if is_interpreter { limits.of_interpreter() } else { limits };
        let kib = |bytes: usize| format!("{} KiB", bytes / 1_024);
        let rows = [
            (
                "fuel of a session",
                "会话燃料",
                format!(
                    "{}, +{} / call, +{} / character, +{} / hit, part, signal",
                    limits.fuel_base, limits.fuel_per_call, limits.fuel_per_char, limits.fuel_per_item
                ),
            ),
            ("time of a call", "单次调用时间", format!("{} ms", limits.deadline.as_millis())),
            (
                "memory",
                "内存",
                format!(
                    "{}, {} at the start",
                    kib(limits.memory),
                    kib(usize::try_from(bundle.needs.memory).unwrap_or(usize::MAX))
                ),
            ),
            ("state", "状态", kib(limits.state)),
            (
                "answer",
                "输出",
                format!(
                    "{}, {} findings with {} obligations each",
                    kib(limits.output),
                    limits.findings,
                    limits.obligations
                ),
            ),
            ("log of a call", "单次调用日志", format!("{} × {} B", limits.log_lines, limits.log_line)),
        ];
        self.title("budget", "资源限额", rows.len())?;
        for (en, zh, value) in rows {
            output::write_line(self.out, &format!("  {}  {value}", self.lang.pick(en, zh)))?;
        }
        Ok(())
    }

    fn settings(&mut self, manifest: &Manifest) -> io::Result<()> {
        self.title("settings", "设置", manifest.settings.len())?;
        for (name, setting) in &manifest.settings {
            let text = self.lang.pick(&setting.en, &setting.zh);
            let loosens = match setting.loosens_when {
                LoosensWhen::Raised => self.lang.pick("raising it loosens", "调高即放宽"),
                LoosensWhen::Lowered => self.lang.pick("lowering it loosens", "调低即放宽"),
                LoosensWhen::Changed => self.lang.pick("changing it loosens", "变更即放宽"),
                LoosensWhen::Never => self.lang.pick("never loosens", "不放宽"),
            };
            output::write_line(self.out, &format!("  {name} = {}  {text} ({loosens})", value(&setting.default)))?;
        }
        Ok(())
    }

    /// Imports, lexicons, vectors; false where a lexicon or vectors cannot be read.
    fn sections(&mut self, bundle: &Bundle) -> io::Result<bool> {
        let mut all_read = true;
        self.title("imports", "导入", bundle.imports.len())?;
        for import in &bundle.imports {
            output::write_line(self.out, &format!("  {}", import.name))?;
        }
        self.title("lexicons", "词表", bundle.lexicons.len())?;
        for NamedSection { name, data } in &bundle.lexicons {
            let n = Lexicon::parse(name, data).map(|lexicon| lexicon.terms.len()).map_err(|e| output::chain(&e));
            all_read &= self.counted(name, n, "terms", "词条")?;
        }
        self.title("vectors", "用例", bundle.vectors.len())?;
        for NamedSection { name, data } in &bundle.vectors {
            let text = std::str::from_utf8(data).map_err(|e| e.to_string());
            let count = |text| parse_vectors(name, text).map(|all| all.len()).map_err(|e| output::chain(&e));
            let n = text.and_then(count);
            all_read &= self.counted(name, n, "vectors", "用例")?;
        }
        Ok(all_read)
    }

    fn counted(&mut self, name: &str, n: Result<usize, String>, en: &str, zh: &str) -> io::Result<bool> {
        match n {
            Ok(n) => output::write_line(self.out, &format!("  {name}: {n} {}", self.lang.pick(en, zh))).map(|()| true),
            Err(reason) => output::write_line(self.out, &format!("  {name}: {reason}")).map(|()| false),
        }
    }
}

/// `F2` before `F10`.
fn numbered(id: &str) -> (&str, u64, &str) {
    let at = id.find(|c: char| c.is_ascii_digit()).unwrap_or(id.len());
    let (name, rest) = id.split_at(at);
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    (name, rest.get(..end).and_then(|number| number.parse().ok()).unwrap_or(0), rest.get(end..).unwrap_or_default())
}

fn value(value: &SettingValue) -> String {
    match value {
        SettingValue::Flag(flag) => flag.to_string(),
        SettingValue::Number(n) => n.to_string(),
        SettingValue::Date(day) => day.to_string(),
        SettingValue::Text(word) => format!("{word:?}"),
        SettingValue::Texts(words) => format!("{words:?}"),
    }
}
