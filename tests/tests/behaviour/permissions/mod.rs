//! Least privilege: a journey makes each function do everything it can. The permissions that the function and Lambda
//! need are exactly those of its role in `template.yaml`: a missing one would fail on AWS, and an unused one is too
//! much.

mod afterwards;
mod competitions;
mod own_routes;
mod people;
mod refused;
mod resource_policies;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use local::background::Delays;
use local::functions::Environments;
use local::functions::{Outside, dispatch};
use local::gateway;
use local::template::{Schedule, TEMPLATE, parse};
use serde_json::{Value, json};
use tests::contention::{Physics, Tape};
use tests::deployment::{Deployment, Key};
use tests::{campaign_with, group, stream_event};

/// Every function, each with one environment and a tape.
struct Journey {
    deployment: Deployment,
    functions: BTreeMap<String, (Environments, Tape, Outside)>,
    /// Each function's permissions for Pinpoint and SQS.
    asked: RefCell<BTreeMap<String, BTreeSet<(String, String)>>>,
    /// The routes with a successful answer.
    served: RefCell<BTreeSet<String>>,
}

impl Journey {
    fn new() -> Self {
        let deployment = Deployment::new(Physics::default(), tests::NOW.parse().unwrap(), 1, false);
        let names: Vec<String> = deployment.template.functions.keys().cloned().collect();
        let functions = names.into_iter().map(|name| {
            let (environment, tape) = deployment.taped_environment(&name, 1);
            tape.enforce(deployment.template.functions[&name].role.clone());
            let outside = deployment.outside(&name, 1);
            (name, (environment, tape, outside))
        });
        Self { functions: functions.collect(), deployment, asked: RefCell::default(), served: RefCell::default() }
    }

    async fn invoke(&self, function: &str, event: Value) -> Value {
        let invocation = self.deployment.invocation(function, SignedDuration::ZERO);
        let (environment, _, outside) = &self.functions[function];
        let answer = Box::pin(dispatch(function, environment, outside, event, invocation)).await;
        let mut asked = self.asked.borrow_mut();
        let asked = asked.entry(function.to_owned()).or_default();
        asked.append(&mut self.deployment.asked_of_sqs.lock().unwrap());
        for of_pinpoint in std::mem::take(&mut *self.deployment.asked_of_pinpoint.lock().unwrap()) {
            // One method of one application (`model`). Anything else would need another permission.
            assert_eq!(of_pinpoint, "POST /v1/apps/model/messages");
            let application = "arn:${AWS::Partition}:mobiletargeting:${AWS::Region}:${AWS::AccountId}:apps/${PinpointApplicationId}/messages";
            asked.insert(("mobiletargeting:SendMessages".into(), application.into()));
        }
        answer.unwrap_or_else(|error| json!({"errorMessage": error}))
    }

    async fn call(&self, key: Key, method: &str, path: &str, body: Value) -> Value {
        let (function, event) = self.deployment.request(key, method, path, body);
        self.serve(&function, event).await
    }

    async fn serve(&self, function: &str, event: Value) -> Value {
        let route = event["routeKey"].as_str().unwrap().to_owned();
        let answer = gateway::response(&self.invoke(function, event).await);
        let body = serde_json::from_slice(&answer.body).unwrap_or_default();
        assert!(answer.status < 400, "{route}: {} {body}", answer.status);
        self.served.borrow_mut().insert(route);
        body
    }

    async fn admin(&self, method: &str, path: &str, body: Value) -> Value {
        self.call(Key::Operator, method, &format!("/v1/apps/app{path}"), body).await
    }

    async fn app(&self, method: &str, path: &str, body: Value) -> Value {
        self.call(Key::App("app"), method, path, body).await
    }

    /// Delivers a queue's messages to a function until it is empty, or each message came five times.
    async fn queue(&self, function: &str, queue: &str) {
        for _ in 0..5 {
            for message in self.deployment.queues.receive(queue, 10, self.deployment.now(), Delays::Ignored).unwrap() {
                let answer = self.invoke(function, json!({"Records": [message.record]})).await;
                if answer["batchItemFailures"].as_array().is_some_and(Vec::is_empty) {
                    self.deployment.queues.delete(queue, &message.receipt_handle).unwrap();
                }
            }
        }
    }

