//! Admission: what a policy file asks for, against what the trust policy allows; every grant is the intersection of the two.
//!
//! One place answers both questions: may this file be loaded at all, and what of its manifest will count. The report of
//! [`inspect`] and the refusal of [`admit`] come from the same lines.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use specialis_bundle::{Bundle, BundleError, Endorsement, PublicKey, is_digest};
use specialis_core::{
    Date, DutyClass, MaySign, Measure, MeasureId, PolicyId, Registry, SignerId, SigningRole, Trust, Unsigned, counted,
};

use super::needs::is_for_interpreters;
use crate::control::error::StageCause;
use crate::runtime::{EditionContent, PolicyContent, Provenance, is_allowed, needs_grant};

/// Why a file is not let in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdmissionError {
    /// Nobody signed it.
    #[error(
        "nobody whom the trust policy names signed it as author; have it signed, or put its digest `{digest}` under `signers`"
    )]
    Unsigned {
        /// The file's digest.
        digest: String,
    },
    /// A signature does not fit.
    #[error("a signature on it does not fit")]
    Forged {
        /// What is wrong.
        #[from]
        source: BundleError,
    },
    /// The signatures have run out.
    #[error("the {role} `{signer}` signed it until {expires}, and that is past; have it signed again", role = role.as_str())]
    Expired {
        /// Who.
        signer: SignerId,
        /// As what.
        role: SigningRole,
        /// Until when.
        expires: Date,
    },
    /// The signer may not sign for it.
    #[error("`{signer}` may not sign {what} as {role}; extend its entry under `signing`, or have another sign", role = role.as_str())]
    OutOfBounds {
        /// Who.
        signer: SignerId,
        /// As what.
        role: SigningRole,
        /// For what not.
        what: String,
    },
    /// Too few approved.
    #[error("{found} of {} there; have another approver sign it", counted(*needed, "approval is", "approvals are"))]
    TooFewApprovals {
        /// How many approved.
        found: u32,
        /// How many are needed.
        needed: u32,
    },
    /// It asks for what nobody can be given.
    #[error("it asks to displace the floor duty `{duty}`, which nothing displaces; take it out of `displaces`")]
    Floor {
        /// The duty.
        duty: String,
    },
}

/// A policy that is let in.
#[derive(Clone, Debug)]
pub(crate) struct Admission {
    pub(crate) signer: SignerId,
    pub(crate) provenance: Provenance,
    pub(crate) granted: BTreeSet<MeasureId>,
    /// The authors who signed it, each with the approvals that they need.
    pub(crate) endorsed: BTreeSet<SignerId>,
}

/// One thing a policy asks for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Asked {
    /// What kind of thing: `signature`, `duty`, `displaces`, `measure`, `parameter`, `action`,
    /// `interpreter`.
    pub what: &'static str,
    /// Which.
    pub which: String,
    /// Whether it is allowed.
    pub is_allowed: bool,
    /// Why, or why not.
    pub why: String,
}

/// Everything a policy file asks for, line by line, and whether it would be let in.
#[derive(Debug)]
pub struct Inspection {
    /// The lines.
    pub asked: Vec<Asked>,
    /// Who answers for it, where it would be let in.
    pub signer: Option<SignerId>,
    /// Why it may be loaded, or why not.
    pub provenance: Result<Provenance, AdmissionError>,
}

/// Lets a file in, or says why not.
pub(crate) fn admit(
    bundle: &Bundle,
    digest: &str,
    trust: &Trust,
    registry: &Registry,
    today: Date,
) -> Result<Admission, AdmissionError> {
    let (signer, provenance) = provenance(bundle, digest, trust, today)?;
    let asks_floor = bundle.manifest.displaces.iter().find(|ask| is_floor(registry, ask));
    if let Some(ask) = asks_floor {
        return Err(AdmissionError::Floor { duty: ask.duty.to_string() });
    }
    let granted = granted(&signer, trust);
    let endorsed = endorsements(bundle, trust, today)?.endorsed(trust, today);
    Ok(Admission { signer, provenance, granted, endorsed })
}

