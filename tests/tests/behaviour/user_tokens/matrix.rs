//! The authorization matrix: every route of `template.yaml` and every kind of caller. A route without a row fails, so
//! nothing is open that nobody decided about.

use std::collections::BTreeMap;

use local::template::{Template, USER_TOKEN};
use serde_json::{Value, json};
use tests::World;
use tests::openapi::OPERATIONS;

use super::{Backend, set};
use crate::fulfil_orders::orders;
use crate::people::Human;

/// The kinds of callers, in the order of the columns.
const CALLERS: [&str; 18] = [
    "nobody",
    "an unknown key",
    "the app",
    "another app",
    "a partner",
    "the app's admin",
    "another app's admin",
    "the operator",
    "a user",
    "a user without scopes",
    "another app's user",
    "a forged token",
    "a viewer",
    "an editor",
    "an approver",
    "support",
    "an owner",
    "another app's owner",
];

/// What each caller gets: `-` is API Gateway's own 401, `u` and `f` our 401 and 403 as problems, `n` 404, `+` anything
/// else. A caller that the route serves may get 404 for `+`, too: for a made-up id.
type Row = [char; 18];

const PUBLIC: Row = ['+', '+', '+', '+', '+', '+', '+', '+', '+', '+', '+', '+', '+', '+', '+', '+', '+', '+'];
/// A partner, by a signature and no key.
const SIGNED: Row = ['u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u'];
/// An app's servers. Another app's key acts on its own app.
const APP: Row = ['-', 'u', '+', '+', 'f', 'f', 'f', 'f', '-', '-', '-', '-', 'f', 'f', 'f', 'f', 'f', 'f'];
/// An app's servers, about a reward of the app.
const REWARD: Row = ['-', 'u', '+', 'n', 'f', 'f', 'f', 'f', '-', '-', '-', '-', 'f', 'f', 'f', 'f', 'f', 'f'];
/// The admins of one app, and people with this role in it.
const VIEWER: Row = ['-', 'u', 'f', 'f', 'f', '+', 'f', '+', '-', '-', '-', '-', '+', '+', '+', '+', '+', 'f'];
const EDITOR: Row = ['-', 'u', 'f', 'f', 'f', '+', 'f', '+', '-', '-', '-', '-', 'f', '+', 'f', 'f', '+', 'f'];
const APPROVER: Row = ['-', 'u', 'f', 'f', 'f', '+', 'f', '+', '-', '-', '-', '-', 'f', 'f', '+', 'f', '+', 'f'];
const SUPPORT: Row = ['-', 'u', 'f', 'f', 'f', '+', 'f', '+', '-', '-', '-', '-', 'f', 'f', 'f', '+', '+', 'f'];
const OWNER: Row = ['-', 'u', 'f', 'f', 'f', '+', 'f', '+', '-', '-', '-', '-', 'f', 'f', 'f', 'f', '+', 'f'];
/// Whoever administers, each for people with roles in the own apps; others are not found.
const PEOPLE: Row = ['-', 'u', 'f', 'f', 'f', '+', 'n', '+', '-', '-', '-', '-', 'n', 'n', 'n', 'n', '+', 'n'];
/// Whoever owns all that a person may do.
const OWNERS: Row = ['-', 'u', 'f', 'f', 'f', '+', 'f', '+', '-', '-', '-', '-', 'f', 'f', 'f', 'f', '+', 'f'];
/// A session; a key is none.
const SESSION: Row = ['-', 'u', 'f', 'f', 'f', 'f', 'f', 'f', '-', '-', '-', '-', 'f', 'f', 'f', 'f', 'f', 'f'];
/// The operator alone: whoever decides who people are could be the other person who approves.
const OPERATOR: Row = ['-', 'u', 'f', 'f', 'f', 'f', 'f', '+', '-', '-', '-', '-', 'f', 'f', 'f', 'f', 'f', 'f'];
/// People, with their own keys.
const PERSON: Row = ['-', 'u', 'f', 'f', 'f', 'f', 'f', 'f', '-', '-', '-', '-', '+', '+', '+', '+', '+', '+'];
/// Any admin, each for the own apps.
const ADMINS: Row = ['-', 'u', 'f', 'f', 'f', '+', '+', '+', '-', '-', '-', '-', '+', '+', '+', '+', '+', '+'];
/// Who handles an app's orders.
const ORDERS: Row = ['-', 'u', 'f', 'f', '+', '+', 'f', '+', '-', '-', '-', '-', 'f', 'f', 'f', '+', '+', 'f'];
/// A user, by a user token: no key gets here, whatever it may do elsewhere.
const OWN: Row = ['-', '-', '-', '-', '-', '-', '-', '-', '+', 'f', 'u', 'u', '-', '-', '-', '-', '-', '-'];

