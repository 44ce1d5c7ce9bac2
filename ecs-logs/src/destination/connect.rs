//! From settings to the AWS SDK's client: HTTP with proxies and certificates, region, endpoint, credentials.

use super::cloudwatch::{Role, Settings};
use anyhow::{Context, bail};
use aws_config::{
    BehaviorVersion, ConfigLoader, Region, SdkConfig, retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig, sts::AssumeRoleProvider,
    timeout::TimeoutConfig,
};
use aws_sdk_cloudwatchlogs::{Client, config};
use aws_smithy_http_client::{
    Builder, Connector,
    proxy::ProxyConfig,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::SharedHttpClient, runtime_components::RuntimeComponents,
};
use std::{env, path::PathBuf, time::Duration};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For the whole of one attempt. A batch is 1 MiB: this is a link of 50 kB/s. A request given up here may have been taken.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// CloudWatch closes idle connections; let us be first.
const IDLE_TIMEOUT: Duration = Duration::from_secs(45);

pub(super) async fn client(settings: &Settings) -> anyhow::Result<Client> {
    let config = loader(settings)?.load().await;
    config
        .region()
        .context("no AWS region: set --region or AWS_REGION, or a region in ~/.aws/config (on EC2, is the instance metadata service reachable?)")?;
    let mut builder = config::Builder::from(&config);
    if let Some(role) = &settings.role {
        builder = builder.credentials_provider(assume(role, &config).await);
    }
    // Here and not for all that is asked: credentials come from endpoints of their own.
    if let Some(url) = &settings.endpoint_url {
        let scheme = url.split_once("://").map(|(scheme, _)| scheme);
        if !matches!(scheme, Some("http" | "https")) {
            bail!("--endpoint-url {url:?} is no URL: it begins with neither http:// nor https://");
        }
        builder = builder.endpoint_url(url);
    }
    Ok(Client::from_conf(builder.build()))
}

fn loader(settings: &Settings) -> anyhow::Result<ConfigLoader> {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http(settings)?)
        .retry_config(RetryConfig::disabled())
        // It watches for slow streams; our bodies are in memory and the attempt has its timeout.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .timeout_config(timeouts);
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if settings.fips {
        loader = loader.use_fips(true);
    }
    if settings.dual_stack {
        loader = loader.use_dual_stack(true);
    }
    Ok(loader)
}

/// Credentials of a role, by those that were found; the SDK asks for new ones before they expire.
async fn assume(role: &Role, config: &SdkConfig) -> AssumeRoleProvider {
    let mut provider = AssumeRoleProvider::builder(&role.arn).configure(config);
    if let Some(id) = &role.external_id {
        provider = provider.external_id(id);
    }
    let name = role.session_name.as_deref().unwrap_or("ecs-logs");
    provider.session_name(name).build().await
}

fn http(settings: &Settings) -> anyhow::Result<SharedHttpClient> {
    let tls = tls(settings)?;
    Ok(
        Builder::new().build_with_connector_fn(move |settings, components| {
            let mut connector = Connector::builder();
            connector.set_connector_settings(settings.cloned());
            connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
            let connector = connector
                .pool_idle_timeout(IDLE_TIMEOUT)
                .enable_tcp_nodelay(true)
                // A client of one's own reads no proxy variables unless told.
                .proxy_config(ProxyConfig::from_env())
                .tls_provider(Provider::Rustls(CryptoMode::Ring));
            match &tls {
                Some(context) => connector.tls_context(context.clone()).build(),
                // Trusts the system's certificates (and SSL_CERT_FILE), so that a company's own CA works as everywhere else.
                None => connector.build(),
            }
        }),
    )
}

/// The certificates of `--ca-bundle`, else of AWS_CA_BUNDLE, which other AWS tools know and this SDK does not.
fn tls(settings: &Settings) -> anyhow::Result<Option<TlsContext>> {
    let variable = || env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty());
    let (origin, path) = match (&settings.ca_bundle, variable()) {
        (Some(path), _) => ("--ca-bundle", path.clone()),
        (None, Some(path)) => ("AWS_CA_BUNDLE", PathBuf::from(path)),
        (None, None) => return Ok(None),
    };
    let pem = std::fs::read(&path)
        .with_context(|| format!("{origin}: cannot read {}", path.display()))?;
    const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
    if memchr::memmem::find(&pem, BEGIN).is_none() {
        bail!("{origin}: {} holds no certificate in PEM", path.display());
    }
    let store = TrustStore::empty().with_pem_certificate(pem);
    let context = TlsContext::builder().with_trust_store(store).build();
    context
        .map(Some)
        .with_context(|| format!("{origin}: {} cannot be used", path.display()))
}
