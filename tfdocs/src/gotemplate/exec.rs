//! Runs a parsed template over data. Types are checked where Go checks them, and errors are worded and placed as Go's.

use super::Limits;
use super::ast::{Arg, Branch, Command, List, Node, Number, Part, Pipe, Term};
use super::format;
use super::function::{Function, Type};
use super::parser::Trees;
use super::value::{IntType, Struct, Val};

/// Looks a function up; the flag is true for the language's own.
pub(super) type Lookup<'f> = &'f dyn Fn(&str) -> Option<(Function, bool)>;

/// An error while running: where it is, as Go says it, and the message.
#[derive(Debug)]
pub(super) struct Failure {
    /// The template that was running.
    pub(super) template: String,
    pub(super) position: usize,
    /// The part's text.
    pub(super) context: String,
    pub(super) message: String,
}

/// Runs the template `name` of `trees`.
pub(super) fn run(
    trees: &Trees,
    name: &str,
    data: Val,
    lookup: Lookup<'_>,
    limits: Limits,
) -> Result<String, Failure> {
    let mut state = State {
        trees,
        lookup,
        limits,
        template: name,
        at: None,
        variables: vec![("$".into(), data.clone())],
        base: 0,
        out: String::new(),
        depth: 0,
        steps: 0,
    };
    let Some(list) = trees.get(name) else {
        return state.fail(format!("{name:?} is an incomplete or empty template"));
    };
    state.list(&data, list)?;
    Ok(state.out)
}

struct State<'t> {
    trees: &'t Trees,
    lookup: Lookup<'t>,
    limits: Limits,
    template: &'t str,
    /// The part an error is reported at.
    at: Option<Part<'t>>,
    variables: Vec<(String, Val)>,
    /// Where this template's variables begin.
    base: usize,
    out: String,
    depth: usize,
    steps: usize,
}

type Done<T> = Result<T, Failure>;

/// How a list of nodes was left.
#[derive(Clone, Copy, PartialEq)]
enum Flow {
    On,
    Break,
    Continue,
}

impl<'t> State<'t> {
    fn fail<T>(&self, message: impl Into<String>) -> Done<T> {
        Err(Failure {
            template: self.template.to_owned(),
            position: self.at.map_or(0, Part::position),
            context: self.at.map_or(String::new(), |part| part.to_string()),
            message: message.into(),
        })
    }

    /// Counts work and depth, so that no template runs for ever or overflows the stack.
    fn deeper<T>(&mut self, run: impl FnOnce(&mut Self) -> Done<T>) -> Done<T> {
        self.steps += 1;
        if self.steps > self.limits.steps {
            return self.fail(format!(
                "exceeded {} steps: does a loop or a template call itself without end?",
                self.limits.steps
            ));
        }
        if self.depth >= self.limits.depth {
            return self.fail(format!(
                "exceeded maximum template depth ({}): does a template call itself without end?",
                self.limits.depth
            ));
        }
        self.depth += 1;
        let done = run(self);
        self.depth -= 1;
        done
    }

    fn write(&mut self, text: &str) -> Done<()> {
        if self.out.len() + text.len() > self.limits.output {
            return self.fail(format!(
                "output is longer than {} bytes",
                self.limits.output
            ));
        }
        self.out.push_str(text);
        Ok(())
    }

    fn list(&mut self, dot: &Val, list: &'t List) -> Done<Flow> {
        for node in list {
            let flow = self.deeper(|state| state.node(dot, node))?;
            if flow != Flow::On {
                return Ok(flow);
            }
        }
        Ok(Flow::On)
    }

    fn node(&mut self, dot: &Val, node: &'t Node) -> Done<Flow> {
        self.at = Some(Part::Node(node));
        match node {
            Node::Text(text) => self.write(text)?,
            Node::Action(_, pipe) => {
                let value = self.pipe(dot, pipe)?;
                if pipe.variables.is_empty() {
                    self.at = Some(Part::Node(node));
                    self.print(&value)?;
                }
            }
            Node::If(branch) => return self.branch(dot, branch, false),
            Node::With(branch) => return self.branch(dot, branch, true),
            Node::Range(branch) => return self.range(dot, branch),
            Node::Template { name, pipe, .. } => self.call(dot, name, pipe.as_ref())?,
            Node::Break(_) => return Ok(Flow::Break),
            Node::Continue(_) => return Ok(Flow::Continue),
        }
        Ok(Flow::On)
    }

