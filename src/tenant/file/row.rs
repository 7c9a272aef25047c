//! From one row of a file, whatever its format, to facts about an account.

use std::collections::BTreeSet;

use super::column::{Column, Key};
use super::date;
use super::problem::Fault;
use super::report::{At, Report};
use crate::id::{AccountId, Region};
use crate::tenant::{Facts, State, UNASSIGNED};

/// The most labels of one account: each is sent with every batch of its records.
/// Source: AWS Organizations user guide, "Tagging": a resource has 50 tags at most.
pub const LABELS_MAX: usize = 50;

/// The longest value of a column or label, in characters; the longest of AWS, an OU path, stays under 400.
pub const VALUE_CHARS_MAX: usize = 1_024;

/// One account as written.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Where it begins.
    pub(super) at: At,
    /// Its values, without those that are empty.
    pub(super) cells: Vec<Cell>,
}

/// One value as written.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) key: Key,
    pub(super) at: At,
    pub(super) value: String,
}

/// Checks a row; `None` when its account cannot be told.
pub(super) fn facts(row: Row, report: &mut Report<'_>) -> Option<Facts> {
    let mut facts = Facts::new(account(&row, report)?);
    let mut seen = BTreeSet::new();
    for Cell { key, at, value } in row.cells {
        if !seen.insert(key.clone()) {
            report.add(at, Fault::NameTwice { name: key.name().into() });
        } else if let Err(fault) = set(&mut facts, key, value) {
            report.add(at, fault);
        }
    }
    if facts.labels.len() > LABELS_MAX {
        report.add(row.at, Fault::LabelCount { given: facts.labels.len(), limit: LABELS_MAX });
    }
    Some(facts)
}

fn account(row: &Row, report: &mut Report<'_>) -> Option<AccountId> {
    let Some(cell) = row.cells.iter().find(|cell| cell.key == Key::Column(Column::Account)) else {
        report.add(row.at, Fault::AccountMissing);
        return None;
    };
    match parse_account(&cell.value) {
        Ok(account) => Some(account),
        Err(fault) => {
            report.add(cell.at, fault);
            None
        }
    }
}

/// Twelve digits, or in groups of four as the AWS console shows them.
pub(super) fn parse_account(text: &str) -> Result<AccountId, Fault> {
    let grouped = text.len() == 14 && text.char_indices().all(|(index, c)| (c == '-') == (index == 4 || index == 9));
    let given = if grouped { text.replace('-', "") } else { text.into() };
    AccountId::parse(&given).map_err(|error| Fault::Account { error, hint: account_hint(text) })
}

fn account_hint(text: &str) -> String {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mangled = text.contains(['e', 'E', '.']) && text.parse::<f64>().is_ok();
    if digits && text.len() < 12 {
        format!("; leading zeros may have been lost, as when a number is not quoted: did you mean \"{text:0>12}\"?")
    } else if mangled {
        "; a spreadsheet made a number of it: format the column as text and enter it again".into()
    } else {
        String::new()
    }
}

fn set(facts: &mut Facts, key: Key, value: String) -> Result<(), Fault> {
    check_text(&key, &value)?;
    match key {
        Key::Column(Column::Account) => {}
        Key::Column(Column::Tenant) if value == UNASSIGNED => return Err(Fault::Unassigned),
        Key::Column(Column::Tenant) => facts.tenant = Some(value),
        Key::Column(Column::Name) => facts.name = Some(value),
        Key::Column(Column::Tier) => facts.tier = Some(value),
        Key::Column(Column::Region) => facts.region = Some(Region::parse(&value).map_err(Fault::Region)?),
        Key::Column(Column::OuPath) => facts.ou_path = Some(value),
        Key::Column(Column::State) => facts.state = Some(parse_state(&value)?),
        Key::Column(Column::Created) => {
            facts.created = Some(date::parse(&value).ok_or(Fault::Created { given: value })?);
        }
        Key::Label(name) => {
            let _ = facts.labels.insert(name, value);
        }
    }
    Ok(())
}

fn check_text(key: &Key, value: &str) -> Result<(), Fault> {
    let chars = value.chars().count();
    if chars > VALUE_CHARS_MAX {
        return Err(Fault::ValueChars { name: key.name().into(), given: chars, limit: VALUE_CHARS_MAX });
    }
    if value.chars().any(char::is_control) {
        return Err(Fault::ControlCharacter { name: key.name().into() });
    }
    Ok(())
}

fn parse_state(text: &str) -> Result<State, Fault> {
    let name = text.to_uppercase().replace([' ', '-'], "_");
    State::named(&name).ok_or_else(|| Fault::State { given: text.into() })
}
