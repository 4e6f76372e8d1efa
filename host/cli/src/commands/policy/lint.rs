//! `policy lint`: what loading a policy would refuse, and what is declared and does nothing, before it is built and packed.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result};
use clap::Args;
use specialis::admission::inspect;
use specialis::{Clock, SystemClock};
use specialis_bundle::{Bundle, Manifest, Vector};
use specialis_core::{CategoryId, Registry, RuleId, counted};
use specialis_text::Lexicon;

use super::subject::{self, Code, Subject, Subjects};
use super::{coverage, reads};
use crate::input::file;
use crate::options::EditionOptions;
use crate::output::{self, Exit};
use crate::policies;

/// What `policy lint` is told.
#[derive(Args)]
pub(super) struct LintArgs {
    /// The policy: its folder, of which no code is compiled, else its file, else its id in the edition.
    #[arg(value_name = "POLICY|DIR")]
    policy: String,
    /// End with 1 where there are notes, too.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    edition: EditionOptions,
}

/// What is to be said of a policy.
#[derive(Default)]
struct Remarks {
    /// It would be refused, or cannot do what it says.
    problems: Vec<String>,
    /// It is probably not meant so.
    notes: Vec<String>,
}

/// Writes everything at once, a line each.
pub(super) fn run(args: &LintArgs, out: &mut dyn Write) -> Result<Exit> {
    let Some((subjects, subject)) = Subjects::one(&args.policy, &args.edition, (Code::StandIn, out))? else {
        return Ok(Exit::Incomplete);
    };
    let remarks = remarks(&subjects, &subject, args)?;
    let id = &subject.bundle.manifest.id;
    for problem in &remarks.problems {
        output::write_line(out, &format!("{id}: {problem}"))?;
    }
    for note in &remarks.notes {
        output::write_line(out, &format!("{id}: note: {note}"))?;
    }
    let (n_problems, n_notes) = (remarks.problems.len(), remarks.notes.len());
    let problems = counted(n_problems, "problem", "problems");
    writeln!(out, "{problems}, {}", counted(n_notes, "note", "notes"))?;
    Ok(if n_problems == 0 && (n_notes == 0 || !args.strict) { Exit::Complete } else { Exit::Incomplete })
}

fn remarks(subjects: &Subjects, subject: &Subject, args: &LintArgs) -> Result<Remarks> {
    let Subjects { registry, trust, .. } = subjects;
    let bundle = &subject.bundle;
    let today = SystemClock.today();
    let mut remarks = Remarks::default();
    for asked in inspect(bundle, trust, registry, today).asked {
        let line = format!("{} `{}`: {}", asked.what, asked.which, asked.why);
        match asked.what {
            _ if asked.is_allowed => {}
            "signature" => {}
            // The operator's to grant; the policy is loaded without.
            "displaces" | "action" | "measure" | "interpreter" if !asked.why.contains("registered") => {
                remarks.notes.push(format!("{line}; ask the operator for an entry in the trust policy"));
            }
            _ => remarks.problems.push(format!("{line}; {}", registering(args))),
        }
    }
    let read = subjects.candidate(subject).content(today).and_then(|content| content.index().map(drop));
    if let Err(error) = read {
        remarks.problems.push(format!("it would not be loaded: {}", output::chain(&error)));
    }
    match coverage::vectors_of(bundle) {
        Ok(vectors) => {
            let tried: BTreeSet<_> = vectors.iter().map(|vector| &vector.rule).collect();
            let untried = bundle.manifest.rules.keys().filter(|rule| !tried.contains(rule));
            remarks.notes.extend(untried.map(|rule| format!("rule `{rule}` has no vector; add one under `vectors/`")));
            remarks.problems.extend(coverage::strays(bundle, &vectors));
            remarks.notes.extend(unseen_facts(&bundle.manifest, &vectors));
        }
        Err(error) => remarks.problems.push(output::chain(error.as_ref())),
    }
    match unread_terms(bundle, registry) {
        Ok(unread) => remarks.notes.extend(unread),
        Err(error) => remarks.problems.push(output::chain(error.as_ref())),
    }
    remarks.problems.extend(unregistered(bundle, registry, registering(args)));
    remarks.notes.extend(unfound(bundle, registry, &args.edition)?);
    wakes(&bundle.manifest, registry, &mut remarks);
    texts(&bundle.manifest, &mut remarks);
    facts(&bundle.manifest, &mut remarks);
    versions(bundle, args, &mut remarks)?;
    Ok(remarks)
}

/// The categories that a policy reads.
pub(super) fn categories<'a>(manifest: &'a Manifest, registry: &'a Registry) -> BTreeSet<&'a CategoryId> {
    let displaced = manifest.displaces.iter().filter_map(|ask| registry.duties.get(&ask.duty));
    displaced.flat_map(|duty| &duty.categories).chain(&manifest.wakes.categories).collect()
}