    fn print(&mut self, value: &Val) -> Done<()> {
        match value {
            Val::Nil => self.write("<no value>"),
            value => self.write(&format::text(value)),
        }
    }

    fn branch(&mut self, dot: &Val, branch: &'t Branch, with: bool) -> Done<Flow> {
        let mark = self.variables.len();
        let value = self.pipe(dot, &branch.pipe)?;
        let flow = if value.truth() {
            self.list(if with { &value } else { dot }, &branch.list)
        } else if let Some(list) = &branch.otherwise {
            self.list(dot, list)
        } else {
            Ok(Flow::On)
        };
        self.variables.truncate(mark);
        flow
    }

    fn range(&mut self, dot: &Val, branch: &'t Branch) -> Done<Flow> {
        let mark = self.variables.len();
        let value = self.pipe(dot, &branch.pipe)?;
        let flow = self.range_over(dot, branch, value);
        self.variables.truncate(mark);
        flow
    }

    fn range_over(&mut self, dot: &Val, branch: &'t Branch, value: Val) -> Done<Flow> {
        let mut ran = false;
        match value.base() {
            Val::List(list) => {
                for (index, item) in (0..).zip(&list.items) {
                    ran = true;
                    if let Some(flow) = self.turn(branch, Val::int(index), item)? {
                        return Ok(flow);
                    }
                }
            }
            Val::Map(map) => {
                // A copy: the body may change the map.
                let items = map.items.borrow().clone();
                for (key, item) in items {
                    ran = true;
                    if let Some(flow) = self.turn(branch, key.into(), &item)? {
                        return Ok(flow);
                    }
                }
            }
            Val::Int(..) if branch.pipe.variables.len() > 1 => {
                return self.fail(format!(
                    "can't use {} to iterate over more than one variable",
                    format::text(&value)
                ));
            }
            Val::Int(count, kind) => {
                for index in 0..*count {
                    ran = true;
                    let item = Val::Int(index, *kind);
                    if let Some(flow) = self.turn(branch, Val::Nil, &item)? {
                        return Ok(flow);
                    }
                }
            }
            Val::Nil => {}
            _ => {
                return self.fail(format!("range can't iterate over {}", format::text(&value)));
            }
        }
        match &branch.otherwise {
            Some(list) if !ran => self.list(dot, list),
            _ => Ok(Flow::On),
        }
    }

    /// One turn of a loop; some flow if it is to be left.
    fn turn(&mut self, branch: &'t Branch, index: Val, item: &Val) -> Done<Option<Flow>> {
        let pipe = &branch.pipe;
        let mark = self.variables.len();
        let values = match pipe.variables.len() {
            0 => vec![],
            1 => vec![item.clone()],
            _ => vec![index, item.clone()],
        };
        for (offset, (name, value)) in pipe.variables.iter().zip(values).enumerate() {
            if pipe.assigns {
                self.assign(name, value)?;
            } else if let Some(slot) = mark
                .checked_sub(pipe.variables.len() - offset)
                .and_then(|place| self.variables.get_mut(place))
            {
                slot.1 = value;
            }
        }
        let flow = self.deeper(|state| state.list(item, &branch.list))?;
        self.variables.truncate(mark);
        Ok((flow == Flow::Break).then_some(Flow::On))
    }

    fn assign(&mut self, name: &str, value: Val) -> Done<()> {
        let base = self.base;
        match self
            .variables
            .iter_mut()
            .skip(base)
            .rev()
            .find(|(known, _)| known == name)
        {
            Some(slot) => {
                slot.1 = value;
                Ok(())
            }
            None => self.fail(format!("undefined variable: {name}")),
        }
    }

