//! `torture supply`: policies that were tampered with on their way to a host.
//!
//! A policy that its author and an approver signed is loaded. Then it is signed by others, changed, cut, lengthened, or out of date. Each
//! time the host has to refuse it before it compiles anything.

use std::io::Write;

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::json;
use specialis::{Candidate, Host, config};
use specialis_bundle::{Bundle, SecretKey};
use specialis_core::{Date, SigningRole};

use super::{Format, WITNESS};
use crate::output::{self, Exit};

/// What `torture supply` is told.
#[derive(Args)]
pub(super) struct SupplyArgs {
    /// As what
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Something that is tried on the way of a policy.
struct Attack {
    name: &'static str,
    /// The step at which the host has to refuse it.
    step: &'static str,
    proves: &'static str,
    files: Vec<Vec<u8>>,
    trust: String,
}

/// The keys of an author, of an approver, and of somebody whom nobody knows.
struct Keys {
    author: SecretKey,
    approver: SecretKey,
    stranger: SecretKey,
}

/// Tries everything, and reports what was not refused.
pub(super) fn run(args: &SupplyArgs, out: &mut dyn Write) -> Result<Exit> {
    let keys = Keys::new();
    let sound = keys.sound("2099-12-31")?;
    let loaded = Host::builder(candidate(&keys.trust("common", "*"), vec![sound])?).threads(1).build();
    loaded.context("a policy that is signed as it has to be is not loaded")?;
    let mut tried = Vec::new();
    for attack in attacks(&keys)? {
        let built = Host::builder(candidate(&attack.trust, attack.files.clone())?).threads(1).build();
        let came_to = built.map_or_else(|error| error.step().as_str(), |_| "loaded");
        tried.push((attack, came_to));
    }
    let is_refused = |(attack, came_to): &(Attack, &str)| attack.step == *came_to;
    let n_refused = tried.iter().filter(|one| is_refused(one)).count();
    match args.format {
        Format::Json => {
            let described = |one: &(Attack, &str)| {
                let (Attack { name, step, proves, .. }, came_to) = one;
                json!({ "attack": name, "step": step, "came-to": came_to, "refused": is_refused(one), "proves": proves })
            };
            output::write_json_pretty(out, &tried.iter().map(described).collect::<Vec<_>>())?;
        }
        Format::Table => {
            let mut table = output::table(["attack", "step", "refused", "what it proves"]);
            for one in &tried {
                let (Attack { name, step, proves, .. }, came_to) = one;
                let refused = if is_refused(one) { "yes".to_owned() } else { format!("no: {came_to}") };
                table.add_row([*name, *step, refused.as_str(), *proves]);
            }
            output::write_table(out, &table)?;
            writeln!(out, "\n{n_refused} of {} refused", tried.len())?;
        }
    }
    Ok(if n_refused == tried.len() { Exit::Complete } else { Exit::Incomplete })
}

fn candidate(trust: &str, files: Vec<Vec<u8>>) -> Result<Candidate> {
    let (registry, profile) = (specialis_artifacts::REGISTRY, specialis_artifacts::PROFILE);
    let named = (1..).zip(files).map(|(n, bytes): (u32, _)| (format!("witness-{n}"), bytes));
    Ok(config::candidate(registry, trust, profile, named)?)
}

fn attacks(keys: &Keys) -> Result<Vec<Attack>> {
    const AUTHOR: SigningRole = SigningRole::Author;
    const APPROVER: SigningRole = SigningRole::Approver;
    let Keys { author, approver, stranger } = keys;
    let until = "2099-12-31";
    let sound = keys.sound(until)?;
    let by_stranger = signed(&[(stranger, AUTHOR), (approver, APPROVER)], until)?;
    let (forged, known) = (stranger.public().id().to_string(), author.public().id().to_string());
    // A custom section of WebAssembly: its kind, its length, the length of its name, and the name.
    let lengthened = [sound.as_slice(), b"\x00\x05\x04more"].concat();
    let cut = sound.split_last().map(|(_, rest)| rest.to_vec()).unwrap_or_default();
    let attack = |(name, step): (&'static str, &'static str), proves: &'static str, file: Vec<u8>| Attack {
        name,
        step,
        proves,
        files: vec![file],
        trust: keys.trust("common", "*"),
    };
    Ok(vec![
        attack(("unsigned", "verify"), "what nobody signed is not loaded", WITNESS.to_vec()),
        attack(("stranger", "verify"), "who signs has to stand in the trust policy", by_stranger.clone()),
        attack(
            ("forged-name", "verify"),
            "a signature in the name of another's key does not count",
            replaced(&by_stranger, forged.as_bytes(), known.as_bytes())?,
        ),
        attack(("no-approver", "verify"), "an author alone lets nothing in", signed(&[(author, AUTHOR)], until)?),
        attack(
            ("own-approver", "verify"),
            "an author does not approve what is the author's own",
            signed(&[(author, AUTHOR), (author, APPROVER)], until)?,
        ),
        attack(("expired", "verify"), "a signature counts until its last day", keys.sound("2020-01-01")?),
        attack(
            ("changed-code", "verify"),
            "signatures stand on every byte before them",
            replaced(&sound, b"because", b"becauze")?,
        ),
        attack(
            ("changed-version", "verify"),
            "a signature is for one version",
            replaced(&sound, b"\"1.0.0\"", b"\"2.0.0\"")?,
        ),
        attack(("lengthened", "read"), "nothing stands behind the signatures", lengthened),
        attack(("cut", "read"), "a file that is not whole is none", cut),
        Attack {
            name: "same-id",
            step: "read",
            proves: "two files with one id are no edition",
            files: vec![sound.clone(), sound.clone()],
            trust: keys.trust("common", "*"),
        },
        Attack {
            name: "other-law",
            step: "verify",
            proves: "an author writes for the origins of the entry under `signing`",
            files: vec![sound.clone()],
            trust: keys.trust("general", "*"),
        },
        Attack {
            name: "other-duty",
            step: "verify",
            proves: "an author governs the duties of the entry under `signing`",
            files: vec![sound],
            trust: keys.trust("common", "im.art12.*"),
        },
    ])
}

