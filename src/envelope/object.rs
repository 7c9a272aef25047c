//! Objects of service logs as AWS services put them into S3, read as files: what one is, the messages in it, and the
//! account and Region of each.
//!
//! A key tells most of it: `AWSLogs/<account>/elasticloadbalancing/<region>/...`, `AWSLogs/<organization>/<account>/
//! CloudTrail/<region>/...`, the same with `aws-account-id=` and `aws-region=` in front, names of files that begin with
//! `<account>_<service>_<region>_`, `<account>/<region>/<bucket>/<year>/...` of partitioned server access logs. What the
//! key does not tell is taken from those fields of a message that AWS fills in, never from one that a client chooses.
//!
//! Source: the user guides of the services, on the names and formats of their log files.

use bumpalo::Bump;

use crate::config::FormatName;
use crate::fields::{Fields, is_number};
use crate::id::{AccountId, Region, arn_origin};
use crate::json::{Kind, Scanner};

/// An object of service logs.
#[derive(Clone, Debug)]
pub struct Object<'a> {
    /// The format of its messages.
    pub format: FormatName,
    /// Names of the fields of a line, where a header line gives them; else empty.
    pub fields: Vec<String>,
    text: &'a str,
    service: Service,
    origin: Origin,
}

/// One message of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// The line, or the JSON text of an event.
    pub text: &'a str,
    /// The account, where key or message tell it.
    pub account: Option<AccountId>,
    /// The Region, where key or message tell it.
    pub region: Option<Region>,
}

/// The services whose objects are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    Elb,
    S3Access,
    VpcFlow,
    Cloudfront,
    Cloudtrail,
    Waf,
    Route53,
    NetworkFirewall,
}

impl Service {
    const fn format(self) -> FormatName {
        match self {
            Self::Elb => FormatName::Elb,
            Self::S3Access => FormatName::S3Access,
            Self::VpcFlow => FormatName::VpcFlow,
            Self::Cloudfront => FormatName::Cloudfront,
            Self::Cloudtrail => FormatName::Cloudtrail,
            Self::Waf => FormatName::Waf,
            Self::Route53 => FormatName::Route53,
            Self::NetworkFirewall => FormatName::NetworkFirewall,
        }
    }

    /// Whether its messages may be lines of a shape that is not told from the first one.
    const fn is_of_lines(self) -> bool {
        match self {
            Self::Elb | Self::S3Access | Self::VpcFlow | Self::Cloudfront => true,
            Self::Cloudtrail | Self::Waf | Self::Route53 | Self::NetworkFirewall => false,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Origin {
    service: Option<Service>,
    account: Option<AccountId>,
    region: Option<Region>,
}

/// More columns than any log has; a header with more is none.
const FIELDS_MAX: usize = 256;

/// The header of an object is among so many of its first lines.
const HEADER_LINES_MAX: usize = 4;

/// So many of the first lines are asked for their format, so that a broken one does not hide what the others are.
const ASKED_LINES_MAX: usize = 4;

/// Reads an object: its inflated text, and the key or the name of the file, empty where there is none.
///
/// `None` where neither tells a format that is known. Payloads of CloudWatch and objects of other events that happen to be
/// called `Records` are none of these.
#[must_use]
pub fn read<'a>(text: &'a str, key: &str) -> Option<Object<'a>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let origin = origin(key);
    let mut lines = text.lines().map(str::trim_ascii).filter(|line| !line.is_empty());
    let first = lines.clone().next()?;
    let (service, fields) = if first.starts_with('{') {
        (json(text, origin.service)?, Vec::new())
    } else if first.starts_with('#') {
        (Service::Cloudfront, cloudfront_fields(text, origin.service)?)
    } else if let Some(fields) = vpc_flow_fields(first) {
        (Service::VpcFlow, fields)
    } else {
        let told = lines.by_ref().take(ASKED_LINES_MAX).find_map(of_line);
        (told.or(origin.service.filter(|service| service.is_of_lines()))?, Vec::new())
    };
    Some(Object { format: service.format(), fields, text, service, origin })
}

impl<'a> Object<'a> {
    /// The messages, in the order of the text. Headers and empty lines are none. Where a file of events is broken, what is
    /// left of it is the last message, so that nothing is lost.
    pub fn messages(&self) -> impl Iterator<Item = Message<'a>> + '_ {
        let records = (self.service == Service::Cloudtrail).then(|| Records::open(self.text)).flatten();
        let lines = records.is_none().then(|| self.text.lines());
        let lines = lines.into_iter().flatten().filter(|line| !self.is_header(line));
        records.into_iter().flatten().chain(lines).map(|text| self.message(text))
    }