/// Erasing oneself, in an app that lets clients report and therefore not erase.
const OWN_ERASURE: Row = ['-', '-', '-', '-', '-', '-', '-', '-', 'f', 'f', 'u', 'u', '-', '-', '-', '-', '-', '-'];

const ROUTES: &[(&str, Row)] = &[
    ("POST /v1/moments", APP),
    ("POST /v1/moments/batch", APP),
    ("POST /v1/eligibility", APP),
    ("POST /GetRewardInfo", APP),
    ("POST /getRewardInfo", APP),
    ("POST /v1/rewards", APP),
    ("POST /GetReward", APP),
    ("POST /getReward", APP),
    ("POST /v1/apps/{app}/campaigns/{campaign}/announce", APPROVER),
    ("GET /v1/apps/{app}/campaigns/{campaign}/announcements", VIEWER),
    ("GET /v1/apps/{app}/campaigns/{campaign}/announcements/{announcement}", VIEWER),
    ("PUT /v1/apps/{app}/campaigns/{campaign}/bracket", EDITOR),
    ("POST /v1/apps/{app}/campaigns/{campaign}/bracket/start", EDITOR),
    ("POST /v1/apps/{app}/campaigns/{campaign}/bracket/finish", APPROVER),
    ("GET /v1/campaigns/{campaign}/bracket", APP),
    ("POST /v1/campaigns/{campaign}/bracket/matches/{round}/{number}", APP),
    ("GET /v1/apps/{app}/campaigns/{campaign}/settlement", VIEWER),
    ("POST /v1/apps/{app}/campaigns/{campaign}/settlement/approve", APPROVER),
    ("POST /v1/apps/{app}/campaigns/{campaign}/settlement/settle", APPROVER),
    ("GET /v1/apps/{app}/campaigns/{campaign}/competitors/{user}", SUPPORT),
    ("PUT /v1/apps/{app}/campaigns/{campaign}/competitors/{user}", SUPPORT),
    ("DELETE /v1/apps/{app}/campaigns/{campaign}/competitors/{user}", SUPPORT),
    ("GET /r/{reward_id}/open", PUBLIC),
    ("GET /r/{reward_id}/address", PUBLIC),
    ("POST /r/{reward_id}/address", PUBLIC),
    ("PUT /v1/rewards/{reward_id}/address", REWARD),
    ("GET /v1/rewards/{reward_id}/address", REWARD),
    ("GET /v1/apps/{app}/orders", ORDERS),
    ("POST /v1/apps/{app}/orders/import", ORDERS),
    ("GET /v1/apps/{app}/orders/{reward_id}", ORDERS),
    ("POST /v1/apps/{app}/orders/{reward_id}/claim", ORDERS),
    ("POST /v1/apps/{app}/orders/{reward_id}/ship", ORDERS),
    ("POST /v1/apps/{app}/orders/{reward_id}/deliver", ORDERS),
    ("POST /v1/apps/{app}/orders/{reward_id}/return", ORDERS),
    ("POST /v1/apps/{app}/orders/{reward_id}/lose", ORDERS),
    ("GET /r/{reward_id}", PUBLIC),
    ("HEAD /r/{reward_id}", PUBLIC),
    ("POST /v1/rewards/{reward_id}/redeem", REWARD),
    ("POST /v1/rewards/{reward_id}/redeemed", SIGNED),
    ("GET /console", PUBLIC),
    ("GET /console/{proxy+}", PUBLIC),
    ("POST /console/{proxy+}", PUBLIC),
    ("GET /", PUBLIC),
    ("GET /docs", PUBLIC),
    ("GET /health", PUBLIC),
    ("GET /openapi.json", PUBLIC),
    ("$default", PUBLIC),
    ("PUT /v1/users/{user_id}", APP),
    ("GET /v1/users/{user_id}", APP),
    ("DELETE /v1/users/{user_id}", APP),
    ("GET /v1/users/{user_id}/competitions", APP),
    ("GET /v1/campaigns/{campaign}/leaderboard", APP),
    ("POST /v1/campaigns/{campaign}/leaderboard/query", APP),
    ("GET /v1/users/{user_id}/notifications", APP),
    ("POST /v1/users/{user_id}/notifications/read", APP),
    ("GET /v1/users/{user_id}/export", APP),
    ("GET /v1/users/{user_id}/timeline", APP),
    ("GET /v1/users/{user_id}/rewards", APP),
    ("PUT /v1/users/{user_id}/devices/{device_id}", APP),
    ("DELETE /v1/users/{user_id}/devices/{device_id}", APP),
    ("GET /v1/apps/{app}/me", OWN),
    ("DELETE /v1/apps/{app}/me", OWN_ERASURE),
    ("OPTIONS /v1/apps/{app}/me", PUBLIC),
    ("OPTIONS /v1/apps/{app}/me/{proxy+}", PUBLIC),
    ("GET /v1/apps/{app}/me/rewards", OWN),
    ("GET /v1/apps/{app}/me/rewards/{reward_id}/address", OWN),
    ("PUT /v1/apps/{app}/me/rewards/{reward_id}/address", OWN),
    ("GET /v1/apps/{app}/me/notifications", OWN),
    ("POST /v1/apps/{app}/me/notifications/read", OWN),
    ("PUT /v1/apps/{app}/me/devices/{device_id}", OWN),
    ("DELETE /v1/apps/{app}/me/devices/{device_id}", OWN),
    ("POST /v1/apps/{app}/me/eligibility", OWN),
    ("POST /v1/apps/{app}/me/moments", OWN),
    ("GET /v1/apps/{app}/me/competitions", OWN),
    ("GET /v1/apps/{app}/me/campaigns/{campaign}/leaderboard", OWN),
    ("GET /v1/apps/{app}/me/export", OWN),
    ("GET /v1/people", ADMINS),
    ("PUT /v1/people/{person}", OWNERS),
    ("GET /v1/people/{person}", PEOPLE),
    ("DELETE /v1/people/{person}", OWNERS),
    ("GET /v1/people/{person}/keys", OWNERS),
    ("POST /v1/people/{person}/keys", OWNERS),
    ("DELETE /v1/people/{person}/keys/{key}", OWNERS),
    ("PUT /v1/identity-provider", OPERATOR),
    ("GET /v1/identity-provider", OPERATOR),
    ("DELETE /v1/identity-provider", OPERATOR),
    ("GET /v1/sign-in-options", PUBLIC),
    ("POST /v1/sign-ins", PUBLIC),
    ("POST /v1/sign-ins/complete", PUBLIC),
    ("POST /v1/sessions", PERSON),
    ("GET /v1/session", PERSON),
    ("DELETE /v1/session", SESSION),
    ("GET /v1/apps/{app}/users/{user_id}", SUPPORT),
    ("GET /v1/apps/{app}/users/{user_id}/rewards", SUPPORT),
    ("GET /v1/apps/{app}/users/{user_id}/timeline", SUPPORT),
    ("POST /v1/apps/{app}/eligibility", SUPPORT),
    ("GET /v1/apps", ADMINS),
    ("PUT /v1/apps/{app}", OWNER),
    ("GET /v1/apps/{app}", VIEWER),
    ("GET /v1/apps/{app}/audit", OWNER),
    ("GET /v1/apps/{app}/keys", OWNER),
    ("POST /v1/apps/{app}/keys", OWNER),
    ("POST /v1/apps/{app}/keys/{key}/rotate", OWNER),
    ("DELETE /v1/apps/{app}/keys/{key}", OWNER),
    ("GET /v1/apps/{app}/token-keys", OWNER),
    ("PUT /v1/apps/{app}/token-keys/{token_key}", OWNER),
    ("GET /v1/apps/{app}/token-keys/{token_key}", OWNER),
    ("DELETE /v1/apps/{app}/token-keys/{token_key}", OWNER),
    ("GET /v1/apps/{app}/suppliers", OWNER),
    ("PUT /v1/apps/{app}/suppliers/{supplier}", OWNER),
    ("GET /v1/apps/{app}/suppliers/{supplier}", OWNER),
    ("DELETE /v1/apps/{app}/suppliers/{supplier}", OWNER),
    ("POST /v1/apps/{app}/suppliers/{supplier}/test", OWNER),
    ("GET /v1/apps/{app}/webhooks", OWNER),
    ("PUT /v1/apps/{app}/webhooks/{webhook}", OWNER),
    ("GET /v1/apps/{app}/webhooks/{webhook}", OWNER),
    ("DELETE /v1/apps/{app}/webhooks/{webhook}", OWNER),
    ("POST /v1/apps/{app}/webhooks/{webhook}/rotate", OWNER),
    ("POST /v1/apps/{app}/webhooks/{webhook}/test", OWNER),
    ("GET /v1/apps/{app}/webhooks/{webhook}/deliveries", OWNER),
    ("POST /v1/apps/{app}/webhooks/{webhook}/deliveries/{delivery}/replay", OWNER),
    ("GET /v1/apps/{app}/campaigns", VIEWER),
    ("PUT /v1/apps/{app}/campaigns/{campaign}", EDITOR),
    ("GET /v1/apps/{app}/campaigns/{campaign}", VIEWER),
    ("POST /v1/apps/{app}/campaigns/{campaign}/submit", EDITOR),
    ("POST /v1/apps/{app}/campaigns/{campaign}/approve", APPROVER),
    ("POST /v1/apps/{app}/campaigns/{campaign}/reject", APPROVER),
    ("POST /v1/apps/{app}/campaigns/{campaign}/suspend", APPROVER),
    ("POST /v1/apps/{app}/campaigns/{campaign}/resume", APPROVER),
    ("POST /v1/apps/{app}/campaigns/{campaign}/messages/preview", VIEWER),
    ("GET /v1/apps/{app}/campaigns/{campaign}/history", VIEWER),
    ("GET /v1/apps/{app}/campaigns/{campaign}/report", VIEWER),
    ("GET /v1/apps/{app}/campaigns/{campaign}/diff", VIEWER),
    ("GET /v1/apps/{app}/campaigns/{campaign}/summary", VIEWER),
    ("GET /v1/apps/{app}/campaigns/{campaign}/forecast", VIEWER),
    ("GET /v1/apps/{app}/campaigns/{campaign}/leaderboard", VIEWER),
    ("GET /v1/apps/{app}/campaigns/{campaign}/activity", VIEWER),
    ("GET /v1/apps/{app}/campaign-summaries", VIEWER),
    ("GET /v1/apps/{app}/campaigns/{campaign}/rewards", SUPPORT),
    ("GET /v1/apps/{app}/reward-groups", VIEWER),
    ("PUT /v1/apps/{app}/reward-groups/{group}", EDITOR),
    ("GET /v1/apps/{app}/reward-groups/{group}", VIEWER),
    ("GET /v1/apps/{app}/reward-groups/{group}/stock", VIEWER),
    ("POST /v1/apps/{app}/reward-groups/{group}/stock", EDITOR),
    ("POST /v1/apps/{app}/reward-groups/{group}/stock/retire", EDITOR),
    ("POST /v1/apps/{app}/stock/lookup", SUPPORT),
    ("GET /v1/rewards/{reward_id}", SUPPORT),
    ("POST /v1/rewards/{reward_id}/void", SUPPORT),
    ("POST /v1/rewards/{reward_id}/replace", SUPPORT),
    ("GET /v1/apps/{app}/partners", OWNER),
    ("PUT /v1/apps/{app}/partners/{partner}", OWNER),
    ("GET /v1/apps/{app}/partners/{partner}", OWNER),
    ("DELETE /v1/apps/{app}/partners/{partner}", OWNER),
    ("POST /v1/apps/{app}/partners/{partner}/rotate", OWNER),
    ("POST /v1/rewards/{reward_id}/release", SUPPORT),
    ("GET /v1/apps/{app}/campaigns/{campaign}/reviews", SUPPORT),
];