/// What a file asks for and what of that counts, under a trust policy on a day.
///
/// ```
/// use specialis::core::{Registry, Trust};
///
/// let (_, bytes) = specialis_artifacts::POLICIES[0];
/// let bundle = specialis_bundle::Bundle::parse(bytes)?;
/// let day = "2026-11-02".parse()?;
/// let inspection = specialis::admission::inspect(&bundle, &Trust::default(), &Registry::default(), day);
/// assert!(inspection.provenance.is_err(), "nobody is trusted by default");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn inspect(bundle: &Bundle, trust: &Trust, registry: &Registry, today: Date) -> Inspection {
    let digest = specialis_bundle::digest_of(&bundle.bytes);
    let admitted = admit(bundle, &digest, trust, registry, today);
    let signer = provenance(bundle, &digest, trust, today).ok().map(|(signer, _)| signer);
    let mut asked = signatures(bundle, &digest, trust, today);
    let manifest = &bundle.manifest;
    let nobody = SignerId::from("nobody");
    let author = author(bundle, trust);
    let by = signer.as_ref().or(author.as_ref()).unwrap_or(&nobody);
    for duty in &manifest.governs {
        let (is_allowed, why) = match registry.duties.get(duty) {
            None => (false, "it is not registered".to_owned()),
            Some(entry) => (true, format!("{}; fails to `{}`", entry.class.as_str(), entry.fail.as_str())),
        };
        asked.push(Asked { what: "duty", which: duty.to_string(), is_allowed, why });
    }
    for ask in &manifest.displaces {
        let which = format!("{} under {} {}", ask.duty, ask.instrument, ask.article);
        let grant = trust.grants.iter().find(|grant| fits(grant, by, bundle, ask));
        let (is_allowed, why) = match grant {
            _ if is_floor(registry, ask) => (false, "a floor duty; nothing displaces it".to_owned()),
            Some(grant) => (true, format!("grant `{}`, {}", grant.id, grant.ground.as_str())),
            None => (false, format!("no grant for `{by}`; its relaxation will count as an ordinary requirement")),
        };
        asked.push(Asked { what: "displaces", which, is_allowed, why });
    }
    let granted = granted(by, trust);
    for measure in &manifest.may_require {
        let (is_allowed, why) = match registry.measures.get(&measure.id) {
            None => (false, "it is not registered".to_owned()),
            Some(entry) if !needs_grant(measure.id.as_str(), Some(entry)) => (true, "needs no grant".to_owned()),
            Some(_) if granted.contains(&measure.id) => (true, format!("granted to `{by}`")),
            Some(_) => (false, format!("not granted to `{by}`; an answer with it is a fault")),
        };
        asked.push(Asked { what: "measure", which: measure.id.to_string(), is_allowed, why });
        asked.extend(unregistered_values(measure, registry));
    }
    for action in &manifest.actions {
        let needs = needs_grant(action, None);
        let (is_allowed, why) = match granted.contains(action.as_str()) {
            _ if !needs => (true, "needs no grant".to_owned()),
            true => (true, format!("granted to `{by}`")),
            false => (false, format!("not granted to `{by}`; an answer with it is a fault")),
        };
        asked.push(Asked { what: "action", which: action.clone(), is_allowed, why });
    }
    asked.extend(interpreter(bundle, trust, by));
    Inspection { asked, signer, provenance: admitted.map(|admission| admission.provenance) }
}

/// Whether a file carries an interpreter: whether it needs more room than the trust policy gives to everybody, and no more than it
/// gives to those who may bring one.
pub fn carries_interpreter(bundle: &Bundle, trust: &Trust) -> bool {
    is_for_interpreters(&bundle.needs, trust)
}

