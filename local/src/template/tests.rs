//! Reads the built-in template, and small ones for what it lacks.

use super::*;

#[test]
fn the_template_is_read_whole() {
    let template = Template::built_in().unwrap();
    let minute = Duration::from_secs(60);
    for (name, header) in [(API_KEY, "x-api-key"), (USER_TOKEN, "authorization")] {
        let expected = Authorizer { function: "authorize".into(), header: header.into(), remembers: minute };
        assert_eq!(template.authorizers[name], expected);
    }
    assert_eq!(template.functions["manage-campaigns"].timeout, 29);
    assert_eq!(template.functions["submit-moment"].variables["CATALOG_SECONDS"], "15");
    assert_eq!(template.functions["submit-moment"].variables["LOG_LEVEL"], "info");
    let mut public: Vec<&str> =
        template.routes.iter().filter(|route| route.is_public()).map(|route| route.key.as_str()).collect();
    public.sort_unstable();
    let expected = [
        "$default",
        "GET /",
        "GET /console",
        "GET /console/{proxy+}",
        "GET /docs",
        "GET /health",
        "GET /openapi.json",
        "GET /r/{reward_id}",
        "GET /r/{reward_id}/address",
        "GET /r/{reward_id}/open",
        "GET /v1/sign-in-options",
        "HEAD /r/{reward_id}",
        "OPTIONS /v1/apps/{app}/me",
        "OPTIONS /v1/apps/{app}/me/{proxy+}",
        "POST /console/{proxy+}",
        "POST /r/{reward_id}/address",
        "POST /v1/rewards/{reward_id}/redeemed",
        "POST /v1/sign-ins",
        "POST /v1/sign-ins/complete",
    ];
    assert_eq!(public, expected);
    // A public route has a limit; a route with a key has the limit of the key.
    for route in &template.routes {
        assert_eq!(route.throttle.is_some(), route.is_public(), "{}", route.key);
    }
    let visit = template.routes.iter().find(|route| route.key == "GET /r/{reward_id}").and_then(|route| route.throttle);
    assert_eq!(visit, Some(RateLimit { requests_per_second: 1_000, burst: 1_000 }));
    let triggers: Vec<&str> = template.triggers.iter().map(|trigger| trigger.name.as_str()).collect();
    assert_eq!(triggers, ["follow-rewards/Unfinished", "publish-events/AwardedReward"]);
    let minutes = |schedule: &Schedule| (schedule.function.clone(), schedule.every.as_secs() / 60);
    let schedules: Vec<(String, u64)> = template.schedules.iter().map(minutes).collect();
    let expected = [
        ("follow-rewards", 15),
        ("follow-rewards", 1),
        ("send-notification", 1),
        ("deliver-webhook", 5),
        ("deliver-webhook", 1),
        ("announce-campaign", 1),
        ("settle-competition", 1),
        ("fulfil-orders", 24 * 60),
    ];
    let expected: Vec<(String, u64)> = expected.map(|(function, minutes)| (function.to_owned(), minutes)).to_vec();
    let sorted = |mut schedules: Vec<(String, u64)>| {
        schedules.sort();
        schedules
    };
    assert_eq!(sorted(schedules), sorted(expected));
    let rules: Vec<(&str, &str)> =
        template.rules.iter().map(|rule| (rule.function.as_str(), rule.bus.as_str())).collect();
    assert_eq!(rules, [("deliver-webhook", "EventBus")]);
    let mut queues: Vec<&str> = template.queue_triggers.iter().map(|trigger| trigger.queue.as_str()).collect();
    queues.sort_unstable();
    assert_eq!(queues, ["AnnounceQueue", "CompetitionQueue", "PushQueue", "SetAsideQueue"]);
    assert_eq!(template.expires, "expires");
}

const QUEUES: &str = "
Resources:
  SendFunction:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: send } }
    Properties:
      Role: !GetAtt SendRole.Arn
      Environment: { Variables: { PUSH_QUEUE_URL: !Ref Pushes, DEAD: !GetAtt Dead.QueueName, TABLE_NAME: t } }
      Events:
        Pushes:
          Type: SQS
          Properties:
            Queue: !GetAtt Pushes.Arn
            BatchSize: 5
            FunctionResponseTypes: [ReportBatchItemFailures]
            ScalingConfig: { MaximumConcurrency: 3 }
        Minutely: { Type: Schedule, Properties: { Schedule: rate(1 minute) } }
  SendRole: { Type: AWS::IAM::Role, Properties: {} }
  Pushes:
    Type: AWS::SQS::Queue
    Properties:
      FifoQueue: true
      VisibilityTimeout: 90
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 4 }
  Dead: { Type: AWS::SQS::Queue, Properties: { FifoQueue: true } }
";

