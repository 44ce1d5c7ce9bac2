//! The user's content template: which data it sees, and terraform-docs' own functions.

mod data;
mod settings;

use std::rc::Rc;

use data::{data, field, object};

use super::{RenderError, Rendered, asciidoc, markdown};
use crate::config::{Config, Section};
use crate::gotemplate::{Function, Limits, Template, Type, Val};
use crate::model::{Mode, Module};
use crate::text;

/// Runs `config.content` over the rendered sections and the module; one line end at the end is cut.
pub(super) fn apply(
    rendered: &Rendered,
    module: &Module,
    config: &Config,
) -> Result<String, RenderError> {
    let shared = Rc::new(config.clone());
    let functions = |name: &str| own(name, &shared);
    // The original panics on a mistake in the template's text; a panic tells its user as little as exit 2 would.
    let text = Template::parse("content", &config.content, &functions)
        .and_then(|template| {
            let data = data(rendered, module, config);
            template.execute(data, &functions, Limits::default())
        })
        .map_err(|error| RenderError::Failed(error.message))?;
    Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}

/// Runs an output template, which knows `.Content` only.
pub(super) fn wrap(template: &str, content: &str) -> Result<String, RenderError> {
    // The usual template needs no interpreter.
    let plain = template.replace("{{ .Content }}", "");
    if !plain.contains("{{") {
        return Ok(template.replace("{{ .Content }}", content));
    }
    let fields = vec![field("Content", None, Val::str(content))];
    let data = object("cli.content", fields, Vec::new());
    Template::parse("content", template, &|_| None)
        .and_then(|template| template.execute(data, &|_| None, Limits::default()))
        .map_err(|error| RenderError::Failed(error.message))
}

/// terraform-docs' functions, which win over sprig's of the same name.
fn own(name: &str, config: &Rc<Config>) -> Option<Function> {
    use Type::{Any, Int, Str};
    let config = Rc::clone(config);
    let (escape, escaping) = (config.settings.escape, config.settings.escaping());
    let html = config.settings.html;
    match name {
        "include" => Function::closure(&[Str], move |args| include(text_of(args, 0), &config)),
        "default" => Function::closure(&[Str, Str], |args| {
            let value = text_of(args, 1);
            Ok(if value.is_empty() {
                text_of(args, 0)
            } else {
                value
            }
            .into())
        }),
        "indent" => Function::closure(&[Int, Str], move |args| {
            let extra = match args.first() {
                Some(Val::Int(extra, _)) => *extra,
                _ => 0,
            };
            let base = i64::try_from(config.indent()).unwrap_or(2);
            let count = usize::try_from(base.saturating_add(extra)).unwrap_or(0);
            if count > 1_000_000 {
                return Err(format!("an indent of {count} is too much").into());
            }
            Ok(text_of(args, 1).repeat(count).into())
        }),
        "name" => Function::closure(&[Str], move |args| {
            Ok(text::name(text_of(args, 0), escape).into())
        }),
        "ternary" => Function::closure(&[Any, Str, Str], |args| {
            let chosen = match args.first() {
                Some(Val::Bool(flag)) => *flag,
                Some(Val::Str(text)) => !text.is_empty(),
                Some(Val::Int(number, crate::gotemplate::value::IntType::Int)) => *number != 0,
                _ => false,
            };
            Ok(text_of(args, if chosen { 1 } else { 2 }).into())
        }),
        "tostring" => Function::closure(&[Type::Text("types.String")], |args| {
            Ok(text_of(args, 0).into())
        }),
        "trim" => Function::closure(&[Str, Str], |args| {
            Ok(text_of(args, 1)
                .trim_matches(|c| text_of(args, 0).contains(c))
                .into())
        }),
        "trimLeft" => Function::closure(&[Str, Str], |args| {
            let cut = |c| text_of(args, 0).contains(c);
            Ok(text_of(args, 1).trim_start_matches(cut).into())
        }),
        "trimRight" => Function::closure(&[Str, Str], |args| {
            let cut = |c| text_of(args, 0).contains(c);
            Ok(text_of(args, 1).trim_end_matches(cut).into())
        }),
        "trimPrefix" => Function::closure(&[Str, Str], |args| {
            let text = text_of(args, 1);
            Ok(text.strip_prefix(text_of(args, 0)).unwrap_or(text).into())
        }),
        "trimSuffix" => Function::closure(&[Str, Str], |args| {
            let text = text_of(args, 1);
            Ok(text.strip_suffix(text_of(args, 0)).unwrap_or(text).into())
        }),
        "sanitizeSection" => Function::closure(&[Str], move |args| {
            Ok(text::section(text_of(args, 0), escaping).into())
        }),
        "sanitizeDoc" => Function::closure(&[Str], move |args| {
            Ok(text::document(text_of(args, 0), escaping).into())
        }),
        "sanitizeMarkdownTbl" => Function::closure(&[Str], move |args| {
            Ok(text::markdown_cell(text_of(args, 0), escaping, html).into())
        }),
        "sanitizeAsciidocTbl" => Function::closure(&[Str], move |args| {
            Ok(text::asciidoc_cell(text_of(args, 0), escaping).into())
        }),
        "anchorNameMarkdown" => Function::closure(&[Str, Str], move |args| {
            Ok(markdown::anchor(text_of(args, 0), text_of(args, 1), &config).into())
        }),
        "anchorNameAsciidoc" => Function::closure(&[Str, Str], move |args| {
            let shown = text::name(text_of(args, 1), escape);
            Ok(asciidoc::anchor(text_of(args, 0), text_of(args, 1), &shown, &config).into())
        }),
        "visibleResources" => Function::closure(&[Type::Exactly(RESOURCES)], move |args| {
            Ok(visible(args.first(), &config))
        }),
        _ => None,
    }
}

const RESOURCES: &str = "[]*terraform.Resource";

fn text_of(args: &[Val], index: usize) -> &str {
    match args.get(index) {
        Some(Val::Str(text)) => text,
        Some(Val::Named(named)) => match &named.value {
            Val::Str(text) => text,
            _ => "",
        },
        _ => "",
    }
}

/// A file of the module, one line end at the end cut.
fn include(name: &str, config: &Config) -> Result<Val, std::borrow::Cow<'static, str>> {
    let path = crate::path::join(&config.module_root, &crate::path::clean(name));
    let bytes = std::fs::read(&path)
        .map_err(|error| format!("open {path}: {}", crate::os::describe(&error)))?;
    let text = crate::bytes::decode(&bytes);
    Ok(text.strip_suffix('\n').unwrap_or(&text).into())
}

fn visible(list: Option<&Val>, config: &Config) -> Val {
    let items = match list {
        Some(Val::List(list)) => list.items.as_slice(),
        _ => &[],
    };
    let shown = items.iter().filter(|item| {
        let Val::Struct(item) = item else {
            return false;
        };
        let mode = item.fields.iter().find(|field| field.name == "Mode");
        match mode.map(|field| &field.value) {
            Some(Val::Str(mode)) if &**mode == Mode::Data.as_str() => {
                config.shows(Section::DataSources)
            }
            _ => config.shows(Section::Resources),
        }
    });
    Val::typed_list("*terraform.Resource", shown.cloned().collect())
}
