//! The page that shows a key or a secret, once: the answer to the form that made it. No address leads here.

use askama::Template;

use crate::page::Frame;
use crate::texts::Texts;

/// The page.
#[derive(Template)]
#[template(path = "new_secret.html")]
pub(crate) struct NewSecretPage {
    pub(crate) frame: Frame,
    pub(crate) t: &'static Texts,
    pub(crate) title: String,
    /// The address of the page before, and its name.
    pub(crate) crumb: (String, String),
    /// Says that it is shown only now.
    pub(crate) once: String,
    /// Names the secret.
    pub(crate) heading: String,
    pub(crate) secret: String,
}
