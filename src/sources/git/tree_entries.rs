//! The entries of a raw tree object, without a copy.

use git2::Oid;
use memchr::memchr;

/// One entry of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TreeEntry<'a> {
    /// The mode, as the octal number it is written as.
    pub(super) mode: u32,
    /// The name, one part of a path.
    pub(super) name: &'a [u8],
    /// The object.
    pub(super) id: Oid,
}

/// What a mode says that an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum EntryKind {
    /// A regular file, executable or not.
    File,
    /// A symbolic link.
    Symlink,
    /// A directory.
    Directory,
    /// A commit of another repository.
    Submodule,
}

impl EntryKind {
    /// The kind of a mode; as in git, anything unknown counts as a submodule.
    pub(super) fn of(mode: u32) -> Self {
        match mode & 0o170_000 {
            0o100_000 => Self::File,
            0o120_000 => Self::Symlink,
            0o040_000 => Self::Directory,
            _ => Self::Submodule,
        }
    }
}

impl TreeEntry<'_> {
    /// What it is.
    pub(super) fn kind(&self) -> EntryKind {
        EntryKind::of(self.mode)
    }

    /// Whether it is a directory.
    pub(super) fn is_directory(&self) -> bool {
        self.kind() == EntryKind::Directory
    }
}

/// The entries of a raw tree object, in the order they are written. Bytes that are no entry end it.
pub(super) fn entries(data: &[u8]) -> impl Iterator<Item = TreeEntry<'_>> {
    let mut rest = data;
    std::iter::from_fn(move || {
        let (entry, after) = first_entry(rest)?;
        rest = after;
        Some(entry)
    })
}

fn first_entry(data: &[u8]) -> Option<(TreeEntry<'_>, &[u8])> {
    let space = data.iter().take(8).position(|&byte| byte == b' ')?;
    let mut mode = 0_u32;
    for &digit in &data[..space] {
        mode = mode << 3 | u32::from(digit.checked_sub(b'0').filter(|&digit| digit < 8)?);
    }
    let rest = &data[space + 1..];
    let name_end = memchr(0, rest)?;
    let (id, after) = rest[name_end + 1..].split_at_checked(20)?;
    let entry = TreeEntry {
        mode,
        name: &rest[..name_end],
        id: Oid::from_bytes(id).ok()?,
    };
    Some((entry, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(mode: &str, name: &[u8], byte: u8) -> Vec<u8> {
        [mode.as_bytes(), b" ", name, b"\0", &[byte; 20]].concat()
    }

    #[test]
    fn entries_are_read_with_mode_name_and_id() {
        let data = [raw("100755", b"run.sh", 1), raw("40000", b"\xff dir", 32)].concat();
        let entries: Vec<_> = entries(&data).collect();
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[0].mode, 0o100_755);
        assert_eq!(entries[0].name, b"run.sh");
        assert_eq!(entries[0].id, Oid::from_bytes(&[1; 20]).unwrap());
        assert_eq!(entries[1].name, b"\xff dir");
        assert!(entries[1].is_directory());
    }

    #[test]
    fn modes_name_the_four_kinds() {
        for (mode, kind) in [
            (0o100_644, EntryKind::File),
            (0o100_664, EntryKind::File),
            (0o120_000, EntryKind::Symlink),
            (0o040_000, EntryKind::Directory),
            (0o160_000, EntryKind::Submodule),
            (0, EntryKind::Submodule),
        ] {
            assert_eq!(EntryKind::of(mode), kind, "{mode:o}");
        }
    }

    #[test]
    fn broken_bytes_end_the_entries() {
        let whole = raw("100644", b"a", 7);
        for cut in 0..whole.len() {
            assert_eq!(entries(&whole[..cut]).count(), 0, "{cut}");
        }
        assert_eq!(entries(b"999999999 a\0").count(), 0);
        assert_eq!(entries(&raw("10x644", b"a", 7)).count(), 0);
    }
}