/// What is to be said of an interpreter, where a file carries one.
fn interpreter(bundle: &Bundle, trust: &Trust, by: &SignerId) -> Option<Asked> {
    let needs = &bundle.needs;
    if !carries_interpreter(bundle, trust) {
        return None;
    }
    let is_allowed = trust.may_interpret(by);
    let why = if is_allowed {
        format!("`{by}` may bring one")
    } else {
        format!("`{by}` may bring none; an edition with it is refused")
    };
    let which = format!(
        "{} in {} of modules",
        counted(needs.functions, "function", "functions"),
        counted(needs.core_instances, "instance", "instances")
    );
    Some(Asked { what: "interpreter", which, is_allowed, why })
}

/// The parameters of a declared measure that the registry does not have, or not with that value.
fn unregistered_values(measure: &Measure, registry: &Registry) -> Vec<Asked> {
    let Some(entry) = registry.measures.get(&measure.id) else { return Vec::new() };
    let odd = measure.params.iter().filter_map(|(name, value)| {
        let why = match entry.params.get(name) {
            None => "the registry has no such parameter; an edition with it is refused",
            Some(param) if !is_allowed(param, value) => {
                "the registry does not allow its value; an edition with it is refused"
            }
            Some(_) => return None,
        };
        let which = format!("{} {name}", measure.id);
        Some(Asked { what: "parameter", which, is_allowed: false, why: why.to_owned() })
    });
    odd.collect()
}

impl EditionContent {
    /// The measures and text actions that its policies declare and that the trust policy does not grant to their signers. An
    /// answer with one of them is a fault.
    pub fn missing_grants(&self) -> Vec<(PolicyId, MeasureId)> {
        let of_policy = |policy: &Arc<PolicyContent>| {
            let manifest = policy.manifest();
            let measures = manifest.may_require.iter().map(|measure| measure.id.clone());
            let asked = measures.chain(manifest.actions.iter().map(|action| MeasureId::from(action.as_str())));
            let is_missing = |id: &MeasureId| {
                needs_grant(id.as_str(), self.registry().measures.get(id)) && !policy.granted.contains(id)
            };
            asked.filter(is_missing).map(|id| (policy.card.id.clone(), id)).collect::<Vec<_>>()
        };
        self.policies.iter().flat_map(of_policy).collect()
    }
}

/// The measures and text actions that a signer's policies may ask for: those granted by name, beside what needs no grant.
pub(crate) fn granted(signer: &SignerId, trust: &Trust) -> BTreeSet<MeasureId> {
    let grants = trust.measures.iter().filter(|grant| grant.signer == *signer);
    grants.flat_map(|grant| grant.measures.iter().cloned()).collect()
}

/// Whether a grant of the trust policy covers what a manifest asks to displace.
pub(crate) fn fits(
    grant: &specialis_core::Grant,
    signer: &SignerId,
    bundle: &Bundle,
    ask: &specialis_core::Displaces,
) -> bool {
    let specialis_core::Origin::Sector(sector) = &bundle.manifest.origin else { return false };
    let citation = specialis_core::Citation { instrument: ask.instrument.clone(), article: ask.article.clone() };
    grant.fits(signer, sector, &ask.duty, &citation)
}

fn is_floor(registry: &Registry, ask: &specialis_core::Displaces) -> bool {
    registry.duties.get(&ask.duty).is_some_and(|duty| duty.class == DutyClass::Floor)
}

/// The keys that the trust policy gives names to. What is neither a key nor a digest was refused when it was checked.
pub(super) fn keys(trust: &Trust) -> Vec<(PublicKey, &SignerId)> {
    let named = trust.signers.iter().flat_map(|(signer, entries)| entries.iter().map(move |entry| (entry, signer)));
    named.filter_map(|(entry, signer)| Some((entry.parse().ok()?, signer))).collect()
}

/// The first entry of `signers` that is neither a key nor a digest.
pub(super) fn odd_signer(trust: &Trust) -> Option<StageCause> {
    let mut entries = trust.signers.iter().flat_map(|(signer, all)| all.iter().map(move |entry| (signer, entry)));
    let odd = entries.find(|(_, entry)| !is_digest(entry) && entry.parse::<PublicKey>().is_err());
    odd.map(|(signer, entry)| StageCause::SignerEntry { signer: signer.to_string(), entry: entry.clone() })
}

