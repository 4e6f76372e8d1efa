//! What a number is said to be: the words before it, as `电话` or `订单号`.
//!
//! They are looked up where a number stands, going to the left, so a text without numbers costs nothing and a stream keeps
//! nothing back for them.

use std::sync::LazyLock;

use super::sight::Sight;
use crate::table::Class;
use crate::view::view;

/// What a detector looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Telephone numbers.
    Phone,
    /// Bank cards.
    Card,
    /// Resident identity cards.
    Identity,
    /// Passports.
    Passport,
    /// Codes of companies.
    Company,
    /// Number plates.
    Plate,
    /// Addresses of the network.
    Network,
    /// Addresses of mail.
    Mail,
}

/// What the words before a number say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// It is what the detector looks for.
    For,
    /// It is something else.
    Against,
    /// Nothing.
    Nothing,
}

/// How many letters may stand between a word that announces a number and the number.
const REACH: usize = 12;
/// The letters that may stand between a word that names something else and its number: `订单编号是`.
const LINKS: &str = "号码为是的编";
/// The most letters that are looked at.
const MAX_LETTERS: usize = 24;

const PHONE: &[&str] = &[
    "电话", "手机", "联系", "联络", "致电", "拨打", "来电", "打给", "热线", "座机", "固话", "传真", "电联", "微信",
    "同号", "短信", "客服", "加我", "加微", "加v", "v信", "vx", "wx", "v", "wechat", "weixin", "tel", "telephone",
    "phone", "mobile", "mob", "cell", "call", "fax", "contact", "whatsapp", "telegram", "收件人", "收货人", "寄件人",
    "机主", "号主", "call me", "咨询", "预约", "报名", "qq",
];
const CARD: &[&str] = &[
    "卡号", "银行卡", "储蓄卡", "信用卡", "借记卡", "账号", "账户", "帐号", "帐户", "开户", "工行", "农行", "中行",
    "建行", "交行", "招行", "银行", "转账", "汇款", "打款", "打到", "收款", "转到", "工资卡", "card", "debit",
    "credit", "visa", "mastercard", "unionpay", "amex", "account", "iban",
];
const IDENTITY: &[&str] = &["身份证", "证件", "证号", "身份", "实名", "id card", "identity", "idno", "id no"];
const PASSPORT: &[&str] = &["护照", "passport", "证件", "签证", "出入境", "通行证", "旅行证"];
const COMPANY: &[&str] = &["信用代码", "税号", "纳税人", "统一代码", "机构代码", "uscc"];
const PLATE: &[&str] = &[
    "车牌", "牌照", "号牌", "车号", "车辆", "违停", "违章", "车主", "驾驶", "停车", "轿车", "货车", "客车", "小车",
    "开车", "套牌", "挪车", "乘坐", "牌号", "plate", "车为", "车是", "尾随",
];
const NETWORK: &[&str] = &["ip", "地址", "主机", "服务器", "登录", "网关", "dns", "host", "server", "address", "ping"];
const MAIL: &[&str] = &[
    "邮箱", "邮件", "电邮", "信箱", "抄送", "发到", "发至", "投稿", "email", "e-mail", "mail", "mailto", "contact",
    "cc", "bcc",
];
/// Programs that take what looks like an address of mail.
const PROGRAMS: &[&str] = &[
    "ssh", "scp", "sftp", "rsync", "git", "clone", "npm", "pnpm", "yarn", "install", "add", "docker", "pip", "npx",
    "remote", "import", "require",
];
/// What else a number may be.
const OTHER: &[&str] = &[
    "订单", "单号", "运单", "流水", "编号", "批号", "批次", "序列号", "序号", "sn", "群", "群号", "工号", "学号",
    "货号", "型号", "料号", "物料", "零件", "条码", "条形码", "合同", "合同号", "发票", "票号", "凭证", "案号", "文号",
    "档案号", "房号", "期号", "交易号", "商户号", "参考号", "追踪号", "金额", "合计", "总计", "共计", "总额", "余额",
    "播放量", "浏览量", "销量", "人口", "约", "共", "时间戳", "imei", "imsi", "uuid", "guid", "hash", "md5", "sha",
    "id", "key", "order", "waybill", "tracking", "serial", "part", "model", "sku", "ref", "invoice", "batch", "lot",
    "timestamp", "isbn", "issn", "doi", "pid", "uid", "commit", "build", "total", "amount", "sum", "展位", "班次",
    "航班", "车次", "桩号", "井号",
];
/// What dotted numbers are.
const DOTTED: &[&str] = &[
    "版本", "版", "version", "ver", "v", "release", "build", "章", "节", "条", "第", "图", "表", "式", "附录", "条款",
    "section", "编号", "升级到", "更新到",
];

