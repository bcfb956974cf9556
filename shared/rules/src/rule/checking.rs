//! Checks of size, time, names and types before a rule is stored. CEL itself finds a wrong type only during evaluation.

use cel::Program;
use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, SelectExpr, operators};
use domain::time_zone::TimeZone;

use super::text::{MAX_DEPTH, flaw};
use super::{Flaw, MAX_LIST, Needs, parse};

const MAX_STEPS: usize = 10_000;

/// The variables that a rule may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleScope {
    /// `user` and `now`, for segments: they hold whatever the user does.
    User,
    /// Also `event` and `progress`.
    Event,
}

/// The findings of a check.
pub(super) struct Checked {
    pub(super) needs: Needs,
    /// True if it loops over lists, or may join lists.
    pub(super) iterates: bool,
}

/// A CEL type. `Dyn` is known only during evaluation.
#[derive(Debug, Clone, PartialEq)]
enum Type {
    Dyn,
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Null,
    Timestamp,
    Duration,
    List(Box<Type>),
    Map(Box<Type>),
    /// `user`, `event` or `progress`.
    Object(&'static str, &'static [(&'static str, Type)]),
}

use Type::{Bool, Bytes, Double, Duration, Dyn, Int, List, Map, Null, Object, Timestamp, Uint};

const ATTRIBUTES: &str = "attributes";
const USER: &[(&str, Type)] = &[
    ("user_id", Type::String),
    ("marketplace", Type::String),
    ("locale", Type::String),
    ("time_zone", Type::String),
    (ATTRIBUTES, Dyn),
];
const EVENT: &[(&str, Type)] =
    &[("action", Type::String), ("quantity", Int), ("occurred_at", Timestamp), (ATTRIBUTES, Dyn)];
const PROGRESS: &[(&str, Type)] = &[("count", Int), ("target", Int), ("rewards", Int)];

impl Type {
    fn is(&self, other: &Self) -> bool {
        matches!(self, Dyn) || matches!(other, Dyn) || std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    fn is_number(&self) -> bool {
        matches!(self, Int | Uint | Double | Dyn)
    }

    fn is_key(&self) -> bool {
        matches!(self, Type::String | Int | Uint | Bool | Dyn)
    }

    fn is_ordered(&self) -> bool {
        matches!(self, Bool | Int | Uint | Double | Type::String | Bytes | Timestamp | Duration | Dyn)
    }

    /// True if `==` between them can hold.
    fn compares_with(&self, other: &Self) -> bool {
        self.is(other) || (self.is_number() && other.is_number()) || matches!(self, Null) || matches!(other, Null)
    }

    fn name(&self) -> &'static str {
        match self {
            Dyn => "value",
            Bool => "bool",
            Int => "int",
            Uint => "uint",
            Double => "double",
            Type::String => "string",
            Bytes => "bytes",
            Null => "null",
            Timestamp => "timestamp",
            Duration => "duration",
            List(_) => "list",
            Map(_) => "map",
            Object(name, _) => name,
        }
    }
}

/// Checks a rule that parses.
pub(super) fn check(source: &str, program: &Program, scope: RuleScope) -> Result<Checked, Flaw> {
    let checked = Checked { needs: Needs::default(), iterates: false };
    let mut checker = Checker { source, program, scope, variable: None, times: 1, steps: 0, depth: 0, checked };
    let root = program.expression();
    match checker.of(root)? {
        Bool | Dyn => Ok(checker.checked),
        other => Err(checker.wrong(root, format!("is a {}; a rule must be true or false", other.name()))),
    }
}

enum UserPath {
    User,
    Attributes,
}

struct Checker<'a> {
    source: &'a str,
    program: &'a Program,
    scope: RuleScope,
    /// The variable of the loop, and its type.
    variable: Option<(String, Type)>,
    /// The number of evaluations of the current expression.
    times: usize,
    steps: usize,
    depth: usize,
    checked: Checked,
}

impl Checker<'_> {
    fn wrong(&self, at: &IdedExpr, reason: String) -> Flaw {
        let at = self.program.source_info().offset_for(at.id).map_or(0, |(start, _)| start);
        flaw(self.source, usize::try_from(at).unwrap_or(0), reason)
    }

    fn of(&mut self, at: &IdedExpr) -> Result<Type, Flaw> {
        self.steps += self.times;
        if self.steps > MAX_STEPS {
            let reason = format!("may take more than {MAX_STEPS} steps: loop over fewer or shorter lists");
            return Err(self.wrong(at, reason));
        }
        if self.depth >= MAX_DEPTH {
            return Err(self.wrong(at, format!("nests more than {MAX_DEPTH} deep")));
        }
        self.depth += 1;
        let found = self.of_kind(at);
        self.depth -= 1;
        found
    }

    fn of_kind(&mut self, at: &IdedExpr) -> Result<Type, Flaw> {
        match &at.expr {
            Expr::Literal(literal) => Ok(literal_type(literal)),
            Expr::Ident(name) => self.identifier(at, name),
            Expr::Select(select) => self.select(at, select),
            Expr::Call(call) => self.call(at, call),
            Expr::List(list) => {
                let mut element = None;
                for entry in &list.elements {
                    let entry = self.of(entry)?;
                    element =
                        Some(element.map_or(entry.clone(), |known: Type| if known == entry { entry } else { Dyn }));
                }
                Ok(List(Box::new(element.unwrap_or(Dyn))))
            }
            Expr::Map(map) => {
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        self.of(&entry.key)?;
                        self.of(&entry.value)?;
                    }
                }
                Ok(Map(Box::new(Dyn)))
            }
            Expr::Comprehension(comprehension) => self.comprehension(at, comprehension),
            Expr::Struct(_) | Expr::Unspecified => Err(self.wrong(at, "is not allowed in a rule".to_owned())),
        }
    }

    fn identifier(&mut self, at: &IdedExpr, name: &str) -> Result<Type, Flaw> {
        if let Some((variable, known)) = &self.variable
            && variable == name
        {
            return Ok(known.clone());
        }
        let all = self.scope == RuleScope::Event;
        match name {
            "user" => {
                // The whole object: any fact of the user may matter.
                self.need_all_of_user();
                Ok(Object("user", USER))
            }
            "now" => Ok(Timestamp),
            "event" if all => Ok(Object("event", EVENT)),
            "progress" if all => {
                self.checked.needs.progress = true;
                Ok(Object("progress", PROGRESS))
            }
            "event" | "progress" => Err(self.wrong(at, format!("a segment knows user and now, and no {name}"))),
            _ => Err(self.wrong(at, format!("there is no `{name}`; a rule knows user, event, progress and now"))),
        }
    }

    fn need_all_of_user(&mut self) {
        let needs = &mut self.checked.needs;
        needs.user.extend(["marketplace", "locale", "time_zone"]);
        needs.all_attributes = true;
    }

    fn select(&mut self, at: &IdedExpr, select: &SelectExpr) -> Result<Type, Flaw> {
        let of = match self.path_in_user(&select.operand) {
            // Only the named field.
            Some(UserPath::User) => Object("user", USER),
            Some(UserPath::Attributes) => {
                self.checked.needs.attributes.insert(select.field.clone());
                self.steps += self.times;
                Map(Box::new(Dyn))
            }
            None => self.of(&select.operand)?,
        };
        let field = match of {
            Object(name, fields) => {
                let Some((known, kind)) = fields.iter().find(|(field, _)| *field == select.field) else {
                    let fields: Vec<&str> = fields.iter().map(|(field, _)| *field).collect();
                    let reason = format!("{name} has no `{}`; it has {}", select.field, fields.join(", "));
                    return Err(self.wrong(at, reason));
                };
                if name == "user" && *known == ATTRIBUTES {
                    self.checked.needs.all_attributes = true;
                } else if name == "user" && *known != "user_id" {
                    self.checked.needs.user.insert(known);
                }
                if *known == ATTRIBUTES { Map(Box::new(Dyn)) } else { kind.clone() }
            }
            Map(value) => *value,
            Dyn => Dyn,
            other => return Err(self.wrong(at, format!("a {} has no field `{}`", other.name(), select.field))),
        };
        Ok(if select.test { Bool } else { field })
    }

    /// Returns which part of the user this is, unless a variable hides it.
    fn path_in_user(&self, at: &IdedExpr) -> Option<UserPath> {
        let is_user = |at: &IdedExpr| {
            matches!(&at.expr, Expr::Ident(name) if name == "user")
                && self.variable.as_ref().is_none_or(|(variable, _)| variable != "user")
        };
        match &at.expr {
            Expr::Select(select) if !select.test && select.field == ATTRIBUTES => {
                is_user(&select.operand).then_some(UserPath::Attributes)
            }
            _ => is_user(at).then_some(UserPath::User),
        }
    }

    fn call(&mut self, at: &IdedExpr, call: &CallExpr) -> Result<Type, Flaw> {
        let name = call.func_name.as_str();
        let target = call.target.as_deref().map(|target| self.of(target)).transpose()?;
        let arguments: Vec<Type> = call.args.iter().map(|argument| self.of(argument)).collect::<Result<_, _>>()?;
        let all: Vec<&Type> = target.iter().chain(&arguments).collect();
        let member = target.is_some();
        let found = match (name, all.as_slice()) {
            (operators::LOGICAL_AND | operators::LOGICAL_OR, operands) => {
                operands.iter().all(|operand| operand.is(&Bool)).then_some(Bool)
            }
            (operators::LOGICAL_NOT, [operand]) => operand.is(&Bool).then_some(Bool),
            (operators::EQUALS | operators::NOT_EQUALS, [a, b]) => a.compares_with(b).then_some(Bool),
            (operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS, [a, b]) => {
                let fits = a.is_ordered() && b.is_ordered() && !matches!((a, b), (Null, _) | (_, Null));
                (fits && a.compares_with(b)).then_some(Bool)
            }
            (operators::ADD | operators::SUBSTRACT, [a, b]) => sum(name, a, b),
            (operators::MULTIPLY | operators::DIVIDE, [a, b]) => same_number(a, b),
            (operators::MODULO, [a, b]) => same_number(a, b).filter(|kind| *kind != Double),
            (operators::NEGATE, [number @ (Int | Double | Dyn)]) => Some((*number).clone()),
            (operators::IN, [a, List(element)]) => a.compares_with(element).then_some(Bool),
            (operators::IN, [key, Map(_)]) => key.is_key().then_some(Bool),
            (operators::IN, [_, Dyn]) => Some(Bool),
            (operators::CONDITIONAL, [condition, a, b]) if condition.is(&Bool) => {
                Some(if a == b { (*a).clone() } else { Dyn })
            }
            (operators::INDEX, [List(element), Int | Dyn]) => Some((**element).clone()),
            (operators::INDEX, [Map(value), key]) => key.is_key().then(|| (**value).clone()),
            (operators::INDEX, [Dyn, _]) => Some(Dyn),
            (_, [of, rest @ ..]) if member => method(name, of, rest),
            (_, [of]) => function(name, of),
            _ => None,
        };
        if name == operators::ADD && all.iter().all(|kind| matches!(kind, Dyn | List(_))) {
            self.checked.iterates = true;
        }
        let Some(found) = found else {
            let types: Vec<&str> = all.iter().map(|kind| kind.name()).collect();
            return Err(self.wrong(at, misfit(name, &types)));
        };
        self.check_literals(at, call)?;
        Ok(found)
    }

    /// Checks literal texts, like `duration('1 day')` or a time zone, when the rule is stored.
    fn check_literals(&self, at: &IdedExpr, call: &CallExpr) -> Result<(), Flaw> {
        let [argument] = call.args.as_slice() else { return Ok(()) };
        let Expr::Literal(LiteralValue::String(text)) = &argument.expr else { return Ok(()) };
        let text = text.inner();
        let name = call.func_name.as_str();
        if call.target.is_some() && name.starts_with("get") {
            let is_offset = text.starts_with(['+', '-']) || text.starts_with(|first: char| first.is_ascii_digit());
            return match TimeZone::try_from(text.to_owned()) {
                Err(reason) if !is_offset => Err(self.wrong(argument, format!("a time zone {reason}"))),
                _ => Ok(()),
            };
        }
        if call.target.is_none() && matches!(name, "timestamp" | "duration" | "int" | "uint" | "double") {
            let alone = parse(&format!("{name}({})", quoted(text)))?;
            if alone.execute(&cel::Context::with_env(super::environment())).is_err() {
                return Err(self.wrong(at, format!("{name}() cannot read this text")));
            }
        }
        Ok(())
    }

    /// Allows `exists`, `all`, `exists_one` and `filter`: no `map`, for size, and no loops in loops, for time.
    fn comprehension(&mut self, at: &IdedExpr, of: &ComprehensionExpr) -> Result<Type, Flaw> {
        self.checked.iterates = true;
        if self.variable.is_some() {
            return Err(self.wrong(at, "a loop over a list contains another one, which takes too long".to_owned()));
        }
        let element = match self.of(&of.iter_range)? {
            List(element) => *element,
            Map(_) => Type::String,
            Dyn => Dyn,
            other => {
                return Err(self.wrong(at, format!("loops over a list or a map, not over a {}", other.name())));
            }
        };
        let Some((condition, result)) = judged(of, &element) else {
            let reason = "rules loop over lists with exists, all, exists_one and filter only".to_owned();
            return Err(self.wrong(at, reason));
        };
        self.variable = Some((of.iter_var.clone(), element));
        self.times = longest(&of.iter_range).max(1);
        let kind = self.of(condition);
        self.variable = None;
        self.times = 1;
        let kind = kind?;
        if !kind.is(&Bool) {
            return Err(self.wrong(condition, format!("is a {}; the condition must be true or false", kind.name())));
        }
        Ok(result)
    }
}

