// The shapes of the JSON API. Made from the schemas of src/api by a test (tests/it/api_document.rs): `make bless` writes it anew.

/** What whoever asks may do. */
export interface Access {
  /** How it is known who asks. */
  by: AccessBy;
  /** Name of the person or the token; empty on loopback without tokens. */
  name: string;
  /** The only tenants that are shown; absent: the whole fleet. */
  tenants?: string[];
  /** Whether silences, acknowledgements and replays may be made. */
  write: boolean;
}

/** How it is known who asks. */
export type AccessBy = 'loopback' | 'token' | 'proxy';

/** `GET /accounts/{id}`. */
export interface Account {
  /** Alerts that are not inactive, worst first. */
  alerts: Alert[];
  /** When it was so. */
  as_of: Time;
  /** Bytes of the last 24 hours, or since the start where that is less. */
  bytes_day: number;
  /** Bytes a second, over the last five minutes. */
  bytes_per_second: number;
  /** What AWS/Logs says it forwarded, against what arrived. */
  completeness?: Completeness;
  /** What it costs, where prices are configured. */
  cost?: Cost;
  /** Counts since the start. */
  counts: Counts;
  /** When it was created. */
  created?: Time;
  /** Share of log records at error or above, over the last five minutes; absent without log records. */
  error_share?: number;
  /** Log records and metric data a second, over the last five minutes. */
  events_per_second: number;
  /** Names of alerts that fire, worst first. */
  firing: string[];
  /** Freshness. */
  freshness: Freshness;
  /** 12 digits. */
  id: string;
  /** Whether the directory knows it. */
  known: boolean;
  /** Attributes of the directory: `region`, `tier`, `ou`, and its labels. */
  labels: { [name: string]: string };
  /** When it last said something. */
  last_seen?: Time;
  /** State as AWS Organizations names it: `ACTIVE`, `SUSPENDED`, ...; absent where not known. */
  lifecycle?: string;
  /** Links that lead out, by name. */
  links: { [name: string]: string };
  /** Whether what is wrong is silenced or acknowledged. */
  mark: Mark;
  /** Name, for people. */
  name: string;
  /** Quotas and how much of them is used, fullest first. */
  quotas: Quota[];
  /** Rules that hold for it and have nothing to say. */
  rules_ok: number;
  /** Which share of the fleet's bytes that is. */
  share_of_fleet: number;
  /** Since when it is in its state, where that is known. */
  since?: Time;
  /** State. */
  state: State;
  /** Id of the tenant; `unassigned` where the directory does not know the account. */
  tenant: string;
}

/** A row of `GET /accounts`. */
export interface AccountRow {
  /** Bytes a second, over the last five minutes. */
  bytes_per_second: number;
  /** Share of log records at error or above, over the last five minutes; absent without log records. */
  error_share?: number;
  /** Log records and metric data a second, over the last five minutes. */
  events_per_second: number;
  /** Names of alerts that fire, worst first. */
  firing: string[];
  /** Freshness. */
  freshness: Freshness;
  /** 12 digits. */
  id: string;
  /** Whether the directory knows it. */
  known: boolean;
  /** Attributes of the directory: `region`, `tier`, `ou`, and its labels. */
  labels: { [name: string]: string };
  /** When it last said something. */
  last_seen?: Time;
  /** Whether what is wrong is silenced or acknowledged. */
  mark: Mark;
  /** Name, for people. */
  name: string;
  /** State. */
  state: State;
  /** Id of the tenant; `unassigned` where the directory does not know the account. */
  tenant: string;
}

/** An account id, with dashes or without. */
export type AccountText = string;

/** `POST /alerts/ack`: nothing more is told of it until it resolves or becomes worse. */
export interface AckRequest {
  /** Who; a token's or proxy's name counts before it. */
  by?: string;
  /** Why, or what is being done. */
  comment?: string;
  /** Fingerprint of an alert; or */
  fingerprint?: string;
  /** key of an incident. */
  incident?: string;
}

/** An alert that is not inactive. */
export interface Alert {
  /** Whose it is; absent where the rule groups by something else. */
  account?: string;
  /** Name of the account, for people. */
  account_name: string;
  /** It is acknowledged, by whom. */
  acked_by?: string;
  /** Which time it fires. */
  episode: number;
  /** 16 hexadecimal digits; the same for the same rule and group, on every machine. */
  fingerprint: string;
  /** Since when it fires. */
  fired?: Time;
  /** Values of the group beside the account, by name. */
  group: { [name: string]: string };
  /** The worst state in each of the last 24 hours, oldest first, one digit each as in `FleetState`; `-` where nothing is known. */
  history?: string;
  /** Labels of the rule, without its severity. */
  labels: { [name: string]: string };
  /** Its name: that of the rule, or `<rule>:NoData`, `<rule>:FleetShift`, `<rule>:Overflow`. */
  name: string;
  /** When someone was last told. */
  notified?: Time;
  /** Class or receiver that is told. */
  notify: string;
  /** It is getting better, and fires still. */
  recovering: boolean;
  /** Region: of the group, else of the directory; empty where not known. */
  region: string;
  /** The rule. */
  rule: string;
  /** What to do. */
  runbook?: string;
  /** It is silenced: by these silences. */
  silenced_by: string[];
  /** Since when it breaches. */
  since: Time;
  /** Its state. */
  state: State;
  /** What it says, as notifications do. */
  summary?: string;
  /** Tenant; empty where there is none. */
  tenant: string;
  /** The threshold that counts. */
  threshold?: number;
  /** The same with its unit. */
  threshold_text: string;
  /** The value when it was last looked at. */
  value?: number;
  /** The same with its unit, for people. */
  value_text: string;
}

