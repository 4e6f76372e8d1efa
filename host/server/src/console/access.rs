//! Who is signed in: sessions of browsers, each with a role and a token against forged forms.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::HeaderMap;
use hyper::header::COOKIE;

use crate::config::{Role, TokenDigest};
use crate::native::random_id;
use crate::reviews::Reviewer;

/// The name of the cookie.
pub(super) const COOKIE_NAME: &str = "specialis-console";
/// How long somebody stays signed in without opening a page.
const IDLE: Duration = Duration::from_secs(8 * 3_600);
/// How many may be signed in at once; the one that was idle longest gives way.
const MAX: usize = 200;

/// Sessions of browsers, and codes that let somebody in once.
#[derive(Debug, Default)]
pub(crate) struct Access(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    sessions: HashMap<TokenDigest, Entry>,
    codes: Vec<TokenDigest>,
}

#[derive(Debug)]
struct Entry {
    visitor: Visitor,
    used: Instant,
}

/// What a token says of who signs in with it.
#[derive(Clone, Debug, Default)]
pub(super) struct Person {
    pub(super) role: Role,
    /// The tenant; empty where there is none.
    pub(super) tenant: String,
    /// As who it decides on reviews, where it may.
    pub(super) reviewer: Option<Reviewer>,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    pub(super) person: Person,
    /// What a form must send back.
    pub(super) form_token: String,
}

impl Visitor {
    /// Whether it may change something.
    pub(super) fn may_change(&self) -> bool {
        self.person.role == Role::Operator
    }
}

impl Access {
    fn with<T>(&self, work: impl FnOnce(&mut Table) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A code that lets one operator in, once.
    pub(crate) fn new_code(&self) -> Option<String> {
        let code = random_id()?;
        self.with(|table| table.codes.push(TokenDigest::of(&code)));
        Some(code)
    }

    /// Uses up a code; whether there was one.
    pub(super) fn use_code(&self, code: &str) -> bool {
        let code = TokenDigest::of(code);
        self.with(|table| {
            let before = table.codes.len();
            table.codes.retain(|known| *known != code);
            table.codes.len() < before
        })
    }

    /// Signs somebody in; the value of the cookie.
    pub(super) fn sign_in(&self, person: Person) -> Option<String> {
        let (id, form_token) = (random_id()?, random_id()?);
        let entry = Entry { visitor: Visitor { person, form_token }, used: Instant::now() };
        self.with(|table| {
            table.sessions.retain(|_, entry| entry.used.elapsed() < IDLE);
            while table.sessions.len() >= MAX {
                let Some(oldest) = table.sessions.iter().min_by_key(|(_, entry)| entry.used).map(|(id, _)| *id) else {
                    break;
                };
                table.sessions.remove(&oldest);
            }
            table.sessions.insert(TokenDigest::of(&id), entry);
        });
        Some(id)
    }

    /// Who sends a request, if it is signed in.
    pub(super) fn visitor(&self, headers: &HeaderMap) -> Option<Visitor> {
        let id = TokenDigest::of(cookie(headers, COOKIE_NAME)?);
        self.with(|table| {
            let entry = table.sessions.get_mut(&id).filter(|entry| entry.used.elapsed() < IDLE)?;
            entry.used = Instant::now();
            Some(entry.visitor.clone())
        })
    }

    /// Signs somebody out.
    pub(super) fn sign_out(&self, headers: &HeaderMap) {
        if let Some(id) = cookie(headers, COOKIE_NAME) {
            let id = TokenDigest::of(id);
            self.with(|table| table.sessions.remove(&id));
        }
    }
}

/// The value of a cookie.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_lets_in_once_and_a_session_ends_when_it_is_signed_out() {
        let access = Access::default();
        let code = access.new_code().unwrap();
        assert!(!access.use_code("another"));
        assert!(access.use_code(&code) && !access.use_code(&code));
        let mut headers = HeaderMap::new();
        assert!(access.visitor(&headers).is_none());
        let id = access.sign_in(Person::default()).unwrap();
        headers.insert(COOKIE, format!("a=b; {COOKIE_NAME}={id}").parse().unwrap());
        assert!(access.visitor(&headers).is_some_and(|visitor| !visitor.may_change()));
        access.sign_out(&headers);
        assert!(access.visitor(&headers).is_none());
    }

    #[test]
    fn sessions_are_bounded() {
        let access = Access::default();
        for _ in 0..MAX + 5 {
            access.sign_in(Person::default()).unwrap();
        }
        assert_eq!(access.with(|table| table.sessions.len()), MAX);
    }
}
