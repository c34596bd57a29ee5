//! The command line is well formed, and every command teaches.

use clap::{Command, CommandFactory, Parser};
use secureflow_cli::args::Cli;

fn leaves(command: &Command, path: &str, found: &mut Vec<(String, Command)>) {
    let path = format!("{path} {}", command.get_name());
    let below: Vec<_> = command
        .get_subcommands()
        .filter(|below| below.get_name() != "help")
        .collect();
    if below.is_empty() {
        found.push((path.trim().to_string(), command.clone()));
    }
    for command in below {
        leaves(command, &path, found);
    }
}

#[test]
fn the_definition_holds_together() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_says_what_it_does_and_shows_an_example() {
    let mut found = Vec::new();
    leaves(&Cli::command(), "", &mut found);
    assert!(found.len() > 40, "{} commands", found.len());
    for (path, command) in found {
        assert!(command.get_about().is_some(), "`{path}` has no description");
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(help.contains("Example"), "`{path}` shows no example");
        // An example that names the command itself, by its last two words at least.
        let words: Vec<&str> = path.split(' ').skip(1).collect();
        assert!(
            help.contains(&words.join(" ")),
            "the example of `{path}` is of another command"
        );
        for argument in command
            .get_arguments()
            .filter(|argument| !argument.is_positional() && !argument.is_global_set())
        {
            assert!(
                argument.get_help().is_some(),
                "`{path}` does not explain --{}",
                argument.get_id()
            );
        }
    }
}

#[test]
fn examples_parse() {
    let mut found = Vec::new();
    leaves(&Cli::command(), "", &mut found);
    let account = "5F3sa2TJAWMqDhXG6jhV4N8ko9SxwGy8TpaNS1repo5EYjQX";
    for (path, command) in found {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        for line in help
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with("secureflow "))
        {
            for part in line.split(" && ") {
                let part = part
                    .split('>')
                    .next()
                    .unwrap_or(part)
                    .replace("0x1f…", &format!("0x{}", "1f".repeat(32)));
                let part = part
                    .replace("0x7a…", &format!("0x{}", "7a".repeat(48)))
                    .replace("0x5c…", &format!("0x{}", "5c".repeat(48)));
                let part = part.replace("ACCOUNT", account).replace('…', "");
                let words = words(&part);
                if let Err(error) = Cli::try_parse_from(&words) {
                    // A next step in the text may hold names in capitals; examples do not.
                    assert!(words.iter().any(|word| word == "ID"), "{path}: `{part}`: {error}");
                }
            }
        }
    }
}

/// Splits as a shell does, as far as the examples need it.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for character in line.chars() {
        match character {
            '\'' => quoted = !quoted,
            ' ' if !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            other => word.push(other),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn wrong_usage_is_told_from_failure() {
    for line in [
        "secureflow",
        "secureflow job approve x",
        "secureflow space create",
        "secureflow org vote 0x12 1 --yes",
    ] {
        assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
    }
}