/** A row of `GET /alerts/groups`: the alerts of a rule, of a tenant, or of accounts with a label. */
export interface AlertGroup {
  /** Accounts with an alert that fires or is pending, as the filter has it. */
  accounts: number;
  /** Acknowledged ones. */
  acked: number;
  /** Alerts that match the filter. */
  alerts: number;
  /** What that is: `rule`, `tenant`, or the label's name. */
  by: string;
  /** What their accounts have in common that the fleet has not. */
  common: Common[];
  /** Critical ones. */
  critical: number;
  /** When the first of them began to breach. */
  first: Time;
  /** Key of the incident to acknowledge, where there is one. */
  incident?: string;
  /** What the group is of: name of the alert, id of the tenant, or value of the label. */
  key: string;
  /** When the last of them began to fire, or to be pending where none fires. */
  last: Time;
  /** Pending ones. */
  pending: number;
  /** The rule of all of its alerts; absent where they are of several. */
  rule?: string;
  /** What to do. */
  runbook?: string;
  /** Labels that all of its accounts share: shown once, on the row. */
  shared: { [name: string]: string };
  /** Silenced ones. */
  silenced: number;
  /** Firing accounts at the end of each of the last 24 slots of 15 minutes, oldest first; fewer after a start. */
  spark: number[];
  /** The worst state of its alerts that are not silenced; that of all where all are. */
  state: State;
  /** What the rule says of it, as notifications do. */
  summary?: string;
  /** How it goes. */
  trend: Trend;
  /** At warning. */
  warning: number;
}

/** What was sent in a time. */
export interface Amounts {
  /** Bytes of log messages and metric data. */
  bytes: number;
  /** Log records. */
  logs: number;
  /** Updates of metrics. */
  metric_updates: number;
  /** Their price; absent where no price of any of it is configured. */
  price?: number;
  /** Bytes of the records of streams that brought them, mostly compressed. Of less than all time they are divided as `bytes` are. */
  streamed_bytes: number;
}

/** `groups`, `pipeline`: something of that topic changed; ask again. */
export interface Changed {
  /** Version of the state that it is of. */
  v: number;
}

/** Answer to `POST /rules/check`. */
export interface Check {
  /** What is wrong with the text; nothing was tried where one of them is an error. */
  diagnostics: Diagnostic[];
  /** What would have fired over what is stored. */
  would_fire?: WouldFire;
}

/** A label that a set of accounts has in common. */
export interface Common {
  /** How many accounts of the set have it. */
  accounts: number;
  /** `share` over `share_of_fleet`. */
  lift: number;
  /** The label: `region`, `tier`, `ou`, or a label of the directory. */
  name: string;
  /** Which share of the set has it. */
  share: number;
  /** Which share of the fleet has it. */
  share_of_fleet: number;
  /** Its value. */
  value: string;
}

/** `GET /fleet/common`: what a set of accounts has in common that the fleet has not, most telling first. */
export interface CommonLabels {
  /** How many accounts are in the set. */
  accounts: number;
  /** The labels. */
  items: Common[];
}

/** What AWS/Logs says was forwarded, against what arrived, over the last whole 15 minutes of which both are known. */
export interface Completeness {
  /** The account. */
  account: string;
  /** Log events that arrived. */
  arrived: number;
  /** Errors of delivery that CloudWatch counted (`DeliveryErrors` and `DeliveryThrottling`). */
  delivery_errors: number;
  /** Log events that CloudWatch forwarded (`ForwardedLogEvents`). */
  forwarded: number;
  /** `arrived` over `forwarded`. */
  share: number;
  /** Its tenant. */
  tenant: string;
}

/** What an account costs. */
export interface Cost {
  /** What is counted, at which price. */
  basis: string;
  /** Currency, such as `USD`. */
  currency: string;
  /** In a day, at the rate of the last 24 hours. */
  per_day: number;
}

/** What a tenant or an account sends, and its price. */
export interface CostRow {
  /** The account, where rows are accounts. */
  account?: string;
  /** How many accounts sent something. */
  accounts: number;
  /** Log events that arrived of them. */
  arrived?: number;
  /** `arrived` over `forwarded`. */
  completeness?: number;
  /** Currency of the prices, such as `USD`; absent without prices. */
  currency?: string;
  /** In the last 24 hours, or since the start where that is later. */
  day: Amounts;
  /** Log events that CloudWatch forwarded in the last whole quarter of an hour; absent where it told nothing. */
  forwarded?: number;
  /** Its name, for people. */
  name?: string;
  /** Id of the tenant; empty for the whole fleet. */
  tenant: string;
  /** Since midnight (UTC), or since the start where that is later. */
  today: Amounts;
  /** Since the start of the process. */
  total: Amounts;
}

