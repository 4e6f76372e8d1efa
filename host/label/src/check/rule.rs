//! The rules that a label is held to.

use std::fmt;

use serde::{Serialize, Serializer};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The label is against the standard.
    Violation,
    /// Worth knowing, and no breach.
    Note,
}

macro_rules! rules {
    ($($(#[$doc:meta])* $variant:ident = $id:literal, $severity:ident, $source:literal, $en:literal, $zh:literal;)+) => {
        /// A rule that a label is held to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $($(#[$doc])* $variant,)+
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its id, as findings and events carry it.
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)+ }
            }

            /// Whether breaking it makes a label non-compliant.
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)+ }
            }

            /// Where it is written.
            pub fn source(self) -> &'static str {
                match self { $(Self::$variant => $source,)+ }
            }

            /// The rule in English.
            pub fn in_english(self) -> &'static str {
                match self { $(Self::$variant => $en,)+ }
            }

            /// The rule in Chinese.
            pub fn in_chinese(self) -> &'static str {
                match self { $(Self::$variant => $zh,)+ }
            }
        }
    };
}

rules! {
    /// One file, one label.
    OneLabel = "one-label", Violation, "GB 45438-2025, 6.1 c",
        "a file carries one label in its metadata", "一个文件的元数据只写一个标识";
    /// The label is one JSON text.
    Json = "json-malformed", Violation, "GB 45438-2025, Annex E b",
        "the label is one JSON object of text values", "标识是一个 JSON 字符串，各值为文本";
    /// No base64.
    Base64 = "base64", Violation, "GB 45438-2025, Annex E b",
        "the label is plain JSON, not an encoding of it", "标识是明文 JSON，不作 Base64 编码";
    /// The wrapper is called AIGC.
    Wrapper = "wrapper-name", Violation, "GB 45438-2025, Annex E a",
        "the field or keyword around the label contains `AIGC`, in capitals", "标识所在字段或者关键字含有大写的 AIGC";
    /// All seven keys.
    MissingKey = "missing-key", Violation, "GB 45438-2025, Annex E",
        "all seven keys stand in the label, also those without a value", "七个键都要写出，没有值的也要写";
    /// No other key.
    UnknownKey = "unknown-key", Violation, "GB 45438-2025, Annex E",
        "no other key stands in the label", "除七个键以外不得有其他键";
    /// No key twice.
    DuplicateKey = "duplicate-key", Violation, "GB 45438-2025, Annex E",
        "no key stands twice", "同一个键不得重复";
    /// The order of the keys.
    KeyOrder = "key-order", Violation, "GB 45438-2025, Annex E",
        "the keys stand in the order of the standard", "各键按标准给出的顺序排列";
    /// Values are text.
    ValueKind = "value-not-text", Violation, "GB 45438-2025, Annex E",
        "every value is a text in quotation marks", "每个值都是带引号的文本";
    /// Allowed characters.
    Character = "forbidden-character", Violation, "GB 45438-2025, Annex E j",
        "values have printable ASCII without space and backslash; a quotation mark is escaped", "值只用可见 ASCII 字符，不含空格、反斜线和中文，双引号须转义";
    /// The attribute is 1, 2 or 3.
    Attribute = "attribute-not-1-2-3", Violation, "GB 45438-2025, Annex E c",
        "`Label` is `1` (is generated), `2` (possibly) or `3` (suspected)", "Label 取 1（属于）、2（可能）或者 3（疑似）";
    /// Somebody made it.
    ProducerEmpty = "producer-empty", Violation, "GB 45438-2025, Annex E d, e",
        "content that is generated names its provider and the provider's number for it", "属于人工智能生成合成的，写明生成服务提供者及其内容编号";
    /// The fields of the propagator. A violation where the label says `2` or `3`.
    FirstWrite = "propagator-empty", Note, "GB 45438-2025, Annex E f, g and note 1",
        "on the first write the propagator's fields equal the producer's; content that is possibly or suspected to be generated names its propagator", "首次写入时传播者各项与生成者一致；可能、疑似为生成合成的，写明传播者及其内容编号";
    /// A code is a code.
    ProviderCode = "provider-code-malformed", Violation, "TC260-PG-20252A",
        "a provider's code has 27 digits and capital letters", "服务提供者编码为 27 位数字和大写字母";
    /// A number is unique.
    IdConstant = "id-not-unique", Violation, "GB 45438-2025, Annex E e",
        "the number is the provider's own for this one content", "内容编号对每一内容唯一";
    /// Values are filled in.
    Placeholder = "placeholder-value", Violation, "GB 45438-2025, Annex E",
        "values are filled in, not left as the program's placeholder", "值要实际填写，不得留下程序的占位符";
    /// A name instead of a code.
    ProviderName = "provider-name", Note, "GB 45438-2025, Annex E d",
        "a provider is given by name or by code; the code says who it is beyond doubt", "服务提供者可以写名称或者编码，编码更明确";
    /// A code of the other service.
    ServiceType = "service-type", Note, "TC260-PG-20252A",
        "the code of whoever made content has the service type of generating", "生成者编码的服务类型为生成";
    /// A signature that does not hold.
    Signature = "signature-unverified", Note, "TC260-PG-202511A",
        "a signature in the security field is of the producer's fields, with the key beside it", "安全字段中的签名与生成者各字段一致，并可用其中的公钥验证";
    /// Another place than the guides name.
    Place = "place-not-standard", Note, "TC260-PG-20257A to 202510A",
        "each format has its place for the label", "各格式有规定的写入位置";
    /// The file was not read to its end.
    Unread = "unread", Note, "",
        "a file that cannot be read to its end cannot be judged", "文件不能读完的，无法下结论";
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}