    /// Whether the messages are JSON, not lines of fields.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.text.trim_ascii_start().starts_with('{')
    }

    /// The header lines, each with its newline; empty where lines have none.
    #[must_use]
    pub fn header(&self) -> String {
        let first = self.text.lines().filter(|line| !line.trim_ascii().is_empty()).take(HEADER_LINES_MAX);
        first.filter(|line| self.is_header(line)).flat_map(|line| [line, "\n"]).collect()
    }

    /// An object of these messages of it alone, which reads as this one does.
    #[must_use]
    pub fn part(&self, messages: &[&str]) -> String {
        if self.service != Service::Cloudtrail {
            return messages.iter().fold(self.header(), |part, message| part + message + "\n");
        }
        let broken = messages.last().is_some_and(|last| {
            let mut scanner = Scanner::new(last);
            scanner.skip_value().is_err() || !scanner.at_end()
        });
        format!("{{\"Records\":[{}{}", messages.join(","), if broken { "" } else { "]}" })
    }

    fn is_header(&self, line: &str) -> bool {
        let line = line.trim_ascii();
        line.is_empty()
            || match self.service {
                Service::Cloudfront => line.starts_with('#'),
                Service::VpcFlow => !self.fields.is_empty() && line.split(' ').eq(self.fields.iter()),
                Service::Elb
                | Service::S3Access
                | Service::Cloudtrail
                | Service::Waf
                | Service::Route53
                | Service::NetworkFirewall => false,
            }
    }

    fn message(&self, text: &'a str) -> Message<'a> {
        let Origin { account, region, .. } = self.origin;
        if account.is_some() && region.is_some() && self.service != Service::Cloudtrail {
            return Message { text, account, region };
        }
        let (told_account, told_region) = self.told_by(text);
        // A trail gathers accounts; whose an event is stands in the event.
        if self.service == Service::Cloudtrail {
            return Message { text, account: told_account.or(account), region: told_region.or(region) };
        }
        Message { text, account: account.or(told_account), region: region.or(told_region) }
    }

    /// Account and Region by the fields that AWS fills in.
    fn told_by(&self, text: &str) -> (Option<AccountId>, Option<Region>) {
        match self.service {
            Service::Elb => elb_origin(text),
            Service::S3Access => arn_origin(field(text, 24)),
            Service::VpcFlow => self.vpc_flow_origin(text),
            Service::Waf => member_origin(text, &["webaclId"], &[]),
            Service::Cloudtrail => member_origin(text, &["recipientAccountId"], &["awsRegion"]),
            Service::Route53 => member_origin(text, &["account_id"], &["region"]),
            Service::NetworkFirewall => (None, region_of_zone(text)),
            Service::Cloudfront => (None, None),
        }
    }

    fn vpc_flow_origin(&self, line: &str) -> (Option<AccountId>, Option<Region>) {
        const DEFAULT_ACCOUNT_AT: usize = 1;
        let at = |name: &str| self.fields.iter().position(|field| field == name);
        let text = |at: Option<usize>| at.and_then(|at| line.split(' ').nth(at)).unwrap_or_default();
        let account_at = if self.fields.is_empty() { Some(DEFAULT_ACCOUNT_AT) } else { at("account-id") };
        (AccountId::parse(text(account_at)).ok(), region_code(text(at("region"))))
    }
}

fn field(line: &str, at: usize) -> &str {
    Fields::new(line).nth(at).unwrap_or_default().text
}

/// By the ARNs of target group and certificate of an application load balancer, of the certificate of a network load
/// balancer. Fields of other numbers hold what a client sent.
fn elb_origin(line: &str) -> (Option<AccountId>, Option<Region>) {
    const ALB_ARNS: [usize; 2] = [16, 19];
    const NLB_ARNS: [usize; 1] = [12];
    let arns: &[usize] = match field(line, 0) {
        "tls" => &NLB_ARNS,
        "http" | "https" | "h2" | "grpcs" | "ws" | "wss" => &ALB_ARNS,
        _ => &[],
    };
    arns.iter()
        .map(|at| arn_origin(field(line, *at)))
        .fold((None, None), |told, (account, region)| (told.0.or(account), told.1.or(region)))
}

/// By members of an object: ids or ARNs that give the account, codes or ARNs that give the Region.
fn member_origin(text: &str, accounts: &[&str], regions: &[&str]) -> (Option<AccountId>, Option<Region>) {
    let (mut account, mut region) = (None, None);
    let _whole = for_each_text(text, |key, value| {
        if accounts.contains(&key) {
            let (of_arn, region_of_arn) = arn_origin(value);
            account = account.or_else(|| AccountId::parse(value).ok()).or(of_arn);
            region = region.or(region_of_arn);
        } else if regions.contains(&key) {
            region = region.or_else(|| region_code(value));
        }
    });
    (account, region)
}

/// The Region of the availability zone that a firewall stands in: `us-east-1` of `us-east-1a`.
fn region_of_zone(text: &str) -> Option<Region> {
    let mut region = None;
    let _whole = for_each_text(text, |key, value| {
        if key == "availability_zone" {
            region = region_code(value.trim_end_matches(|letter: char| letter.is_ascii_lowercase()));
        }
    });
    region
}

/// Shows every member of the object that is a text. `None` where it is broken; the members before that were shown.
fn for_each_text(text: &str, mut show: impl FnMut(&str, &str)) -> Option<()> {
    let bump = Bump::new();
    let mut scanner = Scanner::new(text);
    let mut first = true;
    scanner.open_object().ok()?;
    while let Some(key) = scanner.next_key(&mut first).ok()? {
        if scanner.kind().ok()? == Kind::Text {
            show(key.resolve(&bump), scanner.string().ok()?.resolve(&bump));
        } else {
            let _ = scanner.skip_value().ok()?;
        }
    }
    Some(())
}

/// A Region by its shape: `eu-central-1`, `us-gov-west-1`. Names of other things in a key are none.
fn region_code(text: &str) -> Option<Region> {
    let mut parts = text.split('-');
    let shaped = parts.next()?.len() == 2
        && parts.next_back().is_some_and(is_number)
        && parts.clone().count() >= 1
        && parts.all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase()));
    Region::parse(text).ok().filter(|_| shaped)
}

