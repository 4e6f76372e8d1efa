//! Lexicons of an edition that is being made: files of its folder, in place of those that policies were shipped with.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use specialis::{Clock as _, SystemClock};
use specialis_core::{Date, check_id, counted, nearest};
use specialis_text::{Added, Lexicon, LexiconHeader, Term};

use crate::input::file;
use crate::output::{self, Exit};
use crate::policies;

/// A lexicon of an edition's folder.
#[derive(Args)]
pub(super) struct Place {
    /// The folder of the edition, as `edition init` made it
    folder: PathBuf,
    /// The policy and the file, such as `general/subversion.csv`
    #[arg(value_name = "POLICY/FILE.csv", value_parser = named)]
    lexicon: Named,
}

/// A lexicon by its policy and name.
#[derive(Clone, Debug)]
pub(super) struct Named {
    policy: String,
    file: String,
}

fn named(text: &str) -> Result<Named, String> {
    let wrong = || "write it as `general/subversion.csv`: a policy, and a file that ends in `.csv`".to_owned();
    let (policy, file) = text.split_once('/').ok_or_else(wrong)?;
    let name = file.strip_suffix(".csv").ok_or_else(wrong)?;
    check_id(policy).and_then(|()| check_id(name)).map_err(|e| e.to_string())?;
    Ok(Named { policy: policy.to_owned(), file: file.to_owned() })
}

/// A term to add.
#[derive(Args)]
pub(super) struct NewTerm {
    /// The term
    term: String,
    /// The category of its hits, such as `a1.subversion`; `specialis registry show` lists them
    #[arg(long)]
    category: String,
    /// From 1 to 100; 50 and more is looked at by a person wherever it stands
    #[arg(long, default_value_t = Term::DEFAULT_WEIGHT)]
    weight: u8,
    /// `word`, `exception`, `anywhere`, `unlawful`, separated by `;`
    #[arg(long, default_value = "")]
    flags: String,
    /// What must stand around it, such as `not-near:批判|驳斥@8`
    #[arg(long, default_value = "")]
    context: String,
    /// Who adds it
    #[arg(long, value_name = "NAME")]
    by: String,
}

impl Place {
    fn shown(&self) -> String {
        format!("{}/{}", self.lexicon.policy, self.lexicon.file)
    }

    fn path(&self) -> PathBuf {
        self.folder.join("lexicons").join(&self.lexicon.policy).join(&self.lexicon.file)
    }

    /// The lexicon as it counts: the folder's own, or the one that the policy was shipped with.
    fn read(&self) -> Result<Lexicon> {
        match own(&self.path())? {
            Some(lexicon) => Ok(lexicon),
            None => self.shipped(),
        }
    }

    fn shipped(&self) -> Result<Lexicon> {
        let mut lexicons = self.of_policy()?;
        match lexicons.remove(&self.lexicon.file) {
            Some(lexicon) => Ok(lexicon),
            None => {
                let near = nearest(&self.lexicon.file, lexicons.keys().map(String::as_str)).unwrap_or("none");
                bail!("`{}` has no lexicon `{}`; nearest is `{near}`", self.lexicon.policy, self.lexicon.file)
            }
        }
    }

    /// The lexicons that the policy was shipped with, by name.
    fn of_policy(&self) -> Result<BTreeMap<String, Lexicon>> {
        let mut all = shipped(&self.folder)?;
        match all.remove(&self.lexicon.policy) {
            Some(lexicons) => Ok(lexicons),
            None => {
                let near = nearest(&self.lexicon.policy, all.keys().map(String::as_str)).unwrap_or("none");
                bail!("the folder has no policy `{}`; nearest is `{near}`", self.lexicon.policy)
            }
        }
    }

    fn write(&self, lexicon: &Lexicon) -> Result<()> {
        let path = self.path();
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
        output::replace(&path, lexicon.to_csv().as_bytes())
    }
}

