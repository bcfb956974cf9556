//! Reads `template.yaml`: the functions with their variables, routes and triggers, and the table's definition. A route
//! or trigger that the template lacks is missing on the laptop, too. Resolves intrinsics as far as a laptop needs them.

mod authorizers;
mod routes;
#[cfg(test)]
mod tests;
mod throttle;

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use domain::rate_limit::RateLimit;
use serde_json::{Map, Value, json};

use crate::LocalError;
use crate::filter::Filter;
use crate::role::{Role, each};

/// The built-in template.
pub const TEMPLATE: &str = include_str!("../../../template.yaml");

/// The parts of the template that a laptop needs.
#[derive(Debug, Clone)]
pub struct Template {
    /// By the name of their binary and folder.
    pub functions: BTreeMap<String, Function>,
    /// Every HTTP route.
    pub routes: Vec<Route>,
    /// Every stream trigger.
    pub triggers: Vec<Trigger>,
    /// Every schedule.
    pub schedules: Vec<Schedule>,
    /// Every queue, by its logical id, which is its name on a laptop.
    pub queues: BTreeMap<String, Queue>,
    /// Every queue trigger.
    pub queue_triggers: Vec<QueueTrigger>,
    /// Every rule on an event bus.
    pub rules: Vec<EventRule>,
    /// The authorizers, by their names in the template.
    pub authorizers: BTreeMap<String, Authorizer>,
    /// The table as a `CreateTable` request, without a name.
    pub table: Value,
    /// The table's time-to-live attribute.
    pub expires: String,
}

/// One Lambda function.
#[derive(Debug, Clone)]
pub struct Function {
    /// Timeout of an invocation, in seconds.
    pub timeout: u64,
    /// Environment variables, with parameters at their defaults.
    pub variables: BTreeMap<String, String>,
    /// The variables for queue URLs, each with its queue. `variables` holds the queue's name until
    /// [`Template::place_queues`].
    pub queue_variables: BTreeMap<String, String>,
    /// Its role.
    pub role: Role,
}

/// One HTTP route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// API Gateway's route key: `GET /r/{reward_id}`, or `$default`.
    pub key: String,
    /// The function that answers.
    pub function: String,
    /// The name of the route's authorizer; `None` if the route is public.
    pub authorizer: Option<String>,
    /// The route's own rate limit.
    pub throttle: Option<RateLimit>,
}

impl Route {
    /// True if the route needs an API key.
    pub fn needs_key(&self) -> bool {
        self.authorizer.as_deref() == Some(API_KEY)
    }

    /// True if anybody may call the route.
    pub fn is_public(&self) -> bool {
        self.authorizer.is_none()
    }
}

/// The authorizer of routes that name no other.
pub const API_KEY: &str = "ApiKey";

/// The authorizer of the routes of users' own tokens.
pub const USER_TOKEN: &str = "UserToken";

/// A function that API Gateway asks who the caller is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorizer {
    /// The function.
    pub function: String,
    /// The header that identifies the caller, in lower case. A request without it is refused unasked.
    pub header: String,
    /// How long API Gateway remembers the answer by that header, for every route of this authorizer.
    pub remembers: Duration,
}

/// A function and its schedule.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// The function to invoke.
    pub function: String,
    /// Its period.
    pub every: Duration,
    /// The event to send instead of EventBridge's own.
    pub input: Option<Value>,
}

impl Schedule {
    /// EventBridge's own event, as far as functions read it.
    pub fn event() -> Value {
        json!({ "version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {} })
    }
}

/// A function that gets each matching event of a bus.
#[derive(Debug, Clone)]
pub struct EventRule {
    /// The function to invoke.
    pub function: String,
    /// The bus's name.
    pub bus: String,
    /// The pattern of matching events.
    pub pattern: Filter,
}

/// One event source mapping from the table's stream.
#[derive(Debug, Clone)]
pub struct Trigger {
    /// `function/Event`, unique.
    pub name: String,
    /// The function to invoke.
    pub function: String,
    /// A record passes if one matches, or if the list is empty.
    pub filters: Vec<Filter>,
    /// Maximum records of a batch.
    pub batch_size: usize,
    /// Retries of one record before it is given up.
    pub retries: u32,
}

/// An SQS queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its logical id.
    pub name: String,
    /// True for a FIFO queue.
    pub fifo: bool,
    /// True if messages without a deduplication id get one from their body.
    pub by_content: bool,
    /// Visibility timeout in seconds.
    pub visibility: u32,
    /// Delay of new messages in seconds.
    pub delay: u32,
    /// The dead-letter queue, if it has one.
    pub redrive: Option<Redrive>,
}

/// When a queue gives up a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redrive {
    /// The dead-letter queue.
    pub queue: String,
    /// Receives before the queue gives up.
    pub receives: u32,
}

