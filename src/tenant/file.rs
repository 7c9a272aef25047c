//! The directory as a file: CSV, YAML or JSON, read in one go with every problem in it.
//!
//! The columns are `account` (or `id`), `tenant`, `name`, `tier`, `region`, `ou_path`, `state` and `created`; any other
//! is a label. YAML and JSON hold a list of such entries or a map from account to entry, and may gather labels in `labels`.

use std::collections::BTreeMap;

use crate::tenant::Facts;

mod problem;
mod report;
mod date;
mod column;
mod row;
mod table;
mod tree;
mod schema;

pub use column::LABEL_NAME_CHARS_MAX;
pub use problem::{Error, Fault, Problem};
pub use report::PROBLEMS_MAX;
pub use row::{LABELS_MAX, VALUE_CHARS_MAX};
pub use schema::schema;

use report::{At, Report};
use row::Row;

/// The largest file that is read: room for the most accounts with a dozen labels each.
pub const FILE_BYTES_MAX: usize = 32 << 20;

/// The most accounts of a file: twice the 50,000 that AWS names as the size of the largest organisations.
/// Source: AWS Organizations user guide, "Quotas".
pub const ACCOUNTS_MAX: usize = 100_000;

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv,
    Json,
    Yaml,
}

/// Reads a directory file: one item for each account, in the order of the file.
///
/// `path` chooses the format by its extension, else the content does; it also stands in errors.
///
/// # Errors
/// When anything at all is wrong, with every place where it is.
pub fn parse(path: &str, bytes: &[u8]) -> Result<Vec<Facts>, Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return not_utf8(path, bytes, error.valid_up_to()),
    };
    let format = Format::of(path, text);
    let delimiter = table::delimiter(text);
    let mut report = Report::new(text, delimiter);
    if text.len() > FILE_BYTES_MAX {
        report.add(At::Byte(0), Fault::FileBytes { given_bytes: text.len(), limit_bytes: FILE_BYTES_MAX });
        return report.finish(path, Vec::new());
    }
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        report.add(At::Byte(0), Fault::Empty);
        return report.finish(path, Vec::new());
    }
    let rows = match format {
        Format::Csv => table::rows(text, delimiter, &mut report),
        Format::Json => tree::json_rows(text, &mut report),
        Format::Yaml => tree::yaml_rows(text, &mut report),
    };
    let facts = check(rows, &mut report);
    report.finish(path, facts)
}

fn not_utf8(path: &str, bytes: &[u8], valid: usize) -> Result<Vec<Facts>, Error> {
    let before = std::str::from_utf8(&bytes[..valid]).unwrap_or_default();
    let mut report = Report::new(before, ',');
    report.add(At::Byte(valid), Fault::Encoding);
    report.finish(path, Vec::new())
}

impl Format {
    fn of(path: &str, text: &str) -> Self {
        let extension = path.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        match extension.as_deref() {
            Some("csv" | "tsv") => Self::Csv,
            Some("json") => Self::Json,
            Some("yaml" | "yml") => Self::Yaml,
            Some(_) | None => Self::of_content(text),
        }
    }

    /// YAML has a colon or a hyphen where CSV has the first delimiter.
    fn of_content(text: &str) -> Self {
        let first = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#')).unwrap_or_default();
        if text.trim_start().starts_with(['{', '[']) {
            return Self::Json;
        }
        let yaml = first.starts_with("- ") || first.starts_with("---") || first.contains(':');
        if yaml { Self::Yaml } else { Self::Csv }
    }
}

