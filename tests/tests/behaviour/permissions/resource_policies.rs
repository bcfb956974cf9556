//! A function's resource policy says what may invoke it. Lambda limits it to 20,480 bytes
//! (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>). These tests compute the policies from
//! the template, as SAM and CloudFormation make them. `tests/resource_policies.py` does it from the output of SAM's
//! translator.

use local::template::{TEMPLATE, parse};
use serde_json::{Value, json};

/// Lambda's fixed quota.
const MOST: usize = 20_480;

/// A stack's name and its region.
type Stack<'a> = (&'a str, &'a str);

/// A stack with a name as long as we allow.
const STACK: Stack<'_> = ("moments-production-eu-of-a-long-name-001", "ap-northeast-1");

/// Further routes that each function must have room for.
const MORE_ROUTES: usize = 30;

/// CloudFormation's name of a resource: the stack's name, cut to fit, the logical id, and twelve letters.
fn physical_name(stack: &str, logical_id: &str, most: usize) -> String {
    let tail = format!("-{logical_id}-0123456789AB");
    format!("{}{tail}", &stack[..stack.len().min(most.saturating_sub(tail.len()))])
}

/// Returns a statement as `GetPolicy` shows it, in this stack.
fn statement((stack, region): Stack<'_>, function: &str, permission: &str, service: &str, source: &str) -> Value {
    let name = physical_name(stack, function, 64);
    json!({
        "Sid": physical_name(stack, permission, 100),
        "Effect": "Allow",
        "Principal": { "Service": service },
        "Action": "lambda:InvokeFunction",
        "Resource": format!("arn:aws:lambda:{region}:123456789012:function:{name}:live"),
        "Condition": { "ArnLike": { "AWS:SourceArn": source } },
    })
}

/// Returns a function's statements: the template's, and SAM's for events.
fn statements(template: &Value, stack: Stack<'_>, function: &str) -> Vec<Value> {
    let (name_of_stack, region) = stack;
    let api = |route: &str| format!("arn:aws:execute-api:{region}:123456789012:a1b2c3d4e5/*/{route}");
    let mut statements = Vec::new();
    for (id, resource) in template["Resources"].as_object().unwrap() {
        let of = &resource["Properties"]["FunctionName"];
        if resource["Type"] == "AWS::Lambda::Permission" && *of == json!({ "Ref": format!("{function}.Alias") }) {
            statements.push(statement(stack, function, id, "apigateway.amazonaws.com", &api("*")));
        }
    }
    for (name, event) in template["Resources"][function]["Properties"]["Events"].as_object().into_iter().flatten() {
        let (id, properties) = (format!("{function}{name}"), &event["Properties"]);
        let permission = format!("{id}Permission");
        match event["Type"].as_str().unwrap() {
            "HttpApi" => {
                let text = |name: &str| properties[name].as_str().unwrap();
                let parts = text("Path").split('/').map(|part| if part.starts_with('{') { "*" } else { part });
                let route = format!("{}{}", text("Method"), parts.collect::<Vec<_>>().join("/"));
                statements.push(statement(stack, function, &permission, "apigateway.amazonaws.com", &api(&route)));
            }
            "Schedule" | "EventBridgeRule" => {
                let rule =
                    format!("arn:aws:events:{region}:123456789012:rule/{}", physical_name(name_of_stack, &id, 64));
                statements.push(statement(stack, function, &permission, "events.amazonaws.com", &rule));
            }
            _ => {}
        }
    }
    statements
}

fn bytes(statements: &[Value]) -> usize {
    json!({ "Version": "2012-10-17", "Id": "default", "Statement": statements }).to_string().len()
}

fn functions(template: &Value) -> Vec<String> {
    let resources = template["Resources"].as_object().unwrap().iter();
    let functions = resources.filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function");
    functions.map(|(id, _)| id.clone()).collect()
}

/// From the issue: with a permission for each route, a stack with a name of 36 letters did not deploy, nor did four
/// more routes. A replaced permission exists beside its successor for a while, so each counts twice.
#[test]
fn every_resource_policy_has_room_for_thirty_more_routes() {
    assert_eq!(STACK.0.len(), 40);
    let mut template = parse(TEMPLATE).unwrap();
    let names = functions(&template);
    // Routes are in the API's definition. A route that is an event counts as one.
    let routes = template["Resources"]["Api"]["Properties"]["DefinitionBody"]["paths"].as_object_mut().unwrap();
    for n in 0..MORE_ROUTES {
        routes.insert(format!("/v1/apps/{{app}}/campaigns/{{campaign}}/further/{n:02}"), json!({}));
    }
    for function in &names {
        let statements = statements(&template, STACK, function);
        let twice: Vec<Value> = statements.iter().chain(&statements).cloned().collect();
        let bytes = bytes(&twice);
        assert!(bytes <= MOST, "{function}: {bytes} bytes, {} statements", statements.len());
    }
}

/// Compares with the figures: in the stack `moments-prod`, with a permission for each of its 44 routes, the
/// policy of `manage-campaigns` had 18,790 bytes (19,054 in a region with a longer name). In a stack with a name of 40
/// letters it did not fit. The names of the 44 events had 488 letters then, methods and paths 1,221.
#[test]
fn the_reckoning_agrees_with_what_was_found() {
    let event = |n: usize| {
        let (name, path) = (if n < 4 { 12 } else { 11 }, if n < 33 { 25 } else { 24 });
        let name = format!("{n:0name$}");
        (
            name,
            json!({"Type": "HttpApi", "Properties": {"Method": "GET", "Path": format!("/{}", "x".repeat(path - 1))}}),
        )
    };
    let events: serde_json::Map<String, Value> = (0..44).map(event).collect();
    let before = json!({"Resources": {"ManageCampaignsFunction": {"Properties": {"Events": events}}}});
    let of = |stack| bytes(&statements(&before, stack, "ManageCampaignsFunction"));
    assert_eq!(of(("moments-prod", "us-east-1")), 18_790);
    assert!(of(STACK) > MOST);
}
