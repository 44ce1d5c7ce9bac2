//! The watchdog is fed while every thread turns, and only then.

use crate::scene::{PATIENCE, PUT, Scene};
use cloudwatch_local::{Effect, Fault, When};
use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::net::UnixDatagram,
    process::{Child, Command, Stdio},
    time::Instant,
};

/// Stands in for systemd.
struct Manager(UnixDatagram);

impl Manager {
    /// Listens for the agent of this scene, whose `WatchdogSec` is two seconds.
    fn of(scene: &mut Scene) -> Manager {
        let path = scene.folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let path = path.display().to_string();
        scene.variables = vec![
            ("NOTIFY_SOCKET".into(), path),
            ("WATCHDOG_USEC".into(), "2000000".into()),
        ];
        Manager(socket)
    }

    fn next(&self) -> String {
        let mut datagram = [0; 4096];
        let length = self.0.recv(&mut datagram).unwrap();
        String::from_utf8_lossy(&datagram[..length]).into_owned()
    }

    /// Waits for a word that begins so; how often the watchdog was fed until then.
    fn until(&self, beginning: &str) -> u32 {
        let start = Instant::now();
        let mut fed = 0;
        loop {
            let said = self.next();
            if said.starts_with(beginning) {
                return fed;
            }
            fed += u32::from(said == "WATCHDOG=1");
            assert!(start.elapsed() < PATIENCE, "never {beginning}");
        }
    }
}

/// Holds one thread of a process still, as a deadlock would, until this is dropped.
struct Stuck(Child);

const HOLD: &str = r#"
import ctypes, os, sys
ptrace = ctypes.CDLL(None, use_errno=True).ptrace
ptrace.argtypes = [ctypes.c_long] * 4
thread = int(sys.argv[1])
for request in 0x4206, 0x4207:  # PTRACE_SEIZE, PTRACE_INTERRUPT
    assert ptrace(request, thread, 0, 0) == 0, os.strerror(ctypes.get_errno())
os.waitpid(thread, 0x40000000)  # __WALL
print("held", flush=True)
sys.stdin.read()
"#;

impl Stuck {
    fn thread(process: u32, name: &str) -> Stuck {
        let tasks = fs::read_dir(format!("/proc/{process}/task")).unwrap();
        let named = |path: &std::path::PathBuf| {
            fs::read_to_string(path.join("comm")).is_ok_and(|comm| comm.trim() == name)
        };
        let task = tasks.map(|task| task.unwrap().path()).find(named).unwrap();
        let mut child = Command::new("/usr/bin/python3")
            .args(["-c", HOLD])
            .arg(task.file_name().unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let out = child.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut said).unwrap();
        assert_eq!(said, "held\n");
        Stuck(child)
    }
}

impl Drop for Stuck {
    fn drop(&mut self) {
        // The end of its tracer lets the thread go.
        drop(self.0.stdin.take());
        drop(self.0.wait());
    }
}

#[test]
fn case_50_the_watchdog_is_not_fed_while_the_sender_is_stuck() {
    if !crate::scene::root("to hold a thread of another process") {
        return;
    }
    let Some(mut scene) = Scene::new(600) else {
        return;
    };
    let manager = Manager::of(&mut scene);
    let fault = scene.fault(Fault::on(PUT, Effect::error("ThrottlingException")));
    let agent = scene.follow();
    manager.until("READY=1");
    manager.until("WATCHDOG=1");
    let stuck = Stuck::thread(agent.pid(), "sender");
    // The reader tells its status every five seconds; between two of them the watchdog would be fed five times.
    manager.until("STATUS=");
    manager.until("STATUS=");
    assert_eq!(manager.until("STATUS="), 0, "a stuck sender is not alive");
    drop(stuck);
    manager.until("WATCHDOG=1");
    scene.server.faults().remove(Some(fault));
    scene.until_all(&agent);
    scene.stop(agent).exact();
}

#[test]
fn case_50_the_watchdog_is_fed_while_nothing_answers() {
    let Some(mut scene) = Scene::new(600) else {
        return;
    };
    let manager = Manager::of(&mut scene);
    let stall = Effect::Stall {
        when: When::Before,
        milliseconds: 60_000,
    };
    let fault = scene.fault(Fault::on(PUT, stall));
    let scene = scene.flags(&["--drain-timeout", "100ms"]);
    let agent = scene.follow();
    scene.until(&agent, "a request that hangs", |_, counters| {
        counters.in_flight > 0
    });
    manager.until("STATUS=");
    // Waiting for CloudWatch is alive.
    let fed = manager.until("STATUS=");
    assert!(fed >= 2, "fed {fed} times in five seconds of two");
    scene.server.faults().remove(Some(fault));
    scene.stop(agent);
    let outcome = scene.run();
    assert!(outcome.report.lost == 0, "{}", outcome.log);
}
