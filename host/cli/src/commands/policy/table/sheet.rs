//! The rows of a table, as spreadsheet programs save them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use specialis_policy_table::{Cells, Column, Problem};

use super::workbook;
use crate::input::file;

/// The file of a table's rows.
pub(in super::super) struct Sheet {
    path: PathBuf,
    rows: Rows,
    /// What is wrong with the file as a whole.
    problem: Option<Problem>,
}

/// The last row that is read, the widest row, and the bytes of all cells together.
pub(super) const MOST_ROWS: u32 = 10_000;
pub(super) const MOST_COLUMNS: usize = 256;
pub(super) const MOST_BYTES: usize = 16 << 20;

/// The bytes of a table in which each row left its longest cell to the one below.
const MOST_INHERITED: usize = 256 << 20;

/// Columns that are for people alone.
const NOTES: [&str; 3] = ["note", "备注", ""];

impl Sheet {
    /// The table of a folder: `rules.csv`, `rules.xlsx` or `rules.toml`; none where there is none.
    pub(in super::super) fn of_folder(folder: &Path) -> Result<Option<Self>> {
        let known = ["rules.csv", "rules.xlsx", "rules.toml"].map(|name| folder.join(name));
        let there: Vec<&PathBuf> = known.iter().filter(|path| path.is_file()).collect();
        match there.as_slice() {
            [] => Ok(None),
            [path] => Self::read(path).map(Some),
            [first, second, ..] => bail!("both `{}` and `{}` are there; keep one", first.display(), second.display()),
        }
    }

