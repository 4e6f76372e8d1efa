//! What a platform that spreads content writes into it.

use std::io::{Cursor, Read, Seek, Write};

use crate::container::Container;
use crate::edits::Edits;
use crate::error::{Both, LabelError};
use crate::field::{FieldError, Text};
use crate::label::{Attribute, Label, LabelFieldError};
use crate::raw::RawLabel;
use crate::reading::{Found, Reading, Remark, WHOLE_FILE};
use crate::write::{edits_of, held, whole};

/// How certain a platform is that content was generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Case {
    /// The file's own label says so.
    Confirmed,
    /// There is no label, and the user says so.
    Possible,
    /// There is neither, and the platform saw traces of it.
    Suspected,
}

/// Who spreads content, under which number, and how certain it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Propagation {
    case: Case,
    label: Label,
}

impl Propagation {
    /// What a platform, by code or name, writes on content that it spreads under a number of its own.
    ///
    /// # Errors
    ///
    /// If a value is empty or has characters that fields may not have.
    pub fn new(case: Case, propagator: &str, propagate_id: &str) -> Result<Self, LabelFieldError> {
        let attribute = match case {
            Case::Confirmed => Attribute::Generated,
            Case::Possible => Attribute::Possible,
            Case::Suspected => Attribute::Suspected,
        };
        Ok(Self { case, label: Label::of_unknown_producer(attribute, propagator, propagate_id)? })
    }

    /// With the platform's own security field.
    ///
    /// # Errors
    ///
    /// If the value has characters that fields may not have.
    pub fn with_reserved_2(mut self, value: &str) -> Result<Self, LabelFieldError> {
        self.label = self.label.with_reserved_2(value)?;
        Ok(self)
    }

    /// To be written even where [`check`](crate::check()) finds a violation in the label that follows.
    #[must_use]
    pub fn insisted(mut self) -> Self {
        self.label = self.label.insisted();
        self
    }

    /// The label that follows on what was found: the producer's fields stay, the propagator's are new.
    fn onto(&self, found: &[Found]) -> Result<Label, LabelError> {
        let label = self.label.clone();
        let (first, more) = match found {
            [] => (None, false),
            [first, rest @ ..] => (Some(first), !rest.is_empty()),
        };
        match (self.case, first) {
            (Case::Confirmed, None) => Err(LabelError::NotCarried {
                place: WHOLE_FILE.to_owned(),
                what: Both::new("it has no label that could confirm anything", "没有可供沿用的标识"),
            }),
            (Case::Possible | Case::Suspected, Some(first)) => {
                Err(LabelError::AlreadyLabelled { place: first.place.to_string() })
            }
            (Case::Possible | Case::Suspected, None) => Ok(label),
            (Case::Confirmed, Some(first)) => {
                let refuse = |what: Both| LabelError::NotCarried { place: first.place.to_string(), what };
                if more && found.iter().any(|other| other.label.pairs != first.label.pairs) {
                    return Err(refuse(differs()));
                }
                let said = carried(&first.label).map_err(refuse)?;
                let field = |key: &str| {
                    let value = first.label.get(key).unwrap_or_default();
                    Text::new(value).map_err(|error| refuse(wrong(key, &error)))
                };
                // Whoever was only suspected before is not confirmed by being spread again.
                Ok(label
                    .with_producer(field("ContentProducer")?, field("ProduceID")?, field("ReservedCode1")?)
                    .with_attribute(said))
            }
        }
    }
}

/// The attribute of a label that can be taken apart and says who made the content; else what is wrong with it. A label that is
/// carried on never says less than it did.
fn carried(label: &RawLabel) -> Result<Attribute, Both> {
    if let Some(damage) = &label.damage {
        let (at, what) = (damage.at, &damage.what);
        return Err(Both::new(format!("it breaks off at its byte {at} ({what})"), format!("在其第 {at} 字节处中断")));
    }
    let said = label.get("Label").ok_or_else(|| Both::new("it has no field `Label`", "没有 `Label` 字段"))?;
    let said = Attribute::parse(said).ok_or_else(|| {
        let zh = format!("`Label` 为 `{said}`，不是 1、2、3 之一");
        Both::new(format!("its `Label` is `{said}`, which is none of 1, 2 and 3"), zh)
    })?;
    for key in ["ContentProducer", "ProduceID"] {
        if said == Attribute::Generated && label.get(key).is_none_or(str::is_empty) {
            let zh = format!("写明内容为生成，却没有 `{key}`");
            return Err(Both::new(format!("it says that the content is generated and has no `{key}`"), zh));
        }
    }
    Ok(said)
}

fn differs() -> Both {
    Both::new("another label of the file says something else", "文件的另一标识与之不同")
}

/// A field whose value no label may have.
fn wrong(key: &str, error: &FieldError) -> Both {
    Both::new(format!("`{key}`: {error}"), format!("`{key}`：{}", error.in_chinese()))
}

impl Label {
    /// The label of a file as it is, for another file that was made from it: one that was encoded again, or cut.
    ///
    /// # Errors
    ///
    /// If the file could not be read to its end, has no label or several that differ, or has one that cannot be taken apart.
    pub fn carried(reading: &Reading) -> Result<Self, LabelError> {
        let refuse = |place: String, what: Both| LabelError::NotCarried { place, what };
        let Some(first) = reading.labels.first() else {
            return Err(refuse(WHOLE_FILE.to_owned(), Both::new("it has none", "没有标识")));
        };
        let place = || first.place.to_string();
        if reading.trouble.is_some() {
            return Err(refuse(place(), Both::new("the file could not be read to its end", "文件不能读完")));
        }
        if reading.labels.iter().any(|other| other.label.pairs != first.label.pairs) {
            return Err(refuse(place(), differs()));
        }
        let said = carried(&first.label).map_err(|what| refuse(place(), what))?;
        let field = |key: &str| {
            let value = first.label.get(key).unwrap_or_default();
            Text::new(value).map_err(|error| refuse(place(), wrong(key, &error)))
        };
        let propagator = (field("ContentPropagator")?, field("PropagateID")?, field("ReservedCode2")?);
        let producer = (field("ContentProducer")?, field("ProduceID")?, field("ReservedCode1")?);
        Ok(Self::of_fields(said, producer, propagator))
    }
}

/// Writes what a platform says about content that it spreads; the new file goes to `sink`.
///
/// A confirmed label keeps the producer's fields and attribute. The two other cases are for files without a label.
///
/// # Errors
///
/// If the file's label does not fit the case or cannot be carried over, or the file is damaged, or cannot be read or written.
pub fn update<R: Read + Seek, W: Write>(
    source: &mut R,
    sink: &mut W,
    container: Container,
    propagation: &Propagation,
) -> Result<Vec<Remark>, LabelError> {
    if let Some(held) = held(source)? {
        let edits = update_edits(&mut Cursor::new(&held), container, propagation)?;
        return edits.apply_held(&held, sink).map(|()| edits.remarks().to_vec());
    }
    let edits = update_edits(source, container, propagation)?;
    edits.apply(source, sink)?;
    Ok(edits.remarks().to_vec())
}

/// What [`update`] changes, to be carried out later.
///
/// # Errors
///
/// As [`update`].
pub fn update_edits<R: Read + Seek>(
    source: &mut R,
    container: Container,
    propagation: &Propagation,
) -> Result<Edits, LabelError> {
    let reading = whole(source, container)?;
    let label = propagation.onto(&reading.labels)?;
    edits_of(source, &reading, &label)
}