/// What the key of an object, or the name of a file, tells.
fn origin(key: &str) -> Origin {
    let mut origin = Origin::default();
    let segments = || key.split(['/', '\\']);
    let (mut previous, mut inside, mut behind_service) = (None, false, 0_usize);
    for segment in segments() {
        let (name, value) = segment.split_once('=').unwrap_or(("", segment));
        let account = AccountId::parse(value).ok();
        let region = region_code(value);
        let named = matches!(name, "aws-account-id" | "account-id" | "accountid");
        // Partitioned server access logs have an account and a Region in front, and nothing that says so.
        let partitioned = previous.is_some() && region.is_some();
        // Further back stand names that customers give, which may look like Regions.
        let placed = behind_service == if origin.service == Some(Service::NetworkFirewall) { 2 } else { 1 };
        origin.account = origin.account.or(account.filter(|_| inside || named)).or(previous.filter(|_| partitioned));
        origin.region = origin.region.or(region.filter(|_| partitioned || placed || name == "aws-region"));
        let of_service = of_name(value).filter(|_| origin.service.is_none() && (inside || name == "aws-service"));
        origin.service = origin.service.or(of_service);
        behind_service += usize::from(origin.service.is_some());
        inside = inside || segment == "AWSLogs";
        previous = account;
    }
    let file = segments().next_back().unwrap_or_default();
    if let Some(named) = file_origin(file) {
        origin.account = origin.account.or(named.account);
        origin.region = origin.region.or(named.region);
        origin.service = origin.service.or(named.service);
    }
    origin.service = origin.service.or_else(|| of_file_name(file));
    origin
}

/// `123456789012_elasticloadbalancing_us-east-2_app.my-lb.123_20180702T2223Z_192.0.2.1_abc.log.gz`, behind `conn_log.`
/// where it is of connections, and behind the organization's id where a trail is of one.
fn file_origin(file: &str) -> Option<Origin> {
    let mut parts = file.strip_prefix("conn_log.").unwrap_or(file).split('_');
    let first = parts.next()?;
    let account = AccountId::parse(if first.starts_with("o-") { parts.next()? } else { first }).ok()?;
    let service = of_name(parts.next()?)?;
    Some(Origin { service: Some(service), account: Some(account), region: parts.next().and_then(region_code) })
}

/// The names that services give to their folders and files.
fn of_name(name: &str) -> Option<Service> {
    match name {
        "elasticloadbalancing" => Some(Service::Elb),
        "vpcflowlogs" => Some(Service::VpcFlow),
        "CloudTrail" | "CloudTrail-Insight" => Some(Service::Cloudtrail),
        "WAFLogs" | "waflogs" => Some(Service::Waf),
        "vpcdnsquerylogs" => Some(Service::Route53),
        "network-firewall" => Some(Service::NetworkFirewall),
        "CloudFront" => Some(Service::Cloudfront),
        _ => None,
    }
}

