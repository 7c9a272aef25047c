//! Takes what must not leave out of a record: body, severity text, event name, values of attributes however deep, the
//! original line, and values of dimensions. Names of attributes stay.

use std::ops::Range;

use bumpalo::Bump;
use bumpalo::collections::Vec as BumpVec;
use regex::RegexSet;

use super::detect::{self, Detectors, Finding, Named};
use super::mark::{self, Hasher};
use super::{Counts, Whose, scope};
use crate::config::policy::{Action, Detector, Exempt, Fields, Pattern, Redact};
use crate::record::draft::Draft;
use crate::record::explain::Explain;
use crate::record::metric::Dimension;
use crate::record::metric::reading::Reading;
use crate::record::value::{Attribute, Value};

/// A whole number below has fewer digits than a card.
const CARD_MIN: i64 = 1_000_000_000_000;

/// Cards begin with 2 to 6; milliseconds since 1970 begin with 1.
const fn begins_as_card(number: i64) -> bool {
    let first = number.unsigned_abs() / 10_u64.pow(number.unsigned_abs().ilog10());
    matches!(first, 2..=6)
}

/// Redaction as configured, whomever it is for.
#[derive(Clone, Debug)]
pub(super) struct Redactor {
    detectors: Detectors,
    action: Action,
    hasher: Option<Hasher>,
    exempt: Vec<Exempt>,
    patterns: Vec<Pattern>,
    /// All patterns at once: few texts have any.
    set: RegexSet,
    fields: Vec<Fields>,
}

/// What of it holds for some records.
#[derive(Debug)]
pub(super) struct Rules<'p> {
    redactor: &'p Redactor,
    detectors: Detectors,
    patterns: Vec<&'p Pattern>,
    looks_around: bool,
    fields: Vec<&'p Fields>,
}

/// The part of memory in which nothing is that the detectors, and the patterns, look for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clean<'m> {
    detectors: &'m str,
    patterns: &'m str,
}

/// What found something.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source<'p> {
    Detector(Detector),
    Pattern(&'p Pattern),
}

/// Something to be replaced.
#[derive(Clone, Debug)]
pub(super) struct Found<'p> {
    pub(super) range: Range<usize>,
    pub(super) source: Source<'p>,
}

/// What becomes of a value.
enum Change<'a> {
    Same,
    New(Value<'a>),
    Gone,
}

impl Redactor {
    pub(super) fn new(config: &Redact) -> Self {
        let detectors = config.detectors.iter().fold(Detectors::NONE, |set, detector| set.with(*detector));
        let set = RegexSet::new(config.patterns.iter().map(|pattern| pattern.pattern.as_str()));
        Self {
            detectors,
            action: config.action,
            hasher: config.hash_key.as_ref().map(|key| Hasher::new(key.expose().as_bytes())),
            exempt: config.exempt.clone(),
            patterns: config.patterns.clone(),
            set: set.unwrap_or_default(),
            fields: config.fields.clone(),
        }
    }

    /// What holds for these records; for those of which nothing is known, everything.
    pub(super) fn rules(&self, whose: Option<&Whose<'_>>) -> Rules<'_> {
        let holds = |it: &crate::config::policy::Scope| whose.is_none_or(|whose| scope::holds(it, whose));
        let exempt = self.exempt.iter().filter(|exempt| whose.is_some() && holds(&exempt.scope));
        let spared = exempt.flat_map(|exempt| &exempt.detectors);
        let patterns: Vec<_> = self.patterns.iter().filter(|pattern| holds(&pattern.scope)).collect();
        Rules {
            redactor: self,
            detectors: spared.fold(self.detectors, |set, detector| set.without(*detector)),
            looks_around: patterns.iter().any(|pattern| pattern.pattern.looks_around()),
            patterns,
            fields: self.fields.iter().filter(|fields| holds(&fields.scope)).collect(),
        }
    }

    /// Whether a mark may have this name.
    fn is_known(&self, name: &str) -> bool {
        name == mark::FIELD
            || Detector::ALL.iter().any(|detector| mark::name_of(*detector) == name)
            || self.patterns.iter().any(|pattern| pattern.name == name)
    }

    /// Whether a text may hold what a pattern asks for. Without a set, which a great many patterns may be too large for, it may.
    fn any_pattern(&self, text: &str) -> bool {
        self.set.is_empty() || self.set.is_match(text)
    }
}

impl<'p> Rules<'p> {
    fn is_idle(&self) -> bool {
        self.detectors == Detectors::NONE && self.patterns.is_empty() && self.fields.is_empty()
    }

