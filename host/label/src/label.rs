//! The label as a value that is right by construction.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::field::{FieldError, Text};

/// How certain it is that content was generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attribute {
    /// It was: `1`.
    Generated,
    /// It may have been, as somebody declared: `2`.
    Possible,
    /// It is suspected, from what was seen: `3`.
    Suspected,
}

impl Attribute {
    /// As written in a label.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Generated => "1",
            Self::Possible => "2",
            Self::Suspected => "3",
        }
    }

    /// From what is written in a label.
    pub fn parse(value: &str) -> Option<Self> {
        [Self::Generated, Self::Possible, Self::Suspected].into_iter().find(|known| known.as_str() == value)
    }
}

/// The keys of a label, in the order in which they stand (Annex E of GB 45438-2025).
pub(crate) const KEYS: [&str; 7] =
    ["Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator", "PropagateID", "ReservedCode2"];

/// The key around the seven, where the place in the file has no name of its own.
pub(crate) const WRAPPER: &str = "AIGC";

/// A label: what content is, who made it, who spread it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Label {
    attribute: Attribute,
    producer: Text,
    produce_id: Text,
    reserved_1: Text,
    propagator: Text,
    propagate_id: Text,
    reserved_2: Text,
    /// Whether it is written although a check of it finds a violation.
    is_insisted: bool,
}

impl Label {
    /// The label that a provider writes on what it generated. On the first write the fields of whoever spreads the content
    /// equal those of whoever made it.
    ///
    /// # Errors
    ///
    /// If a value is empty or has characters that fields may not have.
    pub fn generated(producer: &str, produce_id: &str) -> Result<Self, LabelFieldError> {
        let producer = filled("ContentProducer", producer)?;
        let produce_id = filled("ProduceID", produce_id)?;
        Ok(Self {
            attribute: Attribute::Generated,
            reserved_1: Text::default(),
            propagator: producer.clone(),
            propagate_id: produce_id.clone(),
            reserved_2: Text::default(),
            is_insisted: false,
            producer,
            produce_id,
        })
    }

    /// The label that a platform writes on content whose maker is not known: it may have been generated, or is suspected.
    ///
    /// # Errors
    ///
    /// As [`Label::generated`].
    pub fn of_unknown_producer(
        attribute: Attribute,
        propagator: &str,
        propagate_id: &str,
    ) -> Result<Self, LabelFieldError> {
        Ok(Self {
            attribute,
            producer: Text::default(),
            produce_id: Text::default(),
            reserved_1: Text::default(),
            propagator: filled("ContentPropagator", propagator)?,
            propagate_id: filled("PropagateID", propagate_id)?,
            reserved_2: Text::default(),
            is_insisted: false,
        })
    }

    /// With the provider's security field, such as a digest or a signature.
    ///
    /// # Errors
    ///
    /// If the value has characters that fields may not have.
    pub fn with_reserved_1(mut self, value: &str) -> Result<Self, LabelFieldError> {
        self.reserved_1 = text("ReservedCode1", value)?;
        Ok(self)
    }

    /// With a signature over the producer's fields as the provider's security field, and the key to verify it with.
    #[cfg(feature = "sm2")]
    #[must_use]
    pub fn signed(mut self, key: &crate::security::LabelKey) -> Self {
        // Its characters are those of JSON and of hexadecimal, all of which a field may have.
        self.reserved_1 = Text::new(key.field(&self)).unwrap_or_default();
        self
    }

    /// With the security field of whoever spreads the content.
    ///
    /// # Errors
    ///
    /// If the value has characters that fields may not have.
    pub fn with_reserved_2(mut self, value: &str) -> Result<Self, LabelFieldError> {
        self.reserved_2 = text("ReservedCode2", value)?;
        Ok(self)
    }

    /// To be written even where [`check`](crate::check()) finds a violation in it: a malformed code, a number that is no number.
    /// Without this such a label is refused.
    #[must_use]
    pub fn insisted(mut self) -> Self {
        self.is_insisted = true;
        self
    }

    pub(crate) fn is_insisted(&self) -> bool {
        self.is_insisted
    }

    /// A label of these fields: a party, its number and its security field, for whoever made the content and whoever spread it.
    pub(crate) fn of_fields(
        attribute: Attribute,
        producer: (Text, Text, Text),
        propagator: (Text, Text, Text),
    ) -> Self {
        let (producer, produce_id, reserved_1) = producer;
        let (propagator, propagate_id, reserved_2) = propagator;
        Self { attribute, producer, produce_id, reserved_1, propagator, propagate_id, reserved_2, is_insisted: false }
    }

