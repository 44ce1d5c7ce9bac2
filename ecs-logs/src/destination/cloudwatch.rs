//! CloudWatch Logs by the AWS SDK. It finds credentials, region and endpoint, signs, and keeps connections; the request's
//! body is the core's own, put in before signing, and retries are the core's, too.

use super::{
    classify::{Operation, Verdict, classify},
    connect,
    digest::sha256,
    gzip::Gzip,
    streamed::streamed,
};
use crate::{
    core::{Answer, Class, Failure, Payload, Rejected, batch::without_entity},
    log,
    route::StreamKey,
};
use aws_config::identity::IdentityCache;
use aws_runtime::auth::PayloadSigningOverride;
use aws_sdk_cloudwatchlogs::{
    Client,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    types::{InputLogEvent, LogGroupClass},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{
                AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
            },
        },
        orchestrator::HttpResponse,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use std::{
    error::Error,
    path::PathBuf,
    sync::{PoisonError, RwLock},
    time::Duration,
};

/// How to reach CloudWatch; what is not said is found as every AWS tool finds it.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub endpoint_url: Option<String>,
    pub region: Option<String>,
    pub profile: Option<String>,
    pub fips: bool,
    pub dual_stack: bool,
    pub gzip: bool,
    /// Certificates (PEM) that are trusted instead of the system's.
    pub ca_bundle: Option<PathBuf>,
    pub role: Option<Role>,
    pub new_groups: NewGroups,
}

/// A role that is taken on with the credentials that are found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    pub arn: String,
    pub external_id: Option<String>,
    pub session_name: Option<String>,
}

/// What groups that are made here are like.
#[derive(Clone, Debug, Default)]
pub struct NewGroups {
    pub retention_days: Option<i32>,
    /// As the API writes it: `STANDARD`, `INFREQUENT_ACCESS`, `DELIVERY`.
    pub class: Option<String>,
    pub kms_key_id: Option<String>,
    pub tags: Vec<(String, String)>,
}

#[derive(Debug)]
pub struct CloudWatch {
    client: RwLock<Client>,
    new_groups: NewGroups,
    gzip: Gzip,
}

impl CloudWatch {
    /// Finds region and credentials' sources. May ask the instance metadata service for the region.
    ///
    /// # Errors
    /// When no region is configured anywhere, the endpoint is no URL, or the CA bundle cannot be read.
    pub async fn connect(settings: &Settings) -> anyhow::Result<CloudWatch> {
        Ok(CloudWatch {
            client: RwLock::new(connect::client(settings).await?),
            new_groups: settings.new_groups.clone(),
            gzip: Gzip::new(settings.gzip),
        })
    }

