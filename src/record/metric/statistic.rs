//! Names of CloudWatch statistics beyond the standard four.
//!
//! Source: CloudWatch user guide, "CloudWatch statistics definitions".

use std::borrow::Cow;

use super::unit;

/// Percentiles that are asked for most often.
const COMMON: [(f64, &str); 9] = [
    (0.99, "p99"),
    (0.9, "p90"),
    (0.95, "p95"),
    (0.5, "p50"),
    (0.999, "p99.9"),
    (0.75, "p75"),
    (0.25, "p25"),
    (0.1, "p10"),
    (0.9999, "p99.99"),
];

/// CloudWatch's name of a quantile: `p99.9` of 0.999. `None` unless it lies between 0 and 1.
#[must_use]
pub fn percentile_name(quantile: f64) -> Option<Cow<'static, str>> {
    if !(quantile > 0.0 && quantile < 1.0) {
        return None;
    }
    let common = COMMON.iter().find(|(common, _)| common.to_bits() == quantile.to_bits());
    Some(common.map_or_else(|| Cow::Owned(shifted_name(quantile)), |(_, name)| Cow::Borrowed(*name)))
}

/// The quantile of a percentile by CloudWatch's name: 0.999 of `p99.9`. `None` for other statistics, and for `p0` and
/// `p100`, which are the minimum and the maximum by another name.
#[must_use]
pub fn quantile(name: &str) -> Option<f64> {
    if let Some((quantile, _)) = COMMON.iter().find(|(_, common)| *common == name) {
        return Some(*quantile);
    }
    let percent = name.strip_prefix('p')?;
    if !percent.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let quantile: f64 = format!("{percent}e-2").parse().ok()?;
    (quantile > 0.0 && quantile < 1.0).then_some(quantile)
}

/// The unit of a statistic of a metric in `metric_unit`: trimmed counts and percentile ranks have their own.
#[must_use]
pub fn unit<'a>(name: &str, metric_unit: &'a str) -> &'a str {
    let function = name.split_once('(').map_or(name, |(function, _)| function);
    let function = function.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    match function {
        "TC" | "tc" => unit::COUNT,
        "PR" | "pr" => unit::PERCENT,
        _ => metric_unit,
    }
}

/// Moves the point by two places in the text, which is exact where a multiplication by 100 is not.
fn shifted_name(quantile: f64) -> String {
    let text = quantile.to_string();
    let digits = text.strip_prefix("0.").unwrap_or(&text);
    let (whole, fraction) = digits.split_at(digits.len().min(2));
    let whole = format!("{whole:0<2}");
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        trimmed => trimmed,
    };
    if fraction.is_empty() { format!("p{whole}") } else { format!("p{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn percentiles_have_the_names_of_cloudwatch() {
        for (quantile, name) in
            [(0.99, "p99"), (0.999, "p99.9"), (0.07, "p7"), (0.001, "p0.1"), (0.5, "p50"), (0.123_456, "p12.3456")]
        {
            assert_eq!(percentile_name(quantile).as_deref(), Some(name));
        }
        for quantile in [0.0, 1.0, -0.5, 1.5, f64::NAN] {
            assert_eq!(percentile_name(quantile), None, "{quantile}");
        }
    }

    #[test]
    fn other_statistics_are_no_percentiles() {
        for name in ["TM(25%:75%)", "IQM", "p", "pp9", "p99.9.9", "p100", "p0", "PR(:300)", "tm99", "p1e1", ""] {
            assert_eq!(quantile(name), None, "{name}");
        }
    }

    #[test]
    fn counts_and_ranks_have_units_of_their_own() {
        for (name, expected) in
            [("TC(0.005:0.030)", "{Count}"), ("PR(:300)", "%"), ("tc99", "{Count}"), ("TM(2%:)", "s"), ("p99", "s")]
        {
            assert_eq!(unit(name, "s"), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_quantile_survives_its_name(quantile_in in 1e-9_f64..0.999_999_999) {
            let name = percentile_name(quantile_in).unwrap();
            prop_assert_eq!(quantile(&name), Some(quantile_in), "{}", name);
        }
    }
}
