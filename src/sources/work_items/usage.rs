//! The usage file of `dora value --usage`: a CSV with a header, `key` and any of `adoption_pct`,
//! `nps_gain`, `usage`, `nps`, `uptime`, `incidents`, `severity`, in any order. A number that makes no
//! sense is left out with its line; a row without a key is skipped.

use std::collections::HashMap;
use std::io::{self, Read};

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::model::Notice;
use crate::model::usage::UsageRow;

/// The largest usage file that is read, in bytes.
const LARGEST: u64 = 64 << 20;
/// So many faults are told; the rest is counted.
const MOST_TOLD: usize = 20;

/// A usage file that was read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Usage {
    /// Its rows, in order; of several with one key the last one.
    pub rows: Vec<UsageRow>,
    /// What was wrong with it.
    pub notices: Vec<Notice>,
}

/// As much of a line as a message has room for.
fn beginning(line: &str) -> String {
    const MOST: usize = 160;
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    }
}

/// Reads a usage file; `place` is how it is called in messages.
///
/// # Errors
/// It cannot be read, it is too large, or it has no column `key`.
pub fn read_usage(place: &str, input: impl Read) -> io::Result<Usage> {
    let mut bytes = Vec::new();
    input.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(invalid(format!("{place} is larger than 64 MB")));
    }
    let text = String::from_utf8_lossy(&bytes);
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let delimiter = delimiter(text);
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let header = reader
        .headers()
        .map_err(|error| invalid(error.to_string()))?;
    let columns = Columns::of(header, delimiter != b',');
    let Some(key) = columns.key else {
        return Err(invalid(format!(
            "{place} has no column `key`; its first line is {}",
            beginning(&header.iter().collect::<Vec<_>>().join(", "))
        )));
    };
    let mut faults = Faults::new(place);
    let mut usage = Usage::default();
    let mut places: HashMap<String, usize> = HashMap::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                faults.add(line, "cannot be read");
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let Some(key) = record.get(key).filter(|key| !key.is_empty()) else {
            if record.iter().any(|cell| !cell.is_empty()) {
                faults.add(line, "has no key");
            }
            continue;
        };
        let row = columns.row(key, &record, |reason| faults.add(line, reason));
        match places.get(key).and_then(|place| usage.rows.get_mut(*place)) {
            Some(known) => {
                faults.add(line, "has the key of an earlier row and replaces it");
                *known = row;
            }
            None => {
                places.insert(key.to_owned(), usage.rows.len());
                usage.rows.push(row);
            }
        }
    }
    usage.notices = faults.notices();
    Ok(usage)
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// The sign that separates most cells in the first line.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let count = |sign: u8| header.bytes().filter(|byte| *byte == sign).count();
    // Of equal ones the first.
    let mut best = b',';
    for sign in [b';', b'\t'] {
        if count(sign) > count(best) {
            best = sign;
        }
    }
    best
}

/// Where each number stands, if it does.
struct Columns {
    key: Option<usize>,
    numbers: [Option<usize>; 7],
    /// Where commas separate no cells, one is a decimal comma; else it may group thousands.
    has_decimal_commas: bool,
}

/// The numbers: their column, the least and the greatest value, whether it is a share that may be told
/// in per cent (`99.9%`).
const NUMBERS: [(&str, f64, f64, bool); 7] = [
    ("adoption_pct", 0.0, 100.0, false),
    ("nps_gain", -200.0, 200.0, false),
    ("usage", 0.0, 1.0, true),
    ("nps", -100.0, 100.0, false),
    ("uptime", 0.0, 1.0, true),
    ("incidents", 0.0, 1e9, false),
    ("severity", 0.0, 1e9, false),
];

impl Columns {
    fn of(header: &StringRecord, has_decimal_commas: bool) -> Self {
        let position = |name: &str| {
            header
                .iter()
                .position(|column| column.trim().to_lowercase().replace([' ', '-'], "_") == name)
        };
        Self {
            key: position("key"),
            numbers: NUMBERS.map(|(name, ..)| position(name)),
            has_decimal_commas,
        }
    }

    fn row(&self, key: &str, record: &StringRecord, mut fault: impl FnMut(&str)) -> UsageRow {
        let mut numbers = [None; 7];
        for ((column, number), (name, least, greatest, is_share)) in
            self.numbers.iter().zip(&mut numbers).zip(NUMBERS)
        {
            let cell = column.and_then(|column| record.get(column));
            let Some(cell) = cell.filter(|cell| !cell.is_empty()) else {
                continue;
            };
            let value = value(cell, is_share, self.has_decimal_commas);
            *number = value.filter(|value| (least..=greatest).contains(value));
            if number.is_none() {
                fault(&format!("`{name}` is no number from {least} to {greatest}"));
            }
        }
        let [
            adoption_pct,
            nps_gain,
            usage,
            nps,
            uptime,
            incidents,
            severity,
        ] = numbers;
        UsageRow {
            key: key.to_owned(),
            adoption_pct,
            nps_gain,
            usage,
            nps,
            uptime,
            incidents,
            severity,
        }
    }
}

