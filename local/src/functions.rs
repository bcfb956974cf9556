//! Runs the functions as Lambda does: each invocation has an execution environment to itself, taken from the idle ones
//! or started cold, with the variables of `template.yaml`, JSON in and JSON out, a deadline, and a panic that costs only
//! its own environment.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use shared::push::Push;
use shared::runtime::{self, Settings};
use shared::store::{Consumed, Store};
use shared::{Environment, Error, Invocation};

use crate::clock::Clock;
use crate::template::Template;

/// Why an invocation has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FunctionError {
    /// The function answered with an error; the message as Lambda reports it.
    #[error("{0}")]
    Failed(String),
    /// The function panicked.
    #[error("the function panicked")]
    Panicked,
    /// It took longer than its timeout.
    #[error("the function timed out")]
    TimedOut,
}

/// Every function of the template.
pub struct Functions {
    functions: BTreeMap<String, Arc<Function>>,
    clock: Clock,
}

struct Function {
    name: String,
    timeout: Duration,
    settings: Settings,
    store: Store,
    push: Push,
    idle: Mutex<Vec<Environment>>,
    consumed: Mutex<Consumed>,
}

impl Functions {
    /// The template's functions, their variables overridden by `overrides`, their timeouts `patience` times as long.
    pub fn new(
        template: &Template,
        overrides: &BTreeMap<String, String>,
        clock: Clock,
        patience: u32,
    ) -> Result<Self, crate::LocalError> {
        let mut functions = BTreeMap::new();
        let mut store = None;
        for (name, function) in &template.functions {
            let variable = |variable: &str| overrides.get(variable).or(function.variables.get(variable)).cloned();
            let settings = Settings::read(variable)
                .map_err(|error| crate::LocalError::Template(format!("template.yaml: {name}: {error}")))?;
            // One connection for all: what makes an environment is what it remembers.
            let store: &Store = store.get_or_insert_with(|| Store::new(&settings));
            let function = Function {
                name: name.clone(),
                timeout: Duration::from_secs(function.timeout) * patience,
                push: Push::new(&settings),
                store: store.another(),
                settings,
                idle: Mutex::default(),
                consumed: Mutex::default(),
            };
            functions.insert(name.clone(), Arc::new(function));
        }
        Ok(Self { functions, clock })
    }

    /// Invokes a function with an event.
    pub async fn invoke(&self, name: &str, event: Value, request_id: &str) -> Result<Value, FunctionError> {
        let Some(function) = self.functions.get(name).map(Arc::clone) else {
            return Err(FunctionError::Failed(format!("there is no function {name}")));
        };
        let deadline = tokio::time::Instant::now() + function.timeout.saturating_sub(runtime::RESERVE);
        let invocation = Invocation { now: self.clock.now(), deadline, request_id: request_id.to_owned() };
        let timeout = function.timeout;
        // A task of its own: a panic ends the environment and nothing else.
        let running = tokio::spawn(async move { function.run(event, invocation).await });
        match tokio::time::timeout(timeout, running).await {
            Ok(Ok(result)) => result.map_err(FunctionError::Failed),
            Ok(Err(_)) => Err(FunctionError::Panicked),
            Err(_) => Err(FunctionError::TimedOut),
        }
    }

    /// What a function has consumed of DynamoDB since it was last asked, over all its environments that are idle.
    pub fn take_consumed(&self, name: &str) -> Consumed {
        let Some(function) = self.functions.get(name) else { return Consumed::default() };
        let idle = function.idle();
        let each = idle.iter().map(|environment| environment.store.meter().read());
        let total = each.fold(Consumed::default(), |sum, consumed| sum + consumed);
        let mut before = function.consumed.lock().unwrap_or_else(PoisonError::into_inner);
        total - std::mem::replace(&mut *before, total)
    }

    /// Ends every idle environment, as Lambda does after some minutes: the next invocations start cold.
    pub fn end_environments(&self) {
        for function in self.functions.values() {
            function.idle().clear();
            *function.consumed.lock().unwrap_or_else(PoisonError::into_inner) = Consumed::default();
        }
    }
}

impl Function {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Environment>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(&self, event: Value, invocation: Invocation) -> Result<Value, String> {
        let idle = self.idle().pop();
        let environment = idle.unwrap_or_else(|| Environment::with_store(self.store.another(), &self.settings));
        let result = dispatch(&self.name, &environment, &self.push, event, invocation).await;
        self.idle().push(environment);
        result
    }
}

/// Hands an event to a function's handler, JSON in and JSON out.
pub async fn dispatch(
    name: &str,
    environment: &Environment,
    push: &Push,
    event: Value,
    invocation: Invocation,
) -> Result<Value, String> {
    match name {
        "allocate-reward" => answer(allocate_reward::handle(environment, read(event)?, invocation)).await,
        "authorize" => answer(authorize::handle(environment, read(event)?, invocation)).await,
        "check-eligibility" => answer(check_eligibility::handle(environment, read(event)?, invocation)).await,
        "manage-campaigns" => answer(manage_campaigns::handle(environment, read(event)?, invocation)).await,
        "manage-users" => answer(manage_users::handle(environment, read(event)?, invocation)).await,
        "redeem-reward" => answer(redeem_reward::handle(environment, read(event)?, invocation)).await,
        "send-notification" => answer(send_notification::handle(environment, push, read(event)?, invocation)).await,
        "submit-moment" => answer(submit_moment::handle(environment, read(event)?, invocation)).await,
        other => Err(format!("template.yaml names function {other}, which is not built into this binary")),
    }
}

fn read<Event: DeserializeOwned>(event: Value) -> Result<Event, String> {
    serde_json::from_value(event).map_err(|error| format!("the event cannot be read: {error}"))
}

async fn answer<Output: Serialize>(handled: impl Future<Output = Result<Output, Error>>) -> Result<Value, String> {
    match Box::pin(handled).await {
        Ok(output) => serde_json::to_value(output).map_err(|error| error.to_string()),
        Err(error) => Err(runtime::failure(&error).error_message),
    }
}
