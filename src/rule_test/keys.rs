//! The keys of a file of tests: what each is called, what it takes and what it means. Reader and schema both go by these.

/// What a key takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// A text.
    Text,
    /// A number, or a share such as `5%`.
    Number,
    /// A whole number.
    Whole,
    /// `true` or `false`.
    Flag,
    /// A duration, such as `5m`.
    Duration,
    /// A duration that may have a sign, such as `+3m` or `-2h`.
    Offset,
    /// A date, or date and time with a zone.
    Time,
    /// An account id in quotes.
    Account,
    /// An account, a list of them, or `all`.
    Accounts,
    /// One of these words.
    Word(&'static [&'static str]),
    /// `true`, or a duration.
    FlagOrDuration,
    /// One item or a list of them.
    OneOrMore(&'static Self),
    /// A list.
    List(&'static Self),
    /// From and before: two durations.
    Between,
    /// Names and values of the author's own.
    Pairs,
    /// A section.
    Section(&'static Section),
}

/// A key of a section.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    /// Its name.
    pub(super) name: &'static str,
    /// What it takes.
    pub(super) shape: Shape,
    /// What it means, for editors.
    pub(super) doc: &'static str,
}

/// A section.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section {
    /// Its keys.
    pub(super) keys: &'static [Key],
    /// Those that must be given.
    pub(super) required: &'static [&'static str],
}

impl Section {
    /// The names of its keys.
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.keys.iter().map(|key| key.name).collect()
    }
}

const fn key(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key { name, shape, doc }
}

pub(super) const STATES: &[&str] = &["inactive", "pending", "firing", "recovering"];
pub(super) const LEVELS: &[&str] = &["warning", "critical"];
pub(super) const OUTCOMES: &[&str] =
    &["muted_scope", "warming", "no_data", "skip", "critical", "warning", "clear", "hold"];
pub(super) const KINDS: &[&str] = &["individual", "list", "fleet", "digest", "heartbeat"];
pub(super) const CAUSES: &[&str] = &[
    "fired",
    "escalated",
    "eased",
    "grew",
    "changed",
    "resolved",
    "repeat",
    "unmuted",
    "flapping",
    "digest",
    "heartbeat",
];
pub(super) const STATUSES: &[&str] = &["firing", "resolved"];
pub(super) const REASONS: &[&str] =
    &["value", "no_data", "out_of_scope", "account_closed", "rule_removed", "rule_changed"];
pub(super) const ACCOUNT_STATES: &[&str] = &["PENDING_ACTIVATION", "ACTIVE", "SUSPENDED", "PENDING_CLOSURE", "CLOSED"];
pub(super) const RESHARDS: &[&str] = &["split", "merge"];
pub(super) const CORRUPTS: &[&str] = &["snapshot"];

/// The whole file.
pub(super) static FILE: Section = Section {
    keys: &[
        key("rule_files", Shape::OneOrMore(&Shape::Text), "The rules under test: files beside this one."),
        key(
            "tenants",
            Shape::List(&Shape::Section(&TENANT)),
            "The directory of accounts, for all tests that have none of their own.",
        ),
        key(
            "generate_tenants",
            Shape::Section(&GENERATE),
            "Many accounts that are alike, for all tests that have none of their own.",
        ),
        key("tests", Shape::List(&Shape::Section(&TEST)), "The tests. Each begins with fresh state."),
    ],
    required: &["rule_files", "tests"],
};

const TIER: Key = key("tier", Shape::Text, "Service tier.");
const REGION: Key = key("region", Shape::Text, "The Region that the account mainly runs in.");
const CREATED: Key =
    key("created", Shape::Time, "When it was created. Default: a year before the test starts, so that nothing is new.");
const STATE: Key = key("state", Shape::Word(ACCOUNT_STATES), "State of the account. Default: ACTIVE.");
const OU: Key = key("ou", Shape::Text, "Path of organisational units, such as /Root/Customers.");
const LABELS: Key = key("labels", Shape::Pairs, "Further attributes, quotas among them.");

/// An account of the directory.
pub(super) static TENANT: Section = Section {
    keys: &[
        key("account", Shape::Account, "The account, in quotes."),
        key("tenant", Shape::Text, "Id of the tenant. Default: the account."),
        key("name", Shape::Text, "Name of the tenant, for people."),
        TIER,
        REGION,
        CREATED,
        STATE,
        OU,
        LABELS,
    ],
    required: &["account"],
};

/// Accounts that are alike.
pub(super) static GENERATE: Section = Section {
    keys: &[
        key("count", Shape::Whole, "How many. They are 900000000001 and so on, their tenants tenant-1 and so on."),
        TIER,
        REGION,
        CREATED,
        STATE,
        OU,
        LABELS,
    ],
    required: &["count"],
};

