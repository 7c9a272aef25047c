//! Which rules a log record may meet, told from what their predicates cannot do without.
//!
//! A rule that asks for `log_group == "/platform/heartbeat"` need not be asked about any other log group, and one that
//! asks for `message.contains("timeout")` not about a message without that word. All words of all rules are looked for at
//! once, and only where a rule that is left has one. What is left is asked in full.

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;

use crate::predicate::Predicate;

/// What must hold of any record for which a predicate holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// `source` is one of these.
    pub(super) sources: Option<Vec<Box<str>>>,
    /// `log_group` is one of these.
    pub(super) log_groups: Option<Vec<Box<str>>>,
    /// `level` is one of these.
    pub(super) levels: Option<Vec<Box<str>>>,
    /// `service` is one of these.
    pub(super) services: Option<Vec<Box<str>>>,
    /// For each: the message has one of these in it.
    pub(super) literals: Vec<Vec<Box<str>>>,
}

/// What a predicate cannot do without.
pub(super) fn needs_of(_predicate: &Predicate) -> Needs {
    Needs::default()
}

/// What is asked of a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    pub(super) source: &'a str,
    pub(super) log_group: &'a str,
    pub(super) level: Option<&'a str>,
    pub(super) service: Option<&'a str>,
    pub(super) message: Option<&'a str>,
}

/// A set of rules: bit by bit.
type Bits = Box<[u64]>;

/// The rules by what they need. Rules are named by their place in the list that it was made of.
#[derive(Debug)]
pub(super) struct Index {
    all: Bits,
    sources: Exact,
    log_groups: Exact,
    levels: Exact,
    services: Exact,
    literals: Literals,
}

/// The rules by what they need one field to be.
#[derive(Debug)]
struct Exact {
    /// Those that do not mind.
    any: Bits,
    /// By value: those that need it, and those that do not mind.
    of: BTreeMap<Box<str>, Bits>,
}

#[derive(Debug)]
struct Literals {
    searcher: Option<AhoCorasick>,
    /// By literal, which rules it is of.
    of: Vec<Bits>,
    /// Rules without literals.
    without: Bits,
}

impl Index {
    pub(super) fn new(needs: &[Needs]) -> Self {
        let words = needs.len().div_ceil(64);
        let mut all: Bits = vec![0; words].into();
        (0..needs.len()).for_each(|rule| set(&mut all, rule));
        let exact = |of: fn(&Needs) -> Option<&Vec<Box<str>>>| Exact::new(needs.iter().map(of), words);
        Self {
            all,
            sources: exact(|needs| needs.sources.as_ref()),
            log_groups: exact(|needs| needs.log_groups.as_ref()),
            levels: exact(|needs| needs.levels.as_ref()),
            services: exact(|needs| needs.services.as_ref()),
            literals: Literals::new(needs, words),
        }
    }

    /// Whether any rule minds which service a record is of, which takes longest to tell.
    pub(super) fn asks_for_service(&self) -> bool {
        !self.services.of.is_empty()
    }

    /// Leaves in `left` the rules that the record may meet. Both lists keep their room.
    pub(super) fn candidates(&self, told: &Told<'_>, left: &mut Vec<u64>, found: &mut Vec<u64>) {
        left.clear();
        left.extend_from_slice(&self.all);
        self.sources.keep(Some(told.source), left);
        self.log_groups.keep(Some(told.log_group), left);
        self.levels.keep(told.level, left);
        self.services.keep(told.service, left);
        self.literals.keep(told.message, left, found);
    }
}

