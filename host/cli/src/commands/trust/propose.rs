//! `trust propose`: the entries of a trust policy that a policy asks for.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::{Value, json};
use specialis::admission::inspect;
use specialis::{Clock, SystemClock};
use specialis_bundle::{Bundle, digest_of};
use specialis_core::{Origin, Registry, SectorFacts, SignerId, Trust};

use crate::options::EditionOptions;
use crate::policies;

/// Writes the entries.
pub(super) fn run(file: &Path, signer: &SignerId, registry_add: &[PathBuf], out: &mut dyn Write) -> Result<()> {
    let (name, bytes) = policies::read(file)?;
    let bundle = policies::parse(&name, &bytes)?;
    let options = EditionOptions { registry_add: registry_add.to_vec(), ..EditionOptions::default() };
    let (_, registry) = options.registry()?;
    let manifest = &bundle.manifest;
    writeln!(
        out,
        "# What the policy {} {} asks for. Whatever stands in a trust policy counts: read each entry, and strike out what you do not\n\
         # allow. `specialis trust check` says what then counts; `--trust-add` puts the rest over a trust policy.\n",
        manifest.id, manifest.version
    )?;
    let entries = entries(&bundle, &digest_of(&bytes), signer, &registry);
    write!(out, "{}", toml::to_string(&toml::Table::try_from(entries)?)?)?;
    Ok(())
}

fn entries(bundle: &Bundle, digest: &str, signer: &SignerId, registry: &Registry) -> Value {
    let manifest = &bundle.manifest;
    let sector = match &manifest.origin {
        Origin::Sector(sector) => Some(sector),
        Origin::General | Origin::Common | Origin::Tenant => None,
    };
    let asked = manifest.displaces.iter().zip(1_usize..);
    let grants: Vec<Value> = asked
        .map(|(ask, n)| {
            json!({
                "id": format!("{}#{n}", manifest.id), "signer": signer, "sector": sector, "duty": ask.duty,
                "instrument": ask.instrument, "article": ask.article, "ground": "by-analogy",
                "note": "counsel says whether the general instrument names the sector, or why it yields",
            })
        })
        .collect();
    // Nobody has been granted anything yet, so what is not allowed needs a grant.
    let asked = inspect(bundle, &Trust::default(), registry, SystemClock.today()).asked;
    let needs_grant = |what: &str| what == "measure" || what == "action";
    let is_interpreter = asked.iter().any(|one| one.what == "interpreter");
    let measures: Vec<String> =
        asked.into_iter().filter(|one| needs_grant(one.what) && !one.is_allowed).map(|one| one.which).collect();
    let mut all = json!({ "signers": { signer.as_str(): [digest] } });
    if let Some(all) = all.as_object_mut() {
        if !grants.is_empty() {
            all.insert("grants".to_owned(), grants.into());
        }
        if !measures.is_empty() {
            all.insert("measures".to_owned(), json!([{ "signer": signer, "measures": measures }]));
        }
        if is_interpreter {
            all.insert("interpreters".to_owned(), json!([{ "signer": signer }]));
        }
        if let Some(sector) = sector.filter(|_| !manifest.facts.is_empty()) {
            let fact = format!("{}.{sector}.*", SectorFacts::GROUP);
            // As of all other facts: who is asked at run time, and what the operator signs with the edition.
            all.insert("warrants".to_owned(), json!([{ "fact": fact, "sources": ["platform", "profile"] }]));
        }
    }
    all
}
