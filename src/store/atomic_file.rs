//! Whole files that are either old or new, never half: serialised in memory, written to a temporary
//! file in the same directory, synced, renamed, and the directory synced. Lines are appended with a
//! sync before anybody is told. `lock` keeps two writers apart; nothing here locks.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::StoreError;

/// Beginning of the names of our temporary files; the process id follows.
const TEMPORARY: &str = ".dora-tmp-";

/// Replaces a file inside `.dora/`, atomically and durably. The mode comes from the umask.
///
/// # Errors
/// When the target is a symbolic link or not a regular file, or the system refuses. The old content
/// is intact then, with one exception: a failing sync of the directory means that the new content is
/// visible but may not survive a power failure.
pub fn write(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    refuse_what_is_no_file(path)?;
    publish(prepare(path, content)?, path)
}

/// Replaces a file unless it already has this content. Returns whether it was written.
///
/// # Errors
/// As [`fn@write`].
pub fn write_if_changed(path: &Path, content: &[u8]) -> Result<bool, StoreError> {
    if has_content(path, content)? {
        return Ok(false);
    }
    write(path, content)?;
    Ok(true)
}

/// Whether a file exists and holds exactly these bytes.
///
/// # Errors
/// As [`read`].
pub fn has_content(path: &Path, content: &[u8]) -> Result<bool, StoreError> {
    let length = content.len() as u64;
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() && found.len() != length => Ok(false),
        _ => Ok(read(path, length.saturating_add(1))?.is_some_and(|old| old == content)),
    }
}

/// Writes a file that a user named (an export): atomically when it is a regular file or new, even
/// through a symbolic link; straight into it when it is a device or a pipe (`/dev/stdout`).
///
/// # Errors
/// When the system refuses.
pub fn export(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    let Ok(target) = fs::canonicalize(path) else {
        return publish(prepare(path, content)?, path);
    };
    match fs::metadata(path) {
        Ok(found) if !found.is_file() && !found.is_dir() => OpenOptions::new()
            .write(true)
            .open(path)
            .and_then(|mut file| file.write_all(content))
            .map_err(|error| StoreError::io("write", path, error)),
        _ => publish(prepare(&target, content)?, &target),
    }
}

/// Opens a regular file for reading; `None` when there is none.
///
/// # Errors
/// When it is a symbolic link, not a regular file, or not readable.
pub fn open(path: &Path) -> Result<Option<File>, StoreError> {
    if !refuse_what_is_no_file(path)? {
        return Ok(None);
    }
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::io("read", path, error)),
    }
}

/// Reads a regular file of at most `limit` bytes; `None` when there is none.
///
/// # Errors
/// When it is a symbolic link, not a regular file, larger, or not readable.
pub fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(file) = open(path)? else {
        return Ok(None);
    };
    let fail = |error| StoreError::io("read", path, error);
    let bytes = file.metadata().map_err(fail)?.len();
    let mut content = Vec::new();
    if bytes <= limit {
        let ceiling = limit.saturating_add(1);
        file.take(ceiling).read_to_end(&mut content).map_err(fail)?;
    }
    // The file may have grown since it was measured.
    let bytes = bytes.max(content.len() as u64);
    if bytes > limit {
        return Err(StoreError::TooLarge {
            path: path.to_owned(),
            bytes,
            limit,
        });
    }
    Ok(Some(content))
}

/// Where a file of lines ends, as its reader found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tail {
    /// Where the intact content ends; a torn line begins here.
    pub end: u64,
    /// Bytes of the torn line behind it.
    pub torn: u64,
    /// Whether the last line is whole but lacks its newline (an editor took it off).
    pub lacks_newline: bool,
}

/// How often a file is read again that something else changes meanwhile.
const TRIES: usize = 5;

/// Reads a file and appends to it, anew whenever it was changed in between.
///
/// # Errors
/// As [`append`], and what `work` answers.
pub fn until_it_stays<T>(mut work: impl FnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
    for _ in 1..TRIES {
        match work() {
            Err(StoreError::Changed(_)) => {}
            done => return done,
        }
    }
    work()
}

