//! Addresses of the network: e-mail and IP.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::context::{self, Kind, Says};
use super::edges::{self, Edge, follows_escape};
use super::mode::DetectorMode;
use super::number::{Strength, is_digit};
use super::sight::{Found, Glyph, Reading, Sight, Wait};
use super::tops;
use crate::table::Class;

/// The longest local part (RFC 5321, 4.5.3.1.1).
const MAX_LOCAL: usize = 64;
/// The longest domain that is read.
const MAX_DOMAIN: usize = 253;
/// The longest label of a domain (RFC 1035, 2.3.4).
const MAX_LABEL: usize = 63;
/// The longest top-level domain that is taken for one.
const MAX_TOP: usize = 24;
/// The longest IPv6 address as text.
const MAX_IPV6: usize = 45;

/// E-mail addresses with an ASCII local part and a domain that ends in a registered top-level domain; one space on either
/// side of the `@` is read over, and an ideographic full stop counts as a dot. What programs write with an `@` is none:
/// `git@host:path`, `this@Label.name`, `icon@2x.png`, `scheme://user@host`.
pub(super) fn email(sight: &Sight, first: usize) -> Reading {
    if sight.before(first, 1).is_some_and(|c| is_local(&c) || c.ch == '@') {
        return Ok(None);
    }
    let n_local = sight.run(first, MAX_LOCAL.saturating_add(1), is_local)?;
    // A dot at the start ends something else: `联系...zhang@example.com`.
    let n_dots = sight.run(first, n_local, |c| is_dot(c) || c.ch == '-')?;
    if n_dots == n_local || n_local > MAX_LOCAL {
        return Ok(None);
    }
    let sign = skip_space(sight, first.saturating_add(n_local))?;
    if sight.ch(sign)? != '@' {
        return Ok(None);
    }
    let domain = skip_space(sight, sign.saturating_add(1))?;
    let begin = first.saturating_add(n_dots);
    let Some((end, strength)) = domain_end(sight, domain)? else { return Ok(None) };
    let is_found = is_mail(sight, (begin, first.saturating_add(n_local)), end, strength)?;
    Ok(is_found.then_some(Found { first: begin, last: end.saturating_sub(1), next: begin.saturating_add(1) }))
}

/// Whether what has the form of an address is one, by the words before it and by what stands around it.
fn is_mail(sight: &Sight, local: (usize, usize), end: usize, strength: Strength) -> Result<bool, Wait> {
    let (begin, local_end) = local;
    let says = context::says(sight, begin, Kind::Mail);
    if says == Says::For {
        return Ok(true);
    }
    let name: String = sight.part(begin..local_end).iter().map(|c| c.ch).collect();
    let is_label = matches!(name.as_str(), "this" | "super" | "return" | "break" | "continue");
    let after = sight.at(end)?;
    let is_path = after.is_some_and(|c| c.ch == ':')
        && sight.at(end.saturating_add(1))?.is_some_and(|c| is_plain(&c) || "/~".contains(c.ch));
    let is_told = strength == Strength::Form && says == Says::Nothing && sight.mode == DetectorMode::Form;
    // What a program calls has a bracket of one byte; `（工作）` is what a person adds.
    let is_call = after.is_some_and(|c| c.ch == '(' && c.n_bytes == 1);
    Ok(is_told && !is_label && !is_path && !is_call && !follows_scheme(sight, begin))
}

/// Whether `://` stands in what is written without a space before `place`.
fn follows_scheme(sight: &Sight, place: usize) -> bool {
    let is_written = |c: &&Glyph| c.class.is_word() || c.class == Class::Separator;
    let mut slashes = 0_u8;
    for c in sight.left(place).take_while(is_written) {
        match c.ch {
            '/' => slashes = slashes.saturating_add(1),
            ':' if slashes == 2 => return true,
            _ => slashes = 0,
        }
    }
    false
}

fn skip_space(sight: &Sight, place: usize) -> Result<usize, Wait> {
    let is_space = sight.class(place)? == Some(Class::Space);
    Ok(place.saturating_add(usize::from(is_space)))
}

