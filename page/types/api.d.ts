// The shapes of the JSON API, as src/api/*.rs has them.

/** A moment: `2026-11-22T02:39:31.004Z`. */
export type Time = string;

/** A part of a list. */
export interface List<T> {
  /** The items of this part. */
  items: T[];
  /** How many there are in all. */
  total: number;
  /** Whether `total` is exact; else there are at least so many. */
  exact: boolean;
  /** What to ask for as `cursor` to go on; absent at the end. */
  next?: string;
  /** What the list does not show, or was asked for and not done: such as a limit that was lowered. */
  notices?: string[];
  /** When it was so. */
  as_of: Time;
}

/** Why a request was not answered, as RFC 9457 has it (`application/problem+json`). */
export interface Problem {
  /** A stable word for programs: `not_found`, `bad_parameter`, `unauthorized`, `forbidden`, ... */
  code: string;
  /** The status of the answer. */
  status: number;
  /** What is wrong, in a few words. */
  title: string;
  /** What is wrong, in a sentence that names what was given. */
  detail: string;
  /** What to do. */
  hint?: string;
}

/** What serves the page. */
export interface Meta {
  /** Version of the program. */
  version: string;
  /** Hash of the page that is served; another one in a `hello` event means: load the page again. */
  build: string;
  /** When the process started. */
  started: Time;
  /** Its clock. */
  now: Time;
  /** The simulated fleet, where it is one. */
  demo?: Demo;
  /** Who asks, and what that person or program may do. */
  access: Access;
  /** Templates of links that lead out, by what they are called; `{account_id}`, `{tenant}`, `{region}`, `{from}`, `{to}` (ms) and `{query}` are filled in. */
  links: { [name: string]: string };
  /** Team views: names and the addresses behind them, relative to the page. */
  views: SavedView[];
  /** What the store keeps. */
  retention: Retention;
  /** How long a silence may last, in seconds. */
  silence_seconds_max: number;
}

/** The simulated fleet. */
export interface Demo {
  /** Its seed. */
  seed: number;
  /** What happens in it. */
  scenario: string;
  /** What could happen in it. */
  scenarios: string[];
}

/** What whoever asks may do. */
export interface Access {
  /** Name of the person or the token; empty on loopback without tokens. */
  name: string;
  /** Whether silences, acknowledgements and replays may be made. */
  write: boolean;
  /** The only tenants that are shown; absent: the whole fleet. */
  tenants?: string[];
  /** How it is known who asks. */
  by: AccessBy;
}

/** How it is known who asks. */
export type AccessBy = 'loopback' | 'token' | 'proxy';

/** A named address. */
export interface SavedView {
  /** What it is called. */
  name: string;
  /** Where it leads, such as `?group=ou&state=critical`, relative to the page's root. */
  url: string;
}

/** What the store keeps. */
export interface Retention {
  /** Which log records: `off`, `errors` or `all`. */
  logs: string;
  /** Bytes at most. */
  bytes_max: number;
  /** The oldest log record that is kept. */
  oldest_log?: Time;
}

/** State of an account or of an alert: that of an account is the worst of its alerts that are not silenced. */
export type State = 'ok' | 'pending' | 'no_data' | 'error' | 'warning' | 'critical';

/** How fresh the data of an account is. */
export type Freshness = 'live' | 'late' | 'silent' | 'new' | 'suspended';

/** What an on-call person decides about an account or alert. */
export type Mark = 'none' | 'silenced' | 'acked';