/** Counts of one account since the start of the process. */
export interface Counts {
  /** Bytes of messages and metric data. */
  bytes: number;
  /** Log records that the policy keeps back. */
  held_back: number;
  /** Log records. */
  logs: number;
  /** Metric data. */
  metrics: number;
  /** Values that were redacted. */
  redacted: number;
  /** Records that a backend refused. */
  refused: number;
  /** Records that could not be used. */
  rejects: number;
  /** Records left out because the account was over its share. */
  sampled_out: number;
  /** Records that were spilled. */
  spilled: number;
}

/** A row of `GET /pipeline/dlq`: dead letters of one reason. */
export interface DeadLetters {
  /** The account with the most letters. */
  account?: string;
  /** How many accounts, and the one with the most. */
  accounts: number;
  /** What was said of the newest one. */
  detail: string;
  /** Oldest. */
  first: Time;
  /** Newest. */
  last: Time;
  /** How many letters, since the store began. */
  letters: number;
  /** What that means. */
  meaning: string;
  /** Where letters lie, for `fanin replay`. */
  place: string;
  /** The reason, which also names the group: `bad_json`, ... */
  reason: string;
  /** Beginning of the newest one, as text. */
  sample: string;
}

/** A delay. */
export interface Delay {
  /** Half of all are faster than this, in seconds. */
  p50?: number;
  /** 99 of 100 are. */
  p99?: number;
}

/** The simulated fleet. */
export interface Demo {
  /** What happens in it. */
  scenario: string;
  /** What could happen in it. */
  scenarios: string[];
  /** Its seed. */
  seed: number;
}

/** What a destination does. */
export interface Destination {
  /** It does not answer. */
  down: boolean;
  /** Records that it took since the start. */
  exported: number;
  /** Its name. */
  name: string;
  /** Over the last minute. */
  per_second: number;
  /** Fill of its queue. */
  queue: number;
  /** Records that it refused. */
  refused: number;
  /** Requests that were sent again. */
  retried: number;
  /** Records that were spilled. */
  spilled: number;
  /** What it said last, where it does not. */
  why?: string;
}

/** Something that is wrong with rules. */
export interface Diagnostic {
  /** Stable code, such as `E012`. */
  code: string;
  /** Column, from 1. */
  column?: number;
  /** What to do. */
  hint?: string;
  /** Line, from 1. */
  line?: number;
  /** What is wrong. */
  message: string;
  /** `error` or `warning`. */
  severity: string;
}

/** `GET /fleet/directory`: accounts in columns, ascending by id. The order is that of `FleetState`. */
export interface DirectoryColumns {
  /** Ids of 12 digits. */
  ids: string[];
  /** Attributes of the directory by name: `region`, `tier`, `ou`, and its labels. */
  labels: { [name: string]: LabelColumn };
  /** Names for people; empty where there is none. */
  names: string[];
  /** Ids of tenants; `unassigned` of accounts that only speak. */
  tenants: string[];
  /** Changes when an account comes, goes or changes; also the ETag. */
  version: string;
}

/** How the directory stands. */
export interface DirectoryStatus {
  /** Accounts. */
  accounts: number;
  /** Why it could not be read last time. */
  failing?: string;
  /** When it was last read. */
  read?: Time;
  /** Accounts whose tags break the scheme; absent where the configuration has none. */
  wrong_tags?: number;
}

/** What a fresh installation waits for. */
export interface FirstSteps {
  /** Something could be decoded. */
  decoded: boolean;
  /** Something came from an account that the directory knows. */
  known: boolean;
  /** Something was received. */
  received: boolean;
  /** Sources can be read. */
  sources: boolean;
}

/**
 * `GET /fleet/state`: one character for each account, in the order of the directory; or what changed since a version.
 *
 * `state`: `0` ok, `1` pending, `2` no data, `3` error, `4` warning, `5` critical. `fresh`: `0` live, `1` late, `2` silent, `3` new,
 * `4` suspended. `mark`: `0` none, `1` silenced, `2` acknowledged. `firing`: how many alerts fire, base 36, `z` for 35 and more.
 */
export interface FleetState {
  /** Milliseconds since 1970 of the picture. */
  at: number;
  /** Changes since the version that was asked for: index, and the four characters state, fresh, mark, firing as one text. */
  d?: ([number, string])[];
  /** Version of the directory that the order is of. */
  directory: string;
  /** Firing alerts, all accounts. */
  firing?: string;
  /** Freshness, all accounts. */
  fresh?: string;
  /** Marks, all accounts. */
  mark?: string;
  /**
   * The figure that was asked for as `metric`, all accounts: `volume` (bytes/s), `events` (records/s), `errors` (share), `quota`
   * (highest share used), `cost` (share of the fleet's bytes).
   */
  metric?: (number | null)[];
  /** State, all accounts; of one rule, where `rule` was asked for. */
  state?: string;
  /** Version; grows with every change. */
  v: number;
}