/// One event source mapping from a queue. Ignores batching windows: a batch is what the queue has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueTrigger {
    /// `function/Event`, unique.
    pub name: String,
    /// The function to invoke.
    pub function: String,
    /// The source queue.
    pub queue: String,
    /// Maximum messages of a batch.
    pub batch_size: usize,
    /// True if the function reports which messages failed; otherwise all or none succeed.
    pub reports_failures: bool,
    /// Maximum concurrent invocations.
    pub at_once: usize,
}

impl Template {
    /// The built-in template, parsed once per process.
    pub fn built_in() -> Result<Self, LocalError> {
        static PARSED: OnceLock<Template> = OnceLock::new();
        if let Some(template) = PARSED.get() {
            return Ok(template.clone());
        }
        let template = Self::read(TEMPLATE)?;
        Ok(PARSED.get_or_init(|| template).clone())
    }

    /// Reads a template. The error names the unsupported resource.
    pub fn read(text: &str) -> Result<Self, LocalError> {
        let template = Source { root: parse(text)? };
        let mut read = Self {
            functions: BTreeMap::new(),
            routes: Vec::new(),
            triggers: Vec::new(),
            schedules: Vec::new(),
            queues: BTreeMap::new(),
            queue_triggers: Vec::new(),
            rules: Vec::new(),
            authorizers: BTreeMap::new(),
            table: Value::Null,
            expires: String::new(),
        };
        let mut throttles = BTreeMap::new();
        let resources = template.root["Resources"].as_object().cloned().unwrap_or_default();
        let binaries: BTreeMap<&String, String> = resources
            .iter()
            .filter_map(|(id, resource)| {
                Some((id, resource["Metadata"]["BuildProperties"]["Binary"].as_str()?.to_owned()))
            })
            .collect();
        for (id, resource) in &resources {
            let properties = &resource["Properties"];
            match resource["Type"].as_str() {
                Some("AWS::Serverless::Function") => {
                    let binary =
                        binaries.get(id).ok_or_else(|| broken(id, "has no Metadata.BuildProperties.Binary"))?;
                    read.function(&template, id, binary, properties)?;
                }
                Some("AWS::Serverless::HttpApi") => {
                    read.authorizers = authorizers::read(id, &properties["Auth"], &binaries)?;
                    read.routes = routes::routes(&template.root, id, &binaries, &read.authorizers)?;
                    throttles = throttle::read(&properties["RouteSettings"], |value| template.resolve(value))?;
                }
                Some("AWS::DynamoDB::Table") => {
                    read.table = table(properties);
                    let expires = properties["TimeToLiveSpecification"]["AttributeName"].as_str();
                    read.expires = expires.ok_or_else(|| broken(id, "has no TimeToLiveSpecification"))?.to_owned();
                }
                Some("AWS::SQS::Queue") => {
                    read.queues.insert(id.clone(), queue(id, properties)?);
                }
                _ => {}
            }
        }
        read.check_queues()?;
        throttle::set(&mut read.routes, throttles)?;
        Ok(read)
    }

    /// Sets all variables for queue URLs; the URLs begin with `base`.
    pub fn place_queues(&mut self, base: &str) {
        for function in self.functions.values_mut() {
            for (variable, queue) in &function.queue_variables {
                function.variables.insert(variable.clone(), format!("{base}/{queue}"));
            }
        }
    }

    /// Checks that each named queue exists, and that each source of a function has a dead-letter queue: otherwise a
    /// message that always fails would return forever.
    fn check_queues(&self) -> Result<(), LocalError> {
        for queue in self.queues.values() {
            if queue.redrive.as_ref().is_some_and(|redrive| !self.queues.contains_key(&redrive.queue)) {
                return Err(broken(&queue.name, "names a queue for dead letters that is not there"));
            }
        }
        for trigger in &self.queue_triggers {
            let queue = self.queues.get(&trigger.queue);
            let queue = queue.ok_or_else(|| broken(&trigger.name, "names a queue that is not there"))?;
            if queue.redrive.is_none() {
                return Err(broken(&queue.name, "feeds a function and needs a RedrivePolicy"));
            }
        }
        Ok(())
    }

