//! Values in the canonical ABI: from JSON, along the types of `wit/`, to the bytes of a guest's memory.
//!
//! Records are objects with the contract's field names, where a list that is missing is empty and an option that is missing is
//! absent. Variants are `{"case": payload}` or `"case"`. Beside that:
//!
//! - a string or list of bytes may be `{"at": address, "length": n}`, which points into memory without writing anything
//! - an entry of a list may be `{"repeat": n, "of": value}`
//! - a number may be `"$name"`: zero, with its address noted under the name

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use wit_parser::{Int, Record, Resolve, SizeAlign, Type, TypeDefKind, Variant, WorldId, WorldItem};

use crate::files;

/// The contract, ready to lay out answers.
pub struct Wire {
    pub(crate) resolve: Resolve,
    pub(crate) world: WorldId,
    sizes: SizeAlign,
}

/// A stretch of guest memory being filled.
pub(crate) struct Memory {
    base: u32,
    pub(crate) bytes: Vec<u8>,
    /// Addresses of named numbers.
    pub(crate) names: BTreeMap<String, u32>,
    /// The highest address that a value points to without writing there.
    pub(crate) reach: u32,
}

/// What points further than this is meant to point outside memory.
const FAR: u32 = 8 << 20;

impl Memory {
    pub(crate) fn at(base: u32) -> Self {
        Self { base, bytes: Vec::new(), names: BTreeMap::new(), reach: 0 }
    }

    pub(crate) fn end(&self) -> u32 {
        self.base + narrow(self.bytes.len())
    }

    fn alloc(&mut self, size: usize, align: usize) -> u32 {
        while !(self.end() as usize).is_multiple_of(align.max(1)) {
            self.bytes.push(0);
        }
        let at = self.end();
        self.bytes.resize(self.bytes.len() + size, 0);
        at
    }

    /// Lays out bytes, and returns their address.
    pub(crate) fn lay_out(&mut self, bytes: &[u8]) -> u32 {
        let at = self.alloc(bytes.len(), 1);
        self.put(at, bytes);
        at
    }

    fn put(&mut self, at: u32, bytes: &[u8]) {
        let start = (at - self.base) as usize;
        self.bytes[start..start + bytes.len()].copy_from_slice(bytes);
    }
}

/// The case of a variant, and what it carries.
fn case_in(value: &Value) -> (&str, &Value) {
    match value {
        Value::String(word) => (word.as_str(), &Value::Null),
        other => {
            let object = other.as_object().expect("a variant is a word or an object");
            let (word, payload) = object.iter().next().expect("a variant has a case");
            (word.as_str(), payload)
        }
    }
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).expect("a guest's memory is small")
}

impl Wire {
    /// Reads `wit/since-v0.1.0`.
    pub fn read() -> Self {
        let mut resolve = Resolve::default();
        let (package, _) =
            resolve.push_dir(files::repository().join("wit/since-v0.1.0")).expect("the contract is read");
        let world = resolve.select_world(&[package], Some("policy")).expect("the contract has the world `policy`");
        let mut sizes = SizeAlign::default();
        sizes.fill(&resolve);
        Self { resolve, world, sizes }
    }

    /// The contract's types and functions.
    pub fn resolve(&self) -> &Resolve {
        &self.resolve
    }

    /// The type that `judge` answers.
    fn outcome(&self) -> Type {
        let exports = &self.resolve.worlds[self.world].exports;
        let judge = exports.values().find_map(|item| match item {
            WorldItem::Function(function) if function.name == "judge" => function.result,
            WorldItem::Function(_) | WorldItem::Interface { .. } | WorldItem::Type { .. } => None,
        });
        judge.expect("`judge` answers something")
    }

    /// Lays out an outcome and returns its address.
    pub(crate) fn outcome_in(&self, memory: &mut Memory, value: &Value) -> u32 {
        let ty = self.outcome();
        let at = memory.alloc(self.size(&ty), self.align(&ty));
        self.write(memory, at, &ty, value);
        at
    }