/** Something that was found. */
export interface Found {
  /** Its id or name. */
  key: string;
  /** What it is: `account`, `tenant` or `rule`. */
  kind: string;
  /** What people call it. */
  title: string;
  /** The page that shows it, relative to the root: `accounts/012345678901`. */
  url: string;
}

/** How fresh the data of an account is. */
export type Freshness = 'live' | 'late' | 'silent' | 'new' | 'suspended';

/** Accounts by freshness. */
export interface FreshnessCounts {
  /** Late. */
  late: number;
  /** Live. */
  live: number;
  /** New. */
  new: number;
  /** Silent. */
  silent: number;
  /** Suspended or closed. */
  suspended: number;
}

/** `gap`: events of a topic were left out for this client; ask for all of it again. */
export interface Gap {
  /** The topic. */
  topic: string;
}

/** `hello`: the first event of every connection. */
export interface Hello {
  /** Hash of the page that is served. */
  build: string;
  /** The server's clock. */
  now: Time;
  /** Version of the state. */
  v: number;
}

/** A row of `GET /rules/{rule}/instances`: a group of a rule, whatever its state. */
export interface Instance {
  /** Whose it is. */
  account?: string;
  /** Name of the account. */
  account_name: string;
  /** Distance from the threshold as a share of it: 0 at the threshold, below 0 beyond it; absent where not known. */
  distance?: number;
  /** Values of the group beside the account. */
  group: { [name: string]: string };
  /** Since when it breaches. */
  since?: Time;
  /** State. */
  state: State;
  /** Tenant. */
  tenant: string;
  /** The threshold that counts for it. */
  threshold?: number;
  /** The same with its unit. */
  threshold_text: string;
  /** Value. */
  value?: number;
  /** The same with its unit. */
  value_text: string;
}

/** What is not as it should be. */
export type Kind = 'unknown' | 'silent' | 'throttled' | 'late' | 'new';

/** A column of few different values. */
export interface LabelColumn {
  /** Index into `values`, one for each account. */
  index: number[];
  /** The values; the first is empty and stands for accounts without one. */
  values: string[];
}

/** Answer to a search. */
export interface LogList {
  /** Whether all that is kept was looked at; else go on with `next`. */
  complete: boolean;
  /** Records, newest first unless the order was asked for. */
  items: LogRow[];
  /** What to ask for as `cursor` to go on. */
  next?: string;
  /** What the list does not show. */
  notices?: string[];
  /** The oldest record that is kept of what was searched. */
  oldest?: Time;
  /** Records that were looked at. */
  scanned: number;
}

/** `GET /logs/{record}`: all of it. */
export interface LogRecord {
  /** Account. */
  account: string;
  /** When it was written, in milliseconds since 1970. */
  at: number;
  /** Attributes of the record. */
  attributes: { [name: string]: unknown };
  /** The first 2,048 characters of its body. */
  body: string;
  /** Whether the body is longer. */
  cut: boolean;
  /** Id in the store; absent where the record is not kept. */
  id?: string;
  /** When it reached the pipeline. */
  observed?: Time;
  /** Attributes of its resource. */
  resource: { [name: string]: unknown };
  /** Severity number as OTLP has it: 1 trace, 5 debug, 9 info, 13 warn, 17 error, 21 fatal; 0 not known. */
  severity: number;
  /** Severity for people. */
  severity_text: string;
  /** Log group. */
  source: string;
  /** Log stream. */
  stream: string;
  /** Tenant. */
  tenant: string;
  /** The whole body: text, or the object that it was. */
  whole: unknown;
}

/** A log record, as lists and tails show it. */
export interface LogRow {
  /** Account. */
  account: string;
  /** When it was written, in milliseconds since 1970. */
  at: number;
  /** The first 2,048 characters of its body. */
  body: string;
  /** Whether the body is longer. */
  cut: boolean;
  /** Id in the store; absent where the record is not kept. */
  id?: string;
  /** Severity number as OTLP has it: 1 trace, 5 debug, 9 info, 13 warn, 17 error, 21 fatal; 0 not known. */
  severity: number;
  /** Severity for people. */
  severity_text: string;
  /** Log group. */
  source: string;
  /** Tenant. */
  tenant: string;
}

/** `logs`: records since the last such event, once a second at most. */
export interface Logs {
  /** At most 500, oldest first. */
  events: LogRow[];
  /** How many there were; more than `events` where they are a sample. */
  sampled_of: number;
}

/** What an on-call person decides about an account or alert. */
export type Mark = 'none' | 'silenced' | 'acked';

