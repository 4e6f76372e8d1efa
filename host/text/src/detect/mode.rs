//! When the form of a find is enough, and when a word has to announce it.

/// What a detector asks of a find before it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DetectorMode {
    /// The detector does not run.
    Off,
    /// A word such as `电话` has to stand before the find.
    Cue,
    /// The form of the find is enough, unless a word before it says that it is something else, such as `订单号`.
    Form,
}

impl DetectorMode {
    /// The name in manifests and settings: `off`, `cue` or `form`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Cue => "cue",
            Self::Form => "form",
        }
    }

    /// The mode of this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Off, Self::Cue, Self::Form].into_iter().find(|mode| mode.as_str() == name)
    }
}
