//! Values that cross the border as bytes: everything that a call may read, and what it answers. The contract says what they look like,
//! at `event.read` and `event.answer`.

mod reading;
mod writing;

use std::ops::Range;

use minicbor::Decoder;

pub(crate) use reading::Read;
use reading::read;
pub(crate) use reading::{misread, read_date};
pub(crate) use writing::encoded;

/// The numbers of the sections.
pub(crate) mod section {
    pub(crate) const BRIEF: usize = 0;
    pub(crate) const SERVICE: usize = 1;
    pub(crate) const MODEL: usize = 2;
    pub(crate) const PROVIDER: usize = 3;
    pub(crate) const TENANT: usize = 4;
    pub(crate) const SUBJECT: usize = 5;
    pub(crate) const AGREEMENT: usize = 6;
    pub(crate) const STANDING: usize = 7;
    pub(crate) const GENERAL: usize = 8;
    pub(crate) const MORE_SERVICE: usize = 9;
    pub(crate) const MORE_PROVIDER: usize = 10;
    pub(crate) const MORE_SUBJECT: usize = 11;
    pub(crate) const FACTS: usize = 12;
    pub(crate) const MORE_FACTS: usize = 13;
    pub(crate) const PARTS: usize = 14;
    pub(crate) const HITS: usize = 15;
    pub(crate) const SPEECHES: usize = 16;
    pub(crate) const SIGNALS: usize = 17;
    pub(crate) const STRETCH: usize = 18;
    pub(crate) const SECTOR_CONTEXT: usize = 19;
    pub(crate) const SECTOR_EVENT: usize = 20;
    pub(super) const N: usize = 21;
}

/// Everything that a call may read, with the places of the sections. A section is read when a rule first asks for it.
#[derive(Debug, Default)]
pub(crate) struct Sections {
    bytes: Vec<u8>,
    /// Where the bytes of each section stand; nowhere where nothing is known.
    places: [Range<usize>; section::N],
}

impl Sections {
    /// Finds the sections. Those of later versions are passed over.
    pub(crate) fn of(bytes: Vec<u8>) -> Self {
        let mut from = Decoder::new(&bytes);
        let mut places: [Range<usize>; section::N] = Default::default();
        let n_sections = from.map().ok().flatten().unwrap_or_else(|| misread());
        for _ in 0..n_sections {
            let (Ok(number), Ok(value)) = (from.u32(), from.bytes()) else { misread() };
            let end = from.position();
            let place = usize::try_from(number).ok().and_then(|number| places.get_mut(number));
            place.into_iter().for_each(|place| *place = end.saturating_sub(value.len())..end);
        }
        Self { bytes, places }
    }

    /// The bytes of a section; none where it is left out.
    pub(crate) fn bytes(&self, section: usize) -> &[u8] {
        let place = self.places.get(section).cloned().unwrap_or_default();
        self.bytes.get(place).unwrap_or_default()
    }

    /// What a section holds; a record of which nothing is known, or a list without elements, where it is left out.
    // Rules ask in many places: one function for each type keeps the code of a policy small, and cheap to compile.
    #[inline(never)]
    pub(crate) fn get<T: Read + Default>(&self, section: usize) -> T {
        match self.bytes(section) {
            [] => T::default(),
            value => read(value),
        }
    }
}
