//! Keys and tokens of services, by their published forms, and values assigned to names such as `api_key`.

use std::ops::Range;

use super::Sight;
use super::number;
use crate::table::Class;
use crate::view::ViewChar;

/// A published form: what a key begins with, and how many characters follow at least.
struct Form {
    prefix: &'static str,
    n_least: usize,
}

const fn form(prefix: &'static str, n_least: usize) -> Form {
    Form { prefix, n_least }
}

/// Published forms, in the lower case of the view.
const FORMS: [Form; 24] = [
    form("sk-", 20),
    form("sk_live_", 16),
    form("sk_test_", 16),
    form("rk_live_", 16),
    form("akia", 16),
    form("asia", 16),
    form("akid", 32),
    form("ltai", 12),
    form("aiza", 35),
    form("ghp_", 36),
    form("gho_", 36),
    form("ghs_", 36),
    form("ghu_", 36),
    form("github_pat_", 40),
    form("glpat-", 20),
    form("xoxb-", 20),
    form("xoxp-", 20),
    form("hf_", 30),
    form("npm_", 36),
    form("pypi-", 40),
    form("eyj", 40),
    form("ya29.", 30),
    form("sg.", 40),
    form("dop_v1_", 40),
];

/// Names whose assigned value is a secret.
const NAMES: [&str; 13] = [
    "api_key", "apikey", "api-key", "api key", "access_key", "accesskey", "access_token", "accesstoken", "secret_key",
    "secretkey", "app_secret", "appsecret", "client_secret",
];
/// The fewest characters of an assigned value.
const MIN_VALUE: usize = 16;
/// The most characters between a name and its value, as in `apikey" : "`.
const MAX_ASSIGNMENT: usize = 6;
/// The fewest digits in a key: words have none, keys of such lengths have them but for one in a thousand.
const MIN_DIGITS: usize = 2;
/// How much of a value is looked at to tell whether it is random.
const MAX_TELLING: usize = 64;
/// The first line of a private key in PEM form.
const PEM: [&str; 5] = [
    "-----begin private key-----",
    "-----begin rsa private key-----",
    "-----begin ec private key-----",
    "-----begin openssh private key-----",
    "-----begin encrypted private key-----",
];

/// Keys and tokens.
pub(super) fn keys(sight: &Sight) -> Vec<Range<usize>> {
    let chars = sight.chars;
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut ends = Ends::default();
    for first in 0..chars.len() {
        let Some(rest) = chars.get(first..) else { break };
        let is_edge = !number::class(chars, first.checked_sub(1)).is_some_and(Class::is_word);
        if !is_edge || found.last().is_some_and(|last| rest.first().is_some_and(|c| c.start < last.end)) {
            continue;
        }
        let key = published(chars, first, &mut ends).or_else(|| assigned(chars, first, &mut ends));
        found.extend(key.or_else(|| pem(rest)));
    }
    found
}

fn published(chars: &[ViewChar], first: usize, ends: &mut Ends) -> Option<Range<usize>> {
    let rest = chars.get(first..)?;
    FORMS.iter().filter(|form| begins(rest, form.prefix)).find_map(|form| {
        let begin = first.checked_add(form.prefix.len())?;
        // A token in three parts (JSON Web Token) has dots between them.
        let end = if form.prefix == "eyj" { ends.of_token(chars, begin) } else { ends.of_value(chars, begin) };
        is_random(chars.get(begin..end)?, form.n_least).then(|| span(chars, first, end))?
    })
}

fn assigned(chars: &[ViewChar], first: usize, ends: &mut Ends) -> Option<Range<usize>> {
    let rest = chars.get(first..)?;
    let name = NAMES.iter().find(|name| begins(rest, name))?;
    let after = rest.get(name.len()..)?.iter().take(MAX_ASSIGNMENT.saturating_add(1));
    let n_joint = after.clone().take_while(|c| c.class == Class::Space || "\"':=>`是为".contains(c.ch)).count();
    if n_joint > MAX_ASSIGNMENT || !after.take(n_joint).any(|c| ":=是为".contains(c.ch)) {
        return None;
    }
    let begin = first.checked_add(name.len())?.checked_add(n_joint)?;
    let end = ends.of_value(chars, begin);
    is_random(chars.get(begin..end)?, MIN_VALUE).then(|| span(chars, begin, end))?
}

/// Where the value or token that was last asked for ends, so that each is walked over once.
#[derive(Debug, Default)]
struct Ends {
    value: usize,
    token: usize,
}

impl Ends {
    fn of_value(&mut self, chars: &[ViewChar], begin: usize) -> usize {
        if begin >= self.value {
            self.value = begin.saturating_add(chars.iter().skip(begin).take_while(|c| is_value(c)).count());
        }
        self.value
    }

    fn of_token(&mut self, chars: &[ViewChar], begin: usize) -> usize {
        if begin >= self.token {
            let is_token = |c: &&ViewChar| is_value(c) || c.ch == '.';
            self.token = begin.saturating_add(chars.iter().skip(begin).take_while(is_token).count());
        }
        self.token
    }
}

fn pem(rest: &[ViewChar]) -> Option<Range<usize>> {
    let line = PEM.iter().find(|line| begins(rest, line))?;
    span(rest, 0, line.len())
}

/// Whether the view goes on with an ASCII text.
fn begins(rest: &[ViewChar], text: &str) -> bool {
    rest.len() >= text.len() && rest.iter().zip(text.chars()).all(|(c, other)| c.ch == other)
}

fn is_value(c: &ViewChar) -> bool {
    matches!(c.class, Class::Digit | Class::Ascii) || matches!(c.ch, '-' | '_')
}

/// Whether a value is long enough and looks drawn rather than written; its beginning tells.
fn is_random(value: &[ViewChar], n_least: usize) -> bool {
    let beginning = || value.iter().take(MAX_TELLING);
    let n_digits = beginning().filter(|c| c.class == Class::Digit).count();
    let has_letter = beginning().any(|c| c.class == Class::Ascii);
    let first = value.first().map(|c| c.ch);
    let is_varied = beginning().any(|c| Some(c.ch) != first);
    value.len() >= n_least && n_digits >= MIN_DIGITS && has_letter && is_varied
}

fn span(chars: &[ViewChar], first: usize, end: usize) -> Option<Range<usize>> {
    number::span(chars, first, end.checked_sub(1)?)
}