impl Keys {
    fn new() -> Self {
        let [author, approver, stranger] = [1, 2, 3].map(|seed| SecretKey::from_seed([seed; 32]));
        Self { author, approver, stranger }
    }

    /// A policy as it has to be signed.
    fn sound(&self, until: &str) -> Result<Vec<u8>> {
        signed(&[(&self.author, SigningRole::Author), (&self.approver, SigningRole::Approver)], until)
    }

    /// A trust policy that knows both, and lets the author write for an origin and govern these duties.
    fn trust(&self, origin: &str, duties: &str) -> String {
        let (author, approver) = (self.author.public(), self.approver.public());
        format!(
            "[signers]\nauthor = [\"{author}\"]\napprover = [\"{approver}\"]\n\n\
             [[signing]]\nsigner = \"author\"\nroles = [\"author\"]\norigins = [\"{origin}\"]\nduties = [\"{duties}\"]\n\n\
             [[signing]]\nsigner = \"approver\"\nroles = [\"approver\"]\norigins = [\"{origin}\"]\nduties = [\"*\"]\n"
        )
    }
}

/// The policy that is tampered with, with signatures.
fn signed(by: &[(&SecretKey, SigningRole)], until: &str) -> Result<Vec<u8>> {
    let until = until.parse::<Date>().map_err(anyhow::Error::msg)?;
    let sign = |bytes: Vec<u8>, (key, role): &(&SecretKey, SigningRole)| {
        anyhow::Ok(Bundle::parse(&bytes)?.sign(key, *role, until)?)
    };
    by.iter().try_fold(WITNESS.to_vec(), sign)
}

/// Bytes with others in the place of some that they have.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Result<Vec<u8>> {
    let at = bytes.windows(from.len()).position(|window| window == from);
    let (before, rest) = bytes.split_at(at.context("the policy does not have what is changed")?);
    Ok([before, to, rest.get(from.len()..).unwrap_or_default()].concat())
}
