//! Base64, base32 and sums.

use super::super::function::{Function, Type, text};
use super::super::value::Val;
use super::digests;

pub(super) fn lookup(name: &str) -> Option<Function> {
    use Type::Str;
    match name {
        "b64enc" => Function::fixed(&[Str], |args| Ok(base64(text(args, 0).as_bytes()).into())),
        "b32enc" => Function::fixed(&[Str], |args| {
            Ok(encoded(text(args, 0).as_bytes(), BASE32, 5).into())
        }),
        "b64dec" => Function::fixed(&[Str], |args| Ok(decoded(text(args, 0), BASE64, 6))),
        "b32dec" => Function::fixed(&[Str], |args| Ok(decoded(text(args, 0), BASE32, 5))),
        "sha1sum" => Function::fixed(&[Str], |args| {
            Ok(hex(&digests::sha1(text(args, 0).as_bytes())))
        }),
        "sha256sum" => Function::fixed(&[Str], |args| {
            Ok(hex(&digests::sha256(text(args, 0).as_bytes())))
        }),
        "adler32sum" => Function::fixed(&[Str], |args| {
            Ok(digests::adler32(text(args, 0).as_bytes())
                .to_string()
                .into())
        }),
        _ => None,
    }
}

const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn hex(bytes: &[u8]) -> Val {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>()
        .into()
}

/// Base64 with padding, on one line.
pub(crate) fn base64(bytes: &[u8]) -> String {
    encoded(bytes, BASE64, 6)
}

/// Characters of `bits` bits each, filled up with `=` to whole bytes.
fn encoded(bytes: &[u8], alphabet: &[u8], bits: u32) -> String {
    let mut out = String::new();
    let (mut held, mut count) = (0u32, 0u32);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        count += 8;
        while count >= bits {
            count -= bits;
            push(&mut out, alphabet, held >> count, bits);
            held &= (1 << count) - 1;
        }
    }
    if count > 0 {
        push(&mut out, alphabet, held << (bits - count), bits);
    }
    let group = if bits == 6 { 4 } else { 8 };
    while !out.len().is_multiple_of(group) {
        out.push('=');
    }
    out
}

fn push(out: &mut String, alphabet: &[u8], code: u32, bits: u32) {
    let index = usize::try_from(code & ((1 << bits) - 1)).unwrap_or(0);
    out.push(char::from(alphabet.get(index).copied().unwrap_or(b'=')));
}

/// The text, or what is wrong with the code, as sprig gives it.
fn decoded(text: &str, alphabet: &[u8], bits: u32) -> Val {
    let name = if bits == 6 { "base64" } else { "base32" };
    let group = if bits == 6 { 4 } else { 8 };
    let code = text.replace(['\r', '\n'], "");
    let digits = code.trim_end_matches('=');
    let mut bytes = Vec::new();
    let (mut held, mut count) = (0u32, 0u32);
    for (at, byte) in digits.bytes().enumerate() {
        let Some(value) = alphabet.iter().position(|&letter| letter == byte) else {
            return format!("illegal {name} data at input byte {at}").into();
        };
        held = held << bits | u32::try_from(value).unwrap_or(0);
        count += bits;
        if count >= 8 {
            count -= 8;
            bytes.extend(u8::try_from(held >> count & 0xff));
            held &= (1 << count) - 1;
        }
    }
    if !code.len().is_multiple_of(group) {
        let complete = digits.len() / group * group;
        return format!("illegal {name} data at input byte {complete}").into();
    }
    String::from_utf8_lossy(&bytes).into_owned().into()
}
