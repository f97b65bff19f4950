//! howdah as a person starts it: from a shell with job control, in a terminal whose settings the shell can be asked for.

use std::time::Duration;

use super::{
    console::{Console, Picture},
    howdah::Howdah,
};

const PROMPT: &str = "ready>";

/// A bash in a terminal.
pub(super) struct Shell {
    pub(super) console: Console,
    settings: String,
    asked: u32,
}

impl Shell {
    pub(super) fn open(howdah: &Howdah) -> Self {
        let console = Console::program(howdah, 100, 30, &["bash", "--norc", "--noprofile", "-i"]);
        let mut shell = Self { console, settings: String::new(), asked: 0 };
        // The shell's own line editor would turn on the very mode that howdah may not leave on.
        shell.console.press(&format!("bind 'set enable-bracketed-paste off'; PS1='{PROMPT} '; clear\n"));
        shell.wait_for_prompt();
        shell.settings = shell.ask("stty -g");
        shell
    }

    /// Types howdah's command line and waits until it has drawn.
    pub(super) fn start(&mut self, words: &str) {
        self.run(&format!("{} {words}", Howdah::binary()));
        self.wait_for_screen();
    }

    /// Types a command line.
    pub(super) fn run(&mut self, command: &str) {
        self.console.press(&format!("clear; {command}\n"));
    }

    /// Waits until howdah has the screen.
    pub(super) fn wait_for_screen(&mut self) {
        self.console.wait_until("howdah has the screen", Duration::from_secs(5), |p| {
            p.screen().alternate_screen() && p.lines().iter().any(|line| !line.trim().is_empty())
        });
    }

    /// Waits until the shell asks for the next command.
    pub(super) fn wait_for_prompt(&mut self) {
        self.console.wait_until("the shell's prompt", Duration::from_secs(5), |p| {
            !p.screen().alternate_screen()
                && p.lines().iter().rfind(|l| !l.is_empty()).is_some_and(|l| l.ends_with(PROMPT))
        });
    }

    /// What a command prints on one line.
    pub(super) fn ask(&mut self, command: &str) -> String {
        self.answer_to("", &format!("$({command})"))
    }

    /// The exit code of the last command.
    pub(super) fn exit_code(&mut self) -> String {
        self.answer_to("code=$?;", "$code")
    }

    fn answer_to(&mut self, before: &str, words: &str) -> String {
        // Numbered, so that the answer before it, still on the screen, is not taken for this one.
        self.asked += 1;
        let mark = format!("{}<", self.asked);
        self.console.press(&format!("{before} clear; echo \"{mark}{words}>\"\n"));
        let answer = |p: &Picture| {
            p.lines().into_iter().find_map(|line| Some(line.strip_prefix(&mark)?.strip_suffix('>')?.to_owned()))
        };
        self.console.wait_until("an answer", Duration::from_secs(5), |p| answer(p).is_some());
        let text = answer(&self.console.picture()).unwrap();
        self.wait_for_prompt();
        text
    }

    /// The process id of howdah: the shell's only child.
    pub(super) fn howdah(&self) -> rustix::process::Pid {
        let pid = self.console.pid();
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
        let child = children.split_whitespace().next().expect("the shell has no child").parse().unwrap();
        rustix::process::Pid::from_raw(child).unwrap()
    }

    /// Panics unless the terminal is as the shell had it before howdah ran.
    pub(super) fn must_be_whole(&mut self, after: &str) {
        let picture = self.console.picture();
        assert!(picture.is_whole(), "after {after} a mode is left on:\n{}", picture.text());
        let settings = self.ask("stty -g");
        assert_eq!(settings, self.settings, "after {after} the terminal's line settings differ");
    }
}
