//! Addresses of the network: e-mail and IP.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::number::{self, is_digit};
use super::sight::{Found, Glyph, Reading, Sight, Wait};
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

/// E-mail addresses with an ASCII local part and a domain that has a dot; one space on either side of the `@` is read
/// over, and an ideographic full stop counts as a dot.
pub(super) fn email(sight: &Sight, first: usize) -> Reading {
    if sight.before(first, 1).is_some_and(|c| is_local(&c)) {
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
    Ok(domain_end(sight, domain)?.map(|end| Found {
        first: begin,
        last: end.saturating_sub(1),
        next: begin.saturating_add(1),
    }))
}

fn skip_space(sight: &Sight, place: usize) -> Result<usize, Wait> {
    let is_space = sight.class(place)? == Some(Class::Space);
    Ok(place.saturating_add(usize::from(is_space)))
}

/// Where the domain ends: labels with dots between, the last one of letters alone.
fn domain_end(sight: &Sight, domain: usize) -> Result<Option<usize>, Wait> {
    let mut place = domain;
    let mut best = None;
    let mut n_labels = 0_usize;
    while place.saturating_sub(domain) <= MAX_DOMAIN {
        let n_label = sight.run(place, MAX_LABEL, |c| is_plain(c) || c.ch == '-')?;
        if n_label == 0 {
            break;
        }
        let end = place.saturating_add(n_label);
        n_labels = n_labels.saturating_add(1);
        let is_top = sight.part(place..end).iter().all(|c| c.class == Class::Ascii) && (2..=MAX_TOP).contains(&n_label);
        if n_labels >= 2 && is_top {
            best = Some(end);
        }
        if !matches!(sight.ch(end)?, '.' | '。') {
            break;
        }
        place = end.saturating_add(1);
    }
    Ok(best)
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

/// IPv4 addresses, without those that name no machine of anybody (loopback, unspecified, broadcast).
pub(super) fn ipv4(sight: &Sight, first: usize) -> Reading {
    let before = sight.before(first, 1);
    let is_after_dot = before.is_some_and(|c| is_dot(&c)) && sight.before(first, 2).is_some_and(|c| is_digit(&c));
    if is_after_dot || before.is_some_and(|c| c.class.is_word()) {
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
    Ok(if !names_nobody && number::ends_clean(sight, last)? { Found::new(first, last) } else { None })
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
    Ok(if is_address { Found::new(first, end.saturating_sub(1)) } else { None })
}

fn is_part(c: &Glyph) -> bool {
    is_digit(c) || matches!(c.ch, 'a'..='f' | ':')
}

/// A token as an address. Two short words with `::` between are a path in a program.
fn is_ipv6(token: &[Glyph]) -> bool {
    let text: String = token.iter().take(MAX_IPV6.saturating_add(1)).map(|c| c.ch).collect();
    let Some(address) = text.parse::<Ipv6Addr>().ok().filter(|_| text.len() <= MAX_IPV6) else { return false };
    let n_groups = text.split(':').filter(|group| !group.is_empty()).count();
    let is_telling = n_groups >= 3 || text.split(':').any(|group| group.len() == 4);
    let names_nobody = address.is_loopback() || address.is_unspecified();
    let has_digit = text.contains(|c: char| c.is_ascii_digit());
    is_telling && has_digit && !names_nobody
}
