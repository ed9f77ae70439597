//! Archives of Focalboard that are broken or hostile: what is read of them, and what is said.

use std::io::{Cursor, Write};

use zip::{CompressionMethod, ZipWriter};

use super::focalboard_archive::Limits;
use super::focalboard_tests::{
    archive, delivery, fixture, options, read_all, try_read, unread, why,
};

#[test]
fn an_archive_that_unfolds_without_measure_is_cut_off_and_told() {
    let board = fixture("focalboard-board.jsonl");
    let mut bomb = board.clone();
    bomb.resize(8 * 1024 * 1024, b' ');
    let zipped = archive(&[("a/board.jsonl", &bomb), ("b/board.jsonl", &board)]);
    assert!(
        zipped.len() < 32 * 1024,
        "it is pressed to {}",
        zipped.len()
    );
    let (items, remarks) = read_all(&zipped);
    assert_eq!(items.len(), 14, "what came before it is kept");
    let told = unread(&remarks).unwrap();
    assert!(told.incomplete);
    let message = &told.message;
    assert!(
        message.contains("`a/board.jsonl` after line 11: it unfolds to more"),
        "{message}"
    );
}

#[test]
fn boards_that_are_too_large_together_are_cut_off() {
    let board = fixture("focalboard-board.jsonl");
    let zipped = archive(&[("a/board.jsonl", &board), ("b/board.jsonl", &board)]);
    let size = board.len() as u64;
    let limits = |entry, total| Limits {
        entry,
        total,
        ..Limits::USUAL
    };
    let counts = |limits| {
        let (items, remarks, done) = try_read(&zipped, limits);
        done.unwrap();
        let unread = remarks
            .notices
            .iter()
            .find(|it| it.code == "focalboard-board-unread");
        (items.len(), unread.map_or(0, |notice| notice.count))
    };
    assert_eq!(counts(limits(size, 2 * size)), (14, 0));
    assert_eq!(counts(limits(size, 2 * size - 1)), (7, 1));
    assert_eq!(counts(limits(size - 1, 2 * size)), (0, 2));
}

#[test]
fn entries_that_climb_out_of_the_archive_are_passed_over_and_told() {
    let board = fixture("focalboard-board.jsonl");
    let names = [
        "../board.jsonl",
        "a/../../board.jsonl",
        "/etc/board.jsonl",
        "C:/board.jsonl",
        "a\\..\\board.jsonl",
        "a//board.jsonl",
    ];
    let mut entries: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, &board[..])).collect();
    entries.push(("good/board.jsonl", &board));
    let (items, remarks) = read_all(&archive(&entries));
    assert_eq!(items.len(), 7);
    let outside = remarks
        .notices
        .iter()
        .find(|it| it.code == "focalboard-entry-outside")
        .unwrap();
    assert_eq!(outside.count, names.len());
}

#[test]
fn an_archive_that_is_cut_off_or_damaged_says_so() {
    let whole = delivery();
    for length in [4, 30, whole.len() / 2, whole.len() - 1] {
        let error = why(&whole[..length]);
        assert!(error.contains("damaged or cut off"), "{length}: {error}");
    }
    let list = whole.windows(4).position(|it| it == b"PK\x01\x02").unwrap();
    let mut broken = whole.clone();
    broken[list..list + 4].copy_from_slice(b"XXXX");
    let error = why(&broken);
    assert!(error.contains("damaged or cut off"), "{error}");
}

#[test]
fn a_damaged_board_keeps_what_came_before_and_says_where_it_ends() {
    let board = fixture("focalboard-board.jsonl");
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("b/board.jsonl", options(CompressionMethod::Stored))
        .unwrap();
    zip.write_all(&board).unwrap();
    let mut bytes = zip.finish().unwrap().into_inner();
    let title = bytes.windows(4).position(|it| it == b"Dark").unwrap();
    bytes[title] = b'X';
    let (items, remarks) = read_all(&bytes);
    assert_eq!(items.len(), 7, "the damage is found at the end");
    assert_eq!(items[5].title, "Xark colours");
    assert_eq!(unread(&remarks).unwrap().count, 1);
}

#[test]
fn an_archive_of_something_else_says_what_it_is() {
    let other = archive(&[("readme.txt", b"hello")]);
    assert_eq!(
        why(&other),
        "the archive holds no board.jsonl: it is none of Focalboard"
    );
    let workbook = archive(&[
        ("[Content_Types].xml", b"<a/>"),
        ("xl/workbook.xml", b"<a/>"),
    ]);
    assert_eq!(
        why(&workbook),
        "it is a workbook of a spreadsheet: save it as CSV"
    );
    let nested = archive(&[("inner.boardarchive", &delivery())]);
    assert_eq!(
        why(&nested),
        "the archive holds no board.jsonl: it is none of Focalboard"
    );
    assert_eq!(
        why(&archive(&[])),
        "the archive holds no board.jsonl: it is none of Focalboard"
    );
}

#[test]
fn encrypted_boards_and_unknown_ways_of_pressing_are_told_and_harm_no_other() {
    let board = fixture("focalboard-board.jsonl");
    let zipped = archive(&[("a/board.jsonl", &board), ("b/board.jsonl", &board)]);
    let lists: Vec<usize> = zipped
        .windows(4)
        .enumerate()
        .filter_map(|(at, it)| (it == b"PK\x01\x02").then_some(at))
        .collect();
    // In the list: flags 8 bytes behind the signature, the way of pressing 10 behind it.
    let mut encrypted = zipped.clone();
    encrypted[lists[0] + 8] |= 1;
    let (items, remarks) = read_all(&encrypted);
    assert_eq!(items.len(), 7);
    let told = &remarks.notices[0].message;
    assert!(told.ends_with("`a/board.jsonl` is encrypted"), "{told}");
    let mut pressed = zipped;
    pressed[lists[0] + 10] = 93;
    let (items, remarks) = read_all(&pressed);
    assert_eq!(items.len(), 7);
    let told = &remarks.notices[0].message;
    assert!(told.ends_with("only deflate is"), "{told}");
}

#[test]
fn an_archive_that_lists_too_many_entries_is_refused_before_they_are_read() {
    let listing = |count: usize| {
        let mut bytes = b"PK\x05\x06".to_vec();
        for _ in 0..count {
            bytes.extend_from_slice(b"PK\x01\x02");
            bytes.extend_from_slice(&[0; 42]);
        }
        bytes
    };
    let refused = "the archive lists more than 200000 entries";
    assert_eq!(why(&listing(200_001)), refused);
    assert_ne!(why(&listing(200_000)), refused);
}