    /// Delivers the stream records of every item with the prefix to a function.
    async fn stream(&self, function: &str, event_name: &str, sk: &str) {
        for item in local::database::scan(self.deployment.model.database()).unwrap() {
            if item["sk"]["S"].as_str().unwrap().starts_with(sk) {
                self.invoke(function, stream_event(event_name, &item)).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_function_may_do_exactly_what_it_does() {
    let journey = Journey::new();
    for (name, (environment, ..)) in &journey.functions {
        // As every `main` does whose function uses the table.
        if !["console", "describe-api", "publish-events"].contains(&name.as_str()) {
            environment.store.warm().await;
        }
    }
    Box::pin(operator_and_admin(&journey)).await;
    Box::pin(users(&journey)).await;
    Box::pin(awards(&journey)).await;
    Box::pin(caps(&journey)).await;
    Box::pin(reviews(&journey)).await;
    Box::pin(streams_and_visits(&journey)).await;
    Box::pin(webhooks(&journey)).await;
    Box::pin(afterwards::supplies(&journey)).await;
    Box::pin(afterwards::redemptions(&journey)).await;
    Box::pin(afterwards::desk(&journey)).await;
    Box::pin(afterwards::brackets(&journey)).await;
    Box::pin(afterwards::shipping(&journey)).await;
    Box::pin(afterwards::orders(&journey)).await;
    Box::pin(competitions::competitions(&journey)).await;
    Box::pin(own_routes::own_routes(&journey)).await;
    people::people(&journey).await;
    journey.app("DELETE", "/v1/users/ada", Value::Null).await;
    own_routes::authorizer(&journey).await;
    every_route_was_served(&journey);
    let template = parse(TEMPLATE).unwrap();
    for (function, (_, tape, _)) in &journey.functions {
        let mut asked = tape.asked();
        asked.extend(asked_by_lambda(&template, function));
        asked.extend(journey.asked.borrow().get(function).cloned().unwrap_or_default());
        let kms_key = [("fulfil-orders", "AddressKey"), ("supply-reward", "SupplierKey")];
        if let Some((_, kms_key)) = kms_key.iter().find(|(name, _)| name == function) {
            for (operation, body) in journey.deployment.kms.requests() {
                let key = body["KeyId"].as_str().unwrap().to_owned();
                if key != *kms_key {
                    continue;
                }
                asked.insert((format!("kms:{}", operation.trim_start_matches("TrentService.")), key));
            }
        }
        if function == "publish-events" {
            let of_event_bridge: BTreeSet<String> = journey.deployment.event_bridge.operations().into_iter().collect();
            assert_eq!(of_event_bridge, BTreeSet::from(["AWSEvents.PutEvents".to_owned()]));
            let entries = journey.deployment.event_bridge.entries();
            assert!(entries.iter().all(|entry| entry["EventBusName"] == "EventBus"));
            asked.insert(("events:PutEvents".into(), "EventBus".into()));
        }
        let allowed = journey.deployment.template.functions[function].role.grants();
        let difference = |a: &BTreeSet<_>, b: &BTreeSet<_>| a.difference(b).cloned().collect::<Vec<(String, String)>>();
        let (missing, surplus) = (difference(&asked, &allowed), difference(&allowed, &asked));
        assert!(missing.is_empty() && surplus.is_empty(), "{function}: missing {missing:?}, surplus {surplus:?}");
    }
}

/// The issue's `POST /v1/rewards/{id}/redeem` failed on AWS only, because no journey used it. So each route needs one,
/// except `$default`, which refuses everything and needs no permission.
fn every_route_was_served(journey: &Journey) {
    let routes = journey.deployment.template.routes.iter().map(|route| route.key.as_str());
    let routes: BTreeSet<&str> = routes.filter(|route| *route != "$default").collect();
    let served = journey.served.borrow();
    let served: BTreeSet<&str> = served.iter().map(String::as_str).collect();
    let missing: Vec<&&str> = routes.difference(&served).collect();
    assert!(missing.is_empty(), "the journey has to come by these, too: {missing:#?}");
}

/// The permissions that Lambda needs: to write the log and the traces, to read the stream of a trigger, and to send
/// failed events to the dead letters. X-Ray's actions have no resource.
fn asked_by_lambda(template: &Value, binary: &str) -> Vec<(String, String)> {
    let mut functions = functions(template);
    let (_, function) =
        functions.find(|(_, function)| function["Metadata"]["BuildProperties"]["Binary"] == binary).unwrap();
    let properties = &function["Properties"];
    let log_group = properties["LoggingConfig"]["LogGroup"]["Ref"].as_str().unwrap();
    let mut asked = vec![
        ("logs:CreateLogStream", log_group),
        ("logs:PutLogEvents", log_group),
        ("xray:PutTelemetryRecords", "*"),
        ("xray:PutTraceSegments", "*"),
    ];
    if !stream_events(properties).is_empty() {
        asked.extend([
            ("dynamodb:DescribeStream", "Table.StreamArn"),
            ("dynamodb:GetRecords", "Table.StreamArn"),
            ("dynamodb:GetShardIterator", "Table.StreamArn"),
            ("dynamodb:ListStreams", "Table.StreamArn"),
            ("sqs:SendMessage", "DeadLetters"),
        ]);
    }
    let events = properties["Events"].as_object().into_iter().flat_map(|events| events.values());
    for event in events.filter(|event| event["Type"] == "SQS") {
        let queue = event["Properties"]["Queue"]["Fn::GetAtt"][0].as_str().unwrap();
        asked.extend(
            ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"].map(|action| (action, queue)),
        );
    }
    let given_up = &properties["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"];
    asked.extend(given_up[0].as_str().map(|queue| ("sqs:SendMessage", queue)));
    asked.into_iter().map(|(action, resource)| (action.to_owned(), resource.to_owned())).collect()
}

#[test]
fn every_function_has_its_own_role_and_log_without_attached_policies() {
    let template = parse(TEMPLATE).unwrap();
    let resources = template["Resources"].as_object().unwrap();
    let lambda =
        json!({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"});
    let trust = json!({"Version": "2012-10-17", "Statement": [lambda]});
    let (mut roles, mut log_groups) = (BTreeSet::new(), BTreeSet::new());
    for (id, function) in functions(&template) {
        let properties = &function["Properties"];
        assert!(properties.get("Policies").is_none(), "{id}: what it may do stands in its role");

        let role = properties["Role"]["Fn::GetAtt"][0].as_str().unwrap();
        assert!(roles.insert(role), "{role} is another function's, too");
        assert_eq!(resources[role]["Type"], "AWS::IAM::Role", "{id}");
        let role = &resources[role]["Properties"];
        assert_eq!(role["AssumeRolePolicyDocument"], trust, "{id}");
        // No ManagedPolicyArns, and no name, since that would need more than CAPABILITY_IAM.
        let names: Vec<&str> = role.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["AssumeRolePolicyDocument", "Policies"], "{id}");

        let log_group = properties["LoggingConfig"]["LogGroup"]["Ref"].as_str().unwrap();
        assert!(log_groups.insert(log_group), "{log_group} is another function's, too");
        assert_eq!(resources[log_group]["Type"], "AWS::Logs::LogGroup", "{id}");

        for event in stream_events(properties) {
            assert_eq!(event["Stream"], json!({"Fn::GetAtt": ["Table", "StreamArn"]}), "{id}");
            let given_up = &event["DestinationConfig"]["OnFailure"]["Destination"];
            assert_eq!(*given_up, json!({"Fn::GetAtt": ["DeadLetters", "Arn"]}), "{id}");
        }
    }
    for (id, resource) in resources {
        let kind = resource["Type"].as_str().unwrap();
        let connects = kind == "AWS::Serverless::Connector" || resource.get("Connectors").is_some();
        assert!(!connects, "{id}: SAM makes a managed policy of it");
        assert!(!kind.starts_with("AWS::IAM::") || roles.contains(id.as_str()), "{id} is no function's role");
    }
}

/// Returns the functions of the template by logical id.
fn functions(template: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let resources = template["Resources"].as_object().unwrap();
    resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function")
}

/// Returns the properties of a function's stream triggers.
fn stream_events(properties: &Value) -> Vec<&Value> {
    let events = properties["Events"].as_object().into_iter().flat_map(|events| events.values());
    events.filter(|event| event["Type"] == "DynamoDB").map(|event| &event["Properties"]).collect()
}

async fn operator_and_admin(journey: &Journey) {
    journey.admin("PUT", "", json!({"name": "App"})).await;
    journey.admin("GET", "", Value::Null).await;
    let minted = journey.admin("POST", "/keys", json!({"scope": "app", "mode": "live"})).await;
    let key = format!("/keys/{}", minted["key_id"].as_str().unwrap());
    journey.admin("POST", &format!("{key}/rotate"), Value::Null).await;
    journey.admin("DELETE", &key, Value::Null).await;
    let mut german = group();
    german["marketplaces"] = json!(["DE"]);
    for (id, group) in [("gift", group()), ("german", german), ("scarce", group())] {
        journey.admin("PUT", &format!("/reward-groups/{id}"), group).await;
        let urls: Vec<String> = (0..4).map(|n| format!("https://gift.example/{id}/{n}")).collect();
        journey.admin("POST", &format!("/reward-groups/{id}/stock"), json!({"urls": urls})).await;
    }
    journey.admin("GET", "/reward-groups", Value::Null).await;
    journey.admin("GET", "/reward-groups/gift", Value::Null).await;
    let german = json!([{"reward_group_id": "german"}]);
    let eur = |amount: u64| json!({"currency": "EUR", "amount_minor": amount});
    let caps = json!({"per_moment": {"deposits": eur(700)}, "per_day": eur(5_000), "per_user": eur(900)});
    let capped = [
        ("/caps", caps),
        ("/moments/0/rewards", json!([{"reward_group_id": "scarce"}])),
        ("/moments/0/action", json!("never")),
    ];
    let plans = [
        ("capped", campaign_with(&capped)),
        ("spring", campaign_with(&[("/moments/0/target", json!(2)), ("/budget/amount_minor", json!(1_300))])),
        ("short", campaign_with(&[("/moments/0/action", json!("never")), ("/budget/amount_minor", json!(700))])),
        ("german", campaign_with(&[("/moments/0/rewards", german), ("/moments/0/action", json!("visit"))])),
    ];
    for (id, plan) in plans {
        journey.admin("PUT", &format!("/campaigns/{id}"), plan).await;
        // Approval needs stock, which the index shows with a delay.
        tokio::time::sleep(std::time::Duration::from_secs(30)).await;
        for step in ["submit", "approve", "suspend", "resume"] {
            journey.admin("POST", &format!("/campaigns/{id}/{step}"), Value::Null).await;
        }
    }
    journey.admin("GET", "/campaigns", Value::Null).await;
    journey.admin("GET", "/campaigns/spring", Value::Null).await;
    journey.admin("GET", "/campaigns/spring/history", Value::Null).await;
    journey.admin("GET", "/campaigns/spring/report", Value::Null).await;
    journey.admin("GET", "/campaigns/spring/diff?from=1", Value::Null).await;
    journey.admin("GET", "/campaigns/spring/summary", Value::Null).await;
    journey.admin("GET", "/campaigns/spring/forecast", Value::Null).await;
    journey.admin("GET", "/campaigns/spring/activity", Value::Null).await;
    journey.admin("GET", "/campaign-summaries?state=live", Value::Null).await;
    journey.admin("GET", "/campaigns/spring/rewards", Value::Null).await;
    journey.admin("GET", "/audit", Value::Null).await;
    journey.admin("GET", "/keys", Value::Null).await;
    journey.admin("GET", "/reward-groups/gift/stock", Value::Null).await;
    journey.call(Key::Operator, "GET", "/v1/apps", Value::Null).await;
    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
}

async fn users(journey: &Journey) {
    journey.app("PUT", "/v1/users/ada", json!({"locale": "de", "marketplace": "DE"})).await;
    journey.app("GET", "/v1/users/ada", Value::Null).await;
    journey.app("GET", "/v1/users/ada/export", Value::Null).await;
    journey.app("PUT", "/v1/users/ada/devices/phone", json!({"channel": "GCM", "address": "token"})).await;
    journey.app("PUT", "/v1/users/ada/devices/old", json!({"channel": "GCM", "address": "token-2"})).await;
    for address in ["temporary-1", "permanent-1", "updated-1"] {
        let device = json!({"channel": "GCM", "address": address});
        journey.app("PUT", &format!("/v1/users/ada/devices/{address}"), device).await;
    }
    journey.app("DELETE", "/v1/users/ada/devices/old", Value::Null).await;
}

/// Two campaigns have money for two rewards or one, and a rest. The next user waits, after a look at every slot.
async fn awards(journey: &Journey) {
    for user in ["ada", "bob", "cyd"] {
        for n in 0..2 {
            let event = json!({"user_id": user, "action": "deposit", "event_id": format!("e{n}")});
            journey.app("POST", "/v1/moments", event).await;
        }
    }
    let visit = json!({"user_id": "ada", "action": "visit", "event_id": "v"});
    journey.app("POST", "/v1/moments/batch", json!({"moments": [visit]})).await;
    let ask = |campaign: &str| json!({"user_id": "dan", "campaign_id": campaign, "moment_id": "deposits"});
    for user in ["eve", "fay"] {
        let ask = json!({"user_id": user, "campaign_id": "short", "moment_id": "deposits"});
        journey.app("POST", "/v1/rewards", ask).await;
    }
    journey.app("POST", "/v1/rewards", ask("spring")).await;
    journey
        .app("POST", "/v1/rewards", json!({"user_id": "ada", "campaign_id": "german", "moment_id": "deposits"}))
        .await;
    journey.app("POST", "/v1/eligibility", ask("spring")).await;
    let legacy = json!({"appId": "app", "campaignId": "spring", "momentId": "deposits", "customerId": "dan"});
    for path in ["/GetReward", "/getReward", "/GetRewardInfo", "/getRewardInfo"] {
        journey.app("POST", path, legacy.clone()).await;
    }
}

/// Two users wait for stock. When it comes, a cap pays only for the first.
async fn caps(journey: &Journey) {
    let urls: Vec<String> = (0..4).map(|n| format!("https://gift.example/scarce/{n}")).collect();
    journey.admin("POST", "/reward-groups/scarce/stock/retire", json!({"urls": urls})).await;
    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
    for user in ["gil", "hal"] {
        let ask = json!({"user_id": user, "campaign_id": "capped", "moment_id": "deposits"});
        assert_eq!(journey.app("POST", "/v1/rewards", ask).await["outcome"], "waiting");
    }
    let urls = json!({"urls": ["https://gift.example/scarce/new/1", "https://gift.example/scarce/new/2"]});
    journey.admin("POST", "/reward-groups/scarce/stock", urls).await;
    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
    journey.stream("follow-rewards", "MODIFY", "GROUP#").await;
    let items = local::database::scan(journey.deployment.model.database()).unwrap();
    let of_capped = |item: &&Value| item["sk"]["S"] == "REWARD#capped#deposits#1";
    assert_eq!(items.iter().filter(of_capped).count(), 1, "the second one has left the line");
    journey.invoke("follow-rewards", json!({"errand": "new_day"})).await;
}

/// A reward under every guard, held and released.
async fn reviews(journey: &Journey) {
    let guards = json!({
        "velocity": {"per_user": {"events": 5, "within_minutes": 60}, "per_device": {"events": 5, "within_minutes": 60}},
        "one_reward_per": ["device", "payment"], "review": true,
    });
    let plan = [("/guards", guards), ("/moments/0/target", json!(1)), ("/moments/0/action", json!("reviewed"))];
    let more = json!({"urls": ["https://gift.example/gift/more"]});
    journey.admin("POST", "/reward-groups/gift/stock", more).await;
    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
    journey.admin("PUT", "/campaigns/reviewed", campaign_with(&plan)).await;
    for step in ["submit", "approve"] {
        journey.admin("POST", &format!("/campaigns/reviewed/{step}"), Value::Null).await;
    }
    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
    let told = json!({"device": "d", "payment": "p"});
    let event = json!({"user_id": "ivy", "action": "reviewed", "event_id": "e1", "fingerprints": told});
    journey.app("POST", "/v1/moments", event).await;
    let question = json!({"user_id": "ivy", "campaign_id": "reviewed", "fingerprints": told});
    journey.app("POST", "/v1/eligibility", question).await;
    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
    let held = journey.admin("GET", "/campaigns/reviewed/reviews", Value::Null).await;
    let release = format!("/v1/rewards/{}/release", held["data"][0]["reward_id"].as_str().unwrap());
    journey.call(Key::Operator, "POST", &release, Value::Null).await;
    journey.app("GET", "/v1/users/ivy/timeline", Value::Null).await;
}

/// A challenge is announced to all users. One has quiet hours, and gets it later.
async fn announcements(journey: &Journey) {
    let text = json!({"en": {"title": "Go", "body": "b"}});
    let quiet = json!({"from": "00:00", "until": "23:59"});
    for (id, quiet) in [("race", Value::Null), ("night", quiet)] {
        let plan = [
            ("/kind", json!("challenge")),
            ("/starts_at", json!("2026-12-01T00:00:00Z")),
            ("/moments/0/action", json!("never")),
            ("/messages", json!({"announcement": text})),
            ("/quiet_hours", quiet),
        ];
        journey.admin("PUT", &format!("/campaigns/{id}"), campaign_with(&plan)).await;
        for step in ["submit", "approve"] {
            journey.admin("POST", &format!("/campaigns/{id}/{step}"), Value::Null).await;
        }
        for address in ["permanent-2", "updated-2", "temporary-2"] {
            let device = json!({"channel": "GCM", "address": format!("{address}-{id}")});
            journey.app("PUT", &format!("/v1/users/ada/devices/{address}"), device).await;
        }
        tokio::time::sleep(std::time::Duration::from_secs(30)).await;
        journey.invoke("announce-campaign", Schedule::event()).await;
        journey.queue("announce-campaign", "AnnounceQueue").await;
        journey.admin("GET", &format!("/campaigns/{id}/announcements"), Value::Null).await;
        journey.queue("send-notification", "PushQueue").await;
    }
    journey
        .admin("POST", "/campaigns/race/messages/preview", json!({"moment_id": "deposits", "kind": "announcement"}))
        .await;
    tokio::time::sleep(std::time::Duration::from_secs(24 * 3_600)).await;
    journey.invoke("send-notification", Schedule::event()).await;
    let inbox = journey.app("GET", "/v1/users/ada/notifications", Value::Null).await;
    let read = json!({"notification_ids": [inbox["data"][0]["notification_id"]]});
    journey.app("POST", "/v1/users/ada/notifications/read", read).await;
}

async fn streams_and_visits(journey: &Journey) {
    let rewards = journey.app("GET", "/v1/users/ada/rewards", Value::Null).await;
    let link = format!("/r/{}", rewards["data"][0]["reward_id"].as_str().unwrap());
    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
    journey.call(Key::None, "GET", &link, Value::Null).await;
    let id = rewards["data"][0]["reward_id"].as_str().unwrap();
    journey.app("POST", &format!("/v1/rewards/{id}/redeem"), Value::Null).await;
    journey.stream("publish-events", "INSERT", "REWARD#").await;
    journey.queue("send-notification", "PushQueue").await;
    announcements(journey).await;
    for news in ["PROGRESS#", "REWARD#", "GROUP#", "CAMPAIGN#"] {
        journey.stream("follow-rewards", "MODIFY", news).await;
    }
    // An unreadable record is set aside and comes again from there.
    let pk = json!({"S": "USER#app#ada"});
    let poison = json!({"pk": pk, "sk": {"S": "PROGRESS#spring#deposits"}, "counted": {"S": "two"}});
    journey.invoke("follow-rewards", stream_event("MODIFY", &poison)).await;
    journey.queue("follow-rewards", "SetAsideQueue").await;
    let raised = campaign_with(&[("/moments/0/target", json!(2)), ("/budget/amount_minor", json!(2_500))]);
    journey.admin("PUT", "/campaigns/spring", raised).await;
    journey.stream("follow-rewards", "MODIFY", "CAMPAIGN#").await;
}

/// A webhook whose endpoint does not answer, and thresholds that are crossed.
async fn webhooks(journey: &Journey) {
    let webhook = json!({"url": "https://hooks.invalid/moments"});
    journey.admin("PUT", "/webhooks/backend", webhook).await;
    for path in ["/webhooks", "/webhooks/backend"] {
        journey.admin("GET", path, Value::Null).await;
    }
    journey.admin("POST", "/webhooks/backend/rotate", Value::Null).await;
    let sent = journey.admin("POST", "/webhooks/backend/test", Value::Null).await;
    journey.admin("GET", "/webhooks/backend/deliveries", Value::Null).await;
    let replay = format!("/webhooks/backend/deliveries/{}/replay", sent["delivery_id"].as_str().unwrap());
    journey.admin("POST", &replay, Value::Null).await;
    let event: Value =
        serde_json::from_str(include_str!("../../../../events/deliver-webhook/domain-event.json")).unwrap();
    let event = event.to_string().replace("demo-bank", "app");
    assert_eq!(journey.invoke("deliver-webhook", serde_json::from_str(&event).unwrap()).await["called"], 1);
    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
    journey.invoke("deliver-webhook", json!({"errand": "retries"})).await;
    let mut low = group();
    low["low_stock_threshold"] = json!(1_000);
    for threshold in [json!(1_000), json!(0)] {
        low["low_stock_threshold"] = threshold;
        journey.admin("PUT", "/reward-groups/gift", low.clone()).await;
        journey.invoke("deliver-webhook", json!({"errand": "levels"})).await;
    }
    journey.admin("DELETE", "/webhooks/backend", Value::Null).await;
}
