//! One writer at a time: an operating-system lock on `.dora/lock`, released when its process ends,
//! however it ends. The content only tells people who holds it. Readers never lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::StoreError;

/// How long a writer waits for another one (spec 3.2).
pub const PATIENCE: Duration = Duration::from_secs(5);

const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(40);

/// The held lock; dropping it releases.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

/// What the lock file says of its holder.
#[derive(Serialize, Deserialize)]
struct Holder {
    pid: u32,
    command: String,
}

/// Takes the lock, waiting up to `patience` for another writer.
///
/// # Errors
/// [`StoreError::Locked`], naming the holder, when it is still held then; otherwise when the file is
/// a symbolic link or the system refuses.
pub fn acquire(path: &Path, command: &str, patience: Duration) -> Result<Lock, StoreError> {
    if path.is_symlink() {
        return Err(StoreError::SymbolicLink(path.to_owned()));
    }
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(|error| StoreError::io("open", path, error))?;
    let begin = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(error)) => return Err(StoreError::io("lock", path, error)),
            Err(TryLockError::WouldBlock) if begin.elapsed() >= patience => {
                return Err(StoreError::Locked {
                    path: path.to_owned(),
                    holder: holder(&mut file),
                    waited_seconds: patience.as_secs(),
                });
            }
            Err(TryLockError::WouldBlock) => {
                sleep(pause.min(patience.saturating_sub(begin.elapsed())));
                pause = (pause * 3 / 2).min(LONGEST_PAUSE);
            }
        }
    }
    let mut lock = Lock { file };
    // Who holds it is a courtesy to others; failing to say so does not make the lock less ours.
    let _ = lock.say(command);
    Ok(lock)
}

impl Lock {
    fn say(&mut self, command: &str) -> std::io::Result<()> {
        let holder = Holder {
            pid: std::process::id(),
            command: command.to_owned(),
        };
        self.file.set_len(0)?;
        self.file.rewind()?;
        let mut line = serde_json::to_vec(&holder)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

/// Who holds the lock, in words.
pub(super) fn holder(file: &mut File) -> String {
    let mut content = String::new();
    let read = file
        .rewind()
        .and_then(|()| file.take(4096).read_to_string(&mut content));
    match serde_json::from_str::<Holder>(&content) {
        Ok(Holder { pid, command }) if read.is_ok() => format!("process {pid} ({command})"),
        _ => "another process".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::atomic_file;

    #[test]
    fn a_second_writer_is_told_who_holds_the_lock() {
        let world = tempfile::tempdir().unwrap();
        let path = world.path().join("lock");
        let held = acquire(&path, "dora deploy", PATIENCE).unwrap();
        let error = acquire(&path, "dora mark", Duration::from_millis(20)).unwrap_err();
        let expected = format!("is held by process {} (dora deploy)", std::process::id());
        assert!(error.to_string().contains(&expected), "{error}");
        drop(held);
        acquire(&path, "dora mark", Duration::ZERO).unwrap();
    }

    #[test]
    fn what_a_dead_process_left_in_the_file_locks_nobody_out() {
        let world = tempfile::tempdir().unwrap();
        let path = world.path().join("lock");
        atomic_file::write(&path, br#"{"pid":1,"command":"dora init and more text"}"#).unwrap();
        let lock = acquire(&path, "dora", Duration::ZERO).unwrap();
        let content = std::fs::read_to_string(&path).unwrap();
        assert_eq!(
            content,
            format!("{{\"pid\":{},\"command\":\"dora\"}}\n", std::process::id())
        );
        drop(lock);
        assert_eq!(std::fs::read(&path).unwrap(), b"");
    }

    #[test]
    fn a_holder_that_says_nothing_readable_is_another_process() {
        let world = tempfile::tempdir().unwrap();
        let path = world.path().join("lock");
        let mut held = acquire(&path, "dora", PATIENCE).unwrap();
        held.file.set_len(0).unwrap();
        held.file.write_all(b"\xff\xfe").unwrap();
        let error = acquire(&path, "dora", Duration::ZERO).unwrap_err();
        assert!(error.to_string().contains("held by another process"));
    }

    #[test]
    fn waiting_ends_as_soon_as_the_lock_is_free() {
        let world = tempfile::tempdir().unwrap();
        let path = world.path().join("lock");
        let held = acquire(&path, "first", PATIENCE).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| acquire(&path, "second", Duration::from_secs(60)));
            sleep(Duration::from_millis(30));
            drop(held);
            assert!(waiting.join().unwrap().is_ok());
        });
    }
}
