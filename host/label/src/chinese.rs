//! What goes wrong, in Chinese: what it is, and what to do.

use crate::code::CodeError;
use crate::explicit::WordingError;
#[cfg(feature = "draw")]
use crate::explicit::{DrawError, MarkError};
use crate::field::{FieldError, Text, shown};
use crate::label::LabelFieldError;
#[cfg(feature = "draw")]
use crate::limits::MAX_PIXELS;
use crate::providers::ProvidersError;
#[cfg(feature = "sm2")]
use crate::security::LabelKeyError;

impl FieldError {
    /// The same in Chinese.
    pub fn in_chinese(&self) -> String {
        match self {
            Self::Forbidden { at, found } => format!(
                "第 {} 个字符 `{}` 不允许出现；请用可打印的 ASCII 字符，不含空格和 `\\`",
                at.saturating_add(1),
                shown(*found)
            ),
            Self::TooLong { length } => format!("值有 {length} 个字符；请缩短到 {} 个以内", Text::MAX),
        }
    }
}

impl LabelFieldError {
    /// The same in Chinese, without what is behind it.
    pub fn in_chinese(&self) -> String {
        match self {
            Self::Value { key, .. } => format!("`{key}` 的值不能写入标识；请改正"),
            Self::Empty { key } => format!("`{key}` 为空；请写明服务提供者的编码或者名称，或者内容编号"),
        }
    }
}

impl CodeError {
    /// The same in Chinese.
    pub fn in_chinese(&self) -> String {
        match self {
            Self::Length { found } => format!("编码有 {found} 个字符；服务提供者编码为 27 个"),
            Self::Character { found } => format!("编码中有 `{found}`；只用数字和大写字母"),
            Self::Prefix => "编码不以 `0011` 开头；请写 `00`，再写 `11` 表示以信用代码标明的组织".to_owned(),
            Self::Service { found } => {
                format!("`{found}` 不是服务类型；`1` 表示生成，`2` 表示传播，或者以 `00000` 结尾")
            }
            Self::Extension { found } => format!("`{found}` 不是扩展码；请写四位数字或者大写字母，没有则写 `0000`"),
            Self::CreditLength { found } => format!("统一社会信用代码有 {found} 个字符；应为 18 个"),
            Self::CreditCharacter { found } => {
                format!("统一社会信用代码中有 `{found}`；只用数字和大写字母，不含 I、O、S、V、Z")
            }
            Self::CreditCheck { expected } => format!("统一社会信用代码的校验码应为 `{expected}`；请重新抄录"),
        }
    }
}

impl ProvidersError {
    /// The same in Chinese, without what is behind it.
    pub fn in_chinese(&self) -> String {
        match self {
            Self::Line { n_line } => format!("第 {n_line} 行不是服务提供者；请写信用代码、逗号、名称"),
            Self::Code { n_line, .. } => format!("第 {n_line} 行不以信用代码开头；请改正代码"),
        }
    }
}

#[cfg(feature = "sm2")]
impl LabelKeyError {
    /// The same in Chinese.
    pub fn in_chinese(&self) -> String {
        "不是 PEM 格式的 SM2 私钥；可用 `openssl genpkey -algorithm SM2` 生成".to_owned()
    }
}

impl WordingError {
    /// The same in Chinese.
    pub fn in_chinese(&self) -> String {
        match self {
            Self::NoAi => "文字缺少人工智能要素；请用 `人工智能` 或者 `AI`".to_owned(),
            Self::NoGeneration => "文字缺少生成合成要素；请用 `生成` 或者 `合成`".to_owned(),
            Self::TooLong => format!("文字超过 {} 个字符或者有换行；请缩短", crate::explicit::Wording::MAX),
        }
    }
}

#[cfg(feature = "draw")]
impl DrawError {
    /// The same in Chinese.
    pub fn in_chinese(&self) -> String {
        match self {
            Self::NoGlyph(c) => format!("字体中没有 `{c}`；请用标识常用的文字"),
            Self::TooNarrow { needed, width } => {
                format!("标识需要 {needed} 像素宽，图片只有 {width}；请缩短文字，或者放大图片")
            }
            Self::TooManyPixels { width, height } => {
                format!("图片为 {width}×{height} 像素，解码上限为 {MAX_PIXELS}；请缩小图片")
            }
            Self::TooLarge => "图片的边长过大；请缩小图片".to_owned(),
            Self::Font => "内置字体不能读取；请重新编译".to_owned(),
        }
    }
}

#[cfg(feature = "draw")]
impl MarkError {
    /// The same in Chinese.
    pub fn in_chinese(&self) -> String {
        match self {
            Self::Draw(error) => error.in_chinese(),
            Self::Already => "这一角已有此标识；`--again` 可再加一次".to_owned(),
            Self::File(error) => error.in_chinese(),
            Self::Pixels(why) => format!("图片不能解码或者编码（{why}）；请重新取得文件"),
        }
    }
}
