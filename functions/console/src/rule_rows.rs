//! Rules as rows: a field, a comparison and a value, joined by "and" or by "or". A rule is rows only if it is, byte for
//! byte, what the rows write. Any other rule stays as it is written.

/// The most rows of a rule. A longer one stays as it is written.
pub(crate) const MOST_ROWS: usize = 10;

/// Signs that stand between the texts of a list.
const BETWEEN: [char; 3] = [',', '，', '、'];

/// Words that CEL keeps for itself: no attribute of a row has such a name.
const KEPT: [&str; 20] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
];

/// What a rule may ask about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// A segment: the user alone.
    User,
    /// An event of a competition, which has no progress.
    Score,
    /// Any other event.
    Event,
}

/// How rows are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Join {
    /// All of them hold.
    And,
    /// At least one of them holds.
    Or,
}

impl Join {
    fn sign(self) -> &'static str {
        match self {
            Self::And => " && ",
            Self::Or => " || ",
        }
    }
}

/// The values that a field can have, and that a comparison compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Text,
    Number,
    /// Yes or no.
    Truth,
    /// Whatever is known of it.
    Any,
}

/// The fields, as CEL names them. An attribute has a name besides.
pub(crate) const FIELDS: [&str; 9] = [
    "user.marketplace",
    "user.locale",
    "user.time_zone",
    "user.user_id",
    USER_ATTRIBUTE,
    "event.quantity",
    EVENT_ATTRIBUTE,
    "progress.count",
    "progress.rewards",
];

const USER_ATTRIBUTE: &str = "user.attributes";
const EVENT_ATTRIBUTE: &str = "event.attributes";

/// True if the field is an attribute, which has a name.
pub(crate) fn is_attribute(field: &str) -> bool {
    field == USER_ATTRIBUTE || field == EVENT_ATTRIBUTE
}

fn sort_of(field: &str) -> Sort {
    match field {
        USER_ATTRIBUTE | EVENT_ATTRIBUTE => Sort::Any,
        _ if field.starts_with("user.") => Sort::Text,
        _ => Sort::Number,
    }
}

impl Scope {
    /// True if a rule may ask about the field.
    pub(crate) fn has(self, field: &str) -> bool {
        match self {
            Self::User => field.starts_with("user."),
            Self::Score => !field.starts_with("progress."),
            Self::Event => true,
        }
    }
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Is,
    IsNot,
    OneOf,
    NoneOf,
    Begins,
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
    Yes,
    No,
    Known,
    Unknown,
}

use Comparison::{
    AtLeast, AtMost, Begins, Equal, Is, IsNot, Known, Less, More, No, NoneOf, NotEqual, OneOf, Unknown, Yes,
};

impl Comparison {
    pub(crate) const ALL: [Self; 15] =
        [Is, IsNot, OneOf, NoneOf, Begins, Equal, NotEqual, Less, AtMost, More, AtLeast, Yes, No, Known, Unknown];

    /// Its name in a form.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Is => "is",
            IsNot => "is_not",
            OneOf => "one_of",
            NoneOf => "none_of",
            Begins => "begins",
            Equal => "equal",
            NotEqual => "not_equal",
            Less => "less",
            AtMost => "at_most",
            More => "more",
            AtLeast => "at_least",
            Yes => "yes",
            No => "no",
            Known => "known",
            Unknown => "unknown",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    fn sort(self) -> Sort {
        match self {
            Is | IsNot | OneOf | NoneOf | Begins => Sort::Text,
            Equal | NotEqual | Less | AtMost | More | AtLeast => Sort::Number,
            Yes | No => Sort::Truth,
            Known | Unknown => Sort::Any,
        }
    }

    /// True if the comparison makes sense for a field. What is always there is not asked whether it is known.
    pub(crate) fn fits(self, field: &str) -> bool {
        match (sort_of(field), self.sort()) {
            (Sort::Any, _) => true,
            (Sort::Text, Sort::Any) => field != "user.user_id",
            (field, own) => field == own,
        }
    }

    /// True if it compares with a number.
    pub(crate) fn is_of_number(self) -> bool {
        self.sort() == Sort::Number
    }

    /// True if it compares with a value at all.
    pub(crate) fn has_value(self) -> bool {
        matches!(self.sort(), Sort::Text | Sort::Number)
    }

