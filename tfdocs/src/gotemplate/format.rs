//! Values printed as Go's package fmt prints them: `Sprint`, `Sprintln` and `Sprintf` with all its verbs and flags.

use super::literal::{quote, quote_char};
use super::value::Val;

/// Longest text a value or a call may give.
pub(super) const MAX_TEXT: usize = 16 << 20;

/// How deep a printed value may nest.
const MAX_DEPTH: usize = 200;

/// Go refuses wider numbers in a format.
const MAX_WIDTH: usize = 1_000_000;

/// As `%v`.
pub(super) fn text(value: &Val) -> String {
    sprint(std::slice::from_ref(value))
}

/// As `fmt.Sprint`: a space between two operands when neither is a string.
pub(super) fn sprint(values: &[Val]) -> String {
    let mut out = String::new();
    let mut after_text = true;
    for value in values {
        let is_text = matches!(value.base(), Val::Str(_));
        if !is_text && !after_text {
            out.push(' ');
        }
        after_text = is_text;
        Printer::plain(&mut out).value(value, 'v', 0);
    }
    out
}

/// As `fmt.Sprintln`.
pub(super) fn sprintln(values: &[Val]) -> String {
    let mut out = String::new();
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        Printer::plain(&mut out).value(value, 'v', 0);
    }
    out.push('\n');
    out
}

/// As `fmt.Sprintf`.
pub(super) fn sprintf(format: &str, args: &[Val]) -> String {
    let mut out = String::new();
    let mut state = Directives {
        chars: format,
        args,
        next: 0,
        reordered: false,
        good_index: true,
        any_reordered: false,
    };
    while let Some(start) = state.chars.find('%') {
        out.push_str(state.chars.get(..start).unwrap_or_default());
        state.chars = state.chars.get(start + 1..).unwrap_or_default();
        state.directive(&mut out);
    }
    out.push_str(state.chars);
    if !state.any_reordered && state.next < args.len() {
        out.push_str("%!(EXTRA ");
        for (index, arg) in args.iter().skip(state.next).enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            match arg {
                Val::Nil => out.push_str("<nil>"),
                arg => {
                    out.push_str(&arg.type_name());
                    out.push('=');
                    Printer::plain(&mut out).value(arg, 'v', 0);
                }
            }
        }
        out.push(')');
    }
    out
}

/// The format that is left, and which argument comes next.
struct Directives<'f> {
    chars: &'f str,
    args: &'f [Val],
    next: usize,
    reordered: bool,
    good_index: bool,
    any_reordered: bool,
}

impl Directives<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.chars().next()
    }

    fn eat(&mut self) {
        let mut chars = self.chars.chars();
        chars.next();
        self.chars = chars.as_str();
    }

    fn directive(&mut self, out: &mut String) {
        let mut printer = Printer::plain(out);
        self.good_index = true;
        self.reordered = false;
        while let Some(flag) = self.peek() {
            match flag {
                '#' => printer.sharp = true,
                '0' => printer.zero = true,
                '+' => printer.plus = true,
                '-' => printer.minus = true,
                ' ' => printer.space = true,
                _ => break,
            }
            self.eat();
        }
        self.index();
        if self.peek() == Some('*') {
            self.eat();
            match self.star() {
                Some(width) => {
                    printer.minus |= width < 0;
                    printer.width = Some(width.unsigned_abs());
                }
                None => printer.out.push_str("%!(BADWIDTH)"),
            }
        } else {
            printer.width = self.digits();
            if self.reordered && printer.width.is_some() {
                self.good_index = false;
            }
        }
        if self.peek() == Some('.') {
            self.eat();
            if self.reordered {
                self.good_index = false;
            }
            self.index();
            if self.peek() == Some('*') {
                self.eat();
                match self.star().map(usize::try_from) {
                    Some(Ok(precision)) => printer.precision = Some(precision),
                    Some(Err(_)) => {}
                    None => printer.out.push_str("%!(BADPREC)"),
                }
            } else {
                printer.precision = Some(self.digits().unwrap_or(0));
            }
        }
        if !self.reordered {
            self.index();
        }
        let Some(verb) = self.peek() else {
            printer.out.push_str("%!(NOVERB)");
            return;
        };
        self.eat();
        if verb == '%' {
            printer.out.push('%');
        } else if !self.good_index {
            printer.out.push_str("%!");
            printer.out.push(verb);
            printer.out.push_str("(BADINDEX)");
        } else if let Some(arg) = self.args.get(self.next) {
            self.next += 1;
            printer.value(arg, verb, 0);
        } else {
            printer.out.push_str("%!");
            printer.out.push(verb);
            printer.out.push_str("(MISSING)");
        }
    }

    /// `[3]`: the argument to take next, from 1.
    fn index(&mut self) {
        let Some(after) = self.chars.strip_prefix('[') else {
            return;
        };
        self.reordered = true;
        self.any_reordered = true;
        let Some((digits, rest)) = after.split_once(']') else {
            self.good_index = false;
            self.eat();
            return;
        };
        self.chars = rest;
        match digits.parse::<usize>() {
            Ok(number) if (1..=self.args.len()).contains(&number) => self.next = number - 1,
            _ => self.good_index = false,
        }
    }

    fn digits(&mut self) -> Option<usize> {
        let end = self
            .chars
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(self.chars.len());
        let number = self.chars.get(..end)?.parse::<usize>().ok();
        self.chars = self.chars.get(end..).unwrap_or_default();
        number.filter(|&number| number <= MAX_WIDTH)
    }

    fn star(&mut self) -> Option<isize> {
        let arg = self.args.get(self.next);
        self.next += usize::from(arg.is_some());
        self.reordered = false;
        match arg?.base() {
            Val::Int(value, _) => isize::try_from(*value)
                .ok()
                .filter(|value| value.unsigned_abs() <= MAX_WIDTH),
            _ => None,
        }
    }
}