    /// The findings of an outcome as one value: fields and cases by their places.
    pub(crate) fn findings_value(&self, outcome: &Value) -> Value {
        let outcome = self.as_value(&self.outcome(), outcome);
        outcome.get("0").cloned().unwrap_or_else(|| json!([]))
    }

    fn as_value(&self, ty: &Type, value: &Value) -> Value {
        let Type::Id(id) = ty else { return value.clone() };
        match &self.resolve.types[*id].kind {
            TypeDefKind::Type(inner) | TypeDefKind::Option(inner) => self.as_value(inner, value),
            TypeDefKind::List(inner) => match value.as_array() {
                Some(entries) => Value::Array(entries.iter().map(|entry| self.as_value(inner, entry)).collect()),
                None => value.clone(),
            },
            TypeDefKind::Record(record) => {
                let fields = record.fields.iter().enumerate().filter_map(|(place, field)| {
                    let value = value.get(field.name.as_str())?;
                    Some((place.to_string(), self.as_value(&field.ty, value)))
                });
                Value::Object(fields.collect())
            }
            TypeDefKind::Enum(cases) => {
                let place = cases.cases.iter().position(|case| value == case.name.as_str());
                json!(place.unwrap_or_else(|| panic!("there is no case `{value}`")))
            }
            TypeDefKind::Variant(variant) => {
                let (word, payload) = case_in(value);
                let mut cases = variant.cases.iter().enumerate();
                let (place, case) =
                    cases.find(|(_, case)| case.name == word).unwrap_or_else(|| panic!("there is no case `{word}`"));
                match &case.ty {
                    Some(ty) => json!([place, self.as_value(ty, payload)]),
                    None => json!([place]),
                }
            }
            other => panic!("the contract does not use {}", other.as_str()),
        }
    }

    fn size(&self, ty: &Type) -> usize {
        self.sizes.size(ty).size_wasm32()
    }

    fn align(&self, ty: &Type) -> usize {
        self.sizes.align(ty).align_wasm32()
    }

    fn write(&self, memory: &mut Memory, at: u32, ty: &Type, value: &Value) {
        match ty {
            Type::Bool => memory.put(at, &[u8::from(value.as_bool().expect("a flag"))]),
            Type::U8 | Type::S8 | Type::U16 | Type::S16 | Type::U32 | Type::S32 | Type::U64 | Type::S64 => {
                if let Some(name) = value.as_str() {
                    memory.names.insert(name.to_owned(), at);
                } else {
                    let number = value.as_i64().unwrap_or_else(|| panic!("`{value}` is no number"));
                    memory.put(at, &number.to_le_bytes()[..self.size(ty)]);
                }
            }
            Type::String => self.pointed(memory, at, value, |memory, value| {
                let text = value.as_str().unwrap_or_else(|| panic!("`{value}` is no text"));
                let start = memory.alloc(text.len(), 1);
                memory.put(start, text.as_bytes());
                (start, text.len())
            }),
            Type::Id(id) => self.write_defined(memory, at, &self.resolve.types[*id].kind, value),
            other => panic!("the contract does not use {other:?}"),
        }
    }

    fn write_defined(&self, memory: &mut Memory, at: u32, kind: &TypeDefKind, value: &Value) {
        match kind {
            TypeDefKind::Type(inner) => self.write(memory, at, inner, value),
            TypeDefKind::Record(record) => self.write_record(memory, at, record, value),
            TypeDefKind::Enum(cases) => {
                let word = value.as_str().expect("a case is a word");
                let index = cases.cases.iter().position(|case| case.name == word);
                self.tag(memory, at, cases.tag(), index.unwrap_or_else(|| panic!("there is no case `{word}`")));
            }
            TypeDefKind::Variant(variant) => self.write_variant(memory, at, variant, value),
            TypeDefKind::Option(inner) => {
                if !value.is_null() {
                    memory.put(at, &[1]);
                    let offset = self.sizes.payload_offset(Int::U8, [None, Some(inner)]);
                    self.write(memory, at + narrow(offset.size_wasm32()), inner, value);
                }
            }
            TypeDefKind::List(inner) => {
                self.pointed(memory, at, value, |memory, value| self.write_entries(memory, inner, value));
            }
            other => panic!("the contract does not use {}", other.as_str()),
        }
    }