/// Appends whole lines where the file's intact content ends: a torn line behind it is cut first, a last
/// line without its newline gets one. Synced before it returns; a failed write is taken back. The caller
/// holds the lock.
///
/// # Errors
/// [`StoreError::Changed`] when the file is not the one that was read (git or an editor replaced it):
/// the lines are not in it, read it again. Or the target is a symbolic link or not a regular file, or
/// the system refuses.
pub fn append(path: &Path, tail: Tail, lines: &[u8]) -> Result<(), StoreError> {
    append_with(path, tail, |out| out.write_all(lines))
}

/// The same for lines that are too many to be held at once: they are written as they are made.
///
/// # Errors
/// As [`append`], and what `lines` answers.
pub fn append_with(
    path: &Path,
    tail: Tail,
    lines: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), StoreError> {
    refuse_what_is_no_file(path)?;
    let is_new = tail.end + tail.torn == 0;
    let opened = OpenOptions::new()
        .read(true)
        .append(true)
        .create(is_new)
        .open(path);
    let mut file = match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound && !is_new => {
            return Err(StoreError::Changed(path.to_owned()));
        }
        opened => opened.map_err(|error| StoreError::io("open", path, error))?,
    };
    let fail = |error| StoreError::io("append to", path, error);
    if !ends_with(&mut file, tail).map_err(fail)? {
        return Err(StoreError::Changed(path.to_owned()));
    }
    if tail.torn > 0 {
        file.set_len(tail.end).map_err(fail)?;
    }
    let mut out = BufWriter::with_capacity(1 << 18, &file);
    let newline: &[u8] = if tail.lacks_newline { b"\n" } else { b"" };
    let written = out
        .write_all(newline)
        .and_then(|()| lines(&mut out))
        .and_then(|()| out.flush());
    // What it still holds must not be written behind what is taken back.
    drop(out.into_parts());
    if let Err(error) = written.and_then(|()| file.sync_all()) {
        // A torn line would be cut by the next reader anyway; this only saves it the notice.
        let _ = file.set_len(tail.end);
        return Err(fail(error));
    }
    // Always: whoever made the file may have been stopped before its name was durable.
    sync_directory(path)?;
    match is_still_at(&file, path) {
        true => Ok(()),
        false => Err(StoreError::Changed(path.to_owned())),
    }
}

/// Whether a file still ends as it was read: then nothing is cut but a line without its end.
fn ends_with(file: &mut File, tail: Tail) -> io::Result<bool> {
    if file.metadata()?.len() != tail.end + tail.torn {
        return Ok(false);
    }
    file.seek(SeekFrom::Start(tail.end.saturating_sub(1)))?;
    let mut rest = Vec::new();
    file.take(tail.torn + 1).read_to_end(&mut rest)?;
    let torn = match tail.end {
        0 => rest.as_slice(),
        _ => match rest.split_first() {
            Some((last, torn)) if *last == b'\n' || tail.lacks_newline => torn,
            _ => return Ok(false),
        },
    };
    Ok(!torn.contains(&b'\n'))
}

/// Whether an open file is what its path leads to; where that cannot be told, it is.
fn is_still_at(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let (Ok(ours), theirs) = (file.metadata(), fs::symlink_metadata(path)) else {
            return true;
        };
        theirs.is_ok_and(|theirs| (ours.dev(), ours.ino()) == (theirs.dev(), theirs.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = (file, path);
        true
    }
}

/// Makes a directory, durably; one that is there already is left.
///
/// # Errors
/// When the system refuses.
pub fn create_directory(path: &Path) -> Result<(), StoreError> {
    match fs::create_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(StoreError::io("make the directory", path, error))
        }
        _ => sync_directory(path),
    }
}

/// Whether a file of this name is one of our temporary files.
pub fn is_temporary(name: &str) -> bool {
    name.starts_with(TEMPORARY)
}

/// Deletes what dead processes left behind in a directory. Writers hold the lock, so under it every
/// temporary file of ours belongs to nobody. Returns how many were deleted.
///
/// # Errors
/// When the directory cannot be listed; a file that cannot be deleted is left.
pub fn sweep(directory: &Path) -> Result<usize, StoreError> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(StoreError::io("list", directory, error)),
    };
    Ok(entries
        .flatten()
        .filter(|entry| is_temporary(&entry.file_name().to_string_lossy()))
        .filter(|entry| fs::remove_file(entry.path()).is_ok())
        .count())
}

