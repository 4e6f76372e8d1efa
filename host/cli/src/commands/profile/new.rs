//! `profile new`: a profile for a kind of service, the mapping of facts for `serve`, and examples.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::json;
use specialis::config;
use specialis_core::{Registry, When, nearest};
use specialis_server::TokenDigest;
use toml::Value;

use super::ask;
use super::preset::{Fact, Kind, Presets};
use crate::keys;
use crate::options::Language;
use crate::output::{self, Exit};

const AFTER_HELP: &str = "\
Writes three files: `profile.toml`, what the platform carries out and what is true of every session; `serve.toml`, a configuration of
`specialis serve` that says which request headers carry the facts of a session, with a token that is printed once; and
`examples.jsonl`, an exchange that passes, one that is marked and one that is stopped.

A fact without an answer stays a comment in the profile, and counts as unknown: as the strictest.

Examples:
  specialis profile new
  specialis profile new --service news --lang zh --out news --fact service.started-on=2026-01-05";

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct NewArgs {
    /// The kind of service [default: asked]
    #[arg(long, value_enum)]
    service: Option<Kind>,
    /// The language of questions and comments [default: asked, else English]
    #[arg(long, value_enum)]
    lang: Option<Language>,
    /// What is true of the service, such as `service.filing-number=…`; may be given several times
    #[arg(long, value_name = "FACT=VALUE")]
    fact: Vec<String>,
    /// The folder to write to [default: one named after the kind of service]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Ask on standard input for what is not given [default: where that is a terminal and no `--service` is given]
    #[arg(long)]
    ask: bool,
}

/// What is written.
struct Draft<'a> {
    presets: &'a Presets,
    registry: &'a Registry,
    kind: Kind,
    lang: Language,
    answers: BTreeMap<String, Value>,
}

pub(super) fn run(args: &NewArgs, out: &mut dyn Write) -> Result<Exit> {
    let presets = Presets::built_in()?;
    let registry = config::registry(specialis_artifacts::REGISTRY)?;
    let mut input = std::io::stdin().lock();
    let asks = args.ask || (args.service.is_none() && input.is_terminal());
    let lang = match args.lang {
        Some(lang) => lang,
        None if asks => ask::language(&mut input, out)?,
        None => Language::default(),
    };
    let kind = match args.service {
        Some(kind) => kind,
        None if asks => ask::kind(&presets, lang, &mut input, out)?,
        None => bail!("nobody says which kind of service it is; give `--service`, or `--ask` to be asked"),
    };
    let mut answers = given(&presets, kind, &args.fact)?;
    if asks {
        for (fact, sample) in asked(&presets, kind).filter(|(fact, _)| !args.fact.iter().any(|one| names(one, fact))) {
            let answer = ask::fact((fact, sample), &registry, lang, &mut input, out)?;
            answers.extend(answer.map(|answer| (fact.path.clone(), answer)));
        }
        writeln!(out)?;
    }
    let draft = Draft { presets: &presets, registry: &registry, kind, lang, answers };
    let profile = draft.profile()?;
    config::profile(&profile, &registry).context("an answer is no value of its fact; correct it")?;
    let token = keys::new_token()?;
    let folder = args.out.clone().unwrap_or_else(|| PathBuf::from(kind.id()));
    let shown = folder.display();
    fs::create_dir_all(&folder).with_context(|| format!("`{shown}` cannot be made"))?;
    let files =
        [("profile.toml", profile), ("serve.toml", draft.mapping(&token)?), ("examples.jsonl", draft.examples()?)];
    for (name, text) in files {
        output::write_new(&folder.join(name), text.as_bytes())?;
    }
    draft.tell(&folder, &token, out)?;
    Ok(Exit::Complete)
}

/// The facts that the operator is asked for, each with what an answer looks like.
fn asked(presets: &Presets, kind: Kind) -> impl Iterator<Item = (&Fact, &Value)> {
    presets.facts(kind).filter(|fact| fact.header.is_none()).filter_map(move |fact| Some((fact, fact.sample(kind)?)))
}

fn names(given: &str, fact: &Fact) -> bool {
    given.split_once('=').is_some_and(|(path, _)| path == fact.path)
}

