//! The values a template works on: Go's dynamic values, with the names of their types where Go tells them apart.

use std::borrow::Cow;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A value. Lists are immutable; maps are shared and `set` changes them for all who hold them.
#[derive(Debug, Clone, Default)]
pub enum Val {
    /// No value, and Go's nil.
    #[default]
    Nil,
    Bool(bool),
    Int(i64, IntType),
    Float(f64),
    Str(Rc<str>),
    List(Rc<List>),
    Map(Rc<Map>),
    /// A value of a type of terraform-docs' own, `types.String` for one.
    Named(Rc<Named>),
    Struct(Rc<Struct>),
}

/// Go's integer types that templates meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntType {
    Int,
    Int64,
    Uint8,
}

#[derive(Debug)]
pub struct List {
    /// The elements' type in Go: `interface {}`, `string`, `int`.
    pub element: &'static str,
    pub items: Vec<Val>,
}

#[derive(Debug)]
pub struct Map {
    /// The values' type in Go.
    pub element: &'static str,
    pub items: RefCell<BTreeMap<String, Val>>,
}

#[derive(Debug)]
pub struct Named {
    pub type_name: &'static str,
    pub value: Val,
    pub methods: Vec<(&'static str, Val)>,
}

/// A Go struct, or a pointer to one, with the results of its methods that take no argument.
#[derive(Debug, Default)]
pub struct Struct {
    pub type_name: &'static str,
    pub fields: Vec<Field>,
    pub methods: Vec<(&'static str, Val)>,
}

#[derive(Debug)]
pub struct Field {
    pub name: &'static str,
    /// Its key in JSON; none if it is left out.
    pub json: Option<&'static str>,
    pub value: Val,
}

/// What reflection calls a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Basic {
    Bool,
    Int,
    Float,
    Str,
}

impl Val {
    /// A Go `int`.
    pub fn int(value: i64) -> Val {
        Val::Int(value, IntType::Int)
    }

    pub fn str(text: &str) -> Val {
        Val::Str(text.into())
    }

    /// A `[]interface {}`.
    pub fn list(items: Vec<Val>) -> Val {
        Val::typed_list("interface {}", items)
    }

    /// A list of a Go type of elements.
    pub fn typed_list(element: &'static str, items: Vec<Val>) -> Val {
        Val::List(Rc::new(List { element, items }))
    }

    /// A `[]string`.
    pub fn strings<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> Val {
        let items = items.into_iter().map(|item| Val::str(item.as_ref()));
        Val::typed_list("string", items.collect())
    }

    /// A `map[string]interface {}`.
    pub fn map(items: BTreeMap<String, Val>) -> Val {
        Val::typed_map("interface {}", items)
    }

    /// A map from strings to a Go type.
    pub fn typed_map(element: &'static str, items: BTreeMap<String, Val>) -> Val {
        let items = RefCell::new(items);
        Val::Map(Rc::new(Map { element, items }))
    }

    /// The value below a named type's name.
    pub fn base(&self) -> &Val {
        match self {
            Val::Named(named) => &named.value,
            value => value,
        }
    }

    /// The type's name as Go prints it.
    pub fn type_name(&self) -> Cow<'static, str> {
        match self {
            Val::Nil => "<nil>".into(),
            Val::Bool(_) => "bool".into(),
            Val::Int(_, IntType::Int) => "int".into(),
            Val::Int(_, IntType::Int64) => "int64".into(),
            Val::Int(_, IntType::Uint8) => "uint8".into(),
            Val::Float(_) => "float64".into(),
            Val::Str(_) => "string".into(),
            Val::List(list) => format!("[]{}", list.element).into(),
            Val::Map(map) => format!("map[string]{}", map.element).into(),
            Val::Named(named) => named.type_name.into(),
            Val::Struct(value) => value.type_name.into(),
        }
    }

