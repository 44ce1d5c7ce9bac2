//! HTTP/1.1, one connection: requests in, answers out. By hand above httparse, since faults need what a server library
//! rightly refuses: wrong lengths, half answers, resets.

use crate::rules::MAX_BODY_BYTES;
use socket2::SockRef;
use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
    thread,
    time::Duration,
};

const MAX_HEAD: usize = 64 << 10;
const MAX_HEADERS: usize = 64;

/// A request as it came.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// As sent: compressed if it was.
    pub body: Vec<u8>,
    pub keep_alive: bool,
}

impl Request {
    /// A header's value; `name` in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(there, _)| there == name)?;
        Some(&header.1)
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// What `Content-Length` says, when it is to be wrong.
    pub content_length: Option<usize>,
}

impl Answer {
    pub(crate) fn new(status: u16, content_type: &str, body: Vec<u8>) -> Answer {
        Answer {
            status,
            headers: vec![("Content-Type", content_type.to_owned())],
            body,
            content_length: None,
        }
    }

    fn bytes(&self, keep_alive: bool) -> Vec<u8> {
        let length = self.content_length.unwrap_or(self.body.len());
        let mut head = format!(
            "HTTP/1.1 {} {}\r\nContent-Length: {length}\r\n",
            self.status,
            reason(self.status)
        );
        for (name, value) in &self.headers {
            let value = value.replace(['\r', '\n'], " ");
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !keep_alive {
            head.push_str("Connection: close\r\n");
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// What a request's head says about the body that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    Known(usize),
    Chunked,
}

/// Why no request could be read.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The client is gone, or there was nothing more.
    Closed,
    /// Not HTTP, or more than is taken: an answer of this status, then the end.
    Refused(u16, String),
}

impl From<io::Error> for Trouble {
    fn from(_: io::Error) -> Trouble {
        Trouble::Closed
    }
}

/// A client's connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    /// What was read beyond the last request.
    ahead: Vec<u8>,
    length: Length,
    expects: bool,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream) -> io::Result<Connection> {
        stream.set_nodelay(true)?;
        Ok(Connection {
            stream,
            ahead: Vec::new(),
            length: Length::Known(0),
            expects: false,
        })
    }

    /// Reads a request's head into `request`, whose memory is used again.
    pub(crate) fn read_head(&mut self, request: &mut Request) -> Result<(), Trouble> {
        loop {
            if let Some(used) = self.parse_head(request)? {
                self.ahead.drain(..used);
                return Ok(());
            }
            if self.ahead.len() > MAX_HEAD {
                return Err(Trouble::Refused(
                    431,
                    "the head is larger than 64 KiB".into(),
                ));
            }
            self.read_more()?;
        }
    }

    fn read_more(&mut self) -> Result<(), Trouble> {
        let there = self.ahead.len();
        self.ahead.resize(there + (16 << 10), 0);
        let read = self.stream.read(&mut self.ahead[there..]);
        self.ahead.truncate(there + *read.as_ref().unwrap_or(&0));
        if read? == 0 {
            return Err(Trouble::Closed);
        }
        Ok(())
    }

