//! One run: find the command, settle the configuration, document the modules in parallel, write in order.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::commands::{self, Command};
use super::flags::{self, Parsed};
use super::help::help;
use super::settle::settle;
use super::write::{Failure, write};
use super::{COMPATIBLE_VERSION, Outcome, modules, plugin};
use crate::config::Config;
use crate::config::validate::validate;
use crate::diagnostic::{Diagnostic, original_line};
use crate::render::{Format, RenderError, render};

pub(super) fn run(args: &[String]) -> Outcome {
    let (path, rest) = commands::find(args);
    let Some(command) = path.last().copied() else {
        return Outcome::default();
    };
    let root = path.len() == 1;
    let parsed = match flags::parse(&rest, &command.all_flags(), root) {
        Ok(parsed) => parsed,
        Err(error) => return Outcome::error(&error),
    };
    if parsed.help {
        return Outcome::text(help(&path));
    }
    if parsed.version {
        return Outcome::text(version());
    }
    let count = parsed.positional.len();
    match command.formatter {
        Some("") => match parsed.positional.as_slice() {
            [] => Outcome::text(help(&path)),
            [dir] => document(command, &parsed, dir).unwrap_or_else(|| Outcome::text(help(&path))),
            _ => Outcome::error(&format!("accepts at most 1 arg(s), received {count}")),
        },
        Some(_) => match parsed.positional.as_slice() {
            [dir] => document(command, &parsed, dir).unwrap_or_default(),
            _ => Outcome::error(&format!("accepts 1 arg(s), received {count}")),
        },
        None => other(&path, &parsed),
    }
}

/// Commands that document nothing.
fn other(path: &[&'static Command], parsed: &Parsed) -> Outcome {
    let names: Vec<&str> = path.iter().map(|command| command.name).collect();
    let extra = parsed.positional.first();
    match (names.as_slice(), extra) {
        ([_, "version"] | [_, "completion", _] | [_, "man"], Some(word)) => Outcome::error(
            &format!("unknown command {word:?} for {:?}", names.join(" ")),
        ),
        ([_, "version"], None) => Outcome::text(version()),
        ([_, "completion", shell], None) => Outcome::text(super::completion::script(shell)),
        ([_, "man"], None) => Outcome::text(super::completion::man()),
        ([_, "help"], Some(_)) => {
            let (found, rest) = commands::find(&parsed.positional);
            match rest.first() {
                Some(word) => Outcome::text(format!(
                    "Unknown help topic [`{word}`]\n{}",
                    help(found.get(..1).unwrap_or_default())
                )),
                None => Outcome::text(help(&found)),
            }
        }
        ([_, "help"], None) => Outcome::text(help(path.get(..1).unwrap_or_default())),
        _ => Outcome::text(help(path)),
    }
}

fn version() -> String {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let arch = match arch {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!(
        "terraform-docs version v{COMPATIBLE_VERSION} tfdocs-{} {os}/{arch}\n",
        env!("CARGO_PKG_VERSION")
    )
}

/// Documents the module in `dir` and those below. None when the bare command has no configuration.
fn document(command: &Command, parsed: &Parsed, dir: &str) -> Option<Outcome> {
    let formatter = command.formatter.unwrap_or_default();
    let settled = match settle(formatter, &parsed.values, dir) {
        Ok(Some(settled)) => settled,
        Ok(None) => return None,
        Err(error) => return Some(Outcome::error(&error)),
    };
    let mut outcome = Outcome::default();
    if !settled.config.settings.compat {
        outcome.stderr.extend(
            settled
                .warnings
                .iter()
                .map(|warning| format!("warning: {warning}\n")),
        );
    }
    let config = &settled.config;
    if config.recursive.enabled
        && !config.recursive.path.is_empty()
        && config.output.file.is_empty()
    {
        return Some(outcome.fail("value of '--output-file' cannot be empty with '--recursive'"));
    }
    let mut modules = match modules::modules(config, formatter, &parsed.values) {
        Ok(modules) => modules,
        Err(error) => return Some(outcome.fail(&error)),
    };
    let diff = parsed
        .values
        .get("diff")
        .is_some_and(|values| values.iter().any(|value| value == "true"));
    Some(in_order(&mut modules, outcome, diff))
}

/// Generates in parallel; writes one after the other and stops at the first error.
fn in_order(modules: &mut [Config], mut outcome: Outcome, diff: bool) -> Outcome {
    // The number of processors is in a dozen files of the kernel's: for one module it is not asked for.
    let useful = modules.len().div_ceil(2);
    let threads = match useful {
        0 | 1 => 1,
        _ => std::thread::available_parallelism().map_or(1, usize::from),
    };
    let threads = threads.min(useful);
    if threads <= 1 {
        for module in modules {
            let content = content(module);
            if !commit(content, module, diff, &mut outcome) {
                break;
            }
        }
        return outcome;
    }
    let slots: Vec<Mutex<&mut Config>> = modules.iter_mut().map(Mutex::new).collect();
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (send, slots, next, stop) = (send.clone(), &slots, &next, &stop);
            // Expressions nest as deep as the parser lets them.
            let worker = std::thread::Builder::new().stack_size(STACK);
            let spawned = worker.spawn_scoped(scope, move || {
                while !stop.load(Ordering::Relaxed) {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(slot) = slots.get(at) else { break };
                    let made = slot.lock().map(|mut module| content(&mut module));
                    if made.is_ok_and(|made| send.send((at, made)).is_err()) {
                        break;
                    }
                }
            });
            if spawned.is_err() {
                break;
            }
        }
        drop(send);
        let mut waiting: Vec<Option<Content>> = slots.iter().map(|_| None).collect();
        let mut at = 0;
        for (made_at, made) in receive {
            if let Some(slot) = waiting.get_mut(made_at) {
                *slot = Some(made);
            }
            while let Some(made) = waiting.get_mut(at).and_then(Option::take) {
                let done = slots
                    .get(at)
                    .and_then(|slot| slot.lock().ok())
                    .is_some_and(|module| commit(made, &module, diff, &mut outcome));
                at += 1;
                if !done {
                    stop.store(true, Ordering::Relaxed);
                    return;
                }
            }
        }
    });
    outcome
}

