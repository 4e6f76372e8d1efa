//! The folder of a ledger, as the program lays it out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirBuilder, DirBuilderExt as _};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use serde::{Deserialize, Serialize};
use specialis::files::non_blocking;
use specialis_ledger::{
    Checkpoint, Disk, FolderDisk, Head, Index, Keeper, Keyring, Ledger, LedgerBuilder, LogReader, NoteKey,
    NoteSigner as _, OpenReport, Query, RedbStanding, Retention, Row, Sm2Signer, StandingStore, Subject,
    carry_standing,
};

use super::shared_standing::SharedStanding;
use super::{InitArgs, orders, readings};

use crate::input::file;
use crate::keys;
use crate::output;
use crate::private::check_folder;

const FILE: &str = "ledger.toml";
const SECRET: &str = "secret.pem";
const LOG: &str = "log";
const CHECKPOINT: &str = "checkpoint";
const KEYS: &str = "keys";
const CACHES: &str = "caches";
const HEADS: &str = "heads";
const SERVER: &str = "server";
const READINGS: &str = "readings";
const ORDERS: &str = "orders";

/// What stands in `ledger.toml`.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Settings {
    /// The name of the log.
    origin: String,
    /// The key under which others verify it.
    public: String,
    /// The folder of the signed heads; a relative path begins in the ledger's folder.
    heads: PathBuf,
    /// Months for which decisions are kept at least.
    log_months: u8,
    /// Months for which what concerns users is kept at least.
    user_months: u8,
    /// The folder of the keys, where several servers share one; a relative path begins in the ledger's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    keys: Option<PathBuf>,
    /// A key of SM2 that signs checkpoints and packs beside the other; a relative path begins in the ledger's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sm2_key: Option<PathBuf>,
    /// The database in which several servers count the breaches of users, as `psql` takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    standing: Option<String>,
    /// The ledger that this one goes on from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    follows: Option<Earlier>,
}

/// An earlier ledger, whose breaches count on.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Earlier {
    /// Its folder.
    folder: PathBuf,
    /// The name of its log.
    origin: String,
}

impl Settings {
    /// What a new ledger is, which may go on from an earlier one.
    fn new(args: &InitArgs, earlier: Option<LedgerFolder>, public: String) -> Result<Self> {
        let elsewhere = |folder: Option<&PathBuf>| folder.map(std::path::absolute).transpose();
        // Users are the same under the same keys.
        let same_keys = earlier.as_ref().map(|earlier| earlier.path.join(earlier.settings.keys_folder()));
        let same_standing = earlier.as_ref().and_then(|earlier| earlier.settings.standing.clone());
        Ok(Self {
            origin: args.origin.clone(),
            public,
            heads: elsewhere(args.heads.as_ref())?.unwrap_or_else(|| PathBuf::from(HEADS)),
            log_months: args.log_months,
            user_months: args.user_months,
            keys: elsewhere(args.keys.as_ref().or(same_keys.as_ref()))?,
            sm2_key: elsewhere(args.sm2_key.as_ref())?,
            standing: args.standing.clone().or(same_standing),
            follows: earlier.map(LedgerFolder::into_earlier).transpose()?,
        })
    }

    /// The folder of the keys.
    fn keys_folder(&self) -> &Path {
        self.keys.as_deref().unwrap_or(Path::new(KEYS))
    }
}

/// The folder of a ledger.
pub(crate) struct LedgerFolder {
    path: PathBuf,
    dir: Dir,
    settings: Settings,
}

