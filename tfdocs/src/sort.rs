//! The order of items within their sections, compared by bytes.

use std::cmp::Ordering;

use crate::config::Sort;
use crate::model::{Input, Module, ModuleCall, Output, Position, Provider, Resource};

/// Sorts everything but requirements, whose order is fixed when they are read.
pub(crate) fn sort(module: &mut Module, sort: &Sort) {
    let by = if sort.enabled { sort.by.as_str() } else { "" };
    module.inputs.sort_by(match by {
        "name" => |a: &Input, b: &Input| a.name.cmp(&b.name),
        "required" => |a: &Input, b: &Input| {
            b.required
                .cmp(&a.required)
                .then_with(|| a.name.cmp(&b.name))
        },
        "type" => |a: &Input, b: &Input| {
            a.type_text
                .cmp(&b.type_text)
                .then_with(|| a.name.cmp(&b.name))
        },
        _ => |a: &Input, b: &Input| place(&a.position, &b.position),
    });
    module.outputs.sort_by(match by {
        "" => |a: &Output, b: &Output| place(&a.position, &b.position),
        _ => |a: &Output, b: &Output| a.name.cmp(&b.name),
    });
    module.modules.sort_by(match by {
        "" => |a: &ModuleCall, b: &ModuleCall| place(&a.position, &b.position),
        "type" => |a: &ModuleCall, b: &ModuleCall| {
            a.source.cmp(&b.source).then_with(|| a.name.cmp(&b.name))
        },
        _ => |a: &ModuleCall, b: &ModuleCall| a.name.cmp(&b.name),
    });
    module.providers.sort_by(match by {
        "" => |a: &Provider, b: &Provider| {
            place(&a.position, &b.position).then_with(|| a.full_name().cmp(&b.full_name()))
        },
        _ => |a: &Provider, b: &Provider| a.name.cmp(&b.name).then_with(|| a.alias.cmp(&b.alias)),
    });
    module
        .resources
        .sort_by_cached_key(|resource: &Resource| (resource.mode, resource.spec()));
}

/// Items of one line, which only JSON has, stay as they are written.
fn place(a: &Position, b: &Position) -> Ordering {
    a.cmp(b)
}
