//! What the page is made of.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, anyhow};
use toml::{Table, Value};

use crate::tidy::Tree;

const LAW: &str = "guest-policies/registry/coverage.toml";

/// What an article stands on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stands {
    /// Rules by their ids, each with one of its duties where it carries the article by that one alone: `IM10 im.art10.uses`.
    Rules(Vec<String>),
    Reason(String),
}

/// One instrument's articles.
#[derive(Debug)]
pub(super) struct Instrument {
    pub(super) id: String,
    pub(super) title: String,
    /// Every article that must have a row, in order.
    pub(super) articles: Vec<String>,
    pub(super) rows: BTreeMap<String, Stands>,
}

/// The table of the law.
#[derive(Debug)]
pub(super) struct Law {
    pub(super) instruments: Vec<Instrument>,
    /// The numbered rules of the sectors.
    pub(super) numbered: Vec<String>,
}

/// One rule as its manifest and vectors show it.
#[derive(Debug, Default)]
pub(super) struct Rule {
    pub(super) policy: String,
    pub(super) en: String,
    pub(super) duties: Vec<String>,
    pub(super) cites: Vec<String>,
    /// Duties by the citations on which vectors expect an answer on them.
    pub(super) cited: BTreeMap<String, BTreeSet<String>>,
    pub(super) kinds: BTreeSet<String>,
    pub(super) n_vectors: usize,
    /// Vectors that expect the rule to ask for something.
    pub(super) n_asking: usize,
}

/// Reads the table of the law.
pub(super) fn law(tree: &Tree) -> Result<Law> {
    let table = parse(tree, LAW)?;
    let mut law = Law { instruments: Vec::new(), numbered: Vec::new() };
    for id in in_order(tree) {
        let Some(Value::Table(entry)) = table.get(&id) else { continue };
        if id == "sectors" {
            for range in entry.values().filter_map(Value::as_str) {
                law.numbered.extend(numbers(range));
            }
            continue;
        }
        let word = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut rows = BTreeMap::new();
        for (article, value) in entry.iter().filter(|(key, _)| !matches!(key.as_str(), "title" | "articles")) {
            let stands = match value {
                Value::Array(rules) => {
                    Stands::Rules(rules.iter().filter_map(Value::as_str).map(str::to_owned).collect())
                }
                Value::String(reason) => Stands::Reason(reason.clone()),
                Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) | Value::Table(_) => {
                    Stands::Reason(String::new())
                }
            };
            rows.insert(article.clone(), stands);
        }
        let articles = numbers(&word("articles"));
        law.instruments.push(Instrument { title: word("title"), articles, rows, id });
    }
    Ok(law)
}

/// The names of the tables in the order of the file.
fn in_order(tree: &Tree) -> Vec<String> {
    let text = tree.text(LAW).unwrap_or_default();
    text.lines().filter_map(|line| line.strip_prefix('[')?.strip_suffix(']')).map(str::to_owned).collect()
}

/// `1-3, 7` or `N1-N3` as single numbers.
fn numbers(ranges: &str) -> Vec<String> {
    let mut all = Vec::new();
    for range in ranges.split(',').map(str::trim).filter(|range| !range.is_empty()) {
        // A paragraph or an item of an article, such as `9(1)`, stands alone.
        if range.ends_with(')') {
            all.push(range.to_owned());
            continue;
        }
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let prefix: String = first.chars().take_while(|c| !c.is_ascii_digit()).collect();
        let number = |text: &str| text.trim_start_matches(|c: char| !c.is_ascii_digit()).parse::<u32>().unwrap_or(0);
        all.extend((number(first)..=number(last)).map(|n| format!("{prefix}{n}")));
    }
    all
}

/// Every rule of every policy, by id.
pub(super) fn policies(tree: &Tree) -> Result<BTreeMap<String, Rule>> {
    let mut rules = BTreeMap::new();
    let manifests: Vec<&str> = tree
        .with_extension(&["toml"])
        .map(|(path, _)| path)
        .filter(|path| path.starts_with("guest-policies/") && path.ends_with("/policy.toml"))
        .collect();
    for path in &manifests {
        let manifest = parse(tree, path)?;
        let policy = manifest.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        for (id, entry) in manifest.get("rules").and_then(Value::as_table).into_iter().flatten() {
            let words = |key: &str| -> Vec<String> {
                let list = entry.get(key).and_then(Value::as_array).into_iter().flatten();
                list.filter_map(Value::as_str).map(str::to_owned).collect()
            };
            let mut cites = Vec::new();
            for (instrument, articles) in entry.get("cites").and_then(Value::as_table).into_iter().flatten() {
                let articles = articles.as_array().into_iter().flatten().filter_map(Value::as_str);
                cites.extend(articles.map(|article| format!("{instrument} {article}")));
            }
            let en = entry.get("en").and_then(Value::as_str).unwrap_or_default().to_owned();
            let rule = Rule { policy: policy.clone(), en, duties: words("duties"), cites, ..Rule::default() };
            rules.insert(id.clone(), rule);
        }
    }
    for (path, _) in tree.with_extension(&["toml"]).filter(|(path, _)| path.contains("/vectors/")) {
        if path.starts_with("guest-policies/") {
            vectors(path, &parse(tree, path)?, &mut rules)?;
        }
    }
    Ok(rules)
}

fn vectors(path: &str, file: &Table, rules: &mut BTreeMap<String, Rule>) -> Result<()> {
    let id = file.get("rule").and_then(Value::as_str).unwrap_or_default();
    let rule = rules.get_mut(id).ok_or_else(|| anyhow!("`{path}` is of rule `{id}`, which no policy declares"))?;
    let base = file.get("event").and_then(|event| event.get("kind")).and_then(Value::as_str).unwrap_or_default();
    for vector in file.get("vector").and_then(Value::as_array).into_iter().flatten() {
        let set = vector.get("set").and_then(Value::as_table);
        let kind = set.and_then(|set| set.get("event.kind")).and_then(Value::as_str).unwrap_or(base);
        let is_open = vector.get("point").and_then(Value::as_str) == Some("open");
        rule.kinds.insert(if is_open { "open" } else { kind }.to_owned());
        let expected = vector.get("expect").and_then(Value::as_array).into_iter().flatten();
        for one in expected.clone() {
            let word = |key: &str| one.get(key).and_then(Value::as_str).map(str::to_owned);
            if let (Some(cite), Some(duty)) = (word("cite"), word("duty")) {
                rule.cited.entry(cite).or_default().insert(duty);
            }
        }
        let cases: Vec<&str> = expected.filter_map(|one| one.get("case").and_then(Value::as_str)).collect();
        rule.n_vectors = rule.n_vectors.saturating_add(1);
        let asks = cases.iter().any(|case| matches!(*case, "require" | "instead-of" | "unknown"));
        rule.n_asking = rule.n_asking.saturating_add(usize::from(asks));
    }
    Ok(())
}

fn parse(tree: &Tree, path: &str) -> Result<Table> {
    let text = tree.text(path).ok_or_else(|| anyhow!("`{path}` is missing"))?;
    text.parse::<Table>().with_context(|| format!("`{path}` cannot be read"))
}