/// What keeps a signature from counting.
fn objection(
    bundle: &Bundle,
    trust: &Trust,
    who: &Endorsement,
    signer: &SignerId,
    today: Date,
) -> Option<AdmissionError> {
    let (role, expires) = (who.role, who.expires);
    if expires < today {
        return Some(AdmissionError::Expired { signer: signer.clone(), role, expires });
    }
    let refused = |what: String| Some(AdmissionError::OutOfBounds { signer: signer.clone(), role, what });
    if role == SigningRole::Indexer {
        return refused("a policy".to_owned());
    }
    let rights = rights(trust, signer, role, today);
    if rights.is_empty() {
        return refused("anything".to_owned());
    }
    let of_origin: Vec<&MaySign> =
        rights.into_iter().filter(|right| right.origins.contains(&bundle.manifest.origin)).collect();
    if of_origin.is_empty() {
        return refused(match &bundle.manifest.origin {
            specialis_core::Origin::Sector(sector) => format!("for the sector `{sector}`"),
            specialis_core::Origin::General => "for the general law".to_owned(),
            specialis_core::Origin::Common => "for the common law".to_owned(),
            specialis_core::Origin::Tenant => "for a tenant".to_owned(),
        });
    }
    let uncovered = bundle.manifest.governs.iter().find(|duty| !of_origin.iter().any(|right| right.covers(duty)));
    uncovered.and_then(|duty| refused(format!("a policy that governs `{duty}`")))
}

/// What a signer may sign in a role, on a day.
pub(super) fn rights<'t>(trust: &'t Trust, signer: &SignerId, role: SigningRole, today: Date) -> Vec<&'t MaySign> {
    let counts = |right: &&MaySign| {
        right.signer == *signer && right.roles.contains(&role) && right.until.is_none_or(|until| today <= until)
    };
    trust.signing.iter().filter(counts).collect()
}

/// The signatures on a file that count, with the days until when, and what keeps the others from counting.
struct Endorsements {
    authors: BTreeMap<SignerId, Date>,
    approvers: BTreeMap<SignerId, Date>,
    objections: Vec<AdmissionError>,
}

impl Endorsements {
    /// The authors who have the approvals that they need, and at least one. Nobody approves what they wrote themselves.
    fn endorsed(&self, trust: &Trust, today: Date) -> BTreeSet<SignerId> {
        let is_endorsed = |author: &&SignerId| {
            let n = self.approvers.keys().filter(|approver| approver != author).count();
            u32::try_from(n).unwrap_or(u32::MAX) >= approvals_needed(trust, author, today).max(1)
        };
        self.authors.keys().filter(is_endorsed).cloned().collect()
    }
}

fn approvals_needed(trust: &Trust, author: &SignerId, today: Date) -> u32 {
    rights(trust, author, SigningRole::Author, today).iter().map(|right| right.approvals).max().unwrap_or(1)
}

/// Sorts the signatures on a file by whether they count.
fn endorsements(bundle: &Bundle, trust: &Trust, today: Date) -> Result<Endorsements, AdmissionError> {
    let keys = keys(trust);
    let mut found = Endorsements { authors: BTreeMap::new(), approvers: BTreeMap::new(), objections: Vec::new() };
    for who in bundle.endorsements(keys.iter().map(|(key, _)| key))? {
        let signer = keys.iter().find(|(key, _)| key.id() == who.key.id()).map(|(_, signer)| (*signer).clone());
        let Some(signer) = signer else { continue };
        match objection(bundle, trust, &who, &signer, today) {
            Some(objection) => found.objections.push(objection),
            None => drop(match who.role {
                SigningRole::Author => found.authors.insert(signer, who.expires),
                SigningRole::Approver => found.approvers.insert(signer, who.expires),
                // Who lists policies in an index lets none in.
                SigningRole::Indexer => None,
            }),
        }
    }
    Ok(found)
}