    /// Its sign in CEL, if it has one between a field and one value.
    fn sign(self) -> Option<&'static str> {
        match self {
            Is | Equal => Some(" == "),
            IsNot | NotEqual => Some(" != "),
            Less => Some(" < "),
            AtMost => Some(" <= "),
            More => Some(" > "),
            AtLeast => Some(" >= "),
            _ => None,
        }
    }
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// One of [`FIELDS`].
    pub(crate) field: &'static str,
    /// The name of an attribute; empty for any other field.
    pub(crate) attribute: String,
    pub(crate) comparison: Comparison,
    /// A text, a number with a point, or texts with commas between them; empty where the comparison has none.
    pub(crate) value: String,
}

impl Row {
    /// Writes the row in CEL. `None` if rows cannot say it.
    pub(crate) fn written(&self) -> Option<String> {
        if !self.comparison.fits(self.field) || (self.comparison.has_value() == self.value.is_empty()) {
            return None;
        }
        let path = match is_attribute(self.field) {
            true if is_name(&self.attribute) => format!("{}.{}", self.field, self.attribute),
            false if self.attribute.is_empty() => self.field.to_owned(),
            _ => return None,
        };
        let value = &self.value;
        Some(match self.comparison {
            Is | IsNot => format!("{path}{}{}", self.comparison.sign()?, quoted(value)?),
            OneOf => format!("{path} in [{}]", list(value)?),
            NoneOf => format!("!({path} in [{}])", list(value)?),
            Begins => format!("{path}.startsWith({})", quoted(value)?),
            Equal | NotEqual | Less | AtMost | More | AtLeast => {
                format!("{path}{}{}", self.comparison.sign()?, Some(value).filter(|value| is_number(value))?)
            }
            Yes => format!("{path} == true"),
            No => format!("{path} == false"),
            Known => format!("has({path})"),
            Unknown => format!("!has({path})"),
        })
    }
}

/// The rows of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rows {
    /// `And` where nothing is to be joined.
    pub(crate) join: Join,
    pub(crate) rows: Vec<Row>,
}

impl Rows {
    /// Returns rows with their join.
    pub(crate) fn new(join: Join, rows: Vec<Row>) -> Self {
        Self { join: if rows.len() > 1 { join } else { Join::And }, rows }
    }

    /// Writes the rule in CEL. `None` if rows cannot say it.
    pub(crate) fn written(&self) -> Option<String> {
        if self.rows.len() > MOST_ROWS {
            return None;
        }
        let rows: Option<Vec<String>> = self.rows.iter().map(Row::written).collect();
        Some(rows?.join(self.join.sign()))
    }

    /// Reads a rule. `None` if it is not exactly what rows write, or asks about more than the scope has.
    pub(crate) fn read(rule: &str, scope: Scope) -> Option<Self> {
        let (mut rows, mut rest, mut join) = (Vec::new(), rule, None);
        while !rest.is_empty() {
            if !rows.is_empty() {
                let next = [Join::And, Join::Or].into_iter().find(|join| rest.starts_with(join.sign()))?;
                if *join.get_or_insert(next) != next {
                    return None;
                }
                rest = &rest[next.sign().len()..];
            }
            let (row, behind) = row(rest)?;
            rows.push(row);
            rest = behind;
        }
        let read = Self::new(join.unwrap_or(Join::And), rows);
        // The proof that nothing is rewritten.
        let is_same = read.rows.iter().all(|row| scope.has(row.field)) && read.written().as_deref() == Some(rule);
        is_same.then_some(read)
    }
}

