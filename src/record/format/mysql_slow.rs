//! Slow query log of MySQL and MariaDB of RDS and Aurora: blocks of several lines, in one event or in one event a line.
//!
//! ```text
//! # Time: 2024-10-09T19:26:59.310443Z
//! # User@Host: admin[admin] @  [10.0.0.1]  Id:    12
//! # Query_time: 1.000123  Lock_time: 0.000002 Rows_sent: 1  Rows_examined: 2
//! use shop;
//! SET timestamp=1728502018;
//! SELECT SLEEP(1);
//! ```
//!
//! MariaDB leaves out a time that is that of the block before, so a block may begin with `# User@Host:`. Where each line is an
//! event, such a block right behind one with a time cannot be told from it and stays with it.
//! Sources: MySQL reference manual, "The Slow Query Log"; MariaDB documentation, "Slow Query Log Extended Statistics".

use crate::config::FormatName;
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::format::tool::member;
use crate::record::format::{Format, Shape};
use crate::record::log::Log;
use crate::record::value::{Attribute, Value};
use crate::time::{Subsecond, parse_rfc3339};

/// Told by the group's name, or by its first line.
pub const FORMAT: Format = Format {
    name: FormatName::MysqlSlow,
    encoding: "aws.rds.mysql_slow",
    shape: Shape::Line { starts: |byte| byte == b'#', parse },
    continues: Some(continues),
};

/// More numbers than any version writes of one statement are left in the body.
const NUMBERS_MAX: usize = 64;

const TIME: &str = "# Time: ";
const USER: &str = "# User@Host: ";

fn parse<'a>(block: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> bool {
    if !begins(block) {
        return false;
    }
    let log = &mut draft.log;
    let system = if block.contains("\n# Thread_id: ") { "mariadb" } else { "mysql" };
    log.attribute(attribute::DB_SYSTEM, Value::Text(system));
    let mut rest = block;
    let mut numbers = 0;
    while rest.starts_with('#') {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        take_comment(line.trim_ascii_end(), &mut numbers, log, context);
        rest = after;
    }
    take_statement(rest, log);
    true
}

fn begins(line: &str) -> bool {
    line.starts_with(TIME) || line.starts_with(USER)
}

/// Everything up to the next block goes on with a block. MariaDB writes the time only where it is another, so that a block
/// may begin with the user.
fn continues(first: &str, last: &str, line: &str) -> bool {
    let user_follows = line.starts_with(USER) && last.lines().next_back().is_some_and(|last| last.starts_with(TIME));
    begins(first) && (user_follows || !begins(line)) && !is_header(line)
}

/// What the server writes when it opens the file: `/rdsdbbin/mysql/bin/mysqld, Version: 8.0.39 ...`
fn is_header(line: &str) -> bool {
    line.starts_with('/') || line.starts_with("Tcp port: ") || line.starts_with("Time                 Id Command")
}

fn take_comment<'a>(line: &'a str, numbers: &mut usize, log: &mut Log<'a>, context: &Context<'a>) {
    if let Some(time) = line.strip_prefix(TIME) {
        if let Some((time, Subsecond::Given)) = parse_rfc3339(time.trim_ascii()) {
            log.finer_time(time);
        }
    } else if let Some(user) = line.strip_prefix(USER) {
        take_user(user, log);
    } else if !line.starts_with("# explain:") {
        take_numbers(line.trim_start_matches(['#', ' ']), numbers, log, context);
    }
}

/// `admin[admin] @ ip-10-0-0-1 [10.0.0.1]  Id:    12`
fn take_user<'a>(text: &'a str, log: &mut Log<'a>) {
    let (user, rest) = text.split_once('[').unwrap_or((text, ""));
    log.text(attribute::USER_NAME, user.trim_ascii());
    let client = rest.split_once('@').map_or("", |(_, client)| client);
    let (host, rest) = client.split_once('[').unwrap_or((client, ""));
    let (address, rest) = rest.split_once(']').unwrap_or((rest, ""));
    log.text(attribute::DB_MYSQL_CLIENT_HOST, host.trim_ascii());
    log.text(attribute::CLIENT_ADDRESS, address);
    if let Some((_, id)) = rest.split_once("Id:") {
        log.number(attribute::DB_MYSQL_CONNECTION_ID, id.trim_ascii());
    }
}

