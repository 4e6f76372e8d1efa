//! `policy search`: policies of an index that the trust policy lets count.

mod seen;
mod source;

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use serde_json::json;
use specialis::admission::{ListedPolicy, Listing};
use specialis::{Clock, SystemClock};
use specialis_bundle::{Envelope, IndexEntry};
use specialis_core::{Date, Origin, counted};

use crate::options::{EditionOptions, Language};
use crate::output::{self, Exit};
use seen::{Found, SeenOptions};
use source::IndexSource;

/// What `policy search` is told.
#[derive(Args)]
pub(super) struct SearchArgs {
    /// Words that a policy has in its id, title, sector or duties, each of them; without one, every policy fits.
    #[arg(value_name = "WORD")]
    words: Vec<String>,
    /// The index: its name in a registry, such as `registry.example/policies/index:latest`, or a file.
    #[arg(long, value_name = "NAME|FILE")]
    index: IndexSource,
    /// Only policies of this sector; `general`, `common` and `tenant` are those without one
    #[arg(long, value_name = "SECTOR")]
    sector: Option<String>,
    /// Only policies that govern this duty; `im.art4.*` stands for all duties that begin so
    #[arg(long, value_name = "DUTY")]
    duty: Option<String>,
    /// The trust policy: who may sign an index, and which key is whose [default: built in, by which nobody may sign one]
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Entries beside those of the trust policy; may be given several times
    #[arg(long, value_name = "FILE")]
    trust_add: Vec<PathBuf>,
    /// The day for which the index has to count [default: today]
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// Text for a person, or a line for each policy
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// In which language.
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
    #[command(flatten)]
    seen: SeenOptions,
}

/// How policies are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text for a person.
    #[default]
    Text,
    /// A line of JSON for each policy.
    Jsonl,
}

/// Shows the policies that fit. Nothing of the index is shown before its signature counts and its number is no older one.
pub(super) fn run(args: &SearchArgs, out: &mut dyn Write) -> Result<Exit> {
    let options =
        EditionOptions { trust: args.trust.clone(), trust_add: args.trust_add.clone(), ..EditionOptions::default() };
    let (_, trust) = options.trust()?;
    let day = args.as_of.unwrap_or_else(|| SystemClock.today());
    let refused = || format!("the index `{}`", args.index);
    let envelope = Envelope::parse(&args.index.read()?).with_context(refused)?;
    let listing = Listing::read(&envelope, &trust, day).with_context(refused)?;
    let found = Found { listing: &listing, digest: envelope.digest(), is_pinned: args.index.is_pinned() };
    args.seen.check(&args.index.place(), &found)?;
    if listing.n_left_out > 0 {
        let one = "policy of the index is left out, because its signers may not list it";
        let many = "policies of the index are left out, because its signers may not list them";
        output::note(&counted(listing.n_left_out, one, many));
    }
    let fitting: Vec<&ListedPolicy> = listing.policies.iter().filter(|one| args.fits(&one.entry)).collect();
    for policy in &fitting {
        match args.format {
            Format::Text => show(policy, args.lang, out)?,
            Format::Jsonl => write_line(policy, out)?,
        }
    }
    if args.format == Format::Text {
        let signers: Vec<&str> = listing.signers.iter().map(|signer| signer.as_str()).collect();
        let (n, n_all) = (fitting.len(), listing.policies.len());
        let (name, number, until) = (&listing.name, listing.number, listing.expires);
        let signers = signers.join(", ");
        let line = match args.lang {
            Language::En => {
                let all = counted(n_all, "policy", "policies");
                format!("{n} of {all}; index `{name}`, number {number}, signed by {signers} until {until}")
            }
            Language::Zh => {
                format!("{n_all} 个策略中的 {n} 个；索引 `{name}` 第 {number} 号，{signers} 签署，有效期至 {until}")
            }
        };
        output::write_line(out, &line)?;
    }
    Ok(if fitting.is_empty() { Exit::Incomplete } else { Exit::Complete })
}