/** `GET /fleet/summary`: the verdict and the numbers behind it. */
export interface Summary {
  /** When it was so. */
  as_of: Time;
  /** How far the rules have looked. */
  evaluated?: Time;
  /** One sentence with numbers. */
  verdict: string;
  /** Accounts of the directory and those that only speak. */
  accounts: number;
  /** Accounts in each state; silenced ones count by what is left unsilenced. */
  states: StateCounts;
  /** Accounts of which everything that is wrong is silenced or acknowledged. */
  silenced: number;
  /** Accounts by freshness. */
  freshness: FreshnessCounts;
  /** Accounts that speak and are not in the directory. */
  unknown: number;
  /** Accounts that are critical or at warning. */
  needs_attention: number;
  /** Rules that run. */
  rules: number;
  /** Rules of which alerts fire. */
  rules_firing: number;
  /** When the newest alert that fires began to fire. */
  newest?: Time;
  /** When an alert last resolved. */
  last_resolved?: Time;
  /** What keeps the picture from being whole: late shards, rules that stand still, a store that drops. */
  troubles: Trouble[];
  /** Rules by how often they fired in the last 24 hours, most first: at most ten. */
  noise: Noise[];
  /** Whether anything was ever received, decoded, and tagged with a known account: the steps of a first start. */
  first_steps: FirstSteps;
}

/** Accounts in each state. */
export interface StateCounts {
  /** Critical. */
  critical: number;
  /** Warning. */
  warning: number;
  /** Error. */
  error: number;
  /** No data. */
  no_data: number;
  /** Pending. */
  pending: number;
  /** Ok. */
  ok: number;
}

/** Accounts by freshness. */
export interface FreshnessCounts {
  /** Live. */
  live: number;
  /** Late. */
  late: number;
  /** Silent. */
  silent: number;
  /** New. */
  new: number;
  /** Suspended or closed. */
  suspended: number;
}

/** Something that keeps the picture from being whole. */
export interface Trouble {
  /** A stable word: `late`, `rules_stalled`, `rules_not_read`, `directory_stale`, `store_dropping`, `store_off`, `receivers_failing`. */
  code: string;
  /** Whether it makes the picture wrong (`true`) or only poorer. */
  blind: boolean;
  /** What is the matter, with numbers. */
  message: string;
  /** The page that tells more, relative to the root: `pipeline`. */
  link: string;
}

/** A rule that fires often. */
export interface Noise {
  /** The rule. */
  rule: string;
  /** How often alerts of it began to fire. */
  fired: number;
  /** How many accounts. */
  accounts: number;
  /** For how long in all, in seconds. */
  seconds: number;
  /** Whether some of them fire and resolve again and again. */
  flapping: boolean;
}

/** What a fresh installation waits for. */
export interface FirstSteps {
  /** Sources can be read. */
  sources: boolean;
  /** Something was received. */
  received: boolean;
  /** Something could be decoded. */
  decoded: boolean;
  /** Something came from an account that the directory knows. */
  known: boolean;
}

/** `GET /fleet/directory`: accounts in columns, ascending by id. The order is that of `FleetState`. */
export interface DirectoryColumns {
  /** Changes when an account comes, goes or changes; also the ETag. */
  version: string;
  /** Ids of 12 digits. */
  ids: string[];
  /** Ids of tenants; `unassigned` of accounts that only speak. */
  tenants: string[];
  /** Names for people; empty where there is none. */
  names: string[];
  /** Attributes of the directory by name: `region`, `tier`, `ou`, and its labels. */
  labels: { [name: string]: LabelColumn };
}

/** A column of few different values. */
export interface LabelColumn {
  /** The values; the first is empty and stands for accounts without one. */
  values: string[];
  /** Index into `values`, one for each account. */
  index: number[];
}

/** `GET /fleet/state`: one character for each account, in the order of the directory; or what changed since a version.  `state`: `0` ok, `1` pending, `2` no data, `3` error, `4` warning, `5` critical. `fresh`: `0` live, `1` late, `2` silent, `3` new, `4` suspended. `mark`: `0` none, `1` silenced, `2` acknowledged. `firing`: how many alerts fire, base 36, `z` for 35 and more. */
export interface FleetState {
  /** Version; grows with every change. */
  v: number;
  /** Version of the directory that the order is of. */
  directory: string;
  /** Milliseconds since 1970 of the picture. */
  at: number;
  /** State, all accounts; of one rule, where `rule` was asked for. */
  state?: string;
  /** Freshness, all accounts. */
  fresh?: string;
  /** Marks, all accounts. */
  mark?: string;
  /** Firing alerts, all accounts. */
  firing?: string;
  /** The figure that was asked for as `metric`, all accounts: `volume` (bytes/s), `events` (records/s), `errors` (share), `quota` (highest share used), `cost` (share of the fleet's bytes). */
  metric?: (number | null)[];
  /** Changes since the version that was asked for: index, and the four characters state, fresh, mark, firing as one text. */
  d?: ([number, string])[];
}

