//! Series of metrics as tests write them: which series (`AWS/Lambda:Errors{account="111111111111"}`), and its values.
//!
//! Values are written as for `promtool test rules`: `1`, `_` for a missing one, `0x3` for 0 and three more, `1+2x3` for
//! 1 3 5 7, `_x3` for three missing ones. `stale` is a missing one as well: CloudWatch has no other.
//! Source: Prometheus, "Unit testing for rules", section "series".

use crate::rule::own;

/// Most values of one series: two months of minutes.
pub const VALUES_MAX: usize = 100_000;

/// What a series is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// `AWS/Lambda`; empty for a metric of Fanin itself
    pub namespace: String,
    /// `Errors`
    pub metric: String,
    /// What stands in the braces, in that order: `account`, `region` and dimensions.
    pub labels: Vec<(String, String)>,
}

/// Reads `AWS/Lambda:Errors{account="111111111111",FunctionName="f"}`, or a metric of Fanin itself: `pipeline.rejects`.
///
/// # Errors
/// With what is wrong; ends the sentence that begins with the text.
pub fn name(text: &str) -> Result<Name, String> {
    const EXAMPLE: &str = "AWS/Lambda:Errors{account=\"111111111111\",FunctionName=\"f\"}";
    let text = text.trim();
    let (head, braces) = match text.split_once('{') {
        None => (text, ""),
        Some((head, rest)) => {
            let inside = rest.strip_suffix('}').ok_or("has no \"}\" at its end")?;
            (head, inside)
        }
    };
    if own::ALL.contains(&head) && braces.is_empty() {
        return Ok(Name { namespace: String::new(), metric: head.into(), labels: Vec::new() });
    }
    let Some((namespace, metric)) = head.rsplit_once(':').filter(|(left, right)| !left.is_empty() && !right.is_empty())
    else {
        return Err(format!("is no series: write namespace, colon and name, such as {EXAMPLE}"));
    };
    let labels = labels(braces)?;
    Ok(Name { namespace: namespace.trim().into(), metric: metric.trim().into(), labels })
}

/// Reads `a="1", b="2"`.
fn labels(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut labels: Vec<(String, String)> = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let wanted = || format!("has {rest:?} in its braces, where name=\"value\" belongs");
        let (name, behind) = rest.split_once('=').ok_or_else(wanted)?;
        let (value, behind) = quoted(behind.trim_start()).ok_or_else(wanted)?;
        let name = name.trim();
        if name.is_empty() || name.contains(['"', ',']) {
            return Err(wanted());
        }
        if labels.iter().any(|(other, _)| other == name) {
            return Err(format!("gives {name:?} twice"));
        }
        labels.push((name.into(), value));
        rest = behind.trim_start();
        rest = match rest.strip_prefix(',') {
            Some(behind) => behind.trim_start(),
            None if rest.is_empty() => rest,
            None => return Err(format!("has {rest:?} in its braces, where a comma belongs")),
        };
    }
    Ok(labels)
}

/// A text in quotes, and what follows it. `\"` and `\\` stand for what they escape.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inside = text.strip_prefix('"')?;
    let mut value = String::new();
    let mut chars = inside.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &inside[at + 1..])),
            '\\' => value.push(chars.next()?.1),
            other => value.push(other),
        }
    }
    None
}

/// Reads the values of a series; `None` stands for a missing one.
///
/// # Errors
/// With what is wrong; ends the sentence that begins with the text.
pub fn values(text: &str) -> Result<Vec<Option<f64>>, String> {
    let mut values = Vec::new();
    for item in text.split_whitespace() {
        let Some(run) = run(item) else {
            return Err(format!("has {item:?}, which is none of 1, _, 0x3, 1+2x3, 1-2x3, _x3, stale"));
        };
        if values.len().saturating_add(run.len()) > VALUES_MAX {
            return Err(format!("has more than {VALUES_MAX} values"));
        }
        values.extend((0..run.len()).map(|index| run.value(index)));
    }
    if values.is_empty() { Err("has no value".into()) } else { Ok(values) }
}

/// Some values that follow a rule.
#[derive(Clone, Copy, Debug)]
enum Run {
    Missing { count: usize },
    Numbers { first: f64, step: f64, count: usize },
}

impl Run {
    const fn len(&self) -> usize {
        match self {
            Self::Missing { count } | Self::Numbers { count, .. } => *count,
        }
    }

    fn value(&self, index: usize) -> Option<f64> {
        match self {
            Self::Missing { .. } => None,
            Self::Numbers { first, step, .. } if *step == 0.0 => Some(*first),
            Self::Numbers { first, step, .. } => Some(first + step * index as f64),
        }
    }
}

fn run(item: &str) -> Option<Run> {
    if item == "stale" {
        return Some(Run::Missing { count: 1 });
    }
    if let Some(rest) = item.strip_prefix('_') {
        let count = if rest.is_empty() { 1 } else { times(rest)? };
        return Some(Run::Missing { count });
    }
    let (first, rest) = number(item)?;
    if rest.is_empty() {
        return Some(Run::Numbers { first, step: 0.0, count: 1 });
    }
    let (step, rest) = if rest.starts_with(['+', '-']) { number(rest)? } else { (0.0, rest) };
    Some(Run::Numbers { first, step, count: times(rest)?.saturating_add(1) })
}

fn times(text: &str) -> Option<usize> {
    let digits = text.strip_prefix('x').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    digits.parse().ok()
}