fn longest(list: &IdedExpr) -> usize {
    match &list.expr {
        Expr::List(list) => list.elements.len(),
        Expr::Comprehension(filtered) => longest(&filtered.iter_range),
        // Two joined lists, or one of two lists.
        Expr::Call(call) => call.args.iter().map(longest).sum::<usize>().max(MAX_LIST),
        _ => MAX_LIST,
    }
}

/// Returns the condition of a loop and the type of its result, or `None` for `map`.
fn judged<'a>(of: &'a ComprehensionExpr, element: &Type) -> Option<(&'a IdedExpr, Type)> {
    let Expr::Call(step) = &of.loop_step.expr else { return None };
    let accumulator = |at: &IdedExpr| matches!(&at.expr, Expr::Ident(name) if *name == of.accu_var);
    match (step.func_name.as_str(), step.args.as_slice()) {
        (operators::LOGICAL_OR | operators::LOGICAL_AND, [first, condition]) if accumulator(first) => {
            Some((condition, Bool))
        }
        (operators::CONDITIONAL, [condition, next, otherwise]) if accumulator(otherwise) => {
            let Expr::Call(add) = &next.expr else { return None };
            let [first, second] = add.args.as_slice() else { return None };
            let kept = |at: &IdedExpr| matches!(&at.expr, Expr::Ident(name) if *name == of.iter_var);
            let result = match &second.expr {
                Expr::Literal(LiteralValue::Int(_)) => Bool,
                Expr::List(list) if matches!(list.elements.as_slice(), [only] if kept(only)) => {
                    List(Box::new(element.clone()))
                }
                _ => return None,
            };
            (add.func_name == operators::ADD && accumulator(first)).then_some((condition, result))
        }
        _ => None,
    }
}

