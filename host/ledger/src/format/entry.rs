//! The entry: what stays of a record for ever. It has no content, no session and no user, and it is the leaf of the tree.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use specialis_core::{Date, Level};

use super::canonical;
use super::merkle::Hash;

/// The most bytes of an entry.
pub const MAX_ENTRY_BYTES: usize = 1_024;
/// The version of the form of entries. Later versions only add.
const VERSION: u8 = 1;

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryKind {
    /// A ledger was opened for writing: whether the last stop was clean, and how far the disk reached.
    Boot,
    /// A session was opened, with the facts of its context.
    Opened,
    /// The platform said something of training data: a source, or a batch of labelled data.
    Declared,
    /// An event was decided.
    Decision,
    /// The platform reported what it did about a decision.
    Settlement,
    /// The platform's own store took the content of an event, or could not.
    Kept,
    /// A user's breach was counted.
    Breach,
    /// A user's first lawful use after breaches: it ends a row of them.
    Lawful,
    /// A measure against a user took force, or was lifted.
    Measure,
    /// A breach was taken back, because a complaint succeeded.
    Refuted,
    /// Another edition became the live one.
    Edition,
    /// A key came into use, was replaced or was destroyed; or a user's standing moved to a new tag.
    Key,
    /// Records are kept and no longer used, because a period of the law still runs.
    Restrict,
    /// The bodies of records were erased.
    Erase,
    /// Bodies went, because their period was over.
    Expire,
    /// Records that were not kept: how many, from which number, and why.
    Gap,
    /// The log ends here, and names the next one.
    Close,
    /// Somebody looked at records.
    Read,
}

impl EntryKind {
    /// The word in entries.
    pub fn word(self) -> &'static str {
        match self {
            Self::Boot => "boot",
            Self::Opened => "opened",
            Self::Declared => "declared",
            Self::Decision => "decision",
            Self::Settlement => "settlement",
            Self::Kept => "kept",
            Self::Breach => "breach",
            Self::Lawful => "lawful",
            Self::Measure => "measure",
            Self::Refuted => "refuted",
            Self::Edition => "edition",
            Self::Key => "key",
            Self::Restrict => "restrict",
            Self::Erase => "erase",
            Self::Expire => "expire",
            Self::Gap => "gap",
            Self::Close => "close",
            Self::Read => "read",
        }
    }
}

/// The retention class of a body: the month at whose end it may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Class {
    year: i16,
    month: u8,
}

impl Class {
    /// The class of what has to be kept until a day.
    pub fn of(day: Date) -> Self {
        Self { year: day.year(), month: day.month() }
    }

    /// Whether its period is over on a day: the month has ended.
    pub fn is_over(self, today: Date) -> bool {
        self < Self::of(today)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Class {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no class; write a month like `2027-05`");
        let day: Date = format!("{text}-01").parse().map_err(|_| wrong())?;
        let class = Self::of(day);
        if class.to_string() == text { Ok(class) } else { Err(wrong()) }
    }
}

impl TryFrom<String> for Class {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Class> for String {
    fn from(class: Class) -> Self {
        class.to_string()
    }
}

/// A number or a word of an entry's particulars. Words are ids, digests and origins, never content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Detail {
    /// A count, a size, a number of a record.
    Number(u64),
    /// An id, a digest, an origin, or a word such as `clean`.
    Word(String),
}

impl From<u64> for Detail {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Detail {
    fn from(word: &str) -> Self {
        Self::Word(word.to_owned())
    }
}

impl From<String> for Detail {
    fn from(word: String) -> Self {
        Self::Word(word)
    }
}

/// An entry. Its canonical JSON (RFC 8785) is the leaf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Entry {
    /// The version of this form: 1.
    pub v: u8,
    /// When, by the clock of the host, to the millisecond.
    pub t: Timestamp,
    /// The boot that wrote it: 16 hexadecimal digits.
    pub boot: String,
    /// Its number in that boot, from 0. A number that is missing, and in no gap, is an omission.
    pub n: u64,
    /// Which of several entries of one number it is: a breach that a decision counts, a measure that a settlement reports.
    #[serde(default, skip_serializing_if = "is_first")]
    pub part: u16,
    /// What it is about.
    pub kind: EntryKind,
    /// The decision that it is, or that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The edition that decided, or that became the live one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edition: Option<String>,
    /// The verdict of a decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Level>,
    /// The retention class of its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// The epoch of the keys of its ids and tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<u32>,
    /// The SHA-256 of its body, salt first, in hexadecimal digits after `sha256:`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// How many bytes its body has, with the salt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub len: Option<u32>,
    /// Particulars of entries without a body: counts, digests, origins.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub info: BTreeMap<String, Detail>,
}

fn is_first(part: &u16) -> bool {
    *part == 0
}

impl Entry {
    pub(crate) fn new(kind: EntryKind, t: Timestamp, boot: &str, n: u64) -> Self {
        Self {
            v: VERSION,
            t,
            boot: boot.to_owned(),
            n,
            part: 0,
            kind,
            id: None,
            edition: None,
            verdict: None,
            class: None,
            keys: None,
            body: None,
            len: None,
            info: BTreeMap::new(),
        }
    }

