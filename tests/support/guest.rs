//! Guests from text: a core module with placeholders becomes a packed policy.
//!
//! - `{{runtime}}` stands after the imports: memory, allocator, and a `configure` that is content unless the file has its own
//! - `{{outcome {…}}}` is the address of an answer, written as JSON; see `wire`
//! - `{{bytes HEX}}` is the address and the length of these bytes
//! - `{{phone}}` and `{{digits}}` are the places where a guest may put the phone number it read, as text and as a number
//! - `{{area}}` is a place for what the host returns
//! - `{{name}}` is the address of the number `"$name"` of an answer
//! - any other `{{word}}` is what the test gives for it

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};
use specialis_bundle::{BundleError, NamedSection, Sources, pack};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

use crate::files;
use crate::value::encoded;
use crate::wire::{Memory, Wire};

/// The user's phone number in the events of the tests.
pub const PHONE: &str = "13800138000";

const AREA: u32 = 16;
const PHONE_AT: u32 = 64;
const DIGITS_AT: u32 = 96;
const DATA: u32 = 1_024;
const PAGE: u32 = 65_536;

/// A guest being made.
#[derive(Clone, Debug)]
pub struct Guest {
    name: String,
    text: String,
    manifest: Manifest,
    lexicons: Vec<NamedSection>,
    vectors: Vec<NamedSection>,
    data: Vec<NamedSection>,
}

impl Guest {
    /// The guest of `tests/guests/NAME.wat`, under the manifest of [`Manifest::hostile`].
    pub fn from_file(name: &str) -> Self {
        Self::from_text(name, &files::read(format!("guests/{name}.wat")))
    }

    /// A guest from a text like that of the files.
    pub fn from_text(name: &str, text: &str) -> Self {
        let (name, text, manifest) = (name.to_owned(), text.to_owned(), Manifest::hostile());
        Self { name, text, manifest, lexicons: Vec::new(), vectors: Vec::new(), data: Vec::new() }
    }

    /// The witness of 0.1.1. Its answers are data of its file: on a text that begins with 0 it has none, on the others it marks,
    /// warns and asks for a review.
    pub fn witness_by_value() -> Self {
        let label = json!({"0": "label-explicit", "1": [{"0": "text", "1": [3, "ai-generated"]}]});
        let mark = (1, "im.art12.marking", "12", json!([[4, label]]));
        let [warn, review] = [2, 4].map(|level| (level, "im.art4.violence.screen", "4(1)", json!([])));
        let witness = Self::from_file("witness-by-value").under(Manifest::witness());
        (1_u8..).zip([mark, warn, review]).fold(witness, |witness, (n, (level, duty, article, obligations))| {
            let cite = json!({"0": "IM", "1": article});
            let demand = json!({"0": level, "1": obligations, "2": [], "3": cite, "4": "because"});
            witness.with_data(&n.to_string(), encoded(&json!([{"0": duty, "1": "H1", "2": [2, demand]}])))
        })
    }

    /// What to put for `{{word}}`.
    #[must_use]
    pub fn with(mut self, word: &str, value: &str) -> Self {
        let hole = format!("{{{{{word}}}}}");
        assert!(self.text.contains(&hole), "`{}` has no `{hole}`", self.name);
        self.text = self.text.replace(&hole, value);
        self
    }

    /// Another manifest.
    #[must_use]
    pub fn under(mut self, manifest: Manifest) -> Self {
        self.manifest = manifest;
        self
    }

    /// A lexicon that it brings along.
    #[must_use]
    pub fn with_lexicon(mut self, name: &str, text: &str) -> Self {
        self.lexicons.push(NamedSection { name: name.to_owned(), data: text.as_bytes().to_vec() });
        self
    }

    /// A file of vectors that it brings along.
    #[must_use]
    pub fn with_vectors(mut self, name: &str, text: &str) -> Self {
        self.vectors.push(NamedSection { name: name.to_owned(), data: text.as_bytes().to_vec() });
        self
    }

    /// Data that it brings along.
    #[must_use]
    pub fn with_data(mut self, name: &str, data: Vec<u8>) -> Self {
        self.data.push(NamedSection { name: name.to_owned(), data });
        self
    }

    /// The component without sections of ours. A file that holds a component is taken as it is.
    pub fn component(&self) -> Vec<u8> {
        let named = |reason: String| format!("guest `{}`: {reason}", self.name);
        if self.text.contains("(component") {
            return wat::parse_str(&self.text).unwrap_or_else(|e| panic!("{}", named(e.to_string())));
        }
        let wire = Wire::read();
        let text = self.expanded(&wire);
        let mut module = wat::parse_str(&text).unwrap_or_else(|e| panic!("{}", named(e.to_string())));
        embed_component_metadata(&mut module, &wire.resolve, wire.world, StringEncoding::UTF8)
            .unwrap_or_else(|e| panic!("{}", named(format!("{e:#}"))));
        let encoder = ComponentEncoder::default().validate(true).module(&module);
        encoder.and_then(|mut encoder| encoder.encode()).unwrap_or_else(|e| panic!("{}", named(format!("{e:#}"))))
    }