/** `GET /fleet/common`: what a set of accounts has in common that the fleet has not, most telling first. */
export interface CommonLabels {
  /** How many accounts are in the set. */
  accounts: number;
  /** The labels. */
  items: Common[];
}

/** A label that a set of accounts has in common. */
export interface Common {
  /** The label: `region`, `tier`, `ou`, or a label of the directory. */
  name: string;
  /** Its value. */
  value: string;
  /** Which share of the set has it. */
  share: number;
  /** Which share of the fleet has it. */
  share_of_fleet: number;
  /** `share` over `share_of_fleet`. */
  lift: number;
  /** How many accounts of the set have it. */
  accounts: number;
}

/** A row of `GET /alerts/groups`: the alerts of a rule, of a tenant, or of accounts with a label. */
export interface AlertGroup {
  /** What the group is of: name of the alert, id of the tenant, or value of the label. */
  key: string;
  /** What that is: `rule`, `tenant`, or the label's name. */
  by: string;
  /** The rule of all of its alerts; absent where they are of several. */
  rule?: string;
  /** The worst state of its alerts that are not silenced; that of all where all are. */
  state: State;
  /** Accounts with an alert that fires or is pending, as the filter has it. */
  accounts: number;
  /** Alerts that match the filter. */
  alerts: number;
  /** Critical ones. */
  critical: number;
  /** At warning. */
  warning: number;
  /** Pending ones. */
  pending: number;
  /** Silenced ones. */
  silenced: number;
  /** Acknowledged ones. */
  acked: number;
  /** How it goes. */
  trend: Trend;
  /** When the first of them began to breach. */
  first: Time;
  /** When the last of them began to fire, or to be pending where none fires. */
  last: Time;
  /** Firing accounts at the end of each of the last 24 slots of 15 minutes, oldest first; fewer after a start. */
  spark: number[];
  /** What their accounts have in common that the fleet has not. */
  common: Common[];
  /** Labels that all of its accounts share: shown once, on the row. */
  shared: { [name: string]: string };
  /** What the rule says of it, as notifications do. */
  summary?: string;
  /** What to do. */
  runbook?: string;
  /** Key of the incident to acknowledge, where there is one. */
  incident?: string;
}

/** How a group of alerts goes. */
export type Trend = 'new' | 'growing' | 'steady' | 'shrinking' | 'flapping';

/** An alert that is not inactive. */
export interface Alert {
  /** 16 hexadecimal digits; the same for the same rule and group, on every machine. */
  fingerprint: string;
  /** Its name: that of the rule, or `<rule>:NoData`, `<rule>:FleetShift`, `<rule>:Overflow`. */
  name: string;
  /** The rule. */
  rule: string;
  /** Whose it is; absent where the rule groups by something else. */
  account?: string;
  /** Tenant; empty where there is none. */
  tenant: string;
  /** Name of the account, for people. */
  account_name: string;
  /** Region: of the group, else of the directory; empty where not known. */
  region: string;
  /** Values of the group beside the account, by name. */
  group: { [name: string]: string };
  /** Labels of the rule, without its severity. */
  labels: { [name: string]: string };
  /** Its state. */
  state: State;
  /** It is getting better, and fires still. */
  recovering: boolean;
  /** It is silenced: by these silences. */
  silenced_by: string[];
  /** It is acknowledged, by whom. */
  acked_by?: string;
  /** The value when it was last looked at. */
  value?: number;
  /** The same with its unit, for people. */
  value_text: string;
  /** The threshold that counts. */
  threshold?: number;
  /** The same with its unit. */
  threshold_text: string;
  /** Since when it breaches. */
  since: Time;
  /** Since when it fires. */
  fired?: Time;
  /** When someone was last told. */
  notified?: Time;
  /** Class or receiver that is told. */
  notify: string;
  /** Which time it fires. */
  episode: number;
  /** What it says, as notifications do. */
  summary?: string;
  /** What to do. */
  runbook?: string;
  /** The worst state in each of the last 24 hours, oldest first, one digit each as in `FleetState`; `-` where nothing is known. */
  history?: string;
}