/// `EMLARXS9EXAMPLE.2019-11-14-20.RT4KCN4SGK9.gz` of CloudFront, `2013-11-01-21-32-16-E568B2907131C0C0` of S3.
fn of_file_name(file: &str) -> Option<Service> {
    let dated = |text: &str, parts: usize| text.split('-').filter(|part| is_number(part)).count() == parts;
    let mut parts = file.split('.');
    let (first, second) = (parts.next()?, parts.next().unwrap_or_default());
    let capitals = |text: &str| text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if first.starts_with('E') && first.len() >= 12 && capitals(first) && dated(second, 4) {
        return Some(Service::Cloudfront);
    }
    const STAMP_BYTES: usize = 19;
    const UNIQUE_BYTES: usize = 16;
    let tail = file.len().checked_sub(STAMP_BYTES + 1 + UNIQUE_BYTES).and_then(|at| file.get(at..))?;
    let (stamp, unique) = (tail.get(..STAMP_BYTES)?, tail.get(STAMP_BYTES + 1..)?);
    let hex = unique.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    (hex && dated(stamp, 6) && tail.get(STAMP_BYTES..=STAMP_BYTES) == Some("-")).then_some(Service::S3Access)
}

/// The format of objects, told from the first: a file of CloudTrail's, or JSON lines.
fn json(text: &str, named: Option<Service>) -> Option<Service> {
    if let Some(mut records) = Records::open(text) {
        let first = records.next();
        let empty = first.is_none() && named == Some(Service::Cloudtrail);
        return (empty || first.is_some_and(is_trail_event)).then_some(Service::Cloudtrail);
    }
    let (mut told, mut seen) = ([0_usize; TELLING.len()], 0);
    let bump = Bump::new();
    let mut scanner = Scanner::new(text);
    let mut first = true;
    scanner.open_object().ok()?;
    while let Some(key) = scanner.next_key(&mut first).ok()? {
        let key = key.resolve(&bump);
        for (count, (_, members)) in told.iter_mut().zip(TELLING) {
            *count += usize::from(members.contains(&key));
        }
        seen += 1;
        if seen > FIELDS_MAX {
            break;
        }
        let _ = scanner.skip_value().ok()?;
    }
    told.iter().zip(TELLING).find(|(count, _)| **count >= 2).map(|(_, (service, _))| service)
}

/// Members of which two say what an object is.
const TELLING: [(Service, &[&str]); 4] = [
    (Service::Waf, &["webaclId", "terminatingRuleId", "httpRequest", "httpSourceName"]),
    (Service::Route53, &["query_name", "query_type", "query_timestamp", "rcode"]),
    (Service::NetworkFirewall, &["firewall_name", "event_timestamp", "event"]),
    (
        Service::Cloudfront,
        &[
            "x-edge-location",
            "x-edge-request-id",
            "x-edge-result-type",
            "x-host-header",
            "timestamp(ms)",
            "cs-method",
            "cs-uri-stem",
            "sc-status",
            "c-ip",
            "cs(Host)",
        ],
    ),
];

/// Events of other services that are called `Records` have other sources: `aws:s3`, `aws:kinesis`.
fn is_trail_event(text: &str) -> bool {
    let (mut known, mut is_of_service) = (0, false);
    let _whole = for_each_text(text, |key, value| {
        known += usize::from(matches!(key, "eventVersion" | "eventTime" | "eventName" | "eventID" | "awsRegion"));
        is_of_service = is_of_service || (key == "eventSource" && !value.starts_with("aws:"));
        is_of_service = is_of_service || (key == "eventCategory" && value == "Insight");
    });
    known >= 2 && is_of_service
}

/// The elements of `{"Records":[...]}`, each as its text.
#[derive(Clone, Debug)]
struct Records<'a> {
    scanner: Scanner<'a>,
    text: &'a str,
    first: bool,
    ended: bool,
}

impl<'a> Records<'a> {
    /// `None` where the text is no object whose first member is a list of that name.
    fn open(text: &'a str) -> Option<Self> {
        let bump = Bump::new();
        let mut scanner = Scanner::new(text);
        let mut first = true;
        scanner.open_object().ok()?;
        let key = scanner.next_key(&mut first).ok()??;
        let named = key.resolve(&bump) == "Records";
        named.then(|| scanner.open_array().ok())??;
        Some(Self { scanner, text, first: true, ended: false })
    }