/** A label, and what it must be. */
export interface Matcher {
  /** Whether it must match (the default), or must not. */
  isEqual?: boolean;
  /** Whether it is a pattern. */
  isRegex?: boolean;
  /** The label. */
  name: string;
  /** The value, or a pattern for the whole of it. */
  value: string;
}

/** What serves the page. */
export interface Meta {
  /** Who asks, and what that person or program may do. */
  access: Access;
  /** Hash of the page that is served; another one in a `hello` event means: load the page again. */
  build: string;
  /** The simulated fleet, where it is one. */
  demo?: Demo;
  /**
   * Templates of links that lead out, by what they are called; `{account_id}`, `{tenant}`, `{region}`, `{from}`, `{to}` (ms) and
   * `{query}` are filled in.
   */
  links: { [name: string]: string };
  /** Its clock. */
  now: Time;
  /** What the store keeps. */
  retention: Retention;
  /** How long a silence may last, in seconds. */
  silence_seconds_max: number;
  /** When the process started. */
  started: Time;
  /** Version of the program. */
  version: string;
  /** Team views: names and the addresses behind them, relative to the page. */
  views: SavedView[];
}

/** A rule that fires often. */
export interface Noise {
  /** How many accounts. */
  accounts: number;
  /** How often alerts of it began to fire. */
  fired: number;
  /** Whether some of them fire and resolve again and again. */
  flapping: boolean;
  /** The rule. */
  rule: string;
  /** For how long in all, in seconds. */
  seconds: number;
}

/** Something that someone was told. */
export interface Notification {
  /** How many accounts fire. */
  accounts: number;
  /** When. */
  at: Time;
  /** Why now: `fired`, `grew`, `resolved`, ... */
  cause: string;
  /** Its title. */
  title: string;
  /** Class or receiver. */
  to: string;
}

/** In which order. */
export type Order = 'newest' | 'oldest';

/** Other settings for some accounts. */
export interface Override {
  /** How many accounts it counts for. */
  accounts: number;
  /** What is set, as written: `threshold: 9 %`. */
  changes: { [name: string]: string };
  /** Whether that is over. */
  expired: boolean;
  /** Until when. */
  expires?: Time;
  /** Who answers for it. */
  owner: string;
  /** Why. */
  reason: string;
  /** For whom, as written. */
  selector: string;
}

/** `GET /pipeline`. */
export interface Pipeline {
  /** When it was so. */
  as_of: Time;
  /** Seconds that the furthest is behind. */
  behind_seconds: number;
  /** Dead letters since the start, and kept from before. */
  dead_letters: number;
  /** What destinations do. */
  destinations: Destination[];
  /** How the directory stands. */
  directory: DirectoryStatus;
  /** Seconds from arrival in the pipeline until everything of a delivery is safe. */
  end_to_end: Delay;
  /** Accounts by freshness. */
  freshness: FreshnessCounts;
  /** Accounts of which less arrived than CloudWatch forwarded. */
  incomplete: number;
  /** The same from writing to safety, where known: none. */
  memory_bytes: number;
  /** Budget of that. */
  memory_bytes_max: number;
  /** What receivers of notifications do. */
  receivers: Receiver[];
  /** Shards that are read. */
  shards: number;
  /** Of these, more than a minute behind. */
  shards_late: number;
  /** Stages in the order of the data's path: `sources`, `decode`, `tag`, `rules`, `export`, `notify`. */
  stages: Stage[];
  /** The page's store. */
  store: Store;
  /** Accounts that are over their share now or were since the start. */
  throttled: number;
  /** What keeps the picture from being whole. */
  troubles: Trouble[];
  /** Accounts that speak and are not in the directory. */
  unknown: number;
}

/** A row of `GET /pipeline/accounts?kind=unknown|silent|throttled|late|new`. */
export interface PipelineAccount {
  /** The account. */
  account: string;
  /** When it was first heard, where that is known. */
  first_seen?: Time;
  /** When it was last heard. */
  last_seen?: Time;
  /** Its name. */
  name: string;
  /** Records: of an unknown account those that came, of a throttled one those left out. */
  records: number;
  /** Its tenant. */
  tenant: string;
}

/** A silence as it is asked for: `POST /silences`. */
export interface PostableSilence {
  /** Why. */
  comment: string;
  /** Who wants it; a token's or proxy's name counts before it. */
  createdBy: string;
  /** Until then. */
  endsAt: Time;
  /** Of the silence that is changed. */
  id?: string;
  /** All must match. */
  matchers: Matcher[];
  /** From then on. */
  startsAt: Time;
}

/** What a silence would silence. */
export interface Preview {
  /** Accounts of which alerts to come would be silenced. */
  accounts: number;
  /** Of these, critical. */
  critical: number;
  /** Alerts that fire now. */
  firing: number;
  /** Some of the alerts, at most 20: account (empty where there is none) and name. */
  sample: ([string, string])[];
  /** One sentence. */
  sentence: string;
}

/** `POST /silences/preview`. */
export interface PreviewRequest {
  /** All must match. */
  matchers: Matcher[];
}

