//! `docs/openapi.json` has the template's routes, is consistent, documents each route's rules, and is served. Every
//! request of every test checks that it describes the answer.

use std::collections::{BTreeMap, BTreeSet};

use domain::money::Money;
use edge::fields::FromField as _;
use edge::query::Parameters;
use jiff::SignedDuration;
use local::gateway::HttpRequest;
use local::template::{Route, Template, USER_TOKEN};
use serde_json::{Value, json};
use tests::World;
use tests::openapi::{self, DOCUMENT, OPERATIONS, Operation, resolve};

/// Calls `look` with every JSON object of the document that has this field, and with the field.
fn each_with(name: &str, value: &'static Value, look: &mut impl FnMut(&'static Value, &'static Value)) {
    if let Some(field) = value.get(name) {
        look(value, field);
    }
    let entries = value.as_array().into_iter().flatten();
    for below in value.as_object().into_iter().flat_map(|object| object.values()).chain(entries) {
        each_with(name, below, look);
    }
}

#[test]
fn the_document_has_the_routes_of_the_template_and_no_others() {
    // Browsers alone send preflights: `x-preflight` describes them. The console's pages are for people.
    let is_called = |route: &Route| {
        let is_page = route.key.contains(" /console");
        route.key != "$default" && !route.key.starts_with("OPTIONS ") && !is_page
    };
    let routes = Template::built_in().unwrap().routes.into_iter().filter(is_called);
    let routes: BTreeMap<String, Option<String>> = routes.map(|route| (route.key, route.authorizer)).collect();
    let authorizer = |operation: &Operation| operation.authorizer().map(str::to_owned);
    let documented: BTreeMap<String, Option<String>> =
        OPERATIONS.iter().map(|operation| (operation.route_key(), authorizer(operation))).collect();
    assert_eq!(documented, routes);
}