impl LedgerFolder {
    /// Makes a folder with a key of its own, and returns the public one; that of SM2 in a line of its own.
    pub(crate) fn init(args: &InitArgs) -> Result<String> {
        let (path, origin) = (args.place.dir.as_path(), args.origin.as_str());
        let key = SigningKey::from_bytes(&keys::random()?);
        let public = NoteKey::ed25519(origin, key.verifying_key()).to_string();
        if NoteKey::parse(&public).is_none() {
            bail!(
                "`{origin}` is no name for a log; write one without blanks and `+`, such as `example.cn/node-1/2026`"
            );
        }
        let earlier = args.follows.as_deref().filter(|path| path.is_dir()).map(Self::read).transpose()?;
        if let Some(earlier) = &earlier {
            earlier.check_follower(args)?;
        }
        let checkpoint = match &earlier {
            Some(earlier) => Some(earlier.path.join(LOG).join(CHECKPOINT)),
            None => args.follows.clone(),
        };
        let follows = checkpoint.as_deref().map(|file| head_in(file, origin)).transpose()?;
        if let Some(address) = &args.standing {
            SharedStanding::new(address).check().context("no ledger is made before the database can be asked")?;
        }
        private_folder(path)?;
        let dir = Dir::open_ambient_dir(path, ambient_authority()).with_context(|| shown(path))?;
        if dir.exists(FILE) {
            bail!("{} holds a ledger already; give another folder", shown(path));
        }
        let settings = Settings::new(args, earlier, public)?;
        let own = [LOG, CACHES, READINGS, ORDERS].map(Path::new);
        for folder in own.into_iter().chain([settings.keys_folder(), settings.heads.as_path()]) {
            private_folder(&path.join(folder))?;
        }
        let pem = key.to_pkcs8_pem(LineEnding::LF).context("the key cannot be written as PEM")?;
        output::write_new(&path.join(SECRET), pem.as_bytes())?;
        output::write_new(&path.join(FILE), toml::to_string(&settings)?.as_bytes())?;
        let folder = Self { path: path.to_owned(), dir, settings };
        let builder = folder.builder()?;
        let builder = match follows {
            Some(head) => builder.follows(head),
            None => builder,
        };
        builder.open(folder.disk(LOG)?).with_context(|| shown(path))?.0.close()?;
        folder.public_keys()
    }

    /// Refuses a ledger that goes on from this one and would lose the standing of its users.
    fn check_follower(&self, args: &InitArgs) -> Result<()> {
        let keys = self.path.join(self.settings.keys_folder());
        let is_same = |given: &PathBuf| given.canonicalize().ok() == keys.canonicalize().ok();
        if !args.keys.as_ref().is_none_or(is_same) {
            bail!(
                "users keep their standing under the keys of the ledger before alone; leave `--keys` out, or give {}",
                shown(&keys)
            );
        }
        if args.standing.is_some() && args.standing != self.settings.standing {
            bail!("what the ledger before counted stands in its own store of standings; leave `--standing` out");
        }
        Ok(())
    }

    /// What a ledger that goes on from this one notes of it.
    fn into_earlier(self) -> Result<Earlier> {
        Ok(Earlier { folder: std::path::absolute(&self.path)?, origin: self.settings.origin })
    }

    /// The ledger that this one goes on from.
    pub(crate) fn earlier(&self) -> Result<Option<Self>> {
        let read = |earlier: &Earlier| {
            Self::read(&earlier.folder).with_context(|| {
                format!(
                    "the ledger of `{}` that this one goes on from is not there; put it back, or take `follows` out of {}",
                    earlier.origin,
                    shown(&self.path.join(FILE))
                )
            })
        };
        self.settings.follows.as_ref().map(read).transpose()
    }

    /// Readers of this log and of those that it goes on from, the earliest first.
    pub(crate) fn readers(&self) -> Result<Vec<LogReader>> {
        let mut readers = match self.earlier()? {
            Some(earlier) => earlier.readers()?,
            None => Vec::new(),
        };
        readers.push(self.reader()?);
        Ok(readers)
    }

    /// Gives a store the changes of the logs that this one goes on from. One that the store has, and that is not there any more, is not
    /// missed.
    fn carry(&self, store: &dyn StandingStore) -> Result<()> {
        let Some(Earlier { folder, origin }) = &self.settings.follows else { return Ok(()) };
        if !folder.join(FILE).exists() && store.cursor(origin)? > 0 {
            return Ok(());
        }
        if let Some(earlier) = self.earlier()? {
            earlier.carry(store)?;
            carry_standing(&mut earlier.reader()?, store)?;
        }
        Ok(())
    }

