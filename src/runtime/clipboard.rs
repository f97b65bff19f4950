//! Copying to the clipboard of whoever sits in front of the terminal, through any number of hops.
//!
//! OSC 52 asks the terminal itself to take the text, so it works over SSH. tmux swallows unknown
//! sequences unless they come in its passthrough envelope; tmux with `set-clipboard on` takes the
//! bare one. Both are sent: each party takes the one it knows. GNU screen has an envelope too, limited to
//! chunks; it gets those.
//!
//! Source: xterm, "Control Sequences", OSC 52; tmux(1), `allow-passthrough`; screen(1), "String escapes".

/// The largest text that is sent: terminals drop longer sequences without a word.
pub const MOST_BYTES: usize = 74_000;

/// The multiplexer between this program and the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Multiplexer {
    /// None that needs an envelope.
    None,
    /// tmux.
    Tmux,
    /// GNU screen.
    Screen,
}

impl Multiplexer {
    /// What the environment shows.
    pub fn detect(env: impl Fn(&str) -> Option<String>) -> Self {
        if env("TMUX").is_some() {
            Self::Tmux
        } else if env("STY").is_some() || env("TERM").is_some_and(|term| term.starts_with("screen")) {
            Self::Screen
        } else {
            Self::None
        }
    }
}

/// The bytes that put `text` on the clipboard.
#[must_use]
pub fn sequence(text: &str, multiplexer: Multiplexer) -> Vec<u8> {
    let mut end = text.len().min(MOST_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let bare = format!("\x1b]52;c;{}\x07", base64(text.as_bytes().get(..end).unwrap_or_default()));
    match multiplexer {
        Multiplexer::None => bare.into_bytes(),
        Multiplexer::Tmux => format!("{bare}\x1bPtmux;\x1b{bare}\x1b\\").into_bytes(),
        Multiplexer::Screen => {
            let mut out = Vec::with_capacity(bare.len() * 2);
            // screen cuts strings longer than 768 bytes: each piece gets an envelope of its own.
            for piece in bare.as_bytes().chunks(500) {
                out.extend_from_slice(b"\x1bP");
                out.extend_from_slice(piece);
                out.extend_from_slice(b"\x1b\\");
            }
            out
        }
    }
}

/// RFC 4648 base64 with padding.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for position in 0..4 {
            let sextet = (group >> (18 - 6 * position) & 0x3F) as usize;
            out.push(if position <= chunk.len() { ALPHABET[sextet] as char } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_in_the_rfc() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn tmux_gets_both_forms() {
        let bytes = String::from_utf8(sequence("foo", Multiplexer::Tmux)).unwrap();
        assert_eq!(bytes, "\x1b]52;c;Zm9v\x07\x1bPtmux;\x1b\x1b]52;c;Zm9v\x07\x1b\\");
    }

    #[test]
    fn what_is_too_long_is_cut_between_characters() {
        let bytes = sequence(&"é".repeat(MOST_BYTES), Multiplexer::None);
        assert!(bytes.len() < MOST_BYTES * 4 / 3 + 20);
    }
}