    /// For a request, for reading back and for the doctor.
    pub(crate) fn client(&self) -> Client {
        let client = self.client.read();
        client.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The SDK keeps credentials until they expire. They may be revoked or rotated before: when those of `used` were
    /// refused, the next request asks for new ones.
    fn forget_credentials(&self, used: &Client) {
        let mut client = self.client.write().unwrap_or_else(PoisonError::into_inner);
        // Of all requests that were refused at once, the first is enough.
        let same = |a: &Client, b: &Client| std::ptr::eq(a.config(), b.config());
        if same(used, &client) {
            let fresh = client.config().to_builder();
            let fresh = fresh.identity_cache(IdentityCache::lazy().build());
            *client = Client::from_conf(fresh.build());
        }
    }

    pub(super) async fn put(&self, body: Payload) -> Answer {
        let answer = self.put_packed(body.clone()).await;
        let Answer::Failed(failure) = &answer else {
            return answer;
        };
        // A service that checks the entity like the rest: the events must not suffer for it.
        let blamed = failure.class == Class::Refused && failure.message.contains("entity");
        let bare = blamed.then(|| without_entity(&body)).flatten();
        let Some(bare) = bare else {
            return answer;
        };
        match self.put_packed(bare).await {
            Answer::Accepted(rejected) => Answer::Accepted(Rejected {
                entity: Some(failure.message.clone()),
                ..rejected
            }),
            Answer::Failed(failure) => Answer::Failed(failure),
        }
    }

    async fn put_packed(&self, body: Payload) -> Answer {
        let Some(packed) = self.gzip.pack(&body).await else {
            return self.put_once(body, false).await.0;
        };
        let (answer, unread) = self.put_once(packed.into(), true).await;
        if !unread {
            return answer;
        }
        // Whether it is the coding or the content that is not understood, the plain body tells.
        let (answer, unread) = self.put_once(body, false).await;
        if !unread {
            self.gzip.give_up();
        }
        answer
    }

    /// One request, and whether its answer may mean that the body's coding is not understood.
    async fn put_once(&self, body: Payload, gzip: bool) -> (Answer, bool) {
        // The SDK wants its parameters; they are serialised, and replaced by our body.
        let event = InputLogEvent::builder().timestamp(0).message("-").build();
        let event = match event {
            Ok(event) => event,
            Err(error) => return (failed(Class::Transient, error.to_string()), false),
        };
        let client = self.client();
        let request = client
            .put_log_events()
            .log_group_name("-")
            .log_stream_name("-")
            .log_events(event);
        let own_body = OwnBody { body, gzip };
        match request.customize().interceptor(own_body).send().await {
            Ok(answer) => {
                let rejected = answer.rejected_log_events_info();
                let index =
                    |index: Option<i32>| index.and_then(|index| usize::try_from(index).ok());
                let too_old = rejected.and_then(|info| index(info.too_old_log_event_end_index()));
                let expired = rejected.and_then(|info| index(info.expired_log_event_end_index()));
                let rejected = Rejected {
                    too_old: too_old.max(expired).unwrap_or(0),
                    too_new_from: rejected
                        .and_then(|info| index(info.too_new_log_event_start_index())),
                    entity: answer
                        .rejected_entity_info()
                        .map(|info| info.error_type().as_str().to_owned()),
                };
                (Answer::Accepted(rejected), false)
            }
            Err(error) => {
                let status = error.raw_response().map(|answer| answer.status().as_u16());
                let unread =
                    status.is_some_and(|status| super::gzip::is_unread(status, error.code()));
                let answer = answer(Operation::PutLogEvents, "", error);
                if let Answer::Failed(failure) = &answer
                    && failure.class == Class::Credentials
                {
                    self.forget_credentials(&client);
                }
                (answer, unread)
            }
        }
    }

    pub(super) async fn create_group(&self, group: &str) -> Answer {
        let new = &self.new_groups;
        let client = self.client();
        let mut request = client
            .create_log_group()
            .log_group_name(group)
            .set_kms_key_id(new.kms_key_id.clone())
            .set_log_group_class(new.class.as_deref().map(LogGroupClass::from));
        for (key, value) in &new.tags {
            request = request.tags(key, value);
        }
        let created = request.send().await;
        if let Err(error) = created {
            let answer = answer(Operation::CreateLogGroup, group, error);
            // One that was there before keeps the retention it has.
            return answer;
        }
        if let Some(days) = new.retention_days {
            let request = client
                .put_retention_policy()
                .log_group_name(group)
                .retention_in_days(days);
            // The group is there, and takes events: a retention that is not allowed must not stop them.
            if let Err(error) = request.send().await
                && let Answer::Failed(failure) = answer(Operation::PutRetentionPolicy, group, error)
            {
                log::warn(format_args!(
                    "{group} keeps its events for ever: {}",
                    failure.message
                ));
            }
        } else {
            log::warn(format_args!(
                "made the log group {group} without retention: it keeps everything, and costs, for ever (--retention-days)"
            ));
        }
        Answer::accepted()
    }

    pub(super) async fn create_stream(&self, key: &StreamKey) -> Answer {
        let client = self.client();
        let request = client
            .create_log_stream()
            .log_group_name(&*key.group)
            .log_stream_name(&*key.stream);
        match request.send().await {
            Ok(_) => Answer::accepted(),
            Err(error) => answer(Operation::CreateLogStream, &key.group, error),
        }
    }
}

fn failed(class: Class, message: String) -> Answer {
    Answer::Failed(Failure {
        class,
        message,
        retry_after: None,
    })
}

/// An SDK's error as an answer for the core, with a message for the operator.
fn answer<E>(operation: Operation, group: &str, error: SdkError<E, HttpResponse>) -> Answer
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let Some(response) = error.raw_response() else {
        return failed(class_of_silence(&error), silence(operation, &error));
    };
    let status = response.status().as_u16();
    let header = |name: &str| response.headers().get(name);
    let retry_after = header("retry-after").or(header("x-amz-retry-after"));
    let retry_after = retry_after
        .and_then(|seconds| seconds.trim().parse().ok())
        .map(Duration::from_secs);
    let code = error.code().filter(|code| !code.is_empty());
    let said = error.message().unwrap_or_default().to_owned();
    let message = match code {
        Some(code) => explain(operation, group, code, &said),
        None => {
            let kind = header("content-type").unwrap_or("an unknown content type");
            let body = response
                .body()
                .bytes()
                .map(String::from_utf8_lossy)
                .unwrap_or_default();
            let beginning: String = body.chars().take(80).collect();
            format!(
                "{}: the endpoint answered {status} with {kind} {beginning:?}, which is not CloudWatch Logs (a proxy or a wrong --endpoint-url?)",
                operation.name()
            )
        }
    };
    match classify(operation, status, code, &said) {
        Verdict::Done => Answer::accepted(),
        Verdict::Failed(class) => Answer::Failed(Failure {
            class,
            message,
            retry_after,
        }),
    }
}