/** Why a request was not answered, as RFC 9457 has it (`application/problem+json`). */
export interface Problem {
  /** A stable word for programs: `not_found`, `bad_parameter`, `unauthorized`, `forbidden`, ... */
  code: string;
  /** What is wrong, in a sentence that names what was given. */
  detail: string;
  /** What to do. */
  hint?: string;
  /** The status of the answer. */
  status: number;
  /** What is wrong, in a few words. */
  title: string;
}

/** How much of a quota is used. */
export interface Quota {
  /** What it is of, such as `Lambda concurrency`. */
  name: string;
  /** The rule that looks at it. */
  rule: string;
  /** Used share, 0 to 1; above 1 where it is passed. */
  share: number;
  /** Threshold at which the rule fires, for people. */
  threshold_text: string;
  /** Value for people. */
  value_text: string;
}

/** When a quota will be used up, if use goes on to grow as it did. */
export interface QuotaForecast {
  /** About then, where `kind` is `at`. */
  at?: Time;
  /** `unknown` (use or value is not known), `reached`, `not_enough_history`, `not_growing`, `later` (in more than a year), or `at`. */
  kind: string;
  /** The same in words. */
  text: string;
}

/** A request for a higher quota. */
export interface QuotaRequest {
  /** For a shell that has a role in the account. */
  command: string;
  /** What is asked for. */
  desired: number;
  /** For people: a ticket, or the reason. */
  text: string;
}

/** A quota of an account and Region. */
export interface QuotaUse {
  /** The account. */
  account: string;
  /** Its name, for people. */
  account_name: string;
  /** When it will be used up. */
  forecast: QuotaForecast;
  /** What it is of. */
  name: string;
  /** Who answers for the value, as the table has it. */
  owner?: string;
  /** The highest use of the last two weeks, as far as they are known. */
  peak?: number;
  /** Code of the quota, such as `L-B99A9384`; absent where use is told of something of which no quota is known. */
  quota?: string;
  /** The Region. */
  region: string;
  /** A request for more that can be sent as it is; absent where the value is not known. */
  request?: QuotaRequest;
  /** Code of the service, such as `lambda`; what the metric calls it where no quota is known. */
  service: string;
  /** `used` over `value`; absent where one of them is not known. */
  share?: number;
  /**
   * Where the value is from: `override` and `table` (the table of quotas), `service_quotas` (applied to the account),
   * `service_quotas_default`, or `aws_default` (as documented).
   */
  source?: string;
  /** Its tenant. */
  tenant: string;
  /** How much is used; absent where nothing was told in the last half hour. */
  used?: number;
  /** When that was so. */
  used_at?: Time;
  /** How much is allowed; absent where nobody knows. */
  value?: number;
}

/** What a receiver of notifications does. */
export interface Receiver {
  /** Its name. */
  name: string;
  /** Notifications that wait for it. */
  waiting: number;
}

/** Answer to `POST /pipeline/dlq/{reason}/replay`. */
export interface Replayed {
  /** Nothing was sent: this is what would be. */
  dry_run: boolean;
  /** Letters that were found. */
  found: number;
  /** What to know of it. */
  notices: string[];
  /** That came back as dead letters. */
  rejected: number;
  /** That were sent, or would be. */
  sent: number;
  /** That cannot be replayed. */
  skipped: number;
}

/** What the store keeps. */
export interface Retention {
  /** Bytes at most. */
  bytes_max: number;
  /** Which log records: `off`, `errors` or `all`. */
  logs: string;
  /** The oldest log record that is kept. */
  oldest_log?: Time;
}

/** `GET /rules/{rule}`. */
export interface Rule {
  /** Accounts of the directory. */
  accounts: number;
  /** Annotations as written. */
  annotations: { [name: string]: string };
  /** Accounts that it holds for, of `accounts` in all. */
  applies_to: number;
  /** When an alert of it last changed. */
  changed?: Time;
  /** When it was last evaluated. */
  evaluated?: Time;
  /** How often it is evaluated, in seconds. */
  every_seconds: number;
  /** The file, and the line that it begins at. */
  file: string;
  /** Alerts that fire. */
  firing: number;
  /** Groups that are tracked. */
  groups: number;
  /** Groups that may be tracked. */
  groups_max: number;
  /** What kind of rule: `threshold`, `absence`, ... */
  kind: string;
  /** Labels of the rule. */
  labels: { [name: string]: string };
  /** The worst level that it can have: `critical` or `warning`. */
  level: string;
  /** Line, from 1. */
  line: number;
  /** Groups that want data and have none. */
  no_data: number;
  /** Notifications of it that were sent lately, newest first. */
  notifications: Notification[];
  /**
   * Overrides, in the order in which they count; a later one wins. Those that hold for nobody whom the reader may see are left out
   * for readers of some tenants.
   */
  override_list: Override[];
  /** Overrides. */
  overrides: number;
  /** Alerts that are pending. */
  pending: number;
  /** Name. */
  rule: string;
  /** What to do. */
  runbook?: string;
  /** Its selector as written, where it does not hold for all. */
  selector?: string;
  /** Its source, without the rest of the file. */
  source: string;
  /** The worst state of its alerts. */
  state: State;
  /** What it says it is for. */
  summary?: string;
}