/// Whether a directory holds nothing, or nothing but an entry of this name.
///
/// # Errors
/// When the directory cannot be listed.
pub fn holds_only(directory: &Path, name: &str) -> Result<bool, StoreError> {
    let fail = |error| StoreError::io("list", directory, error);
    for entry in fs::read_dir(directory).map_err(fail)? {
        if entry.map_err(fail)?.file_name() != name {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Deletes a regular file if it is there; returns whether it was.
///
/// # Errors
/// When it is a symbolic link, not a regular file, or the system refuses.
pub fn remove(path: &Path) -> Result<bool, StoreError> {
    if !refuse_what_is_no_file(path)? {
        return Ok(false);
    }
    fs::remove_file(path).map_err(|error| StoreError::io("delete", path, error))?;
    Ok(true)
}

/// Whether anything is there, of whatever kind.
///
/// # Errors
/// When it cannot be looked at: then nobody may take it for missing and write in its place.
pub fn is_there(path: &Path) -> Result<bool, StoreError> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::io("look at", path, error)),
    }
}

/// Whether there is a directory.
///
/// # Errors
/// When something else is there, a symbolic link too, or it cannot be looked at.
pub fn is_directory(path: &Path) -> Result<bool, StoreError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => Err(StoreError::SymbolicLink(path.to_owned())),
        Ok(found) if found.is_dir() => Ok(true),
        Ok(_) => Err(StoreError::WrongType {
            path: path.to_owned(),
            expected: "a directory",
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::io("look at", path, error)),
    }
}

/// Whether there is a regular file; anything else there is an error.
fn refuse_what_is_no_file(path: &Path) -> Result<bool, StoreError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => Err(StoreError::SymbolicLink(path.to_owned())),
        Ok(found) if found.is_file() => Ok(true),
        Ok(_) => Err(StoreError::WrongType {
            path: path.to_owned(),
            expected: "a regular file",
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::io("read", path, error)),
    }
}

/// A synced temporary file beside its target. Until it is published nobody sees the new content.
fn prepare(path: &Path, content: &[u8]) -> Result<NamedTempFile<File>, StoreError> {
    let prefix = format!("{TEMPORARY}{}-", std::process::id());
    // tempfile's own files are private to the user (0600); a plain creation follows the umask.
    let mut file = tempfile::Builder::new()
        .prefix(&prefix)
        .make_in(directory_of(path), |path| {
            OpenOptions::new().write(true).create_new(true).open(path)
        })
        .map_err(|error| StoreError::io("write beside", path, error))?;
    file.as_file_mut()
        .write_all(content)
        .and_then(|()| file.as_file().sync_all())
        .map_err(|error| StoreError::io("write", path, error))?;
    Ok(file)
}