impl Exact {
    fn new<'n>(needs: impl Iterator<Item = Option<&'n Vec<Box<str>>>>, words: usize) -> Self {
        let mut any: Bits = vec![0; words].into();
        let mut of: BTreeMap<Box<str>, Bits> = BTreeMap::new();
        for (rule, values) in needs.enumerate() {
            match values {
                None => set(&mut any, rule),
                Some(values) => {
                    for value in values {
                        set(of.entry(value.clone()).or_insert_with(|| vec![0; words].into()), rule);
                    }
                }
            }
        }
        of.values_mut().for_each(|bits| bits.iter_mut().zip(&any).for_each(|(bits, any)| *bits |= any));
        Self { any, of }
    }

    fn keep(&self, value: Option<&str>, left: &mut [u64]) {
        if self.of.is_empty() {
            // A rule that needs one of no values is met by nothing.
            intersect(left, &self.any);
            return;
        }
        intersect(left, value.and_then(|value| self.of.get(value)).unwrap_or(&self.any));
    }
}

impl Literals {
    fn new(needs: &[Needs], words: usize) -> Self {
        let mut by_text: BTreeMap<&str, Bits> = BTreeMap::new();
        let mut without: Bits = vec![0; words].into();
        for (rule, needs) in needs.iter().enumerate() {
            match most_telling(&needs.literals) {
                None => set(&mut without, rule),
                Some(literals) => {
                    for literal in literals {
                        set(by_text.entry(literal).or_insert_with(|| vec![0; words].into()), rule);
                    }
                }
            }
        }
        // One that is too large to be built sorts nothing out.
        let built = (!by_text.is_empty()).then(|| AhoCorasick::new(by_text.keys()));
        let searcher = match built {
            Some(Ok(searcher)) => Some(searcher),
            Some(Err(_)) => {
                (0..needs.len()).for_each(|rule| set(&mut without, rule));
                None
            }
            None => None,
        };
        Self { searcher, of: by_text.into_values().collect(), without }
    }

    fn keep(&self, message: Option<&str>, left: &mut [u64], found: &mut Vec<u64>) {
        if left.iter().zip(&self.without).all(|(left, without)| left & !without == 0) {
            return;
        }
        found.clear();
        found.extend_from_slice(&self.without);
        if let (Some(searcher), Some(message)) = (&self.searcher, message) {
            for literal in searcher.find_overlapping_iter(message) {
                let of = &self.of[literal.pattern().as_usize()];
                found.iter_mut().zip(of).for_each(|(found, of)| *found |= of);
                if left.iter().zip(&*found).all(|(left, found)| left & !found == 0) {
                    break;
                }
            }
        }
        intersect(left, found);
    }
}

/// Of several lists of alternatives the one whose shortest is the longest; `None` where there is none that tells anything.
fn most_telling(literals: &[Vec<Box<str>>]) -> Option<&[Box<str>]> {
    let shortest = |of: &[Box<str>]| of.iter().map(|literal| literal.len()).min().unwrap_or(usize::MAX);
    let telling = literals.iter().map(Vec::as_slice).filter(|of| shortest(of) > 0);
    telling.max_by_key(|of| shortest(of))
}

fn set(bits: &mut Bits, rule: usize) {
    bits[rule / 64] |= 1 << (rule % 64);
}

fn intersect(left: &mut [u64], with: &[u64]) {
    left.iter_mut().zip(with).for_each(|(left, with)| *left &= with);
}

