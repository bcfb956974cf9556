//! The steps of an order: a partner claims it, ships it, and reports how it ended. The forms show no address.

use edge::http::Response;
use serde_json::{Value, json};

use crate::form::{Field, Form, Mistake, Section};
use crate::page::{self, Frame};
use crate::refusal::Refusal;
use crate::screens::form_page::FormPage;
use crate::screens::order::{address, path};
use crate::session::lead_to;
use crate::texts::Texts;
use crate::visit::{Fields, Visit};

#[derive(Clone, Copy, PartialEq)]
enum Step {
    Claim,
    Ship,
    Deliver,
    Return,
    Lose,
}

impl Step {
    fn of(name: &str) -> Option<Self> {
        match name {
            "claim" => Some(Self::Claim),
            "ship" => Some(Self::Ship),
            "deliver" => Some(Self::Deliver),
            "return" => Some(Self::Return),
            "lose" => Some(Self::Lose),
            _ => None,
        }
    }

    fn name(self, t: &Texts) -> String {
        match self {
            Self::Claim => t.get("order-claim"),
            Self::Ship => t.get("order-ship"),
            Self::Deliver => t.get("order-deliver"),
            Self::Return => t.get("order-return"),
            Self::Lose => t.get("order-lose"),
        }
    }

    fn effect(self, t: &Texts) -> String {
        match self {
            Self::Claim => t.get("order-claim-effect"),
            Self::Ship => t.get("order-ship-effect"),
            Self::Deliver | Self::Return | Self::Lose => t.get("order-end-effect"),
        }
    }

    fn fields(self, t: &Texts) -> Vec<Field> {
        let line = |name: &str, id: &str| Field::line(name, t.get(id), "").at(format!("/{name}"));
        match self {
            Self::Claim => {
                vec![line("partner", "order-partner").required().hint(t.get("order-partner-hint"))]
            }
            Self::Ship => vec![
                line("carrier", "order-carrier").required(),
                line("tracking", "order-tracking").required(),
                line("tracking_url", "order-tracking-url"),
            ],
            Self::Deliver | Self::Return | Self::Lose => vec![line("reason", "review-reason")],
        }
    }

    /// The fields that must not be empty.
    fn required(self) -> &'static [&'static str] {
        match self {
            Self::Claim => &["partner"],
            Self::Ship => &["carrier", "tracking"],
            Self::Deliver | Self::Return | Self::Lose => &[],
        }
    }

    fn body(self, t: &Texts, typed: &Fields) -> Value {
        let mut body = json!({});
        for field in self.fields(t) {
            if !typed.get(&field.name).is_empty() {
                body[&field.name] = typed.get(&field.name).into();
            }
        }
        body
    }
}

/// `GET|POST /console/apps/{app}/orders/{reward}/{step}`.
pub(crate) async fn handle(visit: &Visit<'_>, app: &str, reward: &str, name: &str) -> Result<Response, Refusal> {
    let step = Step::of(name).ok_or(Refusal::NotFound)?;
    // The order is not read here: that would read its address, which no step needs.
    let (frame, t) = (Frame::of(visit).await?, visit.texts);
    frame.require("support")?;
    let here = address(app, reward);
    let mut form = Form {
        action: format!("{here}/{name}"),
        sections: vec![Section::new(step.name(t), step.fields(t)).hint(step.effect(t))],
        submit: step.name(t),
        cancel: here.clone(),
        ..Form::default()
    };
    let mut status = 200;
    if visit.is_post {
        form.fill(&visit.form);
        for missing in step.required().iter().filter(|name| visit.form.get(name).is_empty()) {
            form.refuse(missing, Mistake::new(t.get("mistake-missing")));
        }
        if form.is_good() && !visit.is_held() {
            let path = format!("{}/{name}", path(app, reward));
            match visit.call("POST", &path, None, Some(&step.body(t, &visit.form))).await {
                Ok(answer) if answer.status < 300 => return Ok(lead_to(&format!("{here}?saved"))),
                Ok(answer) => {
                    form.place(t, &answer.body);
                    status = answer.status;
                }
                // No such order, or no such partner.
                Err(Refusal::NotFound) if step == Step::Claim => {
                    form.refuse("partner", Mistake::new(t.get("order-no-partner")));
                    status = 400;
                }
                Err(other) => return Err(other),
            }
        } else if !form.is_good() {
            status = 400;
        }
    }
    let (title, crumb, is_held) = (step.name(t), (here, reward.to_owned()), visit.is_held());
    Ok(page::html(status, &FormPage { frame, t, title, crumb, notes: Vec::new(), form, conflict: None, is_held }))
}
