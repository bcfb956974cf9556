//! The keys of a person: listed by their public names, minted and revoked. A new key stands on the page that answers its
//! minting, once, and nowhere else.

use askama::Template;
use domain::time_zone::TimeZone;
use edge::http::Response;
use serde_json::Value;

use crate::form::Form;
use crate::page::{self, Frame};
use crate::refusal::Refusal;
use crate::screens::form_page::FormPage;
use crate::screens::people::require_owner;
use crate::screens::person::{address, path};
use crate::screens::support::paged;
use crate::session::lead_to;
use crate::texts::Texts;
use crate::times;
use crate::visit::{Visit, part_of_path};

/// A page of a person's keys.
pub(crate) struct Keys {
    pub(crate) rows: Vec<KeyRow>,
    /// The address of the next page.
    pub(crate) next: Option<String>,
}

/// A key in a list.
pub(crate) struct KeyRow {
    pub(crate) id: String,
    pub(crate) made: String,
    /// When it was revoked; empty while it works.
    pub(crate) revoked: String,
}

#[derive(Template)]
#[template(path = "new_key.html")]
struct NewKeyPage {
    frame: Frame,
    t: &'static Texts,
    address: String,
    person: String,
    key: String,
}

/// Returns a page of a person's keys. `None` if the caller does not own all that the person may do.
pub(crate) async fn list(visit: &Visit<'_>, person: &str) -> Result<Option<Keys>, Refusal> {
    let path = paged(&format!("{}/keys", path(person)), &[("limit", "50"), ("cursor", visit.query.get("cursor"))]);
    match visit.get(&path).await {
        Ok(answer) => {
            let keys = answer.body["data"].as_array().into_iter().flatten();
            let next = |cursor: &str| format!("{}#keys", paged(&address(person), &[("cursor", cursor)]));
            Ok(Some(Keys {
                rows: keys.map(|key| row(visit.texts, key)).collect(),
                next: answer.body["cursor"].as_str().map(next),
            }))
        }
        Err(Refusal::Forbidden(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

fn row(t: &Texts, key: &Value) -> KeyRow {
    let at = |name: &str| times::instant(t.language, TimeZone::UTC, &key[name]);
    KeyRow {
        id: key["key_id"].as_str().unwrap_or_default().to_owned(),
        made: at("created_at"),
        revoked: at("expires_at"),
    }
}

/// `POST /console/people/{person}/keys`: mints a key and shows it.
pub(crate) async fn mint(visit: &Visit<'_>, person: &str) -> Result<Response, Refusal> {
    let frame = Frame::of(visit).await?;
    require_owner(&frame)?;
    // After signing in again nobody knows whether the button is still meant.
    if visit.is_held() {
        return Ok(lead_to(&address(person)));
    }
    let answer = visit.call("POST", &format!("{}/keys", path(person)), None, None).await?;
    let key = answer.body["key"].as_str().ok_or(Refusal::Broken)?.to_owned();
    let page = NewKeyPage { frame, t: visit.texts, address: address(person), person: person.to_owned(), key };
    Ok(page::html(200, &page))
}

/// `GET|POST /console/people/{person}/keys/{key}/revoke`.
pub(crate) async fn revoke(visit: &Visit<'_>, person: &str, key: &str) -> Result<Response, Refusal> {
    let frame = Frame::of(visit).await?;
    require_owner(&frame)?;
    let t = visit.texts;
    let here = address(person);
    let mut form = Form {
        action: format!("{here}/keys/{}/revoke", part_of_path(key)),
        submit: t.get("keys-revoke"),
        cancel: here.clone(),
        ..Form::default()
    };
    let mut status = 200;
    if visit.is_post && !visit.is_held() {
        let path = format!("{}/keys/{}", path(person), part_of_path(key));
        let answer = visit.call("DELETE", &path, None, None).await?;
        if answer.status < 300 {
            return Ok(lead_to(&format!("{here}?saved")));
        }
        form.place(t, &answer.body);
        status = answer.status;
    }
    let notes = vec![t.with("keys-revoke-effect", &[("key", key)])];
    let (title, crumb, is_held) = (t.get("keys-revoke"), (here, person.to_owned()), visit.is_held());
    Ok(page::html(status, &FormPage { frame, t, title, crumb, notes, form, conflict: None, is_held }))
}