    /// The policy's file, or why it cannot be one.
    ///
    /// # Errors
    /// Where the component is refused at packing.
    pub fn try_pack(&self) -> Result<Vec<u8>, BundleError> {
        pack(Sources {
            component: self.component(),
            manifest: self.manifest.text(),
            lexicons: self.lexicons.clone(),
            vectors: self.vectors.clone(),
            data: self.data.clone(),
        })
    }

    /// The policy's file.
    pub fn pack(&self) -> Vec<u8> {
        self.try_pack().unwrap_or_else(|e| panic!("guest `{}`: {e}", self.name))
    }

    fn expanded(&self, wire: &Wire) -> String {
        let mut memory = Memory::at(DATA);
        let mut out = String::new();
        let mut rest = self.text.as_str();
        while let Some((before, after)) = rest.split_once("{{outcome ") {
            out.push_str(before);
            let mut values = serde_json::Deserializer::from_str(after).into_iter::<Value>();
            let value =
                values.next().and_then(Result::ok).unwrap_or_else(|| panic!("guest `{}`: bad outcome", self.name));
            let tail = &after[values.byte_offset()..];
            rest = tail
                .trim_start()
                .strip_prefix("}}")
                .unwrap_or_else(|| panic!("guest `{}`: `}}}}` is missing", self.name));
            let at = wire.outcome_in(&mut memory, &value);
            write!(out, "{at}").expect("text takes text");
        }
        out.push_str(rest);
        let out = with_bytes(&mut memory, &out);
        let digits = memory.names.get("$digits").copied().unwrap_or(DIGITS_AT);
        let out = out
            .replace("{{area}}", &AREA.to_string())
            .replace("{{phone}}", &PHONE_AT.to_string())
            .replace("{{digits}}", &digits.to_string());
        let out = memory.names.iter().fold(out, |out, (name, at)| {
            out.replace(&format!("{{{{{}}}}}", name.trim_start_matches('$')), &at.to_string())
        });
        let configure = !out.contains("(export \"configure\")");
        out.replace("{{runtime}}", &runtime(&memory, configure))
    }
}

/// Lays out bytes, and puts their addresses and lengths in their places.
fn with_bytes(memory: &mut Memory, text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, (hex, after))) =
        rest.split_once("{{bytes ").and_then(|(before, after)| Some((before, after.split_once("}}")?)))
    {
        let digits = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("digits"));
        let bytes: Vec<u8> = digits.map(|pair| u8::from_str_radix(pair, 16).expect("digits")).collect();
        let at = memory.lay_out(&bytes);
        write!(out, "{before}(i32.const {at}) (i32.const {})", bytes.len()).expect("text takes text");
        rest = after;
    }
    out + rest
}

fn runtime(memory: &Memory, configure: bool) -> String {
    let mut data = String::new();
    for byte in &memory.bytes {
        write!(data, "\\{byte:02x}").expect("text takes text");
    }
    let heap = memory.end().next_multiple_of(16);
    let pages = heap.max(memory.reach).div_ceil(PAGE) + 1;
    let configure = if configure { r#"(func (export "configure") (result i32) (i32.const 0))"# } else { "" };
    format!(
        r#"(memory (export "memory") {pages})
  (data (i32.const {DATA}) "{data}")
  (global $heap (mut i32) (i32.const {heap}))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 15)) (i32.const -16)))
    (global.set $heap (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  {configure}"#
    )
}

/// A manifest being made, as the text of `policy.toml`.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The policy's id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Its title in Chinese and in English; its id where absent.
    pub title: Option<[String; 2]>,
    /// `"general"`, `"common"`, or `{ sector = "…" }`, as TOML.
    pub origin: String,
    /// The duties it governs.
    pub governs: Vec<String>,
    /// The kinds of event on which it is called.
    pub kinds: Vec<String>,
    /// Whether it is called at open.
    pub open: bool,
    /// More lines under `[wakes]`.
    pub wakes: String,
    /// More lines at the top.
    pub more: String,
    /// What it asks to displace: duty, instrument, article.
    pub displaces: Vec<(String, String, String)>,
    /// What its rules cite, beside what it asks to displace by: the articles of each instrument.
    pub cites: BTreeMap<String, Vec<String>>,
    /// Measures it may require.
    pub may_require: Vec<String>,
    /// The words of its reason `because` in Chinese and in English; placeholders where absent.
    pub because: Option<[String; 2]>,
}

/// The duties that a hostile guest governs; one of them fails to `stop`.
const GOVERNS: [&str; 4] = ["im.art4.violence", "im.art4.violence.screen", "im.art12.marking", "im.art20.overseas"];

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

