//! The standing of several servers, in PostgreSQL: each counts what it decided, and all see the same counts.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde::Deserialize;
use specialis_ledger::{Change, StandingAway, StandingRecord, StandingStore, SubjectState};

use super::psql::{GUARD, Psql, PsqlSession, quoted};

/// The tables, where there are none, and how long the database may take. Who asks needs no right to make a schema where there is one.
const SETUP: &str = "
set statement_timeout = '2s';
set lock_timeout = '2s';
set idle_in_transaction_session_timeout = '10s';
begin;
do $$ begin perform pg_advisory_xact_lock(32494969196642669); end $$;
select to_regclass('specialis_standing.subject') is null as is_new \\gset
\\if :is_new
create schema if not exists specialis_standing;
create table specialis_standing.log (origin text primary key, next bigint not null);
comment on table specialis_standing.log is 'Up to which record the changes of each log were applied.';
create table specialis_standing.subject (tag text primary key, state text not null);
comment on table specialis_standing.subject is 'The breaches and measures of each user, folded from the records of all logs.';
\\endif
commit;
";
/// The first number of the locks of users.
const LOCKS: i32 = 1_936_749_412;
/// How long an answer is waited for. Within it the database gives up by itself.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a database that was away is not asked again.
const AWAY: Duration = Duration::from_secs(1);

/// A store of standings that several servers share.
pub(crate) struct SharedStanding {
    /// Whoever opens a session does not wait for the thread that writes.
    asking: Connection,
    writing: Connection,
}

/// A connection that is made where it is needed.
struct Connection {
    psql: Psql,
    away: Duration,
    state: Mutex<ConnectionState>,
}

#[derive(Default)]
struct ConnectionState {
    session: Option<PsqlSession>,
    /// Until when it is not tried again, and why.
    away: Option<(Instant, String)>,
}

/// What a change is applied to.
#[derive(Deserialize)]
struct Found {
    /// The record of the log from which on changes were not applied.
    next: u64,
    /// The state of the user.
    own: Option<String>,
    /// The state under the tag of an earlier month.
    earlier: Option<String>,
}

impl SharedStanding {
    /// The store in a database. It is connected to when it is asked.
    pub(crate) fn new(address: &str) -> Self {
        Self::with_pause(address, AWAY)
    }

    fn with_pause(address: &str, away: Duration) -> Self {
        let connection = || Connection { psql: Psql::new(address), away, state: Mutex::default() };
        Self { asking: connection(), writing: connection() }
    }

    /// Whether the database can be asked at all.
    pub(crate) fn check(&self) -> Result<(), StandingAway> {
        self.asking.ask("").map(drop)
    }
}

impl Connection {
    /// Asks once.
    fn ask(&self, script: &str) -> Result<Vec<String>, StandingAway> {
        self.with(|session| session.ask(script, PATIENCE))
    }

    /// Does something over the connection. One that broke since it was used last is made anew, once: what is done twice changes
    /// nothing, because the database knows how far each log was applied.
    fn with<T>(&self, work: impl Fn(&mut PsqlSession) -> Result<T>) -> Result<T, StandingAway> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((until, why)) = &state.away
            && Instant::now() < *until
        {
            return Err(StandingAway { source: why.clone().into() });
        }
        let broken = state.session.take().map(|mut session| work(&mut session).map(|value| (session, value)));
        let done = match broken {
            Some(Ok(done)) => Ok(done),
            Some(Err(_)) | None => {
                self.connected().and_then(|mut session| work(&mut session).map(|value| (session, value)))
            }
        };
        match done {
            Ok((session, value)) => {
                *state = ConnectionState { session: Some(session), away: None };
                Ok(value)
            }
            Err(error) => {
                let until = Instant::now().checked_add(self.away);
                state.away = until.map(|until| (until, format!("{error:#}")));
                Err(StandingAway { source: error.into() })
            }
        }
    }

    fn connected(&self) -> Result<PsqlSession> {
        let mut session = self.psql.connect()?;
        session.ask(&format!("{GUARD}{SETUP}"), PATIENCE)?;
        Ok(session)
    }
}

/// The state in a text; the one of a user of whom nothing is known where there is none.
fn state_of(text: Option<&str>) -> Result<SubjectState> {
    let Some(text) = text else { return Ok(SubjectState::default()) };
    serde_json::from_str(text).context("the state of a user is not as it was written")
}