    fn call(&mut self, dot: &Val, name: &'t str, pipe: Option<&'t Pipe>) -> Done<()> {
        let Some(list) = self.trees.get(name) else {
            return self.fail(format!("template {name:?} not defined"));
        };
        let data = match pipe {
            Some(pipe) => self.pipe(dot, pipe)?,
            None => Val::Nil,
        };
        let caller = std::mem::replace(&mut self.template, name);
        let base = std::mem::replace(&mut self.base, self.variables.len());
        self.variables.push(("$".into(), data.clone()));
        self.deeper(|state| state.list(&data, list))?;
        self.variables.truncate(self.base);
        self.base = base;
        self.template = caller;
        Ok(())
    }

    fn pipe(&mut self, dot: &Val, pipe: &'t Pipe) -> Done<Val> {
        self.at = Some(Part::Pipe(pipe));
        let mut value = None;
        for command in &pipe.commands {
            value = Some(self.deeper(|state| state.command(dot, command, value))?);
        }
        let value = value.unwrap_or_default();
        for name in &pipe.variables {
            if pipe.assigns {
                self.assign(name, value.clone())?;
            } else {
                self.variables.push((name.clone(), value.clone()));
            }
        }
        Ok(value)
    }

    fn command(&mut self, dot: &Val, command: &'t Command, last: Option<Val>) -> Done<Val> {
        let Some(first) = command.args.first() else {
            return Ok(Val::Nil);
        };
        let args = command.args.get(1..).unwrap_or_default();
        match &first.term {
            Term::Field(names) => {
                self.at = Some(Part::Arg(first));
                return self.chain(dot.clone(), first, names, args, last);
            }
            Term::Chain(inner, names) => {
                return self.chained(dot, first, inner, names, args, last);
            }
            Term::Function(name) => {
                self.at = Some(Part::Arg(first));
                return self.function(dot, name, Part::Command(command), args, last);
            }
            Term::Pipe(pipe) => {
                self.no_arguments(first, args, &last)?;
                return self.pipe(dot, pipe);
            }
            Term::Variable(names) => return self.variable(first, names, args, last),
            _ => {}
        }
        self.at = Some(Part::Arg(first));
        self.no_arguments(first, args, &last)?;
        match &first.term {
            Term::Dot => Ok(dot.clone()),
            Term::Nil => self.fail("nil is not a command"),
            _ => self.constant(first),
        }
    }

    fn no_arguments(&self, first: &Arg, args: &[Arg], last: &Option<Val>) -> Done<()> {
        if args.is_empty() && last.is_none() {
            return Ok(());
        }
        self.fail(format!("can't give argument to non-function {first}"))
    }

    fn constant(&mut self, arg: &'t Arg) -> Done<Val> {
        self.at = Some(Part::Arg(arg));
        match &arg.term {
            Term::Bool(value) => Ok(Val::Bool(*value)),
            Term::Text(_, text) => Ok(Val::str(text)),
            Term::Number(number) if number.reads_as_float() => {
                Ok(Val::Float(number.float.unwrap_or_default()))
            }
            Term::Number(Number { int: Some(int), .. }) => Ok(Val::int(*int)),
            Term::Number(number) => self.fail(format!("{} overflows int", number.text)),
            _ => self.fail(format!("can't evaluate command {:?}", arg.to_string())),
        }
    }

    fn variable(
        &mut self,
        arg: &'t Arg,
        names: &'t [String],
        args: &'t [Arg],
        last: Option<Val>,
    ) -> Done<Val> {
        self.at = Some(Part::Arg(arg));
        let Some((name, rest)) = names.split_first() else {
            return Ok(Val::Nil);
        };
        let found = self
            .variables
            .iter()
            .skip(self.base)
            .rev()
            .find(|(known, _)| known == name);
        let Some((_, value)) = found else {
            return self.fail(format!("undefined variable: {name}"));
        };
        let value = value.clone();
        if rest.is_empty() {
            self.no_arguments(arg, args, &last)?;
            return Ok(value);
        }
        self.chain(value, arg, rest, args, last)
    }

