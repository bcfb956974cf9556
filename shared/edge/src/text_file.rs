//! Decodes files of spreadsheets and terminals by their byte-order mark, and refuses files that are not text.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

use encoding_rs::{Decoder, Encoding, UTF_8};

/// The byte-order mark of UTF-8.
pub const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// The number of first bytes, which show the kind of file.
const HEAD: usize = 512;

/// The bytes decoded in one step.
const PART: usize = 8 * 1024;

/// Returns the reason why a file is not text, by its first bytes.
fn reason_it_is_not_text(head: &[u8]) -> Option<&'static str> {
    match head {
        [b'P', b'K', 3 | 5, 4 | 6, ..] => {
            Some("is an Excel workbook (.xlsx) or another ZIP archive; save it as CSV UTF-8 and send that")
        }
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Some("is an Excel workbook (.xls); save it as CSV UTF-8 and send that"),
        [0x1f, 0x8b, ..] => Some("is compressed with gzip; unpack it first"),
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("is UTF-32; save it as UTF-8"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => None,
        _ if head.contains(&0) => Some("is no text, or UTF-16 without a byte-order mark; save it as UTF-8"),
        _ => None,
    }
}

/// Returns the reason why a text of a UTF-8 format, like JSON (RFC 8259, section 8.1), is not UTF-8.
pub fn not_utf8(text: &[u8]) -> Option<&'static str> {
    match text {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("is UTF-16; send it as UTF-8"),
        [0x1f, 0x8b, ..] => Some("is compressed with gzip; unpack it first"),
        _ => None,
    }
}

/// Reads a file as UTF-8, from the Unicode encoding that its byte-order mark names. Passes a file without a mark, or
/// with that of UTF-8, unchanged and with its mark, so that offsets are those of the file. Fails with
/// [`ErrorKind::InvalidData`] and the cause if the file is not text.
pub struct Decoded<Input> {
    input: Input,
    /// `None` before the first bytes are read.
    source: Option<Source>,
    /// Decoded UTF-8; bytes before `given` were already returned.
    ready: Vec<u8>,
    given: usize,
}

enum Source {
    AsItIs,
    Encoded(Box<Decoder>),
    Ended,
}

impl<Input: Read> Decoded<Input> {
    /// Reads `input` from its current position, which must be its beginning.
    pub fn new(input: Input) -> Self {
        Self { input, source: None, ready: Vec::new(), given: 0 }
    }

    fn detect_encoding(&mut self) -> io::Result<()> {
        let mut head = Vec::with_capacity(HEAD);
        self.input.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        if let Some(reason) = reason_it_is_not_text(&head) {
            return Err(io::Error::new(ErrorKind::InvalidData, reason));
        }
        self.ready.clear();
        self.given = 0;
        match Encoding::for_bom(&head) {
            Some((encoding, mark)) if encoding != UTF_8 => {
                let mut decoder = Box::new(encoding.new_decoder_without_bom_handling());
                self.decode(&mut decoder, &head[mark..], false);
                self.source = Some(Source::Encoded(decoder));
            }
            _ => {
                self.ready = head;
                self.source = Some(Source::AsItIs);
            }
        }
        Ok(())
    }

    fn decode(&mut self, decoder: &mut Decoder, part: &[u8], is_last: bool) {
        let mut text = String::with_capacity(decoder.max_utf8_buffer_length(part.len()).unwrap_or(4 * PART));
        // Never truncates: the buffer has the maximal length.
        let _ = decoder.decode_to_string(part, &mut text, is_last);
        (self.ready, self.given) = (text.into_bytes(), 0);
    }
}

impl<Input: Read + Seek> Decoded<Input> {
    /// Starts again at the beginning.
    pub fn rewind(&mut self) -> io::Result<()> {
        self.input.seek(SeekFrom::Start(0))?;
        (self.source, self.ready, self.given) = (None, Vec::new(), 0);
        Ok(())
    }
}

impl<Input: Read> Read for Decoded<Input> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.source.is_none() {
            self.detect_encoding()?;
        }
        loop {
            if self.given < self.ready.len() {
                let taken = into.len().min(self.ready.len() - self.given);
                into[..taken].copy_from_slice(&self.ready[self.given..self.given + taken]);
                self.given += taken;
                return Ok(taken);
            }
            match self.source.take() {
                Some(Source::Encoded(mut decoder)) => {
                    let mut part = Vec::with_capacity(PART);
                    let read = self.input.by_ref().take(PART as u64).read_to_end(&mut part)?;
                    self.decode(&mut decoder, &part, read == 0);
                    self.source = Some(if read == 0 { Source::Ended } else { Source::Encoded(decoder) });
                }
                Some(Source::Ended) => {
                    self.source = Some(Source::Ended);
                    return Ok(0);
                }
                Some(Source::AsItIs) | None => {
                    self.source = Some(Source::AsItIs);
                    return self.input.read(into);
                }
            }
        }
    }
}

