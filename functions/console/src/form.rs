//! A form, as every screen with one builds it and `templates/form.html` shows it: sections of fields, with what was
//! typed and every mistake at its field. A mistake that the API names by a JSON pointer finds its field here.

use serde_json::Value;

use crate::mistakes;
use crate::texts::Texts;
use crate::visit::Fields;

/// How a field is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A line of text.
    Line,
    /// A whole number.
    Number,
    /// Several lines.
    Area,
    /// Several lines of a rule, in a type in which every sign has its place.
    Code,
    /// One of some values, each with its label.
    Choice(Vec<(String, String)>),
    /// A line of text for which the form has suggestions: what would be a long choice in every row.
    Suggested,
    /// A question that has come up: one of some values, none chosen yet.
    Question(Vec<(String, String)>),
}

/// A field.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) hint: String,
    pub(crate) value: String,
    pub(crate) kind: Kind,
    pub(crate) is_required: bool,
    pub(crate) mistake: Option<Mistake>,
    /// The JSON pointers in the API's body that this field makes.
    pointers: Vec<String>,
}

/// A mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// What is wrong.
    pub(crate) text: String,
    /// True if these are the API's own words.
    pub(crate) is_english: bool,
    /// What the API's own words, in English, say besides.
    pub(crate) more: String,
}

impl Mistake {
    /// A mistake in the page's language.
    pub(crate) fn new(text: String) -> Self {
        Self { text, is_english: false, more: String::new() }
    }

    /// A mistake that the API has found.
    pub(crate) fn of_api(t: &Texts, error: &Value) -> Self {
        mistakes::of_api(t, error)
    }
}

impl Field {
    /// A line of text.
    pub(crate) fn line(name: impl Into<String>, label: String, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            label,
            hint: String::new(),
            value: value.into(),
            kind: Kind::Line,
            is_required: false,
            mistake: None,
            pointers: Vec::new(),
        }
    }

    pub(crate) fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    pub(crate) fn hint(mut self, hint: String) -> Self {
        self.hint = hint;
        self
    }

    pub(crate) fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    /// Names the place in the API's body that this field makes, as a JSON pointer.
    pub(crate) fn at(mut self, pointer: impl Into<String>) -> Self {
        self.pointers.push(pointer.into());
        self
    }

    /// True if the value of a choice is the chosen one.
    pub(crate) fn is_chosen(&self, value: &str) -> bool {
        self.value == value
    }

    /// True if it may stay empty. A choice always has a value.
    pub(crate) fn is_optional(&self) -> bool {
        let is_choice =
            matches!(&self.kind, Kind::Choice(choices) if choices.iter().all(|(value, _)| !value.is_empty()));
        !self.is_required && !is_choice
    }

    /// The ids of the texts that describe the field.
    pub(crate) fn described_by(&self) -> String {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.name));
        let mistake = self.mistake.as_ref().map(|_| format!("{}-mistake", self.name));
        hint.into_iter().chain(mistake).collect::<Vec<_>>().join(" ")
    }

    /// The lines that an area shows at least.
    pub(crate) fn rows(&self) -> usize {
        self.value.lines().count().clamp(2, 12)
    }
}

/// A part of a form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Section {
    pub(crate) legend: String,
    pub(crate) hint: String,
    pub(crate) fields: Vec<Field>,
    /// How many fields stand side by side where there is room; 0 for one below the other.
    pub(crate) columns: u8,
}

impl Section {
    pub(crate) fn new(legend: String, fields: Vec<Field>) -> Self {
        Self { legend, hint: String::new(), fields, columns: 0 }
    }

    pub(crate) fn hint(mut self, hint: String) -> Self {
        self.hint = hint;
        self
    }
}

/// A form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form {
    /// Where it posts to.
    pub(crate) action: String,
    /// The version of the campaign that the person sees.
    pub(crate) version: Option<u64>,
    /// The id of what it was opened for, where its address names only a place: others may come or go before it.
    pub(crate) opened_for: Option<String>,
    pub(crate) sections: Vec<Section>,
    pub(crate) submit: String,
    /// A second button, which sends the form as something else: the value of `as`, and its label.
    pub(crate) other: Option<(String, String)>,
    /// Where nothing is saved.
    pub(crate) cancel: String,
    /// Values with their labels, for the fields that are suggested some.
    pub(crate) suggestions: Vec<(String, String)>,
    /// Mistakes that belong to no field.
    pub(crate) others: Vec<Mistake>,
}

impl Section {
    /// Puts so many fields side by side: a row of a table that is filled in.
    pub(crate) fn columns(mut self, columns: u8) -> Self {
        self.columns = columns;
        self
    }
}