    fn read(path: &Path) -> Result<Self> {
        let bytes = file::document(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
        Self::of_file(path, &bytes)
    }

    /// The table of a file, whose ending says what it is.
    ///
    /// # Errors
    /// Where it is none, or larger than any table.
    pub(super) fn of_file(path: &Path, bytes: &[u8]) -> Result<Self> {
        let failed = || format!("`{}` cannot be read", path.display());
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
        let (rows, problem) = match ending.as_str() {
            "xlsx" => (workbook::rows(bytes).with_context(failed)?, None),
            "toml" => (of_toml(bytes).with_context(failed)?, None),
            _ => of_csv(bytes).with_context(failed)?,
        };
        check_size(&rows).with_context(failed)?;
        Ok(Self { path: path.to_owned(), rows, problem })
    }

    /// The rows as CSV, with an empty line for each blank row: reading it gives the same rows under the same numbers.
    ///
    /// # Errors
    /// Where the file as a whole is wrong, as its problem says.
    pub(super) fn csv(&self) -> Result<String> {
        if let Some(problem) = &self.problem {
            bail!("{}: {problem}", self.name());
        }
        let mut text = Vec::new();
        let mut written = 0_u32;
        let is_filled = |cells: &[String]| cells.iter().any(|cell| !cell.trim().is_empty());
        for (number, cells) in self.rows.iter().filter(|(_, cells)| is_filled(cells)) {
            let n_blank = usize::try_from(number.saturating_sub(written.saturating_add(1)))?;
            text.resize(text.len().saturating_add(n_blank), b'\n');
            let mut writer = csv::Writer::from_writer(&mut text);
            writer.write_record(cells)?;
            writer.flush()?;
            drop(writer);
            written = written.saturating_add(1).max(*number);
        }
        String::from_utf8(text).context("it is not UTF-8")
    }

    /// The name of the file, for messages.
    pub(super) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// The rows below the head, with what they leave to the rows above.
    ///
    /// # Errors
    /// Where the head is missing or names a column that there is not.
    pub(super) fn rows(&self) -> Result<Vec<Cells>, Vec<Problem>> {
        if let Some(problem) = &self.problem {
            return Err(vec![problem.clone()]);
        }
        let mut rows = self.rows.iter().filter(|(_, cells)| cells.iter().any(|cell| !cell.trim().is_empty()));
        let Some((row, head)) = rows.next() else {
            return Err(vec![Problem::new(
                1,
                Column::Rule,
                "the table is empty; begin with a row that names the columns",
            )]);
        };
        let mut problems = Vec::new();
        let mut columns = Vec::new();
        for name in head {
            let column = Column::named(name);
            if column.is_none() && !NOTES.contains(&name.trim()) {
                let known = Column::ALL.map(|column| column.names()[0]).join(", ");
                problems.push(Problem::new(
                    *row,
                    Column::Rule,
                    format!("there is no column `{}`; there are {known} and note", name.trim()),
                ));
            } else if column.is_some() && columns.contains(&column) {
                problems.push(Problem::new(
                    *row,
                    Column::Rule,
                    format!("the column `{}` is there twice; keep one", name.trim()),
                ));
            }
            columns.push(column);
        }
        if !columns.contains(&Some(Column::Rule)) {
            problems.push(Problem::new(
                *row,
                Column::Rule,
                "no column is named `rule`; begin with a row that names the columns",
            ));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let rows = rows.map(|(row, cells)| {
            let mut read = Cells::new(*row);
            columns.iter().zip(cells).for_each(|(column, cell)| {
                if let Some(column) = column {
                    read.set(*column, cell);
                }
            });
            read
        });
        let mut rows: Vec<Cells> = rows.filter(|row| !row.is_blank()).collect();
        Cells::inherit(&mut rows);
        Ok(rows)
    }
}

/// Cells by row, each with its number in a spreadsheet.
pub(super) type Rows = Vec<(u32, Vec<String>)>;

/// Refuses what is larger than any table, also once rows have what the rows above leave to them.
fn check_size(rows: &Rows) -> Result<()> {
    if u32::try_from(rows.len()).unwrap_or(u32::MAX) > MOST_ROWS {
        bail!("it has more than {MOST_ROWS} rows; delete the empty ones");
    }
    if rows.iter().any(|(_, cells)| cells.len() > MOST_COLUMNS) {
        bail!("it has more than {MOST_COLUMNS} columns; delete the empty ones");
    }
    let lengths = || rows.iter().flat_map(|(_, cells)| cells).map(String::len);
    if lengths().fold(0, usize::saturating_add) > MOST_BYTES {
        bail!("its cells have more than {MOST_BYTES} bytes together; shorten them");
    }
    let longest = lengths().max().unwrap_or(0);
    if longest.saturating_mul(rows.len()) > MOST_INHERITED {
        bail!("a cell has {longest} bytes, and each row below may have it as well; shorten it");
    }
    Ok(())
}

/// Rows as `[[row]]` tables, whose keys are the columns. A list stands for its elements with separators between them.
fn of_toml(bytes: &[u8]) -> Result<Rows> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        row: Vec<toml::Table>,
    }
    let file: File = toml::from_str(std::str::from_utf8(bytes).context("it is not UTF-8")?)?;
    let mut names: Vec<String> = Vec::new();
    for name in file.row.iter().flat_map(toml::Table::keys) {
        if !names.contains(name) {
            names.push(name.clone());
        }
        // Every row gets a cell for every name.
        if names.len() > MOST_COLUMNS {
            bail!("its rows have more than {MOST_COLUMNS} names together; keep to the columns of a table");
        }
    }
    if u32::try_from(file.row.len()).unwrap_or(u32::MAX) >= MOST_ROWS {
        bail!("it has more than {MOST_ROWS} rows; split the table");
    }
    let cell = |value: Option<&toml::Value>| -> String {
        let text = |value: &toml::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match value {
            None => String::new(),
            Some(toml::Value::Array(all)) => all.iter().map(text).collect::<Vec<_>>().join("\n"),
            Some(value) => text(value),
        }
    };
    let rows = file.row.iter().map(|row| names.iter().map(|name| cell(row.get(name))).collect::<Vec<_>>());
    let rows: Vec<Vec<String>> = [names.clone()].into_iter().chain(rows).collect();
    Ok((0..).zip(rows).collect())
}

