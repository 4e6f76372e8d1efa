//! `profile check`: what would become a stop, which fact is missing, and where it would come from.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use specialis::{Clock as _, Host, SystemClock};
use specialis_core::{Date, Level, Words as _, cited, counted, nearest};
use specialis_server::{Checklist, ChecklistItem, Config, FactOrigin, TenantConfig, level_word};

use crate::input::file;
use crate::options::{EditionOptions, Language};
use crate::output::Exit;

const AFTER_HELP: &str = "\
Judges an ordinary prompt and an ordinary output, and where the service spreads content or is in a sector an ordinary publication, with the
facts that the profile gives and no others. Nothing of it is recorded.

Examples:
  specialis profile check --profile mine/profile.toml --config mine/serve.toml
  specialis profile check --lang zh                       the built-in profile

Exit codes: 0 said; 2 usage or configuration; 3 an ordinary exchange would be stopped or wait for a person.";

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct CheckArgs {
    /// The configuration of `serve`, whose tenant's headers and facts count
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// The tenant [default: the only one]
    #[arg(long, value_name = "ID", requires = "config")]
    tenant: Option<String>,
    /// The day the law is looked up for [default: today]
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// In which language
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
    #[command(flatten)]
    edition: EditionOptions,
}

pub(super) fn run(args: &CheckArgs, out: &mut dyn Write) -> Result<Exit> {
    let tenant = tenant(args)?;
    let host = args.edition.host(1)?;
    let today = args.as_of.unwrap_or_else(|| SystemClock.today());
    let list = Checklist::of(&host, today, &tenant.facts, &tenant.headers);
    Page { host: &host, lang: args.lang, out }.write(&list)?;
    Ok(if list.keeps_back() { Exit::LevelReached } else { Exit::Complete })
}

fn tenant(args: &CheckArgs) -> Result<TenantConfig> {
    let Some(path) = &args.config else { return Ok(TenantConfig::default()) };
    let shown = path.display();
    let text = file::text(path).with_context(|| format!("`{shown}` cannot be read"))?;
    let config = Config::parse(&text).with_context(|| format!("`{shown}`"))?;
    let mut tenants = config.tenants;
    let Some(id) = &args.tenant else {
        if tenants.len() > 1 {
            bail!("`{shown}` has several tenants; name one by `--tenant`");
        }
        return Ok(tenants.pop_first().map(|(_, tenant)| tenant).unwrap_or_default());
    };
    let near = nearest(id, tenants.keys().map(String::as_str)).unwrap_or("none").to_owned();
    tenants.remove(id).with_context(|| format!("`{shown}` has no tenant `{id}`; nearest is `{near}`"))
}

struct Page<'a> {
    host: &'a Host,
    lang: Language,
    out: &'a mut dyn Write,
}

impl Page<'_> {
    fn write(mut self, list: &Checklist) -> Result<()> {
        let lang = self.lang;
        for (kind, level) in &list.verdicts {
            let head = lang.pick("an ordinary event without facts of its own", "不带自身事实的普通事件");
            writeln!(self.out, "{:<12} {}  ({head})", kind.as_str(), level_word(*level, lang.into()))?;
        }
        for item in &list.items {
            self.item(item)?;
        }
        if !list.unsupported.is_empty() {
            let edition = self.host.edition();
            let head = lang.pick(
                "Measures that the platform does not carry out: what asks for one becomes a stop",
                "平台不能落实的措施：凡要求该措施的即转为停止",
            );
            writeln!(self.out, "\n{head}")?;
            for (measure, policies) in &list.unsupported {
                let entry = edition.registry().measures.get(measure);
                let name = entry.map_or(measure.as_str(), |entry| lang.pick(&entry.en, &entry.zh));
                let policies: Vec<&str> = policies.iter().map(|policy| policy.as_str()).collect();
                writeln!(self.out, "   {measure}  {name} ({})", policies.join(", "))?;
            }
        }
        let n_stops = list.items.iter().filter(|item| item.level >= Level::Review).count();
        let is_open = |item: &&ChecklistItem| {
            item.level >= Level::Review && item.missing.iter().any(|fact| fact.origin == FactOrigin::Profile)
        };
        let n_profile = list.items.iter().filter(is_open).count();
        writeln!(self.out)?;
        match lang {
            Language::En => writeln!(
                self.out,
                "{} would stop or keep back an ordinary exchange; {} a fact of the profile",
                counted(n_stops, "duty", "duties"),
                counted(n_profile, "of them wants", "of them want")
            )?,
            Language::Zh => writeln!(
                self.out,
                "{n_stops} 项义务会停止或者搁置普通会话，其中 {n_profile} 项缺少应由服务声明给出的事实"
            )?,
        }
        Ok(())
    }

    fn item(&mut self, item: &ChecklistItem) -> Result<()> {
        let (lang, edition) = (self.lang, self.host.edition());
        let registry = edition.registry();
        let duty = registry.duties.get(&item.duty);
        let name = duty.map_or(item.duty.as_str(), |duty| lang.pick(&duty.en, &duty.zh));
        let kinds: Vec<&str> = item.kinds.iter().map(|kind| kind.as_str()).collect();
        let level = level_word(item.level, lang.into());
        writeln!(self.out, "\n{level}  {name} ({}; {})", item.duty, kinds.join(", "))?;
        for (policy, rule, reason, citation) in &item.causes {
            let why = edition.reason(policy, reason).map_or(reason.as_str(), |words| lang.pick(words.en, words.zh));
            let place = cited(registry, citation, None, lang.into());
            writeln!(self.out, "   {policy} {rule}  {why}{}{place}", lang.pick(": ", "："))?;
        }
        for fact in &item.missing {
            let from = match &fact.origin {
                FactOrigin::Profile => {
                    let (group, _) = fact.path.split_once('.').unwrap_or_default();
                    format!("{} [defaults.{group}]", lang.pick("the profile,", "服务声明"))
                }
                FactOrigin::Header(header) => {
                    format!("{} `{header}`", lang.pick("each session, in the header", "每个会话，请求头"))
                }
                FactOrigin::Session => lang
                    .pick(
                        "each session: in its context, or in a header that the configuration maps",
                        "每个会话：写在上下文中，或者由配置映射的请求头携带",
                    )
                    .to_owned(),
                FactOrigin::Event => lang.pick("each event, in its facts", "每个事件的事实").to_owned(),
            };
            writeln!(self.out, "   {} {:<32} {from}", lang.pick("missing", "缺"), fact.path)?;
        }
        Ok(())
    }
}
