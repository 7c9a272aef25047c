//! Tables for people: columns that stand in line, words in the colour of how things are.

use fanin::api::fleet::State;
use fanin::config::problem::Severity;

use super::super::output;

/// A cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    text: String,
    /// How things are, where the cell tells it: well where there is no severity.
    tone: Option<Option<Severity>>,
    right: bool,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        String::from(text).into()
    }
}

impl From<String> for Cell {
    /// Control characters do not reach the terminal.
    fn from(text: String) -> Self {
        let text = text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
        Self { text, tone: None, right: false }
    }
}

impl Cell {
    /// A number: at the right of its column.
    pub(super) fn number(number: &impl ToString) -> Self {
        Self { right: true, ..number.to_string().into() }
    }

    /// A state, in its colour.
    pub(super) fn state(state: State) -> Self {
        let tone = match state {
            State::Critical => Some(Some(Severity::Error)),
            State::Warning | State::Error => Some(Some(Severity::Warning)),
            State::Ok => Some(None),
            State::Pending | State::NoData => None,
        };
        Self { tone, ..super::words::state(state).into() }
    }

    fn shown(&self, width: usize) -> String {
        let padding = " ".repeat(width.saturating_sub(self.width()));
        let text = self.tone.map_or_else(|| self.text.clone(), |tone| output::colored(tone, &self.text));
        if self.right { padding + &text } else { text + &padding }
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }
}

/// A table with a line of headings.
#[derive(Clone, Debug)]
pub(super) struct Table {
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows yet.
    pub(super) fn new(headings: &[&str]) -> Self {
        Self { rows: vec![headings.iter().map(|heading| Cell::from(*heading)).collect()] }
    }

    /// One more row.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table; nothing where it has no rows. A heading stands where the cells below it stand.
    pub(super) fn text(&self) -> String {
        if self.rows.len() == 1 {
            return String::new();
        }
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width =
            |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(Cell::width).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = String::new();
        for (index, row) in self.rows.iter().enumerate() {
            let cell = |(column, cell): (usize, &Cell)| {
                let right =
                    index == 0 && self.rows.get(1).and_then(|row| row.get(column)).is_some_and(|cell| cell.right);
                Cell { right: cell.right || right, ..cell.clone() }.shown(widths[column])
            };
            let line: Vec<String> = row.iter().enumerate().map(cell).collect();
            text.push_str(line.join("  ").trim_end());
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_in_line_and_numbers_at_the_right() {
        let mut table = Table::new(&["RULE", "ACCOUNTS", "SINCE"]);
        table.row([Cell::from("DlqDepthHigh"), Cell::number(&9), "4m".into()]);
        table.row([Cell::from("Api"), Cell::number(&1_204), "38m".into()]);
        let expected = "\
RULE          ACCOUNTS  SINCE
DlqDepthHigh         9  4m
Api               1204  38m
";
        assert_eq!(table.text(), expected);
    }

    #[test]
    fn a_state_has_its_colour_and_takes_no_more_room_for_it() {
        let mut table = Table::new(&["STATE", "X"]);
        table.row([Cell::state(State::Critical), "a".into()]);
        table.row([Cell::state(State::NoData), "b".into()]);
        let plain = anstream::adapter::strip_str(&table.text()).to_string();
        assert_eq!(plain, "STATE     X\ncritical  a\nno data   b\n");
        assert!(table.text().contains('\u{1b}'));
    }

    #[test]
    fn what_others_wrote_cannot_move_the_cursor() {
        assert_eq!(Cell::from("a\u{1b}[2J\nb").text, "a [2J b");
    }
}