    /// What is left of a file that is broken, or of one that goes on behind its list.
    fn rest(&mut self, from: usize) -> Option<&'a str> {
        self.ended = true;
        let rest = self.text.get(from..).unwrap_or_default();
        Some(rest.trim_matches(|c: char| c.is_ascii_whitespace() || c == ',')).filter(|rest| !rest.is_empty())
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.ended {
            return None;
        }
        let from = self.scanner.position();
        match self.scanner.next_item(&mut self.first) {
            Ok(true) => match self.scanner.skip_value() {
                Ok(event) => Some(event),
                Err(_) => self.rest(from),
            },
            Ok(false) => {
                let from = self.scanner.position();
                let rest = self.rest(from)?;
                (rest != "}").then_some(rest)
            }
            Err(_) => self.rest(from),
        }
    }
}

/// Columns of the header `#Fields:`, which is among the first lines; empty where a header says nothing of columns.
fn cloudfront_fields(text: &str, named: Option<Service>) -> Option<Vec<String>> {
    let header = text.lines().take(HEADER_LINES_MAX).find_map(|line| line.strip_prefix("#Fields:"))?;
    let fields: Vec<String> = header.split_ascii_whitespace().take(FIELDS_MAX + 1).map(str::to_owned).collect();
    // Other web servers write such headers as well.
    let ours = ["x-edge-", "x-host-header", "cs(Host)", "timestamp(ms)", "cmcd-"];
    let telling = fields.iter().any(|field| ours.iter().any(|start| field.starts_with(start)));
    let iis = fields.iter().any(|field| field == "s-ip" || field == "cs-username");
    let known = (telling && !iis) || named == Some(Service::Cloudfront);
    (known && fields.len() <= FIELDS_MAX).then_some(fields)
}

/// Names of the fields of flow logs that make a header line of theirs.
const VPC_FLOW_FIELDS: [&str; 14] = [
    "version",
    "account-id",
    "interface-id",
    "srcaddr",
    "dstaddr",
    "srcport",
    "dstport",
    "protocol",
    "packets",
    "bytes",
    "start",
    "end",
    "action",
    "log-status",
];

/// The fields that a header line names; empty where a line of the default format shows that there is no header.
fn vpc_flow_fields(first: &str) -> Option<Vec<String>> {
    const KNOWN_MIN: usize = 3;
    let named = |field: &str| field.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'0'..=b'9'));
    let known = first.split(' ').filter(|field| VPC_FLOW_FIELDS.contains(field)).take(KNOWN_MIN).count();
    if known == KNOWN_MIN && first.split(' ').all(named) && first.split(' ').count() <= FIELDS_MAX {
        return Some(first.split(' ').map(str::to_owned).collect());
    }
    let mut fields = first.split(' ');
    let version = fields.next()? == "2";
    let account = fields.next()?;
    let default = version && (account == "unknown" || is_number(account)) && fields.next()?.starts_with("eni-");
    default.then(Vec::new)
}

/// The format of a line, by its shape.
fn of_line(line: &str) -> Option<Service> {
    let mut fields = Fields::new(line);
    let (first, second, third) = (fields.text(), fields.text(), fields.text());
    let balancer = |name: &str| name.split('/').count() == 3;
    match first {
        "http" | "https" | "h2" | "grpcs" | "ws" | "wss" if balancer(third) && is_exact_time(second) => {
            Some(Service::Elb)
        }
        "tls" if balancer(fields.text()) => Some(Service::Elb),
        _ if is_exact_time(first) && is_classic_or_connection(line) => Some(Service::Elb),
        _ if is_owner(first) && third.contains("/2") => Some(Service::S3Access),
        _ if is_cloudfront(line) => Some(Service::Cloudfront),
        _ if vpc_flow_fields(line).is_some_and(|fields| fields.is_empty()) => Some(Service::VpcFlow),
        _ => None,
    }
}

fn is_exact_time(text: &str) -> bool {
    const LENGTH: usize = 27;
    text.len() == LENGTH && text.ends_with('Z') && text.get(10..11) == Some("T") && text.get(19..20) == Some(".")
}

/// A name, a client with its port and many fields; or a client, its port and that of the listener.
fn is_classic_or_connection(line: &str) -> bool {
    let mut fields = Fields::new(line).skip(1).map(|field| field.text);
    let mut next = || fields.next().unwrap_or_default();
    let (second, third, fourth) = (next(), next(), next());
    let client = third.rsplit_once(':').is_some_and(|(_, port)| is_number(port));
    let classic = client && (fourth == "-" || fourth.contains(':')) && Fields::new(line).count() >= 12;
    let connection = second.contains(['.', ':']) && is_number(third) && is_number(fourth);
    classic || connection
}

