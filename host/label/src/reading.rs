//! What stands in a file.

use std::fmt;

use serde::Serialize;

use crate::container::Container;
use crate::error::LabelError;
use crate::limits::MAX_LABELS;
use crate::raw::RawLabel;
use crate::source::{Media, Passed, Source};

/// Where a label stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// In the words of the format, such as `iTXt XML:com.adobe.xmp, TC260:AIGC`.
    pub name: String,
    /// The first byte, from the start of the file; inside an archive, of the part that `name` begins with.
    pub at: u64,
    /// Whether the practice guides name this place for this format.
    pub is_standard: bool,
}

impl Place {
    /// The same in Chinese.
    pub fn in_chinese(&self) -> String {
        format!("第 {} 字节，{}", self.at, name_in_chinese(&self.name))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}, {}", self.at, self.name)
    }
}

/// A place that was said in English, such as `byte 33, chunk caBX`.
pub(crate) fn place_in_chinese(place: &str) -> String {
    let Some(rest) = place.strip_prefix("byte ") else {
        return if place == WHOLE_FILE { "文件".to_owned() } else { place.to_owned() };
    };
    let (at, rest) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
    match rest.strip_prefix(", ") {
        Some(name) => format!("第 {at} 字节，{}", name_in_chinese(name)),
        None => format!("第 {at} 字节{rest}"),
    }
}

/// What places are called, and the same in Chinese; longer names first. Those of formats and of keys stay as they are.
const NAMES: [(&str, &str); 22] = [
    ("front matter in TOML", "TOML 文首元数据"),
    ("front matter in JSON", "JSON 文首元数据"),
    ("front matter", "文首元数据"),
    ("fields of their own", "分列的字段"),
    ("the whole file", "整个文件"),
    ("comment extension", "注释扩展块"),
    ("plain text extension", "文本扩展块"),
    ("application extension", "应用程序扩展块"),
    ("color profile", "颜色配置文件"),
    ("catalog", "文档目录"),
    ("Tags of a track", "轨道的 Tags"),
    ("APP1 (extended XMP)", "APP1（扩展 XMP）"),
    ("APEv2 item", "APEv2 条目"),
    ("XMP chunk", "XMP 数据块"),
    ("comment", "注释"),
    ("chunk", "数据块"),
    ("box", "盒"),
    ("tag", "标签"),
    ("item", "条目"),
    ("property", "属性"),
    ("script", "脚本"),
    ("metadata", "元数据"),
];

/// The name of a place, part by part.
pub(crate) fn name_in_chinese(name: &str) -> String {
    let part = |part: &str| {
        let known = NAMES.iter().find_map(|(en, zh)| {
            let rest = part.strip_prefix(en).filter(|rest| rest.is_empty() || rest.starts_with(' '))?;
            Some(format!("{zh}{rest}"))
        });
        known.unwrap_or_else(|| part.to_owned())
    };
    name.split(", ").map(part).collect::<Vec<String>>().join(", ")
}

/// What is said where no place in a file is meant.
pub(crate) const WHOLE_FILE: &str = "the file";

/// A label and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Where.
    pub place: Place,
    /// What.
    pub label: RawLabel,
}

/// Something else about the file that bears on labelling it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "place")]
pub enum Remark {
    /// A C2PA manifest stands there. It is kept as it is; what it signed changes with the label, so it will no longer match.
    C2pa(String),
    /// The document is signed. The signature covers what was there before and does not cover the label.
    Signed(String),
    /// More follows the end of the format: another file, or rubbish. It is kept.
    Trailing(String),
}

