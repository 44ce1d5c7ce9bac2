//! The program: flags to [`Config`], the address on standard output, then serve until it is ended.

use anyhow::Context;
use clap::Parser;
use cloudwatch_local::{Config, Credentials, Fault, Server, rules};
use std::{io::Write, net::SocketAddr, path::PathBuf, time::Duration};

/// A strict, fast, in-memory CloudWatch Logs for tests and demonstrations.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
struct Args {
    /// Where to listen; port 0 takes a free one. The address is printed.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4588")]
    listen: SocketAddr,
    /// A key that may sign, KEY:SECRET or KEY:SECRET:TOKEN; may be given several times. [default: local:local]
    #[arg(long, value_name = "KEYS", conflicts_with = "no_auth")]
    credentials: Vec<Credentials>,
    /// Take every request, signed or not.
    #[arg(long)]
    no_auth: bool,
    /// Bytes of one event with its 26, at most: 1048576 as today, or 262144 as before April 2025.
    #[arg(long, value_name = "BYTES", default_value_t = rules::MAX_EVENT_BYTES)]
    event_limit: usize,
    /// Wait so long before every answer.
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "0ms")]
    latency: Duration,
    /// Count events instead of keeping them: memory stays flat, and nothing can be read back.
    #[arg(long)]
    discard: bool,
    /// Keep no account of line ids.
    #[arg(long)]
    no_ledger: bool,
    /// Enforce AWS's requests a second.
    #[arg(long)]
    quotas: bool,
    /// Groups that may be made.
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000_000)]
    max_groups: usize,
    /// Region in ARNs.
    #[arg(long, default_value = "us-east-1")]
    region: String,
    /// Faults to begin with: a JSON list, as POST /_local/faults takes it.
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Decides which requests a fault with a chance hits.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Write every request's body into a file of this folder.
    #[arg(long, value_name = "FOLDER")]
    record: Option<PathBuf>,
    /// One line a request, on standard error.
    #[arg(long)]
    log: bool,
}

fn duration(text: &str) -> Result<Duration, String> {
    let parsed = || {
        let (number, unit) = match text.strip_suffix("ms") {
            Some(number) => (number, 0.001),
            None => (text.strip_suffix('s')?, 1.0),
        };
        Duration::try_from_secs_f64(number.parse::<f64>().ok()? * unit).ok()
    };
    parsed().ok_or_else(|| format!("{text:?} is not a duration: write 30ms or 1.5s"))
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let mut credentials = args.credentials;
    if credentials.is_empty() {
        credentials.extend("local:local".parse::<Credentials>());
    }
    let hint = match credentials.first() {
        Some(first) if !args.no_auth => {
            format!(
                "AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY={} ",
                first.access_key, first.secret_key
            )
        }
        _ => String::new(),
    };
    let config = Config {
        credentials: (!args.no_auth).then_some(credentials),
        event_limit: args.event_limit,
        latency: args.latency,
        discard: args.discard,
        ledger: !args.no_ledger,
        quotas: args.quotas,
        max_groups: args.max_groups,
        region: args.region.clone(),
        seed: args.seed,
        log: args.log,
        record: args.record,
        ..Config::default()
    };
    let faults: Vec<Fault> = match &args.faults {
        None => Vec::new(),
        Some(path) => {
            let text = std::fs::read(path)
                .with_context(|| format!("cannot read the faults in {}", path.display()))?;
            serde_json::from_slice(&text)
                .with_context(|| format!("the faults in {} are wrong", path.display()))?
        }
    };
    let server = Server::start(args.listen, config)
        .with_context(|| format!("cannot listen on {}", args.listen))?;
    let now = server.steady();
    for fault in faults {
        server.faults().add(fault, now);
    }
    let url = server.url();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{url}")
        .and_then(|()| out.flush())
        .context("cannot print the address")?;
    drop(out);
    eprintln!(
        "cloudwatch-local: {hint}AWS_REGION={} aws logs tail GROUP --endpoint-url {url}\ncloudwatch-local: admin endpoint {url}/_local/",
        args.region
    );
    server.wait();
    Ok(())
}