/// The rules of a set, ascending.
pub(super) fn members(bits: &[u64]) -> impl Iterator<Item = usize> {
    bits.iter().enumerate().flat_map(|(word, bits)| {
        std::iter::successors(Some(*bits).filter(|bits| *bits != 0), |bits| {
            Some(bits & (bits - 1)).filter(|bits| *bits != 0)
        })
        .map(move |bits| word * 64 + bits.trailing_zeros() as usize)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list(texts: &[&str]) -> Vec<Box<str>> {
        texts.iter().map(|text| (*text).into()).collect()
    }

    fn candidates(needs: &[Needs], told: &Told<'_>) -> Vec<usize> {
        let (mut left, mut found) = (Vec::new(), Vec::new());
        Index::new(needs).candidates(told, &mut left, &mut found);
        members(&left).collect()
    }

    fn told(message: &str) -> Told<'_> {
        Told { source: "json", log_group: "/app", level: Some("ERROR"), service: None, message: Some(message) }
    }

    #[test]
    fn a_record_meets_only_rules_that_it_can_satisfy() {
        let needs = [
            Needs::default(),
            Needs { log_groups: Some(list(&["/platform/heartbeat"])), ..Needs::default() },
            Needs { levels: Some(list(&["ERROR", "FATAL"])), literals: vec![list(&["timeout"])], ..Needs::default() },
            Needs { services: Some(list(&["checkout"])), ..Needs::default() },
            Needs { sources: Some(list(&["json"])), literals: vec![list(&["out", "OOM"])], ..Needs::default() },
            Needs { levels: Some(Vec::new()), ..Needs::default() },
        ];
        assert_eq!(candidates(&needs, &told("upstream timeout")), [0, 2, 4]);
        assert_eq!(candidates(&needs, &told("ok")), [0]);
        assert_eq!(candidates(&needs, &Told { service: Some("checkout"), message: None, ..told("") }), [0, 3]);
    }

    #[test]
    fn an_empty_literal_tells_nothing() {
        let needs = [Needs { literals: vec![list(&["", "x"])], ..Needs::default() }];
        assert_eq!(candidates(&needs, &told("ok")), [0]);
    }

    #[test]
    fn more_rules_than_a_word_has_bits_are_kept_apart() {
        let needs: Vec<_> =
            (0..200).map(|rule| Needs { literals: vec![list(&[&format!("<{rule}>")])], ..Needs::default() }).collect();
        assert_eq!(candidates(&needs, &told("<0> <63> <64> <199> <200>")), [0, 63, 64, 199]);
    }

    fn texts() -> impl Strategy<Value = Vec<Box<str>>> {
        prop::collection::vec("[ab]{0,3}".prop_map(Box::from), 0..3)
    }

    fn needs() -> impl Strategy<Value = Needs> {
        let exact = || prop::option::of(texts());
        (exact(), exact(), exact(), exact(), prop::collection::vec(texts(), 0..3)).prop_map(
            |(sources, log_groups, levels, services, literals)| Needs {
                sources,
                log_groups,
                levels,
                services,
                literals,
            },
        )
    }

    proptest! {
        #[test]
        fn no_rule_is_sorted_out_whose_needs_are_met(
            needs in prop::collection::vec(needs(), 0..80), source in "[ab]{0,2}", log_group in "[ab]{0,2}",
            level in prop::option::of("[ab]{0,2}"), service in prop::option::of("[ab]{0,2}"), message in prop::option::of("[abc]{0,9}"),
        ) {
            let told = Told {
                source: &source, log_group: &log_group, level: level.as_deref(), service: service.as_deref(), message: message.as_deref(),
            };
            let is = |need: &Option<Vec<Box<str>>>, value: Option<&str>| {
                need.as_ref().is_none_or(|values| value.is_some_and(|value| values.iter().any(|it| &**it == value)))
            };
            let met = |needs: &Needs| {
                let exact = is(&needs.sources, Some(&source)) && is(&needs.log_groups, Some(&log_group))
                    && is(&needs.levels, told.level) && is(&needs.services, told.service);
                let has = |of: &Vec<Box<str>>| message.as_ref().is_some_and(|message| of.iter().any(|it| message.contains(&**it)));
                exact && needs.literals.iter().all(has)
            };
            let left = candidates(&needs, &told);
            for (rule, needs) in needs.iter().enumerate() {
                prop_assert!(!met(needs) || left.contains(&rule), "{:?} of {:?}", rule, left);
                let exact = is(&needs.sources, Some(&source)) && is(&needs.log_groups, Some(&log_group));
                prop_assert!(exact || !left.contains(&rule), "{:?} cannot hold", rule);
            }
        }
    }
}
