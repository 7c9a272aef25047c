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

/// What a key tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Origin {
    format: Option<FormatName>,
    account: Option<AccountId>,
    region: Option<Region>,
}

/// More columns than any log has; a header with more is none.
const FIELDS_MAX: usize = 256;

/// Reads an object: its inflated text, and the key or the name of the file, empty where there is none.
///
/// `None` where neither tells a format that is known. Payloads of CloudWatch and objects of other events that happen to be
/// called `Records` are none of these.
#[must_use]
pub fn read<'a>(text: &'a str, key: &str) -> Option<Object<'a>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let origin = origin(key);
    let first = text.lines().map(str::trim_ascii).find(|line| !line.is_empty())?;
    let (format, fields) = if first.starts_with('{') {
        (json(text, origin.format)?, Vec::new())
    } else if first.starts_with('#') {
        (FormatName::Cloudfront, cloudfront_fields(text, origin.format)?)
    } else if let Some(fields) = vpc_flow_fields(first) {
        (FormatName::VpcFlow, fields)
    } else {
        (line_format(first).or(origin.format.filter(|format| is_of_lines(*format)))?, Vec::new())
    };
    Some(Object { format, fields, text, origin })
}

impl<'a> Object<'a> {
    /// The messages, in the order of the text. Headers and empty lines are none. Where a file of events is broken, what is
    /// left of it is the last message, so that nothing is lost.
    pub fn messages(&self) -> impl Iterator<Item = Message<'a>> + '_ {
        let records = (self.format == FormatName::Cloudtrail).then(|| Records::open(self.text)).flatten();
        let lines = records.is_none().then(|| self.text.lines());
        let lines = lines.into_iter().flatten().filter(|line| !self.is_header(line));
        records.into_iter().flatten().chain(lines).map(|text| self.message(text))
    }

    fn is_header(&self, line: &str) -> bool {
        let line = line.trim_ascii();
        line.is_empty()
            || match self.format {
                FormatName::Cloudfront => line.starts_with('#'),
                FormatName::VpcFlow => !self.fields.is_empty() && line.split(' ').eq(self.fields.iter()),
                _ => false,
            }
    }