/// Applies a change, in its turn behind all that others do with this user.
fn change(session: &mut PsqlSession, record: &StandingRecord) -> Result<bool> {
    let earlier = match &record.change {
        Change::Moved { from } => Some(from.as_str()),
        Change::Breach { .. } | Change::Lawful {} | Change::Measure { .. } | Change::Refuted { .. } => None,
    };
    let mut tags: Vec<&str> = earlier.into_iter().chain([record.tag.as_str()]).collect();
    tags.sort_unstable();
    let mut script = "begin;\n".to_owned();
    for tag in tags {
        // Nothing is read before the lock is there, so what is read is what whoever had it wrote.
        script.push_str(&format!(
            "do $$ begin perform pg_advisory_xact_lock({LOCKS}, hashtext({})); end $$;\n",
            quoted(tag)
        ));
    }
    let (origin, tag) = (quoted(&record.origin), quoted(&record.tag));
    let state = |tag: &str| format!("(select state from specialis_standing.subject where tag = {tag})");
    script.push_str(&format!(
        "select json_build_object('next', coalesce((select next from specialis_standing.log where origin = {origin}), 0), \
         'own', {}, 'earlier', {});",
        state(&tag),
        earlier.map_or_else(|| "null".to_owned(), |earlier| state(&quoted(earlier)))
    ));
    let said = session.ask(&script, PATIENCE)?;
    let found = said.first().context("the database says nothing of a user")?;
    let found: Found = serde_json::from_str(found).context("the database says something else of a user")?;
    if record.index < found.next {
        session.ask("rollback;", PATIENCE)?;
        return Ok(false);
    }
    let moved = earlier.map(|_| state_of(found.earlier.as_deref())).transpose()?;
    let mut state = state_of(found.own.as_deref())?;
    let is_changed = state.apply(&record.change, moved.as_ref());
    let removed =
        earlier.map(|earlier| format!("delete from specialis_standing.subject where tag = {};\n", quoted(earlier)));
    let script = format!(
        "{}insert into specialis_standing.subject (tag, state) values ({tag}, {}) on conflict (tag) do update set state = excluded.state;\n\
         insert into specialis_standing.log (origin, next) values ({origin}, {}) on conflict (origin) do update set next = excluded.next;\n\
         commit;",
        removed.unwrap_or_default(),
        quoted(&serde_json::to_string(&state)?),
        record.index.saturating_add(1)
    );
    session.ask(&script, PATIENCE)?;
    Ok(is_changed)
}

fn away(error: anyhow::Error) -> StandingAway {
    StandingAway { source: error.into() }
}

impl StandingStore for SharedStanding {
    fn get(&self, tag: &str) -> Result<SubjectState, StandingAway> {
        let said =
            self.asking.ask(&format!("select state from specialis_standing.subject where tag = {};", quoted(tag)))?;
        state_of(said.first().map(String::as_str)).map_err(away)
    }

    fn apply(&self, record: &StandingRecord) -> Result<bool, StandingAway> {
        self.writing.with(|session| change(session, record))
    }

