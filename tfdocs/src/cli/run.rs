//! One run: find the command, settle the configuration, document the modules.

use std::path::Path;

use super::Outcome;
use super::commands;
use super::flags;
use super::help::help;
use crate::config::Config;
use crate::diagnostic::original_line;
use crate::inject::{Markers, inject};
use crate::render::{Format, render};

pub(super) fn run(args: &[String]) -> Outcome {
    match try_run(args) {
        Ok(stdout) => Outcome {
            stdout,
            ..Outcome::default()
        },
        Err(error) => Outcome {
            stderr: format!("Error: {error}\n"),
            code: 1,
            ..Outcome::default()
        },
    }
}

fn try_run(args: &[String]) -> Result<String, String> {
    let (path, rest) = commands::find(args);
    let Some(command) = path.last() else {
        return Ok(String::new());
    };
    let parsed = flags::parse(&rest, &command.all_flags(), path.len() == 1)?;
    if parsed.help {
        return Ok(help(&path));
    }
    let Some(formatter) = command.formatter else {
        return Ok(help(&path));
    };
    let [dir] = parsed.positional.as_slice() else {
        return Err(format!(
            "accepts 1 arg(s), received {}",
            parsed.positional.len()
        ));
    };
    let mut config = Config {
        formatter: formatter.to_owned(),
        module_root: dir.clone(),
        ..Config::default()
    };
    if let Some([file]) = parsed.values.get("output-file").map(Vec::as_slice) {
        config.output.file = file.clone();
    }
    let (module, diagnostics) = crate::load(Path::new(dir), &config);
    if let Some(line) = original_line(&diagnostics) {
        return Err(line);
    }
    let format = Format::parse(&config.formatter).ok_or("formatter not found")?;
    let text = render(&module, format, &config).map_err(|error| error.to_string())?;
    if config.output.file.is_empty() {
        return Ok(text + "\n");
    }
    let file = crate::path::join(dir, &config.output.file);
    let generated = config.output.template.replace("{{ .Content }}", &text);
    let existing = std::fs::read_to_string(&file).unwrap_or_default();
    let new = inject(
        &existing,
        &generated,
        &Markers::of(&config.output.template),
        &[],
    )
    .map_err(|error| error.to_string())?;
    if new != existing {
        std::fs::write(&file, new)
            .map_err(|error| format!("open {file}: {}", crate::os::describe(&error)))?;
    }
    Ok(format!("{file} updated successfully\n"))
}
