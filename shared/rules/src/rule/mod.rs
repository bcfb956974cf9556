//! Rules: conditions on users and events, in the Common Expression Language. An environment compiles a rule once. Size,
//! time and types are checked before a rule is stored (`checking`). Evaluation never fails: an undecided rule does not
//! hold.

mod checking;
mod text;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use cel::common::ast::{Expr, operators};
use cel::{Context, Env, ExecutionError, Program, Value};
use domain::campaign::rule::Rule;
use domain::secret::Attributes;
use domain::time_zone::TimeZone;
use jiff::Timestamp;

pub use checking::RuleScope;

/// The longest rule, in bytes.
pub const MAX_BYTES: usize = 2_048;

/// The longest list that `exists`, `all`, `exists_one` and `filter` go through.
pub const MAX_LIST: usize = 100;

/// The parser's stack: several times what the deepest rule of that length takes without optimisation.
const PARSER_STACK: usize = 64 * 1024 * 1024;

/// The most compiled rules that an environment remembers; beyond that, it starts again.
const REMEMBERED: usize = 2_000;

const SHOWN_BYTES: usize = 200;

/// A compiled rule. Cheap to clone.
#[derive(Clone)]
pub struct CompiledRule(Result<Arc<Compiled>, Flaw>);

/// A mistake in a rule, with its place in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// The mistake as a sentence.
    pub reason: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}: {}", self.line, self.column, self.reason)
    }
}

/// The facts that a rule needs besides the event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Fields of `user` besides its attributes.
    pub user: BTreeSet<&'static str>,
    /// Attributes of `user` by name.
    pub attributes: BTreeSet<String>,
    /// True if the text does not show which attributes.
    pub all_attributes: bool,
    /// True if it reads `progress`.
    pub progress: bool,
}

struct Compiled {
    clauses: Vec<Clause>,
    needs: Needs,
    iterates: bool,
}

/// One condition of those that `&&` joins at the top of a rule.
struct Clause {
    text: String,
    program: Program,
}

/// A clause's result for one user and one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// True if it holds. An undecided clause does not.
    pub holds: bool,
    /// The clause and its result.
    pub detail: String,
    /// True if the clause depends on the user alone.
    pub of_user: bool,
}

/// The facts that rules read. Unknown ones are absent, and `has()` says so.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// `user.user_id`.
    pub user_id: &'a str,
    /// `user.marketplace`.
    pub marketplace: Option<&'a str>,
    /// `user.locale`.
    pub locale: Option<&'a str>,
    /// `user.time_zone`.
    pub time_zone: Option<TimeZone>,
    /// `user.attributes`.
    pub user_attributes: Option<&'a Attributes>,
    /// `event.action`.
    pub action: &'a str,
    /// `event.quantity`.
    pub quantity: u64,
    /// `event.occurred_at`.
    pub occurred_at: Timestamp,
    /// `event.attributes`.
    pub event_attributes: Option<&'a Attributes>,
    /// `progress.count`, before the event.
    pub counted: u64,
    /// `progress.target`.
    pub target: u64,
    /// `progress.rewards`: how many the count has earned.
    pub earned: u32,
    /// `now`.
    pub now: Timestamp,
}

/// Checks the text of a rule. Fails with the first mistake.
pub fn check(source: &str, scope: RuleScope) -> Result<Rule, Flaw> {
    compile(source, scope).map(|_| Rule::new(source))
}

