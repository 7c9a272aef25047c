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

/** `groups`, `pipeline`: something of that topic changed; ask again. */
export interface Changed {
  /** Version of the state that it is of. */
  v: number;
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

/** The simulated fleet. */
export interface Demo {
  /** What happens in it. */
  scenario: string;
  /** What could happen in it. */
  scenarios: string[];
  /** Its seed. */
  seed: number;
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

/** A column of few different values. */
export interface LabelColumn {
  /** Index into `values`, one for each account. */
  index: number[];
  /** The values; the first is empty and stands for accounts without one. */
  values: string[];
}

/** A part of a list. */
export interface List {
  /** When it was so. */
  as_of: Time;
  /** Whether `total` is exact; else there are at least so many. */
  exact: boolean;
  /** The items of this part. */
  items: AlertGroup[];
  /** What to ask for as `cursor` to go on; absent at the end. */
  next?: string;
  /** What the list does not show, or was asked for and not done: such as a limit that was lowered. */
  notices?: string[];
  /** How many there are in all. */
  total: number;
}

/** A part of a list. */
export interface List2 {
  /** When it was so. */
  as_of: Time;
  /** Whether `total` is exact; else there are at least so many. */
  exact: boolean;
  /** The items of this part. */
  items: Alert[];
  /** What to ask for as `cursor` to go on; absent at the end. */
  next?: string;
  /** What the list does not show, or was asked for and not done: such as a limit that was lowered. */
  notices?: string[];
  /** How many there are in all. */
  total: number;
}

/** A part of a list. */
export interface List3 {
  /** When it was so. */
  as_of: Time;
  /** Whether `total` is exact; else there are at least so many. */
  exact: boolean;
  /** The items of this part. */
  items: AccountRow[];
  /** What to ask for as `cursor` to go on; absent at the end. */
  next?: string;
  /** What the list does not show, or was asked for and not done: such as a limit that was lowered. */
  notices?: string[];
  /** How many there are in all. */
  total: number;
}

/** A part of a list. */
export interface List4 {
  /** When it was so. */
  as_of: Time;
  /** Whether `total` is exact; else there are at least so many. */
  exact: boolean;
  /** The items of this part. */
  items: Silence[];
  /** What to ask for as `cursor` to go on; absent at the end. */
  next?: string;
  /** What the list does not show, or was asked for and not done: such as a limit that was lowered. */
  notices?: string[];
  /** How many there are in all. */
  total: number;
}

/** A part of a list. */
export interface List5 {
  /** When it was so. */
  as_of: Time;
  /** Whether `total` is exact; else there are at least so many. */
  exact: boolean;
  /** The items of this part. */
  items: Found[];
  /** What to ask for as `cursor` to go on; absent at the end. */
  next?: string;
  /** What the list does not show, or was asked for and not done: such as a limit that was lowered. */
  notices?: string[];
  /** How many there are in all. */
  total: number;
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

/** What the store keeps. */
export interface Retention {
  /** Bytes at most. */
  bytes_max: number;
  /** Which log records: `off`, `errors` or `all`. */
  logs: string;
  /** The oldest log record that is kept. */
  oldest_log?: Time;
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

export type Time = string;

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
