//! The measured requests, and their app.

use std::sync::LazyLock;

use domain::identity::Mode;
use domain::secret::ApiKey;
use jiff::{SignedDuration, Timestamp};
use local::Local;
use local::gateway::{self, HttpRequest};
use local::template::Template;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

/// One kind of request.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) function: &'static str,
    method: &'static str,
    target: &'static str,
    /// The body of the nth request.
    body: fn(usize) -> Value,
    /// A text that every answer contains, as it appears in JSON within JSON.
    pub(crate) expected: &'static str,
}

/// URLs in stock: more than are awarded.
const STOCK: usize = 20_000;

static API: LazyLock<Template> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "it is part of this binary, and tests read it")]
    Template::built_in().expect("the template")
});

pub(crate) static SCENARIOS: [Scenario; 8] = [
    Scenario {
        name: "moment in progress",
        function: "submit-moment",
        method: "POST",
        target: "/v1/moments",
        body: |n| json!({"user_id": format!("user-{}", n % 50), "action": "deposit", "event_id": format!("event-{n}")}),
        expected: r#"\"outcome\":\"in_progress\""#,
    },
    Scenario {
        name: "moment in progress, by a rule of four clauses",
        function: "submit-moment",
        method: "POST",
        target: "/v1/moments",
        body: |n| {
            json!({
                "user_id": format!("user-{}", n % 50), "action": "spend", "event_id": format!("event-{n}"),
                "attributes": {"amount": 12.5},
                "user": {"marketplace": "DE", "attributes": {"tier": "gold", "tags": ["beta", "vip"]}},
            })
        },
        expected: r#"\"outcome\":\"in_progress\""#,
    },
    Scenario {
        name: "moment in progress, of days in a row",
        function: "submit-moment",
        method: "POST",
        target: "/v1/moments",
        body: |n| {
            json!({
                "user_id": format!("user-{}", n % 50), "action": "visit", "event_id": format!("event-{n}"),
                "user": {"time_zone": "Europe/Berlin"},
            })
        },
        expected: r#"\"outcome\":\"in_progress\""#,
    },
    Scenario {
        name: "duplicate",
        function: "submit-moment",
        method: "POST",
        target: "/v1/moments",
        body: |_| json!({"user_id": "ada", "action": "deposit", "event_id": "the same"}),
        expected: r#"\"outcome\":\"in_progress\""#,
    },
    Scenario {
        name: "moment completed and rewarded",
        function: "submit-moment",
        method: "POST",
        target: "/v1/moments",
        body: |n| json!({"user_id": format!("winner-{n}"), "action": "win", "event_id": "won"}),
        expected: r#"\"outcome\":\"rewarded\""#,
    },
    Scenario {
        name: "award on request",
        function: "allocate-reward",
        method: "POST",
        target: "/v1/rewards",
        body: |n| json!({"user_id": format!("asker-{n}"), "campaign_id": "season", "moment_id": "win"}),
        expected: r#"\"outcome\":\"rewarded\""#,
    },
    Scenario {
        name: "eligibility check",
        function: "check-eligibility",
        method: "POST",
        target: "/v1/eligibility",
        body: |n| json!({"user_id": format!("user-{}", n % 50), "campaign_id": "season", "moment_id": "deposits"}),
        expected: r#"\"eligible\":true"#,
    },
    Scenario {
        name: "key of a request (authorizer)",
        function: "authorize",
        method: "POST",
        target: "/v1/moments",
        body: |_| Value::Null,
        expected: "unknown_key",
    },
];

impl Scenario {
    /// The nth event, as API Gateway makes it.
    pub(crate) fn event(&self, number: usize, now: Timestamp) -> Value {
        let body = (self.body)(number).to_string().into_bytes();
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let request = HttpRequest { method: self.method.into(), target: self.target.into(), headers, body };
        #[expect(clippy::expect_used, reason = "a mistake in the table above")]
        let (route, mut event) = gateway::event(&API, &request, now, "bench").expect("a route");
        debug_assert!(route.function == self.function || self.function == "authorize");
        if self.function == "authorize" {
            // Well-formed, so that the function reads the table; unknown, so that no key has to be minted.
            let key = ApiKey::mint(Mode::Live, &mut StdRng::seed_from_u64(1));
            event["type"] = json!("REQUEST");
            event["headers"]["x-api-key"] = json!(key.expose());
            event["identitySource"] = json!([key.expose()]);
        } else {
            event["requestContext"]["authorizer"] =
                json!({"lambda": {"app": "bench", "scope": "app", "mode": "live", "key_id": "bench"}});
        }
        event
    }
}

/// An app `bench` with a live campaign `season`, made through the API.
pub(crate) async fn prepare(local: &Local) -> Result<(), String> {
    #[expect(clippy::disallowed_methods, reason = "the functions' processes live in real time")]
    let now = Timestamp::now();
    for (method, path, body) in preparations(now) {
        let headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("x-api-key".to_owned(), local.admin_key.expose().to_owned()),
        ];
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let target = format!("/v1/apps/bench{path}");
        let answer = local.call(HttpRequest { method: method.into(), target, headers, body }).await;
        if answer.status >= 300 {
            return Err(format!("{path}: {}", String::from_utf8_lossy(&answer.body)));
        }
    }
    Ok(())
}

/// The requests that make the app: method, path below the app, body.
pub(crate) fn preparations(now: Timestamp) -> Vec<(&'static str, &'static str, Value)> {
    let days = |days: i64| (now + SignedDuration::from_hours(24 * days)).to_string();
    let moment = |id: &str, action: &str, target: u32| {
        json!({
            "moment_id": id, "action": action, "count": "events", "target": target,
            "rewards": [{"reward_group_id": "gift"}],
            "messages": {"achievement": {"en": {"title": "Well done", "body": "Here is your gift card."}}},
        })
    };
    let mut ruled = moment("ruled", "spend", 1_000_000);
    ruled["when"] = json!(
        "event.attributes.amount >= 10.0 && user.attributes.tier == 'gold' && user.marketplace in ['DE', 'AT'] && \
         user.attributes.tags.exists(tag, tag == 'vip')"
    );
    let mut row = moment("row", "visit", 300);
    row["count"] = json!("streak");
    let group = json!({
        "name": "Gift card", "kind": "unique_url", "cpa": {"currency": "EUR", "amount_minor": 500},
        "test_url": "https://gift.example/test",
    });
    let campaign = json!({
        "name": "Season", "kind": "surprise", "starts_at": days(-1), "ends_at": days(30),
        "budget": {"currency": "EUR", "amount_minor": STOCK * 500},
        "moments": [moment("deposits", "deposit", 1_000_000), moment("win", "win", 1), ruled, row],
    });
    let urls: Vec<String> = (0..STOCK).map(|n| format!("https://gift.example/{n}")).collect();
    let mut all = vec![("PUT", "", json!({"name": "Bench"})), ("PUT", "/reward-groups/gift", group)];
    all.extend(urls.chunks(5_000).map(|urls| ("POST", "/reward-groups/gift/stock", json!({"urls": urls}))));
    all.push(("PUT", "/campaigns/season", campaign));
    all.push(("POST", "/campaigns/season/submit", Value::Null));
    all.push(("POST", "/campaigns/season/approve", Value::Null));
    all
}
