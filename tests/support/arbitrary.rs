//! Values of any type that can be read, with every field that it may have: what a text would have to say is chosen instead.

use serde::Deserialize;
use serde::de::value::{Error, StrDeserializer};
use serde::de::{Deserializer, IntoDeserializer as _, MapAccess, SeqAccess, Visitor};

use crate::dice::Dice;

/// A value whose parts the dice choose. Of what may be absent, one in six is.
///
/// # Panics
/// Where the type takes other texts than days and names.
pub fn any<'de, T: Deserialize<'de>>(dice: &mut Dice<'_>) -> T {
    T::deserialize(Chosen(dice)).unwrap_or_else(|e| panic!("{}: {e}", std::any::type_name::<T>()))
}

struct Chosen<'d, 'b>(&'d mut Dice<'b>);

const WORDS: [&str; 5] = ["a1", "x.y", "Z-9", "a1.violence", "platform"];
const DAYS: [&str; 3] = ["2026-11-02", "1999-12-31", "2024-02-29"];

impl Chosen<'_, '_> {
    fn number(&mut self) -> u64 {
        let (low, high) = (u64::from(self.0.byte()), u64::from(self.0.byte()));
        low + if self.0.once_in(3) { high * 1_000_003 } else { 0 }
    }
}

macro_rules! numbers {
    ($($read:ident $visit:ident $ty:ident;)+) => {$(
        fn $read<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
            let number = self.number();
            visitor.$visit($ty::try_from(number).unwrap_or($ty::MAX))
        }
    )+};
}

impl<'de> Deserializer<'de> for Chosen<'_, '_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.0.once_in(2))
    }

    numbers! {
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64;
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(self.0.one_of::<&str>(&DAYS))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(self.0.one_of::<&str>(&WORDS))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.once_in(6) { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let n = self.0.below(3);
        visitor.visit_seq(Elements(self.0, n))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        // A table is empty.
        visitor.visit_map(Fields(self.0, &[]))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Fields(self.0, fields))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let word: StrDeserializer<'_, Error> = self.0.one_of(variants).into_deserializer();
        visitor.visit_enum(word)
    }

    serde::forward_to_deserialize_any! {
        f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

struct Elements<'d, 'b>(&'d mut Dice<'b>, usize);

impl<'de> SeqAccess<'de> for Elements<'_, '_> {
    type Error = Error;

    fn next_element_seed<T: serde::de::DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(left) = self.1.checked_sub(1) else { return Ok(None) };
        self.1 = left;
        seed.deserialize(Chosen(self.0)).map(Some)
    }
}

struct Fields<'d, 'b>(&'d mut Dice<'b>, &'static [&'static str]);

impl<'de> MapAccess<'de> for Fields<'_, '_> {
    type Error = Error;

    fn next_key_seed<K: serde::de::DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some((first, rest)) = self.1.split_first() else { return Ok(None) };
        self.1 = rest;
        let name: StrDeserializer<'_, Error> = (*first).into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: serde::de::DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(Chosen(self.0))
    }
}
