//! Error, audit and general log of MySQL and MariaDB of RDS and Aurora.
//!
//! `2024-10-09T19:26:59.310443Z 220 [Note] [MY-010926] [Server] Access denied for user 'x'@'10.0.0.1' (using password: YES)`
//!
//! A time with a space in it is MariaDB's. Lines of SQL Server and Oracle, which RDS puts into log groups of the same name,
//! are declined.
//! Sources: RDS user guide, "MySQL database log files"; Aurora user guide, "Using Advanced Auditing"; MySQL reference manual,
//! "The Error Log" and "The General Query Log"; MariaDB documentation, "Audit Plugin Log Format".

use crate::config::FormatName;
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::format::tool::clock;
use crate::record::format::{Format, Shape};
use crate::record::log::Log;
use crate::record::severity::Severity;
use crate::record::value::Value;
use crate::time::{Subsecond, Timestamp, parse_rfc3339};

/// Told by the group's name, or by the time, thread and level in front.
pub const FORMAT: Format = Format {
    name: FormatName::Mysql,
    encoding: "aws.rds.mysql",
    shape: Shape::Line { starts: |byte| byte.is_ascii_digit() || byte == b'\t', parse },
    continues: None,
};

/// `2024-10-09T19:26:59.310443Z`
const TIME: &[u8] = b"0000-00-00T00:00:00";
/// `2024-10-09 19:26:59`, of MariaDB.
const SPACED_TIME: &[u8] = b"0000-00-00 ";
/// `241009 19:26:59`, of the general log of MariaDB.
const SHORT_TIME: &[u8] = b"000000 ";

fn parse<'a>(line: &'a str, draft: &mut Draft<'a>, context: &Context<'a>) -> bool {
    let log = &mut draft.log;
    parse_error(line, log, context).or_else(|| parse_general(line, log)).or_else(|| parse_audit(line, log)).is_some()
}

/// `<time> <thread> [<level>] [<code>] [<subsystem>] <text>`
fn parse_error<'a>(line: &'a str, log: &mut Log<'a>, context: &Context<'a>) -> Option<()> {
    let (time, rest) = split_time(line)?;
    let (thread, rest) = rest.trim_start_matches(' ').split_once(' ')?;
    if thread.is_empty() || !thread.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (level, rest) = bracketed(rest)?;
    let severity = match level {
        "Note" => Severity::INFO,
        "System" => Severity::NOTICE,
        "Warning" => Severity::WARN,
        "ERROR" | "Error" => Severity::ERROR,
        _ => return None,
    };
    let code = bracketed(rest).filter(|(code, _)| code.starts_with("MY-"));
    // Other programs write a time, a process id and `[ERROR]` as well.
    if severity == Severity::ERROR && code.is_none() && !context.log_group.starts_with("/aws/rds/") {
        return None;
    }
    log.attribute(attribute::DB_SYSTEM, Value::Text(system(time)));
    take_time(time, log);
    (log.severity, log.severity_text) = (severity, level);
    log.number(attribute::THREAD_ID, thread);
    let rest = code.map_or(rest, |(code, rest)| {
        log.text(attribute::DB_MYSQL_ERROR_CODE, code);
        rest
    });
    let subsystem = code.and_then(|_| bracketed(rest));
    let rest = subsystem.map_or(rest, |(subsystem, rest)| {
        log.text(attribute::DB_MYSQL_SUBSYSTEM, subsystem);
        rest
    });
    take_account(rest, log);
    Some(())
}

/// The time in front, with its zone, and what follows the white space behind it.
fn split_time(line: &str) -> Option<(&str, &str)> {
    let bytes = line.as_bytes();
    if clock::is_shaped(bytes, TIME) {
        return line.split_once([' ', '\t']);
    }
    let front = [SPACED_TIME, SHORT_TIME].into_iter().find(|front| clock::is_shaped(bytes, front))?.len();
    // An hour of one digit has a space before it.
    let clock = line.get(front..front + "00:00:00".len())?;
    let shaped = clock::is_shaped(clock.as_bytes(), b"00:00:00") || clock::is_shaped(clock.as_bytes(), b" 0:00:00");
    let (time, rest) = line.split_at_checked(front + clock.len()).filter(|_| shaped)?;
    rest.starts_with([' ', '\t']).then_some((time, rest.get(1..)?))
}

fn system(time: &str) -> &'static str {
    if time.contains('T') { "mysql" } else { "mariadb" }
}

fn take_time(time: &str, log: &mut Log<'_>) {
    if let Some((time, Subsecond::Given)) = parse_rfc3339(time) {
        log.finer_time(time);
    }
}