/// The number of a cell, with or without a sign for per cent.
fn value(cell: &str, is_share: bool, has_decimal_commas: bool) -> Option<f64> {
    let (number, is_percent) = match cell.strip_suffix('%') {
        Some(number) => (number.trim(), true),
        None => (cell, false),
    };
    let value: f64 = if has_decimal_commas {
        number.replace(',', ".").parse().ok()?
    } else {
        number.parse().ok()?
    };
    let value = if is_percent && is_share {
        value / 100.0
    } else {
        value
    };
    value.is_finite().then_some(value)
}

/// What is wrong with single rows.
struct Faults<'a> {
    place: &'a str,
    told: Vec<String>,
    count: usize,
}

impl<'a> Faults<'a> {
    fn new(place: &'a str) -> Self {
        Self {
            place,
            told: Vec::new(),
            count: 0,
        }
    }

    fn add(&mut self, line: u64, reason: &str) {
        self.count += 1;
        if self.told.len() < MOST_TOLD {
            self.told.push(format!("{}:{line}: {reason}", self.place));
        }
    }

    fn notices(self) -> Vec<Notice> {
        if self.count == 0 {
            return Vec::new();
        }
        let more = self.count - self.told.len();
        let mut message = self.told.join("; ");
        if more > 0 {
            message.push_str(&format!("; {more} more"));
        }
        vec![Notice::new("usage-rows", message).count(self.count)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Usage {
        read_usage("usage.csv", text.as_bytes()).unwrap()
    }

    #[test]
    fn columns_may_stand_in_any_order_and_be_missing() {
        let usage = read("nps_gain,Key,adoption pct\n5,FOC-101,40\n,FOC-102,12.5\n");
        let row = |key: &str, adoption, gain| UsageRow {
            key: key.to_owned(),
            adoption_pct: Some(adoption),
            nps_gain: gain,
            ..UsageRow::default()
        };
        assert_eq!(
            usage.rows,
            [row("FOC-101", 40.0, Some(5.0)), row("FOC-102", 12.5, None)]
        );
        assert!(usage.notices.is_empty());
    }

    #[test]
    fn spreadsheets_with_semicolons_commas_and_per_cent_are_understood() {
        let usage = read(
            "\u{FEFF}key;adoption_pct;usage;uptime;nps;incidents;severity\r\n\
             FOC-1;37,5;80%;99.9 %;-12;2;1,5\r\n",
        );
        let row = &usage.rows[0];
        assert_eq!((row.adoption_pct, row.usage), (Some(37.5), Some(0.8)));
        assert!((row.uptime.unwrap() - 0.999).abs() < 1e-12);
        assert_eq!((row.nps, row.incidents), (Some(-12.0), Some(2.0)));
        assert_eq!(row.incident_cost(), Some(3.0));
    }

    #[test]
    fn a_comma_in_a_cell_between_commas_is_not_guessed() {
        let usage = read("key,incidents\nFOC-1,\"1,000\"\n");
        assert_eq!(usage.rows[0].incidents, None);
        assert_eq!(usage.notices[0].count, 1);
    }

    #[test]
    fn what_makes_no_sense_is_left_out_with_its_line() {
        let usage = read(
            "key,adoption_pct,uptime\nFOC-1,140,0.9\n,30,1\nFOC-2,NaN,1.5\n\nFOC-3\nFOC-1,20,1\n",
        );
        let adoption: Vec<(&str, Option<f64>)> = usage
            .rows
            .iter()
            .map(|row| (row.key.as_str(), row.adoption_pct))
            .collect();
        assert_eq!(
            adoption,
            [("FOC-1", Some(20.0)), ("FOC-2", None), ("FOC-3", None)]
        );
        let notice = &usage.notices[0];
        assert_eq!((notice.code.as_str(), notice.count), ("usage-rows", 5));
        assert!(
            notice.message.starts_with(
                "usage.csv:2: `adoption_pct` is no number from 0 to 100; usage.csv:3: has no key"
            ),
            "{}",
            notice.message
        );
    }

    #[test]
    fn a_file_without_keys_is_refused_and_any_bytes_are_survived() {
        let error = read_usage("usage.csv", "id,adoption\n1,2\n".as_bytes()).unwrap_err();
        assert!(error.to_string().contains("no column `key`"), "{error}");
        assert!(read_usage("usage.csv", &b""[..]).is_err());
        let hostile = [b"key\n".as_slice(), &[0xFF, 0, b'"', b'\n', b'"']].concat();
        assert!(read_usage("usage.csv", hostile.as_slice()).is_ok());
    }
}
