//! Go's text/template language, for `content` and output templates.
//!
//! The crate gtmpl (0.7.1, passively maintained) was looked at first. It has no `break`, `continue` or `else with`, no
//! sprig; its values have no Go types, so `.Type | upper` or an int64 where an int is asked for pass where Go refuses;
//! its errors give neither the column nor the part (`template: content:1:3: executing "content" at <.Nope>: ...`) that
//! terraform-docs prints; and nothing bounds recursion or output. Each of these would mean rewriting its core.

mod ast;
mod builtins;
mod exec;
mod format;
pub mod function;
mod lexer;
pub(crate) mod literal;
mod parser;
mod sprig;
pub mod value;

pub use function::{Function, Type};
pub(crate) use sprig::base64;
pub use value::Val;

/// Bounds on what a template may do.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Nested calls and blocks.
    pub depth: usize,
    /// Nodes, commands and arguments evaluated.
    pub steps: usize,
    /// Bytes written.
    pub output: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            depth: 300,
            steps: 5_000_000,
            output: 64 << 20,
        }
    }
}

/// A mistake in a template, or one met while running it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    /// As Go words it: `template: NAME:LINE:COLUMN: executing "NAME" at <PART>: REASON`.
    pub message: String,
    /// From 1.
    pub line: usize,
    /// In bytes, from 1.
    pub column: usize,
}

/// A parsed template.
#[derive(Debug)]
pub struct Template {
    name: String,
    text: String,
    trees: parser::Trees,
}

/// Functions of the caller's own; they win over sprig's and the language's.
pub type Functions<'f> = &'f dyn Fn(&str) -> Option<Function>;

impl Template {
    /// Parses `text`; `functions` must know the same names when the template runs.
    ///
    /// ```
    /// use tfdocs::gotemplate::{Limits, Template, Val};
    /// let template = Template::parse("t", "{{ . | upper }}!", &|_| None).unwrap();
    /// let text = template.execute("hi".into(), &|_| None, Limits::default()).unwrap();
    /// assert_eq!(text, "HI!");
    /// ```
    pub fn parse(name: &str, text: &str, functions: Functions) -> Result<Self, TemplateError> {
        let known = |function: &str| lookup(functions, function).is_some();
        match parser::parse(name, text, &known) {
            Ok(trees) => Ok(Template {
                name: name.to_owned(),
                text: text.to_owned(),
                trees,
            }),
            Err(mistake) => {
                let (line, column) = place(text, mistake.position);
                Err(TemplateError {
                    message: format!("template: {name}:{line}: {}", mistake.message),
                    line,
                    column: column + 1,
                })
            }
        }
    }

    /// Runs the template over `data`.
    pub fn execute(
        &self,
        data: Val,
        functions: Functions,
        limits: Limits,
    ) -> Result<String, TemplateError> {
        let lookup = |name: &str| lookup(functions, name);
        exec::run(&self.trees, &self.name, data, &lookup, limits).map_err(|failure| {
            let (line, column) = place(&self.text, failure.position);
            TemplateError {
                message: format!(
                    "template: {}:{line}:{column}: executing {} at <{}>: {}",
                    self.name,
                    literal::quote(&failure.template),
                    failure.context,
                    failure.message
                ),
                line,
                column: column + 1,
            }
        })
    }
}

fn lookup(functions: Functions, name: &str) -> Option<(Function, bool)> {
    functions(name)
        .or_else(|| sprig::lookup(name))
        .map(|function| (function, false))
        .or_else(|| builtins::lookup(name).map(|function| (function, true)))
}

/// The line, from 1, and the byte in it, from 0.
fn place(text: &str, position: usize) -> (usize, usize) {
    let before = text.get(..position).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (line, before.len() - start)
}

#[cfg(test)]
mod tests;
