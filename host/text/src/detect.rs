//! Detectors: what has a form rather than a wording, found by hand-written scanners on the match view.
//!
//! A scanner sees the characters of the view, so full-width digits, look-alike letters and characters that show nothing
//! are no concern of it, and it asks for edges by character class, so Chinese on either side is no obstacle. It is asked
//! of one place at a time and says that it must wait where the answer lies in text that has not come yet.

mod account;
mod address;
mod context;
mod cues;
mod edges;
mod exam;
mod identity;
mod mode;
mod net;
mod number;
mod phone;
mod plate;
mod secret;
mod sensors;
mod sight;
mod tops;

pub use mode::DetectorMode;

pub(crate) use cues::CUES;
pub(crate) use sensors::{Find, Finder, Sensors, Sensory, glyph, is_written_on};
pub(crate) use sight::Glyph;

use cues::Says;
use exam::Sign;
use sight::{Reading, Sight};

/// A detector that an [`IndexBuilder`](crate::IndexBuilder) can switch on.
#[derive(Debug, Clone, Copy)]
pub struct DetectorInfo {
    /// The name in manifests.
    pub name: &'static str,
    /// The category of its hits.
    pub category: &'static str,
    /// What it finds, in English.
    pub title_en: &'static str,
    /// What it finds, in Chinese.
    pub title_zh: &'static str,
    /// How many characters to the right of a hit must be known before it counts: what a stream keeps back beyond the
    /// hit itself.
    pub keeps_back: usize,
    /// When the form of a find is enough, unless an [`IndexBuilder`](crate::IndexBuilder) says otherwise.
    pub mode: DetectorMode,
    /// Whether its hits are evidence about a text rather than a place to act on: a stream keeps nothing back for them, and
    /// their span may begin in text that is out already.
    pub is_evidence: bool,
}

impl PartialEq for DetectorInfo {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for DetectorInfo {}

/// One way to find what a detector looks for.
#[derive(Clone, Copy)]
struct Scanner {
    detector: &'static str,
    /// Whether something may begin with a character of the view: ASCII or Han.
    may_begin: fn(char) -> bool,
    /// Reads from one place on.
    read: fn(&Sight, usize) -> Reading,
    /// What a find says of an exam paper; none for a find that is a hit.
    sign: Option<Sign>,
}

/// All detectors, in the order of their names in the documentation.
pub fn detectors() -> &'static [DetectorInfo] {
    &DETECTORS
}

const fn detector([name, category, title_en, title_zh]: [&'static str; 4], keeps_back: usize) -> DetectorInfo {
    DetectorInfo { name, category, title_en, title_zh, keeps_back, mode: DetectorMode::Form, is_evidence: false }
}

/// How many characters a word behind a number is read with, to tell whether it is a unit or the rest of a code.
const WORD: usize = 14;

static DETECTORS: [DetectorInfo; 13] = [
    detector(["resident-id", "pi.resident-id", "resident identity card number", "居民身份证号码"], WORD),
    detector(["mobile", "pi.mobile", "mobile phone number", "手机号码"], WORD),
    detector(["landline", "pi.landline", "landline number", "固定电话号码"], WORD),
    detector(["bank-card", "pi.bank-card", "bank card number", "银行卡号"], WORD),
    DetectorInfo {
        mode: DetectorMode::Cue,
        ..detector(["passport", "pi.passport", "passport number", "护照号码"], WORD)
    },
    detector(["credit-code", "pi.credit-code", "unified social credit code", "统一社会信用代码"], WORD),
    detector(["licence-plate", "pi.licence-plate", "licence plate", "机动车号牌"], 3),
    detector(["e-mail", "pi.email", "e-mail address", "电子邮箱"], 2),
    detector(["ip", "pi.ip", "IP address", "IP 地址"], WORD),
    detector(["postal-address", "pi.address", "postal address", "通信地址"], 24),
    DetectorInfo { is_evidence: true, ..detector(["exam-paper", "exam.paper", "exam paper", "试卷"], 0) },
    detector(["api-key", "secret.api-key", "key or token of a service", "密钥或令牌"], 1),
    detector(
        ["obfuscation", "obfuscation", "text hidden by characters that show nothing", "以不可见字符隐藏的文字"],
        1,
    ),
];

/// Whether the hits of the detector of this name are evidence.
pub(crate) fn is_evidence(name: &str) -> bool {
    DETECTORS.iter().any(|info| info.name == name && info.is_evidence)
}

/// The detector whose hits are runs of characters that show nothing; the pass over the lanes finds them.
pub(crate) const OBFUSCATION: &str = "obfuscation";
/// The detector that adds up evidence.
const EXAM_PAPER: &str = "exam-paper";
/// The detector whose finds a word may announce.
const POSTAL_ADDRESS: &str = "postal-address";

const fn scanner(detector: &'static str, may_begin: fn(char) -> bool, read: fn(&Sight, usize) -> Reading) -> Scanner {
    Scanner { detector, may_begin, read, sign: None }
}

const fn sign(sign: Sign, may_begin: fn(char) -> bool, read: fn(&Sight, usize) -> Reading) -> Scanner {
    Scanner { detector: EXAM_PAPER, may_begin, read, sign: Some(sign) }
}

static SCANNERS: [Scanner; 15] = [
    scanner("resident-id", |c| c.is_ascii_digit(), identity::resident_id),
    scanner("mobile", phone::may_begin, phone::mobile),
    scanner("landline", |c| c != '1' && phone::may_begin(c), phone::landline),
    scanner("bank-card", |c| matches!(c, '2'..='6' | '8' | '9'), account::bank_card),
    scanner("passport", |c| matches!(c, 'e' | 'g' | 'd' | 's' | 'p' | 'h' | 'm' | 'k'), identity::passport),
    scanner("credit-code", |c| matches!(c, '1'..='9' | 'a' | 'n' | 'y'), account::credit_code),
    scanner("licence-plate", |c| plate::PROVINCES.contains(c), plate::plate),
    scanner("e-mail", net::may_begin_email, net::email),
    scanner("ip", |c| c.is_ascii_digit(), net::ipv4),
    scanner("ip", |c| matches!(c, '0'..='9' | 'a'..='f' | ':'), net::ipv6),
    scanner(POSTAL_ADDRESS, address::may_begin, address::address),
    scanner("api-key", secret::may_begin, secret::key),
    sign(Sign::Marks, |c| c.is_ascii_digit(), exam::marks),
    sign(Sign::Option, |c| matches!(c, 'a'..='d'), exam::option),
    sign(Sign::Number, |c| c.is_ascii_digit(), exam::number),
];