/// `[Note]`, and what follows.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    const WORD_BYTES_MAX: usize = 32;
    let (word, rest) = text.trim_start_matches(' ').strip_prefix('[')?.split_once(']')?;
    (word.len() <= WORD_BYTES_MAX).then_some((word, rest))
}

/// `... user 'x'@'10.0.0.1' ...`, as refused and broken connections are told of.
fn take_account<'a>(text: &'a str, log: &mut Log<'a>) {
    let account = || {
        let (_, rest) = text.split_once("user '").or_else(|| text.split_once("user: '"))?;
        let (user, rest) = rest.split_once('\'')?;
        let host = rest.strip_prefix("@'").or_else(|| rest.split_once(" host: '").map(|(_, host)| host));
        Some((user, host.and_then(|host| host.split_once('\'')).map_or("", |(host, _)| host)))
    };
    if let Some((user, host)) = account() {
        log.text(attribute::USER_NAME, user);
        log.text(attribute::CLIENT_ADDRESS, host);
    }
}

/// `<time>\t   12 Query\tSELECT 1`; MariaDB leaves out a time that is that of the line before.
fn parse_general<'a>(line: &'a str, log: &mut Log<'a>) -> Option<()> {
    const COMMANDS: [&str; 24] = [
        "Query",
        "Connect",
        "Quit",
        "Init DB",
        "Prepare",
        "Execute",
        "Close stmt",
        "Reset stmt",
        "Field List",
        "Statistics",
        "Ping",
        "Change user",
        "Kill",
        "Refresh",
        "Shutdown",
        "Reset Connection",
        "Binlog Dump",
        "Binlog Dump GTID",
        "Register Slave",
        "Register Replica",
        "Set option",
        "Long Data",
        "Processlist",
        "Debug",
    ];
    let (time, rest) = split_time(line).or_else(|| line.strip_prefix("\t\t").map(|rest| ("", rest)))?;
    let rest = rest.trim_start_matches([' ', '\t']);
    let (id, rest) = rest.split_at_checked(rest.bytes().take_while(u8::is_ascii_digit).count())?;
    let rest = rest.strip_prefix(' ').filter(|_| !id.is_empty())?;
    let (command, argument) = rest.split_once('\t').unwrap_or((rest, ""));
    let command = command.trim_end_matches(' ');
    if !COMMANDS.contains(&command) {
        return None;
    }
    log.attribute(attribute::DB_SYSTEM, Value::Text(system(time)));
    take_time(time, log);
    log.number(attribute::DB_MYSQL_CONNECTION_ID, id);
    log.text(attribute::DB_OPERATION_NAME, command);
    let argument = argument.trim_ascii_end();
    match command {
        "Query" | "Prepare" | "Execute" => log.text(attribute::DB_QUERY_TEXT, argument),
        "Init DB" => log.text(attribute::DB_NAMESPACE, argument),
        "Connect" => take_connect(argument, log),
        _ => log.text(attribute::DB_MYSQL_ARGUMENT, argument),
    }
    Some(())
}

/// `admin@10.0.0.1 on shop using SSL/TLS`; where it is refused, the argument is the reason.
fn take_connect<'a>(argument: &'a str, log: &mut Log<'a>) {
    let client = argument.split_once(" on ").and_then(|(client, rest)| Some((client.rsplit_once('@')?, rest)));
    let Some(((user, host), rest)) = client else { return log.text(attribute::DB_MYSQL_ARGUMENT, argument) };
    log.text(attribute::USER_NAME, user);
    log.text(attribute::CLIENT_ADDRESS, host);
    log.text(attribute::DB_NAMESPACE, rest.split(" using ").next().unwrap_or_default());
}

