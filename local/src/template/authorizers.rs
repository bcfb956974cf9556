//! The API's authorizers: their functions, and the headers by which API Gateway remembers their answers.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::{API_KEY, Authorizer, broken};
use crate::LocalError;

/// Reads the authorizers. Refuses one that API Gateway would ask otherwise than the laptop does.
pub(super) fn read(
    id: &str,
    auth: &Value,
    binaries: &BTreeMap<&String, String>,
) -> Result<BTreeMap<String, Authorizer>, LocalError> {
    if auth["DefaultAuthorizer"] != API_KEY {
        return Err(broken(id, format!("needs the DefaultAuthorizer {API_KEY}")));
    }
    let authorizers = auth["Authorizers"].as_object().into_iter().flatten();
    authorizers.map(|(name, authorizer)| Ok((name.clone(), one(id, name, authorizer, binaries)?))).collect()
}

fn one(
    id: &str,
    name: &str,
    authorizer: &Value,
    binaries: &BTreeMap<&String, String>,
) -> Result<Authorizer, LocalError> {
    let wrong = |why: &str| broken(&format!("{id}: authorizer {name}"), why);
    let arn = authorizer["FunctionArn"]["Fn::GetAtt"][0].as_str();
    let function = arn.and_then(|id| binaries.get(&id.to_owned())).ok_or_else(|| wrong("names no function"))?;
    if authorizer["AuthorizerPayloadFormatVersion"] != "2.0" || authorizer["EnableSimpleResponses"] != true {
        return Err(wrong("needs payload format 2.0 and simple responses"));
    }
    let identity = &authorizer["Identity"];
    let header = match identity["Headers"].as_array().map(Vec::as_slice) {
        Some([Value::String(header)]) => header.to_ascii_lowercase(),
        _ => return Err(wrong("needs exactly one header as its identity")),
    };
    let seconds = identity["ReauthorizeEvery"].as_u64().ok_or_else(|| wrong("needs ReauthorizeEvery"))?;
    let expected = json!({ "Headers": identity["Headers"], "ReauthorizeEvery": seconds });
    if *identity != expected {
        return Err(wrong("has an identity that the laptop does not know"));
    }
    Ok(Authorizer { function: function.clone(), header, remembers: Duration::from_secs(seconds) })
}
