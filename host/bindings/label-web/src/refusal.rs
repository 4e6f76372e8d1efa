//! Why there is no reading of a file.

use specialis_label::{Container, LabelError};

/// Why there is no reading of a file, with what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// No format that is known looks like it.
    #[error("no format that is known looks like this; known are {}", known(Container::name, ", "))]
    Unknown,
    /// A plain text, whose label is a file of its own.
    #[error("a plain text carries no label; check the file beside it, `{0}`")]
    Beside(String),
    /// The file could not be read.
    #[error(transparent)]
    File(#[from] LabelError),
}

impl Refusal {
    /// The same in Chinese.
    pub(crate) fn in_chinese(&self) -> String {
        match self {
            Self::Unknown => format!("无法识别其格式；可识别的格式有 {}", known(Container::name_in_chinese, "、")),
            Self::Beside(name) => format!("纯文本自身不带标识；请检查旁置文件 `{name}`"),
            Self::File(error) => error.in_chinese(),
        }
    }
}

fn known(name: fn(Container) -> &'static str, between: &str) -> String {
    Container::ALL.iter().map(|container| name(*container)).collect::<Vec<&str>>().join(between)
}