impl Manifest {
    /// What every hostile guest declares: called on `tool` events, without a sector, governing four duties of the registry by
    /// one rule `H1`; rule `H2` answers on one of them alone. Reason `because` and text `advert` are declared, and so are all
    /// text actions and some measures. What is granted is another matter.
    pub fn hostile() -> Self {
        Self {
            id: "hostile".to_owned(),
            version: "1.0.0".to_owned(),
            title: None,
            origin: "\"general\"".to_owned(),
            governs: owned(&GOVERNS),
            kinds: owned(&["tool"]),
            open: false,
            wakes: String::new(),
            more: String::new(),
            displaces: Vec::new(),
            cites: BTreeMap::from([("IM".to_owned(), owned(&["4(1)", "12"]))]),
            may_require: owned(&[
                "label-explicit", "record", "terminate-user", "retract", "keep-verbatim", "complaint-ticket",
            ]),
            because: None,
        }
    }

    /// A well-behaved neighbor: called on `output` events, law that binds whatever the sector.
    pub fn witness() -> Self {
        Self {
            id: "witness".to_owned(),
            origin: "\"common\"".to_owned(),
            governs: owned(&["im.art4.violence.screen", "im.art12.marking"]),
            kinds: owned(&["output"]),
            ..Self::hostile()
        }
    }

    /// Another id.
    #[must_use]
    pub fn called(mut self, id: &str) -> Self {
        self.id = id.to_owned();
        self
    }

    /// Another version.
    #[must_use]
    pub fn at(mut self, version: &str) -> Self {
        self.version = version.to_owned();
        self
    }

    /// Another origin: a sector.
    #[must_use]
    pub fn of_sector(mut self, sector: &str) -> Self {
        self.origin = format!("{{ sector = \"{sector}\" }}");
        self
    }

    /// Called at open too.
    #[must_use]
    pub fn at_open(mut self) -> Self {
        self.open = true;
        self
    }

    /// Called on these kinds of event.
    #[must_use]
    pub fn on(mut self, kinds: &[&str]) -> Self {
        self.kinds = owned(kinds);
        self
    }

    /// More lines under `[wakes]`.
    #[must_use]
    pub fn waking(mut self, lines: &str) -> Self {
        self.wakes = lines.to_owned();
        self
    }

    /// The text of `policy.toml`.
    pub fn text(&self) -> String {
        let quoted = |words: &[String]| words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", ");
        let [zh, en] = self.title.clone().unwrap_or_else(|| [self.id.clone(), self.id.clone()]);
        let mut text = format!(
            "id = {:?}\nversion = {:?}\ntitle = {{ zh = {zh:?}, en = {en:?} }}\norigin = {}\ngoverns = [{}]\n\
             actions = [\"redact\", \"replace\", \"append\", \"stop\"]\n",
            self.id,
            self.version,
            self.origin,
            quoted(&self.governs),
        );
        let measures: BTreeSet<_> = self.may_require.iter().map(|id| format!("{{ id = {id:?} }}")).collect();
        writeln!(text, "may-require = [{}]", measures.into_iter().collect::<Vec<_>>().join(", "))
            .expect("text takes text");
        let asks = self.displaces.iter();
        let asks = asks
            .map(|(duty, by, article)| format!("{{ duty = {duty:?}, instrument = {by:?}, article = {article:?} }}"));
        writeln!(text, "displaces = [{}]", asks.collect::<Vec<_>>().join(", ")).expect("text takes text");
        let (more, wakes) = (&self.more, &self.wakes);
        writeln!(text, "{more}\n[wakes]\nopen = {}\nkinds = [{}]\n{wakes}", self.open, quoted(&self.kinds))
            .expect("text takes text");
        let mut cites = self.cites.clone();
        for (_, instrument, article) in &self.displaces {
            let articles = cites.entry(instrument.clone()).or_default();
            if !articles.contains(article) {
                articles.push(article.clone());
            }
        }
        let cites = cites.iter().map(|(instrument, articles)| format!("{instrument:?} = [{}]", quoted(articles)));
        let cites = cites.collect::<Vec<_>>().join(", ");
        let first = quoted(&self.governs[..1]);
        for (rule, duties) in [("H1", quoted(&self.governs)), ("H2", first)] {
            writeln!(
                text,
                "[rules.{rule}]\nzh = \"规则\"\nen = \"a rule\"\nduties = [{duties}]\ncites = {{ {cites} }}"
            )
            .expect("text takes text");
        }
        let [zh, en] = self.because.clone().unwrap_or_else(|| ["理由".to_owned(), "a reason".to_owned()]);
        writeln!(text, "[reasons.because]\nzh = {zh:?}\nen = {en:?}").expect("text takes text");
        text.push_str("[texts.advert]\nzh = \"限时特惠，扫码领取\"\nen = \"limited offer, scan now\"\n");
        text
    }
}