#[test]
fn queues_and_what_they_feed_are_read() {
    let mut template = Template::read(QUEUES).unwrap();
    let redrive = Some(Redrive { queue: "Dead".into(), receives: 4 });
    let pushes = &template.queues["Pushes"];
    assert_eq!((pushes.fifo, pushes.visibility, &pushes.redrive), (true, 90, &redrive));
    assert_eq!((template.queues["Dead"].visibility, &template.queues["Dead"].redrive), (30, &None));
    let trigger = QueueTrigger {
        name: "send/Pushes".into(),
        function: "send".into(),
        queue: "Pushes".into(),
        batch_size: 5,
        reports_failures: true,
        at_once: 3,
    };
    assert_eq!(template.queue_triggers, [trigger]);
    assert_eq!(template.schedules[0].every, Duration::from_secs(60));
    template.place_queues("http://localhost/_local/sqs");
    let variables = &template.functions["send"].variables;
    assert_eq!(variables["PUSH_QUEUE_URL"], "http://localhost/_local/sqs/Pushes");
    assert_eq!(variables["DEAD"], "Dead");
}

#[test]
fn a_queue_that_feeds_a_function_has_to_give_up_some_time() {
    let text =
        QUEUES.replace("      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 4 }\n", "");
    let error = Template::read(&text).unwrap_err().to_string();
    assert!(error.contains("Pushes: feeds a function and needs a RedrivePolicy"), "{error}");
    let error = Template::read(&QUEUES.replace("!GetAtt Pushes.Arn", "!GetAtt Others.Arn")).unwrap_err().to_string();
    assert!(error.contains("send/Pushes: names a queue that is not there"), "{error}");
}

#[test]
fn no_alarm_sums_up_more_than_cloudwatch_takes() {
    // With more than ten metrics in a formula the stack rolls back.
    for alarm in TEMPLATE.split("Type: AWS::CloudWatch::Alarm").skip(1) {
        let alarm = alarm.split("\n\n").next().unwrap_or_default();
        let metrics = alarm.matches("MetricStat:").count();
        assert!(metrics <= 10, "{metrics} metrics in an alarm: {alarm}");
    }
}

/// Returns the template with one text replaced, which must occur.
fn changed(from: &str, to: &str) -> Result<Template, LocalError> {
    let text = TEMPLATE.replacen(from, to, 1);
    assert_ne!(text, TEMPLATE, "{from}");
    Template::read(&text)
}

#[test]
fn a_route_that_api_gateway_would_read_otherwise_is_refused() {
    let route = |key: &str| Template::built_in().unwrap().routes.into_iter().find(|route| route.key == key).unwrap();
    let moments = Route {
        key: "POST /v1/moments".into(),
        function: "submit-moment".into(),
        authorizer: Some(API_KEY.into()),
        throttle: None,
    };
    assert_eq!(route("POST /v1/moments"), moments);
    assert!(route("$default").is_public());
    assert_eq!(route("GET /v1/apps/{app}/me").authorizer.as_deref(), Some(USER_TOKEN));
    for (from, to, why) in [
        ("post: { responses", "any: { responses", "neither a method"),
        ("type: aws_proxy", "type: aws", "has an integration"),
        ("${SubmitMomentFunction.Arn}:live/", "${SubmitMomentFunction.Arn}/", "has an integration"),
        ("${SubmitMomentFunction.Arn}:live/", "${Nobody.Arn}:live/", "names a function that is not there"),
        ("security: [{ NONE: [] }]", "security: []", "may have no other security"),
        ("security: [{ UserToken: [] }]", "security: [{ Nobody: [] }]", "may have no other security"),
        ("Headers: [Authorization]", "Headers: [Authorization, x-api-key]", "needs exactly one header"),
        ("DefaultAuthorizer: ApiKey", "DefaultAuthorizer: UserToken", "needs the DefaultAuthorizer"),
        ("name: reward_id, in: path", "name: id, in: path", "has other parameters"),
        // The API needs a permission, and only this API may have it.
        (
            "FunctionName: !Ref SubmitMomentFunction.Alias",
            "FunctionName: !Ref SubmitMomentFunction",
            "needs an AWS::Lambda::Permission",
        ),
        ("${AWS::AccountId}:${Api}/*/*", "${AWS::AccountId}:*/*/*", "needs an AWS::Lambda::Permission"),
    ] {
        let error = changed(from, to).unwrap_err().to_string();
        assert!(error.contains(why), "{from}: {error}");
    }
    let event = "        Announce:\n          Type: HttpApi\n          Properties: { Path: /v1/x, Method: GET }\n";
    let error = changed("        # Parts of an audience, each", &format!("{event}        # Parts")).unwrap_err();
    assert!(error.to_string().contains("event Announce is a route: write it into DefinitionBody of Api"), "{error}");
}
