//! What a content template sees: the rendered sections, and the module in the original's types.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::super::Rendered;
use super::super::markup::address;
use super::settings::settings;
use crate::config::Config;
use crate::gotemplate::Val;
use crate::gotemplate::value::{Field, Named, Struct};
use crate::model::{Mode, Module, Position, Resource, Value};

/// The dot of a content template.
pub(super) fn data(rendered: &Rendered, module: &Module, config: &Config) -> Val {
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

pub(super) fn field(name: &'static str, json: Option<&'static str>, value: Val) -> Field {
    Field { name, json, value }
}

pub(super) fn object(
    type_name: &'static str,
    fields: Vec<Field>,
    methods: Vec<(&'static str, Val)>,
) -> Val {
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