/// A test.
pub(super) static TEST: Section = Section {
    keys: &[
        key("name", Shape::Text, "What it shows, as a sentence."),
        key("start", Shape::Time, "The moment that all times are counted from. Default: 2026-01-01T00:00:00Z."),
        key("tenants", Shape::List(&Shape::Section(&TENANT)), "The directory of this test, instead of the file's."),
        key("generate_tenants", Shape::Section(&GENERATE), "Many accounts that are alike, instead of the file's."),
        key("input_logs", Shape::List(&Shape::Section(&LOGS)), "Log records that come in."),
        key("input_metrics", Shape::List(&Shape::Section(&METRICS)), "Metric points that come in."),
        key("pipeline", Shape::List(&Shape::Section(&EVENT)), "What happens to the pipeline meanwhile."),
        key("expect", Shape::List(&Shape::Section(&EXPECT)), "How alerts must stand."),
        key(
            "expect_notifications",
            Shape::List(&Shape::Section(&NOTIFICATION)),
            "Of what people must be told, and of what not.",
        ),
        key(
            "expect_transitions",
            Shape::List(&Shape::Section(&TRANSITION)),
            "Which alerts must change, and which not.",
        ),
    ],
    required: &["name"],
};

const ARRIVE: Key =
    key("arrive", Shape::Offset, "How much later than its time it arrives, such as +3m. Default: at once.");
const SHARD: Key =
    key("shard", Shape::Whole, "The shard that carries it, from 0. Default: chosen by the account, of two.");

/// Log records.
pub(super) static LOGS: Section = Section {
    keys: &[
        key("account", Shape::Accounts, "Whose: an account, a list of them, or all."),
        key("at", Shape::OneOrMore(&Shape::Duration), "When: one time, or a list. Instead of from and every."),
        key("from", Shape::Duration, "The first. Default: 0m."),
        key("every", Shape::Duration, "One so often, up to until or count. Default: only one."),
        key("until", Shape::Duration, "Before this; a record at this very time is not made."),
        key("count", Shape::Whole, "How many, instead of until."),
        key(
            "fields",
            Shape::Pairs,
            "The record as rules see it: level, service, message, and attributes. {n} in a text is the number of the repetition, from 0.",
        ),
        key("log_group", Shape::Text, "The log group."),
        key("log_stream", Shape::Text, "The log stream. Default: test."),
        key(
            "line",
            Shape::Text,
            "A message as CloudWatch Logs delivers it, decoded as in production. Instead of fields; {n} as there.",
        ),
        key("lines", Shape::List(&Shape::Text), "Several messages, all at each time."),
        ARRIVE,
        key("event_time_skew", Shape::Offset, "How far the producer's clock is off, such as +2h or -5m."),
        SHARD,
        key("id", Shape::Text, "Inputs of one id are the same message, sent again."),
        key("region", Shape::Text, "The Region it is from. Default: that of the account."),
    ],
    required: &["account"],
};

/// Metric points.
pub(super) static METRICS: Section = Section {
    keys: &[
        key(
            "series",
            Shape::Text,
            "The series, such as AWS/Lambda:Errors{account=\"111111111111\",FunctionName=\"f\"}. account may be all; region is the Region, other labels are dimensions. A metric of Fanin itself has a name alone, such as pipeline.rejects.",
        ),
        key(
            "stat",
            Shape::Text,
            "Which statistic the values are: sum, min, max, avg, count, or another of CloudWatch such as p95. Default: sum. Series that differ in nothing else are one.",
        ),
        key("period", Shape::Duration, "Length of a period. Default: 1m."),
        key(
            "values",
            Shape::Text,
            "One value for each period: 1 2 3, _ for none, 0x3 for 0 and three more, 1+2x3 for 1 3 5 7, _x3 for three missing.",
        ),
        key("unit", Shape::Text, "The unit, as CloudWatch writes it, such as Milliseconds."),
        key("from", Shape::Duration, "When the first period begins. Default: 0m."),
        key(
            "arrive",
            Shape::Offset,
            "How much later than the end of its period a point arrives, such as +2m. Default: at once.",
        ),
        SHARD,
    ],
    required: &["series", "values"],
};

/// Something that happens to the pipeline.
pub(super) static EVENT: Section = Section {
    keys: &[
        key("at", Shape::Duration, "When it happens."),
        key("stall", Shape::Duration, "Nothing is read for so long; what arrived meanwhile is read then."),
        key("shard", Shape::Whole, "The shard that stalls. Default: all."),
        key(
            "restart",
            Shape::FlagOrDuration,
            "Fanin is killed, loads its last snapshot and reads again what came after; a duration is how long it was down.",
        ),
        key("duplicate", Shape::Duration, "What was delivered within so long before is delivered again."),
        key("reorder", Shape::Duration, "What arrives within so long after comes at its end, the last first."),
        key("reshard", Shape::Word(RESHARDS), "Each shard becomes two, or each two become one."),
        key("corrupt", Shape::Word(CORRUPTS), "The last snapshot is damaged."),
        key("rules", Shape::OneOrMore(&Shape::Text), "From now on these rule files, instead of those before."),
        key("silence", Shape::Section(&SILENCE), "Alerts are silenced."),
        key("directory", Shape::Section(&DIRECTORY), "The directory changes."),
    ],
    required: &["at"],
};

