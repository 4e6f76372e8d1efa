//! Detectors: what has a form rather than a wording, found by hand-written scanners on the match view.
//!
//! A scanner sees the characters of the view, so full-width digits, look-alike letters and characters that show nothing
//! are no concern of it, and it asks for edges by character class, so Chinese on either side is no obstacle.

mod account;
mod address;
mod cues;
mod exam;
mod identity;
mod net;
mod number;
mod phone;
mod plate;
mod secret;

use std::ops::Range;

pub(crate) use cues::{CUES, Evidence};

use crate::table::Seen;
use crate::view::ViewChar;

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
    method: Method,
}

impl PartialEq for DetectorInfo {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for DetectorInfo {}

/// How much of what detectors look for a text has; cheap to count, and mostly enough to know there is nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Census {
    /// Digits.
    pub(crate) n_digits: usize,
    /// Latin letters without marks.
    pub(crate) n_ascii: usize,
    /// `@` signs.
    pub(crate) n_at: usize,
    /// Colons.
    pub(crate) n_colons: usize,
    /// Cues of detectors that the lanes found.
    pub(crate) n_cues: usize,
}

impl Census {
    /// Counts a character that is not CJK.
    #[inline]
    pub(crate) fn take(&mut self, seen: Seen) {
        let count = match seen.ch {
            '0'..='9' => &mut self.n_digits,
            'a'..='z' => &mut self.n_ascii,
            '@' => &mut self.n_at,
            ':' => &mut self.n_colons,
            _ => return,
        };
        *count = count.saturating_add(1);
    }
}

/// What a scanner sees of a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sight<'a> {
    /// The characters of the view.
    pub(crate) chars: &'a [ViewChar],
    /// Where the lanes found the cues of detectors.
    pub(crate) evidence: &'a [Evidence],
}

/// A scanner: the original byte ranges of what it finds.
pub(crate) type Find = fn(&Sight) -> Vec<Range<usize>>;

#[derive(Debug, Clone, Copy)]
enum Method {
    /// The pass over the lanes has it already: runs of characters that show nothing.
    Runs,
    /// A scanner over the view, for texts whose census passes the test.
    View { wants: fn(&Census) -> bool, find: Find },
}

/// What a detector has to do for a text.
#[derive(Clone, Copy)]
pub(crate) enum Job {
    /// Nothing: the census rules it out.
    Nothing,
    /// Report the runs.
    Runs,
    /// Run the scanner.
    Find(Find),
}

impl DetectorInfo {
    /// What the detector has to do for a text with this census.
    pub(crate) fn job(&self, census: &Census) -> Job {
        match self.method {
            Method::Runs => Job::Runs,
            Method::View { wants, find } if wants(census) => Job::Find(find),
            Method::View { .. } => Job::Nothing,
        }
    }
}

/// All detectors, in the order of their names in the documentation.
pub fn detectors() -> &'static [DetectorInfo] {
    &DETECTORS
}

const fn detector(
    [name, category, title_en, title_zh]: [&'static str; 4],
    keeps_back: usize,
    wants: fn(&Census) -> bool,
    find: Find,
) -> DetectorInfo {
    DetectorInfo { name, category, title_en, title_zh, keeps_back, method: Method::View { wants, find } }
}

static DETECTORS: [DetectorInfo; 13] = [
    detector(
        ["resident-id", "pi.resident-id", "resident identity card number", "居民身份证号码"],
        1,
        |census| census.n_digits >= 17,
        identity::resident_ids,
    ),
    detector(["mobile", "pi.mobile", "mobile phone number", "手机号码"], 2, |c| c.n_digits >= 11, phone::mobiles),
    detector(["landline", "pi.landline", "landline number", "固定电话号码"], 2, |c| c.n_digits >= 10, phone::landlines),
    detector(
        ["bank-card", "pi.bank-card", "bank card number", "银行卡号"],
        2,
        |c| c.n_digits >= 15,
        account::bank_cards,
    ),
    detector(["passport", "pi.passport", "passport number", "护照号码"], 1, |c| c.n_digits >= 7, identity::passports),
    detector(
        ["credit-code", "pi.credit-code", "unified social credit code", "统一社会信用代码"],
        1,
        |census| census.n_digits >= 8 && census.n_digits.saturating_add(census.n_ascii) >= 18,
        account::credit_codes,
    ),
    detector(
        ["licence-plate", "pi.licence-plate", "licence plate", "机动车号牌"],
        1,
        |census| census.n_digits >= 2 && census.n_ascii >= 1,
        plate::plates,
    ),
    detector(["e-mail", "pi.email", "e-mail address", "电子邮箱"], 1, |census| census.n_at >= 1, net::emails),
    detector(
        ["ip", "pi.ip", "IP address", "IP 地址"],
        2,
        |census| census.n_digits >= 4 || (census.n_colons >= 2 && census.n_digits >= 1),
        net::addresses,
    ),
    detector(["postal-address", "pi.address", "postal address", "通信地址"], 24, |c| c.n_cues >= 1, address::addresses),
    detector(["exam-paper", "exam.paper", "exam paper", "试卷"], 0, |census| census.n_cues >= 1, exam::papers),
    detector(
        ["api-key", "secret.api-key", "key or token of a service", "密钥或令牌"],
        1,
        |census| census.n_digits.saturating_add(census.n_ascii) >= 16,
        secret::keys,
    ),
    DetectorInfo {
        name: "obfuscation",
        category: "obfuscation",
        title_en: "text hidden by characters that show nothing",
        title_zh: "以不可见字符隐藏的文字",
        keeps_back: 1,
        method: Method::Runs,
    },
];
