//! However the console ends, the terminal is whole: signals, job control, the key.

use std::time::Duration;

use rustix::process::{Signal, kill_process};

use super::{console::Console, howdah::Howdah, shell::Shell};

/// A server that is not there: the console lives without one.
const NOBODY: &str = "postgresql://nobody@127.0.0.1:1/postgres";

fn ends_well(signal: Signal, name: &str) {
    let howdah = Howdah::new();
    let mut shell = Shell::open(&howdah);
    shell.start(NOBODY);
    kill_process(shell.howdah(), signal).unwrap();
    shell.wait_for_prompt();
    shell.must_be_whole(name);
}

#[test]
fn sigterm() {
    ends_well(Signal::TERM, "SIGTERM");
}

#[test]
fn sighup() {
    ends_well(Signal::HUP, "SIGHUP");
}

#[test]
fn sigint() {
    ends_well(Signal::INT, "SIGINT");
}

#[test]
fn the_key_q_quits_and_the_exit_code_is_0() {
    let howdah = Howdah::new();
    let mut shell = Shell::open(&howdah);
    shell.start(NOBODY);
    for _ in 0..4 {
        // Back, back, and out: how many steps that is depends on where it opened.
        if shell.console.picture().screen().alternate_screen() {
            shell.console.press("q");
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    shell.wait_for_prompt();
    assert_eq!(shell.exit_code(), "0");
    shell.must_be_whole("q");
}

#[test]
fn ctrl_z_gives_the_shell_its_terminal_and_fg_gives_it_back() {
    let howdah = Howdah::new();
    let mut shell = Shell::open(&howdah);
    shell.start(NOBODY);
    for _ in 0..2 {
        shell.console.press("\x1a");
        shell.wait_for_prompt();
        shell.must_be_whole("Ctrl-Z");
        shell.console.press("clear; fg\n");
        shell.wait_for_screen();
    }
    shell.console.press("?");
    shell
        .console
        .wait_until("keys are read again", Duration::from_secs(2), |p| p.text().to_lowercase().contains("help"));
    kill_process(shell.howdah(), Signal::TERM).unwrap();
    shell.wait_for_prompt();
    shell.must_be_whole("Ctrl-Z, fg and SIGTERM");
}

#[test]
fn a_panic_in_any_task_ends_the_program_and_leaves_the_terminal_whole() {
    let howdah = Howdah::new();
    let mut shell = Shell::open(&howdah);
    // Cargo builds examples beside the binary, with the tests.
    let program = std::path::Path::new(Howdah::binary()).with_file_name("examples").join("panic");
    assert!(program.exists(), "{} is not built: cargo build --examples", program.display());
    shell.run(&format!("{} 2>/dev/null", program.display()));
    shell.wait_for_screen();
    shell.wait_for_prompt();
    assert_eq!(shell.exit_code(), "101");
    shell.must_be_whole("a panic");
}

#[test]
fn a_terminal_that_goes_away_takes_the_console_with_it() {
    let howdah = Howdah::new();
    let mut console = Console::open(&howdah, 80, 24, &[NOBODY.to_owned()]);
    console.wait_until("the console is there", Duration::from_secs(5), |p| p.screen().alternate_screen());
    let process = format!("/proc/{}/stat", console.pid());
    console.signal(Signal::HUP);
    let is_gone = || std::fs::read_to_string(&process).map_or(true, |stat| stat.contains(") Z "));
    super::server::eventually("the process is gone", is_gone);
}
