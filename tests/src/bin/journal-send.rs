//! Writes container lines to the journald of this mount namespace: `journal-send WRITER FIRST LAST [FIELD=VALUE…]`. Each line holds
//! its token `id=WRITER-NUMBER`. JOURNAL_SOCKET names the socket of another journald, such as a journal namespace's.

use anyhow::{Context, bail};
use std::os::unix::net::UnixDatagram;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [writer, first, last, fields @ ..] = &arguments[..] else {
        bail!("usage: journal-send WRITER FIRST LAST [FIELD=VALUE...]");
    };
    let (first, last): (u64, u64) = (first.parse()?, last.parse()?);
    // Each with its line end: an empty line would end the entry.
    let fields: String = fields.iter().map(|field| format!("{field}\n")).collect();
    let socket = UnixDatagram::unbound()?;
    let path = std::env::var("JOURNAL_SOCKET");
    let path = path.as_deref().unwrap_or("/run/systemd/journal/socket");
    socket
        .connect(path)
        .with_context(|| format!("no journald at {path} in this namespace"))?;
    for number in first..=last {
        let entry = format!(
            "PRIORITY=6\nCONTAINER_TAG=live\nCONTAINER_NAME={writer}\nCONTAINER_ID=0123456789ab\n{fields}MESSAGE=line of a live container id={writer}-{number}\n"
        );
        // Blocks while journald is behind.
        socket
            .send(entry.as_bytes())
            .with_context(|| format!("line {number}"))?;
    }
    Ok(())
}