/** A row of `GET /alerts/history`: an alert changed its state or level. */
export interface Transition {
  /** When. */
  at: Time;
  /** The alert. */
  fingerprint: string;
  /** Its name. */
  name: string;
  /** The rule. */
  rule: string;
  /** Whose it is. */
  account?: string;
  /** Tenant at that time. */
  tenant: string;
  /** Values of the group beside the account. */
  group: { [name: string]: string };
  /** State before. */
  from: State;
  /** State now. */
  to: State;
  /** The value. */
  value?: number;
  /** The same with its unit. */
  value_text: string;
  /** Why. */
  reason: string;
  /** Which time it fires. */
  episode: number;
}

/** `POST /alerts/ack`: nothing more is told of it until it resolves or becomes worse. */
export interface AckRequest {
  /** Fingerprint of an alert; or */
  fingerprint?: string;
  /** key of an incident. */
  incident?: string;
  /** Who; a token's or proxy's name counts before it. */
  by?: string;
  /** Why, or what is being done. */
  comment?: string;
}

/** A row of `GET /accounts`. */
export interface AccountRow {
  /** 12 digits. */
  id: string;
  /** Id of the tenant; `unassigned` where the directory does not know the account. */
  tenant: string;
  /** Name, for people. */
  name: string;
  /** Whether the directory knows it. */
  known: boolean;
  /** Attributes of the directory: `region`, `tier`, `ou`, and its labels. */
  labels: { [name: string]: string };
  /** State. */
  state: State;
  /** Freshness. */
  freshness: Freshness;
  /** Whether what is wrong is silenced or acknowledged. */
  mark: Mark;
  /** Names of alerts that fire, worst first. */
  firing: string[];
  /** When it last said something. */
  last_seen?: Time;
  /** Log records and metric data a second, over the last five minutes. */
  events_per_second: number;
  /** Bytes a second, over the last five minutes. */
  bytes_per_second: number;
  /** Share of log records at error or above, over the last five minutes; absent without log records. */
  error_share?: number;
}

/** `GET /accounts/{id}`. */
export interface Account extends AccountRow {
  /** State as AWS Organizations names it: `ACTIVE`, `SUSPENDED`, ...; absent where not known. */
  lifecycle?: string;
  /** When it was created. */
  created?: Time;
  /** Since when it is in its state, where that is known. */
  since?: Time;
  /** Alerts that are not inactive, worst first. */
  alerts: Alert[];
  /** Rules that hold for it and have nothing to say. */
  rules_ok: number;
  /** Counts since the start. */
  counts: Counts;
  /** Bytes of the last 24 hours, or since the start where that is less. */
  bytes_day: number;
  /** Which share of the fleet's bytes that is. */
  share_of_fleet: number;
  /** What it costs, where prices are configured. */
  cost?: Cost;
  /** Quotas and how much of them is used, fullest first. */
  quotas: Quota[];
  /** What AWS/Logs says it forwarded, against what arrived. */
  completeness?: Completeness;
  /** Links that lead out, by name. */
  links: { [name: string]: string };
  /** When it was so. */
  as_of: Time;
}

/** Counts of one account since the start of the process. */
export interface Counts {
  /** Log records. */
  logs: number;
  /** Metric data. */
  metrics: number;
  /** Bytes of messages and metric data. */
  bytes: number;
  /** Records left out because the account was over its share. */
  sampled_out: number;
  /** Log records that the policy keeps back. */
  held_back: number;
  /** Values that were redacted. */
  redacted: number;
  /** Records that could not be used. */
  rejects: number;
  /** Records that a backend refused. */
  refused: number;
  /** Records that were spilled. */
  spilled: number;
}

