//! The user's content template: which data it sees, and terraform-docs' own functions.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::markup::address;
use super::{RenderError, Rendered, asciidoc, markdown};
use crate::config::{Config, Section};
use crate::gotemplate::value::{Field, Named, Struct};
use crate::gotemplate::{Function, Limits, Template, Type, Val};
use crate::model::{Mode, Module, Position, Resource, Value};
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

/// The dot of a content template.
fn data(rendered: &Rendered, module: &Module, config: &Config) -> Val {
    let sections = vec![
        ("Content", Val::str(&rendered.content)),
        ("Header", Val::str(&rendered.header)),
        ("Footer", Val::str(&rendered.footer)),
        ("Inputs", Val::str(&rendered.inputs)),
        ("Modules", Val::str(&rendered.modules)),
        ("Outputs", Val::str(&rendered.outputs)),
        ("Providers", Val::str(&rendered.providers)),
        ("Requirements", Val::str(&rendered.requirements)),
        ("Resources", Val::str(&rendered.resources)),
    ];
    Val::Struct(Rc::new(Struct {
        type_name: "struct { *format.generator; Config *print.Config; Module *terraform.Module }",
        fields: vec![
            field("Config", None, settings(config)),
            field("Module", None, module_value(module, config)),
        ],
        methods: sections,
    }))
}

fn field(name: &'static str, json: Option<&'static str>, value: Val) -> Field {
    Field { name, json, value }
}

fn object(type_name: &'static str, fields: Vec<Field>, methods: Vec<(&'static str, Val)>) -> Val {
    Val::Struct(Rc::new(Struct {
        type_name,
        fields,
        methods,
    }))
}

/// A text of terraform-docs' own string type.
fn own_text(text: &str) -> Val {
    named("types.String", Val::str(text), !text.is_empty())
}

fn named(type_name: &'static str, value: Val, has_default: bool) -> Val {
    let methods = vec![("HasDefault", has_default.into()), ("Raw", value.clone())];
    Val::Named(Rc::new(Named {
        type_name,
        value,
        methods,
    }))
}

/// A default or value in the original's types; null is a pointer to an empty struct.
fn own_value(value: &Value) -> Val {
    match value {
        Value::Null => object("*types.Nil", Vec::new(), vec![("HasDefault", false.into())]),
        Value::Bool(flag) => named("types.Bool", (*flag).into(), true),
        Value::Number(number) => named("types.Number", Val::Float(number.float), true),
        Value::String(text) if text.is_empty() => named("types.Empty", "".into(), true),
        Value::String(text) => named("types.String", Val::str(text), true),
        Value::List(items) => {
            let items = Val::list(items.iter().map(raw).collect());
            named("types.List", items, true)
        }
        Value::Map(_) => named("types.Map", raw(value), true),
    }
}

/// A value as JSON gives it to Go.
fn raw(value: &Value) -> Val {
    match value {
        Value::Null => Val::Nil,
        Value::Bool(flag) => (*flag).into(),
        Value::Number(number) => Val::Float(number.float),
        Value::String(text) => Val::str(text),
        Value::List(items) => Val::list(items.iter().map(raw).collect()),
        Value::Map(items) => {
            let items = items.iter().map(|(key, value)| (key.clone(), raw(value)));
            Val::map(items.collect::<BTreeMap<_, _>>())
        }
    }
}

fn position(position: &Position) -> Field {
    let value = object(
        "terraform.Position",
        vec![
            field("Filename", None, Val::str(&position.file)),
            field("Line", None, Val::int(position.line.into())),
        ],
        Vec::new(),
    );
    field("Position", None, value)
}

