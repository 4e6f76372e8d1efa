//! `lexicon`: what a compliance officer should know of a lexicon before it is loaded, and the lexicons of an edition.

mod edit;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use serde_json::Value;
use specialis_core::{Registry, counted};
use specialis_text::{ClauseKind, HitOrigin, IndexBuilder, Lexicon, LexiconHeader, Term, view};

use crate::input::file;
use crate::options::EditionOptions;
use crate::output::{self, Exit};

const AFTER_HELP: &str = "\
A finding names file, term and what to do. Terms are compared as they are matched: letter case, width and Han variants do not
matter. A risk (`a1.` to `a5.`) that weighs 50 and more wherever it stands is a finding: a person would look at every mention.
So is a context that cannot take effect. A benign corpus is a file of JSON lines with a `text`, or plain lines; rows that begin
with `# ` are left out. A term that counts (weight 20 and more, as it is said there) in more than `--limit` of its rows is
over-broad: give it a context, an exception or a lower weight. Terms with a context to the right are listed with the characters
that a stream keeps back for it; that is no finding.

Examples:
  specialis lexicon check lexicons/*.csv
  specialis lexicon check slot-subversion.csv --benign ordinary.jsonl --limit 0.2

Lexicons are files of an edition: what is added, removed and imported stands in its folder, in place of what the policy was
shipped with. The vectors of policies still run on what they were shipped with.
  specialis lexicon add next general/subversion.csv 样例用语 --category a1.subversion --weight 60 --by \"Li Hua\"
  specialis lexicon import next general/subversion.csv week-47.csv --by \"Li Hua\"
  specialis lexicon diff next
  specialis edition write next                          then sign, check and publish it";

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct LexiconArgs {
    #[command(subcommand)]
    command: LexiconCommand,
}

#[derive(Subcommand)]
enum LexiconCommand {
    /// Duplicates, covered terms, unknown categories, weights and contexts that cannot be meant, terms that hit ordinary text,
    /// and what terms keep back on a stream.
    Check {
        /// The files.
        #[arg(required = true, value_name = "FILE.csv")]
        files: Vec<PathBuf>,
        /// Ordinary text that should bring no hit; may be given several times.
        #[arg(long, value_name = "FILE")]
        benign: Vec<PathBuf>,
        /// The largest share of benign rows that one term may hit, in percent.
        #[arg(long, value_name = "PERCENT", default_value_t = 0.1)]
        limit: f64,
        /// Registries [default: built in]
        #[arg(long, value_name = "FILE")]
        registry: Option<PathBuf>,
    },
    /// Add a term to a lexicon of an edition that is being made.
    Add {
        #[command(flatten)]
        place: edit::Place,
        #[command(flatten)]
        term: edit::NewTerm,
    },
    /// Remove a term from a lexicon of an edition that is being made.
    Remove {
        #[command(flatten)]
        place: edit::Place,
        /// The term.
        term: String,
        /// Only under this category.
        #[arg(long)]
        category: Option<String>,
    },
    /// Take the terms of a file into a lexicon of an edition that is being made; those that are there already are changed.
    Import {
        #[command(flatten)]
        place: edit::Place,
        /// The file.
        #[arg(value_name = "FILE.csv")]
        file: PathBuf,
        /// Who adds the terms, where the file does not say.
        #[arg(long, value_name = "NAME")]
        by: String,
    },
    /// Write a lexicon as it counts in an edition that is being made.
    Export {
        #[command(flatten)]
        place: edit::Place,
        /// Where to [default: standard output]
        #[arg(short, long, value_name = "FILE.csv")]
        output: Option<PathBuf>,
    },
    /// What the lexicons of an edition have that its policies were not shipped with, and what they lack.
    Diff {
        /// The folder of the edition.
        folder: PathBuf,
    },
}

pub(crate) fn run(args: &LexiconArgs, page: &mut dyn Write) -> Result<Exit> {
    match &args.command {
        LexiconCommand::Check { files, benign, limit, registry } => {
            check((files, benign), *limit, registry.as_ref(), page)
        }
        LexiconCommand::Add { place, term } => edit::add(place, term, page),
        LexiconCommand::Remove { place, term, category } => edit::remove(place, term, category.as_deref(), page),
        LexiconCommand::Import { place, file, by } => edit::import(place, file, by, page),
        LexiconCommand::Export { place, output } => edit::export(place, output.as_deref(), page),
        LexiconCommand::Diff { folder } => edit::diff(folder, page),
    }
}

fn check(
    (files, benign): (&[PathBuf], &[PathBuf]),
    limit: f64,
    registry: Option<&PathBuf>,
    page: &mut dyn Write,
) -> Result<Exit> {
    let edition = EditionOptions { registry: registry.cloned(), ..EditionOptions::default() };
    let (_, registry) = edition.registry()?;
    let lexicons = files.iter().map(|file| read(file)).collect::<Result<Vec<_>>>()?;
    let mut findings: Vec<String> = lexicons.iter().flat_map(of_header).collect();
    findings.extend(of_terms(&lexicons, &registry));
    let rows = benign.iter().map(|file| rows_of(file)).collect::<Result<Vec<_>>>()?.concat();
    if !rows.is_empty() {
        findings.extend(too_broad(&lexicons, &rows, limit)?);
    }
    for finding in &findings {
        output::write_line(page, finding)?;
    }
    let kept = keep_back(&lexicons);
    for (lexicon, term, n_chars) in &kept {
        let chars = counted(*n_chars, "character", "characters");
        let line = format!("{lexicon}: `{term}` keeps back {chars} behind it, for its context to the right");
        output::write_line(page, &line)?;
    }
    if let Some(most) = kept.iter().map(|(_, _, n_chars)| n_chars).max() {
        let terms = counted(kept.len(), "term keeps back text behind it", "terms keep back text behind them");
        writeln!(page, "{terms} on a stream, at most {}", counted(*most, "character", "characters"))?;
    }
    let n_unlawful = lexicons.iter().flat_map(|lexicon| &lexicon.terms).filter(|term| term.flags.is_unlawful).count();
    if n_unlawful > 0 {
        let one = "term marked `unlawful` keeps back up to 16 characters of its clause";
        let many = "terms marked `unlawful` keep back up to 16 characters of their clause";
        writeln!(page, "{}", counted(n_unlawful, one, many))?;
    }
    let n_terms: usize = lexicons.iter().map(|lexicon| lexicon.terms.len()).sum();
    writeln!(
        page,
        "{} in {}, {}: {}",
        counted(n_terms, "term", "terms"),
        counted(lexicons.len(), "file", "files"),
        counted(rows.len(), "benign row", "benign rows"),
        counted(findings.len(), "finding", "findings")
    )?;
    Ok(if findings.is_empty() { Exit::Complete } else { Exit::Incomplete })
}

fn read(file: &Path) -> Result<Lexicon> {
    let name = file.display().to_string();
    let bytes = file::document(file).with_context(|| format!("`{name}` cannot be read"))?;
    let problems = match Lexicon::parse_all(&name, &bytes) {
        Ok(lexicon) => return Ok(lexicon),
        Err(problems) => problems,
    };
    if let [problem] = &problems[..] {
        return Err(problem.clone().into());
    }
    problems.iter().take(MOST_PROBLEMS).for_each(|problem| output::note(&problem.to_string()));
    bail!("`{name}` has {} problems; mend them and check it again", problems.len());
}

/// How many problems of one file are shown at once.
const MOST_PROBLEMS: usize = 50;

/// The text of every row: the field `text` of a JSON object, or the line.
fn rows_of(file: &Path) -> Result<Vec<String>> {
    let text = file::text(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    let row = |line: &str| {
        let json = serde_json::from_str::<Value>(line).ok();
        let field = json.as_ref().and_then(|row| row.get("text")).and_then(Value::as_str).map(str::to_owned);
        field.unwrap_or_else(|| line.to_owned())
    };
    let is_row = |line: &&str| !line.trim().is_empty() && !line.starts_with("# ");
    let rows: Vec<String> = text.lines().filter(is_row).map(row).collect();
    if rows.is_empty() {
        bail!("`{}` has no row; give a file with ordinary text", file.display());
    }
    Ok(rows)
}

/// The terms for which a stream keeps back text behind them, with how many characters. A whole word waits for the one
/// character that ends it, and is not worth a line.
fn keep_back(lexicons: &[Lexicon]) -> Vec<(&str, &str, usize)> {
    let terms = lexicons.iter().flat_map(|lexicon| lexicon.terms.iter().map(|term| (lexicon.name.as_str(), term)));
    let kept = terms.map(|(lexicon, term)| (lexicon, term.text.as_str(), term.context.keeps_back()));
    kept.filter(|(_, _, n_chars)| *n_chars > 0).collect()
}

/// Who compiled it and when.
fn of_header(lexicon: &Lexicon) -> Vec<String> {
    let missing =
        |is_there: bool, key: &str| (!is_there).then(|| format!("{}: `# {key}:` is missing; say it", lexicon.name));
    let header = &lexicon.header;
    let all = [
        missing(header.source.is_some(), "source"),
        missing(header.date.is_some(), "date"),
        missing(header.licence.is_some(), "licence"),
    ];
    all.into_iter().flatten().collect()
}

/// The text as it is matched, without what shows nothing or separates.
fn key(text: &str) -> String {
    view(text).as_str().chars().filter(|c| !c.is_whitespace()).collect()
}

/// Duplicates, terms that others cover, exceptions that cover nothing, categories nobody registered.
fn of_terms(lexicons: &[Lexicon], registry: &Registry) -> Vec<String> {
    let mut findings = Vec::new();
    let all: Vec<(&Lexicon, &Term, String)> = lexicons
        .iter()
        .flat_map(|lexicon| lexicon.terms.iter().map(move |term| (lexicon, term, key(&term.text))))
        .collect();
    let mut seen: BTreeMap<(&str, &str, bool, String), &str> = BTreeMap::new();
    for (lexicon, term, key) in &all {
        let (name, text, category) = (&lexicon.name, &term.text, term.category.as_str());
        if category != specialis_text::ANY_CATEGORY && !registry.categories.contains_key(&term.category) {
            let known = registry.categories.keys().map(|id| id.as_str());
            let near = specialis_core::nearest(category, known).unwrap_or("none");
            findings.push(format!("{name}: `{text}` has the unknown category `{category}`; nearest is `{near}`"));
        }
        // The same term with another context is another term: one looks to the left, one to the right.
        let context = format!("{:?}", term.context);
        match seen.insert((key.as_str(), category, term.flags.is_exception, context), name) {
            Some(other) => {
                findings.push(format!("{name}: `{text}` stands in `{other}` too for `{category}`; leave one out"))
            }
            None if !term.flags.is_exception => findings.extend(covered(name, term, key, &all)),
            None => findings.extend(useless(name, term, key, lexicon)),
        }
        findings.extend(heavy(name, term));
        findings.extend(idle(name, term, key));
    }
    findings
}

/// The weight of a term from which a person looks at it in what goes out, by the scale in the documentation.
const HEAVY: u8 = 50;
/// The weight from which a term counts at all.
const COUNTS: u8 = 20;

/// A risk at which a person would look wherever its term stands.
fn heavy(name: &str, term: &Term) -> Option<String> {
    let is_risk = matches!(term.category.as_str().as_bytes(), [b'a', b'1'..=b'5', b'.', ..]);
    let is_bare = term.context.clauses.is_empty() && !term.flags.is_exception;
    (is_risk && is_bare && term.weight >= HEAVY).then(|| {
        let advice = "give it a context, or at most 45 and the flag `unlawful`";
        format!("{name}: `{}` weighs {} wherever it stands; {advice}", term.text, term.weight)
    })
}

/// Context words that cannot take effect: named twice, holding the term itself, or both asked for and forbidden.
fn idle(name: &str, term: &Term, own: &str) -> Vec<String> {
    let clauses = &term.context.clauses;
    let words = clauses.iter().flat_map(|clause| clause.words.iter().map(move |word| (clause, word, key(word))));
    let words: Vec<_> = words.collect();
    let mut findings = Vec::new();
    for (n, (clause, word, spelled)) in words.iter().enumerate() {
        let others = || words.iter().take(n).filter(|(_, _, other)| other == spelled);
        let is_wanted = |kind: ClauseKind| !matches!(kind, ClauseKind::NotNear | ClauseKind::RightNotNear);
        let clash = others().find(|(other, ..)| {
            other.kind.is_right() == clause.kind.is_right() && is_wanted(other.kind) != is_wanted(clause.kind)
        });
        let problem = if spelled.contains(own) {
            Some("holds the term itself, which is never near itself")
        } else if others().any(|(other, ..)| other.kind == clause.kind) {
            Some("stands there twice")
        } else if clash.is_some() {
            Some("is asked for and forbidden on the same side")
        } else {
            None
        };
        if let Some(problem) = problem {
            findings.push(format!("{name}: `{word}` in the context of `{}` {problem}; leave it out", term.text));
        }
    }
    findings
}

/// A term that a shorter one of the same category finds anyway, with the same or more weight and no context of its own.
fn covered(name: &str, term: &Term, key: &str, all: &[(&Lexicon, &Term, String)]) -> Option<String> {
    let covers = |other: &&(&Lexicon, &Term, String)| {
        other.2.len() < key.len()
            && key.contains(other.2.as_str())
            && other.1.category == term.category
            && !other.1.flags.is_exception
            && !other.1.flags.is_word
            && other.1.weight >= term.weight
            && other.1.context.clauses.is_empty()
    };
    let shorter = all.iter().filter(covers).find(|(_, shorter, _)| finds(shorter, &term.text))?;
    Some(format!("{name}: `{}` is covered by `{}`; leave it out or give it more weight", term.text, shorter.1.text))
}

/// Whether a term is found in a text. Where words stand over its edges it is not, though its letters stand there.
fn finds(term: &Term, text: &str) -> bool {
    let lexicon = Lexicon { name: "one".to_owned(), header: LexiconHeader::default(), terms: vec![term.clone()] };
    let index = IndexBuilder::new().lexicon(&lexicon).build();
    index.is_ok_and(|index| !index.scan(text).hits.is_empty())
}

/// An exception that covers no term of its own lexicon.
fn useless(name: &str, term: &Term, key: &str, lexicon: &Lexicon) -> Option<String> {
    let covers = |other: &&Term| {
        !other.flags.is_exception
            && key.contains(self::key(&other.text).as_str())
            && (term.category == other.category || term.category.as_str() == specialis_text::ANY_CATEGORY)
    };
    let is_useful = lexicon.terms.iter().any(|other| covers(&other));
    (!is_useful).then(|| format!("{name}: the exception `{}` covers no term of this lexicon; leave it out", term.text))
}

/// Terms that hit more of the benign rows than the limit.
fn too_broad(lexicons: &[Lexicon], rows: &[String], limit: f64) -> Result<Vec<String>> {
    let mut builder = IndexBuilder::new();
    for lexicon in lexicons {
        builder.lexicon(lexicon);
    }
    let index = builder.build()?;
    let mut n_hit: BTreeMap<(String, u32), u32> = BTreeMap::new();
    for row in rows {
        let mut terms: Vec<(String, u32)> = Vec::new();
        for hit in index.scan(row).hits.into_iter().filter(|hit| hit.weight >= COUNTS) {
            if let HitOrigin::Lexicon { lexicon, term } = hit.origin {
                terms.push((lexicon.to_string(), term));
            }
        }
        terms.sort();
        terms.dedup();
        for term in terms {
            let n = n_hit.entry(term).or_default();
            *n = n.saturating_add(1);
        }
    }
    let n_rows = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let mut findings = Vec::new();
    for ((name, term), n) in n_hit {
        let share = f64::from(n) / f64::from(n_rows) * 100.0;
        let text = lexicons
            .iter()
            .find(|lexicon| lexicon.name == name)
            .and_then(|lexicon| lexicon.terms.get(usize::try_from(term).ok()?));
        if let Some(text) = text.filter(|_| share > limit) {
            let advice = "give it a context, an exception or a lower weight";
            let rows = counted(n_rows, "benign row", "benign rows");
            findings.push(format!("{name}: `{}` hits {n} of {rows} ({share:.2} %); {advice}", text.text));
        }
    }
    Ok(findings)
}
