//! The mistakes that tokens alone show: signs that HCL does not have, and what other languages have in their place.

use super::Problem;
use super::lexer::{Lexeme, Token};

/// The mistakes that tokens alone show, each kind as often as HCL tells it.
pub(super) fn problems(source: &[u8], tokens: &[Lexeme]) -> Vec<Problem> {
    let mut out = Vec::new();
    let (mut bitwise, mut exponent, mut backtick, mut apostrophe, mut semicolon, mut utf8) =
        (0, 0, 0, 0, 0, 0);
    for lexeme in tokens {
        let span = lexeme.start as usize..lexeme.end as usize;
        let mut tell =
            |summary: &str, detail: &str| out.push(Problem::new(summary, detail, span.clone()));
        match lexeme.token {
            Token::BitAnd | Token::BitOr | Token::BitXor | Token::BitNot if bitwise < 4 => {
                bitwise += 1;
                let hint = match lexeme.token {
                    Token::BitAnd => " Did you mean boolean AND (\"&&\")?",
                    Token::BitOr => " Did you mean boolean OR (\"||\")?",
                    Token::BitNot => " Did you mean boolean NOT (\"!\")?",
                    _ => "",
                };
                tell(
                    "Unsupported operator",
                    &format!("Bitwise operators are not supported.{hint}"),
                );
            }
            Token::StarStar if exponent < 1 => {
                exponent += 1;
                let detail = "\"**\" is not a supported operator. Exponentiation is not supported as an operator.";
                tell("Unsupported operator", detail);
            }
            Token::Backtick => {
                if backtick % 2 == 0 {
                    let detail = "The \"`\" character is not valid. To create a multi-line string, use the \"heredoc\" syntax, like \"<<EOT\".";
                    tell("Invalid character", detail);
                }
                if backtick <= 2 {
                    backtick += 1;
                }
            }
            Token::Apostrophe => {
                if apostrophe % 2 == 0 {
                    let detail =
                        "Single quotes are not valid. Use double quotes (\") to enclose strings.";
                    tell("Invalid character", detail);
                }
                if apostrophe <= 2 {
                    apostrophe += 1;
                }
            }
            Token::Semicolon if semicolon < 1 => {
                semicolon += 1;
                let detail = "The \";\" character is not valid. Use newlines to separate arguments and blocks, and commas to separate items in collection values.";
                tell("Invalid character", detail);
            }
            Token::BadUtf8 if utf8 < 1 => {
                utf8 += 1;
                let detail = "All input files must be UTF-8 encoded. Ensure that UTF-8 encoding is selected in your editor.";
                tell("Invalid character encoding", detail);
            }
            Token::QuotedNewline => {
                let detail = "Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \\n escape to represent a newline character or use the \"heredoc\" multi-line template syntax.";
                tell("Invalid multi-line string", detail);
            }
            Token::Invalid => {
                let curly = matches!(source.get(span.clone()), Some(text) if text == "\u{201c}".as_bytes() || text == "\u{201d}".as_bytes());
                let detail = if curly {
                    "\"Curly quotes\" are not valid here. These can sometimes be inadvertently introduced when sharing code via documents or discussion forums. It might help to replace the character with a \"straight quote\"."
                } else {
                    "This character is not used within the language."
                };
                tell("Invalid character", detail);
            }
            _ => {}
        }
    }
    out
}
