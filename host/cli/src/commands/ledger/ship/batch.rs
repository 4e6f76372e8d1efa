//! The tables, and one batch of records as a script.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use data_encoding::HEXLOWER;
use specialis_ledger::{BodyState, Class, Entry, EntryKind, Hash, LedgerError, LogReader};

use super::super::psql::{GUARD, quoted};

/// The bytes of the salt before the JSON of a body.
const SALT_BYTES: usize = 32;

/// Begins a transaction, in its turn.
const BEGIN: &str = "
begin;
set local timezone = 'UTC';
do $$ begin perform pg_advisory_xact_lock(32494969196642668); end $$;
";

/// The tables, where there are none. Who copies needs no right to make a schema where there is one.
const TABLES: &str = "
select to_regclass('specialis_ledger.body') is null as is_new \\gset
\\if :is_new
create schema if not exists specialis_ledger;
create table specialis_ledger.log (
    origin text primary key,
    size bigint not null,
    root text not null,
    shipped_at timestamptz not null default now()
);
comment on table specialis_ledger.log is 'How far each log was copied: the size, and the root of the tree at that size.';
create table specialis_ledger.entry (
    origin text not null,
    index bigint not null,
    t timestamptz not null,
    kind text not null,
    decision text,
    edition text,
    verdict text,
    class text,
    leaf text not null,
    restricted boolean not null default false,
    primary key (origin, index, t)
) partition by range (t);
comment on column specialis_ledger.entry.leaf is 'The entry as it was hashed: sha256(0x00 || leaf) is the leaf of the tree.';
create index entry_decision on specialis_ledger.entry (decision);
create table specialis_ledger.body (
    origin text not null,
    index bigint not null,
    class text not null,
    salt bytea not null,
    json text not null,
    primary key (origin, index, class)
) partition by list (class);
comment on table specialis_ledger.body is 'sha256(salt || json) stands in the entry. json::jsonb can be searched.';
\\endif
";

/// Begins a transaction in which the tables are there.
pub(super) fn prepared() -> String {
    format!("{GUARD}{BEGIN}{TABLES}")
}

/// Records that are copied in one transaction.
pub(super) struct Batch<'a> {
    origin: &'a str,
    from: u64,
    entries: String,
    bodies: String,
    months: BTreeSet<(i16, i8)>,
    classes: BTreeSet<Class>,
    /// What entries say about earlier records, in order.
    changes: String,
}

impl<'a> Batch<'a> {
    /// A batch that begins with a record.
    pub(super) fn new(origin: &'a str, from: u64) -> Self {
        Self {
            origin,
            from,
            entries: String::new(),
            bodies: String::new(),
            months: BTreeSet::new(),
            classes: BTreeSet::new(),
            changes: String::new(),
        }
    }

    /// Adds a record, held to the signed root.
    pub(super) fn add(&mut self, reader: &mut LogReader, index: u64) -> Result<(), LedgerError> {
        reader.prove(index)?;
        let leaf = String::from_utf8_lossy(&reader.leaf(index)?).into_owned();
        let entry = reader.entry(index)?;
        let (number, t) = (index.to_string(), entry.t.to_string());
        let class = entry.class.map(|class| class.to_string());
        let day = jiff::tz::offset(0).to_datetime(entry.t);
        self.months.insert((day.year(), day.month()));
        let fields = [
            Some(self.origin),
            Some(&number),
            Some(&t),
            Some(entry.kind.word()),
            entry.id.as_deref(),
            entry.edition.as_deref(),
            entry.verdict.map(|verdict| verdict.as_str()),
            class.as_deref(),
            Some(&leaf),
        ];
        row(&fields, &mut self.entries);
        if let (BodyState::There(body), Some(class)) = (reader.body(index)?, entry.class) {
            let salt = HEXLOWER.encode(body.as_bytes().get(..SALT_BYTES).unwrap_or_default());
            let (class_text, salt) = (class.to_string(), format!("\\x{salt}"));
            let json = String::from_utf8_lossy(body.json());
            row(&[Some(self.origin), Some(&number), Some(&class_text), Some(&salt), Some(&json)], &mut self.bodies);
            self.classes.insert(class);
        }
        self.change(&entry);
        Ok(())
    }

