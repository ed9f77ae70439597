//! A raw commit object, taken apart. Tolerant of any bytes: what is missing or unreadable is left out,
//! a date nobody can read is 0. What the message means is in `sources::commit_message`.

use std::collections::HashSet;

use git2::Oid;
use memchr::{memchr, memmem, memrchr};

use crate::model::commit_graph::hex_digit;

/// The parts of a commit that are used.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CommitHeader<'a> {
    /// The root tree; `None` when the object names none.
    pub(super) tree: Option<Oid>,
    /// The parents in order, each once.
    pub(super) parents: Vec<Oid>,
    /// Author time, seconds since 1970; 0 when it cannot be read.
    pub(super) author_time: i64,
    /// Committer time, seconds since 1970; 0 when it cannot be read.
    pub(super) committer_time: i64,
    /// Everything after the first empty line.
    pub(super) message: &'a [u8],
}

impl<'a> CommitHeader<'a> {
    /// Takes a commit object apart.
    pub(super) fn parse(data: &'a [u8]) -> Self {
        let (headers, message) = split_message(data);
        let mut header = Self {
            tree: None,
            parents: Vec::new(),
            author_time: 0,
            committer_time: 0,
            message,
        };
        let mut many = HashSet::new();
        for line in headers.split(|&byte| byte == b'\n') {
            if let Some(value) = line.strip_prefix(b"parent ") {
                if let Some(parent) = parse_id(value)
                    && !is_repeated(&header.parents, parent, &mut many)
                {
                    header.parents.push(parent);
                }
            } else if let Some(value) = line.strip_prefix(b"tree ") {
                header.tree = header.tree.or_else(|| parse_id(value));
            } else if let Some(value) = line.strip_prefix(b"author ") {
                header.author_time = signature_time(value);
            } else if let Some(value) = line.strip_prefix(b"committer ") {
                header.committer_time = signature_time(value);
                // What follows (encoding, signatures, tags of merged branches) says nothing here.
                break;
            }
        }
        header
    }
}

/// Whether a parent was named before. Nearly all commits have one or two; a hostile one has tens of
/// thousands, and then a set (`many`) finds them.
fn is_repeated(parents: &[Oid], parent: Oid, many: &mut HashSet<Oid>) -> bool {
    if parents.len() < 16 {
        return parents.contains(&parent);
    }
    if many.is_empty() {
        many.extend(parents);
    }
    !many.insert(parent)
}

/// Headers and message of a commit or tag object.
pub(super) fn split_message(data: &[u8]) -> (&[u8], &[u8]) {
    match memmem::find(data, b"\n\n") {
        Some(end) => (&data[..end], &data[end + 2..]),
        None => (data, &[]),
    }
}

/// The id that a header value begins with.
pub(super) fn parse_id(value: &[u8]) -> Option<Oid> {
    let digits = value.first_chunk::<40>()?;
    let mut id = [0_u8; 20];
    for (byte, pair) in id.iter_mut().zip(digits.as_chunks::<2>().0) {
        *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
    }
    Oid::from_bytes(&id).ok()
}

/// The seconds of `Name <mail> seconds zone`; 0 when there are none or they do not fit. The zone does
/// not move the instant, so it is not read at all.
pub(super) fn signature_time(signature: &[u8]) -> i64 {
    let Some(mail_end) = memrchr(b'>', signature) else {
        return 0;
    };
    let rest = signature[mail_end + 1..].trim_ascii_start();
    let seconds = &rest[..memchr(b' ', rest).unwrap_or(rest.len())];
    std::str::from_utf8(seconds)
        .ok()
        .and_then(|seconds| seconds.trim_ascii_end().parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "1111111111111111111111111111111111111111";
    const PARENT: &str = "2222222222222222222222222222222222222222";
    const OTHER: &str = "3333333333333333333333333333333333333333";

    fn oid(text: &str) -> Oid {
        Oid::from_str(text).unwrap()
    }

    #[test]
    fn a_merge_with_a_signature_is_taken_apart() {
        let data = format!(
            "tree {TREE}\nparent {PARENT}\nparent {OTHER}\nauthor A <a@x> 1700000000 +0130\n\
             committer C <c@x> 1700000100 -0800\ngpgsig -----BEGIN\n \n parent {TREE}\n -----END\n\n\
             feat: a\n\nbody\n"
        );
        let header = CommitHeader::parse(data.as_bytes());
        assert_eq!(header.tree, Some(oid(TREE)));
        assert_eq!(header.parents, [oid(PARENT), oid(OTHER)]);
        assert_eq!(header.author_time, 1_700_000_000);
        assert_eq!(header.committer_time, 1_700_000_100);
        assert_eq!(header.message, b"feat: a\n\nbody\n");
    }

    #[test]
    fn a_repeated_parent_is_one_parent() {
        let data = format!("tree {TREE}\nparent {PARENT}\nparent {PARENT}\n\n");
        assert_eq!(CommitHeader::parse(data.as_bytes()).parents, [oid(PARENT)]);
    }

    #[test]
    fn dates_are_read_as_they_are_or_are_zero() {
        for (signature, seconds) in [
            (&b"A <a> 0 +0000"[..], 0),
            (b"A <a> -5 +0000", -5),
            (b"A <a> 1700000000", 1_700_000_000),
            (b"A <a> 1700000000 +9999", 1_700_000_000),
            (b"A > B <a> 17 nonsense", 17),
            (b"A <a> 9223372036854775807 +0000", i64::MAX),
            (b"A <a> 12345678901234567890 +0000", 0),
            (b"A <a> yesterday", 0),
            (b"A <a>", 0),
            (b"A 1700000000 +0000", 0),
            (b"\xff\xfe <\xff> 42 \xff", 42),
            (b"", 0),
        ] {
            assert_eq!(signature_time(signature), seconds, "{signature:?}");
        }
    }

    #[test]
    fn any_bytes_make_some_header() {
        for data in [
            &b""[..],
            b"\n",
            b"\n\n",
            b"tree",
            b"tree zz\nparent 12\nauthor\n\n\xff",
        ] {
            let header = CommitHeader::parse(data);
            assert_eq!((header.tree, header.parents.len()), (None, 0));
            assert_eq!((header.author_time, header.committer_time), (0, 0));
        }
    }
}