fn check(rows: Vec<Row>, report: &mut Report<'_>) -> Vec<Facts> {
    if rows.len() > ACCOUNTS_MAX {
        report.add(rows[ACCOUNTS_MAX].at, Fault::AccountCount { given: rows.len(), limit: ACCOUNTS_MAX });
        return Vec::new();
    }
    let mut firsts = BTreeMap::new();
    let mut accounts = Vec::with_capacity(rows.len());
    for row in rows {
        let at = row.at;
        let Some(facts) = row::facts(row, report) else { continue };
        let account = facts.account;
        match firsts.get(&account) {
            Some(first) => {
                report.add_with(at, |report| Fault::AccountTwice { account, first_line: report.line(*first) })
            }
            None => {
                let _ = firsts.insert(account, at);
                accounts.push(facts);
            }
        }
    }
    accounts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::id::{AccountId, Region};
    use crate::tenant::State;

    fn account(text: &str) -> AccountId {
        AccountId::parse(text).unwrap()
    }

    /// Parses what must be right.
    fn parsed(path: &str, text: &str) -> Vec<Facts> {
        parse(path, text.as_bytes()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The lines that a person reads about what is wrong.
    fn refused(path: &str, text: &str) -> Vec<String> {
        parse(path, text.as_bytes()).unwrap_err().to_string().lines().map(Into::into).collect()
    }

    fn acme() -> Facts {
        let mut facts = Facts::new(account("001122223333"));
        facts.tenant = Some("acme".into());
        facts.name = Some("Acme, Inc.".into());
        facts.tier = Some("gold".into());
        facts.region = Region::parse("eu-central-1").ok();
        facts.ou_path = Some("o-1/r-1/ou-1/".into());
        facts.state = Some(State::PendingClosure);
        facts.created = date::parse("2024-02-29");
        facts.labels = [("team", "red"), ("cost", "0042")].map(|(key, value)| (key.into(), value.into())).into();
        facts
    }

    #[test]
    fn every_format_says_the_same() {
        let csv = "Account ID,tenant,name,tier,region,ou_path,state,created,team,cost\n\
            001122223333,acme,\"Acme, Inc.\",gold,eu-central-1,o-1/r-1/ou-1/,pending closure,2024-02-29,red,0042\n";
        let list = "- account: '001122223333'\n  tenant: acme\n  name: Acme, Inc.\n  tier: gold\n  region: eu-central-1\n  \
            ou_path: o-1/r-1/ou-1/\n  state: PENDING_CLOSURE\n  created: 2024-02-29\n  team: red\n  cost: 0042\n";
        let map = "accounts:\n  001122223333:\n    tenant: acme\n    name: Acme, Inc.\n    tier: gold\n    region: eu-central-1\n    \
            ou_path: o-1/r-1/ou-1/\n    state: PENDING_CLOSURE\n    created: 2024-02-29\n    labels: {team: red, cost: 0042}\n";
        let json = r#"[{"id": "001122223333", "tenant": "acme", "name": "Acme, Inc.", "tier": "gold", "region": "eu-central-1",
            "ou_path": "o-1/r-1\/ou-1/", "state": "PENDING_CLOSURE", "created": "2024-02-29", "labels": {"team": "red", "cost": "0042"}}]"#;
        for (path, text) in [("a.csv", csv), ("a.yaml", list), ("a.yml", map), ("a.json", json)] {
            assert_eq!(parsed(path, text), [acme()], "{path}");
            assert_eq!(parsed("directory", text), [acme()], "{path} told by its content");
        }
    }

    #[test]
    fn a_map_may_name_the_tenant_alone() {
        let facts = parsed("a.yaml", "111122223333: acme\n222233334444:\n'0000-1111-2222': {tier: gold}\n");
        let tenants: Vec<_> = facts.iter().map(|facts| (facts.account.to_string(), facts.tenant.as_deref())).collect();
        assert_eq!(
            tenants,
            [("111122223333".into(), Some("acme")), ("222233334444".into(), None), ("000011112222".into(), None)]
        );
    }

    #[test]
    fn an_anchor_holds_what_many_entries_share() {
        let facts = parsed(
            "a.yaml",
            "- &gold {account: '111122223333', tier: gold}\n- {<<: *gold, account: '222233334444', tenant: b}\n",
        );
        assert_eq!(facts[1].tier.as_deref(), Some("gold"));
        assert_eq!(facts[1].account, account("222233334444"));
    }

    #[test]
    fn numbers_and_truth_values_are_taken_as_written() {
        let facts = parsed("a.yaml", "- account: 012345678901\n  flag: no\n  octal: 0o17\n  big: 1e999\n  none: ~\n");
        assert_eq!(facts[0].account, account("012345678901"));
        let labels: Vec<_> = facts[0].labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(labels, [("big", "1e999"), ("flag", "no"), ("octal", "0o17")]);
    }

    #[test]
    fn spreadsheets_write_semicolons_tabs_byte_order_marks_and_carriage_returns() {
        for text in [
            "\u{feff}account;tenant\r\n111122223333;a\r\n\r\n222233334444;b\r\n;\r\n",
            "account\ttenant\n111122223333\ta\n# closed\n222233334444\tb",
        ] {
            let tenants: Vec<_> = parsed("a.csv", text).into_iter().filter_map(|facts| facts.tenant).collect();
            assert_eq!(tenants, ["a", "b"]);
        }
    }

    #[test]
    fn every_problem_of_a_table_is_reported_with_its_place() {
        let text = "account,tenent,region,created,names,region\r\n\
            111122223333,a,eu central,2024-02-30,x,\r\n\
            \r\n\
            42,a,,,,\r\n\
            \"1.11E+11\",a,,,,\r\n\
            ,b,,,,\r\n\
            111122223333,a,\r\n\
            \"1111-2222-3333\",a,,,,\r\n";
        assert_eq!(
            refused("fleet.csv", text),
            [
                "fleet.csv:1:9: unknown column \"tenent\", did you mean \"tenant\"? a label of that name is written \"label.tenent\"",
                "fleet.csv:1:31: unknown column \"names\", did you mean \"name\"? a label of that name is written \"label.names\"",
                "fleet.csv:1:37: \"region\" is given twice",
                "fleet.csv:2:16: an AWS Region is 2 to 24 lower-case letters, digits and hyphens, not \"eu central\"",
                "fleet.csv:2:27: \"2024-02-30\" is no date; write 2026-11-22 or 2026-11-22T02:39:31Z",
                "fleet.csv:4:1: an AWS account id has 12 digits, not \"42\"; leading zeros may have been lost, as when a number is not quoted: did you mean \"000000000042\"?",
                "fleet.csv:5:1: an AWS account id has 12 digits, not \"1.11E+11\"; a spreadsheet made a number of it: format the column as text and enter it again",
                "fleet.csv:6:1: the account is missing",
                "fleet.csv:7:1: the row has 3 fields, the header 6; a field with a comma needs quotes",
                "fleet.csv:8:1: account 111122223333 stands already in line 2; remove one of the two",
            ]
        );
    }

    #[test]
    fn every_problem_of_a_tree_is_reported_with_its_place() {
        let text = "- account: 42\n- account: '111122223333'\n  tenent: a\n  state: retired\n  tier: [gold]\n- 7\n- tenant: unassigned\n\
            - account: '111122223333'\n  labels: {cloud.account.id: x}\n  tier: a\n  tier: b\n";
        assert_eq!(
            refused("fleet.yaml", text),
            [
                "fleet.yaml:1:12: an AWS account id has 12 digits, not \"42\"; leading zeros may have been lost, as when a number is not quoted: did you mean \"000000000042\"?",
                "fleet.yaml:3:3: unknown column \"tenent\", did you mean \"tenant\"? a label of that name is written \"label.tenent\"",
                "fleet.yaml:4:10: unknown state \"retired\", expected ACTIVE, SUSPENDED, PENDING_ACTIVATION, PENDING_CLOSURE or CLOSED",
                "fleet.yaml:5:9: expected a single value, found a list",
                "fleet.yaml:6:3: expected a mapping with the fields of an account, found a single value",
                "fleet.yaml:7:3: the account is missing",
                "fleet.yaml:8:3: account 111122223333 stands already in line 2; remove one of the two",
                "fleet.yaml:9:12: the label \"cloud.account.id\" has the name of an attribute that Fanin sets itself; choose another",
                "fleet.yaml:11:9: \"tier\" is given twice",
            ]
        );
    }

    #[test]
    fn an_account_that_stands_twice_in_a_map_names_both_lines() {
        assert_eq!(
            refused("a.json", "{\n\"111122223333\": \"a\",\n\"111122223333\": \"b\"\n}"),
            ["a.json:3:1: account 111122223333 stands already in line 2; remove one of the two"]
        );
    }

    #[test]
    fn text_that_is_not_of_its_format_is_refused_with_a_place() {
        assert_eq!(refused("a.json", "{\n\"111122223333\": }"), ["a.json:2:17: expected value"]);
        assert_eq!(refused("a.json", "111122223333: acme"), ["a.json:1:13: trailing characters"]);
        assert_eq!(refused("a.yaml", "a: [1\nb: 2").len(), 1);
        assert!(refused("a.yaml", "a: 1\n---\nb: 2")[0].starts_with("a.yaml:"));
        assert_eq!(
            refused("a.csv", "account,tenant\n1,\"x\ny"),
            ["a.csv:2:3: the quote that opens here is never closed"]
        );
        assert_eq!(
            refused("a.yaml", "acme"),
            ["a.yaml:1:1: expected a list of accounts or a mapping from account to entry, found a single value"]
        );
    }

    #[test]
    fn a_table_without_a_header_is_refused_once() {
        assert_eq!(
            refused("a.csv", "111122223333,acme\n222233334444,bcme\n")[..2],
            [
                "a.csv:1:1: the first line must name the columns, such as account,tenant,name,tier",
                "a.csv:1:1: no column is named \"account\"",
            ]
        );
    }

    #[test]
    fn a_file_that_was_cut_to_nothing_is_not_an_empty_directory() {
        for text in ["", "\n\n", "# nothing\n"] {
            assert_eq!(refused("a.yaml", text).len(), 1);
        }
        assert_eq!(parsed("a.yaml", "[]"), []);
        assert_eq!(parsed("a.csv", "account,tenant\n"), []);
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_refused_with_a_place() {
        let error = parse("a.csv", b"account,name\n111122223333,M\xfcller\n").unwrap_err();
        assert_eq!(error.to_string(), "a.csv:2:15: this is not UTF-8 text; save the file as UTF-8");
    }

    #[test]
    fn limits_hold() {
        let labels: Vec<_> = (0..=LABELS_MAX).map(|index| format!("x{index}: y")).collect();
        let many = format!("111122223333: {{{}}}", labels.join(", "));
        assert_eq!(refused("a.yaml", &many), ["a.yaml:1:1: the account has 51 labels, over the limit of 50"]);
        let long = format!("111122223333: {}", "x".repeat(VALUE_CHARS_MAX + 1));
        assert_eq!(refused("a.yaml", &long), ["a.yaml:1:15: \"tenant\" has 1025 characters, over the limit of 1024"]);
        assert_eq!(
            refused("a.csv", "account,name\n111122223333,\"a\nb\"\n"),
            ["a.csv:2:14: \"name\" holds a line break or another control character"]
        );
        let large = "#".repeat(FILE_BYTES_MAX + 1);
        assert_eq!(refused("a.csv", &large), ["a.csv:1:1: the file has 33554433 bytes, over the limit of 33554432"]);
    }

    #[test]
    fn an_alias_cannot_multiply_itself() {
        let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
            d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n\
            g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nh: [*g,*g,*g,*g,*g,*g,*g,*g,*g]\n";
        assert_eq!(refused("a.yaml", bomb).len(), 1);
    }

    #[test]
    fn a_whole_fleet_is_read_in_every_format() {
        let ids: Vec<_> = (1..=6_000).map(|n| format!("{n:012}")).collect();
        let rows = |row: fn(&String) -> String, between: &str| ids.iter().map(row).collect::<Vec<_>>().join(between);
        let csv = format!("account,tenant\n{}", rows(|id| format!("{id},t-{id}"), "\n"));
        let yaml = rows(|id| format!("{id}: {{tenant: t-{id}, tier: gold, team: red}}"), "\n");
        let merged = format!(
            "- &d {{account: '999999999999', tier: gold}}\n{}",
            rows(|id| format!("- {{<<: *d, account: '{id}', tenant: 't-{id}'}}"), "\n")
        );
        let json = format!("{{{}}}", rows(|id| format!("\"{id}\":{{\"tenant\":\"t-{id}\",\"tier\":\"gold\"}}"), ","));
        assert_eq!(parsed("a.csv", &csv).len(), 6_000);
        assert_eq!(parsed("a.yaml", &yaml).len(), 6_000);
        assert_eq!(parsed("a.yaml", &merged).len(), 6_001);
        assert_eq!(parsed("a.json", &json).len(), 6_000);
    }

    #[test]
    fn of_thousands_of_problems_a_hundred_are_shown_and_the_rest_counted() {
        let text = format!("account\n111122223333\n{}", "111122223333\n".repeat(6_000));
        let error = parse("a.csv", text.as_bytes()).unwrap_err();
        assert_eq!((error.problems.len(), error.n_more), (PROBLEMS_MAX, 6_000 - PROBLEMS_MAX));
        assert!(error.to_string().ends_with("\na.csv: and 5900 more problems"));
    }

    #[test]
    fn the_schema_knows_every_column() {
        let schema = serde_json::to_value(schema()).unwrap();
        let properties = schema["$defs"]["Account"]["properties"].as_object().unwrap();
        for column in column::Column::ALL {
            assert!(properties.contains_key(column.name()), "{column:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            path in "a\\.(csv|json|yaml)|a",
            text in "[\\PC\n\t\"',;:{}\\[\\]&*<#-]{0,80}",
            noise in proptest::collection::vec(any::<u8>(), 0..4),
        ) {
            drop(parse(&path, &[text.as_bytes(), &noise].concat()));
        }

        #[test]
        fn no_table_makes_it_panic(
            rows in proptest::collection::vec("[0-9a-z,;\"\r\n# ]{0,20}|111122223333,\"?[a-z\u{e4}]{0,3}\"?", 0..6),
        ) {
            drop(parse("a.csv", format!("account,tenant\n{}", rows.join("\n")).as_bytes()));
        }
    }
}