#[test]
fn every_reference_leads_somewhere_and_everything_is_referred_to() {
    let mut references = BTreeSet::new();
    each_with("$ref", &DOCUMENT, &mut |_, reference| {
        references.insert(reference.as_str().unwrap());
    });
    for reference in &references {
        assert!(DOCUMENT.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
    let components = DOCUMENT["components"].as_object().unwrap().iter();
    for (kind, named) in components.filter(|(kind, _)| *kind != "securitySchemes") {
        for name in named.as_object().unwrap().keys() {
            let reference = format!("#/components/{kind}/{name}");
            assert!(references.contains(reference.as_str()), "nothing refers to {reference}");
        }
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_and_the_parameters_of_its_path() {
    let ids: BTreeSet<&str> = OPERATIONS.iter().map(|operation| operation.id.as_str()).collect();
    assert_eq!(ids.len(), OPERATIONS.len());
    for operation in OPERATIONS.iter() {
        let in_path = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let described = operation.parameters.iter().filter(|parameter| parameter["in"] == "path");
        let described: BTreeSet<&str> = described.filter_map(|parameter| parameter["name"].as_str()).collect();
        assert_eq!(described, in_path.collect(), "{}", operation.id);
    }
}

#[test]
fn every_operation_lists_the_query_parameters_that_its_route_takes() {
    for operation in OPERATIONS.iter() {
        let listed = operation.parameters.iter().filter(|parameter| parameter["in"] == "query");
        let listed: BTreeSet<&str> = listed.map(|parameter| parameter["name"].as_str().unwrap()).collect();
        let known = Parameters::of(&operation.route_key()).known;
        assert_eq!(listed, known.iter().copied().collect(), "{}", operation.id);
    }
}

#[test]
fn every_operation_with_a_key_tells_of_its_limit_and_those_without_do_not() {
    for operation in OPERATIONS.iter() {
        let responses = operation.described["responses"].as_object().unwrap();
        let id = &operation.id;
        // A signed request needs no key; 401 means that the signature is invalid.
        for status in ["401", "403"].into_iter().filter(|status| (*status, id.as_str()) != ("401", SIGNED)) {
            assert_eq!(responses.contains_key(status), !operation.is_public(), "{id} {status}");
        }
        // The function limits a key, API Gateway all callers together.
        let too_many = if operation.is_public() { "Throttled" } else { "RateLimited" };
        let reference = json!(format!("#/components/responses/{too_many}"));
        assert_eq!(responses["429"]["$ref"], reference, "{id}");
        for (status, response) in responses {
            let headers = &resolve(response)["headers"];
            for name in ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"] {
                let header = resolve(&headers[name]);
                assert_eq!(header.is_object(), !operation.is_public(), "{id} {status} {name}");
                // Statuses that only functions answer always have them.
                let by_function = !operation.is_public() && resolve(response)["content"]["application/json"].is_null();
                let always = by_function || (!operation.is_public() && status.starts_with('2'));
                assert!(!always || header["required"] == true, "{id} {status} {name}");
            }
        }
    }
}

/// An invalid app id in a path is a 404 (`orders/import` did not document it: "What the field found", G).
#[test]
fn every_operation_below_an_app_tells_that_there_may_be_no_such_app() {
    for operation in OPERATIONS.iter().filter(|operation| operation.path.contains("{app}") && operation.id != "putApp")
    {
        let responses = operation.described["responses"].as_object().unwrap();
        assert!(responses.contains_key("404"), "{}", operation.id);
    }
}

#[test]
fn every_example_matches_its_schema_and_every_body_has_one() {
    let mut examples = 0;
    each_with("example", &DOCUMENT, &mut |place, example| {
        if place["schema"].is_object() {
            let matched = openapi::match_schema(&place["schema"], example, true);
            assert_eq!(matched, Ok(()), "{example}");
            examples += 1;
        }
    });
    for operation in OPERATIONS.iter() {
        for (content_type, content) in operation.described["requestBody"]["content"].as_object().into_iter().flatten() {
            assert!(!content["example"].is_null(), "{} {content_type}", operation.id);
        }
    }
    assert!(examples >= 30, "{examples}");
}

#[test]
fn the_currencies_are_those_that_are_taken() {
    let listed = DOCUMENT["components"]["schemas"]["Currency"]["enum"].as_array().unwrap();
    let listed: Vec<&str> = listed.iter().map(|code| code.as_str().unwrap()).collect();
    let letters = || ('A'..='Z').map(String::from);
    let pairs = letters().flat_map(|first| letters().map(move |second| format!("{first}{second}")));
    let codes = pairs.flat_map(|pair| letters().map(move |third| format!("{pair}{third}")));
    let taken = codes.filter(|code| Money::from_field(&json!({"currency": code, "amount_minor": 1})).is_ok());
    assert_eq!(listed, taken.collect::<Vec<_>>());
}

#[tokio::test]
async fn the_document_is_served_as_it_is_without_a_key() {
    let world = World::new().await;
    let request =
        HttpRequest { method: "GET".into(), target: "/openapi.json".into(), headers: Vec::new(), body: Vec::new() };
    let answer = world.local.call(request).await;
    let content_type = answer.headers.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value.as_str());
    assert_eq!((answer.status, content_type), (200, Some("application/json")));
    assert!(answer.body == openapi::TEXT.as_bytes());
}

/// The operation that needs a signature, which no example can have (`redemption.rs` signs).
const SIGNED: &str = "confirmRedemption";

/// That one, the operation that needs a reward in review (`reviews.rs` releases), and those that need a competition
/// (`settle_competition/brackets.rs`), or an identity provider (`people/sign_in.rs`).
const ELSEWHERE: &[&str] = &[
    SIGNED,
    "releaseReward",
    "putBracket",
    "reportMatchResult",
    "putIdentityProvider",
    "beginSignIn",
    "completeSignIn",
];

/// The order in which each operation finds what it needs: a campaign is rejected, written again and approved.
const IN_ORDER: &[&str] = &[
    "putApp",
    "putSupplier",
    "testSupplier",
    "mintKey",
    "rotateKey",
    "putRewardGroup",
    "loadStock",
    "putCampaign",
    "submitCampaign",
    "rejectCampaign",
    "putCampaign",
    "submitCampaign",
    "approveCampaign",
    "suspendCampaign",
    "resumeCampaign",
    "previewMessage",
    "announceCampaign",
    "putUser",
    "putDevice",
    "submitMoment",
    "submitMoments",
    "checkEligibility",
    "getRewardInfo",
    "getRewardInfoInLowerCase",
    "askForReward",
    "getLegacyReward",
    "getLegacyRewardInLowerCase",
    "replaceReward",
    "voidReward",
    "readNotifications",
    "lookUpStock",
    "retireStock",
    "putWebhook",
    "rotateWebhookSecret",
    "putPartner",
    "rotatePartnerSecret",
    "putTokenKey",
    "putPerson",
    "explainEligibility",
];

/// The examples' reward.
const EXAMPLE_REWARD: &str = "app.spring.0301959e7a3c00AAAAAAAAAAAAAAAAAAAAAA";

/// The operations of an order, in the order in which each finds what it needs. The test knows the id only later.
const OF_ONE_ORDER: &[&str] =
    &["takeAddress", "putShippingAddress", "claimOrder", "shipOrder", "deliverOrder", "importOrders"];

/// The operations of a competition, in the order in which each finds what it needs: the board has ended before the last
/// two.
const OF_A_COMPETITION: &[&str] = &["queryLeaderboard", "decideAboutCompetitor", "approveSettlement", "settleBoard"];

/// The operations that end an order differently.
const OTHER_ENDS: &[&str] = &["returnOrder", "loseOrder"];

/// Sends an operation's example once for each content type. Returns the last answer.
async fn send_examples(world: &World, key: &str, operation: &'static Operation, reward_id: &str) -> Value {
    let examples = operation.parameters.iter().filter(|parameter| parameter["in"] == "path");
    let path = examples.fold(operation.path.clone(), |path, parameter| {
        let name = parameter["name"].as_str().unwrap();
        let example = if name == "reward_id" { reward_id } else { parameter["example"].as_str().unwrap() };
        path.replace(&format!("{{{name}}}"), example)
    });
    let mut last = Value::Null;
    for (content_type, content) in operation.described["requestBody"]["content"].as_object().into_iter().flatten() {
        let example = &content["example"];
        let body =
            example.as_str().map_or_else(|| example.to_string(), str::to_owned).replace(EXAMPLE_REWARD, reward_id);
        let headers = [("x-api-key", key), ("content-type", content_type.as_str())];
        let answer = world.send(&operation.method, &path, &headers, body.as_bytes()).await;
        assert!(
            (200..300).contains(&answer.status) || answer.status == 303,
            "{} {content_type}: {:#}",
            operation.id,
            answer.body
        );
        // New URLs appear after a moment.
        world.pass(SignedDuration::from_secs(60));
        last = answer.body;
    }
    last
}

#[tokio::test]
async fn every_example_of_a_body_works() {
    let world = World::new().await;
    let admin = world.local.admin_key.expose();
    let with_body = OPERATIONS.iter().filter(|operation| operation.described["requestBody"].is_object());
    // A token signs in `user_tokens::examples`.
    let with_body = with_body.filter(|operation| operation.authorizer() != Some(USER_TOKEN));
    let with_body = with_body.filter(|operation| !ELSEWHERE.contains(&operation.id.as_str()));
    let with_body: BTreeSet<&str> = with_body.map(|operation| operation.id.as_str()).collect();
    let known = IN_ORDER.iter().chain(OF_ONE_ORDER).chain(OTHER_ENDS).chain(OF_A_COMPETITION).copied();
    assert_eq!(known.collect::<BTreeSet<_>>(), with_body);
    let (mut key, mut reward_id) = (String::new(), String::new());
    for id in IN_ORDER.iter().filter(|id| **id != "rotateKey") {
        let operation = OPERATIONS.iter().find(|operation| operation.id == *id).unwrap();
        let for_app = matches!(operation.described["tags"][0].as_str(), Some("moments" | "rewards" | "users"))
            && !matches!(*id, "voidReward" | "replaceReward" | "explainEligibility");
        let answer = send_examples(&world, if for_app { &key } else { admin }, operation, &reward_id).await;
        if *id == "askForReward" {
            reward_id = answer["reward"]["reward_id"].as_str().unwrap().to_owned();
        }
        if *id == "mintKey" {
            // The only example whose path the document cannot know.
            let path = format!("/v1/apps/app/keys/{}/rotate", answer["key_id"].as_str().unwrap());
            let rotate = OPERATIONS.iter().find(|operation| operation.id == "rotateKey").unwrap();
            let example = &rotate.described["requestBody"]["content"]["application/json"]["example"];
            key = world.admin("POST", &path, example.clone()).await.expect(201)["key"].as_str().unwrap().to_owned();
        }
    }
    world.settle().await;
}

#[tokio::test]
async fn every_example_of_an_order_works() {
    let world = World::new().await;
    let app = crate::fulfil_orders::orders::mugs(&world).await;
    let admin = world.local.admin_key.expose();
    let operation = |id: &str| OPERATIONS.iter().find(|operation| operation.id == id).unwrap();
    let send = async |id: &str, reward: &str| {
        let operation = operation(id);
        let key = if operation.described["tags"][0] == "orders" { admin } else { &app.key };
        send_examples(&world, key, operation, reward).await
    };
    let reward = crate::fulfil_orders::orders::award(&app, "ada").await;
    for id in OF_ONE_ORDER {
        let answer = send(id, &reward).await;
        // It is already delivered, so the row that marks it as shipped is refused.
        assert!(*id != "importOrders" || answer["invalid"][0]["line"] == 2, "{answer}");
    }
    for (user, end) in ["bob", "cyd"].into_iter().zip(OTHER_ENDS) {
        let reward = crate::fulfil_orders::orders::award(&app, user).await;
        for id in ["putShippingAddress", "claimOrder", "shipOrder", end] {
            send(id, &reward).await;
        }
    }
    world.settle().await;
}

#[tokio::test]
async fn every_example_of_a_competition_works() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", tests::group()).await;
    app.stock("gift", 2).await;
    let mut body = tests::competition();
    tests::set(&mut body, "/competition/settle", json!("by_hand"));
    // The name in the examples' paths.
    app.launch("spring", body).await;
    // One is disqualified, and the other has a place.
    for user in ["ada", "bob"] {
        let lap = json!({"user_id": user, "action": "lap", "event_id": "lap", "quantity": 7});
        app.call("POST", "/v1/moments", lap).await.expect(200);
    }
    let admin = world.local.admin_key.expose();
    for id in OF_A_COMPETITION {
        if *id == "approveSettlement" {
            world.set_time("2027-01-01T00:30:00Z");
            let event = local::template::Schedule::event();
            world.local.functions.invoke("settle-competition", event, "schedule").await.unwrap();
            world.settle().await;
        }
        let operation = OPERATIONS.iter().find(|operation| operation.id == *id).unwrap();
        let key = if *id == "queryLeaderboard" { &app.key } else { admin };
        send_examples(&world, key, operation, "").await;
    }
    world.settle().await;
}

/// The headers of a correct answer to `GET /v1/users/{user_id}`.
fn check_user(status: u16, headers: &[(&str, &str)], body: Value) {
    let limits = [("ratelimit-limit", "50"), ("ratelimit-remaining", "9"), ("ratelimit-reset", "1")];
    let headers = headers.iter().chain(&limits).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let (headers, body) = (headers.collect::<Vec<_>>(), body.to_string());
    openapi::check("GET", "/v1/users/ada", b"", None, status, &headers, body.as_bytes());
}

fn user() -> Value {
    json!({"user_id": "ada", "marketplace": null, "locale": "de", "time_zone": null, "attributes": {}, "devices": []})
}

const JSON: (&str, &str) = ("content-type", "application/json");

#[test]
fn an_answer_that_is_documented_passes() {
    check_user(200, &[JSON], user());
}

#[test]
#[should_panic(expected = "getUser: the status is not documented")]
fn a_status_that_is_not_documented_is_found() {
    check_user(202, &[JSON], user());
}

#[test]
#[should_panic(expected = "getUser: the content type \"text/plain\" is not documented")]
fn a_content_type_that_is_not_documented_is_found() {
    check_user(200, &[("content-type", "text/plain")], user());
}

#[test]
#[should_panic(expected = "getUser: the body does not match at \"/devices/0\"")]
fn a_field_that_is_not_documented_is_found_where_it_is() {
    let mut leaking = user();
    leaking["devices"] = json!([{"device_id": "phone", "channel": "GCM", "locale": null, "address": "token"}]);
    check_user(200, &[JSON], leaking);
}

#[test]
#[should_panic(expected = "getUser: header RateLimit-Limit is missing")]
fn a_header_that_is_missing_is_found() {
    let headers = [("content-type".to_owned(), "application/json".to_owned())];
    openapi::check("GET", "/v1/users/ada", b"", None, 200, &headers, user().to_string().as_bytes());
}

#[test]
#[should_panic(expected = "putUser: the request was accepted, but its body does not match at \"\"")]
fn a_request_that_is_accepted_though_the_document_forbids_it_is_found() {
    let headers = [JSON, ("ratelimit-limit", "50"), ("ratelimit-remaining", "9"), ("ratelimit-reset", "1")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let (sent, answer) = (json!({"age": 7}).to_string(), user().to_string());
    let content_type = Some("application/json");
    openapi::check("PUT", "/v1/users/ada", sent.as_bytes(), content_type, 200, &headers, answer.as_bytes());
}

#[test]
#[should_panic(expected = "no operation has this path: the status is not documented")]
fn the_fallback_is_held_to_its_description() {
    openapi::check("GET", "/v1/nothing", b"", None, 200, &[], b"{}");
}

#[test]
fn nothing_is_described_twice() {
    // A reader sees only the last of two entries with one name.
    let once = |text: &str, of: &Value, indent: &str| {
        for name in of.as_object().unwrap().keys() {
            assert_eq!(text.matches(&format!("\n{indent}\"{name}\": {{")).count(), 1, "{name}");
        }
    };
    once(openapi::TEXT, &DOCUMENT["paths"], "    ");
    let (_, schemas) = openapi::TEXT.split_once("\n    \"schemas\": {").unwrap();
    once(schemas, &DOCUMENT["components"]["schemas"], "      ");
}