    fn parse_head(&mut self, request: &mut Request) -> Result<Option<usize>, Trouble> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut parsed = httparse::Request::new(&mut headers);
        let refused = |reason: String| Trouble::Refused(400, reason);
        let used = match parsed.parse(&self.ahead) {
            Ok(httparse::Status::Complete(used)) => used,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(error) => return Err(refused(format!("not HTTP/1.1: {error}"))),
        };
        parsed
            .method
            .unwrap_or_default()
            .clone_into(&mut request.method);
        parsed
            .path
            .unwrap_or_default()
            .clone_into(&mut request.target);
        request.headers.clear();
        for header in parsed.headers.iter() {
            let value = String::from_utf8_lossy(header.value).into_owned();
            request
                .headers
                .push((header.name.to_ascii_lowercase(), value));
        }
        let connection = request
            .header("connection")
            .unwrap_or_default()
            .to_ascii_lowercase();
        request.keep_alive = match parsed.version {
            Some(1) => !connection.contains("close"),
            _ => connection.contains("keep-alive"),
        };
        let chunked = request
            .header("transfer-encoding")
            .is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
        self.length = match request.header("content-length") {
            _ if chunked => Length::Chunked,
            Some(text) => Length::Known(
                text.parse()
                    .map_err(|_| refused(format!("Content-Length {text:?} is no number")))?,
            ),
            None => Length::Known(0),
        };
        self.expects = request
            .header("expect")
            .is_some_and(|expect| expect.eq_ignore_ascii_case("100-continue"));
        Ok(Some(used))
    }

    /// Reads the body that belongs to the head read last.
    pub(crate) fn read_body(&mut self, request: &mut Request) -> Result<(), Trouble> {
        if self.expects {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        match self.length {
            Length::Known(length) => self.read_exactly(length, &mut request.body),
            Length::Chunked => self.read_chunks(&mut request.body),
        }
    }

    fn read_exactly(&mut self, length: usize, body: &mut Vec<u8>) -> Result<(), Trouble> {
        too_large(length)?;
        // Not cleared first: what is there already need not be zeroed again.
        body.resize(length, 0);
        let ahead = length.min(self.ahead.len());
        body[..ahead].copy_from_slice(&self.ahead[..ahead]);
        self.ahead.drain(..ahead);
        self.stream.read_exact(&mut body[ahead..])?;
        Ok(())
    }

    fn read_chunks(&mut self, body: &mut Vec<u8>) -> Result<(), Trouble> {
        body.clear();
        let mut chunk = Vec::new();
        loop {
            let line = self.read_line()?;
            let size = line.split(';').next().unwrap_or_default().trim().to_owned();
            let size = usize::from_str_radix(&size, 16).map_err(|_| {
                Trouble::Refused(400, format!("chunk size {size:?} is not hexadecimal"))
            })?;
            too_large(body.len().saturating_add(size))?;
            if size == 0 {
                // Trailers end with an empty line.
                while !self.read_line()?.is_empty() {}
                return Ok(());
            }
            self.read_exactly(size, &mut chunk)?;
            body.extend_from_slice(&chunk);
            self.read_line()?;
        }
    }

    fn read_line(&mut self) -> Result<String, Trouble> {
        loop {
            if let Some(end) = memchr::memchr(b'\n', &self.ahead) {
                let line = String::from_utf8_lossy(&self.ahead[..end])
                    .trim()
                    .to_owned();
                self.ahead.drain(..=end);
                return Ok(line);
            }
            if self.ahead.len() > MAX_HEAD {
                return Err(Trouble::Refused(400, "a chunk's head is too long".into()));
            }
            self.read_more()?;
        }
    }

    pub(crate) fn answer(&mut self, answer: &Answer, keep_alive: bool) -> io::Result<()> {
        self.stream.write_all(&answer.bytes(keep_alive))
    }

    /// Sends the first half of an answer, head and half of the body.
    pub(crate) fn answer_half(&mut self, answer: &Answer) -> io::Result<()> {
        let bytes = answer.bytes(true);
        let half = bytes.len() - answer.body.len().div_ceil(2).max(1);
        self.stream.write_all(&bytes[..half])
    }

    /// Sends the other half.
    pub(crate) fn answer_rest(&mut self, answer: &Answer) -> io::Result<()> {
        let bytes = answer.bytes(true);
        let half = bytes.len() - answer.body.len().div_ceil(2).max(1);
        self.stream.write_all(&bytes[half..])
    }

    /// Sends an answer at this rate.
    pub(crate) fn answer_slowly(
        &mut self,
        answer: &Answer,
        bytes_per_second: u64,
    ) -> io::Result<()> {
        let pause = Duration::from_secs_f64(1.0 / bytes_per_second.max(1) as f64);
        for byte in answer.bytes(true) {
            self.stream.write_all(&[byte])?;
            thread::sleep(pause);
        }
        Ok(())
    }

    /// Ends the connection with a reset.
    pub(crate) fn reset(self) {
        reset(&self.stream);
    }

    /// Ends the connection in good order, after an answer that the client may still have to read.
    pub(crate) fn close(mut self) {
        if self.stream.shutdown(Shutdown::Write).is_ok() {
            // What still comes is read away: closing with unread bytes would send a reset and lose the answer.
            let timeout = self
                .stream
                .set_read_timeout(Some(Duration::from_millis(500)));
            let mut sink = [0; 16 << 10];
            while timeout.is_ok() && matches!(self.stream.read(&mut sink), Ok(1..)) {}
        }
    }
}

/// Makes the end of this connection a TCP reset.
pub(crate) fn reset(stream: &TcpStream) {
    // When it fails the connection is gone already.
    drop(SockRef::from(stream).set_linger(Some(Duration::ZERO)));
}

fn too_large(length: usize) -> Result<(), Trouble> {
    if length > MAX_BODY_BYTES {
        let reason = format!("a body of {length} bytes is over the limit of {MAX_BODY_BYTES}");
        return Err(Trouble::Refused(413, reason));
    }
    Ok(())
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Payload Too Large",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Status",
    }
}