impl CompiledRule {
    /// Returns the compiled rule, from the environment's memory if it is there.
    pub fn of(rule: &Rule) -> Self {
        type Known = Mutex<HashMap<String, CompiledRule>>;
        static KNOWN: OnceLock<Known> = OnceLock::new();
        let mut known = KNOWN.get_or_init(Known::default).lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiled) = known.get(rule.as_str()) {
            return compiled.clone();
        }
        if known.len() >= REMEMBERED {
            known.clear();
        }
        let compiled = Self(compile(rule.as_str(), RuleScope::Event).map(Arc::new));
        known.insert(rule.as_str().to_owned(), compiled.clone());
        compiled
    }

    /// Returns the facts that it needs, or `None` if it is invalid.
    pub fn needs(&self) -> Option<&Needs> {
        self.0.as_ref().ok().map(|compiled| &compiled.needs)
    }

    /// True if all clauses hold.
    pub fn holds(&self, facts: &Facts<'_>) -> bool {
        self.findings(facts).iter().all(|finding| finding.holds)
    }

    /// Returns each clause's result; never empty.
    pub fn findings(&self, facts: &Facts<'_>) -> Vec<Finding> {
        let compiled = match &self.0 {
            Ok(compiled) => compiled,
            Err(flaw) => {
                return vec![Finding {
                    holds: false,
                    detail: format!("the rule cannot be used: {flaw}"),
                    of_user: true,
                }];
            }
        };
        if compiled.iterates && facts.longest_list() > MAX_LIST {
            let detail = format!("an attribute is a list of more than {MAX_LIST} entries, too long for the rule");
            return vec![Finding { holds: false, detail, of_user: true }];
        }
        let context = facts.context();
        compiled.clauses.iter().map(|clause| clause.evaluate(&context)).collect()
    }
}

impl Clause {
    fn evaluate(&self, context: &Context<'_, '_>) -> Finding {
        let text = shown(&self.text);
        let (holds, detail) = match self.program.execute(context) {
            Ok(Value::Bool(holds)) => (holds, format!("`{text}` is {holds}")),
            Ok(_) => (false, format!("`{text}` is neither true nor false")),
            Err(error) => (false, format!("`{text}` cannot be decided: {}", undecided(&error, &self.text))),
        };
        let of_user = self.program.references().variables().iter().all(|variable| matches!(*variable, "user" | "now"));
        Finding { holds, detail, of_user }
    }
}

/// Returns why a clause is undecided. Never shows values: they are the user's.
fn undecided(error: &ExecutionError, rule: &str) -> String {
    match error {
        // A key that the rule does not contain is a value.
        ExecutionError::NoSuchKey(key) if !rule.contains(key.as_str()) => "a key in it is not known".to_owned(),
        ExecutionError::NoSuchKey(key) => format!("`{}` is not known", shown(key)),
        ExecutionError::NoSuchOverload(overload) => {
            let types = overload.argument_types().join(" and ");
            format!("{} takes no {types}", checking::shown_operator(overload.function()))
        }
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => "it divides by zero".to_owned(),
        ExecutionError::Overflow(..) => "a number in it is too large".to_owned(),
        ExecutionError::IndexOutOfBounds(_) => "a list in it has no such entry".to_owned(),
        ExecutionError::FunctionError { function, .. } => format!("{} cannot read its argument", shown(function)),
        _ => "its values cannot be compared".to_owned(),
    }
}

fn shown(text: &str) -> &str {
    let end = (0..=text.len().min(SHOWN_BYTES)).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

impl Facts<'_> {
    fn context(&self) -> Context<'static, 'static> {
        let mut user = HashMap::from([("user_id", Value::from(self.user_id))]);
        user.extend(self.marketplace.map(|marketplace| ("marketplace", marketplace.into())));
        user.extend(self.locale.map(|locale| ("locale", locale.into())));
        user.extend(self.time_zone.map(|zone| ("time_zone", zone.name().into())));
        user.insert("attributes", attributes(self.user_attributes));
        let event = HashMap::from([
            ("action", self.action.into()),
            ("quantity", whole(self.quantity)),
            ("occurred_at", instant(self.occurred_at)),
            ("attributes", attributes(self.event_attributes)),
        ]);
        let progress = HashMap::from([
            ("count", whole(self.counted)),
            ("target", whole(self.target)),
            ("rewards", whole(self.earned.into())),
        ]);
        let mut context = Context::with_env(environment());
        context.add_variable_from_value("user", user);
        context.add_variable_from_value("event", event);
        context.add_variable_from_value("progress", progress);
        context.add_variable_from_value("now", instant(self.now));
        context
    }

    fn longest_list(&self) -> usize {
        let all = self.user_attributes.into_iter().chain(self.event_attributes);
        all.flat_map(|attributes| attributes.0.values()).map(longest_list).max().unwrap_or(0)
    }
}

fn longest_list(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::Array(values) => values.iter().map(longest_list).fold(values.len(), usize::max),
        serde_json::Value::Object(map) => map.values().map(longest_list).fold(map.len(), usize::max),
        _ => 0,
    }
}

