//! Slash-separated paths, as Go's package path handles them.

use crate::path::clean;

use super::super::function::{Function, Type, text};

pub(super) fn lookup(name: &str) -> Option<Function> {
    use Type::Str;
    match name {
        "base" | "osBase" => Function::fixed(&[Str], |args| Ok(base(text(args, 0)).into())),
        "dir" | "osDir" => Function::fixed(&[Str], |args| {
            let path = text(args, 0);
            let folder = path.rfind('/').and_then(|at| path.get(..=at));
            Ok(clean(folder.unwrap_or_default()).into())
        }),
        "clean" | "osClean" => Function::fixed(&[Str], |args| Ok(clean(text(args, 0)).into())),
        "ext" | "osExt" => Function::fixed(&[Str], |args| {
            let name = text(args, 0).rsplit('/').next().unwrap_or_default();
            let dot = name.rfind('.').and_then(|at| name.get(at..));
            Ok(dot.unwrap_or_default().into())
        }),
        "isAbs" | "osIsAbs" => {
            Function::fixed(&[Str], |args| Ok(text(args, 0).starts_with('/').into()))
        }
        _ => None,
    }
}

fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    match trimmed.rsplit('/').next() {
        Some("") | None => "/",
        Some(name) => name,
    }
}