/// The answers that options give. They may also say something else than what is written by itself.
fn given(presets: &Presets, kind: Kind, facts: &[String]) -> Result<BTreeMap<String, Value>> {
    let mut answers = BTreeMap::new();
    for given in facts {
        let (path, text) = given.split_once('=').context("write a fact like `service.filing-number=…`")?;
        let known = || presets.facts(kind).filter(|fact| fact.header.is_none());
        let fact = known().find(|fact| fact.path == path).with_context(|| {
            let near = nearest(path, known().map(|fact| fact.path.as_str())).unwrap_or("none");
            format!("`{path}` is no fact that the profile of this kind of service has; nearest is `{near}`")
        })?;
        let like = fact.sample(kind).or_else(|| fact.value(kind)).context("the fact has no form")?;
        answers.insert(path.to_owned(), ask::value(text, like)?);
    }
    Ok(answers)
}

impl Draft<'_> {
    /// The profile, with what the law asks as comments.
    fn profile(&self) -> Result<String> {
        let lang = self.lang;
        let mut text = self.head(lang.pick(
            "The profile: what the platform carries out, and what is true of every session.",
            "服务声明：平台能落实哪些措施，以及对每个会话都成立的事实。",
        ))?;
        let open = lang.pick(
            "A line that is a comment still wants its answer: until then the fact is unknown and counts as the strictest. Then ask\n# \
             `specialis profile check --profile profile.toml --config serve.toml` what would become a stop.",
            "写成注释的行尚待回答：在此之前该事实未知，按最严计。填好后用\n# `specialis profile check --profile profile.toml \
             --config serve.toml --lang zh` 查看哪些义务会转为停止。",
        );
        writeln!(text, "#\n# {open}\n")?;
        self.measures(&mut text)?;
        writeln!(text, "\n[by-hand]\n")?;
        let mut groups: Vec<(&str, Vec<&Fact>)> = Vec::new();
        for fact in self.presets.facts(self.kind).filter(|fact| fact.header.is_none()) {
            let (group, _) = fact.path.split_once('.').context("a fact has no group")?;
            match groups.iter_mut().find(|(known, _)| *known == group) {
                Some((_, facts)) => facts.push(fact),
                None => groups.push((group, vec![fact])),
            }
        }
        for (group, facts) in groups {
            writeln!(text, "[defaults.{group}]")?;
            for fact in facts {
                let field = fact.path.split_once('.').map_or("", |(_, field)| field);
                writeln!(text, "# {}", fact.describe(self.registry, lang))?;
                match (self.answers.get(&fact.path).or_else(|| fact.value(self.kind)), fact.sample(self.kind)) {
                    (Some(value), _) => writeln!(text, "{field} = {value}")?,
                    (None, Some(sample)) => writeln!(text, "# {field} = {sample}")?,
                    (None, None) => {}
                }
            }
            writeln!(text)?;
        }
        Ok(text.trim_end().to_owned() + "\n")
    }

    fn head(&self, what: &str) -> Result<String> {
        let (name, asks) = self.presets.describe(self.kind, self.lang);
        let mut text = String::new();
        writeln!(text, "# {name}")?;
        writeln!(text, "# {what}")?;
        writeln!(text, "# {asks}")?;
        Ok(text)
    }

    /// What the platform carries out: every measure, one a line.
    fn measures(&self, text: &mut String) -> Result<()> {
        let lang = self.lang;
        let note = lang.pick(
            "What the platform carries out. Take out what it does not: a measure that is due before or with the release then becomes\n# a \
             stop, and one that is due afterwards has to be given to somebody under `by-hand`.",
            "平台落实的措施。不能落实的请删去：放行前、放行时的措施随即转为停止，事后的措施须在 `by-hand` 下写明由谁人工办理。",
        );
        writeln!(text, "# {note}\nsupports = [")?;
        for (id, measure) in &self.registry.measures {
            let when = match measure.when {
                When::BeforeRelease => lang.pick("before the release", "放行前"),
                When::WithRelease => lang.pick("with the release", "放行时"),
                When::Afterwards => lang.pick("afterwards", "事后"),
            };
            let name = lang.pick(&measure.en, &measure.zh);
            writeln!(text, "  \"{id}\", # {name}{}{when}", lang.pick("; ", "；"))?;
        }
        writeln!(text, "]")?;
        Ok(())
    }

    /// The configuration of `serve` with the headers that carry facts.
    fn mapping(&self, token: &str) -> Result<String> {
        let lang = self.lang;
        let id = self.kind.id();
        let mut text = self.head(lang.pick(
            "The configuration of `specialis serve`: who may call, and which request headers carry the facts of a session.",
            "`specialis serve` 的配置：谁可以调用，请求头中哪些携带会话的事实。",
        ))?;
        let headers = lang.pick(
            "The platform's gateway sets these headers itself and lets no client set them: what they say is the platform's word.",
            "以下请求头由平台的网关自行设置，不得由客户端传入：其内容即平台的陈述。",
        );
        writeln!(text, "\nlisten = \"127.0.0.1:8787\"\n")?;
        writeln!(text, "[[tokens]]\nsha256 = \"{}\"\ntenant = \"{id}\"", TokenDigest::of(token))?;
        writeln!(text, "areas = [\"native\", \"proxy\", \"contracts\", \"metrics\", \"console\"]")?;
        writeln!(text, "role = \"operator\"\nsources = [\"platform\"]\n")?;
        writeln!(text, "# {headers}\n[tenants.{id}.headers]")?;
        for fact in self.presets.facts(self.kind) {
            if let Some(header) = &fact.header {
                writeln!(text, "# {}", fact.describe(self.registry, lang))?;
                writeln!(text, "\"{}\" = \"{header}\"", fact.path)?;
            }
        }
        Ok(text)
    }

    /// The examples as lines of `evaluate`, each with the facts that headers would carry.
    fn examples(&self) -> Result<String> {
        let mut text = String::new();
        for example in self.presets.examples(self.kind) {
            let mut context = toml::Table::new();
            for fact in self.presets.facts(self.kind).filter(|fact| fact.header.is_some()) {
                if let Some(sample) = fact.sample(self.kind) {
                    put(&mut context, &fact.path, sample.clone());
                }
            }
            for (group, facts) in &example.context {
                for (field, value) in facts.as_table().into_iter().flatten() {
                    put(&mut context, &format!("{group}.{field}"), value.clone());
                }
            }
            let line = json!({ "session": example.expect, "context": context, "event": example.event });
            writeln!(text, "{line}")?;
        }
        Ok(text)
    }

    fn tell(&self, folder: &Path, token: &str, out: &mut dyn Write) -> Result<()> {
        let at = folder.display();
        let lang = self.lang;
        writeln!(out, "{at}/profile.toml  {at}/serve.toml  {at}/examples.jsonl")?;
        let open: Vec<&str> = asked(self.presets, self.kind)
            .map(|(fact, _)| fact.path.as_str())
            .filter(|path| !self.answers.contains_key(*path))
            .collect();
        if !open.is_empty() {
            let head =
                lang.pick("Still without an answer, as comments in the profile", "尚未回答，在服务声明中写作注释");
            writeln!(out, "\n{head}:\n  {}", open.join("\n  "))?;
        }
        let head = lang.pick("The token of serve.toml, printed once", "serve.toml 的令牌，只显示一次");
        writeln!(out, "\n{head}:\n  {token}\n\n{}:", lang.pick("Next", "接下来"))?;
        let language = lang.pick("", " --lang zh");
        writeln!(out, "  specialis profile check --profile {at}/profile.toml --config {at}/serve.toml{language}")?;
        writeln!(out, "  specialis evaluate {at}/examples.jsonl --profile {at}/profile.toml")?;
        writeln!(out, "  specialis serve --config {at}/serve.toml --profile {at}/profile.toml")?;
        Ok(())
    }
}

fn put(context: &mut toml::Table, path: &str, value: Value) {
    let Some((group, field)) = path.split_once('.') else { return };
    let group = context.entry(group.to_owned()).or_insert_with(|| Value::Table(toml::Table::new()));
    if let Some(group) = group.as_table_mut() {
        group.insert(field.to_owned(), value);
    }
}
