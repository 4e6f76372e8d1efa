//! What was seen of indexes: an older one is not shown in place of a newer one.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use cap_std::fs::Dir;
use clap::Args;
use serde::{Deserialize, Serialize};
use specialis::admission::Listing;
use specialis::files::{self, NewFile};
use specialis_bundle::digest_of;

use crate::output;
use crate::private::Place;

/// More bytes than a memory of one index has.
const MOST_BYTES: u64 = 64 << 10;
const LOCK: &str = "index.lock";

/// Where the program remembers which index was seen last.
#[derive(Args)]
pub(super) struct SeenOptions {
    /// Folder in which to remember the number of the newest index of each place, so that no older one is shown; its key is made
    /// beside it, as `DIR.key` [default: `specialis/indexes` in your folder for state]
    #[arg(id = "state", long = "state", value_name = "DIR", env = "SPECIALIS_STATE")]
    folder: Option<PathBuf>,
    /// Remember nothing of indexes
    #[arg(long, conflicts_with = "state")]
    no_state: bool,
    /// Refuse an index with a lower number than this
    #[arg(long, value_name = "NUMBER", default_value_t, hide_default_value = true)]
    at_least: u64,
}

/// An index whose signature counts.
pub(super) struct Found<'a> {
    pub(super) listing: &'a Listing,
    /// The digest of what was signed.
    pub(super) digest: String,
    /// Whether whoever searches named this very index.
    pub(super) is_pinned: bool,
}

/// What is remembered of a place.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Seen {
    place: String,
    name: String,
    number: u64,
    digest: String,
}

impl SeenOptions {
    /// Refuses an index that is older than one that was seen at the place, and remembers it otherwise.
    ///
    /// # Errors
    /// If it is older, another one of the same number, or another index; or if the folder that was named cannot be used. If the
    /// default folder cannot be used, a note says why and nothing is remembered.
    pub(super) fn check(&self, place: &str, found: &Found<'_>) -> Result<()> {
        let number = found.listing.number;
        if number < self.at_least {
            bail!(
                "`{place}` has the index number {number}, and `--at-least` asks for {}; look for the newer one",
                self.at_least
            );
        }
        let opened = match &self.folder {
            _ if self.no_state => None,
            Some(folder) => {
                let opened = Place::beside(folder).and_then(|place| place.open());
                Some(opened.context("the state folder cannot be used")?)
            }
            None => match Place::of_indexes().and_then(|place| place.open()) {
                Ok(opened) => Some(opened),
                Err(error) => {
                    output::note_error("what was seen of the index is not remembered", &error);
                    None
                }
            },
        };
        opened.map_or(Ok(()), |(dir, key)| Memory { dir, key, place }.check(found))
    }
}

/// The file of one place, authenticated by a key that lies elsewhere.
struct Memory<'a> {
    dir: Dir,
    key: [u8; 32],
    place: &'a str,
}

impl Memory<'_> {
    fn check(&self, found: &Found<'_>) -> Result<()> {
        let unusable = || format!("what was seen of `{}` cannot be kept", self.place);
        // Another run may remember something meanwhile.
        let _lock = self.lock().with_context(unusable)?;
        let before = self.read()?;
        match &before {
            None => output::note("nothing is remembered of this index: an older one would not be noticed"),
            Some(before) if !before.admits(found)? => return Ok(()),
            Some(_) => {}
        }
        let seen = Seen {
            place: self.place.to_owned(),
            name: found.listing.name.clone(),
            number: found.listing.number,
            digest: found.digest.clone(),
        };
        if before.as_ref() == Some(&seen) {
            return Ok(());
        }
        let json = serde_json::to_string(&seen).with_context(unusable)?;
        let bytes = format!("{}\n{json}", self.mac(&json).to_hex());
        let new = NewFile::default().private().synced();
        new.replace(&self.dir, &self.file(), bytes.as_bytes()).with_context(unusable)
    }

    fn read(&self) -> Result<Option<Seen>> {
        let file = self.file();
        let bytes = match files::read(&self.dir, &file, MOST_BYTES) {
            Ok(bytes) => bytes,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("`{file}` of the state folder cannot be read")),
        };
        let text = String::from_utf8_lossy(&bytes);
        let (mac, json) = text.split_once('\n').unwrap_or_default();
        // Comparing hashes of this type takes the same time wherever they differ.
        let is_ours = blake3::Hash::from_hex(mac).is_ok_and(|mac| mac == self.mac(json));
        let seen = is_ours.then(|| serde_json::from_str::<Seen>(json).ok()).flatten();
        match seen.filter(|seen| seen.place == self.place) {
            Some(seen) => Ok(Some(seen)),
            None => bail!("`{file}` of the state folder is damaged; find out by whom, then remove it"),
        }
    }

    /// The name of the file of this place.
    fn file(&self) -> String {
        let hex: String = digest_of(self.place.as_bytes()).chars().skip("sha256:".len()).take(32).collect();
        format!("index-{hex}.json")
    }

    /// Waits for other runs that write here; they may, when what is returned is dropped.
    fn lock(&self) -> io::Result<File> {
        let mut options = files::non_blocking();
        options.write(true).create(true);
        let file = self.dir.open_with(LOCK, &options)?.into_std();
        file.lock()?;
        Ok(file)
    }

    fn mac(&self, json: &str) -> blake3::Hash {
        blake3::keyed_hash(&self.key, json.as_bytes())
    }
}

impl Seen {
    /// Whether an index is to be remembered in place of this one. One that was named by its digest is shown, whatever its number.
    fn admits(&self, found: &Found<'_>) -> Result<bool> {
        let Self { place, name, number, digest } = self;
        let Listing { name: new_name, number: new_number, .. } = found.listing;
        if name != new_name {
            bail!(
                "`{place}` has the index `{new_name}` where `{name}` was seen; ask its publisher, who needs another repository for it"
            );
        }
        if new_number < number {
            let older = format!("`{place}` has the index number {new_number}, and number {number} was seen before");
            if found.is_pinned {
                output::note(&format!("{older}; what is shown is the older one"));
                return Ok(false);
            }
            bail!("{older}; somebody brings back an older one, so ask its publisher");
        }
        if new_number == number && *digest != found.digest {
            bail!(
                "`{place}` has another index of number {number} than the one that was seen; ask its publisher for one with a new number"
            );
        }
        Ok(true)
    }
}
