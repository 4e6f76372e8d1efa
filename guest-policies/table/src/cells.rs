//! Rows as text.

use std::fmt;

/// The name under which the rows stand in the policy's file.
pub const DATA: &str = "table";

/// The first line of the rows in a file: a later form has a higher number.
const HEAD: &str = "specialis-table 1";

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// The rule that answers.
    Rule,
    /// The duty on which it answers.
    Duty,
    /// Which rows of the rule and the duty belong together; of these the first that applies answers.
    Group,
    /// The kinds of event, or `open`.
    On,
    /// The conditions.
    When,
    /// The case of the answer.
    Then,
    /// Its level.
    Level,
    /// What is asked for.
    Do,
    /// The categories whose hits are masked and named as evidence.
    At,
    /// The instrument and the article.
    Cite,
    /// The reason.
    Reason,
    /// The words of the reason, in Chinese.
    ReasonZh,
    /// The words of the reason, in English.
    ReasonEn,
    /// What the rule says, in Chinese.
    RuleZh,
    /// What the rule says, in English.
    RuleEn,
}

impl Column {
    /// All of them; the first ones travel in the file.
    pub const ALL: [Self; 15] = [
        Self::Rule,
        Self::Duty,
        Self::Group,
        Self::On,
        Self::When,
        Self::Then,
        Self::Level,
        Self::Do,
        Self::At,
        Self::Cite,
        Self::Reason,
        Self::ReasonZh,
        Self::ReasonEn,
        Self::RuleZh,
        Self::RuleEn,
    ];
    /// How many of them travel.
    const N_TRAVEL: usize = 11;

    /// The names in the head of a table: in English, and in Chinese.
    pub fn names(self) -> [&'static str; 2] {
        match self {
            Self::Rule => ["rule", "规则"],
            Self::Duty => ["duty", "义务"],
            Self::Group => ["group", "组"],
            Self::On => ["on", "事件"],
            Self::When => ["when", "条件"],
            Self::Then => ["then", "认定"],
            Self::Level => ["level", "档位"],
            Self::Do => ["do", "处置"],
            Self::At => ["at", "位置"],
            Self::Cite => ["cite", "依据"],
            Self::Reason => ["reason", "理由"],
            Self::ReasonZh => ["reason-zh", "理由说明"],
            Self::ReasonEn => ["reason-en", "理由英文"],
            Self::RuleZh => ["rule-zh", "规则说明"],
            Self::RuleEn => ["rule-en", "规则英文"],
        }
    }

    /// The column of a name.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim();
        Self::ALL.into_iter().find(|column| column.names().iter().any(|known| known.eq_ignore_ascii_case(name)))
    }

    fn place(self) -> usize {
        Self::ALL.iter().position(|column| *column == self).unwrap_or(0)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [name, _] = self.names();
        f.write_str(name)
    }
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The row, from 1, as a spreadsheet counts.
    pub row: u32,
    /// The column.
    pub column: Column,
    /// What is wrong, and what to do.
    pub message: String,
}

impl Problem {
    /// A problem of a cell.
    pub fn new(row: u32, column: Column, message: impl Into<String>) -> Self {
        Self { row, column, message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}, column `{}`: {}", self.row, self.column, self.message)
    }
}

/// The cells of one row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cells {
    /// The row, from 1, as a spreadsheet counts.
    pub row: u32,
    cells: Vec<String>,
}

impl Cells {
    /// A row without anything in it.
    pub fn new(row: u32) -> Self {
        Self { row, cells: vec![String::new(); Column::ALL.len()] }
    }

    /// What stands in a cell, without space around it; nothing where it is empty.
    pub fn get(&self, column: Column) -> &str {
        self.cells.get(column.place()).map_or("", String::as_str)
    }

    /// Puts something into a cell. Lines within a cell are separated like conditions.
    pub fn set(&mut self, column: Column, text: &str) {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let text = lines.collect::<Vec<_>>().join("; ").replace('\t', " ");
        if let Some(cell) = self.cells.get_mut(column.place()) {
            *cell = text;
        }
    }

    /// Whether nothing stands in it.
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(String::is_empty)
    }

    /// Fills what a row leaves to the one above it: a row without a rule is of the same rule, and has its duty, group, kinds and citation
    /// unless it says otherwise.
    pub fn inherit(rows: &mut [Self]) {
        let mut above: Option<Self> = None;
        for row in rows {
            if let (true, Some(above)) = (row.get(Column::Rule).is_empty(), &above) {
                for column in [Column::Rule, Column::Duty, Column::Group, Column::On, Column::Cite] {
                    if row.get(column).is_empty() {
                        row.set(column, above.get(column));
                    }
                }
            }
            above = Some(row.clone());
        }
    }

    /// The rows as they travel in a file: a line each, with tabs between cells. Words of reasons and rules stand in the manifest.
    pub fn write(rows: &[Self]) -> String {
        let mut text = format!("{HEAD}\n");
        for row in rows {
            let cells = Column::ALL.iter().take(Column::N_TRAVEL).map(|column| row.get(*column));
            text.push_str(&row.row.to_string());
            cells.for_each(|cell| {
                text.push('\t');
                text.push_str(cell);
            });
            text.push('\n');
        }
        text
    }

    /// Reads rows as [`Cells::write`] writes them.
    ///
    /// # Errors
    /// Where the text has another form.
    pub fn read(text: &str) -> Result<Vec<Self>, Vec<Problem>> {
        let mut lines = text.lines();
        if lines.next() != Some(HEAD) {
            let message = format!("the rows are not in the form `{HEAD}`; build the policy again");
            return Err(vec![Problem::new(0, Column::Rule, message)]);
        }
        Ok(lines.map(Self::of_line).collect())
    }

    fn of_line(line: &str) -> Self {
        let mut cells = line.split('\t');
        let mut row = Self::new(cells.next().and_then(|number| number.parse().ok()).unwrap_or(0));
        for (column, cell) in Column::ALL.into_iter().zip(cells) {
            row.set(column, cell);
        }
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_travel_without_their_words_and_come_back() {
        let mut row = Cells::new(7);
        row.set(Column::Rule, " R1 ");
        row.set(Column::When, "a = b\r\n c = d ");
        row.set(Column::Do, "stop\tredact");
        let mut with_words = row.clone();
        with_words.set(Column::RuleZh, "规则");
        assert_eq!(row.get(Column::When), "a = b; c = d");
        assert_eq!(Cells::read(&Cells::write(&[with_words])), Ok(vec![row]));
        assert!(Cells::read("other\n").is_err());
    }

    #[test]
    fn a_row_without_a_rule_is_of_the_one_above() {
        let mut rows = [Cells::new(1), Cells::new(2), Cells::new(3)];
        rows[0].set(Column::Rule, "R1");
        rows[0].set(Column::Duty, "d");
        rows[0].set(Column::Cite, "L 1");
        rows[1].set(Column::Duty, "e");
        rows[2].set(Column::Rule, "R2");
        Cells::inherit(&mut rows);
        assert_eq!(
            (rows[1].get(Column::Rule), rows[1].get(Column::Duty), rows[1].get(Column::Cite)),
            ("R1", "e", "L 1")
        );
        assert_eq!((rows[2].get(Column::Duty), rows[2].get(Column::Cite)), ("", ""));
    }
}