/// Returns a path with ids: those that have to exist do, for the others any will do.
fn path(pattern: &str, reward: &str) -> String {
    let value = |name: &str| match name {
        "app" => "app".to_owned(),
        "campaign" => "spring".to_owned(),
        "reward_id" => reward.to_owned(),
        "user_id" => "ada".to_owned(),
        "person" => "pat".to_owned(),
        _ => "x".to_owned(),
    };
    let part = |part: &str| match part.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
        Some(name) => value(name.trim_end_matches('+')),
        None => part.to_owned(),
    };
    pattern.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Returns the example of a route's body: whoever is refused is refused although the body is right.
fn example(route: &str) -> Value {
    let operation = OPERATIONS.iter().find(|operation| operation.route_key() == route);
    operation.map_or(Value::Null, |operation| {
        operation.described["requestBody"]["content"]["application/json"]["example"].clone()
    })
}

/// The person whom the routes of people are about.
const PAT: &str = "/v1/people/pat";

async fn add_pat(world: &World) {
    world.admin("PUT", PAT, json!({"name": "Pat", "roles": {"app": ["viewer"]}})).await.expect(200);
}

/// Returns the header of each caller.
async fn headers(world: &World) -> Vec<Option<(&'static str, String)>> {
    let (app, other) = (world.app("app").await, world.app("other").await);
    let mint = async |of: &tests::App<'_>, body: Value| {
        of.admin("POST", "/keys", body).await.expect(201)["key"].as_str().unwrap().to_owned()
    };
    let admin = json!({"scope": "admin", "mode": "live"});
    let partner = mint(&app, json!({"scope": "partner", "mode": "live", "partner": "acme"})).await;
    let unknown =
        domain::secret::ApiKey::mint(domain::identity::Mode::Live, &mut *world.local.environments.store.random());
    let (own, foreign) = (Backend::of(&app, "web", "live").await, Backend::of(&other, "web", "live").await);
    let mut without = own.claims("ada");
    without["scope"] = json!("openid");
    let keys = [
        unknown.expose().to_owned(),
        app.key.clone(),
        other.key.clone(),
        partner,
        mint(&app, admin.clone()).await,
        mint(&other, admin).await,
        world.local.admin_key.expose().to_owned(),
    ];
    let forged = user_tokens::sign("web", &user_tokens::SigningKey::read("mts_guessed").unwrap(), &own.claims("ada"));
    let tokens = [own.token("ada"), own.sign(&without), foreign.token("ada"), forged.unwrap()];
    let keys = keys.map(|key| Some(("x-api-key", key)));
    add_pat(world).await;
    let mut people = Vec::new();
    for (role, of) in [
        ("viewer", "app"),
        ("editor", "app"),
        ("approver", "app"),
        ("support", "app"),
        ("owner", "app"),
        ("owner", "other"),
    ] {
        let human = Human::with(world, &format!("{role}-{of}"), json!({of: [role]})).await;
        people.push(Some(("x-api-key", human.key)));
    }
    let tokens = tokens.map(|token| Some(("authorization", format!("Bearer {token}"))));
    std::iter::once(None).chain(keys).chain(tokens).chain(people).collect()
}

