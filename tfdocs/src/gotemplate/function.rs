//! What a template can call: functions with typed parameters, checked as Go's reflection checks them.

use std::borrow::Cow;
use std::rc::Rc;

use super::format::MAX_TEXT;
use super::value::Val;

/// Most elements a list made by one call may have.
pub(super) const MAX_ITEMS: usize = 1_000_000;

/// A parameter's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`
    Any,
    Str,
    Int,
    Bool,
    Float,
    /// `map[string]interface {}`
    Map,
    /// A type with a name of its own, over string.
    Text(&'static str),
    /// A type that only values of that name have.
    Exactly(&'static str),
}

impl Type {
    /// As Go prints it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Type::Any => "interface {}",
            Type::Str => "string",
            Type::Int => "int",
            Type::Bool => "bool",
            Type::Float => "float64",
            Type::Map => "map[string]interface {}",
            Type::Text(name) | Type::Exactly(name) => name,
        }
    }

    /// Whether nil can be passed.
    pub(super) fn can_be_nil(self) -> bool {
        match self {
            Type::Any | Type::Map => true,
            Type::Exactly(name) => name.starts_with("[]") || name.starts_with('*'),
            _ => false,
        }
    }

    /// Whether Go could assign the value to a variable of this type.
    pub(super) fn takes(self, value: &Val) -> bool {
        match self {
            Type::Any => true,
            Type::Map => value.base().type_name() == self.name(),
            _ => value.type_name() == self.name(),
        }
    }
}

/// A call's result, or the text of its error.
pub type Outcome = Result<Val, Cow<'static, str>>;

/// A function over settings of its own.
type Closure = dyn Fn(&[Val]) -> Outcome;

/// How a function is run: a plain function, or a closure over settings.
#[derive(Clone)]
pub enum Body {
    Plain(fn(&[Val]) -> Outcome),
    Closure(Rc<Closure>),
}

/// A function: its parameters, the type of any further ones, and its body.
#[derive(Clone)]
pub struct Function {
    pub params: &'static [Type],
    pub rest: Option<Type>,
    pub body: Body,
}

impl Function {
    /// A function of fixed parameters.
    pub(super) fn fixed(params: &'static [Type], body: fn(&[Val]) -> Outcome) -> Option<Function> {
        Some(Function {
            params,
            rest: None,
            body: Body::Plain(body),
        })
    }

    /// A function that takes any number of further arguments.
    pub(super) fn variadic(
        params: &'static [Type],
        rest: Type,
        body: fn(&[Val]) -> Outcome,
    ) -> Option<Function> {
        Some(Function {
            params,
            rest: Some(rest),
            body: Body::Plain(body),
        })
    }

    /// A closure of fixed parameters.
    pub fn closure(
        params: &'static [Type],
        body: impl Fn(&[Val]) -> Outcome + 'static,
    ) -> Option<Function> {
        Some(Function {
            params,
            rest: None,
            body: Body::Closure(Rc::new(body)),
        })
    }

    /// Runs it on arguments that have been checked; a text over the limit is an error.
    pub(super) fn run(&self, args: &[Val]) -> Outcome {
        let value = match &self.body {
            Body::Plain(run) => run(args)?,
            Body::Closure(run) => run(args)?,
        };
        match value.base() {
            Val::Str(text) if text.len() > MAX_TEXT => Err(too_long()),
            Val::List(list) if list.items.len() > MAX_ITEMS => Err(too_many()),
            _ => Ok(value),
        }
    }
}

/// The error of a text over the limit.
pub(super) fn too_long() -> Cow<'static, str> {
    format!("text is longer than {MAX_TEXT} bytes").into()
}

/// The error of a list over the limit.
pub(super) fn too_many() -> Cow<'static, str> {
    format!("list has more than {MAX_ITEMS} elements").into()
}

/// The argument at `index` as text; empty when absent, which the check before the call rules out.
pub(super) fn text(args: &[Val], index: usize) -> &str {
    args.get(index).and_then(Val::text).unwrap_or_default()
}

/// The argument at `index` as an integer.
pub(super) fn int(args: &[Val], index: usize) -> i64 {
    match args.get(index).map(Val::base) {
        Some(Val::Int(value, _)) => *value,
        _ => 0,
    }
}

/// The argument at `index`; nil when absent.
pub(super) fn any(args: &[Val], index: usize) -> &Val {
    args.get(index).unwrap_or(const { &Val::Nil })
}
