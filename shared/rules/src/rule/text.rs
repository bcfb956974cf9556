//! Rules as text: nesting, clauses, and the place of a mistake. Skips quotes and `//` comments.

use super::Flaw;

pub(super) const MAX_DEPTH: usize = 32;

/// Refuses deep nesting before the parser, which recurses as deep, sees it.
pub(super) fn check_nesting(source: &str) -> Result<(), Flaw> {
    let mut depth = 0_usize;
    for (at, token) in tokens(source) {
        match token {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(flaw(source, at, format!("nests more than {MAX_DEPTH} deep")));
        }
    }
    Ok(())
}

/// Cuts a rule at each `&&` outside brackets. Returns one part if `||` or `?` binds weaker.
pub(super) fn conjuncts(source: &str) -> Vec<&str> {
    let (mut parts, mut from, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, token) in tokens(source) {
        match token {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            "||" | "?" if depth == 0 => return vec![source],
            "&&" if depth == 0 => {
                parts.push(&source[from..at]);
                from = at + token.len();
            }
            _ => {}
        }
    }
    parts.push(&source[from..]);
    parts
}

/// Returns brackets and joining operators with their positions, outside texts and comments.
fn tokens(source: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(next) = source[at..].chars().next() {
            let (rest, here) = (&source[at..], at);
            at += next.len_utf8();
            match next {
                '"' | '\'' => at = here + text_length(rest, is_raw(&source[..here])),
                '/' if rest.starts_with("//") => at = here + rest.find('\n').unwrap_or(rest.len()),
                '(' | ')' | '[' | ']' | '{' | '}' | '?' => return Some((here, &source[here..at])),
                '&' | '|' if rest[1..].starts_with(next) => {
                    at += 1;
                    return Some((here, &source[here..at]));
                }
                _ => {}
            }
        }
        None
    })
}

/// True if a text after `before` is raw: a backslash is not special there.
fn is_raw(before: &str) -> bool {
    let prefix = before.trim_end_matches(['r', 'R', 'b', 'B']);
    let name = prefix.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_');
    !name && before[prefix.len()..].contains(['r', 'R'])
}

fn text_length(text: &str, raw: bool) -> usize {
    let quote = if text.starts_with("\"\"\"") || text.starts_with("'''") { &text[..3] } else { &text[..1] };
    let mut at = quote.len();
    while at < text.len() {
        if text[at..].starts_with(quote) {
            return at + quote.len();
        }
        let Some(next) = text[at..].chars().next() else { break };
        at += next.len_utf8();
        if next == '\\' && !raw {
            at += text[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    text.len()
}

/// Returns a mistake at a byte of the rule.
pub(super) fn flaw(source: &str, at: usize, reason: String) -> Flaw {
    let at = (0..=at.min(source.len())).rev().find(|at| source.is_char_boundary(*at)).unwrap_or(0);
    let before = &source[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    Flaw { line, column, reason }
}
