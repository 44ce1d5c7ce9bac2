//! HCL's native syntax as Terraform's own parser reads it: tokens, syntax tree, recovery and the wording of errors.
//! Our own because the crates for it reject files that Terraform accepts and cannot repeat the original's messages.

#[cfg(test)]
mod agree;
mod collections;
mod escape;
pub(crate) mod eval;
mod expression;
mod lexer;
mod literal;
mod mistakes;
mod outline;
mod parser;
pub(crate) mod scan;
mod template;
pub(crate) mod tree;

pub(crate) use outline::outline;
pub(crate) use parser::parse;
pub(crate) use tree::{Attribute, Block, Body, Expr, Kind};

use std::ops::Range;

/// What is wrong, in HCL's words, and the bytes it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) summary: String,
    pub(crate) detail: String,
    pub(crate) span: Range<usize>,
}

impl Problem {
    pub(crate) fn new(
        summary: impl Into<String>,
        detail: impl Into<String>,
        span: Range<usize>,
    ) -> Self {
        Problem {
            summary: summary.into(),
            detail: detail.into(),
            span,
        }
    }
}
