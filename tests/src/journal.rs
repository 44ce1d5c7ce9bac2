//! Real journal files, by systemd-journal-remote.

use crate::data::{self, Made, Plan};
use anyhow::{Context, ensure};
use std::{
    fs,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Where Debian and Ubuntu have it; on no PATH.
pub const JOURNAL_REMOTE: &str = "/lib/systemd/systemd-journal-remote";

/// Whether journals can be made here.
pub fn can_make() -> bool {
    Path::new(JOURNAL_REMOTE).exists()
}

/// Writes a plan into journal files below `folder`, which is made. Returns what is in them.
pub fn make(folder: &Path, plan: &Plan) -> anyhow::Result<Made> {
    let mut result = None;
    import(folder, |out| {
        result = Some(data::write(plan, out)?);
        Ok(())
    })?;
    result.context("nothing was written")
}

/// Writes a plan into `files` journal files below `folder`, dealt in turn, so that every entry is of another file than
/// the one before it.
pub fn make_in(folder: &Path, plan: &Plan, files: usize) -> anyhow::Result<Made> {
    let mut text = Vec::new();
    let made = data::write(plan, &mut text)?;
    // Lines of a plan have no line ends in them: an empty line ends an entry.
    let ends = memchr::memmem::find_iter(&text, b"\n\n").map(|end| end + 2);
    let starts = std::iter::once(0).chain(ends);
    let entries: Vec<&[u8]> = starts
        .clone()
        .zip(starts.skip(1))
        .filter_map(|(start, end)| text.get(start..end))
        .collect();
    for file in 0..files {
        import_to(
            &folder.join(format!("host{file}.journal")),
            &[],
            &[],
            |out| {
                let own = entries.iter().skip(file).step_by(files);
                own.into_iter().try_for_each(|entry| out.write_all(entry))
            },
        )?;
    }
    Ok(made)
}

/// Puts entries in the export format into journal files below `folder`, which is made.
pub fn import(
    folder: &Path,
    entries: impl FnOnce(&mut BufWriter<std::process::ChildStdin>) -> std::io::Result<()>,
) -> anyhow::Result<()> {
    import_as(folder, &[], &[], entries)
}

/// The same, in the form of file that these flags and variables make (`--compress=no`, `SYSTEMD_JOURNAL_COMPACT=1`).
pub fn import_as(
    folder: &Path,
    flags: &[&str],
    variables: &[(&str, &str)],
    entries: impl FnOnce(&mut BufWriter<std::process::ChildStdin>) -> std::io::Result<()>,
) -> anyhow::Result<()> {
    import_to(&folder.join("host.journal"), flags, variables, entries)
}

fn import_to(
    file: &Path,
    flags: &[&str],
    variables: &[(&str, &str)],
    entries: impl FnOnce(&mut BufWriter<std::process::ChildStdin>) -> std::io::Result<()>,
) -> anyhow::Result<()> {
    ensure!(
        can_make(),
        "{JOURNAL_REMOTE} is missing: apt-get install systemd-journal-remote"
    );
    let folder = file.parent().context("a file in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut remote = Command::new(JOURNAL_REMOTE)
        .args(flags)
        .envs(variables.iter().copied())
        .arg("--output")
        .arg(file)
        .arg("-")
        .env("SYSTEMD_LOG_LEVEL", "warning")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .context("cannot start systemd-journal-remote")?;
    let stdin = remote.stdin.take().context("no pipe")?;
    let mut out = BufWriter::with_capacity(1 << 20, stdin);
    let written = entries(&mut out);
    drop(out);
    let status = remote.wait()?;
    written.context("cannot write to systemd-journal-remote")?;
    ensure!(status.success(), "systemd-journal-remote: {status}");
    Ok(())
}

/// The journal files of a folder, and their bytes.
pub fn files(folder: &Path) -> anyhow::Result<(Vec<PathBuf>, u64)> {
    let mut files = Vec::new();
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        files.push(entry.path());
        bytes += entry.metadata()?.len();
    }
    files.sort();
    Ok((files, bytes))
}
