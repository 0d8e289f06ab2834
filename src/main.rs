//! Parses the command line, dispatches, and turns errors into exit codes.

mod cli;
mod command;

use std::process::ExitCode;

use camlab::base::terminal;
use camlab::config::Invalid;
use camlab::index::expression::ExpressionError;
use camlab::run::{RunError, stop};
use clap::Parser as _;

use cli::{Cli, Command};

#[global_allocator]
static MEMORY: camlab::kernel::LargePages = camlab::kernel::LargePages;

/// A command failed while running.
const FAILED: u8 = 1;
/// The experiment or the command line is invalid.
const INVALID: u8 = 2;

fn main() -> ExitCode {
    let Cli { command, common } = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(answer) => return usage(&answer),
    };
    if let Some(jobs) = common.jobs {
        // The only call, before any parallel work; a pool that exists already would keep its size.
        if let Err(error) = rayon::ThreadPoolBuilder::new().num_threads(usize::from(jobs)).build_global() {
            terminal::note(format!("error: cannot start {jobs} worker threads: {error}"));
            return ExitCode::from(FAILED);
        }
    }
    if let Err(error) = camlab::kernel::check_isa() {
        terminal::note(format!("error: {error}"));
        return ExitCode::from(INVALID);
    }
    let verbosity = common.verbosity();
    let done = match command {
        Command::Run(arguments) => command::run(&arguments, verbosity),
        Command::Plan(arguments) => command::plan(&arguments, verbosity),
        Command::Check { files, overrides } => command::check(&files, &overrides, verbosity),
        Command::Show(arguments) => command::show_experiment(&arguments, verbosity),
        Command::Report { name } => command::report(&name, verbosity),
        Command::Compare(arguments) => command::compare(&arguments, verbosity),
        Command::Reproduce(arguments) => command::reproduce(&arguments, verbosity),
        Command::Share(arguments) => command::share(&arguments, verbosity),
        Command::Ls(arguments) => command::ls(&arguments, verbosity),
        Command::Tag(arguments) => command::tag(&arguments),
        Command::Note(arguments) => command::note(&arguments),
        Command::List { kind, file } => command::list(kind, file.as_deref()),
        Command::Inspect(arguments) => command::inspect(&arguments),
        Command::Frames { name, markdown } => command::frames(name.as_deref(), markdown),
        Command::Schema => command::schema(),
        Command::New { file } => command::new(file.as_deref()),
        Command::Cam(arguments) => command::cam(&arguments, verbosity),
        Command::Export(arguments) => command::export(&arguments, verbosity),
        Command::Maps(arguments) => command::maps(&arguments, verbosity),
        Command::Bench(arguments) => command::bench(&arguments),
        Command::Tail(arguments) => command::tail(&arguments),
        Command::Logs(arguments) => command::logs(&arguments),
        Command::Data(arguments) => command::data(&arguments, verbosity),
        Command::Store(arguments) => command::store(&arguments, verbosity),
        Command::Stage(arguments) => command::stage(&arguments, verbosity),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::note(command::error_text(&error));
            ExitCode::from(exit_code(&error))
        }
    }
}

fn exit_code(error: &anyhow::Error) -> u8 {
    match error.downcast_ref() {
        Some(RunError::Stopped { signal, .. }) => stop::exit_code(*signal),
        _ if error.is::<Invalid>() => INVALID,
        _ if error.is::<ExpressionError>() => INVALID,
        _ => FAILED,
    }
}

/// Prints the help, the version, or what is wrong with the command line.
fn usage(answer: &clap::Error) -> ExitCode {
    if answer.use_stderr() {
        // Nothing is left to tell where standard error cannot be written.
        let _ = answer.print();
        return ExitCode::from(INVALID);
    }
    let text = match terminal::is_coloured(&std::io::stdout()) {
        true => answer.render().ansi().to_string(),
        false => answer.render().to_string(),
    };
    match command::show(&text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::note(command::error_text(&error));
            ExitCode::from(FAILED)
        }
    }
}