    /// Reads what a folder says of itself.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let missing = || format!("{} holds no ledger; `specialis ledger init` makes one", shown(path));
        let text = file::text(&path.join(FILE)).with_context(missing)?;
        let settings: Settings = toml::from_str(&text).with_context(|| shown(&path.join(FILE)))?;
        let dir = Dir::open_ambient_dir(path, ambient_authority()).with_context(|| shown(path))?;
        Ok(Self { path: path.to_owned(), dir, settings })
    }

    /// Opens the ledger for writing, with standing.
    pub(crate) fn open(&self) -> Result<(Ledger, OpenReport)> {
        self.open_with(None)
    }

    /// What every start has in common.
    fn builder(&self) -> Result<LedgerBuilder> {
        let retention =
            Retention::default().log_months(self.settings.log_months).user_months(self.settings.user_months);
        let builder = Ledger::builder(&self.settings.origin)
            .key(self.signing_key()?)
            .heads(self.heads()?)
            .keys(Arc::new(self.keys()?))
            .standing(self.standing()?)
            .retention(retention);
        Ok(match self.sm2()? {
            Some(signer) => builder.further_key(Box::new(signer)),
            None => builder,
        })
    }

    /// Opens the ledger with the platform's own store of content.
    pub(crate) fn open_with(&self, keeper: Option<Arc<dyn Keeper>>) -> Result<(Ledger, OpenReport)> {
        let builder = self.builder()?;
        let builder = match keeper {
            Some(keeper) => builder.keeper(keeper),
            None => builder,
        };
        let (ledger, report) = builder.open(self.disk(LOG)?).with_context(|| shown(&self.path))?;
        match self.record_readings(&ledger) {
            Ok(odd) => odd.iter().for_each(|name| output::note(&format!("`{READINGS}/{name}` is no note of a look"))),
            Err(error) => output::note_error("looks at the ledger are not recorded yet", &error),
        }
        Ok((ledger, report))
    }

    /// Notes that somebody looks at records, before they see them.
    pub(crate) fn note_reading(&self, query: &str, n_records: usize) -> Result<()> {
        let noted = private_folder(&self.path.join(READINGS))
            .and_then(|()| Ok(readings::note(&self.dir.open_dir(READINGS)?, query, n_records)?));
        noted.with_context(|| {
            format!(
                "nothing is shown, because the look cannot be noted in {}; see that you may write there",
                shown(&self.path.join(READINGS))
            )
        })
    }

    /// Records the looks that were noted, and returns the files that are no notes.
    pub(crate) fn record_readings(&self, ledger: &Ledger) -> Result<Vec<String>> {
        if !self.dir.exists(READINGS) {
            return Ok(Vec::new());
        }
        readings::record(&self.dir.open_dir(READINGS)?, ledger)
    }

    /// Whether another process writes the ledger.
    pub(crate) fn is_written(&self) -> Result<bool> {
        let lock = self.disk(LOG)?.lock().with_context(|| shown(&self.path.join(LOG)))?;
        Ok(lock.is_none())
    }

    /// Where commands leave what the process that writes the ledger is to do.
    pub(crate) fn orders(&self) -> Result<Dir> {
        private_folder(&self.path.join(ORDERS))?;
        Ok(self.dir.open_dir(ORDERS)?)
    }

    /// Does what commands left. Nobody but the user of this process may leave anything.
    pub(crate) fn carry_out_orders(&self, ledger: &Ledger) -> Result<()> {
        let dir = self.orders()?;
        check_folder(&dir, &self.path.join(ORDERS))?;
        orders::carry_out(&dir, ledger)
    }

    /// How many looks nobody has recorded yet.
    pub(crate) fn n_readings_waiting(&self) -> usize {
        let dir = self.dir.open_dir(READINGS).ok();
        dir.and_then(|dir| readings::names(&dir).ok()).map_or(0, |names| names.len())
    }

    /// What stands for a user in notes of looks: the newest tag, so that erasing reaches it.
    pub(crate) fn tag(&self, subject: &Subject) -> Result<String> {
        Ok(self.keys()?.tags(subject)?.into_iter().next().unwrap_or_else(|| "nobody".to_owned()))
    }

    /// A reader of what is signed.
    pub(crate) fn reader(&self) -> Result<LogReader> {
        LogReader::open(self.disk(LOG)?, &[self.public()?]).with_context(|| shown(&self.path))
    }

    /// The same without a look at the signature, for what looks at it itself.
    pub(crate) fn unverified_reader(&self) -> Result<LogReader> {
        LogReader::open_unverified(self.disk(LOG)?).with_context(|| shown(&self.path))
    }

    /// The index, caught up.
    pub(crate) fn index(&self) -> Result<Index> {
        let index = Index::open(&self.dir.open_dir(CACHES)?)?;
        index.catch_up(&mut self.reader()?)?;
        Ok(index)
    }

    /// The index of a server: one process at a time can use an index, and the commands have theirs.
    pub(crate) fn server_index(&self) -> Result<Index> {
        private_folder(&self.path.join(CACHES).join(SERVER))?;
        Ok(Index::open(&self.dir.open_dir(CACHES)?.open_dir(SERVER)?)?)
    }

    /// The rows that a query fits.
    pub(crate) fn search(&self, query: &Query) -> Result<Vec<Row>> {
        Ok(self.index()?.search(query)?)
    }

    /// Whether a record is restricted.
    pub(crate) fn is_restricted(&self, index: u64) -> Result<bool> {
        Ok(self.index()?.is_restricted(index)?)
    }

    /// The key under which others verify the log.
    pub(crate) fn public(&self) -> Result<NoteKey> {
        NoteKey::parse(&self.settings.public)
            .with_context(|| format!("`public` in {} is no key of a log", shown(&self.path.join(FILE))))
    }

    /// Each key under which others verify the log, in a line of its own: what they compare by eye.
    pub(crate) fn public_keys(&self) -> Result<String> {
        let further = self.sm2()?.map(|signer| format!("\n{}", signer.verifier()));
        Ok(format!("{}{}", self.public()?, further.unwrap_or_default()))
    }

    /// The secret key.
    pub(crate) fn signing_key(&self) -> Result<SigningKey> {
        let secret = self.path.join(SECRET);
        let pem = file::text(&secret).with_context(|| shown(&secret))?;
        SigningKey::from_pkcs8_pem(&pem).with_context(|| shown(&secret))
    }

    /// The key of SM2 that signs beside it, where there is one.
    pub(crate) fn sm2(&self) -> Result<Option<Sm2Signer>> {
        let Some(path) = &self.settings.sm2_key else { return Ok(None) };
        let path = self.path.join(path);
        let pem = file::text(&path).with_context(|| shown(&path))?;
        let signer = Sm2Signer::from_pem(&self.settings.origin, &pem);
        let none =
            || format!("{} is no key of SM2; `openssl genpkey -algorithm SM2 -out FILE` makes one", shown(&path));
        signer.map(Some).with_context(none)
    }

    /// Whether the keys are those of several servers.
    pub(crate) fn shares_keys(&self) -> bool {
        self.settings.keys.is_some()
    }

    /// Whether the store of standings is one of several servers.
    pub(crate) fn shares_standing(&self) -> bool {
        self.settings.standing.is_some()
    }

    pub(crate) fn keys(&self) -> Result<Keyring> {
        Ok(Keyring::open(elsewhere(&self.path.join(self.settings.keys_folder()))?)?)
    }

    pub(crate) fn standing(&self) -> Result<Arc<dyn StandingStore>> {
        Ok(match &self.settings.standing {
            Some(address) => Arc::new(SharedStanding::new(address)),
            None => {
                let store = RedbStanding::open(&self.dir.open_dir(CACHES)?)?;
                self.carry(&store)?;
                Arc::new(store)
            }
        })
    }

    pub(crate) fn log(&self) -> Result<Arc<dyn Disk>> {
        self.disk(LOG)
    }

    pub(crate) fn heads(&self) -> Result<Arc<dyn Disk>> {
        elsewhere(&self.path.join(&self.settings.heads))
    }

    fn disk(&self, name: &str) -> Result<Arc<dyn Disk>> {
        let dir = self.dir.open_dir(name).with_context(|| shown(&self.path.join(name)))?;
        Ok(Arc::new(FolderDisk::new(dir)))
    }
}