fn literal_type(literal: &LiteralValue) -> Type {
    match literal {
        LiteralValue::Boolean(_) => Bool,
        LiteralValue::Bytes(_) => Bytes,
        LiteralValue::Double(_) => Double,
        LiteralValue::Int(_) => Int,
        LiteralValue::Null => Null,
        LiteralValue::String(_) => Type::String,
        LiteralValue::UInt(_) => Uint,
    }
}

fn same_number(a: &Type, b: &Type) -> Option<Type> {
    if !a.is_number() || !b.is_number() || !a.is(b) {
        return None;
    }
    Some(if matches!(a, Dyn) { b.clone() } else { a.clone() })
}

fn sum(operator: &str, a: &Type, b: &Type) -> Option<Type> {
    let adds = operator == operators::ADD;
    match (a, b) {
        // Both sides have the same type.
        (Dyn, known @ (Int | Uint | Double)) | (known @ (Int | Uint | Double), Dyn) => Some(known.clone()),
        (Dyn, Type::String) | (Type::String, Dyn) if adds => Some(Type::String),
        (Dyn, _) | (_, Dyn) => Some(Dyn),
        (Type::String, Type::String) if adds => Some(Type::String),
        (Bytes, Bytes) if adds => Some(Bytes),
        (List(_), List(_)) if adds => Some(List(Box::new(Dyn))),
        (Timestamp, Duration) => Some(Timestamp),
        (Duration, Timestamp) if adds => Some(Timestamp),
        (Timestamp, Timestamp) if !adds => Some(Duration),
        (Duration, Duration) => Some(Duration),
        _ => same_number(a, b),
    }
}