    /// With who made it, where that is known.
    pub(crate) fn with_producer(mut self, producer: Text, produce_id: Text, reserved_1: Text) -> Self {
        (self.producer, self.produce_id, self.reserved_1) = (producer, produce_id, reserved_1);
        self
    }

    /// With the attribute of an earlier label.
    pub(crate) fn with_attribute(mut self, said: Attribute) -> Self {
        self.attribute = said;
        self
    }

    /// How certain it is that the content was generated.
    pub fn attribute(&self) -> Attribute {
        self.attribute
    }

    /// Who made it; empty where nobody knows.
    pub fn producer(&self) -> &Text {
        &self.producer
    }

    /// The producer's number for it.
    pub fn produce_id(&self) -> &Text {
        &self.produce_id
    }

    /// Who spread it.
    pub fn propagator(&self) -> &Text {
        &self.propagator
    }

    /// The propagator's number for it.
    pub fn propagate_id(&self) -> &Text {
        &self.propagate_id
    }

    /// The seven keys with their values, in order.
    pub fn fields(&self) -> [(&'static str, &str); 7] {
        let values = [
            self.attribute.as_str(),
            self.producer.as_str(),
            self.produce_id.as_str(),
            self.reserved_1.as_str(),
            self.propagator.as_str(),
            self.propagate_id.as_str(),
            self.reserved_2.as_str(),
        ];
        let mut fields = [("", ""); 7];
        for ((field, key), value) in fields.iter_mut().zip(KEYS).zip(values) {
            *field = (key, value);
        }
        fields
    }

    /// The object of seven keys, for a place that is itself called `AIGC`.
    pub fn to_json(&self) -> String {
        let pairs: Vec<String> =
            self.fields().iter().map(|(key, value)| format!("\"{key}\":\"{}\"", escaped(value))).collect();
        format!("{{{}}}", pairs.join(","))
    }

    /// The same within `{"AIGC":…}`, for a place with no name of its own.
    pub fn to_wrapped_json(&self) -> String {
        format!("{{\"{WRAPPER}\":{}}}", self.to_json())
    }
}

impl Serialize for Label {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(KEYS.len()))?;
        for (key, value) in self.fields() {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// A value between quotation marks, of JSON and of YAML alike.
pub(crate) fn escaped(value: &str) -> String {
    value.replace('"', "\\\"")
}

fn text(key: &'static str, value: &str) -> Result<Text, LabelFieldError> {
    Text::new(value).map_err(|source| LabelFieldError::Value { key, source })
}

fn filled(key: &'static str, value: &str) -> Result<Text, LabelFieldError> {
    if value.is_empty() { Err(LabelFieldError::Empty { key }) } else { text(key, value) }
}

/// Why a label cannot be made of these values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelFieldError {
    /// A value that no field may have.
    #[error("the value of `{key}` cannot stand in a label; correct it")]
    Value {
        /// The field.
        key: &'static str,
        /// What is wrong with the value.
        source: FieldError,
    },
    /// A field that must not be empty.
    #[error("`{key}` is empty; give the provider's code or name, or its number for the content")]
    Empty {
        /// The field.
        key: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_write_equals_on_both_sides() {
        let label = Label::generated("001191110000MAAAAAAA0710002", "c-1").unwrap().with_reserved_1("s=").unwrap();
        assert_eq!(
            label.to_wrapped_json(),
            "{\"AIGC\":{\"Label\":\"1\",\"ContentProducer\":\"001191110000MAAAAAAA0710002\",\"ProduceID\":\"c-1\",\
             \"ReservedCode1\":\"s=\",\"ContentPropagator\":\"001191110000MAAAAAAA0710002\",\"PropagateID\":\"c-1\",\
             \"ReservedCode2\":\"\"}}"
        );
    }

    #[test]
    fn what_no_field_may_have_makes_no_label() {
        assert!(matches!(
            Label::generated("Some Agent", "1"),
            Err(LabelFieldError::Value { key: "ContentProducer", .. })
        ));
        assert_eq!(Label::generated("a", ""), Err(LabelFieldError::Empty { key: "ProduceID" }));
        assert_eq!(
            Label::generated("", "1").unwrap_err().to_string(),
            "`ContentProducer` is empty; give the provider's code or name, or its number for the content"
        );
    }
}