/// Reads a whole text without its byte-order mark. Fails with the cause if it is not text.
pub fn read(input: impl Read) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    Decoded::new(input).read_to_end(&mut text)?;
    if text.starts_with(UTF8_MARK) {
        text.drain(..UTF8_MARK.len());
    }
    Ok(text)
}

/// Returns the column separator of a first line like `sep=;`, and the index of the next line.
pub fn named_separator(text: &[u8]) -> Option<(u8, usize)> {
    let end = text.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(text.len());
    let line = &text[..end];
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    let (name, separator) = line.split_at_checked(4)?;
    let &[separator] = separator else { return None };
    let is_separator = name.eq_ignore_ascii_case(b"sep=") && !separator.is_ascii_alphanumeric() && separator.is_ascii();
    let next = end + if text[end..].starts_with(b"\r\n") { 2 } else { usize::from(end < text.len()) };
    is_separator.then_some((separator, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        format!("\u{feff}{text}").encode_utf16().flat_map(unit).collect()
    }

    /// Gives one byte at a time, as a slow pipe does.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let taken = self.0.len().min(into.len()).min(1);
            into[..taken].copy_from_slice(&self.0[..taken]);
            self.0 = &self.0[taken..];
            Ok(taken)
        }
    }

    /// Source: question 98 of the field's list: Excel's "Unicode Text" is UTF-16, and the import found no column in it.
    #[test]
    fn a_text_is_decoded_by_its_byte_order_mark() {
        let text = format!("url\r\nhttps://a.example/1\r\nü 🎁 {}", "\u{1f381}é".repeat(10_000));
        for bytes in [
            utf16(&text, u16::to_le_bytes),
            utf16(&text, u16::to_be_bytes),
            text.clone().into_bytes(),
            [UTF8_MARK, text.as_bytes()].concat(),
        ] {
            assert_eq!(read(bytes.as_slice()).unwrap(), text.as_bytes());
            assert_eq!(read(Slow(&bytes)).unwrap(), text.as_bytes());
        }
        assert_eq!(read([].as_slice()).unwrap(), b"");
        assert_eq!(read(utf16("", u16::to_le_bytes).as_slice()).unwrap(), b"");
        // Half a character at the end shows as a broken one and is never dropped.
        let cut = &utf16("ab", u16::to_le_bytes)[..5];
        assert_eq!(read(cut).unwrap(), "a\u{fffd}".as_bytes());
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_cause_and_the_way_out() {
        for (bytes, cause) in [
            (b"PK\x03\x04\x14\x00\x06\x00".as_slice(), "is an Excel workbook (.xlsx)"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an Excel workbook (.xls)"),
            (b"\x1f\x8b\x08\x00", "is compressed with gzip"),
            (b"\xff\xfe\x00\x00u\x00\x00\x00", "is UTF-32"),
            (b"u\x00r\x00l\x00\n\x00", "is no text, or UTF-16 without"),
        ] {
            let error = read(bytes).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidData);
            assert!(error.to_string().starts_with(cause), "{error}");
        }
    }

    #[test]
    fn reading_begins_again() {
        let bytes = utf16("abc", u16::to_le_bytes);
        let mut decoded = Decoded::new(io::Cursor::new(bytes));
        for _ in 0..2 {
            let mut text = String::new();
            decoded.read_to_string(&mut text).unwrap();
            assert_eq!(text, "abc");
            decoded.rewind().unwrap();
        }
    }

    #[test]
    fn a_separator_is_taken_where_the_first_line_names_one() {
        assert_eq!(named_separator(b"sep=;\r\nurl;n\r\n"), Some((b';', 7)));
        assert_eq!(named_separator(b"SEP=\t\nurl"), Some((b'\t', 6)));
        assert_eq!(named_separator(b"\"sep=|\"\rurl"), Some((b'|', 8)));
        assert_eq!(named_separator(b"sep=,"), Some((b',', 5)));
        for none in ["sep=\nurl", "sep=;;\n", "sep=a\n", "url\nsep=;\n", "se", "sep=é\n", ""] {
            assert_eq!(named_separator(none.as_bytes()), None, "{none}");
        }
    }
}