/** What an account costs. */
export interface Cost {
  /** In a day, at the rate of the last 24 hours. */
  per_day: number;
  /** Currency, such as `USD`. */
  currency: string;
  /** What is counted, at which price. */
  basis: string;
}

/** How much of a quota is used. */
export interface Quota {
  /** What it is of, such as `Lambda concurrency`. */
  name: string;
  /** The rule that looks at it. */
  rule: string;
  /** Used share, 0 to 1; above 1 where it is passed. */
  share: number;
  /** Value for people. */
  value_text: string;
  /** Threshold at which the rule fires, for people. */
  threshold_text: string;
}

/** What AWS/Logs says was forwarded, against what arrived, over the last whole 15 minutes of which both are known. */
export interface Completeness {
  /** The account. */
  account: string;
  /** Its tenant. */
  tenant: string;
  /** Log events that CloudWatch forwarded (`ForwardedLogEvents`). */
  forwarded: number;
  /** Log events that arrived. */
  arrived: number;
  /** `arrived` over `forwarded`. */
  share: number;
  /** Errors of delivery that CloudWatch counted (`DeliveryErrors` and `DeliveryThrottling`). */
  delivery_errors: number;
}

/** `GET /accounts/{id}/metrics`: series in columns, the first of which is time in milliseconds; nulls are gaps. */
export interface Series {
  /** Names of the columns after the first: `logs`, `metrics`, `bytes`, `errors`, `warnings`, `delay_ms`. */
  names: string[];
  /** Their units: `1/min`, `By/min`, `ms`. */
  units: string[];
  /** Milliseconds between two points. */
  step_ms: number;
  /** The columns. */
  data: ((number | null)[])[];
  /** Milliseconds since 1970 of the first minute that is known. */
  known_from: number;
}

/** A log record, as lists and tails show it. */
export interface LogRow {
  /** Id in the store; absent where the record is not kept. */
  id?: string;
  /** When it was written, in milliseconds since 1970. */
  at: number;
  /** Account. */
  account: string;
  /** Tenant. */
  tenant: string;
  /** Severity number as OTLP has it: 1 trace, 5 debug, 9 info, 13 warn, 17 error, 21 fatal; 0 not known. */
  severity: number;
  /** Severity for people. */
  severity_text: string;
  /** Log group. */
  source: string;
  /** The first 2,048 characters of its body. */
  body: string;
  /** Whether the body is longer. */
  cut: boolean;
}

/** Answer to a search. */
export interface LogList {
  /** Records, newest first unless the order was asked for. */
  items: LogRow[];
  /** Records that were looked at. */
  scanned: number;
  /** Whether all that is kept was looked at; else go on with `next`. */
  complete: boolean;
  /** What to ask for as `cursor` to go on. */
  next?: string;
  /** The oldest record that is kept of what was searched. */
  oldest?: Time;
  /** What the list does not show. */
  notices?: string[];
}

/** `GET /logs/{record}`: all of it. */
export interface LogRecord extends LogRow {
  /** When it reached the pipeline. */
  observed?: Time;
  /** Log stream. */
  stream: string;
  /** The whole body: text, or the object that it was. */
  whole: unknown;
  /** Attributes of the record. */
  attributes: { [name: string]: unknown };
  /** Attributes of its resource. */
  resource: { [name: string]: unknown };
}

/** A row of `GET /rules`. */
export interface RuleRow {
  /** Name. */
  rule: string;
  /** What kind of rule: `threshold`, `absence`, ... */
  kind: string;
  /** The worst level that it can have: `critical` or `warning`. */
  level: string;
  /** The file, and the line that it begins at. */
  file: string;
  /** Line, from 1. */
  line: number;
  /** What it says it is for. */
  summary?: string;
  /** Labels of the rule. */
  labels: { [name: string]: string };
  /** Accounts that it holds for, of `accounts` in all. */
  applies_to: number;
  /** Accounts of the directory. */
  accounts: number;
  /** Its selector as written, where it does not hold for all. */
  selector?: string;
  /** Alerts that fire. */
  firing: number;
  /** Alerts that are pending. */
  pending: number;
  /** Groups that want data and have none. */
  no_data: number;
  /** The worst state of its alerts. */
  state: State;
  /** Overrides. */
  overrides: number;
  /** When it was last evaluated. */
  evaluated?: Time;
  /** Groups that are tracked. */
  groups: number;
  /** Groups that may be tracked. */
  groups_max: number;
  /** When an alert of it last changed. */
  changed?: Time;
}