    fn function(&mut self, template: &Source, id: &str, binary: &str, properties: &Value) -> Result<(), LocalError> {
        let globals = &template.root["Globals"]["Function"];
        let (mut variables, mut queue_variables) = (BTreeMap::new(), BTreeMap::new());
        for source in [globals, properties] {
            for (name, value) in source["Environment"]["Variables"].as_object().into_iter().flatten() {
                variables.insert(name.clone(), template.resolve(value));
                match value["Ref"].as_str().filter(|id| template.is_queue(id)) {
                    Some(queue) => queue_variables.insert(name.clone(), queue.to_owned()),
                    None => queue_variables.remove(name),
                };
            }
        }
        let timeout = properties["Timeout"].as_u64().or(globals["Timeout"].as_u64()).unwrap_or(3);
        let name = properties["Role"]["Fn::GetAtt"][0].as_str().unwrap_or_default();
        let role = template.root["Resources"].get(name);
        let role = role.ok_or_else(|| broken(id, "has no Role that stands in the template"))?;
        let role = Role::read(name, &role["Properties"]).map_err(|why| broken(name, why))?;
        self.functions.insert(binary.to_owned(), Function { timeout, variables, queue_variables, role });
        for (name, event) in properties["Events"].as_object().into_iter().flatten() {
            let properties = &event["Properties"];
            match event["Type"].as_str() {
                // SAM would add a permission for each, and Lambda limits a function's policy to 20,480 bytes.
                Some("HttpApi") => {
                    let why = format!("event {name} is a route: write it into DefinitionBody of Api");
                    return Err(broken(id, why));
                }
                Some("DynamoDB") => self.triggers.push(trigger(binary, name, properties)?),
                Some("SQS") => self.queue_triggers.push(queue_trigger(binary, name, properties)?),
                Some("EventBridgeRule") => self.rules.push(EventRule {
                    function: binary.to_owned(),
                    bus: template.resolve(&properties["EventBusName"]),
                    pattern: Filter::read(&properties["Pattern"].to_string())?,
                }),
                Some("Schedule") => self.schedules.push(schedule(binary, name, properties)?),
                other => return Err(broken(id, format!("event {name} has type {other:?}, which is not known here"))),
            }
        }
        Ok(())
    }
}

fn trigger(binary: &str, name: &str, properties: &Value) -> Result<Trigger, LocalError> {
    let patterns = properties["FilterCriteria"]["Filters"].as_array().cloned().unwrap_or_default();
    let filters = patterns.iter().map(|filter| Filter::read(filter["Pattern"].as_str().unwrap_or_default()));
    let number = |name: &str| properties[name].as_u64();
    let (Some(batch_size), Some(retries)) = (number("BatchSize"), number("MaximumRetryAttempts")) else {
        return Err(broken(binary, format!("event {name} needs BatchSize and MaximumRetryAttempts")));
    };
    Ok(Trigger {
        name: format!("{binary}/{name}"),
        function: binary.to_owned(),
        filters: filters.collect::<Result<_, _>>()?,
        batch_size: usize::try_from(batch_size).unwrap_or(100),
        retries: u32::try_from(retries).unwrap_or(u32::MAX),
    })
}

/// Reads a rate in whole minutes, the only supported schedule.
fn schedule(binary: &str, name: &str, properties: &Value) -> Result<Schedule, LocalError> {
    let text = properties["Schedule"].as_str().unwrap_or_default();
    let rate = text.strip_prefix("rate(").and_then(|rate| rate.strip_suffix(')'));
    let minutes = match rate.and_then(|rate| rate.split_once(' ')) {
        Some(("1", "minute")) => Some(1),
        Some((minutes, "minutes")) => minutes.parse::<u64>().ok(),
        _ => None,
    };
    let minutes =
        minutes.ok_or_else(|| broken(binary, format!("event {name} needs a Schedule like rate(15 minutes)")))?;
    let input = properties["Input"].as_str().map(serde_json::from_str).transpose();
    let input = input.map_err(|error| broken(binary, format!("event {name} has an Input that is no JSON: {error}")))?;
    Ok(Schedule { function: binary.to_owned(), every: Duration::from_secs(60 * minutes), input })
}

fn queue(id: &str, properties: &Value) -> Result<Queue, LocalError> {
    let seconds = |name: &str, default: u32| number(&properties[name]).unwrap_or(default);
    let policy = &properties["RedrivePolicy"];
    let redrive = if policy.is_null() {
        None
    } else {
        let target = policy["deadLetterTargetArn"]["Fn::GetAtt"][0].as_str();
        let (Some(queue), Some(receives)) = (target, number(&policy["maxReceiveCount"])) else {
            return Err(broken(
                id,
                "needs a RedrivePolicy with deadLetterTargetArn: !GetAtt X.Arn and maxReceiveCount",
            ));
        };
        Some(Redrive { queue: queue.to_owned(), receives })
    };
    Ok(Queue {
        name: id.to_owned(),
        fifo: properties["FifoQueue"] == true,
        by_content: properties["ContentBasedDeduplication"] == true,
        visibility: seconds("VisibilityTimeout", 30),
        delay: seconds("DelaySeconds", 0),
        redrive,
    })
}