/// Who answers for a file, and why it may be loaded.
fn provenance(
    bundle: &Bundle,
    digest: &str,
    trust: &Trust,
    today: Date,
) -> Result<(SignerId, Provenance), AdmissionError> {
    let Endorsements { mut authors, mut approvers, objections } = endorsements(bundle, trust, today)?;
    if let Some((signer, _)) = trust.signers.iter().find(|(_, entries)| entries.iter().any(|entry| entry == digest)) {
        return Ok((signer.clone(), Provenance::Pinned));
    }
    let Some((author, until)) = authors.pop_first() else {
        let by_author = |objection: &AdmissionError| match objection {
            AdmissionError::Expired { role, .. } | AdmissionError::OutOfBounds { role, .. } => {
                *role == SigningRole::Author
            }
            AdmissionError::Unsigned { .. }
            | AdmissionError::Forged { .. }
            | AdmissionError::TooFewApprovals { .. }
            | AdmissionError::Floor { .. } => false,
        };
        if let Some(objection) = objections.into_iter().find(by_author) {
            return Err(objection);
        }
        return match trust.unsigned {
            Unsigned::Allow => Ok((SignerId::from(digest), Provenance::Unsigned)),
            Unsigned::Refuse => Err(AdmissionError::Unsigned { digest: digest.to_owned() }),
        };
    };
    // Nobody approves what they wrote themselves.
    approvers.remove(&author);
    let needed = approvals_needed(trust, &author, today);
    let found = u32::try_from(approvers.len()).unwrap_or(u32::MAX);
    if found < needed {
        let late = objections.into_iter().next();
        return Err(late.unwrap_or(AdmissionError::TooFewApprovals { found, needed }));
    }
    let expires = approvers.values().copied().fold(until, Date::min);
    Ok((author, Provenance::Signed { approvers: approvers.into_keys().collect(), expires }))
}

/// Who signed a file as its author, whether or not that lets it in.
fn author(bundle: &Bundle, trust: &Trust) -> Option<SignerId> {
    let keys = keys(trust);
    let endorsements = bundle.endorsements(keys.iter().map(|(key, _)| key)).ok()?;
    let by = endorsements.iter().find(|who| who.role == SigningRole::Author)?;
    keys.iter().find(|(key, _)| key.id() == by.key.id()).map(|(_, signer)| (*signer).clone())
}

/// The lines about signatures.
fn signatures(bundle: &Bundle, digest: &str, trust: &Trust, today: Date) -> Vec<Asked> {
    let line = |which: String, is_allowed, why: String| Asked { what: "signature", which, is_allowed, why };
    let keys = keys(trust);
    let mut lines = Vec::new();
    match bundle.endorsements(keys.iter().map(|(key, _)| key)) {
        Err(error) => lines.push(line("all".to_owned(), false, error.to_string())),
        Ok(endorsements) => {
            for who in &endorsements {
                let Some((_, signer)) = keys.iter().find(|(key, _)| key.id() == who.key.id()) else { continue };
                let which = format!("{} `{signer}` until {}", who.role.as_str(), who.expires);
                match objection(bundle, trust, who, signer, today) {
                    Some(objection) => lines.push(line(which, false, objection.to_string())),
                    None => lines.push(line(which, true, "it counts".to_owned())),
                }
            }
            let known: BTreeSet<_> =
                keys.iter().flat_map(|(key, _)| [Some(key.id()), key.sm2_id()]).flatten().collect();
            let unknown = bundle.key_ids().filter(|id| !known.contains(id));
            lines.extend(
                unknown.map(|id| line(format!("key {id}"), false, "nobody has this key under `signers`".to_owned())),
            );
        }
    }
    let pinned = trust.signers.iter().find(|(_, entries)| entries.iter().any(|entry| entry == digest));
    lines.extend(pinned.map(|(signer, _)| line(digest.to_owned(), true, format!("a digest of `{signer}`"))));
    if lines.is_empty() {
        let why = match trust.unsigned {
            Unsigned::Allow => "`unsigned = \"allow\"`",
            Unsigned::Refuse => "`unsigned = \"refuse\"`",
        };
        lines.push(line("none".to_owned(), trust.unsigned == Unsigned::Allow, why.to_owned()));
    }
    lines
}
