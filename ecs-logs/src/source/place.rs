//! Which journal to read, and whether it can be: libsystemd opens what it may and is silent about the rest, so this looks first.

use anyhow::{Context, bail};
use std::{
    fs::{self, File},
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// Which journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum JournalPlace {
    /// This host's: /var/log/journal and /run/log/journal.
    #[default]
    Host,
    /// This host's journal of one namespace.
    Namespace(String),
    /// All files in a directory and in the machines' directories within it.
    Directory(PathBuf),
    /// These files.
    Files(Vec<PathBuf>),
}

/// What is there to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readable {
    pub files: usize,
    /// Files that exist and may not be read.
    pub denied: Vec<PathBuf>,
    /// Whether this machine's own directory is among them.
    pub(crate) own_machine: bool,
}

const PERSISTENT: &str = "/var/log/journal";
const VOLATILE: &str = "/run/log/journal";

/// Looks at a journal's files. An error says why none of them can be read and what to do.
pub fn look(place: &JournalPlace) -> anyhow::Result<Readable> {
    let mut found = Readable::default();
    match place {
        JournalPlace::Files(files) => {
            for file in files {
                File::open(file).with_context(|| explain(file))?;
                if file.is_dir() {
                    bail!("{} is a directory (--directory reads it)", file.display());
                }
                found.files += 1;
            }
        }
        JournalPlace::Directory(directory) => {
            look_into(directory, &mut found)?;
            for entry in fs::read_dir(directory).with_context(|| explain(directory))? {
                let path = entry?.path();
                if path.is_dir() {
                    look_into(&path, &mut found)?;
                }
            }
        }
        JournalPlace::Host | JournalPlace::Namespace(_) => look_at_host(place, &mut found)?,
    }
    if let (0, Some(denied)) = (found.files, found.denied.first()) {
        bail!(
            "cannot read the journal file {}: permission denied (add the user to the group systemd-journal)",
            denied.display()
        );
    }
    Ok(found)
}

fn look_at_host(place: &JournalPlace, found: &mut Readable) -> anyhow::Result<()> {
    let machine = fs::read_to_string("/etc/machine-id").unwrap_or_default();
    let suffix = match place {
        JournalPlace::Namespace(namespace) => format!(".{namespace}"),
        _ => String::new(),
    };
    let own = format!("{}{suffix}", machine.trim());
    let mut any = false;
    for root in [PERSISTENT, VOLATILE] {
        let entries = match fs::read_dir(root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error).with_context(|| explain(Path::new(root))),
        };
        any = true;
        for entry in entries {
            let path = entry?.path();
            let is_own = path.file_name().is_some_and(|name| name == own.as_str());
            if is_own || suffix.is_empty() && path.is_dir() {
                found.own_machine |= is_own;
                look_into(&path, found)?;
            }
        }
    }
    if !any {
        bail!(
            "there is no journal: neither {PERSISTENT} nor {VOLATILE} exists (is journald running? in a container, mount the host's)"
        );
    }
    if let JournalPlace::Namespace(namespace) = place
        && !found.own_machine
    {
        bail!(
            "the journal has no namespace {namespace:?}: {PERSISTENT}/{own} and {VOLATILE}/{own} do not exist"
        );
    }
    Ok(())
}

fn look_into(directory: &Path, found: &mut Readable) -> anyhow::Result<()> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            found.denied.push(directory.to_owned());
            return Ok(());
        }
        Err(error) => return Err(error).with_context(|| explain(directory)),
    };
    for entry in entries {
        let path = entry?.path();
        let is_journal = path
            .extension()
            .is_some_and(|extension| extension == "journal" || extension == "journal~");
        if !is_journal {
            continue;
        }
        match File::open(&path) {
            Ok(_) => found.files += 1,
            Err(error) if error.kind() == ErrorKind::PermissionDenied => found.denied.push(path),
            // Rotated or vacuumed while we look.
            Err(_) => {}
        }
    }
    Ok(())
}

fn explain(path: &Path) -> String {
    format!("cannot read the journal in {}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(place: &JournalPlace) -> String {
        format!("{:#}", look(place).unwrap_err())
    }

    #[test]
    fn a_place_that_cannot_be_read_is_named_with_the_reason() {
        let directory = tempfile::tempdir().unwrap();
        let missing = directory.path().join("none");
        let text = missing.display();
        assert_eq!(
            refused(&JournalPlace::Directory(missing.clone())),
            format!("cannot read the journal in {text}: No such file or directory (os error 2)")
        );
        assert_eq!(
            refused(&JournalPlace::Files(vec![missing.clone()])),
            format!("cannot read the journal in {text}: No such file or directory (os error 2)")
        );
        let here = directory.path().to_owned();
        assert_eq!(
            refused(&JournalPlace::Files(vec![here.clone()])),
            format!("{} is a directory (--directory reads it)", here.display())
        );
    }

    #[test]
    fn journal_files_are_counted_in_the_machines_directories_too() {
        let directory = tempfile::tempdir().unwrap();
        let machine = directory.path().join("0123");
        fs::create_dir(&machine).unwrap();
        for file in ["system.journal", "system@1.journal~", "notes.txt"] {
            File::create(machine.join(file)).unwrap();
        }
        let found = look(&JournalPlace::Directory(directory.path().to_owned())).unwrap();
        assert_eq!(found.files, 2);
    }
}