    /// The name of the type's kind, as reflection has it.
    pub(super) fn kind(&self) -> &'static str {
        match self.base() {
            Val::Nil => "invalid",
            Val::Bool(_) => "bool",
            Val::Int(_, IntType::Int) => "int",
            Val::Int(_, IntType::Int64) => "int64",
            Val::Int(_, IntType::Uint8) => "uint8",
            Val::Float(_) => "float64",
            Val::Str(_) => "string",
            Val::List(_) => "slice",
            Val::Map(_) => "map",
            Val::Named(_) => "interface",
            Val::Struct(value) if value.type_name.starts_with('*') => "ptr",
            Val::Struct(_) => "struct",
        }
    }

    pub(super) fn basic(&self) -> Option<Basic> {
        match self.base() {
            Val::Bool(_) => Some(Basic::Bool),
            Val::Int(..) => Some(Basic::Int),
            Val::Float(_) => Some(Basic::Float),
            Val::Str(_) => Some(Basic::Str),
            _ => None,
        }
    }

    /// The text of a string kind.
    pub(super) fn text(&self) -> Option<&str> {
        match self.base() {
            Val::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of a list.
    pub(super) fn items(&self) -> Option<&[Val]> {
        match self.base() {
            Val::List(list) => Some(&list.items),
            _ => None,
        }
    }

    /// Whether `if` takes it for true: not zero, not empty, not nil.
    pub(super) fn truth(&self) -> bool {
        match self.base() {
            Val::Nil => false,
            Val::Bool(value) => *value,
            Val::Int(value, _) => *value != 0,
            Val::Float(value) => *value != 0.0,
            Val::Str(text) => !text.is_empty(),
            Val::List(list) => !list.items.is_empty(),
            Val::Map(map) => !map.items.borrow().is_empty(),
            Val::Named(_) | Val::Struct(_) => true,
        }
    }

    /// Length of a string, list or map.
    pub(super) fn len(&self) -> Option<usize> {
        match self.base() {
            Val::Str(text) => Some(text.len()),
            Val::List(list) => Some(list.items.len()),
            Val::Map(map) => Some(map.items.borrow().len()),
            _ => None,
        }
    }

    /// Equality as reflection's DeepEqual has it: type and content; a budget bounds the work.
    pub(super) fn deep_equal(&self, other: &Val, budget: &mut usize) -> bool {
        if *budget == 0 {
            return false;
        }
        *budget -= 1;
        match (self, other) {
            (Val::Nil, Val::Nil) => true,
            (Val::Bool(a), Val::Bool(b)) => a == b,
            (Val::Int(a, x), Val::Int(b, y)) => a == b && x == y,
            (Val::Float(a), Val::Float(b)) => a == b,
            (Val::Str(a), Val::Str(b)) => a == b,
            (Val::List(a), Val::List(b)) => {
                a.element == b.element
                    && a.items.len() == b.items.len()
                    && a.items
                        .iter()
                        .zip(&b.items)
                        .all(|(a, b)| a.deep_equal(b, budget))
            }
            (Val::Map(a), Val::Map(b)) => {
                if Rc::ptr_eq(a, b) {
                    return true;
                }
                let (x, y) = (a.items.borrow(), b.items.borrow());
                a.element == b.element
                    && x.len() == y.len()
                    && x.iter()
                        .zip(y.iter())
                        .all(|((j, a), (k, b))| j == k && a.deep_equal(b, budget))
            }
            (Val::Named(a), Val::Named(b)) => {
                a.type_name == b.type_name && a.value.deep_equal(&b.value, budget)
            }
            (Val::Struct(a), Val::Struct(b)) => Rc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// Order of two values of one basic kind.
    pub(super) fn order(&self, other: &Val) -> Option<Ordering> {
        match (self.base(), other.base()) {
            (Val::Bool(a), Val::Bool(b)) => Some(a.cmp(b)),
            (Val::Int(a, _), Val::Int(b, _)) => Some(a.cmp(b)),
            (Val::Float(a), Val::Float(b)) => a.partial_cmp(b),
            (Val::Str(a), Val::Str(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

impl From<bool> for Val {
    fn from(value: bool) -> Val {
        Val::Bool(value)
    }
}

impl From<String> for Val {
    fn from(text: String) -> Val {
        Val::Str(text.into())
    }
}

impl From<&str> for Val {
    fn from(text: &str) -> Val {
        Val::Str(text.into())
    }
}

impl Drop for List {
    fn drop(&mut self) {
        dismantle(std::mem::take(&mut self.items));
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        let items = std::mem::take(self.items.get_mut());
        dismantle(items.into_values().collect());
    }
}

/// Drops values one by one and not one inside the other: a list may be nested deeper than the stack.
fn dismantle(mut values: Vec<Val>) {
    while let Some(value) = values.pop() {
        match value {
            Val::List(list) => {
                if let Ok(mut list) = Rc::try_unwrap(list) {
                    values.append(&mut list.items);
                }
            }
            Val::Map(map) => {
                if let Ok(mut map) = Rc::try_unwrap(map) {
                    values.extend(std::mem::take(map.items.get_mut()).into_values());
                }
            }
            _ => {}
        }
    }
}
