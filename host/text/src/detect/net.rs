//! Addresses of the network: e-mail and IP.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::Sight;
use super::number::{self, starts};
use crate::table::Class;
use crate::view::ViewChar;

/// The longest local part (RFC 5321, 4.5.3.1.1).
const MAX_LOCAL: usize = 64;
/// The longest domain that is read.
const MAX_DOMAIN: usize = 253;
/// The longest top-level domain that is taken for one.
const MAX_TOP: usize = 24;
/// The longest IPv6 address as text.
const MAX_IPV6: usize = 45;

/// E-mail addresses with an ASCII local part and a domain that has a dot; one space on either side of the `@` is read
/// over, and an ideographic full stop counts as a dot.
pub(super) fn emails(sight: &Sight) -> Vec<Range<usize>> {
    let chars = sight.chars;
    let signs = chars.iter().enumerate().filter(|(_, c)| c.ch == '@').map(|(sign, _)| sign);
    signs.filter_map(|sign| email(chars, sign)).collect()
}

fn email(chars: &[ViewChar], sign: usize) -> Option<Range<usize>> {
    let (before, from_sign) = chars.split_at_checked(sign)?;
    let after = from_sign.get(1..)?;
    let before = before.split_last().filter(|(last, _)| last.class == Class::Space).map_or(before, |(_, rest)| rest);
    let after = after.split_first().filter(|(first, _)| first.class == Class::Space).map_or(after, |(_, rest)| rest);
    let n_local = before.iter().rev().take(MAX_LOCAL.saturating_add(1)).take_while(|c| is_local(c)).count();
    let local = before.get(before.len().checked_sub(n_local)?..)?;
    // A dot at the start ends something else: `联系...zhang@example.com`.
    let n_dots = local.iter().take_while(|c| is_dot(c) || c.ch == '-').count();
    let local = local.get(n_dots..).filter(|local| !local.is_empty() && local.len() <= MAX_LOCAL)?;
    let n_domain = n_domain(after)?;
    Some(local.first()?.start..after.get(n_domain.checked_sub(1)?)?.end)
}

/// How many characters the domain has: labels with dots between, the last one of letters alone.
fn n_domain(after: &[ViewChar]) -> Option<usize> {
    let is_label = |c: &&ViewChar| matches!(c.class, Class::Digit | Class::Ascii) || c.ch == '-';
    let mut n = 0_usize;
    let mut best = None;
    let mut n_labels = 0_usize;
    while n <= MAX_DOMAIN {
        let rest = after.get(n..)?;
        let n_label = rest.iter().take_while(is_label).count();
        if n_label == 0 {
            break;
        }
        n = n.checked_add(n_label)?;
        n_labels = n_labels.saturating_add(1);
        let label = rest.get(..n_label)?;
        let is_top = label.iter().all(|c| c.class == Class::Ascii) && (2..=MAX_TOP).contains(&n_label);
        if n_labels >= 2 && is_top {
            best = Some(n);
        }
        match after.get(n) {
            Some(c) if is_dot(c) => n = n.checked_add(1)?,
            _ => break,
        }
    }
    best
}

fn is_local(c: &ViewChar) -> bool {
    matches!(c.class, Class::Digit | Class::Ascii) || matches!(c.ch, '.' | '_' | '%' | '+' | '-')
}

fn is_dot(c: &ViewChar) -> bool {
    matches!(c.ch, '.' | '。')
}

/// IPv4 and IPv6 addresses, without those that name no machine of anybody (loopback, unspecified, broadcast).
pub(super) fn addresses(sight: &Sight) -> Vec<Range<usize>> {
    let chars = sight.chars;
    let mut found: Vec<Range<usize>> = starts(chars).filter_map(|first| ipv4(chars, first)).collect();
    found.extend(ipv6s(chars));
    found
}

fn ipv4(chars: &[ViewChar], first: usize) -> Option<Range<usize>> {
    let before = number::at(chars, first.checked_sub(1));
    let is_after_dot = before.is_some_and(is_dot)
        && number::class(chars, first.checked_sub(2)).is_some_and(|class| class == Class::Digit);
    if is_after_dot || before.is_some_and(|c| c.class.is_word()) {
        // The rest of a longer dotted number, or a version such as `v1.2.3.4`.
        return None;
    }
    let mut place = first;
    let mut octets = [0_u8; 4];
    let mut last = first;
    for (index, octet) in octets.iter_mut().enumerate() {
        let n = chars.get(place..)?.iter().take(4).take_while(|c| c.class == Class::Digit).count();
        let digits: String = chars.get(place..place.checked_add(n)?)?.iter().map(|c| c.ch).collect();
        if digits.len() > 1 && digits.starts_with('0') {
            return None;
        }
        *octet = digits.parse().ok()?;
        last = place.checked_add(n)?.checked_sub(1)?;
        let dot = last.checked_add(1)?;
        if index < 3 {
            number::at(chars, Some(dot)).filter(|c| is_dot(c))?;
            place = dot.checked_add(1)?;
        }
    }
    let address = Ipv4Addr::from(octets);
    let names_nobody = address.is_loopback() || address.is_unspecified() || address.is_broadcast();
    (number::ends_clean(chars, last) && !names_nobody).then(|| number::span(chars, first, last))?
}

fn ipv6s(chars: &[ViewChar]) -> Vec<Range<usize>> {
    let is_part = |c: &&ViewChar| c.class == Class::Digit || matches!(c.ch, 'a'..='f' | ':');
    let is_colon = |place: Option<usize>| number::at(chars, place).is_some_and(|c| c.ch == ':');
    let is_word = |place: Option<usize>| number::class(chars, place).is_some_and(Class::is_word);
    let mut found = Vec::new();
    let mut first = 0_usize;
    while let Some(rest) = chars.get(first..).filter(|rest| !rest.is_empty()) {
        let end = first.saturating_add(rest.iter().take_while(is_part).count());
        // A colon on its own at either end is punctuation: `IP：2001:db8::1`.
        let second = first.saturating_add(1);
        let begin = if is_colon(Some(first)) && !is_colon(Some(second)) { second } else { first };
        let last = end.checked_sub(1);
        let until = match last {
            Some(last) if is_colon(Some(last)) && !is_colon(last.checked_sub(1)) => last,
            _ => end,
        };
        let is_alone = !is_word(begin.checked_sub(1)) && !is_word(Some(until));
        found.extend(chars.get(begin..until).filter(|_| is_alone).and_then(ipv6));
        first = end.saturating_add(1);
    }
    found
}

/// A token of hexadecimal digits and colons as an address. Two short words with `::` between are a path in a program.
fn ipv6(token: &[ViewChar]) -> Option<Range<usize>> {
    let text: String = token.iter().take(MAX_IPV6.saturating_add(1)).map(|c| c.ch).collect();
    let address: Ipv6Addr = text.parse().ok().filter(|_| text.len() <= MAX_IPV6)?;
    let n_groups = text.split(':').filter(|group| !group.is_empty()).count();
    let is_telling = n_groups >= 3 || text.split(':').any(|group| group.len() == 4);
    let names_nobody = address.is_loopback() || address.is_unspecified();
    let has_digit = text.contains(|c: char| c.is_ascii_digit());
    (is_telling && has_digit && !names_nobody).then(|| Some(token.first()?.start..token.last()?.end))?
}