/// `<time>,<server>,<user>,<host>,<connection>,<query>,<operation>,<database>,<object>,<code>`, of Aurora with the
/// microseconds since 1970 as its time, of the audit plugin of MariaDB with `20241009 19:26:59`.
fn parse_audit<'a>(line: &'a str, log: &mut Log<'a>) -> Option<()> {
    const TIME_BYTES_MAX: usize = 24;
    let _comma = line.bytes().take(TIME_BYTES_MAX).position(|byte| byte == b',')?;
    let mut parts = line.splitn(9, ',');
    let time = parts.next().filter(|time| is_audit_time(time))?;
    let [server, user, host, connection, query, operation, database] =
        [(); 7].map(|()| parts.next().unwrap_or_default());
    let (object, tail) = split_object(parts.next()?);
    let numbers = [connection, query].iter().all(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()));
    let named = !operation.is_empty() && operation.bytes().all(|b| b.is_ascii_uppercase() || b == b'_' || b == b' ');
    if !numbers || !named {
        return None;
    }
    log.attribute(attribute::DB_SYSTEM, Value::Text("mysql"));
    if let Ok(micros) = time.parse::<u64>() {
        log.finer_time(Timestamp::from_nanos(micros.saturating_mul(1_000)));
    }
    log.text(attribute::SERVER_ADDRESS, server);
    log.text(attribute::USER_NAME, user);
    log.text(attribute::CLIENT_ADDRESS, host);
    log.number(attribute::DB_MYSQL_CONNECTION_ID, connection);
    log.number(attribute::DB_MYSQL_QUERY_ID, query);
    log.text(attribute::DB_OPERATION_NAME, operation);
    log.text(attribute::DB_NAMESPACE, database);
    let is_query = operation.starts_with("QUERY");
    log.text(if is_query { attribute::DB_QUERY_TEXT } else { attribute::DB_MYSQL_OBJECT }, object);
    let code = tail.split(',').next().unwrap_or_default();
    log.text(attribute::DB_RESPONSE_STATUS_CODE, code);
    log.severity = outcome(operation, code);
    Some(())
}

/// Whoever may not connect is denied, which is a warning.
fn outcome(operation: &str, code: &str) -> Severity {
    match code.parse::<i64>() {
        _ if operation == "FAILED_CONNECT" => Severity::WARN,
        Ok(0) => Severity::INFO,
        Ok(_) => Severity::ERROR,
        Err(_) => Severity::UNSPECIFIED,
    }
}

fn is_audit_time(time: &str) -> bool {
    let bytes = time.as_bytes();
    (bytes.len() == 16 && bytes.iter().all(u8::is_ascii_digit))
        || (bytes.len() == 17 && clock::is_shaped(bytes, b"00000000 00:00:00"))
}