fn method(name: &str, of: &Type, arguments: &[&Type]) -> Option<Type> {
    match (name, arguments) {
        ("size", []) => function(name, of),
        ("contains" | "startsWith" | "endsWith", [argument]) => {
            (of.is(&Type::String) && argument.is(&Type::String)).then_some(Bool)
        }
        (
            "getFullYear" | "getMonth" | "getDate" | "getDayOfMonth" | "getDayOfWeek" | "getDayOfYear",
            [] | [Type::String | Dyn],
        ) => of.is(&Timestamp).then_some(Int),
        ("getHours" | "getMinutes" | "getSeconds" | "getMilliseconds", []) => {
            (of.is(&Timestamp) || of.is(&Duration)).then_some(Int)
        }
        ("getHours" | "getMinutes" | "getSeconds" | "getMilliseconds", [Type::String | Dyn]) => {
            of.is(&Timestamp).then_some(Int)
        }
        _ => None,
    }
}

fn function(name: &str, of: &Type) -> Option<Type> {
    let fits = |kinds: &[Type]| kinds.iter().any(|kind| of.is(kind));
    match name {
        "size" => fits(&[Type::String, Bytes, List(Box::new(Dyn)), Map(Box::new(Dyn))]).then_some(Int),
        "int" => fits(&[Int, Uint, Double, Type::String, Timestamp]).then_some(Int),
        "uint" => fits(&[Int, Uint, Double, Type::String]).then_some(Uint),
        "double" => fits(&[Int, Uint, Double, Type::String]).then_some(Double),
        "string" => fits(&[Int, Uint, Double, Type::String, Bool, Timestamp, Duration]).then_some(Type::String),
        "timestamp" => fits(&[Type::String, Timestamp]).then_some(Timestamp),
        "duration" => fits(&[Type::String, Duration]).then_some(Duration),
        "dyn" => Some(Dyn),
        _ => None,
    }
}

fn misfit(name: &str, types: &[&str]) -> String {
    const KNOWN: &str = "size, contains, startsWith, endsWith, int, uint, double, string, timestamp, duration, dyn, \
         getFullYear, getMonth, getDate, getDayOfMonth, getDayOfWeek, getDayOfYear, getHours, getMinutes, getSeconds, \
         getMilliseconds, has, exists, all, exists_one and filter";
    let is_operator = name.contains(['_', '@']) && name != operators::EXISTS_ONE;
    if is_operator || KNOWN.split([',', ' ']).any(|known| known == name) {
        return format!("{} does not take {}", shown_operator(name), types.join(" and "));
    }
    format!("there is no function `{name}`; rules have {KNOWN}")
}

pub(super) fn shown_operator(name: &str) -> String {
    let text = match name {
        operators::INDEX => "[ ]".to_owned(),
        operators::CONDITIONAL => "? :".to_owned(),
        _ => name.replace(['_', '@'], ""),
    };
    format!("`{text}`")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\r', "\\r"))
}
