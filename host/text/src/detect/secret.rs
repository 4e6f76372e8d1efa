//! Keys and tokens of services, by their published forms, and values assigned to names such as `api_key`.

use super::number::is_digit;
use super::sight::{Found, Glyph, Reading, Sight};
use crate::table::Class;

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
/// The most characters of a key or token that are read; what goes on longer is cut there.
const MAX_VALUE: usize = 2_048;
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

/// Whether a key or its name may begin with a character.
pub(super) fn may_begin(c: char) -> bool {
    let begins = |text: &str| text.starts_with(c);
    c == '-' || FORMS.iter().any(|form| begins(form.prefix)) || NAMES.iter().any(|name| begins(name))
}

/// Keys and tokens.
pub(super) fn key(sight: &Sight, first: usize) -> Reading {
    if sight.follows_word(first) {
        return Ok(None);
    }
    if sight.ch(first)? == '-' {
        return pem(sight, first);
    }
    match published(sight, first)? {
        None => assigned(sight, first),
        found => Ok(found),
    }
}

fn published(sight: &Sight, first: usize) -> Reading {
    for form in &FORMS {
        if sight.begins(first, form.prefix)? {
            let begin = first.saturating_add(form.prefix.len());
            // A token in three parts (JSON Web Token) has dots between them.
            let n = sight.run(begin, MAX_VALUE, if form.prefix == "eyj" { is_token } else { is_value })?;
            let end = begin.saturating_add(n);
            if is_random(sight.part(begin..end), form.n_least) {
                return Ok(Found::new(first, end.saturating_sub(1)));
            }
        }
    }
    Ok(None)
}

fn assigned(sight: &Sight, first: usize) -> Reading {
    for name in NAMES {
        if sight.begins(first, name)? {
            let joint = first.saturating_add(name.len());
            let n_joint = sight.run(joint, MAX_ASSIGNMENT.saturating_add(1), is_joint)?;
            let begin = joint.saturating_add(n_joint);
            if n_joint > MAX_ASSIGNMENT || !sight.part(joint..begin).iter().any(|c| ":=是为".contains(c.ch)) {
                continue;
            }
            let end = begin.saturating_add(sight.run(begin, MAX_VALUE, is_value)?);
            if is_random(sight.part(begin..end), MIN_VALUE) {
                return Ok(Found::new(begin, end.saturating_sub(1)));
            }
        }
    }
    Ok(None)
}

fn pem(sight: &Sight, first: usize) -> Reading {
    for line in PEM {
        if sight.begins(first, line)? {
            return Ok(Found::new(first, first.saturating_add(line.len()).saturating_sub(1)));
        }
    }
    Ok(None)
}

fn is_joint(c: &Glyph) -> bool {
    c.class == Class::Space || "\"':=>`是为".contains(c.ch)
}

fn is_value(c: &Glyph) -> bool {
    matches!(c.class, Class::Digit | Class::Ascii) || matches!(c.ch, '-' | '_')
}

fn is_token(c: &Glyph) -> bool {
    is_value(c) || c.ch == '.'
}

/// Whether a value is long enough and looks drawn rather than written; its beginning tells.
fn is_random(value: &[Glyph], n_least: usize) -> bool {
    let beginning = || value.iter().take(MAX_TELLING);
    let n_digits = beginning().filter(|c| is_digit(c)).count();
    let has_letter = beginning().any(|c| c.class == Class::Ascii);
    let first = value.first().map(|c| c.ch);
    let is_varied = beginning().any(|c| Some(c.ch) != first);
    value.len() >= n_least && n_digits >= MIN_DIGITS && has_letter && is_varied
}
