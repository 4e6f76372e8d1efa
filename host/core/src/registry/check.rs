//! What must hold of the registries and of a trust policy before anything is decided by them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use thiserror::Error;

use crate::{
    ConflictRole, Context, Date, DutyClass, EventFacts, EventKind, IdError, InstrumentId, Join, Level, Param,
    ParamType, Registry, SectorFacts, Trust, check_id, nearest,
};

/// A mistake in the registries or in a trust policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// A text that is no identifier.
    #[error(transparent)]
    NoId(NoId),
    /// An id that nothing defines.
    #[error(transparent)]
    UnknownId(UnknownId),
    /// A duty that is too lenient when a policy fails.
    #[error(transparent)]
    LenientFailure(LenientFailure),
    /// Instruments that lead back to themselves.
    #[error(transparent)]
    Cycle(Cycle),
    /// An instrument that ends before it begins.
    #[error(transparent)]
    Reversed(Reversed),
    /// A parameter whose join or conflict does not fit its type.
    #[error(transparent)]
    MisfitParam(MisfitParam),
    /// A grant on a floor duty.
    #[error(transparent)]
    FloorGranted(FloorGranted),
    /// Two entries of one name.
    #[error(transparent)]
    Repeated(Repeated),
    /// A sector on both sides of edges on one duty.
    #[error(transparent)]
    TangledEdge(TangledEdge),
}

/// A text that is no identifier where one has to stand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
#[error("{what}: {problem}")]
pub struct NoId {
    what: &'static str,
    problem: IdError,
}

/// An id that nothing defines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
pub struct UnknownId {
    place: String,
    what: &'static str,
    id: String,
    nearest: Option<String>,
}

impl UnknownId {
    /// The id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The id that is most like it.
    pub fn nearest(&self) -> Option<&str> {
        self.nearest.as_deref()
    }
}

impl fmt::Display for UnknownId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} names the unknown {} `{}`", self.place, self.what, self.id)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; nearest is `{nearest}`"),
            None => write!(f, "; register it first"),
        }
    }
}

/// A duty that is too lenient when a policy fails.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
#[error("duty `{duty}` has `fail = \"{}\"`; write `{}` or more, because {why}", fail.as_str(), least.as_str())]
pub struct LenientFailure {
    duty: String,
    fail: Level,
    least: Level,
    why: &'static str,
}

/// Instruments that lead back to themselves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
#[error("instrument `{id}` leads back to itself by `{relation}`; remove one of the entries on the way")]
pub struct Cycle {
    id: String,
    relation: &'static str,
}

/// An instrument that ends before it begins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
#[error("instrument `{id}` ends on {until}, before it begins on {from}; correct one of the dates")]
pub struct Reversed {
    id: String,
    from: Date,
    until: Date,
}

/// A parameter whose join or conflict does not fit its type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
#[error("parameter `{param}` of measure `{measure}` has type `{}`, which does not go with {with}", ty.as_str())]
pub struct MisfitParam {
    measure: String,
    param: String,
    ty: ParamType,
    with: String,
}

/// A grant on a floor duty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
#[error("grant `{grant}` is on the floor duty `{duty}`, which nothing displaces; remove the grant")]
pub struct FloorGranted {
    grant: String,
    duty: String,
}

/// Two entries of one name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
#[error("there are two {what}s named `{name}`; give one another name, because traces print it")]
pub struct Repeated {
    what: &'static str,
    name: String,
}

/// A sector on both sides of edges on one duty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
#[error(
    "sector `{sector}` both prevails and gives way on duty `{duty}`; an edge from it would have no effect, remove one"
)]
pub struct TangledEdge {
    sector: String,
    duty: String,
}

/// Collects mistakes.
#[derive(Default)]
struct Mistakes(BTreeSet<RegistryError>);

impl Mistakes {
    fn add(&mut self, error: RegistryError) {
        self.0.insert(error);
    }

    /// Adds one for each text that is no identifier. Those from files were checked when they were read; tables that are put
    /// together in code are checked here.
    fn ids<'a>(&mut self, what: &'static str, ids: impl IntoIterator<Item = &'a str>) {
        for problem in ids.into_iter().filter_map(|id| check_id(id).err()) {
            self.add(RegistryError::NoId(NoId { what, problem }));
        }
    }

    /// Adds one unless `known` has `id`.
    fn id<'a>(&mut self, place: &str, what: &'static str, id: &str, known: impl Iterator<Item = &'a str> + Clone) {
        if !known.clone().any(|one| one == id) {
            let nearest = nearest(id, known).map(str::to_owned);
            self.add(RegistryError::UnknownId(UnknownId { place: place.to_owned(), what, id: id.to_owned(), nearest }));
        }
    }

    fn into_result(self) -> Result<(), Vec<RegistryError>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0.into_iter().collect()) }
    }
}

