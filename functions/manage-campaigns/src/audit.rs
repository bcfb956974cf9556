//! The audit of an app: each change of its administration is recorded, and `GET /v1/apps/{app}/audit` lists the records.
//! An entry is written before its change, so no change is without one: most changes are no transaction, and some are many.

use domain::Error;
use domain::audit::{Action, EntryId, Subject};
use domain::id::PersonId;
use domain::person::RoleScope;
use edge::http::{self, List, Request, Response};
use invocation::Invocation;
use rewarding::Environment;
use store::audits;

use crate::{RequestContext, apps};

/// The routes of an app that change its administration: what they change, the part of the path that names it, and how.
/// A minted key has no name in the path: the answer names it.
const RECORDED: &[(&str, Subject, &str, Action)] = &[
    ("PUT /v1/apps/{app}", Subject::App, "app", Action::Written),
    ("POST /v1/apps/{app}/keys", Subject::Key, "", Action::Minted),
    ("POST /v1/apps/{app}/keys/{key}/rotate", Subject::Key, "key", Action::Rotated),
    ("DELETE /v1/apps/{app}/keys/{key}", Subject::Key, "key", Action::Revoked),
    ("PUT /v1/apps/{app}/token-keys/{token_key}", Subject::TokenKey, "token_key", Action::Written),
    ("DELETE /v1/apps/{app}/token-keys/{token_key}", Subject::TokenKey, "token_key", Action::Deleted),
    ("PUT /v1/apps/{app}/webhooks/{webhook}", Subject::Webhook, "webhook", Action::Written),
    ("DELETE /v1/apps/{app}/webhooks/{webhook}", Subject::Webhook, "webhook", Action::Deleted),
    ("POST /v1/apps/{app}/webhooks/{webhook}/rotate", Subject::Webhook, "webhook", Action::Rotated),
    ("PUT /v1/apps/{app}/partners/{partner}", Subject::Partner, "partner", Action::Written),
    ("DELETE /v1/apps/{app}/partners/{partner}", Subject::Partner, "partner", Action::Deleted),
    ("POST /v1/apps/{app}/partners/{partner}/rotate", Subject::Partner, "partner", Action::Rotated),
    ("PUT /v1/apps/{app}/campaigns/{campaign}", Subject::Campaign, "campaign", Action::Written),
    ("POST /v1/apps/{app}/campaigns/{campaign}/submit", Subject::Campaign, "campaign", Action::Submitted),
    ("POST /v1/apps/{app}/campaigns/{campaign}/approve", Subject::Campaign, "campaign", Action::Approved),
    ("POST /v1/apps/{app}/campaigns/{campaign}/reject", Subject::Campaign, "campaign", Action::Rejected),
    ("POST /v1/apps/{app}/campaigns/{campaign}/suspend", Subject::Campaign, "campaign", Action::Suspended),
    ("POST /v1/apps/{app}/campaigns/{campaign}/resume", Subject::Campaign, "campaign", Action::Resumed),
    ("PUT /v1/apps/{app}/reward-groups/{group}", Subject::RewardGroup, "group", Action::Written),
    ("POST /v1/apps/{app}/reward-groups/{group}/stock", Subject::Stock, "group", Action::Loaded),
    ("POST /v1/apps/{app}/reward-groups/{group}/stock/retire", Subject::Stock, "group", Action::Retired),
];

/// Does a request's work, with an entry if it changes the administration of the app.
pub(crate) async fn recorded(
    context: RequestContext<'_>,
    work: impl Future<Output = Result<Response, Error>>,
) -> Result<Response, Error> {
    let RequestContext { environment, request, app, invocation, .. } = context;
    let Some((_, subject, named, action)) = RECORDED.iter().find(|(route, ..)| *route == request.route()) else {
        return work.await;
    };
    let id = request.path_text(named);
    let entry = audits::entry(&environment.store, request.caller()?, invocation.now, *subject, *action, id);
    let scopes = [RoleScope::App(app.clone())];
    audits::recorded(&environment.store, &scopes, entry, work, |response, entry| {
        entry.version = version(response);
        if entry.id.is_empty() {
            entry.id = minted(response).unwrap_or_default();
        }
    })
    .await
}

/// A change of a person, which may concern several apps.
#[derive(Clone, Copy)]
pub(crate) struct PersonChange<'a> {
    pub(crate) environment: &'a Environment,
    pub(crate) request: &'a Request,
    pub(crate) invocation: &'a Invocation,
    pub(crate) person: &'a PersonId,
}

impl PersonChange<'_> {
    /// Does the work, with an entry in each of the apps.
    pub(crate) async fn recorded(
        self,
        scopes: &[RoleScope],
        subject: Subject,
        action: Action,
        work: impl Future<Output = Result<(), Error>>,
    ) -> Result<(), Error> {
        let store = &self.environment.store;
        let id = self.person.to_string();
        let entry = audits::entry(store, self.request.caller()?, self.invocation.now, subject, action, id);
        audits::recorded(store, scopes, entry, work, |(), _| {}).await
    }
}

/// Returns the version that an answer shows as `ETag`.
fn version(response: &Response) -> Option<u64> {
    response.headers.get("etag")?.to_str().ok()?.trim_matches('"').parse().ok()
}

/// Returns the public name of the key that an answer shows.
fn minted(response: &Response) -> Option<String> {
    let Some(aws_lambda_events::encodings::Body::Text(body)) = &response.body else { return None };
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    body["key_id"].as_str().map(str::to_owned)
}

/// `GET /v1/apps/{app}/audit`: the changes of the app, and those of people with roles in every app.
pub(crate) async fn list(context: RequestContext<'_>) -> Result<Response, Error> {
    apps::existing(context).await?;
    let page = context.request.page()?;
    let before: Option<EntryId> = page.cursor_id()?;
    let scopes = [RoleScope::App(context.app.clone()), RoleScope::EveryApp];
    let (data, more) = audits::list(&context.environment.store, &scopes, page.limit, before).await?;
    Ok(http::json(200, &List::of(data, &page, more, |last| last.entry_id.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Routes of an app that change nothing of its administration.
    const OTHERS: [&str; 4] = [
        "POST /v1/apps/{app}/campaigns/{campaign}/messages/preview",
        "POST /v1/apps/{app}/stock/lookup",
        "POST /v1/apps/{app}/webhooks/{webhook}/test",
        "POST /v1/apps/{app}/webhooks/{webhook}/deliveries/{delivery}/replay",
    ];

    #[test]
    fn every_change_of_an_app_is_recorded_and_every_record_has_its_route() {
        let template = include_str!("../../../template.yaml");
        let (mut path, mut changes) = ("", Vec::new());
        for line in template.lines() {
            if let Some((found, _)) =
                line.strip_prefix("          /").and_then(|rest| rest.split_once(": {").or(rest.split_once(':')))
            {
                path = found;
            }
            for method in ["put", "post", "delete"] {
                let is_here =
                    line.contains(&format!(" {method}: {{ parameters")) && line.contains("ManageCampaignsFunction");
                if is_here && path.starts_with("v1/apps/{app}") {
                    changes.push(format!("{} /{path}", method.to_uppercase()));
                }
            }
        }
        let recorded = |route: &str| RECORDED.iter().any(|(found, ..)| *found == route);
        assert!(changes.len() > 20, "{changes:?}");
        for route in &changes {
            assert!(recorded(route) != OTHERS.contains(&route.as_str()), "{route}");
        }
        for (route, ..) in RECORDED {
            assert!(changes.iter().any(|found| found == route), "{route}");
        }
    }
}
