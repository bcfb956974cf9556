//! Releasing, voiding and replacing a reward. Each asks once more, and for a reason that the reward's changes keep.

use edge::http::Response;
use outbound_api::Answer;
use serde_json::{Value, json};

use crate::amounts;
use crate::form::{Field, Form, Kind, Mistake, Section};
use crate::page::{self, Frame, campaign_address};
use crate::refusal::Refusal;
use crate::screens::form_page::FormPage;
use crate::screens::reward;
use crate::session::lead_to;
use crate::texts::{Texts, isolated};
use crate::visit::{Fields, Visit, part_of_path};

/// A step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Release,
    Void,
    Replace,
}

impl Step {
    fn of(name: &str) -> Option<Self> {
        match name {
            "release" => Some(Self::Release),
            "void" => Some(Self::Void),
            "replace" => Some(Self::Replace),
            _ => None,
        }
    }

    fn name(self, t: &Texts) -> String {
        match self {
            Self::Release => t.get("reward-release"),
            Self::Void => t.get("reward-void"),
            Self::Replace => t.get("reward-replace"),
        }
    }

    /// Says what the step does.
    fn effect(self, t: &Texts) -> String {
        match self {
            Self::Release => t.get("reward-release-effect"),
            Self::Void => t.get("reward-void-effect"),
            Self::Replace => t.get("reward-replace-effect"),
        }
    }

    fn fields(self, t: &Texts) -> Vec<Field> {
        let reason = Field::line("reason", t.get("review-reason"), "").required().at("/reason");
        if self == Self::Release {
            return vec![reason.kind(Kind::Area)];
        }
        let choices = vec![
            (String::new(), t.get("choose")),
            ("error".to_owned(), t.get("reward-error")),
            ("fraud".to_owned(), t.get("reward-fraud")),
        ];
        let note = Field::line("note", t.get("reward-note"), "").kind(Kind::Area).at("/note");
        let mut fields = vec![reason.kind(Kind::Choice(choices)), note.hint(t.get("reward-note-hint"))];
        if self == Self::Replace {
            let group = Field::line("group", t.get("reward-other-group"), "").at("/reward_group_id");
            fields.push(group.hint(t.get("reward-other-group-hint")));
        }
        fields
    }

    fn body(self, typed: &Fields) -> Value {
        let text = |name: &str| typed.get(name).replace("\r\n", "\n");
        let mut body = json!({"reason": text("reason")});
        for (name, field) in [("note", "note"), ("group", "reward_group_id")] {
            let is_asked = field == "note" && self != Self::Release || self == Self::Replace;
            if is_asked && !typed.get(name).is_empty() {
                body[field] = text(name).into();
            }
        }
        body
    }
}

/// `GET|POST /console/apps/{app}/rewards/{reward}/{step}?back=reviews`.
pub(crate) async fn handle(visit: &Visit<'_>, app: &str, reward: &str, step: &str) -> Result<Response, Refusal> {
    let name = step;
    let step = Step::of(name).ok_or(Refusal::NotFound)?;
    let (frame, found) = tokio::try_join!(Frame::of(visit), reward::read(visit, app, reward))?;
    let t = visit.texts;
    let address = reward::address(app, reward);
    let is_of_reviews = visit.query.get("back") == "reviews";
    let back = if is_of_reviews {
        let campaign = found["campaign_id"].as_str().unwrap_or_default();
        format!("{}/reviews", campaign_address(app, campaign))
    } else {
        address.clone()
    };
    let query = if is_of_reviews { "?back=reviews" } else { "" };
    let mut form = Form {
        action: format!("{address}/{name}{query}"),
        sections: vec![Section::new(step.name(t), step.fields(t)).hint(step.effect(t))],
        submit: step.name(t),
        cancel: back.clone(),
        ..Form::default()
    };
    let mut status = 200;
    if visit.is_post {
        form.fill(&visit.form);
        if visit.form.get("reason").is_empty() {
            form.refuse("reason", Mistake::new(t.get("mistake-missing")));
        }
        if form.is_good() && !visit.is_held() {
            let path = format!("/v1/rewards/{}/{name}", part_of_path(reward));
            let answer = visit.call("POST", &path, None, Some(&step.body(&visit.form))).await?;
            if answer.status < 300 {
                return Ok(lead_to(&after(&answer, &address, &back)));
            }
            form.place(t, &answer.body);
            status = answer.status;
        } else if !form.is_good() {
            status = 400;
        }
    }
    let notes = vec![sentence(t, &found)];
    let crumb = (address, reward.to_owned());
    let is_held = visit.is_held();
    let page = FormPage { frame, t, title: step.name(t), crumb, notes, form, conflict: None, is_held };
    Ok(page::html(status, &page))
}

/// The page that says what came of it. Where nothing was left for another one, the reward's own page says so.
fn after(answer: &Answer, address: &str, back: &str) -> String {
    if answer.body["outcome"] == "nothing_left" {
        return format!("{address}?nothing-left");
    }
    format!("{back}?saved")
}

fn sentence(t: &Texts, reward: &Value) -> String {
    let text = |name: &str| isolated(reward[name].as_str().unwrap_or_default());
    let (cost, state) = (amounts::money(t.language, &reward["cost"]), reward::state(t, reward));
    let arguments = [
        ("group", text("reward_group_id")),
        ("user", text("user_id")),
        ("campaign", text("campaign_id")),
        ("cost", cost),
        ("state", state),
    ];
    let arguments: Vec<(&str, &str)> = arguments.iter().map(|(name, value)| (*name, value.as_str())).collect();
    t.with("reward-sentence", &arguments)
}