/// Stack of a worker, in bytes.
const STACK: usize = 32 << 20;

/// What a module came to.
struct Content {
    text: Result<String, RenderError>,
    diagnostics: Vec<Diagnostic>,
}

fn content(config: &mut Config) -> Content {
    let fail = |error: String| Content {
        text: Err(RenderError::Failed(error)),
        diagnostics: Vec::new(),
    };
    if let Err(error) = validate(config) {
        return fail(error);
    }
    let (module, diagnostics) = crate::load(Path::new(&config.module_root), config);
    if let (true, Some(line)) = (config.settings.compat, original_line(&diagnostics)) {
        return Content {
            text: Err(RenderError::Failed(line)),
            diagnostics,
        };
    }
    let mut diagnostics = diagnostics;
    if !config.settings.compat {
        diagnostics.extend(crate::readme::warnings(&module));
    }
    let text = match Format::parse(&config.formatter) {
        Some(format) => render(&module, format, config),
        None => match plugin::find(&config.formatter) {
            Some(program) => render(&module, Format::Json, config)
                .and_then(|json| plugin::execute(&program, &json).map_err(RenderError::Failed)),
            None => Err(RenderError::Failed(format!(
                "formatter '{}' not found",
                config.formatter
            ))),
        },
    };
    Content { text, diagnostics }
}

/// Writes what a module came to; false when the run ends here.
fn commit(content: Content, config: &Config, diff: bool, outcome: &mut Outcome) -> bool {
    let broken = original_line(&content.diagnostics);
    match content.text {
        Err(RenderError::Failed(error)) => {
            outcome.code = 1;
            outcome.stderr += &format!("Error: {error}\n");
            outcome.explain(&content.diagnostics);
            return false;
        }
        Err(RenderError::Panicked(error)) => {
            outcome.code = 2;
            outcome.stderr += &format!("Error: {error}\n");
            return false;
        }
        Ok(text) => {
            if let Some(line) = broken {
                // Compat off: what could be read is shown, but no file is written from it.
                outcome.code = 1;
                outcome.stderr += &format!("Error: {line}\n");
                outcome.explain(&content.diagnostics);
                if config.output.file.is_empty() {
                    outcome.stdout += &format!("{text}\n");
                }
                return false;
            }
            if !config.settings.compat {
                outcome.explain(&content.diagnostics);
            }
            match write(text, config, diff, &mut outcome.stdout) {
                Ok(()) => return true,
                Err(Failure::Error(error)) => outcome.stderr += &format!("Error: {error}\n"),
                Err(Failure::Panic(error)) => {
                    outcome.stderr += &format!("Error: {error}\n");
                    outcome.code = 2;
                    return false;
                }
                Err(Failure::Stale { error, diff }) => {
                    outcome.stdout += &diff;
                    outcome.stderr += &format!("Error: {error}\n");
                }
            }
        }
    }
    outcome.code = 1;
    false
}
