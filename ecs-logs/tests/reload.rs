//! SIGHUP on the running program: what changed takes effect from the next entry on, and a file that cannot be used changes nothing.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use stack_tests::journald::{Journald, until};
use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
};

/// The program, with what it prints collected.
struct Agent {
    child: Child,
    stdout: Arc<Mutex<Vec<String>>>,
    stderr: Arc<Mutex<Vec<String>>>,
}

impl Agent {
    fn start(journal: &Path, folder: &Path) -> Agent {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ecs-logs"))
            .args([
                "-src",
                "journald",
                "-dst",
                "stdout",
                "--trust-container-fields",
            ])
            .arg("--directory")
            .arg(journal)
            .arg("--checkpoint")
            .arg(folder.join("checkpoint"))
            .arg("--config")
            .arg(folder.join("ecs-logs.toml"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = collect(child.stdout.take().unwrap());
        let stderr = collect(child.stderr.take().unwrap());
        Agent {
            child,
            stdout,
            stderr,
        }
    }

    fn hang_up(&self) {
        let pid = rustix::process::Pid::from_raw(self.child.id() as i32).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::HUP).unwrap();
    }

    fn prints(&self, text: &str) {
        until(&format!("{text:?} is printed"), || has(&self.stdout, text));
    }

    fn says(&self, text: &str) {
        until(&format!("{text:?} is said"), || has(&self.stderr, text));
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn collect(pipe: impl Read + Send + 'static) -> Arc<Mutex<Vec<String>>> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let to = lines.clone();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            to.lock().unwrap().push(line);
        }
    });
    lines
}

fn has(lines: &Mutex<Vec<String>>, text: &str) -> bool {
    lines.lock().unwrap().iter().any(|line| line.contains(text))
}

#[test]
fn a_changed_file_is_in_force_after_sighup_and_a_broken_one_changes_nothing() {
    let Some(journald) = Journald::start("") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ecs-logs.toml");
    let log = |message: &str, fields: &[(&str, &[u8])]| {
        let fields = [fields, &[("MESSAGE", message.as_bytes())]].concat();
        journald.log(&fields);
    };
    let web: &[(&str, &[u8])] = &[("CONTAINER_TAG", b"web"), ("CONTAINER_NAME", b"web-1")];

    std::fs::write(&file, "flush_timeout = \"50ms\"\n").unwrap();
    log("one", web);
    journald.sync();
    let agent = Agent::start(&journald.directory(), folder.path());
    agent.prints("\"message\":\"one\"");

    let routes = "flush_timeout = \"50ms\"\nformat = \"raw\"\n[[route]]\nmatch = [\"APPLICATION=cron\"]\ngroup = \"/host/{APPLICATION}\"\nstream = \"cron\"\n";
    std::fs::write(&file, routes).unwrap();
    agent.hang_up();
    agent.says("format changes from \"ecs-logs\" to \"raw\" now");
    agent.says("the configuration was reloaded");
    log("two", web);
    log("three", &[("APPLICATION", b"cron")]);
    agent.prints("{\"group\":\"web\",\"stream\":\"web-1\",\"event\":\"two\"}");
    agent.prints("{\"group\":\"/host/cron\",\"stream\":\"cron\",\"event\":\"three\"}");

    std::fs::write(&file, "flush_timout = \"1s\"\n").unwrap();
    agent.hang_up();
    agent.says("ecs-logs.toml:1: unknown key \"flush_timout\" (did you mean flush_timeout?)");
    agent.says("the configuration was not reloaded; what was in force stays in force");
    log("four", web);
    agent.prints("{\"group\":\"web\",\"stream\":\"web-1\",\"event\":\"four\"}");

    std::fs::write(&file, routes.replace("50ms", "60ms")).unwrap();
    agent.hang_up();
    agent.says("flush_timeout changes from \"50ms\" to \"60ms\" at the next start");
    log("five", web);
    agent.prints("\"event\":\"five\"");
    let printed = agent.stdout.lock().unwrap();
    assert_eq!(printed.len(), 5, "each line once: {printed:?}");
}
