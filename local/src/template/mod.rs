//! Reads `template.yaml`: which functions there are, their variables, routes and triggers, and the table's definition.
//! A route or trigger that is missing there is missing here. Intrinsics are resolved as far as a laptop needs it.

mod routes;
#[cfg(test)]
mod tests;
mod throttle;

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Map, Value, json};

use shared::rate_limit::RateLimit;

use crate::LocalError;
use crate::filter::Filter;
use crate::role::{Role, each};

/// The template that this binary was built with.
pub const TEMPLATE: &str = include_str!("../../../template.yaml");

/// What a laptop needs to know of the template.
#[derive(Debug, Clone)]
pub struct Template {
    /// By binary name, which is also the folder's.
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
    /// The function behind `x-api-key`.
    pub authorizer: String,
    /// The table, as `CreateTable` wants it, without a name.
    pub table: Value,
    /// The table's attribute that items expire by.
    pub expires: String,
}

/// One Lambda function.
#[derive(Debug, Clone)]
pub struct Function {
    /// Seconds that an invocation may take.
    pub timeout: u64,
    /// Environment variables, parameters at their defaults.
    pub variables: BTreeMap<String, String>,
    /// The variables that hold a queue's URL, each with the queue. Above they hold its name, until [`Template::place_queues`].
    pub queue_variables: BTreeMap<String, String>,
    /// What it may do.
    pub role: Role,
}

/// One HTTP route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// As API Gateway names it: `GET /r/{reward_id}`, or `$default`.
    pub key: String,
    /// The binary that answers.
    pub function: String,
    /// Whether a key is needed.
    pub needs_key: bool,
    /// How many requests it takes, if it has a limit of its own.
    pub throttle: Option<RateLimit>,
}

/// A function that is invoked every so often.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// The binary that is invoked.
    pub function: String,
    /// How often.
    pub every: Duration,
    /// What it is handed instead of what EventBridge says by itself.
    pub input: Option<Value>,
}

impl Schedule {
    /// What EventBridge hands the function, as far as it looks at it.
    pub fn event() -> Value {
        json!({ "version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {} })
    }
}

/// A function that is invoked for each event of a bus that matches.
#[derive(Debug, Clone)]
pub struct EventRule {
    /// The binary that is invoked.
    pub function: String,
    /// The bus's name.
    pub bus: String,
    /// What an event has to be like.
    pub pattern: Filter,
}

/// One event source mapping from the table's stream.
#[derive(Debug, Clone)]
pub struct Trigger {
    /// `function/Event`, unique.
    pub name: String,
    /// The binary that is invoked.
    pub function: String,
    /// A record passes if one of these matches, or if there are none.
    pub filters: Vec<Filter>,
    /// Records in one batch.
    pub batch_size: usize,
    /// Invocations for one record before it is given up, the first not counted.
    pub retries: u32,
}

/// A queue of SQS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its logical id.
    pub name: String,
    /// Whether it keeps the order of each message group, and drops what comes twice.
    pub fifo: bool,
    /// Whether messages without a deduplication id get one from their body.
    pub by_content: bool,
    /// Seconds that a message stays hidden after it was handed out.
    pub visibility: u32,
    /// Seconds that a message stays hidden at first.
    pub delay: u32,
    /// Where messages go that were handed out too often.
    pub redrive: Option<Redrive>,
}

/// When a queue gives a message up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redrive {
    /// The queue of the dead letters.
    pub queue: String,
    /// How often a message is handed out before.
    pub receives: u32,
}

/// One event source mapping from a queue. Batching windows are not known here: a batch is what there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueTrigger {
    /// `function/Event`, unique.
    pub name: String,
    /// The binary that is invoked.
    pub function: String,
    /// The queue that it is fed from.
    pub queue: String,
    /// Messages in one batch.
    pub batch_size: usize,
    /// Whether the function says which messages failed; otherwise it is all or none.
    pub reports_failures: bool,
    /// Invocations at once.
    pub at_once: usize,
}

impl Template {
    /// The template that this binary was built with, parsed once per process.
    pub fn built_in() -> Result<Self, LocalError> {
        static PARSED: OnceLock<Template> = OnceLock::new();
        if let Some(template) = PARSED.get() {
            return Ok(template.clone());
        }
        let template = Self::read(TEMPLATE)?;
        Ok(PARSED.get_or_init(|| template).clone())
    }

    /// Reads a template; the error names the resource that does not fit.
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
            authorizer: String::new(),
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
                    let arn = &properties["Auth"]["Authorizers"]["ApiKey"]["FunctionArn"]["Fn::GetAtt"][0];
                    let function = arn.as_str().and_then(|id| binaries.get(&id.to_owned()));
                    read.authorizer = function.cloned().ok_or_else(|| broken(id, "has no authorizer ApiKey"))?;
                    read.routes = routes::routes(&template.root, id, &binaries)?;
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

    /// Puts queues at URLs that begin so, in every variable that holds one.
    pub fn place_queues(&mut self, base: &str) {
        for function in self.functions.values_mut() {
            for (variable, queue) in &function.queue_variables {
                function.variables.insert(variable.clone(), format!("{base}/{queue}"));
            }
        }
    }

    /// Whether each queue that is named is there, and each that feeds a function gives up at some time: a message that
    /// fails for good would go round for ever.
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
                // SAM would make a permission of each, and Lambda takes 20,480 bytes of them for a function.
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

/// A rate in whole minutes, which is all that a laptop knows of schedules.
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

/// The table's properties as `CreateTable` takes them; what a laptop has no use for is left out.
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

    /// A value as text: a parameter is its default, a resource its logical id, and so are a queue's name and a
    /// resource's ARN.
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

/// A template as JSON, with intrinsics in their long form (`{"Fn::GetAtt": ["Table", "Arn"]}`). The error says where it is
/// no YAML.
pub fn parse(text: &str) -> Result<Value, LocalError> {
    serde_yaml_ng::from_str(text).map(from_yaml).map_err(|error| broken("template", error))
}

/// YAML as JSON, short intrinsics (`!Ref x`, `!GetAtt a.b`) in their long form.
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