    fn chained(
        &mut self,
        dot: &Val,
        arg: &'t Arg,
        inner: &'t Arg,
        names: &'t [String],
        args: &'t [Arg],
        last: Option<Val>,
    ) -> Done<Val> {
        self.at = Some(Part::Arg(arg));
        if matches!(inner.term, Term::Nil) {
            return self.fail(format!("indirection through explicit nil in {arg}"));
        }
        let receiver = self.arg(dot, None, inner)?;
        self.chain(receiver, arg, names, args, last)
    }

    /// `.A.B.C`: arguments go to the last link.
    fn chain(
        &mut self,
        mut receiver: Val,
        arg: &'t Arg,
        names: &'t [String],
        args: &'t [Arg],
        last: Option<Val>,
    ) -> Done<Val> {
        let given = args.len() + usize::from(last.is_some());
        // A map of any values tells of them only that they are any.
        let mut any = false;
        for (index, name) in names.iter().enumerate() {
            let given = if index + 1 == names.len() { given } else { 0 };
            let next = self.field(&receiver, name, Part::Arg(arg), given, any)?;
            any = matches!(receiver.base(), Val::Map(map) if map.element == "interface {}");
            receiver = next;
        }
        Ok(receiver)
    }

    fn field(
        &mut self,
        receiver: &Val,
        name: &str,
        part: Part<'t>,
        given: usize,
        any: bool,
    ) -> Done<Val> {
        let methods: &[(&str, Val)] = match receiver {
            Val::Nil => return Ok(Val::Nil),
            Val::Named(named) => &named.methods,
            Val::Struct(value) => &value.methods,
            _ => &[],
        };
        if let Some((_, result)) = methods.iter().find(|(known, _)| *known == name) {
            if given > 0 {
                return self.fail(format!(
                    "wrong number of args for {name}: want 0 got {given}"
                ));
            }
            return self.result(name, result, part);
        }
        match receiver.base() {
            Val::Struct(value) => {
                if let Some(found) = field_of(value, name) {
                    if given > 0 {
                        return self.fail(format!(
                            "{name} has arguments but cannot be invoked as function"
                        ));
                    }
                    return Ok(found.clone());
                }
            }
            Val::Map(map) => {
                if given > 0 {
                    return self.fail(format!("{name} is not a method but has arguments"));
                }
                return Ok(map.items.borrow().get(name).cloned().unwrap_or_default());
            }
            _ => {}
        }
        let type_name = match any {
            true => "interface {}".into(),
            false => receiver.type_name(),
        };
        self.fail(format!("can't evaluate field {name} in type {type_name}"))
    }

    /// What a method gives; one that can fail gives its error in a named value.
    fn result(&mut self, name: &str, result: &Val, part: Part<'t>) -> Done<Val> {
        match result {
            Val::Named(named) if named.type_name == "error" => {
                self.at = Some(part);
                let reason = format::text(&named.value);
                self.fail(format!("error calling {name}: {reason}"))
            }
            value => Ok(value.clone()),
        }
    }

    fn function(
        &mut self,
        dot: &Val,
        name: &'t str,
        part: Part<'t>,
        args: &'t [Arg],
        last: Option<Val>,
    ) -> Done<Val> {
        let Some((function, own)) = (self.lookup)(name) else {
            return self.fail(format!("{name:?} is not a defined function"));
        };
        let given = args.len() + usize::from(last.is_some());
        let fixed = function.params.len();
        if function.rest.is_some() {
            if given < fixed {
                return self.fail(format!(
                    "wrong number of args for {name}: want at least {fixed} got {}",
                    args.len()
                ));
            }
        } else if given != fixed {
            return self.fail(format!(
                "wrong number of args for {name}: want {fixed} got {given}"
            ));
        }
        if own && (name == "and" || name == "or") {
            return self.short_circuit(dot, name == "or", args, last);
        }
        let kind = |index: usize| {
            let param = function.params.get(index).copied();
            param.or(function.rest).unwrap_or(Type::Any)
        };
        let mut values = Vec::with_capacity(given);
        for (index, arg) in args.iter().enumerate() {
            let value = self.deeper(|state| state.arg(dot, Some(kind(index)), arg))?;
            values.push(value);
        }
        if let Some(last) = last {
            values.push(self.validated(last, Some(kind(args.len())))?);
        }
        match function.run(&values) {
            Ok(value) => Ok(value),
            Err(reason) => {
                self.at = Some(part);
                self.fail(format!("error calling {name}: {reason}"))
            }
        }
    }

