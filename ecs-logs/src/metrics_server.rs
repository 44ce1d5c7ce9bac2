//! Serves the counters over HTTP, as Prometheus asks for them: one page, whatever the path, on a thread of its own.

use anyhow::Context;
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

/// A client that is slower than this is cut off: there is one at a time.
const PATIENCE: Duration = Duration::from_secs(2);
const LONGEST_REQUEST: usize = 8192;

#[derive(Debug)]
pub struct MetricsServer {
    page: Arc<Mutex<String>>,
    address: SocketAddr,
}

impl MetricsServer {
    /// Listens.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub fn start(address: SocketAddr) -> anyhow::Result<MetricsServer> {
        let listener = TcpListener::bind(address)
            .with_context(|| format!("cannot serve metrics on {address} (--metrics-addr)"))?;
        let address = listener.local_addr().context("cannot serve metrics")?;
        let page = Arc::new(Mutex::new(String::new()));
        let shared = page.clone();
        thread::Builder::new()
            .name("metrics".to_owned())
            .spawn(move || {
                for stream in listener.incoming().flatten() {
                    let page = shared
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .clone();
                    // One who does not listen to the end has heard enough.
                    answer(stream, &page).ok();
                }
            })
            .context("cannot start a thread for metrics")?;
        Ok(MetricsServer { page, address })
    }

    /// Where it listens, with the port that was found for port 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What is answered from now on.
    pub fn publish(&self, page: String) {
        *self.page.lock().unwrap_or_else(PoisonError::into_inner) = page;
    }
}

fn answer(mut stream: TcpStream, page: &str) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut request = Vec::new();
    let mut piece = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") && request.len() < LONGEST_REQUEST {
        match stream.read(&mut piece)? {
            0 => return Ok(()),
            read => request.extend_from_slice(&piece[..read]),
        }
    }
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        page.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(page.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_published_last_is_answered() {
        let server = MetricsServer::start(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        for page in ["a 1\n", "a 2\n"] {
            server.publish(page.to_owned());
            let mut client = TcpStream::connect(server.address()).unwrap();
            client
                .write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
                .unwrap();
            let mut said = String::new();
            client.read_to_string(&mut said).unwrap();
            assert!(
                said.starts_with("HTTP/1.1 200 OK\r\n")
                    && said.ends_with(&format!("\r\n\r\n{page}")),
                "{said}"
            );
        }
    }

    #[test]
    fn an_address_that_is_taken_is_named() {
        let server = MetricsServer::start(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let error = format!("{:#}", MetricsServer::start(server.address()).unwrap_err());
        assert!(
            error.starts_with(&format!(
                "cannot serve metrics on {} (--metrics-addr): ",
                server.address()
            )),
            "{error}"
        );
    }
}