impl Registry {
    /// Checks the registries against themselves.
    ///
    /// # Errors
    ///
    /// All mistakes, in a fixed order: texts that are no ids, unknown ids with the nearest one, floor duties that fail below `review`, duties that
    /// fail open, instruments that end before they begin, cycles, parameters whose join or conflict does not fit their type.
    pub fn check(&self) -> Result<(), Vec<RegistryError>> {
        let mut mistakes = Mistakes::default();
        mistakes.ids("a duty", self.duties.keys().map(|id| id.as_str()));
        mistakes.ids("an instrument", self.instrument_ids());
        mistakes.ids("a category", self.categories.keys().map(|id| id.as_str()));
        mistakes.ids("a measure", self.measures.keys().map(|id| id.as_str()));
        mistakes.ids("a parameter", self.measures.values().flat_map(|entry| entry.params.keys()).map(String::as_str));
        self.check_duties(&mut mistakes);
        self.check_instruments(&mut mistakes);
        self.check_citations(&mut mistakes);
        for (id, measure) in &self.measures {
            let kinds = measure.params.get("kind").map_or(&[][..], |param| &param.ids);
            for kind in measure.names.keys() {
                mistakes.id(&format!("measure `{id}`"), "kind", kind, kinds.iter().map(String::as_str));
            }
            for (name, param) in &measure.params {
                if let Some(with) = misfit(param) {
                    let (measure, param_name) = (id.to_string(), name.clone());
                    let error = MisfitParam { measure, param: param_name, ty: param.ty, with };
                    mistakes.add(RegistryError::MisfitParam(error));
                }
            }
        }
        mistakes.into_result()
    }

    fn check_citations(&self, mistakes: &mut Mistakes) {
        for (id, place) in &self.citations {
            let entry = format!("citation `{id}`");
            let cited = id.split_once(' ').map_or(id.as_str(), |(instrument, _)| instrument);
            mistakes.id(&entry, "instrument", cited, self.instrument_ids());
            let versions =
                place.versions.iter().flat_map(|(version, place)| [Some(version), place.instrument.as_ref()]);
            for instrument in versions.chain([place.instrument.as_ref()]).flatten() {
                mistakes.id(&entry, "instrument", instrument.as_str(), self.instrument_ids());
            }
        }
    }

    fn instrument_ids(&self) -> impl Iterator<Item = &str> + Clone {
        self.instruments.keys().map(InstrumentId::as_str)
    }

    fn check_duties(&self, mistakes: &mut Mistakes) {
        for (id, duty) in &self.duties {
            let place = format!("duty `{id}`");
            for category in &duty.categories {
                mistakes.id(&place, "category", category.as_str(), self.categories.keys().map(|id| id.as_str()));
            }
            for instrument in &duty.instruments {
                mistakes.id(&place, "instrument", instrument.as_str(), self.instrument_ids());
            }
            let (least, why) = match duty.class {
                DutyClass::Floor => (Level::Review, "it is a floor"),
                DutyClass::Derogable => (Level::Mark, "nothing fails open"),
            };
            if duty.fail < least {
                let error = LenientFailure { duty: id.to_string(), fail: duty.fail, least, why };
                mistakes.add(RegistryError::LenientFailure(error));
            }
        }
    }

    fn check_instruments(&self, mistakes: &mut Mistakes) {
        for (id, instrument) in &self.instruments {
            let place = format!("instrument `{id}`");
            for other in instrument.earlier.iter().chain(&instrument.implements) {
                mistakes.id(&place, "instrument", other.as_str(), self.instrument_ids());
            }
            if let Some(until) = instrument.until.filter(|until| *until < instrument.from) {
                let error = Reversed { id: id.to_string(), from: instrument.from, until };
                mistakes.add(RegistryError::Reversed(error));
            }
            let earlier =
                |id: &InstrumentId| self.instruments.get(id).map_or(&[][..], |entry| entry.earlier.as_slice());
            let implements = |id: &InstrumentId| self.instruments.get(id).map_or(&[][..], |entry| &entry.implements);
            for (relation, leads_back) in
                [("earlier", leads_back(id, earlier)), ("implements", leads_back(id, implements))]
            {
                if leads_back {
                    mistakes.add(RegistryError::Cycle(Cycle { id: id.to_string(), relation }));
                }
            }
        }
    }
}

/// Whether following `next` from `id` comes back to it.
fn leads_back<'a>(id: &'a InstrumentId, next: impl Fn(&InstrumentId) -> &'a [InstrumentId]) -> bool {
    let (mut seen, mut open) = (BTreeSet::new(), vec![id]);
    while let Some(from) = open.pop() {
        for to in next(from) {
            if to == id {
                return true;
            }
            if seen.insert(to) {
                open.push(to);
            }
        }
    }
    false
}