/// A silence.
pub(super) static SILENCE: Section = Section {
    keys: &[
        key(
            "matchers",
            Shape::OneOrMore(&Shape::Text),
            "Labels of the alerts, such as alert=\"X\" or tenant=~\"acme.*\".",
        ),
        key("for", Shape::Duration, "How long."),
    ],
    required: &["matchers", "for"],
};

/// A change of the directory.
pub(super) static DIRECTORY: Section = Section {
    keys: &[
        key("add", Shape::List(&Shape::Section(&TENANT)), "Accounts that are new. Their created is now, unless given."),
        key("move", Shape::List(&Shape::Section(&TENANT)), "Accounts that are now as written here."),
        key("close", Shape::OneOrMore(&Shape::Account), "Accounts that are now CLOSED."),
        key("remove", Shape::OneOrMore(&Shape::Account), "Accounts that are no longer known."),
    ],
    required: &[],
};

const ACCOUNT: Key = key("account", Shape::Account, "The account of the alert.");
const GROUP: Key =
    key("group", Shape::Pairs, "Values of the other fields that the rule groups by, such as {region: eu-central-1}.");
const STATE_OF_ALERT: Key = key("state", Shape::Word(STATES), "State of the alert.");
const LEVEL: Key = key("level", Shape::Word(LEVELS), "Level of the alert.");
const PENDING: Key =
    key("pending", Shape::Word(LEVELS), "The higher level that breaches, but not yet for long enough.");
const OUTCOME: Key = key("outcome", Shape::Word(OUTCOMES), "What the tick said.");
const VALUE: Key = key("value", Shape::Number, "The value, to six digits.");
const THRESHOLD: Key = key("threshold", Shape::Number, "The threshold that counts, to six digits.");
const COUNT: Key = key("count", Shape::Whole, "How many there must be. Default: at least one.");
const LATE: Key = key("late", Shape::Flag, "Whether it was found while catching up after a stall.");

/// How alerts must stand.
pub(super) static EXPECT: Section = Section {
    keys: &[
        key(
            "at",
            Shape::Duration,
            "The tick: alerts are looked at right after it was evaluated, however late that is.",
        ),
        key("alert", Shape::Text, "Name of the rule."),
        ACCOUNT,
        GROUP,
        STATE_OF_ALERT,
        LEVEL,
        PENDING,
        OUTCOME,
        VALUE,
        THRESHOLD,
        key(
            "alerts",
            Shape::List(&Shape::Section(&LISTED)),
            "All alerts of the rule that are not inactive; [] where there must be none.",
        ),
        key(
            "notified",
            Shape::OneOrMore(&Shape::Text),
            "Classes that are told of the alert from when the tick is evaluated until the group_wait of its rule later; others may be told as well. [] for nobody.",
        ),
    ],
    required: &["at", "alert"],
};

/// One alert of a list.
pub(super) static LISTED: Section =
    Section { keys: &[ACCOUNT, GROUP, STATE_OF_ALERT, LEVEL, PENDING, OUTCOME, VALUE, THRESHOLD], required: &[] };

/// Of what people must be told.
pub(super) static NOTIFICATION: Section = Section {
    keys: &[
        key(
            "between",
            Shape::Between,
            "From and before when they are told, such as [55m, 60m], by the clock on the wall.",
        ),
        key("alert", Shape::Text, "Name of the rule."),
        key("account", Shape::Account, "An account that it is about."),
        key("kind", Shape::Word(KINDS), "How it looks."),
        key("cause", Shape::Word(CAUSES), "Why it is told."),
        key("status", Shape::Word(STATUSES), "Whether it still fires."),
        key("level", Shape::Word(LEVELS), "Its level."),
        key("to", Shape::Text, "Class or receiver that is told."),
        LATE,
        key("accounts", Shape::Whole, "How many accounts it is about."),
        key(
            "fired_and_resolved",
            Shape::OneOrMore(&Shape::Account),
            "The accounts of a digest that fired and resolved; all of them.",
        ),
        key("contains", Shape::Text, "A text that its summary, description or another annotation has."),
        COUNT,
    ],
    required: &["between"],
};

/// Which alerts must change.
pub(super) static TRANSITION: Section = Section {
    keys: &[
        key("between", Shape::Between, "From and before which tick, such as [5m, 10m]."),
        key("alert", Shape::Text, "Name of the rule."),
        ACCOUNT,
        key("state", Shape::Word(STATES), "State after it; inactive is what people call resolved."),
        LEVEL,
        key("reason", Shape::Word(REASONS), "Why."),
        LATE,
        COUNT,
    ],
    required: &["between"],
};