fn publish(file: NamedTempFile<File>, path: &Path) -> Result<(), StoreError> {
    file.persist(path)
        .map_err(|error| StoreError::io("replace", path, error.error))?;
    sync_directory(path)
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Makes the name of a file as durable as its content. Only Unix can open a directory for that.
fn sync_directory(path: &Path) -> Result<(), StoreError> {
    if cfg!(unix) {
        File::open(directory_of(path))
            .and_then(|directory| directory.sync_all())
            .map_err(|error| StoreError::io("make durable the name of", path, error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let world = tempfile::tempdir().unwrap();
        let path = world.path().join("a.json");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(read(&path, 100).unwrap().as_deref(), Some(&b"two"[..]));
        assert_eq!(names(world.path()), ["a.json"]);
    }

    #[test]
    fn until_the_rename_the_old_content_holds_and_leftovers_are_swept() {
        let world = tempfile::tempdir().unwrap();
        let path = world.path().join("a.json");
        write(&path, b"old").unwrap();
        // What a kill between sync and rename leaves behind.
        let (_, left) = prepare(&path, b"new").unwrap().keep().unwrap();
        assert_eq!(read(&path, 100).unwrap().as_deref(), Some(&b"old"[..]));
        assert!(left.exists());
        assert_eq!(sweep(world.path()).unwrap(), 1);
        assert_eq!(names(world.path()), ["a.json"]);
        assert_eq!(sweep(&world.path().join("missing")).unwrap(), 0);
    }

    #[test]
    fn an_unchanged_file_is_not_written() {
        let world = tempfile::tempdir().unwrap();
        let path = world.path().join("a.json");
        assert!(write_if_changed(&path, b"same").unwrap());
        assert!(!write_if_changed(&path, b"same").unwrap());
        assert!(write_if_changed(&path, b"else").unwrap());
        assert!(write_if_changed(&path, b"longer").unwrap());
    }

    #[test]
    fn a_missing_file_is_none_and_a_large_one_an_error() {
        let world = tempfile::tempdir().unwrap();
        let path = world.path().join("a");
        assert!(read(&path, 3).unwrap().is_none());
        write(&path, b"abc").unwrap();
        assert!(read(&path, 3).unwrap().is_some());
        assert!(matches!(
            read(&path, 2),
            Err(StoreError::TooLarge {
                bytes: 3,
                limit: 2,
                ..
            })
        ));
        assert!(matches!(
            read(world.path(), 2),
            Err(StoreError::WrongType { .. })
        ));
    }

    #[test]
    fn appending_cuts_what_is_torn_and_adds_whole_lines() {
        let world = tempfile::tempdir().unwrap();
        let path = world.path().join("a.jsonl");
        append(&path, tail(0, 0), b"1\n").unwrap();
        append(&path, tail(2, 0), b"2\n").unwrap();
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"torn").unwrap();
        append(&path, tail(4, 4), b"3\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"1\n2\n3\n");
    }

    fn tail(end: u64, torn: u64) -> Tail {
        Tail {
            end,
            torn,
            lacks_newline: false,
        }
    }

    #[test]
    fn a_file_that_changed_since_it_was_read_is_neither_cut_nor_appended_to() {
        let world = tempfile::tempdir().unwrap();
        let path = world.path().join("a.jsonl");
        let read_of_one_line = [tail(2, 0), tail(0, 2), tail(2, 2)];
        for (now, read) in [
            // Longer, shorter, as long with a whole line where a torn one was, as long without a line end.
            (&b"1\n2\n3\n"[..], &read_of_one_line[..]),
            (b"", &read_of_one_line),
            (b"12\n\n", &[tail(0, 4), tail(2, 2)]),
            (b"1234", &[tail(4, 0)]),
        ] {
            for tail in read {
                write(&path, now).unwrap();
                let error = append(&path, *tail, b"new\n").unwrap_err();
                assert!(matches!(error, StoreError::Changed(_)), "{error}");
                assert_eq!(fs::read(&path).unwrap(), now, "{tail:?}");
            }
        }
        fs::remove_file(&path).unwrap();
        let error = append(&path, tail(2, 0), b"new\n").unwrap_err();
        assert!(matches!(error, StoreError::Changed(_)), "{error}");
        assert!(!path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_is_replaced_while_lines_are_written_is_told() {
        let world = tempfile::tempdir().unwrap();
        let path = world.path().join("a.jsonl");
        write(&path, b"1\n").unwrap();
        let error = append_with(&path, tail(2, 0), |out| {
            write(&path, b"1\n2\n").map_err(|error| io::Error::other(error.to_string()))?;
            out.write_all(b"new\n")
        });
        assert!(matches!(error, Err(StoreError::Changed(_))));
        assert_eq!(fs::read(&path).unwrap(), b"1\n2\n");
    }

    #[cfg(unix)]
    #[test]
    fn symbolic_links_are_refused_inside_the_store_and_followed_by_exports() {
        let world = tempfile::tempdir().unwrap();
        let target = world.path().join("target");
        let link = world.path().join("link");
        write(&target, b"old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(matches!(
            write(&link, b"x"),
            Err(StoreError::SymbolicLink(_))
        ));
        assert!(matches!(
            append(&link, tail(0, 0), b"x"),
            Err(StoreError::SymbolicLink(_))
        ));
        assert!(matches!(read(&link, 9), Err(StoreError::SymbolicLink(_))));
        assert!(matches!(remove(&link), Err(StoreError::SymbolicLink(_))));
        assert_eq!(fs::read(&target).unwrap(), b"old");
        export(&link, b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        export(Path::new("/dev/null"), b"gone").unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn the_mode_follows_the_umask_like_any_other_new_file() {
        use std::os::unix::fs::PermissionsExt;
        let world = tempfile::tempdir().unwrap();
        let plain = world.path().join("plain");
        File::create(&plain).unwrap();
        let path = world.path().join("a");
        write(&path, b"x").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), mode(&plain));
    }
}