/// The words of one kind, as the view has them, backwards.
struct Words {
    speak_for: Box<[Box<[char]>]>,
    speak_against: Box<[Box<[char]>]>,
}

impl Words {
    fn new(speak_for: &[&str], speak_against: &[&str]) -> Self {
        let backwards =
            |word: &&str| view(word).chars().iter().rev().filter(|c| !c.class.is_gap()).map(|c| c.ch).collect();
        Self {
            speak_for: speak_for.iter().map(backwards).collect(),
            speak_against: speak_against.iter().map(backwards).collect(),
        }
    }

    fn of(kind: Kind) -> &'static Self {
        static ALL: LazyLock<[Words; 8]> = LazyLock::new(|| {
            [
                Words::new(PHONE, OTHER),
                Words::new(CARD, OTHER),
                Words::new(IDENTITY, OTHER),
                Words::new(PASSPORT, OTHER),
                Words::new(COMPANY, OTHER),
                Words::new(PLATE, OTHER),
                Words::new(NETWORK, DOTTED),
                Words::new(MAIL, PROGRAMS),
            ]
        });
        let [phone, card, identity, passport, company, plate, network, mail] = &*ALL;
        match kind {
            Kind::Phone => phone,
            Kind::Card => card,
            Kind::Identity => identity,
            Kind::Passport => passport,
            Kind::Company => company,
            Kind::Plate => plate,
            Kind::Network => network,
            Kind::Mail => mail,
        }
    }
}

/// What the words before `place` say of the number that begins there: the nearest word counts, and of two that end at one
/// place the longer. A word that names something else has only links between it and the number.
pub(super) fn says(sight: &Sight, place: usize, kind: Kind) -> Says {
    let mut letters = ['\0'; MAX_LETTERS];
    let n = read_left(sight, place, &mut letters);
    let letters = letters.get(..n).unwrap_or(&[]);
    let words = Words::of(kind);
    let mut is_linked = true;
    for n_between in 0..=REACH.min(n) {
        let rest = letters.get(n_between..).unwrap_or(&[]);
        let wanted = longest(&words.speak_for, rest);
        let other = if is_linked { longest(&words.speak_against, rest) } else { 0 };
        if wanted.max(other) > 0 {
            return if wanted >= other { Says::For } else { Says::Against };
        }
        is_linked &= rest.first().is_some_and(|&c| LINKS.contains(c));
    }
    Says::Nothing
}

/// The letters before `place`, the nearest first, up to the end of a sentence or a blank line. A list mark in another
/// sentence part (`，`) is the end for words that name something else; it is read as a letter that links nothing.
fn read_left(sight: &Sight, place: usize, letters: &mut [char; MAX_LETTERS]) -> usize {
    let mut n = 0_usize;
    let mut is_line_blank = false;
    for c in sight.left(place) {
        let letter = match c.class {
            Class::Stop => break,
            Class::Newline if is_line_blank => break,
            Class::Newline => {
                is_line_blank = true;
                continue;
            }
            Class::Space => continue,
            Class::Separator if matches!(c.ch, ',' | ';' | '、') => ',',
            Class::Separator => {
                is_line_blank = false;
                continue;
            }
            Class::Cjk | Class::Digit | Class::Ascii | Class::Letter => c.ch,
        };
        is_line_blank = false;
        let Some(slot) = letters.get_mut(n) else { break };
        *slot = letter;
        n = n.saturating_add(1);
    }
    n
}

/// How many letters the longest of these words has that ends here. A word of Latin letters begins where no other stands.
fn longest(words: &[Box<[char]>], letters: &[char]) -> usize {
    let ends = |word: &[char]| {
        letters.starts_with(word)
            && !(word.last().is_some_and(char::is_ascii_alphabetic)
                && letters.get(word.len()).is_some_and(char::is_ascii_alphabetic))
    };
    words.iter().filter(|word| ends(word)).map(|word| word.len()).max().unwrap_or(0)
}
