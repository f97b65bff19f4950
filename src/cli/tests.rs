use clap::CommandFactory as _;

use super::*;
use crate::config::PasswordRule;

fn parse(words: &[&str]) -> Cli {
    Cli::try_parse_from(std::iter::once(&"howdah").chain(words)).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn the_grammar_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn the_letters_are_those_of_psql() {
    let cli = parse(&["status", "-h", "10.0.0.5", "-p", "5433", "-U", "monitor", "-d", "shop", "-w"]);
    let letters = cli.flags().unwrap().letters;
    assert_eq!(letters.conninfo().unwrap().expose(), "host=10.0.0.5 port=5433 user=monitor dbname=shop");
    assert_eq!(letters.rule, PasswordRule::Never);
    assert_eq!(parse(&["-W"]).flags().unwrap().letters.rule, PasswordRule::Ask);
    assert!(Cli::try_parse_from(["howdah", "-W", "-w"]).is_err());
}

#[test]
fn targets_go_before_no_command_and_after_one() {
    assert!(parse(&["shop"]).verb.is_none());
    assert_eq!(parse(&["shop", "docker:pg1"]).flags().unwrap().targets.len(), 2);
    assert_eq!(parse(&["--no-docker", "check", "shop"]).flags().unwrap().targets, [Target::Name("shop".to_owned())]);
    assert_eq!(parse(&["--", "status"]).flags().unwrap().targets, [Target::Name("status".to_owned())]);
}

#[test]
fn global_flags_stand_anywhere() {
    for words in [["--refresh", "2s", "status"], ["status", "--refresh", "2s"]] {
        assert_eq!(parse(&words).flags().unwrap().refresh, Some(Duration::from_secs(2)));
    }
}
