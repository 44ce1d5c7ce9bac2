//! The module as named fields in terraform-docs' order: what json, yaml, toml and xml print, each in its way.

use std::borrow::Cow;

use crate::config::{Config, Section};
use crate::model::{Module, Value};

use super::markup::{tells_sensitive, visible_resources};

/// A field's value.
pub(super) enum Field<'m> {
    /// Text that stays, even when empty.
    Text(&'m str),
    /// Text that is null when empty.
    Maybe(Cow<'m, str>),
    Flag(bool),
    Value(&'m Value),
    /// Items, and what one of them is called.
    Items(&'static str, Vec<Fields<'m>>),
}

pub(super) type Fields<'m> = Vec<(&'static str, Field<'m>)>;

/// The whole module; hidden sections are there and empty.
pub(super) fn fields<'m>(module: &'m Module, config: &Config) -> Fields<'m> {
    let text = |section, text: &'m str| Field::Text(if config.shows(section) { text } else { "" });
    vec![
        ("header", text(Section::Header, &module.header)),
        ("footer", text(Section::Footer, &module.footer)),
        ("inputs", inputs(module, config)),
        ("modules", modules(module, config)),
        ("outputs", outputs(module, config)),
        ("providers", providers(module, config)),
        ("requirements", requirements(module, config)),
        ("resources", resources(module, config)),
    ]
}

fn maybe(text: &str) -> Field<'_> {
    Field::Maybe(text.into())
}

fn items<'m, T>(
    name: &'static str,
    shown: bool,
    all: impl IntoIterator<Item = T>,
    fields: impl Fn(T) -> Fields<'m>,
) -> Field<'m> {
    let shown = all.into_iter().filter(|_| shown);
    Field::Items(name, shown.map(fields).collect())
}

fn inputs<'m>(module: &'m Module, config: &Config) -> Field<'m> {
    let tells = tells_sensitive(module, config);
    items(
        "input",
        config.shows(Section::Inputs),
        &module.inputs,
        |item| {
            let mut fields = vec![
                ("name", Field::Text(&item.name)),
                ("type", maybe(&item.type_text)),
                ("description", maybe(&item.description)),
                ("default", Field::Value(&item.default)),
                ("required", Field::Flag(item.required)),
            ];
            if tells {
                fields.push(("sensitive", Field::Flag(item.sensitive)));
            }
            fields
        },
    )
}

fn modules<'m>(module: &'m Module, config: &Config) -> Field<'m> {
    items(
        "module",
        config.shows(Section::Modules),
        &module.modules,
        |item| {
            vec![
                ("name", Field::Text(&item.name)),
                ("source", Field::Text(&item.source)),
                ("version", Field::Text(&item.version)),
                ("description", maybe(&item.description)),
            ]
        },
    )
}

fn outputs<'m>(module: &'m Module, config: &Config) -> Field<'m> {
    items(
        "output",
        config.shows(Section::Outputs),
        &module.outputs,
        |item| {
            let mut fields = vec![
                ("name", Field::Text(&item.name)),
                ("description", maybe(&item.description)),
            ];
            if let Some(value) = item.value.as_ref().filter(|_| item.show_value) {
                fields.push(("value", Field::Value(value)));
                fields.push(("sensitive", Field::Flag(item.sensitive)));
            }
            fields
        },
    )
}

fn providers<'m>(module: &'m Module, config: &Config) -> Field<'m> {
    let shown = config.shows(Section::Providers);
    items("provider", shown, &module.providers, |item| {
        vec![
            ("name", Field::Text(&item.name)),
            ("alias", maybe(&item.alias)),
            ("version", maybe(&item.version)),
        ]
    })
}

fn requirements<'m>(module: &'m Module, config: &Config) -> Field<'m> {
    let shown = config.shows(Section::Requirements);
    items("requirement", shown, &module.requirements, |item| {
        vec![
            ("name", Field::Text(&item.name)),
            ("version", maybe(&item.version)),
        ]
    })
}

fn resources<'m>(module: &'m Module, config: &Config) -> Field<'m> {
    items(
        "resource",
        true,
        visible_resources(module, config),
        |item| {
            vec![
                ("type", Field::Text(&item.type_name)),
                ("name", Field::Text(&item.name)),
                ("provider", Field::Text(&item.provider_name)),
                ("source", Field::Text(&item.provider_source)),
                ("mode", Field::Text(item.mode.as_str())),
                ("version", maybe(&item.version)),
                ("description", maybe(&item.description)),
            ]
        },
    )
}
