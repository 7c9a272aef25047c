//! Units of CloudWatch in UCUM.

/// What AWS's OpenTelemetry streams carry for each `StandardUnit`.
///
/// Source: CloudWatch user guide, "Translations with OpenTelemetry 1.0.0 format", table of units; `MBit` and `GBit`
/// stand there in this case. Units with a slash are both sides translated.
const TABLE: [(&str, &str); 27] = [
    ("Seconds", "s"),
    ("Microseconds", "us"),
    ("Milliseconds", "ms"),
    ("Bytes", "By"),
    ("Kilobytes", "kBy"),
    ("Megabytes", "MBy"),
    ("Gigabytes", "GBy"),
    ("Terabytes", "TBy"),
    ("Bits", "bit"),
    ("Kilobits", "kbit"),
    ("Megabits", "MBit"),
    ("Gigabits", "GBit"),
    ("Terabits", "Tbit"),
    ("Percent", "%"),
    ("Count", COUNT),
    ("Bytes/Second", "By/s"),
    ("Kilobytes/Second", "kBy/s"),
    ("Megabytes/Second", "MBy/s"),
    ("Gigabytes/Second", "GBy/s"),
    ("Terabytes/Second", "TBy/s"),
    ("Bits/Second", "bit/s"),
    ("Kilobits/Second", "kbit/s"),
    ("Megabits/Second", "MBit/s"),
    ("Gigabits/Second", "GBit/s"),
    ("Terabits/Second", "Tbit/s"),
    ("Count/Second", "{Count}/s"),
    ("None", NONE),
];

/// The unit of what has none.
pub const NONE: &str = "1";

/// The unit of numbers of things, samples among them.
pub const COUNT: &str = "{Count}";

/// The unit of shares of a hundred.
pub const PERCENT: &str = "%";

/// Translates a `StandardUnit`; a unit that is none stays as it is.
#[must_use]
pub fn ucum(unit: &str) -> &str {
    TABLE.iter().find(|(standard, _)| *standard == unit).map_or(unit, |(_, ucum)| ucum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_units_become_those_of_aws_own_opentelemetry_streams() {
        for (standard, expected) in
            [("Seconds", "s"), ("Kilobytes", "kBy"), ("None", "1"), ("Count/Second", "{Count}/s")]
        {
            assert_eq!(ucum(standard), expected);
        }
    }

    #[test]
    fn an_unknown_unit_is_kept() {
        assert_eq!(ucum("Furlongs"), "Furlongs");
        assert_eq!(ucum(""), "");
    }

    #[test]
    fn a_combined_unit_is_both_sides_translated() {
        for (standard, expected) in TABLE {
            if let Some((dividend, divisor)) = standard.split_once('/') {
                assert_eq!(divisor, "Second");
                assert_eq!(expected, format!("{}/s", ucum(dividend)));
            }
        }
    }
}