/// Where the domain ends, and how much that tells: labels with dots between, the last one of letters alone. Where it is no
/// registered top-level domain, or is the ending of a file as well, a word has to announce the address.
fn domain_end(sight: &Sight, domain: usize) -> Result<Option<(usize, Strength)>, Wait> {
    let mut place = domain;
    let mut best = None;
    let mut n_names = 0_usize;
    let mut n_labels = 0_usize;
    while place.saturating_sub(domain) <= MAX_DOMAIN {
        let n_label = sight.run(place, MAX_LABEL, |c| is_plain(c) || c.ch == '-')?;
        if n_label == 0 {
            break;
        }
        let end = place.saturating_add(n_label);
        let label: String = sight.part(place..end).iter().map(|c| c.ch).collect();
        n_labels = n_labels.saturating_add(1);
        let is_top = label.chars().all(|c| c.is_ascii_lowercase()) && (2..=MAX_TOP).contains(&n_label);
        // `pkg@1.2.rs` is a version.
        if is_top && n_labels >= 2 && (n_names > 0 || n_labels == 2) {
            let is_telling = tops::is_registered(&label) && !tops::is_ending(&label);
            best = Some((end, if is_telling { Strength::Form } else { Strength::Weak }));
        }
        if n_labels == 1 && is_scale(&label) {
            break;
        }
        n_names = n_names.saturating_add(usize::from(!label.chars().all(|c| c.is_ascii_digit())));
        if !matches!(sight.ch(end)?, '.' | '。') {
            break;
        }
        place = end.saturating_add(1);
    }
    Ok(best)
}

/// The scale of a picture: `icon@2x.png`.
fn is_scale(label: &str) -> bool {
    label.strip_suffix('x').is_some_and(|scale| !scale.is_empty() && scale.chars().all(|c| c.is_ascii_digit()))
}

fn is_plain(c: &Glyph) -> bool {
    matches!(c.class, Class::Digit | Class::Ascii)
}

/// Whether an address may begin with a character.
pub(super) fn may_begin_email(c: char) -> bool {
    c.is_ascii_digit() || c.is_ascii_lowercase() || matches!(c, '.' | '_' | '%' | '+' | '-')
}

fn is_local(c: &Glyph) -> bool {
    is_plain(c) || matches!(c.ch, '.' | '_' | '%' | '+' | '-')
}

fn is_dot(c: &Glyph) -> bool {
    matches!(c.ch, '.' | '。')
}

/// IPv4 addresses, without those that name no machine of anybody (loopback, unspecified, broadcast), and without versions
/// and the numbers of sections.
pub(super) fn ipv4(sight: &Sight, first: usize) -> Reading {
    let before = sight.before(first, 1);
    let is_after_dot = before.is_some_and(|c| is_dot(&c)) && sight.before(first, 2).is_some_and(|c| is_digit(&c));
    let is_after_word = before.is_some_and(|c| c.class.is_word()) && !follows_escape(sight, first);
    if is_after_dot || is_after_word {
        // The rest of a longer dotted number, or a version such as `v1.2.3.4`.
        return Ok(None);
    }
    let mut place = first;
    let mut octets = [0_u8; 4];
    let mut last = first;
    for (octet, index) in octets.iter_mut().zip(0_u8..) {
        let n = sight.run(place, 4, is_digit)?;
        let end = place.saturating_add(n);
        let digits: String = sight.part(place..end).iter().map(|c| c.ch).collect();
        let value = digits.parse().ok().filter(|_| digits.len() == 1 || !digits.starts_with('0'));
        let Some(value) = value else { return Ok(None) };
        *octet = value;
        last = end.saturating_sub(1);
        if index < 3 {
            if !sight.at(end)?.is_some_and(|c| is_dot(&c)) {
                return Ok(None);
            }
            place = end.saturating_add(1);
        }
    }
    let address = Ipv4Addr::from(octets);
    let names_nobody = address.is_loopback() || address.is_unspecified() || address.is_broadcast();
    if names_nobody || matches!(edges::end(sight, last)?, Edge::Number) {
        return Ok(None);
    }
    let is_found = match context::says(sight, first, Kind::Network) {
        Says::For => true,
        Says::Against => false,
        Says::Nothing => sight.mode == DetectorMode::Form && !is_heading(sight, (first, last), octets)?,
    };
    Ok(if is_found { Found::new(first, last) } else { None })
}