/// What of a parameter does not go with its type.
fn misfit(param: &Param) -> Option<String> {
    let has_length = matches!(param.ty, ParamType::Number | ParamType::Months | ParamType::Seconds);
    let conflict_fits = param.conflict.is_none_or(|role| match role {
        ConflictRole::KeepAtLeast | ConflictRole::DeleteWithin => has_length,
        ConflictRole::ExclusiveLabel => param.ty == ParamType::Id,
        ConflictRole::KeepVerbatim => false,
    });
    match param.conflict {
        Some(role) if !conflict_fits => Some(format!("`conflict = \"{}\"`", role.as_str())),
        Some(_) | None => (param.join != Join::Same && param.ty == ParamType::Id)
            .then(|| format!("`join = \"{}\"`", param.join.as_str())),
    }
}

impl Trust {
    /// Checks a trust policy against the registries.
    ///
    /// # Errors
    ///
    /// All mistakes, in a fixed order: texts that are no ids, unknown duties, instruments, measures and facts with the nearest one, grants on floor
    /// duties, repeated grants, permissions for signers that are not listed, edges by which a sector would both prevail and lose.
    pub fn check(&self, registry: &Registry) -> Result<(), Vec<RegistryError>> {
        let mut mistakes = Mistakes::default();
        let duties = || registry.duties.keys().map(|id| id.as_str());
        mistakes.ids("a signer", self.signers.keys().map(|id| id.as_str()));
        mistakes.ids("a grant", self.grants.iter().map(|grant| grant.id.as_str()));
        mistakes.ids("the sector of a grant", self.grants.iter().map(|grant| grant.sector.as_str()));
        let mut names = BTreeSet::new();
        for grant in &self.grants {
            let place = format!("grant `{}`", grant.id);
            mistakes.id(&place, "duty", grant.duty.as_str(), duties());
            mistakes.id(&place, "instrument", grant.instrument.as_str(), registry.instrument_ids());
            if registry.duties.get(&grant.duty).is_some_and(|duty| duty.class == DutyClass::Floor) {
                let error = FloorGranted { grant: grant.id.clone(), duty: grant.duty.to_string() };
                mistakes.add(RegistryError::FloorGranted(error));
            }
            if !names.insert(&grant.id) {
                mistakes.add(RegistryError::Repeated(Repeated { what: "grant", name: grant.id.clone() }));
            }
        }
        for edge in &self.defeats {
            mistakes.id(&format!("edge `{}`", edge.label), "duty", edge.duty.as_str(), duties());
            if self.defeats.iter().any(|other| other.duty == edge.duty && other.over == edge.sector) {
                let error = TangledEdge { sector: edge.sector.to_string(), duty: edge.duty.to_string() };
                mistakes.add(RegistryError::TangledEdge(error));
            }
        }
        let text_actions = ["replace", "append"].into_iter();
        for grant in &self.measures {
            for id in &grant.measures {
                let known = registry.measures.keys().map(|id| id.as_str()).chain(text_actions.clone());
                mistakes.id(&format!("the measures of `{}`", grant.signer), "measure", id.as_str(), known);
            }
        }
        let signers = || self.signers.keys().map(|id| id.as_str());
        for permission in &self.signing {
            mistakes.id("`signing`", "signer", permission.signer.as_str(), signers());
            for duty in permission.duties.iter().filter(|pattern| !pattern.ends_with('*')) {
                mistakes.id(&format!("what `{}` may sign", permission.signer), "duty", duty, duties());
            }
        }
        for one in &self.interpreters {
            mistakes.id("`interpreters`", "signer", one.signer.as_str(), signers());
        }
        self.check_warrants(&mut mistakes);
        mistakes.into_result()
    }

    fn check_warrants(&self, mistakes: &mut Mistakes) {
        let facts = fact_paths();
        for warrant in &self.warrants {
            // `*` stands for every fact.
            // What facts a sector has, its policies say, and a trust policy may be older than they.
            if warrant.fact == "*" || warrant.fact.starts_with("sectors.") || is_of_sector(&warrant.fact) {
                continue;
            }
            mistakes.id("a warrant", "fact", &warrant.fact, facts.iter().map(String::as_str));
        }
    }
}

/// Whether it is the path of a fact of a sector, or of all of one.
fn is_of_sector(path: &str) -> bool {
    path.strip_prefix(SectorFacts::GROUP).is_some_and(|rest| rest.starts_with('.'))
}

/// The path of every fact of a context and of an event, such as `subject.age`, and `group.*` for each group.
pub fn fact_paths() -> Vec<String> {
    let context = Context::default();
    let mut groups: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (group, record) in context.groups() {
        groups.insert(group, record.fields());
    }
    for kind in EventKind::ALL {
        groups.entry(kind.as_str()).or_default().extend(EventFacts::unknown(*kind).record().fields());
    }
    groups
        .into_iter()
        .flat_map(|(group, fields)| {
            let each = fields.into_iter().chain(["*".to_owned()]);
            each.map(move |field| format!("{group}.{field}"))
        })
        .collect()
}
