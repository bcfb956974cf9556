//! The measured requests, and their app.

use std::sync::LazyLock;

use domain::identity::Mode;
use domain::secret::ApiKey;
use jiff::Timestamp;
use local::Local;
use local::gateway::{self, HttpRequest};
use local::template::Template;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use crate::Failure;
use crate::scene::{self, moment};

/// One kind of request.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) function: &'static str,
    target: &'static str,
    /// The body of the nth request.
    body: fn(usize) -> Value,
    /// A text in every answer, as JSON within JSON.
    pub(crate) expected: &'static str,
}

/// URLs in stock: more than the benchmark awards.
const STOCK: u64 = 20_000;

static API: LazyLock<Template> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "it is part of this binary, and tests read it")]
    Template::built_in().expect("the template")
});

pub(crate) static SCENARIOS: [Scenario; 8] = [
    Scenario {
        name: "moment in progress",
        function: "submit-moment",
        target: "/v1/moments",
        body: |n| json!({"user_id": format!("user-{}", n % 50), "action": "deposit", "event_id": format!("event-{n}")}),
        expected: r#"\"outcome\":\"in_progress\""#,
    },
    Scenario {
        name: "moment in progress, by a rule of four clauses",
        function: "submit-moment",
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
        target: "/v1/moments",
        body: |_| json!({"user_id": "ada", "action": "deposit", "event_id": "the same"}),
        expected: r#"\"outcome\":\"in_progress\""#,
    },
    Scenario {
        name: "moment completed and rewarded",
        function: "submit-moment",
        target: "/v1/moments",
        body: |n| json!({"user_id": format!("winner-{n}"), "action": "win", "event_id": "won"}),
        expected: r#"\"outcome\":\"rewarded\""#,
    },
    Scenario {
        name: "award on request",
        function: "allocate-reward",
        target: "/v1/rewards",
        body: |n| json!({"user_id": format!("asker-{n}"), "campaign_id": "season", "moment_id": "win"}),
        expected: r#"\"outcome\":\"rewarded\""#,
    },
    Scenario {
        name: "eligibility check",
        function: "check-eligibility",
        target: "/v1/eligibility",
        body: |n| json!({"user_id": format!("user-{}", n % 50), "campaign_id": "season", "moment_id": "deposits"}),
        expected: r#"\"eligible\":true"#,
    },
    Scenario {
        name: "key of a request (authorizer)",
        function: "authorize",
        target: "/v1/moments",
        body: |_| Value::Null,
        expected: "unknown_key",
    },
];

impl Scenario {
    /// Returns API Gateway's nth event.
    pub(crate) fn event(&self, number: usize, now: Timestamp) -> Value {
        let body = (self.body)(number).to_string().into_bytes();
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let request = HttpRequest { method: "POST".into(), target: self.target.into(), headers, body };
        #[expect(clippy::expect_used, reason = "a mistake in the table above")]
        let (route, mut event) = gateway::event(&API, &request, now, "bench").expect("a route");
        debug_assert!(route.function == self.function || self.function == "authorize");
        if self.function == "authorize" {
            // Well formed, so the function queries the table; unknown, so nothing has to mint it.
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

/// Makes an app `bench` with a live campaign `season`, through the API.
pub(crate) async fn prepare(local: &Local) -> Result<(), Failure> {
    #[expect(clippy::disallowed_methods, reason = "the functions' processes live in real time")]
    let now = Timestamp::now();
    for (method, target, body) in preparations(now) {
        let headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("x-api-key".to_owned(), local.admin_key.expose().to_owned()),
        ];
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let answer = local.call(HttpRequest { method: method.into(), target: target.clone(), headers, body }).await;
        if answer.status >= 300 {
            return Err(format!("{target}: {}", String::from_utf8_lossy(&answer.body)).into());
        }
    }
    Ok(())
}

/// Returns the requests that make the app.
pub(crate) fn preparations(now: Timestamp) -> Vec<scene::Request> {
    let mut ruled = moment("ruled", "spend", 1_000_000);
    ruled["when"] = json!(
        "event.attributes.amount >= 10.0 && user.attributes.tier == 'gold' && user.marketplace in ['DE', 'AT'] && \
         user.attributes.tags.exists(tag, tag == 'vip')"
    );
    let mut row = moment("row", "visit", 300);
    row["count"] = json!("streak");
    let moments = [moment("deposits", "deposit", 1_000_000), moment("win", "win", 1), ruled, row];
    scene::requests("bench", "season", scene::campaign(now, STOCK * 500, &moments), STOCK)
}
