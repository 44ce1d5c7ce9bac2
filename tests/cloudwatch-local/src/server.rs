//! The listener: a thread a connection, an outage on demand, an orderly end.

use crate::{
    connection,
    http::{self, Connection},
    service::{Config, Service, lock},
};
use std::{
    collections::HashMap,
    io,
    net::{SocketAddr, TcpListener, TcpStream},
    ops::Deref,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// A running server; ends when dropped. Derefs to its [`Service`]: faults, ledger, counters, store.
#[derive(Debug)]
pub struct Server {
    service: Arc<Service>,
    control: Arc<Control>,
    thread: Option<JoinHandle<()>>,
}

/// What connections and their listener share.
#[derive(Debug)]
pub(crate) struct Control {
    address: SocketAddr,
    stop: AtomicBool,
    /// Milliseconds of outage that were asked for.
    outage: AtomicU64,
    open: Mutex<HashMap<u64, TcpStream>>,
    working: AtomicU64,
}

/// While it lives, a request counts as being worked on.
pub(crate) struct Working<'a> {
    control: &'a Control,
    /// Requests that are being worked on, this one among them.
    pub(crate) count: u64,
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.control.working.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Control {
    pub(crate) fn work(&self) -> Working<'_> {
        let count = self.working.fetch_add(1, Ordering::Relaxed) + 1;
        Working {
            control: self,
            count,
        }
    }

    /// Refuses connections for so long; those that are open are reset.
    pub(crate) fn outage(&self, milliseconds: u64) {
        self.outage.store(milliseconds.max(1), Ordering::SeqCst);
        self.wake();
    }

    fn wake(&self) {
        // Refused when the listener is gone, and then nobody has to be woken.
        drop(TcpStream::connect(self.address));
    }

    fn drop_connections(&self) {
        for (_, stream) in lock(&self.open).drain() {
            http::reset(&stream);
            drop(stream.shutdown(std::net::Shutdown::Both));
        }
    }
}

impl Server {
    /// Listens on `address`; port 0 takes a free one.
    pub fn start(address: SocketAddr, config: Config) -> io::Result<Server> {
        let listener = TcpListener::bind(address)?;
        let control = Arc::new(Control {
            address: listener.local_addr()?,
            stop: AtomicBool::new(false),
            outage: AtomicU64::new(0),
            open: Mutex::default(),
            working: AtomicU64::new(0),
        });
        let service = Arc::new(Service::new(config));
        let (for_control, for_service) = (Arc::clone(&control), Arc::clone(&service));
        let thread = thread::Builder::new()
            .name("listener".into())
            .spawn(move || listen(listener, &for_control, &for_service))?;
        Ok(Server {
            service,
            control,
            thread: Some(thread),
        })
    }

    /// On a free port of the loopback.
    pub fn local(config: Config) -> io::Result<Server> {
        Server::start(SocketAddr::from(([127, 0, 0, 1], 0)), config)
    }

    pub fn address(&self) -> SocketAddr {
        self.control.address
    }

    /// What clients take as their endpoint.
    pub fn url(&self) -> String {
        format!("http://{}", self.control.address)
    }

    /// Refuses connections for so long, and resets those that are open.
    pub fn outage(&self, duration: Duration) {
        self.control
            .outage(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
    }

    /// Waits for ever.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Deref for Server {
    type Target = Service;

    fn deref(&self) -> &Service {
        &self.service
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.control.stop.store(true, Ordering::SeqCst);
        self.control.wake();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
        self.control.drop_connections();
    }
}

fn listen(mut listener: TcpListener, control: &Arc<Control>, service: &Arc<Service>) {
    let mut number = 0;
    loop {
        let accepted = listener.accept();
        if control.stop.load(Ordering::SeqCst) {
            return;
        }
        let outage = control.outage.swap(0, Ordering::SeqCst);
        if outage > 0 {
            drop(accepted);
            drop(listener);
            control.drop_connections();
            thread::sleep(Duration::from_millis(outage));
            listener = bind_again(control.address);
            continue;
        }
        let Ok((stream, _)) = accepted else {
            // Out of descriptors, most likely: some will be closed.
            thread::sleep(Duration::from_millis(10));
            continue;
        };
        number += 1;
        service.counters().connections += 1;
        if let Ok(copy) = stream.try_clone() {
            lock(&control.open).insert(number, copy);
        }
        let (for_service, for_control) = (Arc::clone(service), Arc::clone(control));
        let started = thread::Builder::new()
            .name("connection".into())
            .spawn(move || {
                if let Ok(connection) = Connection::new(stream) {
                    connection::serve(&for_service, &for_control, connection);
                }
                lock(&for_control.open).remove(&number);
            });
        if started.is_err() {
            lock(&control.open).remove(&number);
        }
    }
}

/// Listens at the same address again, as soon as the system gives it back.
fn bind_again(address: SocketAddr) -> TcpListener {
    loop {
        match TcpListener::bind(address) {
            Ok(listener) => return listener,
            Err(_) => thread::sleep(Duration::from_millis(20)),
        }
    }
}