    /// How many bytes its rows and changes have.
    pub(super) fn n_bytes(&self) -> usize {
        [&self.entries, &self.bodies, &self.changes].into_iter().map(String::len).fold(0, usize::saturating_add)
    }

    /// Does in the copy what an entry says about earlier records.
    fn change(&mut self, entry: &Entry) {
        let (origin, index) = (quoted(self.origin), entry.number("index"));
        let class = entry.word("class").and_then(|class| class.parse::<Class>().ok());
        let _ = match (entry.kind, index, class) {
            (EntryKind::Erase, Some(index), _) => {
                writeln!(self.changes, "delete from specialis_ledger.body where origin = {origin} and index = {index};")
            }
            (EntryKind::Restrict, Some(index), _) => writeln!(
                self.changes,
                "update specialis_ledger.entry set restricted = true where origin = {origin} and index = {index};"
            ),
            (EntryKind::Expire, _, Some(class)) => writeln!(
                self.changes,
                "delete from specialis_ledger.body where origin = {origin} and class = '{class}';\n\
                 do $$ begin if not exists (select from specialis_ledger.body where class = '{class}') then \
                 drop table if exists specialis_ledger.body_{}; end if; end $$;",
                part(class)
            ),
            _ => Ok(()),
        };
    }

    /// The transaction that copies it, with the place that the log has reached then.
    pub(super) fn script(&self, until: u64, root: Hash) -> String {
        let (origin, from) = (quoted(self.origin), self.from);
        let mut script = format!(
            "{GUARD}{BEGIN}do $check$ begin if (select size from specialis_ledger.log where origin = {origin}) is distinct from {from} then \
             raise exception 'another process copies this log too; stop one of them'; end if; end $check$;\n"
        );
        for (year, month) in &self.months {
            let next = if *month < 12 { (*year, month + 1) } else { (year + 1, 1) };
            let _ = writeln!(
                script,
                "create table if not exists specialis_ledger.entry_{year:04}_{month:02} partition of specialis_ledger.entry \
                 for values from ('{year:04}-{month:02}-01') to ('{:04}-{:02}-01');",
                next.0, next.1
            );
        }
        for class in &self.classes {
            let _ = writeln!(
                script,
                "create table if not exists specialis_ledger.body_{} partition of specialis_ledger.body for values in ('{class}');",
                part(*class)
            );
        }
        let columns = "origin, index, t, kind, decision, edition, verdict, class, leaf";
        for (table, rows) in [
            (format!("entry ({columns})"), &self.entries),
            ("body (origin, index, class, salt, json)".to_owned(), &self.bodies),
        ] {
            let _ = write!(script, "copy specialis_ledger.{table} from stdin;\n{rows}\\.\n");
        }
        let _ = write!(
            script,
            "{}update specialis_ledger.log set size = {until}, root = '{root}', shipped_at = now() where origin = {origin};\ncommit;\n",
            self.changes
        );
        script
    }
}

/// A class in the name of a table.
fn part(class: Class) -> String {
    class.to_string().replace('-', "_")
}

/// Adds a row as `copy` takes it; a field that is absent is null.
fn row(fields: &[Option<&str>], out: &mut String) {
    for (at, field) in fields.iter().enumerate() {
        if at > 0 {
            out.push('\t');
        }
        match field {
            None => out.push_str("\\N"),
            Some(text) => text.chars().for_each(|c| match c {
                '\\' => out.push_str("\\\\"),
                '\t' => out.push_str("\\t"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                c => out.push(c),
            }),
        }
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_with_tabs_line_ends_and_backslashes_stay_one_field() {
        let mut rows = String::new();
        row(&[Some("a\tb\\N"), None, Some(""), Some("\r\n中")], &mut rows);
        assert_eq!(rows, "a\\tb\\\\N\t\\N\t\t\\r\\n中\n");
    }
}