/// A CSV file in UTF-8 or GB18030, with commas.
fn of_csv(bytes: &[u8]) -> Result<(Rows, Option<Problem>)> {
    let body = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    let text = match std::str::from_utf8(body) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::GB18030
            .decode_without_bom_handling_and_without_replacement(body)
            .context("it is neither UTF-8 nor GB18030; save it as `CSV UTF-8`")?
            .into_owned(),
    };
    let head = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if !head.contains(',')
        && let Some(separator) = [';', '\t', '，'].into_iter().find(|one| head.contains(*one))
    {
        let named = if separator == '\t' { "a tab".to_owned() } else { format!("`{separator}`") };
        let message =
            format!("the cells are separated by {named}; save the file as `CSV UTF-8` with commas between them");
        return Ok((Vec::new(), Some(Problem::new(1, Column::Rule, message))));
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let (mut rows, mut number) = (Vec::new(), 0_u32);
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record)? {
        // A spreadsheet counts blank lines too, which the reader passes over.
        let start = record.position().and_then(|at| usize::try_from(at.byte()).ok()).unwrap_or(0);
        let before = text.get(start..).unwrap_or_default();
        let blank: String = before.chars().take_while(|char| matches!(char, '\r' | '\n')).collect();
        let begun = text.get(..start).is_some_and(|read| read.ends_with('\r')) && blank.starts_with('\n');
        let n_blank = blank.replace("\r\n", "\n").chars().count().saturating_sub(usize::from(begun));
        number = number.saturating_add(1).saturating_add(u32::try_from(n_blank).unwrap_or(u32::MAX));
        rows.push((number, record.iter().map(str::to_owned).collect()));
    }
    Ok((rows, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_larger_than_any_table_is_refused_before_it_grows() {
        let rows = |n: u32, width: usize, cell: &str| -> Rows {
            (1..=n).map(|at| (at, vec![cell.to_owned(); width])).collect()
        };
        let said = |rows: &Rows| check_size(rows).map_err(|error| error.to_string());
        assert_eq!(said(&rows(MOST_ROWS, 2, "x")), Ok(()));
        assert!(said(&rows(MOST_ROWS + 1, 1, "")).unwrap_err().contains("10000 rows"));
        assert!(said(&rows(1, MOST_COLUMNS + 1, "")).unwrap_err().contains("256 columns"));
        assert!(said(&rows(17, 1, &"x".repeat(1 << 20))).unwrap_err().contains("bytes together"));
        // One long cell above many short ones, each of which would have it.
        let mut above = rows(MOST_ROWS, 1, "");
        above[0].1[0] = "x".repeat(1 << 20);
        assert!(said(&above).unwrap_err().contains("each row below"));
    }

    #[test]
    fn rows_as_csv_are_the_same_rows_under_the_same_numbers() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let head = (2, row(["rule", "when"]));
        let (one, other) = ((3, row(["R1", "a = b;\n\"c\", d"])), (7, row(["R2", ""])));
        let rows = vec![head.clone(), one.clone(), (4, row(["", " "])), other.clone()];
        let csv = Sheet { path: PathBuf::from("rules.xlsx"), rows, problem: None }.csv().unwrap();
        let read = |csv: &str| Sheet::of_file(Path::new("rules.csv"), csv.as_bytes()).unwrap().rows;
        assert_eq!(read(&csv), vec![head, one, other], "{csv}");
        // As a form sends it.
        let numbers: Vec<u32> = read(&csv.replace('\n', "\r\n")).iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [2, 3, 7], "{csv}");
        let wrong = Sheet::of_file(Path::new("rules.csv"), b"rule;when\nR1;\n").unwrap().csv().unwrap_err();
        assert!(wrong.to_string().contains("row 1, column `rule`: the cells are separated by `;`"), "{wrong}");
    }

    #[test]
    fn rows_of_toml_have_the_names_of_a_table() {
        let file = |n: usize| (0..n).map(|at| format!("[[row]]\nk{at} = 1\n")).collect::<String>();
        assert!(of_toml(file(MOST_COLUMNS).as_bytes()).is_ok());
        assert!(of_toml(file(MOST_COLUMNS + 1).as_bytes()).unwrap_err().to_string().contains("256 names"));
    }
}
