//! Sprig's arithmetic: whole numbers are int64, and text counts as the number it reads as.

use super::super::function::{Function, MAX_ITEMS, Outcome, Type, any, int, too_many};
use super::super::value::{IntType, Val};
use super::convert::{to_float, to_int};

pub(super) fn lookup(name: &str) -> Option<Function> {
    use Type::{Any, Float, Int};
    match name {
        "add1" => Function::fixed(&[Any], |args| Ok(int64(number(args, 0).wrapping_add(1)))),
        "add" => Function::variadic(&[], Any, |args| {
            Ok(int64(args.iter().map(to_int).fold(0, i64::wrapping_add)))
        }),
        "sub" => Function::fixed(&[Any, Any], |args| {
            Ok(int64(number(args, 0).wrapping_sub(number(args, 1))))
        }),
        "mul" => Function::variadic(&[Any], Any, |args| {
            Ok(int64(args.iter().map(to_int).fold(1, i64::wrapping_mul)))
        }),
        "div" => Function::fixed(&[Any, Any], |args| divided(args, i64::wrapping_div)),
        "mod" => Function::fixed(&[Any, Any], |args| divided(args, i64::wrapping_rem)),
        "max" | "biggest" => Function::variadic(&[Any], Any, |args| {
            Ok(int64(args.iter().map(to_int).max().unwrap_or_default()))
        }),
        "min" => Function::variadic(&[Any], Any, |args| {
            Ok(int64(args.iter().map(to_int).min().unwrap_or_default()))
        }),
        "maxf" => Function::variadic(&[Any], Any, |args| folded(args, f64::max)),
        "minf" => Function::variadic(&[Any], Any, |args| folded(args, f64::min)),
        "add1f" => Function::fixed(&[Any], |args| Ok(decimal(to_float(any(args, 0)) + 1.0))),
        "addf" => Function::variadic(&[], Any, |args| {
            Ok(decimal(args.iter().map(to_float).sum::<f64>() + 0.0))
        }),
        "subf" => Function::variadic(&[Any], Any, |args| folded(args, |a, b| a - b)),
        "mulf" => Function::variadic(&[Any], Any, |args| folded(args, |a, b| a * b)),
        "divf" => Function::variadic(&[Any], Any, |args| {
            if args.iter().skip(1).any(|value| to_float(value) == 0.0) {
                return Err("decimal division by 0".into());
            }
            folded(args, |a, b| a / b)
        }),
        "floor" => Function::fixed(&[Any], |args| {
            Ok(Val::Float(to_float(any(args, 0)).floor()))
        }),
        "ceil" => Function::fixed(&[Any], |args| Ok(Val::Float(to_float(any(args, 0)).ceil()))),
        "round" => Function::variadic(&[Any, Int], Float, round),
        "until" => Function::fixed(&[Int], |args| {
            let count = int(args, 0);
            counted(0, count, if count < 0 { -1 } else { 1 }).map(list)
        }),
        "untilStep" => Function::fixed(&[Int, Int, Int], |args| {
            counted(int(args, 0), int(args, 1), int(args, 2)).map(list)
        }),
        "seq" => Function::variadic(&[], Int, sequence),
        _ => None,
    }
}

fn number(args: &[Val], index: usize) -> i64 {
    to_int(any(args, index))
}

fn int64(value: i64) -> Val {
    Val::Int(value, IntType::Int64)
}

fn divided(args: &[Val], apply: fn(i64, i64) -> i64) -> Outcome {
    match number(args, 1) {
        0 => Err("runtime error: integer divide by zero".into()),
        divisor => Ok(int64(apply(number(args, 0), divisor))),
    }
}

fn folded(args: &[Val], apply: fn(f64, f64) -> f64) -> Outcome {
    let value = args.iter().map(to_float).reduce(apply);
    Ok(decimal(value.unwrap_or_default()))
}

/// Sprig calculates in decimals: 0.1 + 0.2 is 0.3. Fifteen digits of a float are exact in decimals.
fn decimal(value: f64) -> Val {
    let rounded = format!("{value:.14e}").parse().unwrap_or(value);
    let close = (rounded - value).abs() <= value.abs() * 4.0 * f64::EPSILON;
    Val::Float(if close { rounded } else { value })
}

fn round(args: &[Val]) -> Outcome {
    let half = match args.get(2) {
        Some(Val::Float(on)) => *on,
        _ => 0.5,
    };
    let power = 10f64.powf(int(args, 1) as f64);
    let digits = power * to_float(any(args, 0));
    let whole = if digits.fract() >= half {
        digits.ceil()
    } else {
        digits.floor()
    };
    Ok(Val::Float(whole / power))
}

/// Numbers from `start` up or down to before `stop`; none if the step leads away.
fn counted(start: i64, stop: i64, step: i64) -> Result<Vec<i64>, std::borrow::Cow<'static, str>> {
    let towards = if stop < start { step < 0 } else { step > 0 };
    if !towards {
        return Ok(Vec::new());
    }
    let steps = start.abs_diff(stop).div_ceil(step.unsigned_abs());
    if usize::try_from(steps).map_or(true, |steps| steps > MAX_ITEMS) {
        return Err(too_many());
    }
    Ok(
        std::iter::successors(Some(start), |at| at.checked_add(step))
            .take_while(|&at| if step > 0 { at < stop } else { at > stop })
            .collect(),
    )
}

fn list(numbers: Vec<i64>) -> Val {
    Val::typed_list("int", numbers.into_iter().map(Val::int).collect())
}

/// As the shell's seq: `END`, `START END`, `START STEP END`, both ends included.
fn sequence(args: &[Val]) -> Outcome {
    let (start, step, end) = match args.len() {
        1 => (1, None, int(args, 0)),
        2 => (int(args, 0), None, int(args, 1)),
        3 => (int(args, 0), Some(int(args, 1)), int(args, 2)),
        _ => return Ok("".into()),
    };
    let direction = if end < start { -1 } else { 1 };
    if direction < 0 && step.is_some_and(|step| step > 0) {
        return Ok("".into());
    }
    let numbers = counted(
        start,
        end.saturating_add(direction),
        step.unwrap_or(direction),
    )?;
    let texts: Vec<String> = numbers.iter().map(i64::to_string).collect();
    Ok(texts.join(" ").into())
}
