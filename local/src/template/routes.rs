//! The routes: the API's definition in `template.yaml`, and its permissions to invoke functions. Refuses a definition
//! that API Gateway would read differently.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{API_KEY, Authorizer, Route, broken};
use crate::LocalError;

/// An integration's URI, before and after the function.
const URI: (&str, &str) =
    ("arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${", ".Arn}:live/invocations");

/// The source ARN of the permission to invoke a function.
const SOURCE: &str = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/*";

/// Returns every route of the API. `binaries` has the functions by logical id.
pub(super) fn routes(
    root: &Value,
    id: &str,
    binaries: &BTreeMap<&String, String>,
    authorizers: &BTreeMap<String, Authorizer>,
) -> Result<Vec<Route>, LocalError> {
    let permitted = permitted(root);
    let paths = root["Resources"][id]["Properties"]["DefinitionBody"]["paths"].as_object();
    let mut routes = Vec::new();
    for (path, methods) in paths.ok_or_else(|| broken(id, "has no DefinitionBody with paths"))? {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let wrong = |why: &str| broken(&format!("{id}: {method} {path}"), why);
            let logical_id = function(operation).ok_or_else(|| wrong("has an integration that no other route has"))?;
            let function = binaries.get(&logical_id).ok_or_else(|| wrong("names a function that is not there"))?;
            if !permitted.contains(&logical_id) {
                return Err(wrong(&format!("needs an AWS::Lambda::Permission of {logical_id} for {id}")));
            }
            let authorizer = authorizer(operation, authorizers)
                .ok_or_else(|| wrong("may have no other security than NONE or an authorizer"))?;
            if operation["parameters"] != parameters(path) {
                return Err(wrong("has other parameters than its path"));
            }
            let key = match (path.as_str(), method.as_str(), &operation["isDefaultRoute"]) {
                ("$default", "x-amazon-apigateway-any-method", Value::Bool(true)) => path.clone(),
                (_, "get" | "put" | "post" | "delete" | "head" | "options", Value::Null) => {
                    format!("{} {path}", method.to_uppercase())
                }
                _ => return Err(wrong("is neither a method of a path nor the route $default")),
            };
            routes.push(Route { key, function: function.clone(), authorizer, throttle: None });
        }
    }
    Ok(routes)
}

/// Returns the logical id of the function that an operation invokes through its alias.
fn function(operation: &Value) -> Option<String> {
    let integration = &operation["x-amazon-apigateway-integration"];
    let uri = integration["uri"]["Fn::Sub"].as_str()?;
    let expected = json!({
        "type": "aws_proxy", "httpMethod": "POST", "payloadFormatVersion": "2.0", "uri": { "Fn::Sub": uri },
    });
    let id = uri.strip_prefix(URI.0)?.strip_suffix(URI.1)?;
    (*integration == expected).then(|| id.to_owned())
}

/// Returns the name of an operation's authorizer, or `Some(None)` if the operation is public.
fn authorizer(operation: &Value, authorizers: &BTreeMap<String, Authorizer>) -> Option<Option<String>> {
    let Some(security) = operation.get("security") else { return Some(Some(API_KEY.to_owned())) };
    if *security == json!([{ "NONE": [] }]) {
        return Some(None);
    }
    authorizers.keys().find(|name| *security == json!([{ *name: [] }])).map(|name| Some(name.clone()))
}

/// Returns the parameters that API Gateway's import requires for a path.
fn parameters(path: &str) -> Value {
    let names =
        path.split('/').filter_map(|part| Some(part.strip_prefix('{')?.strip_suffix('}')?.trim_end_matches('+')));
    let parameters: Vec<Value> = names.map(|name| json!({ "name": name, "in": "path", "required": true })).collect();
    if parameters.is_empty() { Value::Null } else { Value::Array(parameters) }
}

/// Returns the functions whose alias the API may invoke.
fn permitted(root: &Value) -> BTreeSet<String> {
    let resources = root["Resources"].as_object().into_iter().flat_map(|resources| resources.values());
    let permissions = resources.filter(|resource| resource["Type"] == "AWS::Lambda::Permission");
    let function = |permission: &Value| {
        let properties = &permission["Properties"];
        let id = properties["FunctionName"]["Ref"].as_str()?.strip_suffix(".Alias")?;
        let expected = json!({
            "Action": "lambda:InvokeFunction", "FunctionName": { "Ref": format!("{id}.Alias") },
            "Principal": "apigateway.amazonaws.com", "SourceArn": { "Fn::Sub": SOURCE },
        });
        (*properties == expected).then(|| id.to_owned())
    };
    permissions.filter_map(function).collect()
}