/// Whether four small numbers lead a line and words follow behind a space: the number of a section.
fn is_heading(sight: &Sight, (first, last): (usize, usize), octets: [u8; 4]) -> Result<bool, Wait> {
    let leads = sight.class_before(first).is_none_or(|class| class == Class::Newline);
    let are_small = octets.iter().all(|&octet| octet < 30);
    if !leads || !are_small {
        return Ok(false);
    }
    let after = last.saturating_add(1);
    let is_word = |class: Class| class == Class::Cjk || class.is_word();
    Ok(sight.class(after)? == Some(Class::Space) && sight.class(after.saturating_add(1))?.is_some_and(is_word))
}

/// IPv6 addresses: a token of hexadecimal digits and colons. A colon on its own at either end is punctuation:
/// `IP：2001:db8::1`.
pub(super) fn ipv6(sight: &Sight, first: usize) -> Reading {
    let is_colon = |c: Option<Glyph>| c.is_some_and(|c| c.ch == ':');
    let follows_punctuation = is_colon(sight.before(first, 1)) && !sight.before(first, 2).is_some_and(|c| is_part(&c));
    let follows_token = sight.before(first, 1).is_some_and(|c| is_part(&c)) && !follows_punctuation;
    if follows_token || sight.follows_word(first) {
        return Ok(None);
    }
    let second = first.saturating_add(1);
    if sight.ch(first)? == ':' && (follows_punctuation || sight.ch(second)? != ':') {
        return Ok(None);
    }
    if !is_colon(sight.at(first)?) {
        let n_group = sight.run(first, 5, |c| is_part(c) && c.ch != ':')?;
        if n_group > 4 || !is_colon(sight.at(first.saturating_add(n_group))?) {
            return Ok(None);
        }
    }
    let n = sight.run(first, MAX_IPV6.saturating_add(2), is_part)?;
    let mut token = sight.part(first..first.saturating_add(n));
    if let Some((last, rest)) = token.split_last()
        && last.ch == ':'
        && rest.last().is_some_and(|c| c.ch != ':')
    {
        token = rest;
    }
    let end = first.saturating_add(token.len());
    let is_address = is_ipv6(token) && !sight.class(end)?.is_some_and(Class::is_word);
    let is_told = || sight.mode == DetectorMode::Form || context::says(sight, first, Kind::Network) == Says::For;
    Ok(if is_address && is_told() { Found::new(first, end.saturating_sub(1)) } else { None })
}

fn is_part(c: &Glyph) -> bool {
    is_digit(c) || matches!(c.ch, 'a'..='f' | ':')
}

/// A token as an address of one of the ranges that are assigned (unicast, local, multicast). What else has colons is a path
/// in a program or a time.
fn is_ipv6(token: &[Glyph]) -> bool {
    let text: String = token.iter().take(MAX_IPV6.saturating_add(1)).map(|c| c.ch).collect();
    let Some(address) = text.parse::<Ipv6Addr>().ok().filter(|_| text.len() <= MAX_IPV6) else { return false };
    let [first, second, ..] = address.segments();
    let is_assigned = matches!(first, 0x2000..=0x3FFF | 0xFC00..=0xFDFF | 0xFE80..=0xFEBF | 0xFF00..=0xFF0F)
        || (first == 0x64 && second == 0xFF9B);
    let n_groups = text.split(':').filter(|group| !group.is_empty()).count();
    let has_digit = text.contains(|c: char| c.is_ascii_digit());
    is_assigned && n_groups >= 2 && has_digit
}
