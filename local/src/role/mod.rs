//! The grants of a function's role in `template.yaml`. Supports only what the template uses and refuses anything else,
//! since a grant that is read wrongly proves nothing. `request` knows what a request needs; `guard` refuses it.

pub mod guard;
pub mod request;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// One action on one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// IAM's name: `dynamodb:GetItem`.
    pub action: String,
    /// `Table`, `Table/index/gsi1`, `Table.StreamArn`, a queue's logical id, or the ARN as the template writes it.
    pub resource: String,
    /// All partition keys of the request; `None` if it does not name them all.
    pub leading_keys: Option<Vec<String>>,
}

/// A role and its grants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Role {
    /// The role's logical id.
    pub name: String,
    grants: Vec<Grant>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Grant {
    action: String,
    resource: String,
    /// Allowed prefixes of partition keys; `None` allows any key.
    leading_keys: Option<Vec<String>>,
}

impl Role {
    /// Reads an `AWS::IAM::Role`. The error names what the laptop does not support.
    pub fn read(name: &str, properties: &Value) -> Result<Self, String> {
        let policies = properties.get("Policies").map(each).unwrap_or_default();
        let documents = policies.into_iter().map(|policy| &policy["PolicyDocument"]);
        let mut grants = Vec::new();
        for statement in documents.flat_map(|document| each(&document["Statement"])) {
            // The empty branch of a condition.
            if *statement == json!({ "Ref": "AWS::NoValue" }) {
                continue;
            }
            if statement["Effect"] != "Allow" {
                return Err(format!("has a statement that is no Allow: {statement}"));
            }
            let leading_keys = leading_keys(&statement["Condition"])?;
            for action in each(&statement["Action"]) {
                let action = action.as_str().filter(|action| !action.contains('*'));
                let action = action.ok_or_else(|| format!("grants what is no single action: {statement}"))?;
                for resource in each(&statement["Resource"]) {
                    let (action, resource) = (action.to_owned(), resource_name(resource));
                    grants.push(Grant { action, resource, leading_keys: leading_keys.clone() });
                }
            }
        }
        Ok(Self { name: name.to_owned(), grants })
    }

    /// True if the role grants the permission.
    pub fn allows(&self, asked: &Permission) -> bool {
        self.grants.iter().any(|grant| {
            grant.action == asked.action
                && grant.resource == asked.resource
                && match (&grant.leading_keys, &asked.leading_keys) {
                    (None, _) => true,
                    (Some(_), None) => false,
                    (Some(prefixes), Some(keys)) => {
                        keys.iter().all(|key| prefixes.iter().any(|prefix| key.starts_with(prefix)))
                    }
                }
        })
    }

    /// Returns every granted action with its resource, also those under a condition.
    pub fn grants(&self) -> BTreeSet<(String, String)> {
        self.grants.iter().map(|grant| (grant.action.clone(), grant.resource.clone())).collect()
    }
}

/// Reads the only supported condition: prefixes of partition keys.
fn leading_keys(condition: &Value) -> Result<Option<Vec<String>>, String> {
    if condition.is_null() {
        return Ok(None);
    }
    let patterns = &condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
    let known = json!({ "ForAllValues:StringLike": { "dynamodb:LeadingKeys": patterns } });
    let prefix = |pattern: &Value| {
        let prefix = pattern.as_str()?.strip_suffix('*')?;
        (!prefix.contains(['*', '?'])).then(|| prefix.to_owned())
    };
    let prefixes: Option<Vec<String>> = each(patterns).into_iter().map(prefix).collect();
    let prefixes = prefixes.filter(|_| *condition == known);
    prefixes.map(Some).ok_or_else(|| format!("has a condition that is not known here: {condition}"))
}

/// Returns the values of a list, a single value as a list of one, and both branches of a condition.
pub(crate) fn each(value: &Value) -> Vec<&Value> {
    match (value, value.get("Fn::If")) {
        (Value::Array(values), _) => values.iter().flat_map(each).collect(),
        (_, Some(Value::Array(branches))) => branches.iter().skip(1).flat_map(each).collect(),
        _ => vec![value],
    }
}

fn resource_name(resource: &Value) -> String {
    let attribute = &resource["Fn::GetAtt"];
    match (attribute[0].as_str(), attribute[1].as_str(), resource["Fn::Sub"].as_str()) {
        (Some(id), Some("Arn"), _) => id.to_owned(),
        (Some(id), Some(name), _) => format!("{id}.{name}"),
        (_, _, Some(text)) => text.replace("${Table.Arn}", "Table"),
        _ => resource.as_str().map_or_else(|| resource.to_string(), str::to_owned),
    }
}
