//! The columns that have a meaning; every other name is a label.

use super::problem::Fault;
use crate::tenant::is_reserved;

/// The longest name of a label, in characters. Source: AWS General Reference, "Tagging": a key has 128 at most.
pub const LABEL_NAME_CHARS_MAX: usize = 128;

/// Written before the name of a label that would pass for a misspelt column.
const LABEL_PREFIX: &str = "label.";

/// A word that is one letter from a column and yet often means what it says.
const NOT_MISSPELT: [&str; 1] = ["stage"];

/// A column that has a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Account,
    Tenant,
    Name,
    Tier,
    Region,
    OuPath,
    State,
    Created,
}

/// What a column or member of an entry says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// One of the columns with a meaning.
    Column(Column),
    /// A label of this name.
    Label(String),
}

impl Column {
    pub(super) const ALL: [Self; 8] =
        [Self::Account, Self::Tenant, Self::Name, Self::Tier, Self::Region, Self::OuPath, Self::State, Self::Created];

    /// The name that errors, examples and the schema use.
    pub(super) const fn name(self) -> &'static str {
        self.names()[0]
    }

    /// Every name that is understood.
    pub(super) const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Account => &["account", "id", "account_id"],
            Self::Tenant => &["tenant", "tenant_id"],
            Self::Name => &["name", "tenant_name"],
            Self::Tier => &["tier"],
            Self::Region => &["region"],
            Self::OuPath => &["ou_path"],
            Self::State => &["state", "status"],
            Self::Created => &["created"],
        }
    }
}

impl Key {
    /// Reads a name as written: columns in any case and with blanks or hyphens, labels exactly.
    pub(super) fn parse(written: &str) -> Result<Self, Fault> {
        if let Some(label) = written.strip_prefix(LABEL_PREFIX) {
            return Self::label(label);
        }
        let given = written.to_lowercase().replace([' ', '-'], "_");
        if let Some(column) = Column::ALL.into_iter().find(|column| column.names().contains(&given.as_str())) {
            return Ok(Self::Column(column));
        }
        match misspelt(&given).filter(|_| !is_reserved(written)) {
            Some(meant) => Err(Fault::UnknownColumn { given: written.into(), meant }),
            None => Self::label(written),
        }
    }

    /// A label of exactly this name.
    pub(super) fn label(name: &str) -> Result<Self, Fault> {
        let chars = name.chars().count();
        if !(1..=LABEL_NAME_CHARS_MAX).contains(&chars) {
            return Err(Fault::LabelName { given: chars, limit: LABEL_NAME_CHARS_MAX });
        }
        if is_reserved(name) {
            return Err(Fault::LabelReserved { name: name.into() });
        }
        Ok(Self::Label(name.into()))
    }

    /// The column's or label's name.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Column(column) => column.name(),
            Self::Label(name) => name,
        }
    }
}

/// The column that a name resembles so much that it was probably meant.
fn misspelt(given: &str) -> Option<&'static str> {
    if NOT_MISSPELT.contains(&given) {
        return None;
    }
    let edits_max = if given.chars().count() < 7 { 1 } else { 2 };
    Column::ALL
        .into_iter()
        .flat_map(Column::names)
        .filter(|name| name.len() > 3)
        .map(|name| (strsim::osa_distance(given, name), *name))
        .filter(|(edits, _)| *edits <= edits_max)
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_known_in_any_spelling_of_a_spreadsheet() {
        for written in ["account", "Account", "ACCOUNT_ID", "Account ID", "account-id", "id"] {
            assert_eq!(Key::parse(written), Ok(Key::Column(Column::Account)), "{written}");
        }
        assert_eq!(Key::parse("OU Path"), Ok(Key::Column(Column::OuPath)));
    }

    #[test]
    fn a_misspelt_column_is_not_taken_for_a_label() {
        for (written, meant) in [
            ("tenent", "tenant"),
            ("accuont", "account"),
            ("Teir", "tier"),
            ("regions", "region"),
            ("crated", "created"),
        ] {
            assert_eq!(Key::parse(written), Err(Fault::UnknownColumn { given: written.into(), meant }), "{written}");
        }
    }

    #[test]
    fn any_other_name_is_a_label_as_written() {
        for written in ["Team", "stage", "cost-center", "reason", "contact.mail", "owner", "type"] {
            assert_eq!(Key::parse(written), Ok(Key::Label(written.into())), "{written}");
        }
    }

    #[test]
    fn the_prefix_makes_a_label_of_what_looks_misspelt() {
        assert_eq!(Key::parse("label.names"), Ok(Key::Label("names".into())));
        assert_eq!(Key::parse("label."), Err(Fault::LabelName { given: 0, limit: LABEL_NAME_CHARS_MAX }));
    }

    #[test]
    fn a_label_cannot_pose_as_an_attribute_that_fanin_sets() {
        for name in ["cloud.account.id", "tenant.id", "service.name", "aws.log.group.names"] {
            assert_eq!(Key::parse(name), Err(Fault::LabelReserved { name: name.into() }));
        }
    }
}