fn queue_trigger(binary: &str, name: &str, properties: &Value) -> Result<QueueTrigger, LocalError> {
    let queue = properties["Queue"]["Fn::GetAtt"][0].as_str();
    let queue = queue.ok_or_else(|| broken(binary, format!("event {name} needs a Queue like !GetAtt X.Arn")))?;
    let count = |value: &Value, default: usize| number(value).and_then(|n| usize::try_from(n).ok()).unwrap_or(default);
    let reports_failures =
        each(&properties["FunctionResponseTypes"]).iter().any(|kind| *kind == "ReportBatchItemFailures");
    Ok(QueueTrigger {
        name: format!("{binary}/{name}"),
        function: binary.to_owned(),
        queue: queue.to_owned(),
        batch_size: count(&properties["BatchSize"], 10),
        reports_failures,
        at_once: count(&properties["ScalingConfig"]["MaximumConcurrency"], 10),
    })
}

fn number(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|number| u32::try_from(number).ok())
}

/// Returns the table's properties for `CreateTable`, without those that a laptop does not use.
fn table(properties: &Value) -> Value {
    let mut definition = Map::new();
    for name in ["BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes"] {
        definition.insert(name.to_owned(), properties[name].clone());
    }
    let view = &properties["StreamSpecification"]["StreamViewType"];
    definition.insert("StreamSpecification".to_owned(), json!({ "StreamEnabled": true, "StreamViewType": view }));
    Value::Object(definition)
}

struct Source {
    root: Value,
}

impl Source {
    fn is_queue(&self, id: &str) -> bool {
        self.root["Resources"][id]["Type"] == "AWS::SQS::Queue"
    }

    /// Returns a value as text. A parameter becomes its default; a resource, its name or its ARN becomes its logical
    /// id.
    fn resolve(&self, value: &Value) -> String {
        let attribute = &value["Fn::GetAtt"];
        match (value, value.get("Ref").and_then(Value::as_str)) {
            (Value::String(text), _) => text.clone(),
            _ if attribute[1] == "QueueName" || attribute[1] == "Arn" => {
                attribute[0].as_str().unwrap_or_default().to_owned()
            }
            (_, Some(name)) => match self.root["Parameters"].get(name) {
                Some(parameter) => parameter.get("Default").map(|value| self.resolve(value)).unwrap_or_default(),
                None => name.to_owned(),
            },
            (other, _) => other.to_string(),
        }
    }
}

/// Parses a template to JSON, with intrinsics in their long form (`{"Fn::GetAtt": ["Table", "Arn"]}`).
pub fn parse(text: &str) -> Result<Value, LocalError> {
    serde_yaml_ng::from_str(text).map(from_yaml).map_err(|error| broken("template", error))
}

/// Converts YAML to JSON and short intrinsics (`!Ref x`, `!GetAtt a.b`) to their long form.
fn from_yaml(yaml: serde_yaml_ng::Value) -> Value {
    use serde_yaml_ng::Value as Yaml;
    match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(value),
        Yaml::Number(number) => {
            let float = || number.as_f64().and_then(serde_json::Number::from_f64).map_or(Value::Null, Value::Number);
            number.as_i64().map_or_else(float, Value::from)
        }
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(values) => Value::Array(values.into_iter().map(from_yaml).collect()),
        Yaml::Mapping(map) => {
            let entry = |(key, value): (Yaml, Yaml)| Some((key.as_str()?.to_owned(), from_yaml(value)));
            Value::Object(map.into_iter().filter_map(entry).collect())
        }
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let tag = tag.trim_start_matches('!');
            let value = from_yaml(tagged.value);
            match (tag, &value) {
                ("Ref" | "Condition", _) => json!({ tag: value }),
                ("GetAtt", Value::String(path)) => json!({ "Fn::GetAtt": path.split('.').collect::<Vec<_>>() }),
                _ => json!({ format!("Fn::{tag}"): value }),
            }
        }
    }
}

fn broken(what: &str, why: impl ToString) -> LocalError {
    LocalError::Template(format!("template.yaml: {what}: {}", why.to_string()))
}