/// Reads one row. Returns it with what stands behind it.
fn row(text: &str) -> Option<(Row, &str)> {
    for (begin, comparison) in [("!has(", Unknown), ("has(", Known)] {
        if let Some(rest) = text.strip_prefix(begin) {
            let (path, rest) = path(rest);
            return Some((row_of(path, comparison, String::new())?, rest.strip_prefix(')')?));
        }
    }
    if let Some(rest) = text.strip_prefix("!(") {
        let (path, rest) = path(rest);
        let (texts, rest) = texts(rest.strip_prefix(" in [")?)?;
        return Some((row_of(path, NoneOf, texts)?, rest.strip_prefix(')')?));
    }
    let (path, rest) = path(text);
    if let Some(rest) = rest.strip_prefix('(') {
        let (value, rest) = text_of(rest)?;
        return Some((row_of(path.strip_suffix(".startsWith")?, Begins, value)?, rest.strip_prefix(')')?));
    }
    if let Some(rest) = rest.strip_prefix(" in [") {
        let (texts, rest) = texts(rest)?;
        return Some((row_of(path, OneOf, texts)?, rest));
    }
    for (end, comparison) in [(" == true", Yes), (" == false", No)] {
        if let Some(rest) = rest.strip_prefix(end) {
            return Some((row_of(path, comparison, String::new())?, rest));
        }
    }
    let is_text = |rest: &str| rest.starts_with('\'');
    for comparison in [Is, IsNot, Equal, NotEqual, AtMost, AtLeast, Less, More] {
        let Some(rest) = comparison.sign().and_then(|sign| rest.strip_prefix(sign)) else { continue };
        if is_text(rest) != (comparison.sort() == Sort::Text) {
            continue;
        }
        let (value, rest) = if is_text(rest) { text_of(rest)? } else { number(rest) };
        return Some((row_of(path, comparison, value)?, rest));
    }
    None
}

fn row_of(path: &str, comparison: Comparison, value: String) -> Option<Row> {
    let field = |path: &str| FIELDS.into_iter().find(|field| *field == path);
    if let Some(field) = field(path) {
        return Some(Row { field, attribute: String::new(), comparison, value });
    }
    let (before, name) = path.rsplit_once('.')?;
    Some(Row { field: field(before)?, attribute: name.to_owned(), comparison, value })
}

/// Cuts a path off, like `user.attributes.tier`.
fn path(text: &str) -> (&str, &str) {
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '.');
    text.split_at(text.find(|sign| !is_part(sign)).unwrap_or(text.len()))
}

fn number(text: &str) -> (String, &str) {
    let is_part = |sign: char| sign.is_ascii_digit() || matches!(sign, '-' | '.');
    let (number, rest) = text.split_at(text.find(|sign| !is_part(sign)).unwrap_or(text.len()));
    (number.to_owned(), rest)
}

/// Cuts a quoted text off.
fn text_of(quoted: &str) -> Option<(String, &str)> {
    let (mut text, mut is_escaped) = (String::new(), false);
    let inner = quoted.strip_prefix('\'')?;
    for (at, sign) in inner.char_indices() {
        match sign {
            '\\' if !is_escaped => is_escaped = true,
            '\'' if !is_escaped => return Some((text, &inner[at + 1..])),
            sign => {
                is_escaped = false;
                text.push(sign);
            }
        }
    }
    None
}

/// Cuts a list of quoted texts off, up to its bracket.
fn texts(list: &str) -> Option<(String, &str)> {
    let (mut texts, mut rest) = (Vec::new(), list);
    loop {
        let (text, behind) = text_of(rest)?;
        texts.push(text);
        if let Some(behind) = behind.strip_prefix(']') {
            return Some((texts.join(", "), behind));
        }
        rest = behind.strip_prefix(", ")?;
    }
}

/// Writes a text in quotes. `None` for one that no line of a form holds as it is.
fn quoted(text: &str) -> Option<String> {
    let is_line = !text.is_empty() && text.trim() == text && !text.chars().any(char::is_control);
    is_line.then(|| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")))
}

/// Returns the texts of a list as they were typed, without blanks around them.
pub(crate) fn listed(typed: &str) -> String {
    typed.split(BETWEEN).map(str::trim).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
}

fn list(value: &str) -> Option<String> {
    let texts: Option<Vec<String>> = value.split(", ").map(quoted).collect();
    (listed(value) == value).then(|| texts.map(|texts| texts.join(", ")))?
}

/// True for a number as rows write it: up to 15 digits, up to 6 behind the point.
pub(crate) fn is_number(text: &str) -> bool {
    let digits =
        |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    digits(whole, 15)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(|fraction| digits(fraction, 6))
}

/// True for a name that CEL takes behind a point.
pub(crate) fn is_name(text: &str) -> bool {
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
    let begins = text.chars().next().is_some_and(|first| is_part(first) && !first.is_ascii_digit());
    begins && text.chars().all(is_part) && !KEPT.contains(&text)
}

#[cfg(test)]
#[path = "rule_rows_tests.rs"]
mod tests;