    /// Looks through a message as a whole. A value that lies within it is a part of it, and a part of a text in which
    /// nothing is has nothing either; a pattern that looks around may however match only there, and is not asked.
    /// Detectors need not look at a message that holds no words of anybody.
    pub(super) fn clean<'m>(&self, message: &'m str, has_words: bool) -> Clean<'m> {
        let may_hold = || has_words && detect::may_hold(message.as_bytes(), self.detectors);
        let detectors = !message.is_empty() && !may_hold();
        let patterns = !message.is_empty()
            && !self.patterns.is_empty()
            && !self.looks_around
            && !self.redactor.any_pattern(message);
        Clean { detectors: if detectors { message } else { "" }, patterns: if patterns { message } else { "" } }
    }

    pub(super) fn may_hold(&self, bytes: &[u8]) -> bool {
        !self.patterns.is_empty() || !self.fields.is_empty() || detect::may_hold(bytes, self.detectors)
    }

    pub(super) const fn detects_cards(&self) -> bool {
        self.detectors.has(Detector::Cards)
    }

    /// Redacts a record; says whether all of it is to be dropped.
    pub(super) fn draft<'a>(
        &self,
        draft: &mut Draft<'a>,
        clean: &Clean<'_>,
        bump: &'a Bump,
        counts: &mut Counts,
    ) -> bool {
        if self.is_idle() {
            return false;
        }
        let mut walk = Walk::new(self, clean, bump, counts, &mut draft.explain);
        let log = &mut draft.log;
        walk.path.push("body");
        match walk.value(log.body, None) {
            Change::Same => {}
            Change::New(value) => log.body = value,
            Change::Gone => log.body = Value::Null,
        }
        for (name, text) in [("severity_text", &mut log.severity_text), ("event_name", &mut log.event_name)] {
            walk.at(name);
            match walk.value(Value::Text(text), None) {
                Change::Same => {}
                Change::New(value) => *text = value.text().unwrap_or_default(),
                Change::Gone => *text = "",
            }
        }
        let mut gone = false;
        for attribute in log.attributes.iter_mut() {
            walk.at(attribute.key);
            match walk.named_value(attribute.key, attribute.value) {
                Change::Same => {}
                Change::New(value) => attribute.value = value,
                Change::Gone => {
                    attribute.key = GONE;
                    gone = true;
                }
            }
        }
        let drops = walk.drops;
        if gone {
            log.attributes.retain(|attribute| !std::ptr::eq(attribute.key, GONE));
        }
        drops
    }

    /// Redacts dimensions. They are masked or hashed, never removed: without one a series would be another.
    pub(super) fn readings<'a>(
        &self,
        readings: &mut [Reading<'a>],
        clean: &Clean<'_>,
        bump: &'a Bump,
        counts: &mut Counts,
    ) {
        if self.is_idle() {
            return;
        }
        let mut explain = Explain::off();
        let mut walk = Walk::new(self, clean, bump, counts, &mut explain);
        walk.keeps_values = true;
        walk.path.push("");
        let mut last: Option<(&'a [Dimension<'a>], &'a [Dimension<'a>])> = None;
        for reading in readings {
            // The readings of one message often share their dimensions.
            if let Some((before, after)) = last
                && std::ptr::eq(before, reading.dimensions)
            {
                reading.dimensions = after;
                continue;
            }
            let before = reading.dimensions;
            let mut changed: Option<BumpVec<'a, Dimension<'a>>> = None;
            for (index, dimension) in before.iter().enumerate() {
                walk.at(dimension.name);
                if let Change::New(Value::Text(value)) = walk.named_value(dimension.name, Value::Text(dimension.value))
                {
                    let changed = changed.get_or_insert_with(|| BumpVec::from_iter_in(before.iter().copied(), bump));
                    changed[index].value = value;
                }
            }
            if let Some(changed) = changed {
                reading.dimensions = changed.into_bump_slice();
            }
            last = Some((before, reading.dimensions));
        }
    }

    /// Everything that is to be replaced in a text, in order, none overlapping another. What was replaced before stays.
    pub(super) fn found(&self, text: &str, mut all: Vec<Found<'p>>) -> Vec<Found<'p>> {
        if all.is_empty() {
            return all;
        }
        all.sort_by(|a, b| a.range.start.cmp(&b.range.start).then(b.range.end.cmp(&a.range.end)));
        let mut merged: Vec<Found<'p>> = Vec::with_capacity(all.len());
        for found in all {
            match merged.last_mut() {
                Some(last) if found.range.start < last.range.end => {
                    last.range.end = last.range.end.max(found.range.end);
                    if self.action(found.source) as u8 > self.action(last.source) as u8 {
                        last.source = found.source;
                    }
                }
                Some(_) | None => merged.push(found),
            }
        }
        let marks = mark::marks(text, |name| self.redactor.is_known(name));
        if marks.is_empty() { merged } else { outside(merged, &marks) }
    }

    /// What the detectors find.
    pub(super) fn detected(&self, text: &str, all: &mut Vec<Found<'p>>) {
        let mut findings: Vec<Finding> = Vec::new();
        detect::find(text, self.detectors, &mut findings);
        all.extend(
            findings.into_iter().map(|it| Found { range: it.start..it.end, source: Source::Detector(it.detector) }),
        );
    }

    /// What the patterns find that are for such a field.
    pub(super) fn matched(&self, text: &str, is_for: impl Fn(&Pattern) -> bool, all: &mut Vec<Found<'p>>) {
        if self.patterns.is_empty() || !self.redactor.any_pattern(text) {
            return;
        }
        for pattern in self.patterns.iter().filter(|pattern| is_for(pattern)) {
            let matches = pattern.pattern.regex().find_iter(text).filter(|it| !it.is_empty());
            all.extend(matches.map(|it| Found { range: it.range(), source: Source::Pattern(pattern) }));
        }
    }

    /// The action for what was found.
    pub(super) const fn action(&self, source: Source<'p>) -> Action {
        match source {
            Source::Detector(_) => self.redactor.action,
            Source::Pattern(pattern) => pattern.action,
        }
    }

    /// Appends the mark of what was found.
    pub(super) fn mark(&self, found: &Found<'p>, text: &str, out: &mut String) {
        let secret = &text[found.range.clone()];
        mark::write(out, found.source.name(), self.action(found.source), secret, self.redactor.hasher.as_ref());
    }

    /// The text with marks in the places of what was found.
    pub(super) fn marked(&self, text: &str, found: &[Found<'p>]) -> String {
        let mut out = String::with_capacity(text.len() + 16 * found.len());
        let mut at = 0;
        for found in found {
            out.push_str(&text[at..found.range.start]);
            self.mark(found, text, &mut out);
            at = found.range.end;
        }
        out.push_str(&text[at..]);
        out
    }

    /// What the whole value of a field is replaced by, and `None` where it was before.
    fn marked_field(&self, text: &str, action: Action) -> Option<String> {
        let whole = 0..text.len();
        if text.is_empty() || mark::marks(text, |name| self.redactor.is_known(name)).contains(&whole) {
            return None;
        }
        let mut out = String::new();
        mark::write(&mut out, mark::FIELD, action, text, self.redactor.hasher.as_ref());
        Some(out)
    }

    /// A text outside of a record, such as an attribute of OTLP that others encoded; `None` where nothing is in it.
    pub(super) fn text_alone(
        &self,
        path: &str,
        last: &str,
        text: &str,
        counts: &mut Counts,
    ) -> Option<(String, Action)> {
        let is = |glob: &crate::glob::Glob| glob.matches(path) || glob.matches(last);
        if let Some(fields) = self.fields.iter().find(|fields| path != "body" && fields.names.iter().any(is)) {
            let marked = self.marked_field(text, fields.action)?;
            counts.fields += 1;
            return Some((marked, fields.action));
        }
        let mut all = Vec::new();
        self.detected(text, &mut all);
        if let Some((range, detector)) = detect::of_key(last.as_bytes()).and_then(|named| detect::value_of(named, text))
            && self.detectors.has(detector)
        {
            all.push(Found { range: range.0..range.1, source: Source::Detector(detector) });
        }
        self.matched(text, |pattern| pattern.fields.is_empty() || pattern.fields.iter().any(is), &mut all);
        let found = self.found(text, all);
        let action = found.iter().map(|it| self.action(it.source)).max_by_key(|action| *action as u8)?;
        found.iter().for_each(|it| it.source.count(counts));
        Some((self.marked(text, &found), action))
    }
}

impl Source<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Detector(detector) => mark::name_of(*detector),
            Self::Pattern(pattern) => &pattern.name,
        }
    }

    pub(super) fn count(self, counts: &mut Counts) {
        match self {
            Self::Detector(detector) => counts.detected[detector as usize] += 1,
            Self::Pattern(_) => counts.patterns += 1,
        }
    }
}

