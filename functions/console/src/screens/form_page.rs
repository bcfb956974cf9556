//! A page with one form: what most steps need that change something. A confirmation is such a form without fields.

use askama::Template;

use crate::form::{Form, Kind};
use crate::page::Frame;
use crate::texts::Texts;

/// The page.
#[derive(Template)]
#[template(path = "form_page.html")]
pub(crate) struct FormPage {
    pub(crate) frame: Frame,
    pub(crate) t: &'static Texts,
    pub(crate) title: String,
    /// The address of the page before, and its name.
    pub(crate) crumb: (String, String),
    /// What the person should know before.
    pub(crate) notes: Vec<String>,
    pub(crate) form: Form,
    /// What somebody else has changed meanwhile.
    pub(crate) conflict: Option<Vec<String>>,
    pub(crate) is_held: bool,
}

/// Says what a stored form has where the typed one differs: what somebody else may have changed.
pub(crate) fn differences(t: &Texts, stored: &Form, typed: &Form) -> Vec<String> {
    let fields = |form: &Form| -> Vec<(String, String, String)> {
        let fields = form.sections.iter().flat_map(|section| &section.fields);
        fields.map(|field| (field.name.clone(), field.label.clone(), field.value.clone())).collect()
    };
    let typed = fields(typed);
    let differs = |(name, _, value): &(String, String, String)| {
        typed.iter().any(|(found, _, other)| found == name && other != value)
    };
    let stored = fields(stored).into_iter().filter(differs);
    stored.map(|(_, label, value)| t.with("conflict-now", &[("field", &label), ("value", &value)])).collect()
}
