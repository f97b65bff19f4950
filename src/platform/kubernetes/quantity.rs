//! Quantities as Kubernetes writes them: `250m`, `1Gi`, `128974848`, `1e3`.

use crate::domain::Bytes;

/// Powers that a suffix stands for; two letters are read before one.
const SUFFIXES: &[(&str, f64)] = &[
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("Pi", 1_125_899_906_842_624.0),
    ("Ei", 1_152_921_504_606_846_976.0),
    ("n", 1e-9),
    ("u", 1e-6),
    ("m", 1e-3),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("E", 1e18),
];

/// The number that a quantity stands for; `None` where it is none.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = text.parse::<f64>().ok();
    let scaled = || {
        let (digits, power) = SUFFIXES.iter().find_map(|(suffix, power)| Some((text.strip_suffix(suffix)?, power)))?;
        Some(digits.parse::<f64>().ok()? * power)
    };
    plain.or_else(scaled).filter(|number| number.is_finite() && *number >= 0.0)
}

/// A size.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative; beyond 2^53 no size exists")]
pub(super) fn bytes(text: &str) -> Option<Bytes> {
    number(text).map(|number| Bytes(number as u64))
}

/// Processors, in thousandths of a core.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative; no machine has 2^32 of them"
)]
pub(super) fn millicores(text: &str) -> Option<u32> {
    number(text).map(|number| (number * 1000.0).round() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_one_is_read() {
        assert_eq!(bytes("1Gi"), Some(Bytes(1 << 30)));
        assert_eq!(bytes("128974848"), Some(Bytes(128_974_848)));
        assert_eq!(bytes("129e6"), Some(Bytes(129_000_000)));
        assert_eq!(bytes("123Mi"), Some(Bytes(123 << 20)));
        assert_eq!(bytes("500M"), Some(Bytes(500_000_000)));
        assert_eq!((millicores("250m"), millicores("2"), millicores("0.5")), (Some(250), Some(2000), Some(500)));
        assert_eq!(millicores("1500000n"), Some(2));
        assert_eq!((bytes(""), bytes("much"), bytes("-1")), (None, None, None));
    }
}
