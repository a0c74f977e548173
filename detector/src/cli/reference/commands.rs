//! The page of the command line: what `--help` says of each command.

use clap::{Command, CommandFactory};

use super::super::Cli;

/// Columns, whatever terminal the page is made on.
const WIDTH: usize = 100;

pub(super) fn page() -> String {
    let mut text = String::from(
        "# Command line\n\nWhat `--help` says of each command. Exit codes: 0 done, 1 failure, \
         2 wrong usage.\n",
    );
    let mut command = Cli::command().term_width(WIDTH);
    command.build();
    add(&mut command, &mut Vec::new(), &mut text);
    text
}

/// Adds a command and those below it, but for hidden ones.
fn add(command: &mut Command, above: &mut Vec<String>, text: &mut String) {
    above.push(command.get_name().to_owned());
    let help = command
        .clone()
        .term_width(WIDTH)
        .render_long_help()
        .to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    *text += &format!(
        "\n## {}\n\n```text\n{}\n```\n",
        above.join(" "),
        help.join("\n").trim_end()
    );
    let below = command
        .get_subcommands_mut()
        .filter(|command| !command.is_hide_set() && command.get_name() != "help");
    for command in below {
        add(command, above, text);
    }
    above.pop();
}