/// The head of the log that a new one goes on from.
fn head_in(checkpoint: &Path, origin: &str) -> Result<Head> {
    let text = file::text(checkpoint).with_context(|| shown(checkpoint))?;
    let Some(found) = Checkpoint::parse(&text) else {
        bail!(
            "{} is no checkpoint; give the ledger that this one goes on from, or the file `log/checkpoint` of it",
            shown(checkpoint)
        );
    };
    let head = found.head().clone();
    if head.origin == origin {
        bail!("`{origin}` is the name of the log that this one goes on from; give it another, as one log has one name");
    }
    Ok(head)
}

/// A folder that may lie outside the ledger's.
fn elsewhere(path: &Path) -> Result<Arc<dyn Disk>> {
    let dir = Dir::open_ambient_dir(path, ambient_authority()).with_context(|| shown(path))?;
    Ok(Arc::new(FolderDisk::new(dir)))
}

/// A folder that nobody else may read, where it is not there yet. Its name is on the disk before anything is written into it.
fn private_folder(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().with_context(|| format!("{} names no folder", shown(path)))?;
    let mut options = DirBuilder::new();
    options.mode(0o700);
    let dir = Dir::open_ambient_dir(parent, ambient_authority()).with_context(|| shown(parent))?;
    let made = dir.create_dir_with(name, &options).and_then(|()| dir.open_with(".", &non_blocking())?.sync_all());
    made.with_context(|| format!("{} cannot be made", shown(path)))
}

