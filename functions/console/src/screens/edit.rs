//! Editing a campaign in sections, each a form that saves for itself. A section changes only its own fields: the body
//! for the API is the campaign as the API shows it. `If-Match` names the version that the person has seen; after
//! somebody else's change the form keeps what was typed and shows what has changed, also if its section is gone.

use askama::Template;
use edge::http::Response;
use serde_json::Value;

use crate::changes;
use crate::form::{Form, Kind};
use crate::page::{self, Frame};
use crate::refusal::Refusal;
use crate::screens::Place;
use crate::session::lead_to;
use crate::texts::Texts;
use crate::visit::{Fields, Visit};

/// What a section knows of the campaign that it edits.
pub(crate) struct Draft<'a> {
    pub(crate) t: &'static Texts,
    /// The campaign, as the API shows it.
    pub(crate) campaign: &'a Value,
    /// The app's reward groups: id and name.
    pub(crate) groups: &'a [(String, String)],
}

impl Draft<'_> {
    /// True if the whole campaign can change. An approved one only has a budget, an end and weights.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.campaign["state"].as_str(), Some("draft" | "rejected"))
    }
}

/// A section of a campaign.
pub(crate) trait Edits {
    /// The last part of its address.
    fn address(&self) -> String;

    /// Its heading.
    fn title(&self, t: &Texts) -> String;

    /// Its fields, with the campaign's values. `None` if the campaign has no such section.
    fn form(&self, draft: &Draft<'_>) -> Option<Form>;

    /// Puts what was typed into the campaign, and mistakes to their fields.
    fn apply(&self, draft: &Draft<'_>, typed: &Fields, form: &mut Form) -> Value;

    /// Finds what a posted form was opened for, which may stand at another place by now. False if it is gone.
    fn follow(&mut self, _campaign: &Value, _typed: &Fields) -> bool {
        true
    }

    /// Its form if it is gone, with what was typed and a mistake that says so. `None` if nothing can be kept.
    fn form_of_gone(&mut self, _draft: &Draft<'_>, _typed: &Fields) -> Option<Form> {
        None
    }

    /// True if its form offers the app's reward groups.
    fn needs_groups(&self) -> bool {
        false
    }

    /// True if the form was sent to be shown in another way, and not to be saved.
    fn is_only_shown(&self, _typed: &Fields) -> bool {
        false
    }

    /// True if it changes something of a campaign that is approved.
    fn is_for_approved(&self) -> bool {
        false
    }
}

#[derive(Template)]
#[template(path = "edit.html")]
struct EditPage {
    frame: Frame,
    t: &'static Texts,
    title: String,
    /// The campaign's name.
    name: String,
    address: String,
    /// `None` where the campaign's state allows no change here.
    form: Option<Form>,
    /// What was typed there, with its labels.
    typed: Vec<(String, String)>,
    /// What somebody else has changed meanwhile.
    conflict: Option<Vec<String>>,
    is_held: bool,
}

/// Shows a section, or saves it.
pub(crate) async fn handle(visit: &Visit<'_>, place: Place<'_>, mut section: impl Edits) -> Result<Response, Refusal> {
    let path = place.path();
    let (frame, answer, groups) =
        tokio::try_join!(Frame::of(visit), visit.get(&path), groups_if(section.needs_groups(), visit, place.app))?;
    let draft = Draft { t: visit.texts, campaign: &answer.body, groups: &groups };
    let is_gone = visit.is_post && !section.follow(draft.campaign, &visit.form);
    let form = if is_gone { section.form_of_gone(&draft, &visit.form) } else { section.form(&draft) };
    let mut form = form.ok_or(Refusal::NotFound)?;
    form.action = format!("{}/{}", place.address(), section.address());
    form.cancel = place.address();
    form.submit = draft.t.get("save");
    form.version = if visit.is_post && !is_gone { visit.form.version() } else { answer.version };
    let state = answer.body["state"].as_str().unwrap_or_default();
    let can_change =
        draft.is_open() || (section.is_for_approved() && matches!(state, "approved" | "live" | "suspended"));
    let mut conflict = None;
    if visit.is_post && can_change && !is_gone {
        form.fill(&visit.form);
        let body = section.apply(&draft, &visit.form, &mut form);
        if form.is_good() && !visit.is_held() && !section.is_only_shown(&visit.form) {
            match save(visit, &path, &body, &mut form).await? {
                Saved::Yes => return Ok(lead_to(&format!("{}?saved", place.address()))),
                Saved::Refused => {}
                Saved::Overtaken(seen) => {
                    // Saving again puts what was typed over the version that is shown now.
                    form.version = answer.version;
                    conflict = changes::since(visit, &path, &answer.body, seen).await?.or(Some(Vec::new()));
                }
            }
        }
    }
    let status = if conflict.is_some() || is_gone || !can_change && visit.is_post {
        409
    } else if form.is_good() {
        200
    } else {
        400
    };
    let page = EditPage {
        frame,
        t: draft.t,
        title: section.title(draft.t),
        name: answer.body["name"].as_str().unwrap_or_default().to_owned(),
        address: place.address(),
        typed: if can_change { Vec::new() } else { form.typed_otherwise(&visit.form) },
        form: can_change.then_some(form),
        conflict,
        is_held: visit.is_held(),
    };
    Ok(page::html(status, &page))
}

async fn groups_if(needed: bool, visit: &Visit<'_>, app: &str) -> Result<Vec<(String, String)>, Refusal> {
    if needed { groups(visit, app).await } else { Ok(Vec::new()) }
}

/// Returns the app's reward groups, for a choice: the first hundred.
pub(crate) async fn groups(visit: &Visit<'_>, app: &str) -> Result<Vec<(String, String)>, Refusal> {
    let answer = visit.get(&format!("/v1/apps/{}/reward-groups", crate::visit::part_of_path(app))).await?;
    let group = |group: &Value| {
        let id = group["reward_group_id"].as_str()?.to_owned();
        let name = group["name"].as_str().unwrap_or_default();
        Some((id.clone(), format!("{name} ({id})")))
    };
    Ok(answer.body["data"].as_array().into_iter().flatten().filter_map(group).collect())
}

enum Saved {
    Yes,
    /// The mistakes are in the form.
    Refused,
    /// Somebody else was faster. The version that the person had seen.
    Overtaken(u64),
}

async fn save(visit: &Visit<'_>, path: &str, body: &Value, form: &mut Form) -> Result<Saved, Refusal> {
    let seen = visit.form.seen();
    let answer = visit.call("PUT", path, Some(seen), Some(body)).await?;
    if answer.status < 300 {
        return Ok(Saved::Yes);
    }
    if answer.body["code"] == "version_conflict" {
        return Ok(Saved::Overtaken(seen));
    }
    form.place(visit.texts, &answer.body);
    Ok(Saved::Refused)
}

/// Returns the campaign as a body of the API: without what only the API writes.
pub(crate) fn body_of(campaign: &Value) -> Value {
    let mut body = campaign.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|name, _| {
            !matches!(name.as_str(), "campaign_id" | "state" | "reason" | "version" | "proposed_budget")
        });
    }
    body
}
