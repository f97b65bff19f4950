//! The password's prompt of `-W`: typed at the terminal, not shown.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
};

use rustix::termios::{InputModes, LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use secrecy::{SecretString, zeroize::Zeroizing};

/// Room for what is typed, in bytes.
const LONGEST: usize = 4096;

/// Asks at the controlling terminal, even where input and output are pipes.
///
/// # Errors
/// One sentence: there is no terminal, or the prompt was left with Ctrl-C or Ctrl-D.
pub fn password(prompt: &str) -> Result<SecretString, String> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty");
    let terminal = terminal.map_err(|_| "-W asks at the terminal, and there is none; use .pgpass or PGPASSWORD")?;
    let failed = |error: std::io::Error| format!("the password cannot be read from the terminal: {error}");
    let before = tcgetattr(&terminal).map_err(|e| failed(e.into()))?;
    let quiet = Quiet::begin(&terminal, before).map_err(failed)?;
    (&terminal).write_all(prompt.as_bytes()).map_err(failed)?;
    // With room from the start: what grows leaves copies of itself behind.
    let mut typed = Zeroizing::new(Vec::with_capacity(LONGEST));
    let outcome = line(&terminal, &mut typed).map_err(failed);
    drop(quiet);
    let _ = (&terminal).write_all(b"\n");
    outcome??;
    let text = std::str::from_utf8(&typed).map_err(|_| "the password that was typed is not UTF-8 text")?;
    Ok(SecretString::from(text))
}

/// Reads keys until the line ends. They come one by one: what follows the line belongs to the next reader.
fn line(mut terminal: &File, typed: &mut Vec<u8>) -> std::io::Result<Result<(), String>> {
    let mut key = [0];
    loop {
        if terminal.read(&mut key)? == 0 {
            return Ok(Err("the terminal was closed before a password was typed".to_owned()));
        }
        if let Some(ended) = press(typed, key[0]) {
            return Ok(ended);
        }
    }
}

/// What one key does to the line; `Some` when the line has ended.
fn press(typed: &mut Vec<u8>, byte: u8) -> Option<Result<(), String>> {
    match byte {
        b'\r' | b'\n' => return Some(Ok(())),
        0x03 | 0x04 => return Some(Err("no password was typed".to_owned())),
        0x15 => typed.clear(),
        0x08 | 0x7F => {
            // A character may be several bytes: its later ones begin with 10.
            while typed.pop().is_some_and(|byte| byte & 0xC0 == 0x80) {}
        }
        byte => typed.push(byte),
    }
    None
}

/// A terminal that shows nothing and sends no signals; as it was when dropped.
struct Quiet<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Quiet<'a> {
    fn begin(terminal: &'a File, before: Termios) -> std::io::Result<Self> {
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        quiet.input_modes.insert(InputModes::ICRNL);
        tcsetattr(terminal, OptionalActions::Flush, &quiet)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_keys(keys: &str) -> Result<String, String> {
        let mut typed = Vec::new();
        let ended = keys.bytes().find_map(|byte| press(&mut typed, byte));
        ended.unwrap_or(Err("still open".to_owned())).map(|()| String::from_utf8(typed).unwrap())
    }

    #[test]
    fn the_line_can_be_mended() {
        assert_eq!(type_keys("hunterü\x7F2\n"), Ok("hunter2".to_owned()));
        assert_eq!(type_keys("wrong\x15right\r"), Ok("right".to_owned()));
        assert_eq!(type_keys("\x7F\n"), Ok(String::new()));
        assert!(type_keys("abc\x03").is_err() && type_keys("abc").is_err());
    }
}