/// Returns the letter of an answer.
fn letter(status: u16, body: &Value) -> char {
    match (status, body["code"].is_string()) {
        (401, false) => '-',
        (401, true) => 'u',
        (403, true) => 'f',
        (404, _) => 'n',
        (429 | 500.., _) => panic!("{status} says nothing about the caller: {body}"),
        _ => '+',
    }
}

#[tokio::test]
async fn every_route_serves_whom_the_matrix_says_and_nobody_else() {
    let world = World::new().await;
    let reward = {
        let app = orders::mugs(&world).await;
        set(&app, json!({"client_actions": ["visit"], "users_may": ["export"]})).await;
        orders::award(&app, "ada").await
    };
    let headers = headers(&world).await;
    let rows: BTreeMap<&str, Row> = ROUTES.iter().copied().collect();
    assert_eq!(rows.len(), ROUTES.len(), "a route has two rows");
    let template = Template::built_in().unwrap();
    let mut faults = Vec::new();
    for route in &template.routes {
        let Some(row) = rows.get(route.key.as_str()) else {
            faults.push(format!("{} has no row: decide who may call it", route.key));
            continue;
        };
        assert_eq!(
            *row == OWN || *row == OWN_ERASURE,
            route.authorizer.as_deref() == Some(USER_TOKEN),
            "{}",
            route.key
        );
        assert_eq!(*row == PUBLIC || *row == SIGNED, route.is_public(), "{}", route.key);
        let (method, pattern) = route.key.split_once(' ').unwrap_or(("GET", "/v1/nothing"));
        let path = path(pattern, &reward);
        for ((caller, header), expected) in CALLERS.iter().zip(&headers).zip(row) {
            // Most routes refuse an empty body of whoever they serve.
            let body = if *expected == '+' { json!({}) } else { example(&route.key) };
            let body = if method == "GET" || body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
            let mut sent = vec![("content-type", "application/json")];
            sent.extend(header.as_ref().map(|(name, value)| (*name, value.as_str())));
            let answer = world.send(method, &path, &sent, &body).await;
            if path == PAT && answer.status == 204 {
                add_pat(&world).await;
            }
            let found = letter(answer.status, &answer.body);
            if found != *expected && !(*expected == '+' && found == 'n') {
                faults.push(format!("{}: {caller} gets {found} ({}), not {expected}", route.key, answer.status));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let known: Vec<&str> = template.routes.iter().map(|route| route.key.as_str()).collect();
    let gone: Vec<&&str> = rows.keys().filter(|route| !known.contains(*route)).collect();
    assert!(gone.is_empty(), "these are no routes: {gone:?}");
}