impl SearchArgs {
    fn fits(&self, entry: &IndexEntry) -> bool {
        let of_duty = self.duty.as_deref().is_none_or(|wanted| match wanted.strip_suffix('*') {
            Some(begins) => entry.duties.iter().any(|duty| duty.as_str().starts_with(begins)),
            None => entry.duties.contains(wanted),
        });
        let of_sector = self.sector.as_deref().is_none_or(|wanted| wanted == origin(&entry.origin));
        if !of_duty || !of_sector {
            return false;
        }
        let duties: Vec<&str> = entry.duties.iter().map(|duty| duty.as_str()).collect();
        let text = [entry.id.as_str(), &entry.title.zh, &entry.title.en, origin(&entry.origin), &duties.join(" ")];
        let text = text.join("\n").to_lowercase();
        self.words.iter().all(|word| text.contains(&word.to_lowercase()))
    }
}

/// The sector, or the word for policies without one.
fn origin(origin: &Origin) -> &str {
    match origin {
        Origin::General => "general",
        Origin::Common => "common",
        Origin::Tenant => "tenant",
        Origin::Sector(sector) => sector.as_str(),
    }
}

/// How many duties a person is shown.
const SHOWN_DUTIES: usize = 12;

/// A policy for a person.
fn show(policy: &ListedPolicy, lang: Language, out: &mut dyn Write) -> io::Result<()> {
    let entry = &policy.entry;
    let title = lang.pick(&entry.title.en, &entry.title.zh);
    output::write_line(out, &format!("{} {} · {title}", entry.id, entry.version))?;
    let mut field = |en: &str, zh: &str, value: &str| {
        output::write_line(out, &format!("  {}{}{value}", lang.pick(en, zh), lang.pick(": ", "：")))
    };
    let mut duties: Vec<String> = entry.duties.iter().take(SHOWN_DUTIES).map(ToString::to_string).collect();
    let n_more = entry.duties.len().saturating_sub(duties.len());
    if n_more > 0 {
        duties.push(lang.pick("… and {n} more", "…… 另有 {n} 项").replace("{n}", &n_more.to_string()));
    }
    let signed = entry.signatures.iter().map(|one| {
        let by = policy.signers.get(&one.key).map_or_else(
            || format!("{} {}", lang.pick("nobody's key", "无人登记的密钥"), one.key),
            |signer| format!("`{signer}`"),
        );
        format!("{} {by} {} {}", one.role.as_str(), lang.pick("until", "至"), one.expires)
    });
    let pinned =
        policy.pinned_by.iter().map(|signer| format!("{} `{signer}`", lang.pick("a digest of", "登记的摘要：")));
    let mut signed: Vec<String> = signed.chain(pinned).collect();
    // A key with a half for SM2 leaves two signatures.
    signed.dedup();
    if signed.is_empty() {
        signed.push(lang.pick("nobody", "无").to_owned());
    }
    field("sector", "领域", origin(&entry.origin))?;
    field("duties", "义务", &duties.join(", "))?;
    // Nobody verified them: that is done with the file.
    field("said to be signed by", "索引所载签署", &signed.join("; "))?;
    field("file", "文件", &format!("{} ({} {})", entry.digest, entry.size, lang.pick("bytes", "字节")))?;
    field("pull", "获取", &entry.at)
}

/// A policy for a program.
fn write_line(policy: &ListedPolicy, out: &mut dyn Write) -> Result<()> {
    let IndexEntry { id, version, title, origin, duties, at, digest, size, signatures } = &policy.entry;
    let signatures: Vec<_> = signatures
        .iter()
        .map(|one| {
            let signer = policy.signers.get(&one.key);
            json!({ "signer": signer, "key": one.key, "role": one.role, "expires": one.expires })
        })
        .collect();
    let line = json!({
        "id": id, "version": version, "title": title, "origin": origin, "duties": duties, "at": at, "digest": digest,
        "size": size, "signatures": signatures, "pinned-by": policy.pinned_by,
    });
    output::write_json(out, &line).context("a policy cannot be written as JSON")
}