/// The number that a text begins with, and what follows it.
fn number(text: &str) -> Option<(f64, &str)> {
    let sign = usize::from(text.starts_with(['+', '-']));
    for word in ["NaN", "Inf"] {
        if text[sign..].starts_with(word) {
            let end = sign + word.len();
            return Some((text[..end].parse().ok()?, &text[end..]));
        }
    }
    let digits = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
    let mut end = sign + digits(sign);
    if text[end..].starts_with('.') {
        end += 1 + digits(end + 1);
    }
    if text[end..].starts_with(['e', 'E']) {
        let exponent = end + 1 + usize::from(text[end + 1..].starts_with(['+', '-']));
        if digits(exponent) > 0 {
            end = exponent + digits(exponent);
        }
    }
    Some((text[..end].parse().ok()?, &text[end..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(values: &[f64]) -> Result<Vec<Option<f64>>, String> {
        Ok(values.iter().copied().map(Some).collect())
    }

    #[test]
    fn a_metric_of_fanin_itself_has_a_name_alone() {
        let own = Name { namespace: String::new(), metric: "pipeline.rejects".into(), labels: Vec::new() };
        assert_eq!(name("pipeline.rejects"), Ok(own));
        assert!(name("pipeline.reject").is_err());
    }

    #[test]
    fn values_are_written_as_for_promtool() {
        assert_eq!(values("1 _x3 stale"), Ok(vec![Some(1.0), None, None, None, None]));
        assert_eq!(values("-2+4x3"), all(&[-2.0, 2.0, 6.0, 10.0]));
        assert_eq!(values("1-2x4"), all(&[1.0, -1.0, -3.0, -5.0, -7.0]));
        assert_eq!(values("1x4"), all(&[1.0; 5]));
        assert_eq!(
            values("0x2 _ 30x1 1.5e1-.5x1"),
            Ok([0.0, 0.0, 0.0]
                .into_iter()
                .map(Some)
                .chain([None])
                .chain([30.0, 30.0, 15.0, 14.5].into_iter().map(Some))
                .collect())
        );
        assert_eq!(values("+Inf -Inf 5x0"), all(&[f64::INFINITY, f64::NEG_INFINITY, 5.0]));
        assert!(values("NaNx1").is_ok_and(|values| values.len() == 2 && values[0].is_some_and(f64::is_nan)));
    }

    #[test]
    fn what_is_no_value_is_told() {
        let told = |text| values(text).unwrap_err();
        assert_eq!(told("1 2y3"), "has \"2y3\", which is none of 1, _, 0x3, 1+2x3, 1-2x3, _x3, stale");
        for text in ["x3", "1x", "1+x3", "_3", "1+2", "1x-3", "1xx", "a"] {
            assert!(told(text).contains("which is none of"), "{text}");
        }
        assert_eq!(told(" "), "has no value");
        assert_eq!(told("1x99999999"), "has more than 100000 values");
        assert_eq!(told("1x99999999999999999999999"), told("1x99999999999999999999999"));
    }

    #[test]
    fn a_series_has_namespace_name_and_labels() {
        let read = name("AWS/Lambda:Errors{account=\"111111111111\", FunctionName=\"a \\\"b\\\"\"}").unwrap();
        assert_eq!((read.namespace.as_str(), read.metric.as_str()), ("AWS/Lambda", "Errors"));
        let labels = [("account", "111111111111"), ("FunctionName", "a \"b\"")];
        assert_eq!(read.labels, labels.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(name("My App:Queue:Depth").unwrap().namespace, "My App:Queue");
        assert_eq!(name("A:b{}").unwrap().labels, []);
    }

    #[test]
    fn a_broken_series_says_what_is_wrong() {
        let told = |text| name(text).unwrap_err();
        assert!(told("Errors").starts_with("is no series: write namespace, colon and name"));
        assert_eq!(told("A:b{c=\"1\""), "has no \"}\" at its end");
        assert_eq!(told("A:b{c}"), "has \"c\" in its braces, where name=\"value\" belongs");
        assert_eq!(told("A:b{c=1}"), "has \"c=1\" in its braces, where name=\"value\" belongs");
        assert_eq!(told("A:b{c=\"1\" d=\"2\"}"), "has \"d=\\\"2\\\"\" in its braces, where a comma belongs");
        assert_eq!(told("A:b{c=\"1\",c=\"2\"}"), "gives \"c\" twice");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            drop(values(&text));
            drop(name(&text));
        }

        #[test]
        fn text_of_its_own_letters_does_not_make_it_panic(text in "[-+0-9xe._NaInf ]*", braces in "[a=\",{}:\\\\]*") {
            drop(values(&text));
            drop(name(&braces));
        }

        #[test]
        fn a_run_has_one_value_more_than_it_says(first in -1000_i32..1000, step in -1000_i32..1000, n in 0_usize..200) {
            let sign = if step < 0 { "" } else { "+" };
            let read = values(&format!("{first}{sign}{step}x{n}")).unwrap();
            let expected: Vec<_> = (0..=n).map(|i| Some(f64::from(first) + f64::from(step) * i as f64)).collect();
            prop_assert_eq!(read, expected);
        }

        #[test]
        fn plain_numbers_are_read_as_they_are(numbers in proptest::collection::vec(proptest::option::of(-1e12_f64..1e12), 1..40)) {
            let text: Vec<_> = numbers.iter().map(|n| n.map_or("_".to_owned(), |n| n.to_string())).collect();
            prop_assert_eq!(values(&text.join(" ")), Ok(numbers));
        }
    }
}