/// One directive's flags, and where it prints.
struct Printer<'o> {
    out: &'o mut String,
    sharp: bool,
    zero: bool,
    plus: bool,
    minus: bool,
    space: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

impl<'o> Printer<'o> {
    fn plain(out: &'o mut String) -> Self {
        Printer {
            out,
            sharp: false,
            zero: false,
            plus: false,
            minus: false,
            space: false,
            width: None,
            precision: None,
        }
    }

    fn value(&mut self, value: &Val, verb: char, depth: usize) {
        if depth > MAX_DEPTH || self.out.len() > MAX_TEXT {
            self.out.push('…');
            return;
        }
        match verb {
            'T' => return self.pad(&value.type_name()),
            'p' if !matches!(value, Val::Nil) => return self.bad(value, verb),
            _ => {}
        }
        match value.base() {
            Val::Nil if verb == 'v' || depth > 0 => self.pad("<nil>"),
            Val::Nil => {
                self.out.push_str("%!");
                self.out.push(verb);
                self.out.push_str("(<nil>)");
            }
            Val::Bool(flag) => match verb {
                't' | 'v' => self.pad(if *flag { "true" } else { "false" }),
                _ => self.bad(value, verb),
            },
            Val::Int(number, _) => self.integer(value, *number, verb),
            Val::Float(number) => self.float(value, *number, verb),
            Val::Str(text) => self.string(value, text, verb),
            Val::List(list) => {
                self.out.push('[');
                for (index, item) in list.items.iter().enumerate() {
                    if index > 0 {
                        self.out.push(' ');
                    }
                    self.value(item, verb, depth + 1);
                    if self.out.len() > MAX_TEXT {
                        break;
                    }
                }
                self.out.push(']');
            }
            Val::Map(map) => {
                self.out.push_str("map[");
                for (index, (key, item)) in map.items.borrow().iter().enumerate() {
                    if index > 0 {
                        self.out.push(' ');
                    }
                    self.string(value, key, verb);
                    self.out.push(':');
                    self.value(item, verb, depth + 1);
                    if self.out.len() > MAX_TEXT {
                        break;
                    }
                }
                self.out.push(']');
            }
            Val::Struct(fields) => {
                // A pointer to an empty struct, a default that is nil, is shown with its sign.
                if fields.type_name.starts_with('*') && fields.fields.is_empty() {
                    self.out.push('&');
                }
                self.out.push('{');
                for (index, field) in fields.fields.iter().enumerate() {
                    if index > 0 {
                        self.out.push(' ');
                    }
                    if self.plus {
                        self.out.push_str(field.name);
                        self.out.push(':');
                    }
                    self.value(&field.value, verb, depth + 1);
                }
                self.out.push('}');
            }
            Val::Named(_) => self.out.push('…'),
        }
    }

    fn bad(&mut self, value: &Val, verb: char) {
        self.out.push_str("%!");
        self.out.push(verb);
        self.out.push('(');
        self.out.push_str(&value.type_name());
        self.out.push('=');
        Printer::plain(self.out).value(value, 'v', 0);
        self.out.push(')');
    }

    fn pad(&mut self, text: &str) {
        self.fill(text, self.zero && !self.minus);
    }

    fn fill(&mut self, text: &str, zeros: bool) {
        let missing = self.width.unwrap_or(0).saturating_sub(text.chars().count());
        if self.minus {
            self.out.push_str(text);
            self.out.extend(std::iter::repeat_n(' ', missing));
        } else {
            let filler = if zeros { '0' } else { ' ' };
            self.out.extend(std::iter::repeat_n(filler, missing));
            self.out.push_str(text);
        }
    }

    fn string(&mut self, value: &Val, text: &str, verb: char) {
        let cut = match self.precision {
            Some(precision) => text.chars().take(precision).collect(),
            None => text.to_owned(),
        };
        match verb {
            'v' if self.sharp => self.pad(&quote(&cut)),
            'v' | 's' => self.pad(&cut),
            'q' if self.sharp && !cut.contains(['`', '\r']) => self.pad(&format!("`{cut}`")),
            'q' => self.pad(&quote(&cut)),
            'x' | 'X' => {
                let bytes = text.as_bytes();
                let bytes = bytes
                    .get(..self.precision.unwrap_or(bytes.len()))
                    .unwrap_or(bytes);
                let prefix = if self.sharp && !bytes.is_empty() {
                    "0x"
                } else {
                    ""
                };
                let mut hex: String = prefix.into();
                for (index, byte) in bytes.iter().enumerate() {
                    if self.space && index > 0 {
                        hex.push(' ');
                        hex.push_str(prefix);
                    }
                    hex.push_str(&format!("{byte:02x}"));
                }
                self.pad(&if verb == 'X' { hex.to_uppercase() } else { hex });
            }
            _ => self.bad(value, verb),
        }
    }