/// Terms of a policy that wake it nowhere, a sentence for each category of each of its lexicons.
pub(super) fn unread_terms(bundle: &Bundle, registry: &Registry) -> Result<Vec<String>> {
    let id = &bundle.manifest.id;
    let reads = categories(&bundle.manifest, registry);
    let mut notes = Vec::new();
    for section in &bundle.lexicons {
        let lexicon = Lexicon::parse(&section.name, &section.data).with_context(|| format!("policy `{id}`"))?;
        let terms = lexicon.terms.iter().filter(|term| !term.flags.is_exception && !reads.contains(&term.category));
        for category in terms.map(|term| &term.category).collect::<BTreeSet<_>>() {
            let name = &section.name;
            notes.push(format!(
                "its lexicon `{name}` has terms of `{category}`, which it does not read; name it in `wakes.categories`, or in \
                 a row of a table"
            ));
        }
    }
    Ok(notes)
}

/// Where an entry goes that the registries lack. The entries in the folder of a policy are taken where no options name registries.
fn registering(args: &LintArgs) -> &'static str {
    let is_own = args.edition.registry.is_none() && args.edition.registry_add.is_empty();
    if is_own && subject::folder(&args.policy).is_some() {
        "add it to `registry.toml` in the folder of the policy"
    } else {
        "add it with `--registry-add`"
    }
}

/// Instruments and categories that no registry has: all of them, where loading would name the first. Duties and measures are among what
/// a policy asks for.
fn unregistered(bundle: &Bundle, registry: &Registry, advice: &str) -> Vec<String> {
    let manifest = &bundle.manifest;
    let mut problems = BTreeSet::new();
    for (id, rule) in &manifest.rules {
        for instrument in rule.cites.keys().filter(|instrument| !registry.instruments.contains_key(*instrument)) {
            let known = registry.instruments.keys().map(|id| id.as_str());
            let near = specialis_core::nearest(instrument.as_str(), known).unwrap_or("none");
            problems.insert(format!(
                "rule `{id}` cites `{instrument}`, which is not registered; nearest is `{near}`; {advice}"
            ));
        }
    }
    let of_patterns = manifest.patterns.values().map(|pattern| &pattern.category);
    let of_terms = own_categories(bundle);
    let named = manifest.wakes.categories.iter().chain(&manifest.wakes.awaits).chain(of_patterns).chain(&of_terms);
    for category in named.filter(|category| !registry.categories.contains_key(*category)) {
        let known = registry.categories.keys().map(|id| id.as_str());
        let near = specialis_core::nearest(category.as_str(), known).unwrap_or("none");
        problems.insert(format!("the category `{category}` is not registered; nearest is `{near}`; {advice}"));
    }
    problems.into_iter().collect()
}

/// The categories of a policy's own terms. An exception may be one to all categories.
fn own_categories(bundle: &Bundle) -> BTreeSet<CategoryId> {
    let read = bundle.lexicons.iter().filter_map(|section| Lexicon::parse(&section.name, &section.data).ok());
    read.flat_map(|lexicon| lexicon.terms).filter(|term| !term.flags.is_exception).map(|term| term.category).collect()
}

/// Categories that it reads and that nothing in a text comes to.
fn unfound(bundle: &Bundle, registry: &Registry, edition: &EditionOptions) -> Result<Vec<String>> {
    let manifest = &bundle.manifest;
    let mut found = own_categories(bundle);
    found.extend(manifest.patterns.values().map(|pattern| pattern.category.clone()));
    for (_, name, data) in edition.lexicons()? {
        let terms = Lexicon::parse(&name, &data).map(|lexicon| lexicon.terms).unwrap_or_default();
        found.extend(terms.into_iter().map(|term| term.category));
    }
    let mut notes = Vec::new();
    let registered = manifest.wakes.categories.iter().filter(|category| registry.categories.contains_key(*category));
    for category in registered.filter(|category| !found.contains(*category)) {
        let detector = specialis_text::detectors().iter().find(|detector| detector.category == category.as_str());
        match detector {
            Some(detector) if manifest.detectors.contains(detector.name) => {}
            Some(detector) => notes.push(format!(
                "it reads `{category}`, which the detector `{}` finds; name that under `detectors`",
                detector.name
            )),
            None => notes.push(format!(
                "it reads `{category}`, which no lexicon, pattern or detector finds; scores of a model alone would call it"
            )),
        }
    }
    Ok(notes)
}