impl Remark {
    /// The same in Chinese.
    pub fn in_chinese(&self) -> String {
        match self {
            Self::C2pa(place) => {
                let place = place_in_chinese(place);
                format!("{place} 有 C2PA 清单；予以保留，但其签名与此后写入标识的文件不再相符，须重新签名")
            }
            Self::Signed(place) => {
                format!("文档在 {} 有签名；签名不涵盖此后写入的标识，须重新签名", place_in_chinese(place))
            }
            Self::Trailing(place) => {
                format!("文件结尾之后还有内容，位于 {}；予以保留，未读取", place_in_chinese(place))
            }
        }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::C2pa(place) => write!(
                f,
                "a C2PA manifest stands at {place}; it is kept, and its signature no longer matches a file that is labelled \
                 after it: sign again"
            ),
            Self::Signed(place) => {
                write!(
                    f,
                    "the document is signed at {place}; the signature does not cover a label written after it: sign again"
                )
            }
            Self::Trailing(place) => {
                write!(f, "more stands behind the end of the file, at {place}; it is kept and not read")
            }
        }
    }
}

/// Everything about labels that a file says.
#[derive(Debug)]
pub struct Reading {
    /// The format that it was read as.
    pub container: Container,
    /// Every label, in the order in which they stand.
    pub labels: Vec<Found>,
    /// What else bears on labelling.
    pub remarks: Vec<Remark>,
    /// Why reading ended before the end of the file; labels that were read before that are there.
    pub trouble: Option<LabelError>,
    /// What was looked through, for the next reading of the same file.
    pub(crate) passed: Passed,
}

impl Reading {
    pub(crate) fn new(container: Container) -> Self {
        Self { container, labels: Vec::new(), remarks: Vec::new(), trouble: None, passed: Passed::default() }
    }

    /// Notes a label.
    pub(crate) fn found(
        &mut self,
        name: impl Into<String>,
        at: u64,
        is_standard: bool,
        label: RawLabel,
    ) -> Result<(), LabelError> {
        if self.labels.len() >= MAX_LABELS {
            return Err(LabelError::too_large(self.container, "the number of labels", MAX_LABELS));
        }
        self.labels.push(Found { place: Place { name: name.into(), at, is_standard }, label });
        Ok(())
    }

    pub(crate) fn remark(&mut self, remark: Remark) {
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }
}

/// Reads every label of a file.
///
/// Damage, encryption and limits are no error here: they stand in [`Reading::trouble`] beside what was read before.
///
/// # Errors
///
/// If the file itself cannot be read.
pub fn read(source: &mut impl Media, container: Container) -> Result<Reading, LabelError> {
    read_knowing(source, container, Passed::default())
}

/// The same where stretches of the file were looked through before.
pub(crate) fn read_knowing(
    source: &mut impl Media,
    container: Container,
    passed: Passed,
) -> Result<Reading, LabelError> {
    let mut source = Source::new(source, container)?.knowing(passed);
    let mut reading = Reading::new(container);
    match container.read(&mut source, &mut reading) {
        Err(LabelError::Io(error)) => return Err(error.into()),
        Err(trouble) => reading.trouble = Some(trouble),
        Ok(()) => {}
    }
    reading.labels.sort_by_key(|found| found.place.at);
    reading.passed = source.into_passed();
    Ok(reading)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_named_in_chinese_and_keys_stay() {
        let place = |name: &str| Place { name: name.to_owned(), at: 7, is_standard: false }.in_chinese();
        for (en, zh) in [
            ("front matter, note", "第 7 字节，文首元数据, note"),
            ("comment AIGC", "第 7 字节，注释 AIGC"),
            ("APP1 (EXIF), tag 305", "第 7 字节，APP1 (EXIF), 标签 305"),
            ("tEXt Comment", "第 7 字节，tEXt Comment"),
            ("moov.meta, keys com.example.comment", "第 7 字节，moov.meta, keys com.example.comment"),
            ("tags", "第 7 字节，tags"),
        ] {
            assert_eq!(place(en), zh);
            assert_eq!(place_in_chinese(&format!("byte 7, {en}")), zh);
        }
        assert_eq!(place_in_chinese("byte 9"), "第 9 字节");
        assert_eq!(place_in_chinese(WHOLE_FILE), "文件");
    }
}