/** `GET /rules/{rule}`. */
export interface Rule extends RuleRow {
  /** Its source, without the rest of the file. */
  source: string;
  /** Annotations as written. */
  annotations: { [name: string]: string };
  /** What to do. */
  runbook?: string;
  /** How often it is evaluated, in seconds. */
  every_seconds: number;
  /** Overrides, in the order in which they count; a later one wins. */
  override_list: Override[];
  /** Notifications of it that were sent lately, newest first. */
  notifications: Notification[];
}

/** Other settings for some accounts. */
export interface Override {
  /** For whom, as written. */
  selector: string;
  /** What is set, as written: `threshold: 9 %`. */
  changes: { [name: string]: string };
  /** How many accounts it counts for. */
  accounts: number;
  /** Why. */
  reason: string;
  /** Who answers for it. */
  owner: string;
  /** Until when. */
  expires?: Time;
  /** Whether that is over. */
  expired: boolean;
}

/** Something that someone was told. */
export interface Notification {
  /** When. */
  at: Time;
  /** Its title. */
  title: string;
  /** Class or receiver. */
  to: string;
  /** Why now: `fired`, `grew`, `resolved`, ... */
  cause: string;
  /** How many accounts fire. */
  accounts: number;
}

/** A row of `GET /rules/{rule}/instances`: a group of a rule, whatever its state. */
export interface Instance {
  /** Whose it is. */
  account?: string;
  /** Tenant. */
  tenant: string;
  /** Name of the account. */
  account_name: string;
  /** Values of the group beside the account. */
  group: { [name: string]: string };
  /** State. */
  state: State;
  /** Value. */
  value?: number;
  /** The same with its unit. */
  value_text: string;
  /** The threshold that counts for it. */
  threshold?: number;
  /** The same with its unit. */
  threshold_text: string;
  /** Distance from the threshold as a share of it: 0 at the threshold, below 0 beyond it; absent where not known. */
  distance?: number;
  /** Since when it breaches. */
  since?: Time;
}

/** Answer to `POST /rules/check`. */
export interface Check {
  /** What is wrong with the text; nothing was tried where one of them is an error. */
  diagnostics: Diagnostic[];
  /** What would have fired over what is stored. */
  would_fire?: WouldFire;
}

/** Something that is wrong with rules. */
export interface Diagnostic {
  /** `error` or `warning`. */
  severity: string;
  /** Stable code, such as `E012`. */
  code: string;
  /** Line, from 1. */
  line?: number;
  /** Column, from 1. */
  column?: number;
  /** What is wrong. */
  message: string;
  /** What to do. */
  hint?: string;
}

/** What would have fired. */
export interface WouldFire {
  /** Over how many seconds of stored data. */
  seconds: number;
  /** Log records that were looked at. */
  records: number;
  /** Accounts of which an alert would have fired. */
  accounts: number;
  /** How often alerts would have begun to fire. */
  fired: number;
  /** The same by rule. */
  rules: { [name: string]: number };
  /** Accounts, at most 50, and how often. */
  items: ([string, number])[];
  /** What it does not tell: metrics are not stored, and the like. */
  notices: string[];
}