/// What under `wakes`, `detectors` and `patterns` finds or wakes nothing.
fn wakes(manifest: &Manifest, registry: &Registry, remarks: &mut Remarks) {
    let wakes = &manifest.wakes;
    let reads = categories(manifest, registry);
    for name in &manifest.detectors {
        let known = specialis_text::detectors().iter().find(|detector| detector.name == name);
        if let Some(detector) = known.filter(|known| !reads.iter().any(|category| category.as_str() == known.category))
        {
            let category = detector.category;
            let note =
                format!("detector `{name}` finds `{category}`, which it does not read; name it in `wakes.categories`");
            remarks.notes.push(note);
        }
    }
    for (name, pattern) in manifest.patterns.iter().filter(|(_, pattern)| !reads.contains(&pattern.category)) {
        let category = &pattern.category;
        let note =
            format!("pattern `{name}` finds `{category}`, which it does not read; name it in `wakes.categories`");
        remarks.notes.push(note);
    }
    for category in wakes.awaits.iter().filter(|category| !reads.contains(category)) {
        remarks
            .notes
            .push(format!("it awaits scores of `{category}`, which it does not read; name it in `wakes.categories`"));
    }
    let is_called = wakes.open || !wakes.kinds.is_empty() || !wakes.hits.is_empty() || wakes.text.is_some();
    if !is_called {
        remarks.problems.push("nothing under `wakes` calls it; give `open`, `kinds`, `hits` or `text`".to_owned());
    } else if !reads.is_empty() && wakes.hits.is_empty() && wakes.kinds.is_empty() {
        remarks
            .notes
            .push("it reads categories, and no hit calls it; name kinds of event under `wakes.hits`".to_owned());
    }
    if reads.is_empty() && !wakes.hits.is_empty() {
        remarks.notes.push("hits shall call it, and it reads no category; name them in `wakes.categories`".to_owned());
    }
}

/// Facts that the policy declares and of which no rule says that it reads them.
fn facts(manifest: &Manifest, remarks: &mut Remarks) {
    let read: BTreeSet<&String> = manifest.rules.values().flat_map(|rule| &rule.reads).collect();
    for (name, path) in manifest.facts.keys().filter_map(|name| Some((name, manifest.fact_path(name)?))) {
        if !read.contains(&path) {
            remarks
                .notes
                .push(format!("no rule says that it reads the fact `{name}`; name `{path}` under `reads` of one"));
        }
    }
}

/// Facts that a rule says that it reads, and that no vector has.
fn unseen_facts(manifest: &Manifest, vectors: &[Vector]) -> Vec<String> {
    let known: BTreeSet<String> = vectors.iter().flat_map(reads::known).collect();
    let named = manifest.rules.iter().flat_map(|(id, rule)| rule.reads.iter().map(move |path| (id, path)));
    let unseen = named.filter(|(_, path)| !known.iter().any(|known| reads::names(path, known)));
    let note = |(id, path): (&RuleId, &String)| format!("rule `{id}` reads `{path}`, and no vector has it; add one");
    unseen.map(note).collect()
}

/// Texts without an action that uses them, and actions without a text.
fn texts(manifest: &Manifest, remarks: &mut Remarks) {
    let uses_text = ["replace", "append"].iter().any(|action| manifest.actions.contains(*action));
    if uses_text && manifest.texts.is_empty() {
        remarks.problems.push("its `actions` replace or append, and there is no text under `[texts]`".to_owned());
    }
    if !uses_text && !manifest.texts.is_empty() {
        remarks.notes.push("it has texts, and neither `replace` nor `append` stands under `actions`".to_owned());
    }
}

/// Versions that do not fit each other.
fn versions(bundle: &Bundle, args: &LintArgs, remarks: &mut Remarks) -> Result<()> {
    let Manifest { id, version, .. } = &bundle.manifest;
    let crate_file = subject::folder(&args.policy).map(|folder| folder.join("Cargo.toml"));
    if let Some(crate_file) = crate_file.filter(|file| file.is_file()) {
        let of_crate = crate_version(&crate_file)?;
        if let Some(other) = of_crate.filter(|other| *other != version.to_string()) {
            remarks
                .notes
                .push(format!("`policy.toml` has version {version}, `Cargo.toml` {other}; give both the same"));
        }
    }
    for (name, bytes) in args.edition.files()? {
        let other = policies::parse(&name, &bytes)?;
        let is_other = other.manifest.id == *id && other.content_digest() != bundle.content_digest();
        if is_other && other.manifest.version >= *version {
            let found = &other.manifest.version;
            remarks
                .notes
                .push(format!("version {found} of it is in the edition already; raise the version before it ships"));
        }
    }
    Ok(())
}

fn crate_version(file: &Path) -> Result<Option<String>> {
    let text = file::text(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    let table: toml::Table = toml::from_str(&text).with_context(|| format!("`{}`", file.display()))?;
    let version = table.get("package").and_then(|package| package.get("version"));
    Ok(version.and_then(toml::Value::as_str).map(str::to_owned))
}