    fn write_record(&self, memory: &mut Memory, at: u32, record: &Record, value: &Value) {
        let empty = Map::new();
        let object = if value.is_null() { &empty } else { value.as_object().expect("a record is an object") };
        for name in object.keys() {
            assert!(record.fields.iter().any(|field| field.name == *name), "there is no field `{name}`");
        }
        let offsets = self.sizes.field_offsets(record.fields.iter().map(|field| &field.ty));
        for (field, (offset, ty)) in record.fields.iter().zip(offsets) {
            let offset = at + narrow(offset.size_wasm32());
            match object.get(&field.name) {
                Some(value) => self.write(memory, offset, ty, value),
                None => assert!(self.may_be_absent(ty), "the field `{}` is missing", field.name),
            }
        }
    }

    fn write_variant(&self, memory: &mut Memory, at: u32, variant: &Variant, value: &Value) {
        let (word, payload) = case_in(value);
        let index = variant.cases.iter().position(|case| case.name == word);
        let index = index.unwrap_or_else(|| panic!("there is no case `{word}`"));
        self.tag(memory, at, variant.tag(), index);
        let offset = self.sizes.payload_offset(variant.tag(), variant.cases.iter().map(|case| case.ty.as_ref()));
        if let Some(ty) = &variant.cases[index].ty {
            self.write(memory, at + narrow(offset.size_wasm32()), ty, payload);
        }
    }

    /// Lays out a list, or text as a list of bytes, and returns where it stands and how many entries it has.
    fn write_entries(&self, memory: &mut Memory, inner: &Type, value: &Value) -> (u32, usize) {
        if let Some(text) = value.as_str() {
            let start = memory.alloc(text.len(), 1);
            memory.put(start, text.as_bytes());
            return (start, text.len());
        }
        let entries = value.as_array().unwrap_or_else(|| panic!("`{value}` is no list"));
        let entries: Vec<&Value> = entries
            .iter()
            .flat_map(|entry| {
                let times = entry.get("repeat").and_then(Value::as_u64).unwrap_or(1);
                let times = usize::try_from(times).expect("a small number");
                std::iter::repeat_n(if entry.get("repeat").is_some() { &entry["of"] } else { entry }, times)
            })
            .collect();
        let step = self.size(inner);
        let start = memory.alloc(step * entries.len(), self.align(inner));
        for (index, entry) in entries.iter().enumerate() {
            self.write(memory, start + narrow(index * step), inner, entry);
        }
        (start, entries.len())
    }

    /// Writes pointer and length of what `lay_out` puts elsewhere, or of what stands there already.
    fn pointed(
        &self,
        memory: &mut Memory,
        at: u32,
        value: &Value,
        lay_out: impl FnOnce(&mut Memory, &Value) -> (u32, usize),
    ) {
        let (start, length) =
            match (value.get("at").and_then(Value::as_u64), value.get("length").and_then(Value::as_u64)) {
                (Some(start), Some(length)) => {
                    let (start, length) =
                        (u32::try_from(start).expect("an address"), u32::try_from(length).expect("a length"));
                    memory.reach = memory.reach.max(Some(start + length).filter(|end| *end < FAR).unwrap_or(0));
                    (start, length as usize)
                }
                _ => lay_out(memory, value),
            };
        memory.put(at, &start.to_le_bytes());
        memory.put(at + 4, &narrow(length).to_le_bytes());
    }

    fn tag(&self, memory: &mut Memory, at: u32, tag: Int, index: usize) {
        assert_eq!(tag, Int::U8, "no variant of the contract has more than 256 cases");
        memory.put(at, &[u8::try_from(index).expect("few cases")]);
    }

    fn may_be_absent(&self, ty: &Type) -> bool {
        let Type::Id(id) = ty else { return false };
        match &self.resolve.types[*id].kind {
            TypeDefKind::Type(inner) => self.may_be_absent(inner),
            kind => matches!(kind, TypeDefKind::Option(_) | TypeDefKind::List(_)),
        }
    }
}
