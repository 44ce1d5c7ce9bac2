//! Checks a request's SigV4 signature as AWS does: known key, right secret, clock not off, token that belongs to the key.

use crate::{
    error::ApiError,
    http::Request,
    rules::{MAX_SKEW_SECONDS, Rule},
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::{fmt::Write, str::FromStr};

/// A key that may sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    pub access_key: String,
    pub secret_key: String,
    pub session_token: Option<String>,
    /// From this time on (seconds since 1970) the session token is expired.
    pub expires: Option<i64>,
}

impl FromStr for Credentials {
    type Err = String;

    /// `KEY:SECRET` or `KEY:SECRET:TOKEN`.
    fn from_str(text: &str) -> Result<Credentials, String> {
        let mut parts = text.splitn(3, ':').map(str::to_owned);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(access_key), Some(secret_key), session_token)
                if !access_key.is_empty() && !secret_key.is_empty() =>
            {
                Ok(Credentials {
                    access_key,
                    secret_key,
                    session_token,
                    expires: None,
                })
            }
            _ => Err(format!("{text:?} is not KEY:SECRET or KEY:SECRET:TOKEN")),
        }
    }
}

/// Checks a request's signature. `now`: seconds since 1970.
pub(crate) fn verify(request: &Request, known: &[Credentials], now: i64) -> Result<(), ApiError> {
    let missing = || {
        ApiError::new(
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        )
        .rule(Rule::SignatureMissing)
    };
    let authorization = request.header("authorization").ok_or_else(missing)?;
    let incomplete = |what: &str| {
        ApiError::new(
            "IncompleteSignatureException",
            format!("Authorization header requires '{what}' parameter."),
        )
        .rule(Rule::SignatureMissing)
    };
    let fields = authorization
        .strip_prefix("AWS4-HMAC-SHA256")
        .ok_or_else(|| incomplete("AWS4-HMAC-SHA256"))?;
    let field = |name: &str| {
        fields
            .split(',')
            .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))
            .ok_or_else(|| incomplete(name))
    };
    let (credential, signed, signature) = (
        field("Credential")?,
        field("SignedHeaders")?,
        field("Signature")?,
    );
    let date = request
        .header("x-amz-date")
        .ok_or_else(|| incomplete("X-Amz-Date"))?;
    let scope: Vec<&str> = credential.split('/').collect();
    let [key, day, region, service, "aws4_request"] = scope[..] else {
        return Err(incomplete("Credential"));
    };
    let unknown = |rule| {
        ApiError::new(
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        )
        .rule(rule)
    };
    let credentials = known
        .iter()
        .find(|credentials| credentials.access_key == key)
        .ok_or_else(|| unknown(Rule::SignatureKey))?;
    if request.header("x-amz-security-token") != credentials.session_token.as_deref() {
        return Err(unknown(Rule::SignatureToken));
    }
    if credentials.expires.is_some_and(|expires| now >= expires) {
        return Err(ApiError::new(
            "ExpiredTokenException",
            "The security token included in the request is expired",
        )
        .rule(Rule::SignatureToken));
    }
    let invalid =
        |message: String, rule| ApiError::new("InvalidSignatureException", message).rule(rule);
    let time = seconds(date).ok_or_else(|| incomplete("X-Amz-Date"))?;
    if time < now - MAX_SKEW_SECONDS {
        let limit = stamp(now - MAX_SKEW_SECONDS);
        let message = format!(
            "Signature expired: {date} is now earlier than {limit} ({} - 5 min.)",
            stamp(now)
        );
        return Err(invalid(message, Rule::SignatureClock));
    }
    if time > now + MAX_SKEW_SECONDS {
        let limit = stamp(now + MAX_SKEW_SECONDS);
        let message = format!(
            "Signature not yet current: {date} is still later than {limit} ({} + 5 min.)",
            stamp(now)
        );
        return Err(invalid(message, Rule::SignatureClock));
    }
    if !date.starts_with(day) || service != "logs" {
        let message = format!(
            "Credential should be scoped to a valid region and correct service: 'logs', with the date of X-Amz-Date, not '{credential}'."
        );
        return Err(invalid(message, Rule::SignatureWrong));
    }
    let canonical = canonical(request, signed);
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let text = format!(
        "AWS4-HMAC-SHA256\n{date}\n{scope}\n{}",
        hex(&Sha256::digest(canonical))
    );
    let mut key = mac(
        format!("AWS4{}", credentials.secret_key).as_bytes(),
        day.as_bytes(),
    );
    for part in [region, service, "aws4_request"] {
        key = mac(&key, part.as_bytes());
    }
    let host_signed = signed.split(';').any(|name| name == "host");
    if hex(&mac(&key, text.as_bytes())) != signature || !host_signed {
        return Err(invalid(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.".into(),
            Rule::SignatureWrong,
        ));
    }
    Ok(())
}

fn canonical(request: &Request, signed: &str) -> String {
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((&request.target, ""));
    let mut parameters: Vec<&str> = query.split('&').filter(|part| !part.is_empty()).collect();
    parameters.sort_unstable();
    let mut text = format!("{}\n{path}\n{}\n", request.method, parameters.join("&"));
    for name in signed.split(';') {
        let value = request.header(name).unwrap_or_default();
        let value: Vec<&str> = value.split_whitespace().collect();
        text.push_str(&format!("{name}:{}\n", value.join(" ")));
    }
    text.push_str(&format!(
        "\n{signed}\n{}",
        hex(&Sha256::digest(&request.body))
    ));
    text
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let done = write!(text, "{byte:02x}");
        debug_assert!(done.is_ok(), "a String takes everything");
        text
    })
}

/// `20260131T235959Z` to seconds since 1970.
fn seconds(stamp: &str) -> Option<i64> {
    let bytes: &[u8; 16] = stamp.as_bytes().try_into().ok()?;
    if bytes[8] != b'T' || bytes[15] != b'Z' {
        return None;
    }
    let number = |range: std::ops::Range<usize>| stamp.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(4..6)?, number(6..8)?);
    // Days from civil: years begin in March, so that the leap day is the last.
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(days * 86_400 + number(9..11)? * 3600 + number(11..13)? * 60 + number(13..15)?)
}

/// Seconds since 1970 to `20260131T235959Z`.
pub(crate) fn stamp(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400) + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let time = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_and_seconds_turn_into_each_other() {
        for (text, value) in [
            ("19700101T000000Z", 0),
            ("20000229T120000Z", 951_825_600),
            ("20160101T000000Z", 1_451_606_400),
            ("20261123T150644Z", 1_795_446_404),
        ] {
            assert_eq!(seconds(text), Some(value), "{text}");
            assert_eq!(stamp(value), text);
        }
        assert_eq!(seconds("2026-01-01"), None);
    }
}