/** `GET /pipeline`. */
export interface Pipeline {
  /** When it was so. */
  as_of: Time;
  /** Stages in the order of the data's path: `sources`, `decode`, `tag`, `rules`, `export`, `notify`. */
  stages: Stage[];
  /** Seconds from arrival in the pipeline until everything of a delivery is safe. */
  end_to_end: Delay;
  /** The same from writing to safety, where known: none. */
  memory_bytes: number;
  /** Budget of that. */
  memory_bytes_max: number;
  /** The page's store. */
  store: Store;
  /** Accounts by freshness. */
  freshness: FreshnessCounts;
  /** Accounts that speak and are not in the directory. */
  unknown: number;
  /** Accounts that are over their share now or were since the start. */
  throttled: number;
  /** Accounts of which less arrived than CloudWatch forwarded. */
  incomplete: number;
  /** Shards that are read. */
  shards: number;
  /** Of these, more than a minute behind. */
  shards_late: number;
  /** Seconds that the furthest is behind. */
  behind_seconds: number;
  /** Dead letters since the start, and kept from before. */
  dead_letters: number;
  /** What destinations do. */
  destinations: Destination[];
  /** What receivers of notifications do. */
  receivers: Receiver[];
  /** How the directory stands. */
  directory: DirectoryStatus;
  /** What keeps the picture from being whole. */
  troubles: Trouble[];
}

/** A stage of the pipeline. */
export interface Stage {
  /** Its name. */
  name: string;
  /** What its rate counts: `records`, `deliveries`, `samples`, ... */
  unit: string;
  /** Over the last minute. */
  per_second: number;
  /** Since the start. */
  total: number;
  /** What went wrong since the start. */
  errors: number;
  /** Fill of what waits before it, 0 to 1, where it has a queue. */
  queue?: number;
  /** Further figures by name, such as `unknown`, `retried`, `rejected`. */
  figures: { [name: string]: number };
}

/** A delay. */
export interface Delay {
  /** Half of all are faster than this, in seconds. */
  p50?: number;
  /** 99 of 100 are. */
  p99?: number;
}

/** The page's store. */
export interface Store {
  /** Which log records it keeps: `off`, `errors` or `all`. */
  logs: string;
  /** Bytes. */
  bytes: number;
  /** Bytes at most. */
  bytes_max: number;
  /** Log records. */
  records: number;
  /** Log records that were not stored because the writer was behind, since the start. */
  dropped: number;
  /** The oldest log record. */
  oldest?: Time;
  /** Why it cannot be written, where it cannot. */
  failing?: string;
}

/** What a destination does. */
export interface Destination {
  /** Its name. */
  name: string;
  /** Records that it took since the start. */
  exported: number;
  /** Over the last minute. */
  per_second: number;
  /** Requests that were sent again. */
  retried: number;
  /** Records that it refused. */
  refused: number;
  /** Records that were spilled. */
  spilled: number;
  /** Fill of its queue. */
  queue: number;
  /** It does not answer, and what was tried last says why. */
  down: boolean;
}

/** What a receiver of notifications does. */
export interface Receiver {
  /** Its name. */
  name: string;
  /** Notifications that wait for it. */
  waiting: number;
}

/** How the directory stands. */
export interface DirectoryStatus {
  /** Accounts. */
  accounts: number;
  /** When it was last read. */
  read?: Time;
  /** Why it could not be read last time. */
  failing?: string;
}

/** A row of `GET /pipeline/shards`. */
export interface Shard {
  /** Its stream. */
  stream: string;
  /** Its id. */
  shard: string;
  /** Seconds behind the tip. */
  behind_seconds: number;
  /** Records a second, over the last minute. */
  records_per_second: number;
  /** Bytes a second. */
  bytes_per_second: number;
  /** Sequence number up to which everything is safe. */
  checkpoint?: string;
  /** Up to which arrival time the rules have seen it. */
  seen_until?: Time;
  /** What it waits for or does, where it does not read: `end of shard`, the error, ... */
  trouble?: string;
  /** Seconds behind in the last minutes, oldest first. */
  spark: number[];
}

/** A row of `GET /pipeline/dlq`: dead letters of one reason. */
export interface DeadLetters {
  /** The reason, which also names the group: `bad_json`, ... */
  reason: string;
  /** What that means. */
  meaning: string;
  /** How many letters, since the store began. */
  letters: number;
  /** How many accounts, and the one with the most. */
  accounts: number;
  /** The account with the most letters. */
  account?: string;
  /** Oldest. */
  first: Time;
  /** Newest. */
  last: Time;
  /** What was said of the newest one. */
  detail: string;
  /** Beginning of the newest one, as text. */
  sample: string;
  /** Where letters lie, for `fanin replay`. */
  place: string;
}

