//! Measures answers and cuts lists to fit. Lambda counts a body as a string within JSON, and fails beyond 6 MB.

use std::io;

use serde::Serialize;

use crate::http::{List, PageRequest};

/// The most bytes of an answer's lists, as Lambda counts them.
pub const MAX_BYTES: usize = 4 << 20;

/// Lambda's limit: 6 MB, including status and headers.
pub const LAMBDA_BYTES: usize = 6 << 20;

/// Returns the size of a body as Lambda counts it: as JSON within a JSON string.
pub fn size(body: &impl Serialize) -> usize {
    let mut counter = Counter(0);
    // Serializing fails only for maps whose keys are no strings, and no body has one.
    serde_json::to_writer(&mut counter, body).map_or(usize::MAX, |()| counter.0)
}

/// Returns the size of a text within a JSON string.
pub fn escaped(text: &[u8]) -> usize {
    text.iter().map(|byte| if matches!(byte, b'"' | b'\\' | b'\n' | b'\r' | b'\t') { 2 } else { 1 }).sum()
}

struct Counter(usize);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += escaped(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The bytes that an answer has left for the entries of its lists.
pub struct Room(usize);

impl Room {
    /// Starts with this number of bytes.
    pub fn new(bytes: usize) -> Self {
        Self(bytes)
    }

    /// Reserves the bytes of an entry. Returns `false` if it does not fit.
    pub fn takes(&mut self, entry: &impl Serialize) -> bool {
        match self.0.checked_sub(size(entry) + 1) {
            Some(left) => {
                self.0 = left;
                true
            }
            None => false,
        }
    }
}

/// Cuts a list to the entries that fit, but keeps at least one. Returns the number of entries left out.
pub fn cut<T: Serialize>(entries: &mut Vec<T>, bytes: usize) -> usize {
    let (mut room, before) = (Room::new(bytes), entries.len());
    let fit = entries.iter().take_while(|entry| room.takes(entry)).count();
    entries.truncate(fit.max(1));
    before - entries.len()
}

impl<T: Serialize> List<T> {
    /// Returns a page: as many entries as requested and as fit. `more` is true if others follow `data`.
    pub fn of(mut data: Vec<T>, page: &PageRequest, more: bool, cursor: impl Fn(&T) -> String) -> Self {
        let before = data.len();
        data.truncate(page.limit as usize);
        cut(&mut data, MAX_BYTES);
        let cursor = data.last().filter(|_| more || data.len() < before).map(cursor);
        Self { data, cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_reckoned_as_a_text_in_json() {
        for text in ["plain", "\"quoted\" \\ and\nbroken", "\u{1}", "ä€😀"] {
            let body = serde_json::to_string(&[text]).unwrap();
            let in_json = serde_json::to_string(&body).unwrap().len() - 2;
            assert_eq!((size(&[text]), escaped(body.as_bytes())), (in_json, in_json), "{text:?}");
        }
    }

    #[test]
    fn a_page_ends_where_the_next_entry_does_not_fit_and_says_so() {
        let page = PageRequest { limit: 100, cursor: None };
        let entry = |n: usize| (n, "x".repeat(MAX_BYTES / 3));
        let of = |entries: std::ops::Range<usize>, more| {
            let list = List::of(entries.map(entry).collect(), &page, more, |(n, _)| n.to_string());
            (list.data.len(), list.cursor)
        };
        assert_eq!(of(0..2, false), (2, None));
        assert_eq!(of(0..2, true), (2, Some("1".into())));
        assert_eq!(of(0..4, false), (2, Some("1".into())));
        // A page always has one entry, of any size: without it, callers could not go on.
        let large = vec!["x".repeat(2 * MAX_BYTES); 2];
        let list = List::of(large, &page, false, |_| "first".into());
        assert_eq!((list.data.len(), list.cursor.as_deref()), (1, Some("first")));
        let none = List::of(Vec::<u8>::new(), &page, false, u8::to_string);
        assert_eq!((none.data.len(), none.cursor), (0, None));
    }
}
