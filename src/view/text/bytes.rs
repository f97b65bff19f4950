//! Amounts of data in PostgreSQL's units: `0 B`, `40 kB`, `2.1 MB`, `181 MB`, `11 GB`.

use crate::domain::Bytes;

const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

/// `amount` in the unit that leaves at most three digits; one decimal below ten of a unit, unless
/// the amount is a whole number of it.
#[must_use]
pub fn bytes(amount: Bytes) -> String {
    let amount = u128::from(amount.get());
    let mut unit = 1_u128;
    for name in UNITS {
        let whole = (amount + unit / 2) / unit;
        if whole < 1000 || name == "EB" {
            let tenths = (amount * 10 + unit / 2) / unit;
            return match amount % unit {
                0 => format!("{whole} {name}"),
                _ if tenths < 100 => format!("{}.{} {name}", tenths / 10, tenths % 10),
                _ => format!("{whole} {name}"),
            };
        }
        unit *= 1024;
    }
    format!("{amount} B")
}

/// `amount` a second: `40 kB/s`.
#[must_use]
pub fn rate(amount: Bytes) -> String {
    bytes(amount) + "/s"
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_unit_and_three_digits() {
        for (amount, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (1024, "1 kB"),
            (40 * 1024, "40 kB"),
            (2_202_010, "2.1 MB"),
            (16 * 1024 * 1024, "16 MB"),
            (181 * 1024 * 1024 + 400_000, "181 MB"),
            (10_432_000, "9.9 MB"),
            (10_480_000, "10 MB"),
            (11 * 1024 * 1024 * 1024, "11 GB"),
            (u64::MAX, "16 EB"),
        ] {
            assert_eq!(bytes(Bytes(amount)), text, "{amount}");
        }
        assert_eq!(rate(Bytes::kib(40)), "40 kB/s");
    }

    proptest! {
        #[test]
        fn never_more_than_three_digits(amount: u64, shift in 0..64_u32) {
            let text = bytes(Bytes(amount >> shift));
            prop_assert!(text.chars().filter(char::is_ascii_digit).count() <= 3, "{}", text);
        }

        #[test]
        fn more_is_never_written_as_less(a: u64, b: u64, shift in 0..64_u32) {
            let rank = |amount: u64| {
                let text = bytes(Bytes(amount));
                let (number, unit) = text.split_once(' ').unwrap();
                let power = UNITS.iter().position(|u| *u == unit).unwrap();
                number.parse::<f64>().unwrap() * 1024_f64.powi(i32::try_from(power).unwrap())
            };
            let (low, high) = ((a >> shift).min(b >> shift), (a >> shift).max(b >> shift));
            // 1000 B is written 1.0 kB, which is 24 more than it is.
            prop_assert!(rank(low) <= rank(high) * 1.03);
        }
    }
}
