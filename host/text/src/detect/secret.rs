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
    for first in 0..chars.len() {
        let Some(rest) = chars.get(first..) else { break };
        let is_edge = !number::class(chars, first.checked_sub(1)).is_some_and(Class::is_word);
        if !is_edge || found.last().is_some_and(|last| rest.first().is_some_and(|c| c.start < last.end)) {
            continue;
        }
        found.extend(published(rest).or_else(|| assigned(rest)).or_else(|| pem(rest)));
    }
    found
}

fn published(rest: &[ViewChar]) -> Option<Range<usize>> {
    FORMS.iter().find_map(|form| {
        let value = rest.get(form.prefix.len()..).filter(|_| begins(rest, form.prefix))?;
        // A token in three parts (JSON Web Token) has dots between them.
        let n = n_value(value, form.prefix == "eyj");
        is_random(value.get(..n)?, form.n_least).then(|| span(rest, form.prefix.len().checked_add(n)?))?
    })
}

fn assigned(rest: &[ViewChar]) -> Option<Range<usize>> {
    let name = NAMES.iter().find(|name| begins(rest, name))?;
    let after = rest.get(name.len()..)?;
    let n_joint = after.iter().take_while(|c| c.class == Class::Space || "\"':=>`是为".contains(c.ch)).count();
    let joint = after.get(..n_joint).filter(|joint| joint.len() <= MAX_ASSIGNMENT)?;
    if !joint.iter().any(|c| ":=是为".contains(c.ch)) {
        return None;
    }
    let value = after.get(n_joint..)?;
    let n = n_value(value, false);
    is_random(value.get(..n)?, MIN_VALUE).then(|| span(value, n))?
}

fn pem(rest: &[ViewChar]) -> Option<Range<usize>> {
    let line = PEM.iter().find(|line| begins(rest, line))?;
    span(rest, line.len())
}

/// Whether the view goes on with an ASCII text.
fn begins(rest: &[ViewChar], text: &str) -> bool {
    rest.len() >= text.len() && rest.iter().zip(text.chars()).all(|(c, other)| c.ch == other)
}

fn n_value(value: &[ViewChar], has_dots: bool) -> usize {
    let is_value = |c: &&ViewChar| {
        matches!(c.class, Class::Digit | Class::Ascii) || matches!(c.ch, '-' | '_') || (has_dots && c.ch == '.')
    };
    value.iter().take_while(is_value).count()
}

fn is_random(value: &[ViewChar], n_least: usize) -> bool {
    let n_digits = value.iter().filter(|c| c.class == Class::Digit).count();
    let has_letter = value.iter().any(|c| c.class == Class::Ascii);
    let first = value.first().map(|c| c.ch);
    let is_varied = value.iter().any(|c| Some(c.ch) != first);
    value.len() >= n_least && n_digits >= MIN_DIGITS && has_letter && is_varied
}

fn span(chars: &[ViewChar], n: usize) -> Option<Range<usize>> {
    number::span(chars, 0, n.checked_sub(1)?)
}
