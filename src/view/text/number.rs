//! Counts, rates and shares.

/// `n` exactly, in groups of three: `41 200`.
#[must_use]
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// A rate in at most three digits: `0`, `0.2`, `3.4`, `214`, `1.2k`, `41k`, `3.1M`. What is not a
/// number is `?`.
#[must_use]
pub fn rate(value: f64) -> String {
    if !value.is_finite() {
        return "?".to_owned();
    }
    let mut value = value.max(0.0);
    for unit in ["", "k", "M", "G", "T"] {
        if value < 999.5 {
            return match value {
                0.0 => format!("0{unit}"),
                v if v < 0.05 && unit.is_empty() => "<0.1".to_owned(),
                v if v < 9.95 => format!("{v:.1}{unit}"),
                v => format!("{v:.0}{unit}"),
            };
        }
        value /= 1000.0;
    }
    ">999T".to_owned()
}

/// A share of one: `88 %`, `0.4 %`. Only nothing is `0 %` and only all is `100 %`: what is nearly
/// all is `99.9 %`. What is not a number is `?`.
#[must_use]
pub fn percent(fraction: f64) -> String {
    if !fraction.is_finite() {
        return "?".to_owned();
    }
    let percent = fraction.max(0.0) * 100.0;
    match percent {
        0.0 => "0 %".to_owned(),
        p if p < 0.1 => "<0.1 %".to_owned(),
        p if p < 0.95 => format!("{p:.1} %"),
        p if p > 99.0 && p < 100.0 => format!("{:.1} %", (p * 10.0).floor() / 10.0),
        p => format!("{p:.0} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped() {
        for (n, text) in [(0, "0"), (999, "999"), (1000, "1 000"), (41_200, "41 200"), (1_402_118, "1 402 118")] {
            assert_eq!(count(n), text);
        }
    }

    #[test]
    fn rates_have_three_digits() {
        for (value, text) in [
            (0.0, "0"),
            (0.01, "<0.1"),
            (0.2, "0.2"),
            (3.44, "3.4"),
            (9.96, "10"),
            (214.4, "214"),
            (999.6, "1.0k"),
            (41_200.0, "41k"),
            (3_100_000.0, "3.1M"),
            (-1.0, "0"),
            (f64::NAN, "?"),
            (f64::INFINITY, "?"),
            (1e30, ">999T"),
        ] {
            assert_eq!(rate(value), text, "{value}");
        }
    }

    #[test]
    fn nearly_all_is_not_all() {
        for (share, text) in [
            (0.0, "0 %"),
            (0.000_1, "<0.1 %"),
            (0.004, "0.4 %"),
            (0.08, "8 %"),
            (0.88, "88 %"),
            (0.999_9, "99.9 %"),
            (1.0, "100 %"),
            (1.5, "150 %"),
            (f64::NAN, "?"),
        ] {
            assert_eq!(percent(share), text, "{share}");
        }
    }
}