    /// The leaf.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        canonical::to_vec(self)
    }

    /// An entry from a leaf whose bytes the tree has the hash of; nothing where they are of another form, of another version or too
    /// long.
    pub(crate) fn from_leaf(bytes: &[u8]) -> Option<Self> {
        let entry: Self = serde_json::from_slice(bytes).ok()?;
        (bytes.len() <= MAX_ENTRY_BYTES && entry.v == VERSION).then_some(entry)
    }

    /// An entry from bytes that have no hash yet: they have to be canonical, too.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::from_leaf(bytes).filter(|entry| entry.to_bytes().is_ok_and(|canonical| canonical == bytes))
    }

    /// The hash that the body must have.
    pub fn body_hash(&self) -> Option<Hash> {
        Hash::from_hex(self.body.as_deref()?.strip_prefix("sha256:")?)
    }

    /// A number among the particulars.
    pub fn number(&self, key: &str) -> Option<u64> {
        match self.info.get(key)? {
            Detail::Number(number) => Some(*number),
            Detail::Word(_) => None,
        }
    }

    /// A word among the particulars.
    pub fn word(&self, key: &str) -> Option<&str> {
        match self.info.get(key)? {
            Detail::Word(word) => Some(word),
            Detail::Number(_) => None,
        }
    }

    /// The day in Asia/Shanghai on which it was written.
    pub fn day(&self) -> Date {
        day_of(self.t)
    }
}

/// The day of a moment in Asia/Shanghai, which has kept UTC+8 without summer time since 1991.
pub fn day_of(t: Timestamp) -> Date {
    jiff::tz::offset(8).to_datetime(t).date().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        let mut entry =
            Entry::new(EntryKind::Decision, "2026-11-30T16:00:00.120Z".parse().unwrap(), "0123456789abcdef", 7);
        entry.id = Some("d-1".to_owned());
        entry.verdict = Some(Level::Stop);
        entry.class = "2027-05".parse().ok();
        entry.body = Some(format!("sha256:{}", Hash::of(b"x")));
        entry
    }

    #[test]
    fn leaf_is_canonical_json_and_leads_back() {
        let bytes = entry().to_bytes().unwrap();
        let text = "{\"body\":\"sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881\",\
                    \"boot\":\"0123456789abcdef\",\"class\":\"2027-05\",\"id\":\"d-1\",\"kind\":\"decision\",\"n\":7,\
                    \"t\":\"2026-11-30T16:00:00.12Z\",\"v\":1,\"verdict\":\"stop\"}";
        assert_eq!(String::from_utf8(bytes.clone()).unwrap(), text);
        assert_eq!(Entry::from_bytes(&bytes), Some(entry()));
        assert_eq!(entry().body_hash(), Some(Hash::of(b"x")));
    }

    #[test]
    fn leaf_of_another_form_or_version_is_refused() {
        for (from, to) in [("\"v\":1", "\"v\":2"), ("\"n\":7", "\"n\": 7"), ("\"n\":7", "\"n\":7,\"o\":1")] {
            let text = String::from_utf8(entry().to_bytes().unwrap()).unwrap().replace(from, to);
            assert_eq!(Entry::from_bytes(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn class_is_over_when_its_month_has_ended() {
        let class: Class = "2027-05".parse().unwrap();
        assert!(!class.is_over(Date::new(2027, 5, 31).unwrap()));
        assert!(class.is_over(Date::new(2027, 6, 1).unwrap()));
        for text in ["2027-13", "2027-5", "27-05", "2027-05-01", "../2027"] {
            assert!(text.parse::<Class>().is_err(), "{text}");
        }
    }

    #[test]
    fn day_changes_at_midnight_in_shanghai() {
        assert_eq!(day_of("2026-11-30T15:59:59.999Z".parse().unwrap()), Date::new(2026, 11, 30).unwrap());
        assert_eq!(day_of("2026-11-30T16:00:00Z".parse().unwrap()), Date::new(2026, 12, 1).unwrap());
    }
}