    fn cursor(&self, origin: &str) -> Result<u64, StandingAway> {
        let origin = quoted(origin);
        let said = self.writing.ask(&format!("select next from specialis_standing.log where origin = {origin};"))?;
        let next = said.first().map(|next| next.parse().context("the database says no number")).transpose();
        Ok(next.map_err(away)?.unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cap_std::fs::Dir;
    use ed25519_dalek::SigningKey;
    use specialis_core::Date;
    use specialis_ledger::{FolderDisk, Keyring, Ledger, LedgerClock, Record, Subject};
    use specialis_tests::postgres::Database;

    use super::*;

    /// Servers that count the breaches of one user at once.
    const SERVERS: u64 = 32;

    /// A clock that stands still.
    struct Noon;

    impl LedgerClock for Noon {
        fn now(&self) -> jiff::Timestamp {
            "2026-11-30T04:00:00Z".parse().unwrap()
        }
    }

    fn day() -> Date {
        "2026-11-30".parse().unwrap()
    }

    fn breach(server: u64, index: u64, tag: &str) -> StandingRecord {
        let change = Change::Breach { decision: format!("d-{server}-{index}"), day: day() };
        StandingRecord { origin: format!("example.cn/node-{server}"), index, tag: tag.to_owned(), change }
    }

    fn total(store: &SharedStanding, tag: &str) -> u32 {
        store.get(tag).unwrap().counts(day()).total
    }

    fn disk(folder: &std::path::Path, name: &str) -> Arc<FolderDisk> {
        std::fs::create_dir_all(folder.join(name)).unwrap();
        Arc::new(FolderDisk::new(Dir::open_ambient_dir(folder.join(name), cap_std::ambient_authority()).unwrap()))
    }

    #[test]
    fn servers_that_share_a_database_count_each_breach_once_and_know_nothing_while_it_is_away() {
        let Some(database) = Database::start() else { return };
        let store = || SharedStanding::with_pause(&database.address(), Duration::ZERO);
        std::thread::scope(|scope| {
            for server in 0..SERVERS {
                scope.spawn(move || {
                    let store = store();
                    for index in 0..2 {
                        assert!(store.apply(&breach(server, index, "u")).unwrap());
                        // Whoever does not know whether it was taken tries again.
                        assert!(!store.apply(&breach(server, index, "u")).unwrap());
                    }
                    assert_eq!(store.cursor(&format!("example.cn/node-{server}")).unwrap(), 2);
                });
            }
        });
        let own = store();
        assert_eq!((total(&own, "u"), total(&own, "v")), (64, 0));
        let moved = |server: u64| {
            let change = Change::Moved { from: "u".to_owned() };
            StandingRecord { origin: format!("example.cn/node-{server}"), index: 2, tag: "u-2".to_owned(), change }
        };
        assert!(own.apply(&moved(0)).unwrap() && !own.apply(&moved(1)).unwrap(), "two servers move a user once");
        assert_eq!((total(&own, "u"), total(&own, "u-2")), (0, 64));

        database.cut();
        assert!(own.get("u-2").is_err() && own.apply(&breach(0, 4, "u-2")).is_err() && own.check().is_err());
        database.up();
        assert!(own.apply(&breach(0, 4, "u-2")).unwrap());
        assert_eq!(total(&own, "u-2"), 65, "the connections are made again");
        ledger_goes_on_without_its_store(&database);
    }

    /// A ledger records while the database is away, says of nobody how they stand, and the database catches up.
    fn ledger_goes_on_without_its_store(database: &Database) {
        let folder = tempfile::tempdir().unwrap();
        let open = || {
            let keys = Keyring::open(disk(folder.path(), "keys")).unwrap();
            let builder = Ledger::builder("example.cn/node-1/2026").key(SigningKey::from_bytes(&[7; 32]));
            let store = SharedStanding::with_pause(&database.address(), Duration::ZERO);
            let builder = builder.keys(Arc::new(keys)).standing(Arc::new(store)).clock(Arc::new(Noon));
            builder.open(disk(folder.path(), "log")).unwrap().0
        };
        let user = Subject { tenant: String::new(), pseudonym: "u-17".to_owned() };
        let warn = |ledger: &Ledger, decision: &str| {
            let (measure, until) = (specialis_core::words::StandingMeasure::Warned, None);
            let (subject, decision) = (user.clone(), Some(decision.to_owned()));
            ledger.append(Record::Measure { subject, measure, until, decision }).unwrap().wait().unwrap();
        };
        let measure = |ledger: &Ledger| ledger.standing(&user).map(|counts| counts.measure.as_str()).ok();
        let ledger = open();
        assert_eq!(measure(&ledger), Some("none"));
        database.cut();
        warn(&ledger, "d-1");
        assert_eq!((measure(&ledger), ledger.health().n_standing_waiting), (None, 1));
        drop(ledger);
        let ledger = open();
        assert_eq!(measure(&ledger), None, "it opens without the database");
        database.up();
        assert_eq!(measure(&ledger), None, "the database is there and lacks what was recorded");
        warn(&ledger, "d-2");
        assert_eq!((measure(&ledger), ledger.health().n_standing_waiting), (Some("warned"), 0));
        ledger.close().unwrap();
        let queries = "select (select next from specialis_standing.log where origin = 'example.cn/node-1/2026'),
                       (select count(*) from specialis_standing.subject where state like '%warned%')";
        assert!(database.says(queries).ends_with("|1"), "{}", database.says(queries));
    }
}