/** A row of `GET /rules`. */
export interface RuleRow {
  /** Accounts of the directory. */
  accounts: number;
  /** Accounts that it holds for, of `accounts` in all. */
  applies_to: number;
  /** When an alert of it last changed. */
  changed?: Time;
  /** When it was last evaluated. */
  evaluated?: Time;
  /** The file, and the line that it begins at. */
  file: string;
  /** Alerts that fire. */
  firing: number;
  /** Groups that are tracked. */
  groups: number;
  /** Groups that may be tracked. */
  groups_max: number;
  /** What kind of rule: `threshold`, `absence`, ... */
  kind: string;
  /** Labels of the rule. */
  labels: { [name: string]: string };
  /** The worst level that it can have: `critical` or `warning`. */
  level: string;
  /** Line, from 1. */
  line: number;
  /** Groups that want data and have none. */
  no_data: number;
  /** Overrides. */
  overrides: number;
  /** Alerts that are pending. */
  pending: number;
  /** Name. */
  rule: string;
  /** Its selector as written, where it does not hold for all. */
  selector?: string;
  /** The worst state of its alerts. */
  state: State;
  /** What it says it is for. */
  summary?: string;
}

/** `GET /rules/{rule}/source`: the lines of a rule in its file. */
export interface RuleSource {
  /** Its file. */
  file: string;
  /** Its first line, from 1. */
  line: number;
  /** Its last line. */
  line_last: number;
  /** The rule. */
  rule: string;
  /** The lines, as they are written. */
  source: string;
}

/** A named address. */
export interface SavedView {
  /** What it is called. */
  name: string;
  /** Where it leads, such as `?group=ou&state=critical`, relative to the page's root. */
  url: string;
}

/** `GET /accounts/{id}/metrics`: series in columns, the first of which is time in milliseconds; nulls are gaps. */
export interface Series {
  /** The columns. */
  data: ((number | null)[])[];
  /** Milliseconds since 1970 of the first minute that is known. */
  known_from: number;
  /** Names of the columns after the first: `logs`, `metrics`, `bytes`, `errors`, `warnings`, `delay_ms`. */
  names: string[];
  /** Milliseconds between two points. */
  step_ms: number;
  /** Their units: `1/min`, `By/min`, `ms`. */
  units: string[];
}

/** A row of `GET /pipeline/shards`. */
export interface Shard {
  /** Seconds behind the tip. */
  behind_seconds: number;
  /** Bytes a second. */
  bytes_per_second: number;
  /** Sequence number up to which everything is safe. */
  checkpoint?: string;
  /** Records a second, over the last minute. */
  records_per_second: number;
  /** Up to which arrival time the rules have seen it. */
  seen_until?: Time;
  /** Its id. */
  shard: string;
  /** Seconds behind in the last minutes, oldest first. */
  spark: number[];
  /** Its stream. */
  stream: string;
  /** What it waits for or does, where it does not read: `end of shard`, the error, ... */
  trouble?: string;
}

/** How shards are sorted. */
export type ShardSort = 'lag' | 'shard' | 'rate';

/** A token that is shown. */
export interface Shown {
  /** The token. */
  token: string;
}

/** A silence or acknowledgement. */
export interface Silence {
  /** Whether it is an acknowledgement. */
  ack: boolean;
  /** Why. */
  comment: string;
  /** Who wants it. */
  createdBy: string;
  /** Until then; an acknowledgement ends when what it is about resolves. */
  endsAt: Time;
  /** Its id. */
  id: string;
  /** All must match. */
  matchers: Matcher[];
  /** How many alerts that fire it silences now. */
  silencing: number;
  /** From then on. */
  startsAt: Time;
  /** Whether it counts now. */
  status: SilenceStatus;
  /** When it was last changed. */
  updatedAt: Time;
}

/** Answer to `POST /silences`. */
export interface SilenceId {
  /** The id. */
  silenceID: string;
}

/** Whether a silence counts now. */
export type SilenceState = 'active' | 'pending' | 'expired';

/** Whether a silence counts now. */
export interface SilenceStatus {
  /** The state. */
  state: SilenceState;
}

/** How groups are sorted. */
export type Sort = 'distance' | 'account' | 'value';

/** A stage of the pipeline. */
export interface Stage {
  /** What went wrong since the start. */
  errors: number;
  /** Further figures by name, such as `unknown`, `retried`, `rejected`. */
  figures: { [name: string]: number };
  /** Its name. */
  name: string;
  /** Over the last minute. */
  per_second: number;
  /** Fill of what waits before it, 0 to 1, where it has a queue. */
  queue?: number;
  /** Since the start. */
  total: number;
  /** What its rate counts: `records`, `deliveries`, `samples`, ... */
  unit: string;
}

/** State of an account or of an alert: that of an account is the worst of its alerts that are not silenced. */
export type State = 'ok' | 'pending' | 'no_data' | 'error' | 'warning' | 'critical';

