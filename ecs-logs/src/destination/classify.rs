//! AWS's error codes in the classes that the core acts on. A code that is not in the table is taken for the stream's own
//! fault, which loses nothing: it is parked and tried again.

use crate::core::Class;

/// What was asked of CloudWatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    PutLogEvents,
    CreateLogGroup,
    CreateLogStream,
    PutRetentionPolicy,
}

impl Operation {
    pub fn name(self) -> &'static str {
        match self {
            Operation::PutLogEvents => "PutLogEvents",
            Operation::CreateLogGroup => "CreateLogGroup",
            Operation::CreateLogStream => "CreateLogStream",
            Operation::PutRetentionPolicy => "PutRetentionPolicy",
        }
    }
}

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is as it should be, although it says error.
    Done,
    Failed(Class),
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/CommonErrors.html, the pages of the operations, and
// what AWS's own clients list as throttling and as expired.
const THROTTLED: &[&str] = &[
    "ThrottlingException",
    "Throttling",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "BandwidthLimitExceeded",
    "SlowDown",
    "PriorRequestNotComplete",
];
const CREDENTIALS: &[&str] = &[
    "ExpiredToken",
    "ExpiredTokenException",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "AuthFailure",
    "NotAuthorized",
    "OptInRequired",
    "InvalidToken",
];
const REFUSED: &[&str] = &[
    "InvalidParameterException",
    "ValidationException",
    "ValidationError",
    "SerializationException",
    "MalformedQueryString",
    "RequestEntityTooLarge",
    "RequestEntityTooLargeException",
];

/// Sorts an answer by its HTTP status, its error code if it has one in AWS's form, and its message.
pub fn classify(operation: Operation, status: u16, code: Option<&str>, message: &str) -> Verdict {
    let put = operation == Operation::PutLogEvents;
    let Some(code) = code else {
        return Verdict::Failed(match status {
            429 => Class::Throttled,
            413 if put => Class::Refused,
            // Not CloudWatch's words: a proxy, a captive portal, a load balancer.
            _ => Class::Transient,
        });
    };
    // Legacy servers put a namespace before it and an address behind it.
    let code = code.rsplit('#').next().unwrap_or(code);
    let code = code.split(':').next().unwrap_or(code);
    match code {
        "DataAlreadyAcceptedException" if put => Verdict::Done,
        "ResourceAlreadyExistsException" if !put => Verdict::Done,
        "InvalidSequenceTokenException" | "OperationAbortedException" => {
            Verdict::Failed(Class::Transient)
        }
        "ResourceNotFoundException" => Verdict::Failed(Class::Missing),
        _ if THROTTLED.contains(&code) || status == 429 => Verdict::Failed(Class::Throttled),
        _ if CREDENTIALS.contains(&code) => Verdict::Failed(Class::Credentials),
        _ if status >= 500 => Verdict::Failed(Class::Transient),
        // What is wrong with a name is wrong with the stream, not with an event.
        _ if REFUSED.contains(&code)
            && put
            && !message.contains("logGroupName")
            && !message.contains("logStreamName") =>
        {
            Verdict::Failed(Class::Refused)
        }
        _ if status == 413 && put => Verdict::Failed(Class::Refused),
        _ => Verdict::Failed(Class::Faulty),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Class::*;
    use Operation::*;

    #[test]
    fn every_answer_of_aws_has_its_class() {
        let failed = Verdict::Failed;
        for (operation, status, code, message, expected) in [
            (
                PutLogEvents,
                400,
                Some("ThrottlingException"),
                "",
                failed(Throttled),
            ),
            (PutLogEvents, 429, Some("Whatever"), "", failed(Throttled)),
            (PutLogEvents, 429, None, "", failed(Throttled)),
            (
                PutLogEvents,
                500,
                Some("InternalFailure"),
                "",
                failed(Transient),
            ),
            (
                PutLogEvents,
                503,
                Some("ServiceUnavailableException"),
                "",
                failed(Transient),
            ),
            (PutLogEvents, 502, None, "<html>", failed(Transient)),
            (PutLogEvents, 200, None, "<html>", failed(Transient)),
            (
                PutLogEvents,
                400,
                Some("ExpiredTokenException"),
                "",
                failed(Credentials),
            ),
            (
                PutLogEvents,
                403,
                Some("InvalidSignatureException"),
                "",
                failed(Credentials),
            ),
            (
                PutLogEvents,
                400,
                Some("UnrecognizedClientException"),
                "",
                failed(Credentials),
            ),
            (
                PutLogEvents,
                400,
                Some("AccessDeniedException"),
                "",
                failed(Faulty),
            ),
            (
                PutLogEvents,
                400,
                Some("ResourceNotFoundException"),
                "",
                failed(Missing),
            ),
            (
                PutLogEvents,
                400,
                Some("com.amazonaws.logs#ResourceNotFoundException:http://x/"),
                "",
                failed(Missing),
            ),
            (
                PutLogEvents,
                400,
                Some("InvalidParameterException"),
                "Log event too large",
                failed(Refused),
            ),
            (
                PutLogEvents,
                400,
                Some("InvalidParameterException"),
                "1 validation error at 'logGroupName'",
                failed(Faulty),
            ),
            (
                PutLogEvents,
                413,
                Some("RequestEntityTooLargeException"),
                "",
                failed(Refused),
            ),
            (PutLogEvents, 413, None, "", failed(Refused)),
            (
                PutLogEvents,
                400,
                Some("DataAlreadyAcceptedException"),
                "",
                Verdict::Done,
            ),
            (
                PutLogEvents,
                400,
                Some("InvalidSequenceTokenException"),
                "",
                failed(Transient),
            ),
            (
                PutLogEvents,
                400,
                Some("SomethingNewException"),
                "",
                failed(Faulty),
            ),
            (
                CreateLogGroup,
                400,
                Some("ResourceAlreadyExistsException"),
                "",
                Verdict::Done,
            ),
            (
                CreateLogGroup,
                400,
                Some("OperationAbortedException"),
                "",
                failed(Transient),
            ),
            (
                CreateLogGroup,
                400,
                Some("LimitExceededException"),
                "",
                failed(Faulty),
            ),
            (
                CreateLogStream,
                400,
                Some("InvalidParameterException"),
                "",
                failed(Faulty),
            ),
            (
                CreateLogStream,
                400,
                Some("ResourceNotFoundException"),
                "",
                failed(Missing),
            ),
        ] {
            assert_eq!(
                classify(operation, status, code, message),
                expected,
                "{operation:?} {status} {code:?}"
            );
        }
    }
}
