//! Which files make up a journal, and news of them: folders are listed when inotify or their change time says so.

use crate::{Error, Namespace, Options, Place, file::Inode};
use rustix::{
    fd::{AsFd, BorrowedFd, OwnedFd},
    fs::inotify,
    io::Errno,
};
use std::{
    collections::HashMap,
    ffi::OsStr,
    fs, io,
    mem::MaybeUninit,
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

const HOST: [&str; 2] = ["/var/log/journal", "/run/log/journal"];

/// How often folders are looked at when inotify is silent: it overflows, and there may be no instance left to have.
const NET: Duration = Duration::from_secs(1);

/// Also without a change of its time a folder is listed this often, for file systems that keep time badly.
const NET_FULL: Duration = Duration::from_secs(60);

pub(crate) struct Places {
    places: Vec<Place>,
    namespace: Namespace,
    machine: Option<u128>,
    inotify: Option<OwnedFd>,
    /// Folders that were listed last time, and when each had changed.
    folders: HashMap<PathBuf, Option<(i64, i64)>>,
    checked: Instant,
    listed: Instant,
}

/// A journal file that is there.
pub(crate) struct Found {
    pub path: PathBuf,
    /// Not known when the file could not even be looked at.
    pub inode: Option<Inode>,
}

impl Places {
    pub(crate) fn new(options: &Options) -> Places {
        let flags = inotify::CreateFlags::NONBLOCK | inotify::CreateFlags::CLOEXEC;
        Places {
            places: options.places.clone(),
            namespace: options.namespace.clone(),
            machine: options.machine,
            // Without one (fs.inotify.max_user_instances) the timer alone has to do.
            inotify: match options.follow {
                true => inotify::init(flags).ok(),
                false => None,
            },
            folders: HashMap::new(),
            checked: Instant::now(),
            listed: Instant::now(),
        }
    }

    pub(crate) fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.inotify.as_ref().map(AsFd::as_fd)
    }

    /// Takes what inotify has to tell. True when files came or went, or may have.
    pub(crate) fn news(&mut self) -> bool {
        let mut news = self.told();
        let now = Instant::now();
        if !news && now.duration_since(self.checked) >= NET {
            self.checked = now;
            news = now.duration_since(self.listed) >= NET_FULL
                || self.folders.iter().any(|(path, at)| changed(path) != *at);
        }
        news
    }

    fn told(&self) -> bool {
        let mut news = false;
        if let Some(inotify) = &self.inotify {
            let mut buffer = [MaybeUninit::uninit(); 8192];
            let mut reader = inotify::Reader::new(inotify, &mut buffer);
            loop {
                match reader.next() {
                    // A file that grew is seen by its header; anything else is a matter of files.
                    Ok(event) => {
                        news |= event.events() != inotify::ReadFlags::MODIFY;
                    }
                    Err(Errno::INTR) => {}
                    Err(_) => break,
                }
            }
        }
        news
    }

    /// Whether files came, went or were renamed since folders were listed last.
    pub(crate) fn moved(&mut self) -> bool {
        let told = self.told();
        told || self.folders.iter().any(|(path, at)| changed(path) != *at)
    }

    pub(crate) fn since_list(&self) -> Duration {
        self.listed.elapsed()
    }

    /// Every journal file there is now. A folder that was named and cannot be listed is an error the first time.
    pub(crate) fn list(&mut self) -> Result<Vec<Found>, Error> {
        let first = self.folders.is_empty();
        self.checked = Instant::now();
        self.listed = self.checked;
        let mut found = Vec::new();
        let mut folders = HashMap::new();
        for place in &self.places {
            match place {
                Place::Host => {
                    for root in HOST {
                        let listed = self.list_root(Path::new(root), &mut found, &mut folders);
                        if let Err(source) = listed
                            && source.kind() != io::ErrorKind::NotFound
                            && first
                        {
                            return Err(place_error(root, source));
                        }
                    }
                }
                Place::Folder(root) => {
                    let listed = self.list_root(root, &mut found, &mut folders);
                    if let (true, Err(source)) = (first, listed) {
                        return Err(place_error(root, source));
                    }
                }
                Place::File(path) => match fs::metadata(path) {
                    Ok(metadata) => {
                        self.watch(path);
                        found.push(Found {
                            path: path.clone(),
                            inode: Some(inode(&metadata)),
                        });
                    }
                    Err(source) if first => return Err(place_error(path, source)),
                    Err(_) => {}
                },
            }
        }
        self.folders = folders;
        Ok(found)
    }

    fn list_root(
        &self,
        root: &Path,
        found: &mut Vec<Found>,
        folders: &mut HashMap<PathBuf, Option<(i64, i64)>>,
    ) -> io::Result<()> {
        for name in self.list_folder(root, found, folders)? {
            if self.is_machine(&name) {
                // It may have vanished, or be closed to us; then there is nothing in it for us.
                let folder = root.join(&name);
                self.list_folder(&folder, found, folders)
                    .unwrap_or_default();
            }
        }
        Ok(())
    }

    /// Adds the folder's journal files to `found`, and returns the names of its subfolders.
    fn list_folder(
        &self,
        folder: &Path,
        found: &mut Vec<Found>,
        folders: &mut HashMap<PathBuf, Option<(i64, i64)>>,
    ) -> io::Result<Vec<std::ffi::OsString>> {
        // Watched and timed before it is listed, so that nothing that happens meanwhile is missed.
        folders.insert(folder.to_owned(), changed(folder));
        self.watch(folder);
        let mut subfolders = Vec::new();
        for entry in fs::read_dir(folder)? {
            let Ok(entry) = entry else { continue };
            let name = entry.file_name();
            if is_journal(&name) {
                let path = entry.path();
                let inode = fs::metadata(&path).ok().map(|metadata| inode(&metadata));
                found.push(Found { path, inode });
            } else if entry.file_type().is_ok_and(|kind| !kind.is_file()) {
                subfolders.push(name);
            }
        }
        Ok(subfolders)
    }

    fn watch(&self, path: &Path) {
        use inotify::WatchFlags as Flags;
        if let Some(inotify) = &self.inotify {
            let flags = Flags::CREATE
                | Flags::MOVED_TO
                | Flags::MOVED_FROM
                | Flags::DELETE
                | Flags::DELETE_SELF
                | Flags::MOVE_SELF
                | Flags::MODIFY
                | Flags::ATTRIB;
            // Where there is no watch to have, the timer alone has to do.
            inotify::add_watch(inotify, path, flags).ok();
        }
    }

    /// A subfolder for a machine, `<id>` or `<id>.<namespace>`.
    fn is_machine(&self, name: &OsStr) -> bool {
        let name = name.as_bytes();
        let (id, namespace) = match memchr::memchr(b'.', name) {
            Some(at) => (&name[..at], Some(&name[at + 1..])),
            None => (name, None),
        };
        let Some(id) = parse_id(id) else {
            return false;
        };
        self.machine.is_none_or(|wanted| wanted == id)
            && match &self.namespace {
                Namespace::Default => namespace.is_none(),
                Namespace::Named(wanted) => namespace == Some(wanted.as_bytes()),
                Namespace::All => true,
            }
    }
}

/// 32 hexadecimal digits, or those of a UUID.
fn parse_id(text: &[u8]) -> Option<u128> {
    let text = std::str::from_utf8(text).ok()?;
    let digits: String = match text.len() {
        32 => text.to_owned(),
        36 => text.chars().filter(|&c| c != '-').collect(),
        _ => return None,
    };
    let all = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    all.then(|| u128::from_str_radix(&digits, 16).ok())?
}

fn is_journal(name: &OsStr) -> bool {
    let name = name.as_bytes();
    name.ends_with(b".journal") || name.ends_with(b".journal~")
}

fn inode(metadata: &fs::Metadata) -> Inode {
    Inode {
        device: metadata.dev(),
        number: metadata.ino(),
    }
}

fn changed(folder: &Path) -> Option<(i64, i64)> {
    let metadata = fs::metadata(folder).ok()?;
    Some((metadata.mtime(), metadata.mtime_nsec()))
}

fn place_error(path: impl Into<PathBuf>, source: io::Error) -> Error {
    Error::Place {
        path: path.into(),
        source,
    }
}