/// `Query_time: 1.000123  Lock_time: 0.000002 Rows_sent: 1`; a value may be missing.
fn take_numbers<'a>(line: &'a str, numbers: &mut usize, log: &mut Log<'a>, context: &Context<'a>) {
    let mut words = line.split_ascii_whitespace().peekable();
    while let Some(word) = words.next() {
        let Some(name) = word.strip_suffix(':') else { continue };
        let value = words.next_if(|value| !value.ends_with(':')).unwrap_or_default();
        *numbers += 1;
        if *numbers <= NUMBERS_MAX {
            take_number(name, value, log, context);
        }
    }
}

fn take_number<'a>(name: &'a str, value: &'a str, log: &mut Log<'a>, context: &Context<'a>) {
    match name {
        "Thread_id" => log.number(attribute::DB_MYSQL_CONNECTION_ID, value),
        "Schema" => log.text(attribute::DB_NAMESPACE, value),
        "Rows_sent" => log.number(attribute::DB_RETURNED_ROWS, value),
        _ => {
            let typed = match (value.parse(), value.parse()) {
                (Ok(whole), _) => Value::Int(whole),
                (Err(_), Ok(number)) if value.starts_with(|first: char| first.is_ascii_digit()) => {
                    Value::Double(number)
                }
                (Err(_), _) => Value::Text(value),
            };
            // Times are numbers with a fraction also where the fraction is not written.
            let typed = typed.double().filter(|_| name.ends_with("_time")).map_or(typed, Value::Double);
            member::keep_rest(log, attribute::DB_MYSQL_PREFIX, [Attribute { key: name, value: typed }], context.bump);
        }
    }
}