/** Answer to `POST /pipeline/dlq/{reason}/replay`. */
export interface Replayed {
  /** Nothing was sent: this is what would be. */
  dry_run: boolean;
  /** Letters that were found. */
  found: number;
  /** That were sent, or would be. */
  sent: number;
  /** That came back as dead letters. */
  rejected: number;
  /** That cannot be replayed. */
  skipped: number;
  /** What to know of it. */
  notices: string[];
}

/** A row of `GET /pipeline/accounts?kind=unknown|silent|throttled|late|new`. */
export interface PipelineAccount {
  /** The account. */
  account: string;
  /** Its tenant. */
  tenant: string;
  /** Its name. */
  name: string;
  /** When it was first heard, where that is known. */
  first_seen?: Time;
  /** When it was last heard. */
  last_seen?: Time;
  /** Records: of an unknown account those that came, of a throttled one those left out. */
  records: number;
}

/** A label, and what it must be. */
export interface Matcher {
  /** The label. */
  name: string;
  /** The value, or a pattern for the whole of it. */
  value: string;
  /** Whether it is a pattern. */
  isRegex?: boolean;
  /** Whether it must match (the default), or must not. */
  isEqual?: boolean;
}

/** A silence as it is asked for: `POST /silences`. */
export interface PostableSilence {
  /** Of the silence that is changed. */
  id?: string;
  /** All must match. */
  matchers: Matcher[];
  /** From then on. */
  startsAt: Time;
  /** Until then. */
  endsAt: Time;
  /** Who wants it; a token's or proxy's name counts before it. */
  createdBy: string;
  /** Why. */
  comment: string;
}

/** A silence or acknowledgement. */
export interface Silence {
  /** Its id. */
  id: string;
  /** All must match. */
  matchers: Matcher[];
  /** From then on. */
  startsAt: Time;
  /** Until then; an acknowledgement ends when what it is about resolves. */
  endsAt: Time;
  /** When it was last changed. */
  updatedAt: Time;
  /** Who wants it. */
  createdBy: string;
  /** Why. */
  comment: string;
  /** Whether it counts now. */
  status: SilenceStatus;
  /** Whether it is an acknowledgement. */
  ack: boolean;
  /** How many alerts that fire it silences now. */
  silencing: number;
}

/** Whether a silence counts now. */
export interface SilenceStatus {
  /** The state. */
  state: SilenceState;
}

/** Whether a silence counts now. */
export type SilenceState = 'active' | 'pending' | 'expired';

/** Answer to `POST /silences`. */
export interface SilenceId {
  /** The id. */
  silenceID: string;
}

/** `POST /silences/preview`. */
export interface PreviewRequest {
  /** All must match. */
  matchers: Matcher[];
}

/** What a silence would silence. */
export interface Preview {
  /** Alerts that fire now. */
  firing: number;
  /** Of these, critical. */
  critical: number;
  /** Accounts of which alerts to come would be silenced. */
  accounts: number;
  /** Some of the alerts, at most 20: account (empty where there is none) and name. */
  sample: ([string, string])[];
  /** One sentence. */
  sentence: string;
}

/** `hello`: the first event of every connection. */
export interface Hello {
  /** Version of the state. */
  v: number;
  /** Hash of the page that is served. */
  build: string;
  /** The server's clock. */
  now: Time;
}

/** `groups`, `pipeline`: something of that topic changed; ask again. */
export interface Changed {
  /** Version of the state that it is of. */
  v: number;
}

/** `logs`: records since the last such event, once a second at most. */
export interface Logs {
  /** At most 500, oldest first. */
  events: LogRow[];
  /** How many there were; more than `events` where they are a sample. */
  sampled_of: number;
}

/** `gap`: events of a topic were left out for this client; ask for all of it again. */
export interface Gap {
  /** The topic. */
  topic: string;
}