fn is_owner(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A date, a time, an edge location and enough columns.
fn is_cloudfront(line: &str) -> bool {
    let mut columns = line.split('\t');
    let mut next = || columns.next().unwrap_or_default();
    let (date, time, location) = (next(), next(), next());
    let dated = date.len() == 10 && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let timed = time.len() == 8 && time.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    let edge = location.bytes().take(3).all(|byte| byte.is_ascii_uppercase()) && location.len() >= 4;
    dated && timed && edge && columns.count() >= 12
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::inflate::Inflater;

    macro_rules! promtail {
        ($file:literal) => {
            include_bytes!(concat!("../../tests/data/promtail/testdata/", $file))
        };
    }
    macro_rules! otelcol {
        ($file:literal) => {
            include_str!(concat!(
                "../../tests/data/otelcol/extension/encoding/awslogsencodingextension/internal/unmarshaler/",
                $file
            ))
        };
    }

    fn inflated(gzip: &[u8]) -> String {
        let mut text = Vec::new();
        Inflater::default().inflate(gzip, 1 << 20, &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    /// `format fields: account region length, account region length`
    fn told(text: &str, key: &str) -> String {
        let Some(object) = read(text, key) else { return "none".into() };
        let messages = object.messages().map(|it| {
            let account = it.account.map_or_else(|| "-".into(), |account| account.to_string());
            let region = it.region.map_or_else(|| "-".into(), |region| region.to_string());
            format!("{account} {region} {}", it.text.len())
        });
        format!("{} {}: {}", object.format, object.fields.len(), messages.collect::<Vec<_>>().join(", "))
    }

    #[test]
    fn samples_are_known_by_their_content_alone() {
        assert_eq!(told(&inflated(promtail!("albaccesslog.log.gz")), ""), "elb 0: - - 407, 123456789012 us-east-1 521");
        assert_eq!(
            told(&inflated(promtail!("nlbaccesslog.log.gz")), ""),
            "elb 0: 671290407336 us-east-2 353, 671290407336 us-east-2 369"
        );
        assert_eq!(told(&inflated(promtail!("cloudfront.log.gz")), ""), "cloudfront 33: - - 529, - - 522");
        assert_eq!(
            told(std::str::from_utf8(promtail!("s3accesslog.log")).unwrap(), ""),
            "s3_access 0: 123456789012 us-west-1 553"
        );
        // The accounts of this sample have nine digits, which no account has.
        assert_eq!(
            told(&inflated(promtail!("cloudtrail-log-file.json.gz")), ""),
            "cloudtrail 0: - eu-west-3 1505, - eu-west-3 2656"
        );
        assert_eq!(
            told(&inflated(promtail!("vpcflowlog.log.gz")), ""),
            "vpc_flow 14: 123456789012 - 114, 123456789012 - 114, 123456789012 - 109"
        );
        assert_eq!(told(&inflated(promtail!("waflog.log.gz")), ""), "waf 0: 111111111111 ap-southeast-2 1148");
        assert_eq!(
            told(otelcol!("elb-access-log/testdata/alb_al_valid_logs.log"), ""),
            "elb 0: 123456789012 us-east-2 576, 123456789012 us-east-2 592"
        );
        assert_eq!(
            told(otelcol!("cloudtraillog/testdata/cloudtrail_log.json"), ""),
            [
                "cloudtrail 0: 123456789012 us-east-1 3254",
                "123456789012 us-east-1 2116",
                "123456789012 us-east-1 2607",
                "123456789012 us-east-1 983",
                "111122223333 us-east-1 1969",
                "123456789012 us-east-1 1629",
                "111122223333 us-west-2 1187",
            ]
            .join(", ")
        );
        // The account of this sample has eleven digits.
        assert_eq!(told(otelcol!("vpc-flow-log/testdata/valid_vpc_flow_log.log"), ""), "vpc_flow 14: - - 80");
    }

    #[test]
    fn a_key_tells_account_and_region_for_every_message() {
        let elb = "https 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 - -1 -1 -1 400 - 0 0 \"- http://a:80- \" \"-\" - -";
        let cases = [
            "prefix/AWSLogs/111122223333/elasticloadbalancing/us-east-2/2018/07/02/x.log.gz",
            "111122223333_elasticloadbalancing_us-east-2_app.my-loadbalancer.50dc6c495c0c9188_20180702T2225Z_192.0.2.1_3kpz.log.gz",
            "conn_log.111122223333_elasticloadbalancing_us-east-2_app.my-lb.50dc_20180702T2225Z_192.0.2.1_3kpz.log.gz",
            "AWSLogs/aws-account-id=111122223333/aws-service=elasticloadbalancing/aws-region=us-east-2/year=2018/x.log",
            r"C:\logs\AWSLogs\111122223333\elasticloadbalancing\us-east-2\x.log",
        ];
        for key in cases {
            assert_eq!(told(elb, key), format!("elb 0: 111122223333 us-east-2 {}", elb.len()), "{key}");
        }
        assert_eq!(told(elb, "x.log"), format!("elb 0: - - {}", elb.len()));
    }

    #[test]
    fn keys_of_every_service_are_known() {
        let told = |key| {
            let origin = origin(key);
            let account = origin.account.map_or_else(|| "-".into(), |account| account.to_string());
            let region = origin.region.map_or_else(|| "-".into(), |region| region.to_string());
            format!("{} {account} {region}", origin.service.map_or("-", |service| service.format().as_str()))
        };
        let cases = [
            (
                "AWSLogs/o-abc123/111122223333/CloudTrail/eu-west-3/2023/05/19/x.json.gz",
                "cloudtrail 111122223333 eu-west-3",
            ),
            (
                "o-abc123_111122223333_CloudTrail_eu-west-3_20230519T0745Z_x.json.gz",
                "cloudtrail 111122223333 eu-west-3",
            ),
            ("AWSLogs/111122223333/vpcflowlogs/us-gov-west-1/2024/x.log.gz", "vpc_flow 111122223333 us-gov-west-1"),
            ("AWSLogs/111122223333/WAFLogs/us-east-1/acl/2024/x.log.gz", "waf 111122223333 us-east-1"),
            ("AWSLogs/111122223333/WAFLogs/cloudfront/eu-web-1/2024/x.log.gz", "waf 111122223333 -"),
            ("AWSLogs/111122223333/vpcdnsquerylogs/vpc-0a1/2024/01/01/x.log.gz", "route53 111122223333 -"),
            (
                "AWSLogs/111122223333/network-firewall/alert/us-east-1/fw/2024/x.log.gz",
                "network_firewall 111122223333 us-east-1",
            ),
            ("AWSLogs/aws-account-id=111122223333/CloudFront/x.gz", "cloudfront 111122223333 -"),
            ("prefix/EMLARXS9EXAMPLE.2019-11-14-20.RT4KCN4SGK9.gz", "cloudfront - -"),
            ("logs/2013-11-01-21-32-16-E568B2907131C0C0", "s3_access - -"),
            (
                "logs/111122223333/us-west-2/amzn-s3-demo-bucket/2024/01/02/2024-01-02-00-00-00-E568B2907131C0C0",
                "s3_access 111122223333 us-west-2",
            ),
            ("backup/111122223333/notes.txt", "- - -"),
            ("", "- - -"),
        ];
        for (key, expected) in cases {
            assert_eq!(told(key), expected, "{key}");
        }
    }

    #[test]
    fn what_a_client_sends_moves_no_message_to_another_account() {
        let forged = "arn:aws:acm:eu-west-1:999999999999:certificate/x";
        let elb = format!(
            "http 2018-07-02T22:23:00.186641Z app/lb/50dc 192.0.2.1:2817 - -1 -1 -1 400 - 0 0 \"GET http://a/{forged} HTTP/1.1\" \"{forged}\" - - - \"{forged}\" \"-\" \"-\" 0"
        );
        assert_eq!(told(&elb, ""), format!("elb 0: - - {}", elb.len()));
        let key = "AWSLogs/111122223333/WAFLogs/us-east-1/acl/x.log";
        let waf = r#"{"webaclId":"arn:aws:wafv2:eu-west-1:999999999999:regional/webacl/A/1","action":"BLOCK","httpRequest":{}}"#;
        assert_eq!(told(waf, key), format!("waf 0: 111122223333 us-east-1 {}", waf.len()));
    }

    #[test]
    fn events_of_one_file_keep_their_own_accounts() {
        let event = |account| {
            format!(
                r#"{{"eventVersion":"1.08","eventTime":"2023-05-19T07:44:30Z","eventSource":"sts.amazonaws.com","awsRegion":"eu-west-3","recipientAccountId":"{account}"}}"#
            )
        };
        let (first, second) = (event("111122223333"), event("444455556666"));
        let text = format!("{{\n \"Records\": [ {first},\n {second} ]\n}}\n");
        let object = read(&text, "").unwrap();
        let messages: Vec<_> = object.messages().map(|it| (it.text, it.account.map(|it| it.to_string()))).collect();
        let expected = [(first.as_str(), Some("111122223333".into())), (second.as_str(), Some("444455556666".into()))];
        assert_eq!(messages, expected);
    }

    #[test]
    fn a_file_of_events_that_is_broken_loses_nothing() {
        let event = r#"{"eventVersion":"1","eventTime":"x","eventSource":"sts.amazonaws.com"}"#;
        let texts = |text: &str| -> Vec<String> {
            read(text, "").map(|object| object.messages().map(|it| it.text.to_owned()).collect()).unwrap_or_default()
        };
        assert_eq!(texts(&format!(r#"{{"Records":[{event},{{"eventVersion":"1","#)), [event, r#"{"eventVersion":"1""#]);
        assert_eq!(texts(&format!(r#"{{"Records":[{event} {event}]}}"#)), [event, &format!("{event}]}}")]);
        assert_eq!(texts(&format!(r#"{{"Records":[{event}],"more":1}}"#)), [event, r#""more":1}"#]);
        assert_eq!(told(r#"{"Records":[]}"#, "AWSLogs/111122223333/CloudTrail/eu-west-3/x.json"), "cloudtrail 0: ");
    }

    #[test]
    fn a_broken_first_line_does_not_hide_what_the_others_are() {
        let flow = "2 111122223333 eni-1 10.0.0.1 10.0.0.2 443 1 6 48 1 1 1 ACCEPT OK";
        assert_eq!(told(&format!("443 1 6\n{flow}"), ""), format!("vpc_flow 0: - - 7, 111122223333 - {}", flow.len()));
        assert_eq!(told(&format!("{}{flow}", "x\n".repeat(ASKED_LINES_MAX)), ""), "none");
    }

    #[test]
    fn what_is_no_object_of_a_service_is_none() {
        for text in [
            "",
            "plain text",
            "2024-01-01T00:00:00.123456Z INFO 10.0.0.1 started",
            "#!/bin/sh\necho",
            "#Software: Microsoft Internet Information Services\n#Fields: date time s-ip cs-method\n",
            r#"{"messageType":"DATA_MESSAGE","owner":"1","logEvents":[]}"#,
            r#"{"metric_stream_name":"m","account_id":"1","region":"r"}"#,
            r#"{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"x","eventName":"y"}]}"#,
            r#"{"Records":[{"kinesis":{"data":"x"},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"1"}]}"#,
            r#"{"Records":[]}"#,
            "{",
            "[1]",
        ] {
            assert_eq!(told(text, ""), "none", "{text}");
        }
    }

    #[test]
    fn headers_and_empty_lines_are_no_messages() {
        let flow = "account-id srcaddr dstaddr region\n\n111122223333 10.0.0.1 10.0.0.2 us-east-1\naccount-id srcaddr dstaddr region\n";
        assert_eq!(told(flow, ""), "vpc_flow 4: 111122223333 us-east-1 40");
        let front = "#Version: 1.0\n#Fields: date time x-edge-location asn\n2024-11-14\t22:30:25\tSOF50-P2\t16509\n";
        assert_eq!(told(front, ""), "cloudfront 4: - - 34");
        let default = "2 111122223333 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA";
        assert_eq!(told(default, ""), format!("vpc_flow 0: 111122223333 - {}", default.len()));
    }

    #[test]
    fn lines_of_json_are_told_by_two_of_their_members() {
        let query = r#"{"version":"1.100000","account_id":"111122223333","region":"us-east-1","vpc_id":"vpc-1","query_timestamp":"2021-01-01T00:00:00Z","query_name":"a.","rcode":"NOERROR"}"#;
        assert_eq!(told(&format!("{query}\n{query}\n"), ""), {
            let each = format!("111122223333 us-east-1 {}", query.len());
            format!("route53 0: {each}, {each}")
        });
        let firewall = r#"{"firewall_name":"fw","availability_zone":"us-east-1b","event_timestamp":"1","event":{}}"#;
        assert_eq!(told(firewall, ""), format!("network_firewall 0: - us-east-1 {}", firewall.len()));
        let front = r#"{"date":"2024-11-15","x-edge-location":"SOF50-P2","x-host-header":"a"}"#;
        assert_eq!(told(front, ""), format!("cloudfront 0: - - {}", front.len()));
    }

    proptest! {
        #[test]
        fn no_text_and_no_key_make_it_panic(
            text in r#"[#{}\[\]",: a-z0-9\n\tZT./\u{e9}-]{0,80}"#,
            key in r"[a-zA-Z0-9/_=.\u{e9}-]{0,60}",
            cut in 0_usize..900,
        ) {
            let _told = told(&text, &key);
            let sample = otelcol!("elb-access-log/testdata/alb_al_valid_logs.log");
            let _told = told(&format!("{}{text}", sample.get(..cut).unwrap_or_default()), &key);
            let records = format!(r#"{{"Records":[{{"eventVersion":"1","eventTime":"1","eventSource":"a.b"}},{text}"#);
            let _told = told(&records, &key);
        }
    }
}