fn module_value(module: &Module, config: &Config) -> Val {
    let inputs = module.inputs.iter().map(|item| input(item, config));
    let inputs: Vec<Val> = inputs.collect();
    let chosen = |required: bool| {
        let all = module.inputs.iter().zip(&inputs);
        let kept = all.filter(|(input, _)| input.required == required);
        kept.map(|(_, value)| value.clone()).collect::<Vec<Val>>()
    };
    let list = Val::typed_list;
    let modules = module.modules.iter().map(|call| {
        let fields = vec![
            field("Name", Some("name"), Val::str(&call.name)),
            field("Source", Some("source"), Val::str(&call.source)),
            field("Version", Some("version"), Val::str(&call.version)),
            field(
                "Description",
                Some("description"),
                own_text(&call.description),
            ),
            position(&call.position),
        ];
        let full_name = ("FullName", call.full_name().into());
        object("*terraform.ModuleCall", fields, vec![full_name])
    });
    let providers = module.providers.iter().map(|provider| {
        let fields = vec![
            field("Name", Some("name"), Val::str(&provider.name)),
            field("Alias", Some("alias"), own_text(&provider.alias)),
            field("Version", Some("version"), own_text(&provider.version)),
            position(&provider.position),
        ];
        let full_name = ("FullName", provider.full_name().into());
        object("*terraform.Provider", fields, vec![full_name])
    });
    let requirements = module.requirements.iter().map(|requirement| {
        let fields = vec![
            field("Name", Some("name"), Val::str(&requirement.name)),
            field("Version", Some("version"), own_text(&requirement.version)),
        ];
        object("*terraform.Requirement", fields, Vec::new())
    });
    let methods = vec![
        ("HasHeader", (!module.header.is_empty()).into()),
        ("HasFooter", (!module.footer.is_empty()).into()),
        ("HasInputs", (!module.inputs.is_empty()).into()),
        ("HasModuleCalls", (!module.modules.is_empty()).into()),
        ("HasOutputs", (!module.outputs.is_empty()).into()),
        ("HasProviders", (!module.providers.is_empty()).into()),
        ("HasRequirements", (!module.requirements.is_empty()).into()),
        (
            "HasResources",
            module
                .resources
                .iter()
                .any(|r| r.mode == Mode::Managed)
                .into(),
        ),
        (
            "HasDataSources",
            module.resources.iter().any(|r| r.mode == Mode::Data).into(),
        ),
    ];
    let fields = vec![
        field("Header", Some("header"), Val::str(&module.header)),
        field("Footer", Some("footer"), Val::str(&module.footer)),
        field(
            "Inputs",
            Some("inputs"),
            list("*terraform.Input", inputs.clone()),
        ),
        field(
            "ModuleCalls",
            Some("modules"),
            list("*terraform.ModuleCall", modules.collect()),
        ),
        field("Outputs", Some("outputs"), outputs(module)),
        field(
            "Providers",
            Some("providers"),
            list("*terraform.Provider", providers.collect()),
        ),
        field(
            "Requirements",
            Some("requirements"),
            list("*terraform.Requirement", requirements.collect()),
        ),
        field("Resources", Some("resources"), resources(module, config)),
        field(
            "RequiredInputs",
            None,
            list("*terraform.Input", chosen(true)),
        ),
        field(
            "OptionalInputs",
            None,
            list("*terraform.Input", chosen(false)),
        ),
    ];
    object("*terraform.Module", fields, methods)
}

fn input(input: &crate::model::Input, config: &Config) -> Val {
    let mut fields = vec![
        field("Name", Some("name"), Val::str(&input.name)),
        field("Type", Some("type"), own_text(&input.type_text)),
        field(
            "Description",
            Some("description"),
            own_text(&input.description),
        ),
        field("Default", Some("default"), own_value(&input.default)),
        field("Required", Some("required"), input.required.into()),
        position(&input.position),
    ];
    if !config.settings.compat {
        // The original's inputs do not know it, and a template that asks for it fails there.
        fields.push(field("Sensitive", None, input.sensitive.into()));
    }
    let methods = vec![
        ("GetValue", input.value_text().into()),
        ("HasDefault", input.has_default().into()),
    ];
    object("*terraform.Input", fields, methods)
}

fn outputs(module: &Module) -> Val {
    let outputs = module.outputs.iter().map(|output| {
        let value = output.value.as_ref().map_or(Val::Nil, own_value);
        let shown = output.show_value;
        let fields = vec![
            field("Name", Some("name"), Val::str(&output.name)),
            field(
                "Description",
                Some("description"),
                own_text(&output.description),
            ),
            field("Value", shown.then_some("value"), value),
            field(
                "Sensitive",
                shown.then_some("sensitive"),
                output.sensitive.into(),
            ),
            position(&output.position),
            field("ShowValue", None, output.show_value.into()),
        ];
        let methods = vec![
            ("GetValue", output.value_text().into()),
            ("HasDefault", output.has_default().into()),
        ];
        object("*terraform.Output", fields, methods)
    });
    Val::typed_list("*terraform.Output", outputs.collect())
}