/// The key of an attribute that is about to be removed, told by where it stands and not by what it says.
static GONE: &str = "(removed)";

/// The parts of what was found that are not of a mark.
fn outside<'p>(found: Vec<Found<'p>>, marks: &[Range<usize>]) -> Vec<Found<'p>> {
    let mut parts = Vec::with_capacity(found.len());
    let mut marks = marks.iter().peekable();
    for Found { range, source } in found {
        while marks.next_if(|mark| mark.end <= range.start).is_some() {}
        let mut at = range.start;
        for mark in marks.clone().take_while(|mark| mark.start < range.end) {
            if mark.start > at {
                parts.push(Found { range: at..mark.start, source });
            }
            at = at.max(mark.end);
        }
        if at < range.end {
            parts.push(Found { range: at..range.end, source });
        }
    }
    parts
}

/// Whether a text lies within another in memory, and so is a part of it.
fn lies_in(part: &str, whole: &str) -> bool {
    let (first, end) = (whole.as_ptr().addr(), whole.as_ptr().addr() + whole.len());
    let at = part.as_ptr().addr();
    at >= first && at + part.len() <= end
}

/// On the way through the values of a record.
struct Walk<'w, 'p, 'a> {
    rules: &'w Rules<'p>,
    clean: Clean<'w>,
    bump: &'a Bump,
    counts: &'w mut Counts,
    explain: &'w mut Explain,
    /// Names from the attribute to where it is.
    path: Vec<&'a str>,
    /// Whether the record is to be dropped.
    drops: bool,
    /// Whether nothing may be removed.
    keeps_values: bool,
}

