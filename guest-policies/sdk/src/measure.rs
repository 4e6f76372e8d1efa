//! Registered measures and their parameters.

use std::borrow::Cow;

use crate::Date;

/// The value of a measure's parameter; there is none for free text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ParamValue {
    /// A count, an amount, a position.
    Number(i64),
    /// A day.
    Date(Date),
    /// A duration in seconds.
    Seconds(u64),
    /// An id that the measure's registration lists.
    Id(Cow<'static, str>),
}

/// Something the platform must do beyond its text. The id and every parameter are registered in `measures.toml`, and the
/// manifest lists the measure under `may-require`; anything else is a fault.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Measure {
    id: &'static str,
    params: Vec<(&'static str, ParamValue)>,
}

impl Measure {
    /// A measure without parameters.
    pub fn new(id: &'static str) -> Self {
        Self { id, params: Vec::new() }
    }

    /// With a number.
    #[must_use]
    pub fn number(self, name: &'static str, value: i64) -> Self {
        self.param(name, ParamValue::Number(value))
    }

    /// With a day.
    #[must_use]
    pub fn date(self, name: &'static str, value: Date) -> Self {
        self.param(name, ParamValue::Date(value))
    }

    /// With a duration in seconds.
    #[must_use]
    pub fn seconds(self, name: &'static str, value: u64) -> Self {
        self.param(name, ParamValue::Seconds(value))
    }

    /// With an id of the parameter's registered list.
    #[must_use]
    pub fn id(self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.param(name, ParamValue::Id(value.into()))
    }

    /// The measure's id.
    pub fn name(&self) -> &'static str {
        self.id
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&ParamValue> {
        self.params.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Its parameters, by name.
    pub(crate) fn params(&self) -> &[(&'static str, ParamValue)] {
        &self.params
    }

    fn param(mut self, name: &'static str, value: ParamValue) -> Self {
        if self.params.is_empty() {
            // Most measures have one parameter, and room for it alone.
            self.params = vec![(name, value)];
        } else {
            self.params.retain(|(known, _)| *known != name);
            self.params.push((name, value));
        }
        self
    }
}