fn resources(module: &Module, config: &Config) -> Val {
    let resources = module.resources.iter().map(|resource: &Resource| {
        let fields = vec![
            field("Type", Some("type"), Val::str(&resource.type_name)),
            field("Name", Some("name"), Val::str(&resource.name)),
            field(
                "ProviderName",
                Some("provider"),
                Val::str(&resource.provider_name),
            ),
            field(
                "ProviderSource",
                Some("source"),
                Val::str(&resource.provider_source),
            ),
            field("Mode", Some("mode"), Val::str(resource.mode.as_str())),
            field("Version", Some("version"), own_text(&resource.version)),
            field(
                "Description",
                Some("description"),
                own_text(&resource.description),
            ),
            position(&resource.position),
        ];
        let (spec, url) = address(resource, config);
        let methods = vec![
            ("Spec", spec.into()),
            ("GetMode", resource.mode.label().into()),
            ("URL", url.unwrap_or_default().into()),
        ];
        object("*terraform.Resource", fields, methods)
    });
    Val::typed_list("*terraform.Resource", resources.collect())
}

/// `.Config`, with the names of the original's struct.
fn settings(config: &Config) -> Val {
    let strings = |list: &[String]| Val::strings(list.iter().map(String::as_str));
    let group = |type_name, fields: Vec<(&'static str, Val)>| {
        let fields = fields
            .into_iter()
            .map(|(name, value)| field(name, None, value));
        object(type_name, fields.collect(), Vec::new())
    };
    let settings = &config.settings;
    let sections: Vec<(&'static str, Val)> = [
        ("Header", Section::Header),
        ("Footer", Section::Footer),
        ("Inputs", Section::Inputs),
        ("ModuleCalls", Section::Modules),
        ("Outputs", Section::Outputs),
        ("Providers", Section::Providers),
        ("Requirements", Section::Requirements),
        ("Resources", Section::Resources),
        ("DataSources", Section::DataSources),
    ]
    .into_iter()
    .map(|(name, section)| (name, config.shows(section).into()))
    .collect();
    let mut shown = vec![
        ("Show", strings(&config.sections.show)),
        ("Hide", strings(&config.sections.hide)),
    ];
    shown.extend(sections);
    group(
        "*print.Config",
        vec![
            ("File", Val::str(".terraform-docs.yml")),
            ("Formatter", Val::str(&config.formatter)),
            ("Version", Val::str(&config.version)),
            ("HeaderFrom", Val::str(&config.header_from)),
            ("FooterFrom", Val::str(&config.footer_from)),
            (
                "Recursive",
                group(
                    "print.recursive",
                    vec![
                        ("Enabled", config.recursive.enabled.into()),
                        ("Path", Val::str(&config.recursive.path)),
                        ("IncludeMain", config.recursive.include_main.into()),
                        ("Exclude", strings(&config.recursive.exclude)),
                    ],
                ),
            ),
            ("Content", Val::str(&config.content)),
            ("Sections", group("print.sections", shown)),
            (
                "Output",
                group(
                    "print.output",
                    vec![
                        ("File", Val::str(&config.output.file)),
                        ("Mode", Val::str(&config.output.mode)),
                        ("Template", Val::str(&config.output.template)),
                        ("Check", config.output.check.into()),
                    ],
                ),
            ),
            (
                "OutputValues",
                group(
                    "print.outputvalues",
                    vec![
                        ("Enabled", config.output_values.enabled.into()),
                        ("From", Val::str(&config.output_values.from)),
                    ],
                ),
            ),
            (
                "Sort",
                group(
                    "print.sort",
                    vec![
                        ("Enabled", config.sort.enabled.into()),
                        ("By", Val::str(&config.sort.by)),
                    ],
                ),
            ),
            (
                "Settings",
                group(
                    "print.settings",
                    vec![
                        ("Anchor", settings.anchor.into()),
                        ("AtxClosed", settings.atx_closed.into()),
                        ("Color", settings.color.into()),
                        ("Default", settings.default.into()),
                        ("Description", settings.description.into()),
                        ("Escape", settings.escape.into()),
                        ("HideEmpty", settings.hide_empty.into()),
                        ("HTML", settings.html.into()),
                        ("Indent", Val::int(settings.indent)),
                        ("LockFile", settings.lockfile.into()),
                        ("ReadComments", settings.read_comments.into()),
                        ("Required", settings.required.into()),
                        ("Sensitive", settings.sensitive.into()),
                        ("Type", settings.type_.into()),
                    ],
                ),
            ),
            ("ModuleRoot", Val::str(&config.module_root)),
        ],
    )
}