/** Accounts in each state. */
export interface StateCounts {
  /** Critical. */
  critical: number;
  /** Error. */
  error: number;
  /** No data. */
  no_data: number;
  /** Ok. */
  ok: number;
  /** Pending. */
  pending: number;
  /** Warning. */
  warning: number;
}

/** The page's store. */
export interface Store {
  /** Bytes. */
  bytes: number;
  /** Bytes at most. */
  bytes_max: number;
  /** Log records that were not stored because the writer was behind, since the start. */
  dropped: number;
  /** Why it cannot be written, where it cannot. */
  failing?: string;
  /** Which log records it keeps: `off`, `errors` or `all`. */
  logs: string;
  /** The oldest log record. */
  oldest?: Time;
  /** Log records. */
  records: number;
}

/** `GET /fleet/summary`: the verdict and the numbers behind it. */
export interface Summary {
  /** Accounts of the directory and those that only speak. */
  accounts: number;
  /** When it was so. */
  as_of: Time;
  /** How far the rules have looked. */
  evaluated?: Time;
  /** Whether anything was ever received, decoded, and tagged with a known account: the steps of a first start. */
  first_steps: FirstSteps;
  /** Accounts by freshness. */
  freshness: FreshnessCounts;
  /** When an alert last resolved. */
  last_resolved?: Time;
  /** Accounts that are critical or at warning. */
  needs_attention: number;
  /** When the newest alert that fires began to fire. */
  newest?: Time;
  /** Rules by how often they fired in the last 24 hours, most first: at most ten. */
  noise: Noise[];
  /** Rules that run. */
  rules: number;
  /** Rules of which alerts fire. */
  rules_firing: number;
  /** Accounts of which everything that is wrong is silenced or acknowledged. */
  silenced: number;
  /** Accounts in each state; silenced ones count by what is left unsilenced. */
  states: StateCounts;
  /** What keeps the picture from being whole: late shards, rules that stand still, a store that drops. */
  troubles: Trouble[];
  /** Accounts that speak and are not in the directory. */
  unknown: number;
  /** One sentence with numbers. */
  verdict: string;
}

/** A row of `GET /directory/tags`: a tag of an account that breaks the scheme. */
export interface TagFinding {
  /** The account. */
  account: string;
  /** The command that puts it right. */
  command: string;
  /** What is there instead: the name that looks alike, or the value that is not allowed. */
  found?: string;
  /** The tag as the scheme names it. */
  key: string;
  /** What is wrong, for people. */
  message: string;
  /** Its name. */
  name: string;
  /** `missing`, `look_alike` or `value`. */
  problem: string;
  /** Its tenant. */
  tenant: string;
}

export type Time = string;

/** A row of `GET /alerts/history`: an alert changed its state or level. */
export interface Transition {
  /** Whose it is. */
  account?: string;
  /** When. */
  at: Time;
  /** Which time it fires. */
  episode: number;
  /** The alert. */
  fingerprint: string;
  /** State before. */
  from: State;
  /** Values of the group beside the account. */
  group: { [name: string]: string };
  /** Its name. */
  name: string;
  /** Why. */
  reason: string;
  /** The rule. */
  rule: string;
  /** Tenant at that time. */
  tenant: string;
  /** State now. */
  to: State;
  /** The value. */
  value?: number;
  /** The same with its unit. */
  value_text: string;
}

/** How a group of alerts goes. */
export type Trend = 'new' | 'growing' | 'steady' | 'shrinking' | 'flapping';

/** Something that keeps the picture from being whole. */
export interface Trouble {
  /** Whether it makes the picture wrong (`true`) or only poorer. */
  blind: boolean;
  /** A stable word: `late`, `rules_stalled`, `rules_not_read`, `directory_stale`, `store_dropping`, `store_off`, `receivers_failing`. */
  code: string;
  /** The page that tells more, relative to the root: `pipeline`. */
  link: string;
  /** What is the matter, with numbers. */
  message: string;
}

/** What would have fired. */
export interface WouldFire {
  /** Accounts of which an alert would have fired. */
  accounts: number;
  /** How often alerts would have begun to fire. */
  fired: number;
  /** Accounts, at most 50, and how often. */
  items: ([string, number])[];
  /** What it does not tell: metrics are not stored, and the like. */
  notices: string[];
  /** Log records that were looked at. */
  records: number;
  /** The same by rule. */
  rules: { [name: string]: number };
  /** Over how many seconds of stored data. */
  seconds: number;
}

/** A part of a list. */
export interface List<T> {
  /** When it was so. */
  as_of: Time;
  /** Whether `total` is exact; else there are at least so many. */
  exact: boolean;
  /** The items of this part. */
  items: T[];
  /** What to ask for as `cursor` to go on; absent at the end. */
  next?: string;
  /** What the list does not show, or was asked for and not done: such as a limit that was lowered. */
  notices?: string[];
  /** How many there are in all. */
  total: number;
}