/// A lexicon file, if there is one.
fn own(path: &Path) -> Result<Option<Lexicon>> {
    if !path.exists() {
        return Ok(None);
    }
    let bytes = file::document(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    Ok(Some(Lexicon::parse(&path.display().to_string(), &bytes)?))
}

/// The lexicons that the policies of a folder were shipped with, by policy and name.
fn shipped(folder: &Path) -> Result<BTreeMap<String, BTreeMap<String, Lexicon>>> {
    let policies = folder.join("policies");
    let read = || format!("`{}` cannot be read; give the folder of an edition", policies.display());
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(&policies).with_context(read)? {
        let path = entry.with_context(read)?.path();
        if path.extension().is_none_or(|extension| extension != "wasm") {
            continue;
        }
        let name = path.display().to_string();
        let bytes = file::document(&path).with_context(|| format!("`{name}` cannot be read"))?;
        let bundle = policies::parse(&name, &bytes)?;
        let lexicons: &mut BTreeMap<String, Lexicon> = all.entry(bundle.manifest.id.to_string()).or_default();
        for section in &bundle.lexicons {
            lexicons.insert(section.name.clone(), Lexicon::parse(&section.name, &section.data)?);
        }
    }
    Ok(all)
}

pub(super) fn add(place: &Place, new: &NewTerm, page: &mut dyn Write) -> Result<Exit> {
    let mut lexicon = place.read()?;
    let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
    let cells = [&new.term, &new.category, &new.weight.to_string(), &new.flags, &new.context].map(|cell| quoted(cell));
    let one = format!("term,category,weight,flags,context\n{}\n", cells.join(","));
    let mut terms = Lexicon::parse(&place.shown(), one.as_bytes())?.terms;
    sign(&mut terms, &new.by, SystemClock.today())?;
    for term in &terms {
        if lexicon.terms.iter().any(|known| is_same(known, term)) {
            bail!("`{}` stands there already under `{}`; remove it first", term.text, term.category);
        }
    }
    lexicon.terms.append(&mut terms);
    place.write(&lexicon)?;
    output::write_line(page, &format!("`{}` is added to {}", new.term, place.shown()))?;
    next(place, page)
}

pub(super) fn remove(place: &Place, text: &str, category: Option<&str>, page: &mut dyn Write) -> Result<Exit> {
    let mut lexicon = place.read()?;
    let before = lexicon.terms.len();
    lexicon.terms.retain(|term| term.text != text || category.is_some_and(|id| id != term.category.as_str()));
    let n = before.saturating_sub(lexicon.terms.len());
    if n == 0 {
        let near = nearest(text, lexicon.terms.iter().map(|term| term.text.as_str())).unwrap_or("none");
        bail!("{} has no term `{text}`; nearest is `{near}`", place.shown());
    }
    place.write(&lexicon)?;
    output::write_line(
        page,
        &format!("`{text}` is removed from {}; what finds less needs two approvers", place.shown()),
    )?;
    next(place, page)
}

pub(super) fn import(place: &Place, from: &Path, by: &str, page: &mut dyn Write) -> Result<Exit> {
    // A lexicon that the policy has not is a further one.
    let shipped = place.of_policy()?.remove(&place.lexicon.file);
    let mut lexicon = own(&place.path())?.or(shipped).unwrap_or_default();
    let bytes = file::document(from).with_context(|| format!("`{}` cannot be read", from.display()))?;
    let mut given = Lexicon::parse(&from.display().to_string(), &bytes)?;
    sign(&mut given.terms, by, SystemClock.today())?;
    let (mut n_new, mut n_changed) = (0_usize, 0_usize);
    for term in given.terms {
        match lexicon.terms.iter_mut().find(|known| is_same(known, &term)) {
            Some(known) => {
                let is_other = !is_equal(known, &term);
                if is_other {
                    n_changed = n_changed.saturating_add(1);
                    *known = term;
                }
            }
            None => {
                n_new = n_new.saturating_add(1);
                lexicon.terms.push(term);
            }
        }
    }
    if given.header != LexiconHeader::default() {
        lexicon.header = given.header;
    }
    place.write(&lexicon)?;
    let terms = counted(n_new, "term is", "terms are");
    output::write_line(page, &format!("{terms} added to {}, {n_changed} changed", place.shown()))?;
    next(place, page)
}

pub(super) fn export(place: &Place, to: Option<&Path>, page: &mut dyn Write) -> Result<Exit> {
    let text = place.read()?.to_csv();
    match to {
        Some(path) => output::write_new(path, text.as_bytes())?,
        None => page.write_all(text.as_bytes())?,
    }
    Ok(Exit::Complete)
}

/// What the lexicons of a folder have that those of its policies have not, and the other way round.
pub(super) fn diff(folder: &Path, page: &mut dyn Write) -> Result<Exit> {
    let mut n = 0_usize;
    for (policy, shipped) in shipped(folder)? {
        let own_folder = folder.join("lexicons").join(&policy);
        if !own_folder.is_dir() {
            continue;
        }
        let mut names: Vec<_> = fs::read_dir(&own_folder)
            .with_context(|| format!("`{}` cannot be read", own_folder.display()))?
            .filter_map(|entry| entry.ok().map(|entry| entry.file_name().to_string_lossy().into_owned()))
            .filter(|name| name.ends_with(".csv"))
            .collect();
        names.sort();
        for name in names {
            let none = Lexicon::default();
            let before = shipped.get(&name).unwrap_or(&none);
            let after = own(&own_folder.join(&name))?.unwrap_or_default();
            for (mark, terms, others) in [("-", &before.terms, &after.terms), ("+", &after.terms, &before.terms)] {
                for term in terms.iter().filter(|term| !others.iter().any(|other| is_equal(other, term))) {
                    output::write_line(page, &format!("{mark} {policy}/{name}: {}", described(term)))?;
                    n = n.saturating_add(1);
                }
            }
        }
    }
    if n == 0 {
        writeln!(page, "the lexicons are those that the policies were shipped with")?;
    }
    Ok(Exit::Complete)
}

fn described(term: &Term) -> String {
    let Added { by, on } = &term.added;
    let by = by.as_ref().map(|by| format!(", by {by}")).unwrap_or_default();
    let on = on.map(|on| format!(", {on}")).unwrap_or_default();
    format!("`{}` ({}, weight {}{by}{on})", term.text, term.category, term.weight)
}

/// Whether both are one term of a lexicon: the same text under the same category.
fn is_same(one: &Term, other: &Term) -> bool {
    one.text == other.text && one.category == other.category
}

/// Whether both find the same, whoever added them.
fn is_equal(one: &Term, other: &Term) -> bool {
    Term { added: Added::default(), ..one.clone() } == Term { added: Added::default(), ..other.clone() }
}

/// Notes who adds terms, and when, where the file does not say.
fn sign(terms: &mut [Term], by: &str, on: Date) -> Result<()> {
    if by.trim().is_empty() {
        bail!("nobody is named under `--by`; say who adds the terms");
    }
    for term in terms {
        term.added.by.get_or_insert_with(|| by.trim().to_owned());
        term.added.on.get_or_insert(on);
    }
    Ok(())
}

/// Says what comes next.
fn next(place: &Place, page: &mut dyn Write) -> Result<Exit> {
    let folder = place.folder.display();
    output::write_line(
        page,
        &format!("next: `specialis lexicon check {}`, then `specialis edition write {folder}`", place.path().display()),
    )?;
    Ok(Exit::Complete)
}
