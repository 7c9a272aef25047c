//! Rows of a CSV file.

use std::collections::BTreeSet;

use super::column::{Column, Key};
use super::problem::Fault;
use super::report::{At, Report, field};
use super::row::{Cell, Row, parse_account};

/// The character between fields: a comma, unless the header has none and has a semicolon or a tab, as some
/// spreadsheets write.
pub(super) fn delimiter(text: &str) -> char {
    let header = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#')).unwrap_or_default();
    [',', ';', '\t'].into_iter().find(|delimiter| header.contains(*delimiter)).unwrap_or(',')
}

/// Splits the text into rows; the first record names the columns.
pub(super) fn rows(text: &str, delimiter: char, report: &mut Report<'_>) -> Vec<Row> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(u8::try_from(delimiter).expect("a delimiter is an ASCII character"))
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut keys = Vec::new();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.expect("records of any length are read from memory, and the text is UTF-8");
        let start = record.position().map_or(0, csv::Position::byte);
        let start = usize::try_from(start).expect("a place in the text fits its length");
        if let Some(at) = open_quote(text, delimiter, start, record.len()) {
            report.add(at, Fault::OpenQuote);
            break;
        }
        if keys.is_empty() {
            keys = header(&record, start, report);
        } else if record.iter().any(|value| !value.is_empty()) {
            rows.extend(row(&record, start, &keys, report));
        }
    }
    rows
}

/// The keys of the columns; `None` where the name was reported. Empty when the rows cannot be read by it.
fn header(record: &csv::StringRecord, start: usize, report: &mut Report<'_>) -> Vec<Option<Key>> {
    if record.iter().any(|name| parse_account(name).is_ok()) {
        report.add(At::Field { record: start, index: 0 }, Fault::NoHeader);
    }
    let mut seen = BTreeSet::new();
    let mut keys = Vec::with_capacity(record.len());
    for (index, name) in record.iter().enumerate() {
        let at = At::Field { record: start, index };
        let key = Key::parse(name).map_err(|fault| report.add(at, fault)).ok();
        if key.as_ref().is_some_and(|key| !seen.insert(key.clone())) {
            report.add(at, Fault::NameTwice { name: name.into() });
        }
        keys.push(key);
    }
    if !seen.contains(&Key::Column(Column::Account)) {
        report.add(At::Field { record: start, index: 0 }, Fault::NoAccountColumn);
    }
    keys
}

fn row(record: &csv::StringRecord, start: usize, keys: &[Option<Key>], report: &mut Report<'_>) -> Option<Row> {
    if record.len() != keys.len() {
        let at = At::Field { record: start, index: 0 };
        report.add(at, Fault::FieldCount { given: record.len(), expected: keys.len() });
        return None;
    }
    let cells = keys.iter().zip(record).enumerate().filter(|(_, (_, value))| !value.is_empty());
    let cells = cells.filter_map(|(index, (key, value))| {
        let key = key.clone()?;
        Some(Cell { key, at: At::Field { record: start, index }, value: value.into() })
    });
    Some(Row { at: At::Field { record: start, index: 0 }, cells: cells.collect() })
}

/// The place of a quote that the end of the text leaves open: the reader takes all that follows for one field.
fn open_quote(text: &str, delimiter: char, start: usize, fields: usize) -> Option<At> {
    let index = fields.checked_sub(1)?;
    field(text, delimiter, start, index).open.then_some(At::Field { record: start, index })
}