    fn message(&self, text: &'a str) -> Message<'a> {
        let Origin { account, region, .. } = self.origin;
        if account.is_some() && region.is_some() {
            return Message { text, account, region };
        }
        let (told_account, told_region) = self.told_by(text);
        Message { text, account: account.or(told_account), region: region.or(told_region) }
    }

    /// Account and Region by the fields that AWS fills in.
    fn told_by(&self, text: &str) -> (Option<AccountId>, Option<Region>) {
        match self.format {
            FormatName::Elb => elb_origin(text),
            FormatName::S3Access => arn_origin(field(text, 24)),
            FormatName::VpcFlow => self.vpc_flow_origin(text),
            FormatName::Waf => member_origin(text, &["webaclId"], &[]),
            FormatName::Cloudtrail => member_origin(text, &["recipientAccountId"], &["awsRegion"]),
            FormatName::Route53 => member_origin(text, &["account_id"], &["region"]),
            _ => (None, None),
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
        let placed = behind_service == if origin.format == Some(FormatName::NetworkFirewall) { 2 } else { 1 };
        origin.account = origin.account.or(account.filter(|_| inside || named)).or(previous.filter(|_| partitioned));
        origin.region = origin.region.or(region.filter(|_| partitioned || placed || name == "aws-region"));
        let of_service = service(value).filter(|_| origin.format.is_none() && (inside || name == "aws-service"));
        origin.format = origin.format.or(of_service);
        behind_service += usize::from(origin.format.is_some());
        inside = inside || segment == "AWSLogs";
        previous = account;
    }
    let file = segments().next_back().unwrap_or_default();
    if let Some(named) = file_origin(file) {
        origin.account = origin.account.or(named.account);
        origin.region = origin.region.or(named.region);
        origin.format = origin.format.or(named.format);
    }
    origin.format = origin.format.or_else(|| file_format(file));
    origin
}

/// `123456789012_elasticloadbalancing_us-east-2_app.my-lb.123_20180702T2223Z_192.0.2.1_abc.log.gz`, behind `conn_log.`
/// where it is of connections, and behind the organization's id where a trail is of one.
fn file_origin(file: &str) -> Option<Origin> {
    let mut parts = file.strip_prefix("conn_log.").unwrap_or(file).split('_');
    let first = parts.next()?;
    let account = AccountId::parse(if first.starts_with("o-") { parts.next()? } else { first }).ok()?;
    let format = service(parts.next()?)?;
    Some(Origin { format: Some(format), account: Some(account), region: parts.next().and_then(region_code) })
}

/// The names that services give to their folders and files.
fn service(name: &str) -> Option<FormatName> {
    match name {
        "elasticloadbalancing" => Some(FormatName::Elb),
        "vpcflowlogs" => Some(FormatName::VpcFlow),
        "CloudTrail" | "CloudTrail-Insight" => Some(FormatName::Cloudtrail),
        "WAFLogs" | "waflogs" => Some(FormatName::Waf),
        "vpcdnsquerylogs" => Some(FormatName::Route53),
        "network-firewall" => Some(FormatName::NetworkFirewall),
        "CloudFront" => Some(FormatName::Cloudfront),
        _ => None,
    }
}

/// `EMLARXS9EXAMPLE.2019-11-14-20.RT4KCN4SGK9.gz` of CloudFront, `2013-11-01-21-32-16-E568B2907131C0C0` of S3.
fn file_format(file: &str) -> Option<FormatName> {
    let dated = |text: &str, parts: usize| text.split('-').filter(|part| is_number(part)).count() == parts;
    let mut parts = file.split('.');
    let (first, second) = (parts.next()?, parts.next().unwrap_or_default());
    let capitals = |text: &str| text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if first.starts_with('E') && first.len() >= 12 && capitals(first) && dated(second, 4) {
        return Some(FormatName::Cloudfront);
    }
    const STAMP_BYTES: usize = 19;
    const UNIQUE_BYTES: usize = 16;
    let tail = file.len().checked_sub(STAMP_BYTES + 1 + UNIQUE_BYTES).and_then(|at| file.get(at..))?;
    let (stamp, unique) = (tail.get(..STAMP_BYTES)?, tail.get(STAMP_BYTES + 1..)?);
    let hex = unique.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    (hex && dated(stamp, 6) && tail.get(STAMP_BYTES..=STAMP_BYTES) == Some("-")).then_some(FormatName::S3Access)
}

const fn is_of_lines(format: FormatName) -> bool {
    matches!(format, FormatName::Elb | FormatName::S3Access | FormatName::VpcFlow | FormatName::Cloudfront)
}

/// The format of objects, told from the first: a file of CloudTrail's, or JSON lines.
fn json(text: &str, named: Option<FormatName>) -> Option<FormatName> {
    if let Some(mut records) = Records::open(text) {
        let first = records.next();
        let empty = first.is_none() && named == Some(FormatName::Cloudtrail);
        return (empty || first.is_some_and(is_trail_event)).then_some(FormatName::Cloudtrail);
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
    told.iter().zip(TELLING).find(|(count, _)| **count >= 2).map(|(_, (format, _))| format)
}

/// Members of which two say what an object is.
const TELLING: [(FormatName, &[&str]); 4] = [
    (FormatName::Waf, &["webaclId", "terminatingRuleId", "httpRequest", "httpSourceName"]),
    (FormatName::Route53, &["query_name", "query_type", "query_timestamp", "rcode"]),
    (FormatName::NetworkFirewall, &["firewall_name", "event_timestamp", "event"]),
    (
        FormatName::Cloudfront,
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
fn cloudfront_fields(text: &str, named: Option<FormatName>) -> Option<Vec<String>> {
    const HEADER_LINES_MAX: usize = 4;
    let header = text.lines().take(HEADER_LINES_MAX).find_map(|line| line.strip_prefix("#Fields:"))?;
    let fields: Vec<String> = header.split_ascii_whitespace().take(FIELDS_MAX + 1).map(str::to_owned).collect();
    // Other web servers write such headers as well.
    let ours = ["x-edge-", "x-host-header", "cs(Host)", "timestamp(ms)", "cmcd-"];
    let telling = fields.iter().any(|field| ours.iter().any(|start| field.starts_with(start)));
    let iis = fields.iter().any(|field| field == "s-ip" || field == "cs-username");
    let known = (telling && !iis) || named == Some(FormatName::Cloudfront);
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
fn line_format(line: &str) -> Option<FormatName> {
    let mut fields = Fields::new(line);
    let (first, second, third) = (fields.text(), fields.text(), fields.text());
    let balancer = |name: &str| name.split('/').count() == 3;
    match first {
        "http" | "https" | "h2" | "grpcs" | "ws" | "wss" if balancer(third) && is_exact_time(second) => {
            Some(FormatName::Elb)
        }
        "tls" if balancer(fields.text()) => Some(FormatName::Elb),
        _ if is_exact_time(first) && is_classic_or_connection(line) => Some(FormatName::Elb),
        _ if is_owner(first) && third.contains("/2") => Some(FormatName::S3Access),
        _ if is_cloudfront(line) => Some(FormatName::Cloudfront),
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