/// An object, which stands in single quotes where it is a statement, and what follows the comma behind it.
fn split_object(text: &str) -> (&str, &str) {
    let Some(quoted) = text.strip_prefix('\'') else { return text.split_once(',').unwrap_or((text, "")) };
    quoted.rsplit_once("',").unwrap_or((quoted.strip_suffix('\'').unwrap_or(quoted), ""))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::normalize::tests::Given;

    fn told(kind: &str, line: &str) -> String {
        let told = Given::new(&format!("/aws/rds/cluster/shop/{kind}"), &[line]).told().pop().unwrap();
        told.replacen(&format!("{line:?} | "), "", 1)
    }

    #[test]
    fn lines_of_the_error_log_have_level_thread_code_and_client() {
        for (line, expected) in [
            (
                "2024-10-09T19:26:59.310443Z 220 [Note] [MY-010926] [Server] Access denied for user 'x'@'10.0.0.1' (using password: YES)",
                "9 Note | db.system.name=\"mysql\" thread.id=220 db.mysql.error_code=\"MY-010926\" db.mysql.subsystem=\"Server\" \
                 user.name=\"x\" client.address=\"10.0.0.1\"",
            ),
            (
                "2024-10-09T19:26:59.310443Z 0 [System] [MY-010931] [Server] /rdsdbbin/mysql/bin/mysqld: ready for connections.",
                "10 System | db.system.name=\"mysql\" thread.id=0 db.mysql.error_code=\"MY-010931\" db.mysql.subsystem=\"Server\"",
            ),
            (
                "2024-10-09 19:26:59 220 [Warning] Aborted connection 220 to db: 'shop' user: 'app' host: '10.0.0.2' (Got timeout)",
                "13 Warning | db.system.name=\"mariadb\" thread.id=220 user.name=\"app\" client.address=\"10.0.0.2\"",
            ),
            ("2024-10-09  9:26:59 0 [ERROR] mysqld: x", "17 ERROR | db.system.name=\"mariadb\" thread.id=0"),
        ] {
            assert_eq!(told("error", line), format!("aws.rds.mysql {expected}"), "{line}");
        }
    }

    #[test]
    fn a_line_of_another_program_is_not_taken_for_one_of_a_database() {
        let told = Given::new("/acme/app", &["2024-10-09 19:26:59 4711 [ERROR] no stock"]).told();
        assert_eq!(told, ["aws.cloudwatch 17 ERROR | \"2024-10-09 19:26:59 4711 [ERROR] no stock\" | "]);
    }

    #[test]
    fn the_time_of_the_line_is_finer_than_that_of_the_event() {
        let line = "2020-03-05T16:30:36.310443Z 1 [Note] x";
        Given::new("/acme/mysql", &[line]).check(|draft| {
            assert_eq!(draft.log.time, Some(Timestamp::from_nanos(1_583_425_836_310_443_000)));
        });
    }

    #[test]
    fn audit_logs_of_aurora_and_mariadb_are_taken_apart() {
        for (line, expected) in [
            (
                "1583425836310443,shop-1,app,10.0.0.1,12,345,QUERY,shop,'select \\'a\\', 1',0",
                "9  | db.system.name=\"mysql\" server.address=\"shop-1\" user.name=\"app\" client.address=\"10.0.0.1\" \
                 db.mysql.connection.id=12 db.mysql.query.id=345 db.operation.name=\"QUERY\" db.namespace=\"shop\" \
                 db.query.text=\"select \\\\'a\\\\', 1\" db.response.status_code=\"0\"",
            ),
            (
                "20241009 19:26:59,ip-10-0-0-9,app,10.0.0.1,12,0,FAILED_CONNECT,,,1045",
                "13  | db.system.name=\"mysql\" server.address=\"ip-10-0-0-9\" user.name=\"app\" client.address=\"10.0.0.1\" \
                 db.mysql.connection.id=12 db.mysql.query.id=0 db.operation.name=\"FAILED_CONNECT\" db.response.status_code=\"1045\"",
            ),
            (
                "1583425836310443,shop-1,app,10.0.0.1,12,345,WRITE,shop,orders,",
                "0  | db.system.name=\"mysql\" server.address=\"shop-1\" user.name=\"app\" client.address=\"10.0.0.1\" \
                 db.mysql.connection.id=12 db.mysql.query.id=345 db.operation.name=\"WRITE\" db.namespace=\"shop\" db.mysql.object=\"orders\"",
            ),
        ] {
            assert_eq!(told("audit", line), format!("aws.rds.mysql {expected}"), "{line}");
        }
    }

    #[test]
    fn commands_of_the_general_log_are_taken_apart() {
        for (line, expected) in [
            (
                "2024-10-09T19:26:59.310443Z\t   12 Query\tSELECT 1",
                "0  | db.system.name=\"mysql\" db.mysql.connection.id=12 db.operation.name=\"Query\" db.query.text=\"SELECT 1\"",
            ),
            (
                "2024-10-09T19:26:59.310443Z\t   12 Connect\tadmin@10.0.0.1 on shop using SSL/TLS",
                "0  | db.system.name=\"mysql\" db.mysql.connection.id=12 db.operation.name=\"Connect\" user.name=\"admin\" \
                 client.address=\"10.0.0.1\" db.namespace=\"shop\"",
            ),
            (
                "241009 19:26:59\t    12 Init DB\tshop",
                "0  | db.system.name=\"mariadb\" db.mysql.connection.id=12 db.operation.name=\"Init DB\" db.namespace=\"shop\"",
            ),
            (
                "\t\t    12 Quit\t",
                "0  | db.system.name=\"mariadb\" db.mysql.connection.id=12 db.operation.name=\"Quit\"",
            ),
        ] {
            assert_eq!(told("general", line), format!("aws.rds.mysql {expected}"), "{line}");
        }
    }

    #[test]
    fn lines_of_sql_server_and_oracle_in_groups_of_the_same_name_stay_text() {
        for line in [
            "2024-10-09 19:26:59.31 Logon       Error: 18456, Severity: 14, State: 8.",
            "2024-10-09 19:26:59.31 spid52s     Starting up database 'tempdb'.",
            "2024-10-09T19:26:59.310443+00:00",
            "ORA-00600: internal error code",
            "1583425836310443,a,b,c,d,e,f",
            "2024-10-09T19:26:59.310443Z 220 [Else] x",
        ] {
            assert!(told("error", line).starts_with("aws.cloudwatch "), "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_line_panics_and_the_body_is_the_line(cut in 0_usize..120, insert in "[\\[\\]',\t 0-9\u{e9}]{0,4}", length in 0_usize..160) {
            for sample in [
                "2024-10-09T19:26:59.310443Z 220 [Note] [MY-010926] [Server] Access denied for user 'x'@'10.0.0.1'",
                "1583425836310443,shop-1,app,10.0.0.1,12,345,QUERY,shop,'select 1',0",
                "241009 19:26:59\t    12 Init DB\tshop",
            ] {
                let mut line: String = sample.chars().take(cut).collect();
                line.push_str(&insert);
                line.extend(sample.chars().skip(cut));
                let line: String = line.chars().take(length).collect();
                Given::new("/aws/rds/instance/x/error", &[&line]).check(|draft| {
                    assert_eq!(draft.log.body, Value::Text(&line));
                });
            }
        }
    }
}