/// `use shop;` and `SET timestamp=..;`, then the statement.
fn take_statement<'a>(mut rest: &'a str, log: &mut Log<'a>) {
    while let Some((line, after)) = rest.split_once('\n') {
        let line = line.trim_ascii_end();
        if let Some(database) = line.strip_prefix("use ") {
            log.text(attribute::DB_NAMESPACE, database.trim_end_matches(';').trim_matches('`'));
        } else if !line.starts_with("SET timestamp=") {
            break;
        }
        rest = after;
    }
    let only_time = rest.starts_with("SET timestamp=") && !rest.contains('\n');
    if !only_time {
        log.text(attribute::DB_QUERY_TEXT, rest.trim_ascii());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::normalize::tests::{Given, attributes};

    const GROUP: &str = "/aws/rds/instance/db-1/slowquery";
    const BLOCK: [&str; 6] = [
        "# Time: 2020-03-05T16:30:36.310443Z",
        "# User@Host: admin[admin] @  [10.0.0.1]  Id:    12",
        "# Query_time: 1.000123  Lock_time: 0 Rows_sent: 1  Rows_examined: 2",
        "use shop;",
        "SET timestamp=1583425835;",
        "SELECT SLEEP(1)\nFROM t;",
    ];
    const EXPECTED: &str = "db.system.name=\"mysql\" user.name=\"admin\" client.address=\"10.0.0.1\" db.mysql.connection.id=12 \
                            db.mysql.query_time=1.000123 db.mysql.lock_time=0.0 db.response.returned_rows=1 \
                            db.mysql.rows_examined=2 db.namespace=\"shop\" db.query.text=\"SELECT SLEEP(1)\\nFROM t;\"";

    #[test]
    fn a_block_is_one_record_in_one_event_or_in_many() {
        let whole = BLOCK.join("\n");
        Given::new(GROUP, &[&whole, &whole]).check(|draft| {
            assert_eq!(draft.log.body, Value::Text(&whole));
            assert_eq!(draft.log.time.map(|time| time.nanos()), Some(1_583_425_836_310_443_000));
            assert_eq!(attributes(&draft.log), EXPECTED);
        });
        let lines: Vec<&str> = BLOCK.into_iter().chain(BLOCK).collect();
        let told = Given::new(GROUP, &lines).told();
        assert_eq!(told.len(), 2);
        assert!(told.iter().all(|it| it.ends_with(&format!("{EXPECTED} aws.log.event.joined_ids=[\"1\",\"1\",\"1\",\"1\",\"1\"]"))), "{told:?}");
    }

    #[test]
    fn mariadb_writes_its_own_numbers_and_leaves_out_times() {
        let first = "# Time: 241009 19:26:59\n# User@Host: app[app] @ ip-10-0-0-1 [10.0.0.1]\n\
                     # Thread_id: 15  Schema: shop  QC_hit: No\n\
                     # Query_time: 2.000300  Lock_time: 0.000100  Rows_sent: 0  Rows_examined: 9\n\
                     # Rows_affected: 3  Bytes_sent: 52\nSET timestamp=1728502019;\nUPDATE t SET a = 1;";
        let second =
            "# User@Host: app[app] @ localhost []\n# Thread_id: 16  Schema:   QC_hit: No\n# Query_time: 3\nCOMMIT;";
        let lines: Vec<&str> = first.lines().chain(second.lines()).collect();
        assert_eq!(Given::new(GROUP, &lines).told().len(), 2, "also where each line is an event");
        let told = Given::new(GROUP, &[first, second]).told();
        assert_eq!(told.len(), 2);
        assert!(
            told[0].ends_with(
                "db.system.name=\"mariadb\" user.name=\"app\" db.mysql.client_host=\"ip-10-0-0-1\" client.address=\"10.0.0.1\" \
                 db.mysql.connection.id=15 db.namespace=\"shop\" db.mysql.qc_hit=\"No\" db.mysql.query_time=2.0003 \
                 db.mysql.lock_time=0.0001 db.response.returned_rows=0 db.mysql.rows_examined=9 db.mysql.rows_affected=3 \
                 db.mysql.bytes_sent=52 db.query.text=\"UPDATE t SET a = 1;\""
            ),
            "{told:?}"
        );
        assert!(
            told[1].ends_with(
                "db.mysql.connection.id=16 db.mysql.qc_hit=\"No\" db.mysql.query_time=3.0 db.query.text=\"COMMIT;\""
            ),
            "{told:?}"
        );
    }

    #[test]
    fn what_the_server_writes_when_it_opens_the_file_stays_text() {
        let header = "/rdsdbbin/mysql/bin/mysqld, Version: 8.0.39 (Source distribution). started with:";
        let told = Given::new(GROUP, &[header, "# Time: 2020-03-05T16:30:36.310443Z", header]).told();
        assert_eq!(told.len(), 3);
        assert!(told[0].starts_with("aws.cloudwatch ") && told[2].starts_with("aws.cloudwatch "), "{told:?}");
    }

    #[test]
    fn comments_of_other_programs_stay_text() {
        for line in ["# a heading", "#", "# Timeout: 3"] {
            assert!(Given::new("/acme/app", &[line]).told()[0].starts_with("aws.cloudwatch "), "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_block_panics_and_the_body_is_the_block(lines in prop::collection::vec(0_usize..8, 1..9), insert in "[#:@\\[\\] a\u{e9};]{0,9}") {
            let texts = ["# explain: x", &insert];
            let lines: Vec<&str> = lines.iter().map(|at| BLOCK.iter().chain(&texts).nth(*at).copied().unwrap()).collect();
            let block = lines.join("\n");
            let expected = Value::Text(crate::record::format::without_newline(&block));
            Given::new("/acme/app", &[&block]).check(|draft| assert_eq!(draft.log.body, expected));
        }
    }
}