fn attributes(attributes: Option<&Attributes>) -> Value {
    let known = attributes.into_iter().flat_map(|attributes| &attributes.0);
    known.map(|(name, known)| (name.clone(), value(known))).collect::<HashMap<String, Value>>().into()
}

/// Converts JSON. A whole number becomes an `int`, like those in rules, and not a `uint`.
fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(flag) => Value::Bool(*flag),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Value::Int(whole),
            (None, Some(large)) => Value::UInt(large),
            (None, None) => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        serde_json::Value::String(text) => text.as_str().into(),
        serde_json::Value::Array(values) => Value::List(Arc::new(values.iter().map(value).collect())),
        serde_json::Value::Object(map) => {
            map.iter().map(|(name, known)| (name.clone(), value(known))).collect::<HashMap<String, Value>>().into()
        }
    }
}

fn whole(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn instant(at: Timestamp) -> Value {
    // chrono covers every instant of jiff.
    let at = chrono::DateTime::from_timestamp_millis(at.as_millisecond()).unwrap_or_default();
    Value::Timestamp(at.fixed_offset())
}

fn environment() -> Arc<Env> {
    static ENVIRONMENT: OnceLock<Arc<Env>> = OnceLock::new();
    Arc::clone(ENVIRONMENT.get_or_init(|| Arc::new(Env::stdlib())))
}

/// Compiles on a thread with enough stack: the parser recurses deeper than brackets show.
fn compile(source: &str, scope: RuleScope) -> Result<Compiled, Flaw> {
    let flaw = |reason: String| Flaw { line: 1, column: 1, reason };
    if source.len() > MAX_BYTES {
        return Err(flaw(format!("is {} bytes long; a rule has {MAX_BYTES} at the most", source.len())));
    }
    std::thread::scope(|scope_of_thread| {
        let compiling = std::thread::Builder::new()
            .stack_size(PARSER_STACK)
            .spawn_scoped(scope_of_thread, || compile_here(source, scope))
            .map_err(|error| flaw(format!("cannot be compiled now: {error}")))?;
        compiling.join().unwrap_or_else(|_| Err(flaw("cannot be parsed".to_owned())))
    })
}

fn compile_here(source: &str, scope: RuleScope) -> Result<Compiled, Flaw> {
    text::check_nesting(source)?;
    let program = parse(source)?;
    let checked = checking::check(source, &program, scope)?;
    let clauses = match clauses(source, &program) {
        Some(clauses) => clauses,
        None => vec![Clause { text: source.trim().to_owned(), program }],
    };
    Ok(Compiled { clauses, needs: checked.needs, iterates: checked.iterates })
}

fn parse(source: &str) -> Result<Program, Flaw> {
    environment().compile(source).map_err(|errors| {
        let first = errors.errors.into_iter().next();
        let (line, column) = first.as_ref().map_or((1, 1), |error| error.pos);
        let place = |at: isize| usize::try_from(at).unwrap_or(1).max(1);
        let reason = first.map_or_else(String::new, |error| shown(&error.msg).to_owned());
        Flaw { line: place(line), column: place(column), reason: format!("is not CEL: {reason}") }
    })
}

/// Cuts a rule into clauses. Returns `None` if the parts would not mean the same as the whole.
fn clauses(source: &str, whole: &Program) -> Option<Vec<Clause>> {
    let parts = text::conjuncts(source);
    let clause = |part: &str| Some(Clause { text: part.trim().to_owned(), program: parse(part).ok()? });
    let clauses: Vec<Clause> = parts.into_iter().map(clause).collect::<Option<_>>()?;
    let joined: usize = clauses.iter().map(|clause| joined(&clause.program.expression().expr)).sum();
    (joined == self::joined(&whole.expression().expr)).then_some(clauses)
}

/// Counts the conditions that `&&` joins at the top.
fn joined(expression: &Expr) -> usize {
    match expression {
        Expr::Call(call) if call.func_name == operators::LOGICAL_AND => {
            call.args.iter().map(|argument| joined(&argument.expr)).sum()
        }
        _ => 1,
    }
}

#[cfg(test)]
mod tests;