pub(super) fn shown(path: &Path) -> String {
    format!("`{}`", path.display())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::Place;
    use super::*;

    #[test]
    fn order_that_anybody_could_have_left_is_not_carried_out_and_one_that_is_none_is_answered() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("ledger");
        let args = InitArgs {
            place: Place { dir: path.clone() },
            origin: "example.cn/node-1/2026".to_owned(),
            heads: None,
            keys: None,
            sm2_key: None,
            standing: None,
            follows: None,
            log_months: 6,
            user_months: 36,
        };
        LedgerFolder::init(&args).unwrap();
        let folder = LedgerFolder::read(&path).unwrap();
        let (ledger, _) = folder.open().unwrap();
        let at = |name: &str| path.join(ORDERS).join(name);
        let close = r#"{"until":9223372036854775807,"order":{"close":{"next":"example.cn/node-1/2027"}}}"#;
        fs::write(at("1.order"), close).unwrap();
        fs::set_permissions(path.join(ORDERS), Permissions::from_mode(0o777)).unwrap();
        let refused = folder.carry_out_orders(&ledger).unwrap_err();
        assert!(refused.to_string().contains("others may write"), "{refused:#}");
        assert!(at("1.order").exists() && ledger.health().stopped.is_none());

        fs::set_permissions(path.join(ORDERS), Permissions::from_mode(0o700)).unwrap();
        fs::write(at("2.order"), "{}").unwrap();
        folder.carry_out_orders(&ledger).unwrap();
        assert!(fs::read_to_string(at("1.answer")).unwrap().contains("example.cn/node-1/2026"));
        assert!(fs::read_to_string(at("2.answer")).unwrap().contains("does not know the order"));
        assert!(ledger.health().stopped.is_some(), "the log has ended");
    }
}
