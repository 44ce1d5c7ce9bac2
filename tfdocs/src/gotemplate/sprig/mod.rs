//! The functions of sprig v3 by name. What needs a network, keys or certificates is left out, and says so when called.

mod cases;
mod convert;
mod dates;
mod dicts;
mod digests;
mod encoding;
mod json;
mod lists;
mod numbers;
mod paths;
mod regexes;
mod semver;
mod strings;
mod urls;

pub(crate) use encoding::base64;

use super::function::{Function, Type};

/// A function of sprig's.
pub(super) fn lookup(name: &str) -> Option<Function> {
    strings::lookup(name)
        .or_else(|| lists::lookup(name))
        .or_else(|| dicts::lookup(name))
        .or_else(|| numbers::lookup(name))
        .or_else(|| convert::lookup(name))
        .or_else(|| json::lookup(name))
        .or_else(|| regexes::lookup(name))
        .or_else(|| encoding::lookup(name))
        .or_else(|| paths::lookup(name))
        .or_else(|| semver::lookup(name))
        .or_else(|| urls::lookup(name))
        .or_else(|| dates::lookup(name))
        .or_else(|| unavailable(name))
}

/// Functions that documentation should not depend on: each run would give another text, or ask the network.
fn unavailable(name: &str) -> Option<Function> {
    match name {
        "getHostByName"
        | "bcrypt"
        | "htpasswd"
        | "genPrivateKey"
        | "derivePassword"
        | "buildCustomCert"
        | "genCA"
        | "genCAWithKey"
        | "genSelfSignedCert"
        | "genSelfSignedCertWithKey"
        | "genSignedCert"
        | "genSignedCertWithKey"
        | "encryptAES"
        | "decryptAES"
        | "randBytes"
        | "randAlphaNum"
        | "randAlpha"
        | "randAscii"
        | "randNumeric"
        | "randInt"
        | "shuffle"
        | "uuidv4" => Function::variadic(&[], Type::Any, |_| {
            Err("not available in documentation: it gives another text each time, or needs keys or the network".into())
        }),
        _ => None,
    }
}