    fn integer(&mut self, value: &Val, number: i64, verb: char) {
        let size = number.unsigned_abs();
        let (digits, prefix) = match verb {
            'v' | 'd' => (size.to_string(), ""),
            'b' => (format!("{size:b}"), "0b"),
            'o' => (format!("{size:o}"), "0"),
            'O' => (format!("0o{size:o}"), ""),
            'x' => (format!("{size:x}"), "0x"),
            'X' => (format!("{size:X}"), "0X"),
            'c' => return self.pad(&character(number).to_string()),
            'q' => {
                let mut quoted = String::from("'");
                quote_char(&mut quoted, character(number), '\'');
                quoted.push('\'');
                return self.pad(&quoted);
            }
            'U' => {
                let mut code = format!("U+{size:04X}");
                if self.sharp {
                    code.push_str(&format!(" '{}'", character(number)));
                }
                return self.fill(&code, false);
            }
            _ => return self.bad(value, verb),
        };
        let sign = match (number < 0, self.plus, self.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        let prefix = if self.sharp { prefix } else { "" };
        let digits = match self.precision {
            Some(0) if number == 0 => String::new(),
            Some(precision) => format!("{digits:0>precision$}"),
            None if self.zero && !self.minus => {
                // Zeros fill up to the width, and the sign counts; a prefix does not.
                let wanted = self.width.unwrap_or(0).saturating_sub(sign.len());
                format!("{digits:0>wanted$}")
            }
            None => digits,
        };
        self.fill(&format!("{sign}{prefix}{digits}"), false);
    }

    fn float(&mut self, value: &Val, number: f64, verb: char) {
        let body = match verb {
            _ if !number.is_finite() => {
                let name = if number.is_nan() { "NaN" } else { "+Inf" };
                name.trim_start_matches('+').to_owned()
            }
            'v' | 'g' | 'G' => general(number.abs(), self.precision),
            'e' | 'E' => exponent(number.abs(), self.precision.unwrap_or(6)),
            'f' | 'F' => format!("{:.*}", self.precision.unwrap_or(6), number.abs()),
            _ => return self.bad(value, verb),
        };
        let body = if matches!(verb, 'E' | 'G') {
            body.to_uppercase()
        } else {
            body
        };
        let infinite = number.is_infinite();
        let sign = match (
            number.is_sign_negative() && !number.is_nan(),
            self.plus,
            self.space,
        ) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ if infinite => "+",
            _ => "",
        };
        if self.zero && !self.minus && number.is_finite() {
            let wanted = self.width.unwrap_or(0).saturating_sub(sign.len());
            self.out.push_str(&format!("{sign}{body:0>wanted$}"));
        } else {
            self.fill(&format!("{sign}{body}"), false);
        }
    }
}

fn character(number: i64) -> char {
    u32::try_from(number)
        .ok()
        .and_then(char::from_u32)
        .unwrap_or('\u{fffd}')
}

/// `1.5e+06`: digits after the point as asked, and two digits of exponent at least.
fn exponent(number: f64, precision: usize) -> String {
    let text = format!("{number:.precision$e}");
    go_exponent(&text)
}

fn go_exponent(text: &str) -> String {
    let (digits, power) = text.split_once('e').unwrap_or((text, "0"));
    let (sign, power) = match power.strip_prefix('-') {
        Some(power) => ('-', power),
        None => ('+', power),
    };
    format!("{digits}e{sign}{power:0>2}")
}

/// `%g`: the shortest digits, or as many as asked for, with an exponent where it is far from 1.
fn general(number: f64, precision: Option<usize>) -> String {
    if number == 0.0 {
        return "0".into();
    }
    let Some(precision) = precision else {
        // The decision is Go's: below 1e-4, and from 1e6 on.
        let text = format!("{number:e}");
        let power: i32 = text
            .split_once('e')
            .and_then(|(_, power)| power.parse().ok())
            .unwrap_or(0);
        return if (-4..6).contains(&power) {
            format!("{number}")
        } else {
            go_exponent(&text)
        };
    };
    let digits = precision.max(1);
    let text = format!("{number:.*e}", digits - 1);
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    let limit = i32::try_from(digits).unwrap_or(i32::MAX);
    if (-4..limit).contains(&power) {
        let places = usize::try_from(limit - 1 - power).unwrap_or(0);
        trimmed(&format!("{number:.places$}"))
    } else {
        go_exponent(&format!("{}e{power}", trimmed(mantissa)))
    }
}

fn trimmed(digits: &str) -> String {
    if digits.contains('.') {
        digits
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned()
    } else {
        digits.to_owned()
    }
}
