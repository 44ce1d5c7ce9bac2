//! What goes through collections: splats, `for` expressions, and templates with their directives.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;

use super::super::tree::{Expr, For, Part};
use super::convert::{composed, to_bool, to_string};
use super::{Known, Scope};
use crate::value::{Number, Value};

impl<'n> Scope<'n, '_> {
    pub(super) fn splat(&mut self, from: &'n Expr, each: &'n Expr) -> Known {
        let items = match self.value(from)? {
            Value::Null => Vec::new(),
            Value::List(items) => items,
            single => vec![single],
        };
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            self.anonymous.push(item);
            let value = self.value(each);
            self.anonymous.pop();
            out.push(value);
        }
        out.into_iter()
            .collect::<Option<Vec<Value>>>()
            .map(Value::List)
    }

    pub(super) fn for_expression(&mut self, node: &'n For<'n>, expr: &Expr) -> Known {
        let collection = self.value(&node.collection)?;
        let pairs = self.pairs(collection, &node.collection.span)?;
        let mut list = Vec::new();
        let mut map: BTreeMap<String, Value> = BTreeMap::new();
        let mut known = true;
        for (key, value) in pairs {
            let depth = self.names.len();
            self.names.extend(node.key_name.map(|name| (name, key)));
            self.names.push((node.value_name, value));
            known &= self.for_item(node, expr, &mut list, &mut map).is_some();
            self.names.truncate(depth);
        }
        known.then_some(if node.object {
            Value::Map(map)
        } else {
            Value::List(list)
        })
    }

    pub(super) fn for_item(
        &mut self,
        node: &'n For<'n>,
        expr: &Expr,
        list: &mut Vec<Value>,
        map: &mut BTreeMap<String, Value>,
    ) -> Option<()> {
        if let Some(condition) = &node.condition {
            let value = self.value(condition)?;
            let Some(keep) = to_bool(&value) else {
                let detail = "The 'if' clause value is invalid: a bool is required.";
                self.wrong("Invalid 'for' condition", detail, &condition.span);
                return None;
            };
            if !keep {
                return Some(());
            }
        }
        let Some(key) = &node.key else {
            list.push(self.value(&node.value)?);
            return Some(());
        };
        let key_value = self.value(key)?;
        let Ok(Some(name)) = to_string(&key_value) else {
            self.wrong(
                "Invalid object key",
                "The key expression produced an invalid result: string required.",
                &key.span,
            );
            return None;
        };
        let value = self.value(&node.value)?;
        if node.group {
            if let Value::List(items) = map.entry(name).or_insert_with(|| Value::List(Vec::new())) {
                items.push(value);
            }
        } else {
            match map.entry(name) {
                Entry::Vacant(place) => {
                    place.insert(value);
                }
                Entry::Occupied(place) => {
                    let detail = format!(
                        "Two different items produced the key {:?} in this 'for' expression. If duplicates are expected, use the ellipsis (...) after the value expression to enable grouping by key.",
                        place.key()
                    );
                    self.wrong("Duplicate object key", detail, &expr.span);
                    return None;
                }
            }
        }
        Some(())
    }

    pub(super) fn pairs(
        &mut self,
        collection: Value,
        span: &Range<usize>,
    ) -> Option<Vec<(Value, Value)>> {
        match collection {
            Value::List(items) => {
                let number = |at: usize| {
                    Value::Number(Number {
                        float: at as f64,
                        exact: Some(at.to_string().into()),
                    })
                };
                Some(
                    items
                        .into_iter()
                        .enumerate()
                        .map(|(at, item)| (number(at), item))
                        .collect(),
                )
            }
            Value::Map(items) => Some(
                items
                    .into_iter()
                    .map(|(key, item)| (Value::String(key), item))
                    .collect(),
            ),
            Value::Null => {
                self.wrong(
                    "Iteration over null value",
                    "A null value cannot be used as the collection in a 'for' expression.",
                    span,
                );
                None
            }
            _ => {
                let detail = "A value of type string cannot be used as the collection in a 'for' expression.";
                self.wrong("Iteration over non-iterable value", detail, span);
                None
            }
        }
    }

    pub(super) fn template(&mut self, parts: &'n [Part<'n>]) -> Known {
        let mut out = String::new();
        self.parts(parts, &mut out)
            .then(|| Value::String(composed(out)))
    }

    /// Appends the text of the parts; false when a part is not known.
    pub(super) fn parts(&mut self, parts: &'n [Part<'n>], out: &mut String) -> bool {
        let mut known = true;
        for part in parts {
            known &= match part {
                Part::Text(text) => {
                    out.push_str(text);
                    true
                }
                Part::Value(expr) => self.interpolated(expr, out),
                Part::If {
                    condition,
                    then,
                    otherwise,
                } => match self.value(condition) {
                    Some(value) => match self.operand_bool(
                        &value,
                        "The if directive condition is invalid",
                        &condition.span,
                    ) {
                        Some(true) => self.parts(then, out),
                        Some(false) => self.parts(otherwise, out),
                        None => false,
                    },
                    None => false,
                },
                Part::For {
                    key_name,
                    value_name,
                    collection,
                    body,
                } => {
                    let pairs = self
                        .value(collection)
                        .and_then(|value| self.pairs(value, &collection.span));
                    let mut all = pairs.is_some();
                    for (key, value) in pairs.into_iter().flatten() {
                        let depth = self.names.len();
                        self.names.extend(key_name.map(|name| (name, key)));
                        self.names.push((value_name, value));
                        all &= self.parts(body, out);
                        self.names.truncate(depth);
                    }
                    all
                }
            };
        }
        known
    }

    pub(super) fn interpolated(&mut self, expr: &'n Expr, out: &mut String) -> bool {
        let Some(value) = self.value(expr) else {
            return false;
        };
        let fault = match to_string(&value) {
            Ok(Some(text)) => {
                out.push_str(&text);
                return true;
            }
            Ok(None) => {
                "The expression result is null. Cannot include a null value in a string template."
            }
            Err(_) => "Cannot include the given value in a string template: string required.",
        };
        self.wrong("Invalid template interpolation value", fault, &expr.span);
        false
    }
}