impl Form {
    /// Puts what was typed into the fields.
    pub(crate) fn fill(&mut self, typed: &Fields) {
        for field in self.sections.iter_mut().flat_map(|section| &mut section.fields) {
            if typed.has(&field.name) {
                typed.get(&field.name).clone_into(&mut field.value);
            }
        }
    }

    /// Returns what was typed and differs from the fields' values, with the labels of the fields: for a form that can be
    /// saved no more.
    pub(crate) fn typed_otherwise(&self, typed: &Fields) -> Vec<(String, String)> {
        let known =
            |name: &str| self.sections.iter().flat_map(|section| &section.fields).find(|field| field.name == name);
        let differs = |(name, text): &&(String, String)| {
            !matches!(name.as_str(), "version" | "opened_for")
                && text.replace("\r\n", "\n") != known(name).map_or("", |field| field.value.as_str())
        };
        let shown = |(name, text): &(String, String)| {
            (known(name).map_or_else(|| name.clone(), |field| field.label.clone()), text.clone())
        };
        typed.0.iter().filter(differs).map(shown).collect()
    }

    /// Puts a mistake to the field of that name.
    pub(crate) fn refuse(&mut self, name: &str, mistake: Mistake) {
        let mut fields = self.sections.iter_mut().flat_map(|section| &mut section.fields);
        match fields.find(|field| field.name == name) {
            Some(field) => {
                field.mistake.get_or_insert(mistake);
            }
            None => self.others.push(mistake),
        }
    }

    /// Asks a question right behind a field.
    pub(crate) fn ask(&mut self, behind: &str, question: Field) {
        for section in &mut self.sections {
            if let Some(at) = section.fields.iter().position(|field| field.name == behind) {
                section.fields.insert(at.saturating_add(1), question);
                return;
            }
        }
    }

    /// Puts the mistakes that the API names to their fields: each to the one with the longest pointer before it.
    pub(crate) fn place(&mut self, t: &Texts, problem: &Value) {
        let errors = problem["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        if errors.is_empty() {
            self.others.push(Mistake::of_api(t, problem));
        }
        for error in errors {
            let pointer = error["pointer"].as_str().unwrap_or_default();
            let mut mistake = Mistake::of_api(t, error);
            match self.field_of(pointer) {
                Some(name) => self.refuse(&name, mistake),
                None => {
                    mistake.text = format!("{pointer}: {}", mistake.text);
                    self.others.push(mistake);
                }
            }
        }
    }

    fn field_of(&self, pointer: &str) -> Option<String> {
        let fields = self.sections.iter().flat_map(|section| &section.fields);
        let lengths = fields.filter_map(|field| {
            let of_field = field.pointers.iter().filter(|known| is_below(pointer, known)).map(String::len);
            Some((of_field.max()?, &field.name))
        });
        lengths.max_by_key(|(length, _)| *length).map(|(_, name)| name.clone())
    }

    /// The fields with mistakes, for the summary on top.
    pub(crate) fn mistaken(&self) -> Vec<(&Field, &Mistake)> {
        let fields = self.sections.iter().flat_map(|section| &section.fields);
        fields.filter_map(|field| Some((field, field.mistake.as_ref()?))).collect()
    }

    /// True if nothing is wrong.
    pub(crate) fn is_good(&self) -> bool {
        self.others.is_empty() && self.mistaken().is_empty()
    }
}

/// True if a pointer names a place or something within it.
fn is_below(pointer: &str, place: &str) -> bool {
    pointer.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::texts;
    use serde_json::json;

    #[test]
    fn a_mistake_finds_the_field_with_the_longest_pointer() {
        let field = |name: &str, pointer: &str| Field::line(name, String::new(), "").at(pointer);
        let fields =
            vec![field("all", "/moments/0"), field("target", "/moments/0/target"), field("other", "/moments/1")];
        let mut form = Form { sections: vec![Section::new(String::new(), fields)], ..Form::default() };
        let error = |pointer: &str| json!({"pointer": pointer, "code": "x", "detail": "is wrong"});
        let errors = ["/moments/0/target", "/moments/0/rewards/1", "/moments/10", "/name"].map(error);
        form.place(texts::of(Language::English), &json!({"errors": errors}));
        let mistaken: Vec<&str> = form.mistaken().iter().map(|(field, _)| field.name.as_str()).collect();
        assert_eq!(mistaken, ["all", "target"]);
        let others: Vec<&str> = form.others.iter().map(|mistake| mistake.text.as_str()).collect();
        assert_eq!(others, ["/moments/10: is wrong", "/name: is wrong"]);
    }
}