impl<'w, 'p, 'a> Walk<'w, 'p, 'a> {
    fn new(
        rules: &'w Rules<'p>,
        clean: &Clean<'w>,
        bump: &'a Bump,
        counts: &'w mut Counts,
        explain: &'w mut Explain,
    ) -> Self {
        let path = Vec::with_capacity(8);
        Self { rules, clean: *clean, bump, counts, explain, path, drops: false, keeps_values: false }
    }

    /// Goes to an attribute.
    fn at(&mut self, key: &'a str) {
        self.path.clear();
        self.path.push(key);
    }

    /// A value of that name. The way to it ends with the name.
    fn named_value(&mut self, key: &'a str, value: Value<'a>) -> Change<'a> {
        if !self.rules.fields.is_empty()
            && let Some(action) = self.field_action(key)
        {
            return self.field(value, action);
        }
        // What lies in a clean message had a clean name there, whatever it is called now.
        let asks = match value {
            Value::Text(text) => !lies_in(text, self.clean.detectors),
            Value::List(_) | Value::Map(_) => true,
            Value::Int(_) | Value::Double(_) | Value::Bool(_) | Value::Null => false,
        };
        self.value(value, asks.then(|| self.named(key)).flatten())
    }

    /// What a name says of its value; nothing, where the name is of a text that has no such name.
    fn named(&self, key: &str) -> Option<Named> {
        let asks = self.rules.detectors.has(Detector::AwsKeys) || self.rules.detectors.has(Detector::Tokens);
        if asks && !lies_in(key, self.clean.detectors) { detect::of_key(key.as_bytes()) } else { None }
    }

    fn field_action(&self, key: &str) -> Option<Action> {
        let path = self.path.join(".");
        let named = |fields: &&&Fields| fields.names.iter().any(|name| name.matches(key) || name.matches(&path));
        self.rules.fields.iter().find(named).map(|fields| fields.action)
    }

    /// A value that is taken whole.
    fn field(&mut self, value: Value<'a>, action: Action) -> Change<'a> {
        let (text, action) = match value {
            Value::Text(text) => (text.to_owned(), action),
            Value::Int(number) => (number.to_string(), action),
            Value::Double(number) => (number.to_string(), action),
            Value::Bool(is) => (is.to_string(), action),
            Value::Null => return Change::Same,
            // There is no one text of it to be hashed.
            Value::List(_) | Value::Map(_) if action == Action::Hash => ("map".into(), Action::Mask),
            Value::List(_) | Value::Map(_) => ("map".into(), action),
        };
        let Some(marked) = self.rules.marked_field(&text, action) else { return Change::Same };
        self.counts.fields += 1;
        self.note(mark::FIELD, action, 1);
        self.replaced(&marked, action)
    }

    fn replaced(&mut self, marked: &str, action: Action) -> Change<'a> {
        self.drops |= action == Action::DropRecord;
        // A body that is taken away leaves a mark: that a record has none is something else.
        if action == Action::DropValue && !self.keeps_values && self.path.first() != Some(&"body") {
            return Change::Gone;
        }
        Change::New(Value::Text(self.bump.alloc_str(marked)))
    }

    fn value(&mut self, value: Value<'a>, named: Option<Named>) -> Change<'a> {
        match value {
            Value::Text(text) => self.text(text, named),
            Value::Int(number) => self.number(number),
            Value::List(items) => self.list(items, named),
            Value::Map(members) => self.map(members),
            Value::Double(_) | Value::Bool(_) | Value::Null => Change::Same,
        }
    }

    fn text(&mut self, text: &'a str, named: Option<Named>) -> Change<'a> {
        let detects = self.rules.detectors != Detectors::NONE && !lies_in(text, self.clean.detectors);
        let matches = !self.rules.patterns.is_empty() && !lies_in(text, self.clean.patterns);
        if !detects && !matches && named.is_none() {
            return Change::Same;
        }
        self.looked_at(text, detects, matches, named)
    }

    /// A number is looked at as the text that it would be.
    fn number(&mut self, number: i64) -> Change<'a> {
        let may_be_card = number >= CARD_MIN && begins_as_card(number) && self.rules.detectors.has(Detector::Cards);
        if !may_be_card && self.rules.patterns.is_empty() {
            return Change::Same;
        }
        self.looked_at(&number.to_string(), may_be_card, !self.rules.patterns.is_empty(), None)
    }

    fn looked_at(&mut self, text: &str, detects: bool, matches: bool, named: Option<Named>) -> Change<'a> {
        let rules = self.rules;
        let mut all = Vec::new();
        if detects {
            rules.detected(text, &mut all);
        }
        if let Some((range, detector)) = named.and_then(|named| detect::value_of(named, text))
            && rules.detectors.has(detector)
        {
            all.push(Found { range: range.0..range.1, source: Source::Detector(detector) });
        }
        if matches {
            rules.matched(text, |pattern| self.is_for(pattern), &mut all);
        }
        let found = rules.found(text, all);
        let Some(worst) = found.iter().map(|it| rules.action(it.source)).max_by_key(|action| *action as u8) else {
            return Change::Same;
        };
        for it in &found {
            it.source.count(self.counts);
            self.note(it.source.name(), rules.action(it.source), 1);
        }
        let marked = rules.marked(text, &found);
        if worst == Action::DropValue {
            let mut whole = String::new();
            let first = found.iter().find(|it| rules.action(it.source) == worst);
            mark::write(&mut whole, first.map_or(mark::FIELD, |it| it.source.name()), worst, "", None);
            return self.replaced(&whole, worst);
        }
        self.replaced(&marked, worst)
    }

    fn is_for(&self, pattern: &Pattern) -> bool {
        if pattern.fields.is_empty() {
            return true;
        }
        let path = self.path.join(".");
        let last = self.path.last().copied().unwrap_or_default();
        pattern.fields.iter().any(|glob| glob.matches(&path) || glob.matches(last) || glob.matches(self.path[0]))
    }

    fn list(&mut self, items: &'a [Value<'a>], named: Option<Named>) -> Change<'a> {
        let mut changed: Option<BumpVec<'a, Value<'a>>> = None;
        for (index, item) in items.iter().enumerate() {
            let change = self.value(*item, named);
            if matches!(change, Change::Same) && changed.is_none() {
                continue;
            }
            let kept = changed.get_or_insert_with(|| BumpVec::from_iter_in(items[..index].iter().copied(), self.bump));
            match change {
                Change::Same => kept.push(*item),
                Change::New(value) => kept.push(value),
                Change::Gone => {}
            }
        }
        changed.map_or(Change::Same, |kept| Change::New(Value::List(kept.into_bump_slice())))
    }

    fn map(&mut self, members: &'a [Attribute<'a>]) -> Change<'a> {
        let named_beside = self.named_beside(members);
        let mut changed: Option<BumpVec<'a, Attribute<'a>>> = None;
        for (index, member) in members.iter().enumerate() {
            self.path.push(member.key);
            let change = match named_beside.filter(|_| member.key.eq_ignore_ascii_case("value")) {
                Some(named) => self.value(member.value, Some(named)),
                None => self.named_value(member.key, member.value),
            };
            let _ = self.path.pop();
            if matches!(change, Change::Same) && changed.is_none() {
                continue;
            }
            let kept =
                changed.get_or_insert_with(|| BumpVec::from_iter_in(members[..index].iter().copied(), self.bump));
            match change {
                Change::Same => kept.push(*member),
                Change::New(value) => kept.push(Attribute { value, ..*member }),
                Change::Gone => {}
            }
        }
        changed.map_or(Change::Same, |kept| Change::New(Value::Map(kept.into_bump_slice())))
    }

    /// What a member `name` says of a member `value`: headers and environments are often lists of such.
    fn named_beside(&self, members: &[Attribute<'_>]) -> Option<Named> {
        let name = members.iter().find(|member| member.key.eq_ignore_ascii_case("name"))?;
        self.named(name.value.text()?)
    }

    /// Notes what was done and where. A name may hold what a value may, so the way is redacted for the note.
    fn note(&mut self, name: &str, action: Action, count: usize) {
        if !self.explain.is_on() {
            return;
        }
        let path = self.path.join(".");
        let mut all = Vec::new();
        self.rules.detected(&path, &mut all);
        self.rules.matched(&path, |_| true, &mut all);
        let path = self.rules.marked(&path, &self.rules.found(&path, all));
        let done = match action {
            Action::Mask => "masked",
            Action::Hash => "hashed",
            Action::DropValue => "removed with its value",
            Action::DropRecord => "found, for which the record is dropped",
        };
        self.explain.note("redact", || format!("{count} {name} in {path}: {done}"));
    }
}