    fn short_circuit(
        &mut self,
        dot: &Val,
        or: bool,
        args: &'t [Arg],
        last: Option<Val>,
    ) -> Done<Val> {
        let mut value = Val::Nil;
        for arg in args {
            value = self.deeper(|state| state.arg(dot, Some(Type::Any), arg))?;
            if value.truth() == or {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }

    /// An argument as a value of the type asked for.
    fn arg(&mut self, dot: &Val, wanted: Option<Type>, arg: &'t Arg) -> Done<Val> {
        self.at = Some(Part::Arg(arg));
        let value = match &arg.term {
            Term::Dot => dot.clone(),
            Term::Nil => {
                let wanted = wanted.unwrap_or(Type::Any);
                if wanted.can_be_nil() {
                    return Ok(Val::Nil);
                }
                return self.fail(format!("cannot assign nil to {}", wanted.name()));
            }
            Term::Field(names) => self.chain(dot.clone(), arg, names, &[], None)?,
            Term::Variable(names) => self.variable(arg, names, &[], None)?,
            Term::Pipe(pipe) => self.pipe(dot, pipe)?,
            Term::Function(name) => self.function(dot, name, Part::Arg(arg), &[], None)?,
            Term::Chain(inner, names) => self.chained(dot, arg, inner, names, &[], None)?,
            _ => return self.literal(wanted, arg),
        };
        self.validated(value, wanted)
    }

    /// A constant as a value of the type asked for.
    fn literal(&mut self, wanted: Option<Type>, arg: &'t Arg) -> Done<Val> {
        let kind = match (wanted, &arg.term) {
            (None | Some(Type::Any), _) => return self.constant(arg),
            (Some(Type::Bool), Term::Bool(value)) => return Ok(Val::Bool(*value)),
            (Some(Type::Str), Term::Text(_, text)) => return Ok(Val::str(text)),
            (Some(Type::Text(name)), Term::Text(_, text)) => {
                return Ok(Val::Named(std::rc::Rc::new(super::value::Named {
                    type_name: name,
                    value: Val::str(text),
                    methods: Vec::new(),
                })));
            }
            (Some(Type::Int), Term::Number(Number { int: Some(int), .. })) => {
                return Ok(Val::Int(*int, IntType::Int));
            }
            (Some(Type::Float), Term::Number(Number { float: Some(f), .. })) => {
                return Ok(Val::Float(*f));
            }
            (Some(Type::Bool), _) => "bool",
            (Some(Type::Str | Type::Text(_)), _) => "string",
            (Some(Type::Int), _) => "integer",
            (Some(Type::Float), _) => "float",
            (Some(wanted), _) => {
                return self.fail(format!(
                    "can't handle {arg} for arg of type {}",
                    wanted.name()
                ));
            }
        };
        self.fail(format!("expected {kind}; found {arg}"))
    }

    fn validated(&self, value: Val, wanted: Option<Type>) -> Done<Val> {
        let Some(wanted) = wanted else {
            return Ok(value);
        };
        match &value {
            Val::Nil if wanted.can_be_nil() => Ok(value),
            Val::Nil => self.fail(format!("invalid value; expected {}", wanted.name())),
            _ if wanted.takes(&value) => Ok(value),
            _ => self.fail(format!(
                "wrong type for value; expected {}; got {}",
                wanted.name(),
                value.type_name()
            )),
        }
    }
}

fn field_of<'v>(value: &'v Struct, name: &str) -> Option<&'v Val> {
    value
        .fields
        .iter()
        .find(|field| field.name == name)
        .map(|field| &field.value)
}