fn explain(operation: Operation, group: &str, code: &str, said: &str) -> String {
    let name = operation.name();
    let way_out = match code {
        "AccessDeniedException" | "AccessDenied" => format!(" (the role needs logs:{name})"),
        "LimitExceededException" => " (ask AWS for a higher quota)".to_owned(),
        "InvalidSignatureException" | "RequestTimeTooSkewed" | "RequestExpired" => {
            " (is this host's clock right?)".to_owned()
        }
        "ExpiredToken" | "ExpiredTokenException" | "UnrecognizedClientException" => {
            " (are these the right credentials?)".to_owned()
        }
        _ => String::new(),
    };
    let group = if group.is_empty() {
        String::new()
    } else {
        format!(" {group}")
    };
    format!("{name}{group}: {code}: {said}{way_out}")
}

/// Credentials that cannot be found fail before anything is sent.
fn class_of_silence<E, R>(error: &SdkError<E, R>) -> Class
where
    E: Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let mut source: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = source {
        if error.to_string().to_lowercase().contains("credential")
            || error.to_string().contains("identity")
        {
            return Class::Credentials;
        }
        source = error.source();
    }
    Class::Transient
}

fn silence<E, R>(operation: Operation, error: &SdkError<E, R>) -> String
where
    E: Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let name = operation.name();
    let causes = chain(error);
    match class_of_silence(error) {
        Class::Credentials => format!(
            "{name}: no AWS credentials: {causes} (set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile with --profile, or give the instance a role)"
        ),
        _ => format!("{name}: {causes}"),
    }
}

/// The causes, each said once.
fn chain<E, R>(error: &SdkError<E, R>) -> String
where
    E: Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let mut said = Vec::new();
    let mut source: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = source {
        let text = error.to_string();
        if !said.iter().any(|known: &String| known.contains(&text)) {
            said.push(text);
        }
        source = error.source();
    }
    if said.is_empty() {
        DisplayErrorContext(error).to_string()
    } else {
        said.join(": ")
    }
}

/// Puts our bytes where the SDK's were, on every attempt, before they are signed.
#[derive(Debug)]
struct OwnBody {
    body: Payload,
    gzip: bool,
}

impl Intercept for OwnBody {
    fn name(&self) -> &'static str {
        "OwnBody"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let digest = PayloadSigningOverride::Precomputed(sha256(&self.body));
        config.interceptor_state().store_put(digest);
        let request = context.request_mut();
        // Our bytes are of this protocol: an SDK that changes it must not send them.
        let kind = request.headers().get("content-type");
        if kind != Some("application/x-amz-json-1.1") {
            return Err(format!(
                "the AWS SDK sends {kind:?} instead of application/x-amz-json-1.1"
            )
            .into());
        }
        let headers = request.headers_mut();
        headers.insert("content-length", self.body.len().to_string());
        if self.gzip {
            headers.insert("content-encoding", "gzip");
        }
        *request.body_mut() = streamed(&self.body);
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // The SDK takes no words for consent. CloudWatch says at least {}: silence is somebody else's.
        let response = context.response();
        let silent = response.body().bytes().is_some_and(<[u8]>::is_empty);
        match silent && response.status().is_success() {
            true => {
                Err("the endpoint answered with an empty body, which is not CloudWatch Logs".into())
            }
            false => Ok(()),
        }
    }
}
