use serde_json::{Value, json};

use super::request::of_dynamodb;
use super::{Permission, Role};

fn role(statements: Value) -> Result<Role, String> {
    Role::read("Role", &json!({"Policies": [{"PolicyDocument": {"Statement": statements}}]}))
}

fn get(key: &str) -> Value {
    json!({"TableName": "moments", "Key": {"pk": {"S": key}, "sk": {"S": "x"}}})
}

fn allows(role: &Role, operation: &str, body: &Value) -> bool {
    let needed = of_dynamodb(operation, body);
    !needed.is_empty() && needed.iter().all(|needed| role.allows(needed))
}

#[test]
fn a_role_allows_what_it_grants_and_nothing_else() {
    let table = json!({"Fn::GetAtt": ["Table", "Arn"]});
    let index = json!({"Fn::Sub": "${Table.Arn}/index/gsi1"});
    let role = role(json!([
        {"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem"], "Resource": table},
        {"Effect": "Allow", "Action": "dynamodb:Query", "Resource": index},
    ]))
    .unwrap();
    assert!(allows(&role, "GetItem", &get("USER#a")));
    assert!(!allows(&role, "DeleteItem", &get("USER#a")));
    assert!(!allows(&role, "GetItem", &json!({"TableName": "other", "Key": {"pk": {"S": "a"}}})));
    // Query on the index does not grant Query on the table.
    assert!(allows(&role, "Query", &json!({"TableName": "moments", "IndexName": "gsi1"})));
    assert!(!allows(&role, "Query", &json!({"TableName": "moments"})));
    assert!(!allows(&role, "BatchGetItem", &json!({"RequestItems": {"moments": {"Keys": []}}})));
}

#[test]
fn a_transaction_needs_what_each_of_its_parts_does() {
    let table = json!({"Fn::GetAtt": ["Table", "Arn"]});
    let role = role(json!({"Effect": "Allow", "Action": ["dynamodb:PutItem"], "Resource": table})).unwrap();
    let put = json!({"Put": {"TableName": "moments", "Item": {"pk": {"S": "a"}}}});
    let check = json!({"ConditionCheck": get("a")});
    assert!(allows(&role, "TransactWriteItems", &json!({"TransactItems": [put]})));
    assert!(!allows(&role, "TransactWriteItems", &json!({"TransactItems": [put, check]})));
    let needed = of_dynamodb("TransactWriteItems", &json!({"TransactItems": [check]}));
    assert_eq!(needed[0].action, "dynamodb:ConditionCheckItem");
}

#[test]
fn a_condition_on_leading_keys_holds_for_every_key_of_a_request() {
    let condition = json!({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["KEY#*", "APP#*"]}});
    let actions = json!(["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"]);
    let resource = json!({"Fn::GetAtt": ["Table", "Arn"]});
    let statement = json!({"Effect": "Allow", "Action": actions, "Resource": resource, "Condition": condition});
    let role = role(statement).unwrap();
    assert!(allows(&role, "GetItem", &get("KEY#1")) && allows(&role, "GetItem", &get("APP#1")));
    assert!(!allows(&role, "GetItem", &get("USER#1")));
    let batch = |keys: [&str; 2]| {
        let keys = keys.map(|key| get(key)["Key"].clone());
        json!({"RequestItems": {"moments": {"Keys": keys}}})
    };
    assert!(allows(&role, "BatchGetItem", &batch(["KEY#1", "APP#1"])));
    assert!(!allows(&role, "BatchGetItem", &batch(["KEY#1", "USER#1"])));
    // The guard does not know the keys of a Query, so it refuses it.
    assert!(!allows(&role, "Query", &json!({"TableName": "moments"})));
}

#[test]
fn a_statement_that_is_not_understood_is_refused() {
    let allow = |field: &str, value: Value| {
        let mut statement = json!({"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": "a"});
        statement[field] = value;
        role(json!([statement]))
    };
    assert!(allow("Effect", json!("Allow")).is_ok());
    assert!(allow("Effect", json!("Deny")).is_err());
    assert!(allow("Action", json!("sqs:*")).is_err());
    assert!(allow("Condition", json!({"StringEquals": {"aws:SourceAccount": "1"}})).is_err());
    let like = |patterns: Value| json!({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": patterns}});
    assert!(allow("Condition", like(json!(["KEY#*"]))).is_ok());
    assert!(allow("Condition", like(json!(["KEY#?"]))).is_err());
    // Both branches of a condition count; the empty branch is not a statement.
    let branches =
        json!({"Fn::If": ["X", {"Effect": "Allow", "Action": "a:B", "Resource": "r"}, {"Ref": "AWS::NoValue"}]});
    let needed = Permission { action: "a:B".to_owned(), resource: "r".to_owned(), leading_keys: None };
    assert!(role(json!([branches])).unwrap().allows(&needed));
}
