//! Figures as people read them.

/// Units of sizes, each 1,024 times the one before.
const SIZES: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/// Digits that matter of a number below 1,000.
const DIGITS: i32 = 4;

/// A number with commas between thousands and no more digits than matter: `6,000`, `0.0625`, `12.35`.
#[must_use]
pub fn number(number: f64) -> String {
    if !number.is_finite() {
        return number.to_string();
    }
    let magnitude = number.abs();
    if magnitude >= 1e15 || (magnitude > 0.0 && magnitude < 1e-6) {
        return format!("{number:e}");
    }
    let before_point =
        if magnitude < 1.0 { magnitude.max(1e-9).log10().ceil() } else { magnitude.log10().floor() + 1.0 };
    #[expect(clippy::cast_possible_truncation, reason = "between -6 and 15")]
    let digits = DIGITS - before_point as i32;
    rounded(number, usize::try_from(digits.clamp(0, 9)).unwrap_or_default())
}

/// A number with at most so many digits behind the point, and commas between thousands.
#[must_use]
pub fn rounded(number: f64, digits: usize) -> String {
    let text = format!("{number:.digits$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
    let fraction = fraction.trim_end_matches('0');
    let is_zero = fraction.is_empty() && whole.bytes().all(|digit| digit == b'0');
    let sign = if is_zero { "" } else { sign };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", grouped(whole))
}

/// A count with commas between thousands.
#[must_use]
pub fn count(count: u32) -> String {
    grouped(&count.to_string())
}

fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share: `0.0625` is `6.25%`.
#[must_use]
pub fn percent(share: f64) -> String {
    format!("{}%", number(share * 100.0))
}

/// A time in seconds: `1h 30m`, `45s`, `250ms`; the two largest units.
#[must_use]
pub fn seconds(seconds: f64) -> String {
    if !seconds.is_finite() || seconds.abs() >= 1e12 {
        return format!("{}s", number(seconds));
    }
    let (sign, seconds) = if seconds < 0.0 { ("-", -seconds) } else { ("", seconds) };
    if seconds < 1.0 {
        return format!("{sign}{}ms", number(seconds * 1_000.0));
    }
    if seconds < 60.0 {
        return format!("{sign}{}s", number(seconds));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and below 1e12")]
    let whole = seconds.round() as u64;
    let parts = [(whole / 86_400, "d"), (whole / 3_600 % 24, "h"), (whole / 60 % 60, "m"), (whole % 60, "s")];
    let largest = parts.iter().position(|(amount, _)| *amount > 0).unwrap_or(parts.len() - 1);
    let shown = parts.iter().skip(largest).take(2).filter(|(amount, _)| *amount > 0);
    let shown: Vec<String> = shown.map(|(amount, unit)| format!("{amount}{unit}")).collect();
    format!("{sign}{}", shown.join(" "))
}

/// A size: `1.5 KiB`.
#[must_use]
pub fn bytes(bytes: f64) -> String {
    let (mut amount, mut unit) = (bytes, 0);
    while amount.abs() >= 1_024.0 && unit + 1 < SIZES.len() {
        amount /= 1_024.0;
        unit += 1;
    }
    format!("{} {}", number(amount), SIZES[unit])
}

/// At most so many characters; where some are cut, `...` ends it.
#[must_use]
pub fn truncated(text: &str, chars_max: usize) -> String {
    if text.chars().nth(chars_max).is_none() {
        return text.to_owned();
    }
    let dots = chars_max.min(3);
    let kept: String = text.chars().take(chars_max - dots).collect();
    format!("{}{}", kept.trim_end(), &"..."[..dots])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_matter() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (25.0, "25"),
            (0.0625, "0.0625"),
            (0.1 + 0.2, "0.3"),
            (12.3456, "12.35"),
            (999.96, "1,000"),
            (1_234_567.891, "1,234,568"),
            (-6_000.0, "-6,000"),
            (0.000_000_01, "1e-8"),
            (1e18, "1e18"),
            (f64::INFINITY, "inf"),
        ];
        for (value, expected) in cases {
            assert_eq!(number(value), expected, "{value}");
        }
    }

    #[test]
    fn shares_times_and_sizes_carry_their_unit() {
        assert_eq!([0.1, 0.062, 1.0, 0.001].map(percent), ["10%", "6.2%", "100%", "0.1%"]);
        assert_eq!(
            [0.25, 45.0, 59.99, 60.0, 5_400.0, 86_400.0, 93_784.0, -90.0].map(seconds),
            ["250ms", "45s", "59.99s", "1m", "1h 30m", "1d", "1d 2h", "-1m 30s"]
        );
        assert_eq!([0.0, 1_023.0, 1_536.0, 1_048_576.0].map(bytes), ["0 B", "1,023 B", "1.5 KiB", "1 MiB"]);
    }

    #[test]
    fn a_text_is_cut_at_characters() {
        assert_eq!(truncated("abcdef", 6), "abcdef");
        assert_eq!(truncated("abcdefg", 6), "abc...");
        assert_eq!(truncated("\u{e4}\u{f6}\u{fc}\u{e4}\u{f6}", 4), "\u{e4}...");
        assert_eq!(truncated("abc", 2), "..");
        assert_eq!(truncated("abc", 0), "");
    }
}
