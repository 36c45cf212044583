//! Counterparts that we did not write, from PyPI: each a process that ends with the test, since its standard input does.
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Python reads a thousand files before it listens, on a machine that may be busy.
const LONGEST_START: Duration = Duration::from_secs(60);

/// A counterpart that runs.
pub struct Counterpart {
    child: Child,
    stdin: Option<ChildStdin>,
    /// Its first line: where it listens.
    pub says: String,
}

impl Counterpart {
    /// Starts a script of `providers/counterparts` and waits for its first line.
    pub fn start(script: &str, arguments: &[&str]) -> Self {
        let mut child = python(script)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = child.stdout.take().unwrap();
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            let mut says = String::new();
            let _read = BufReader::new(stdout).read_line(&mut says);
            tell.send(says)
        });
        let says = told.recv_timeout(LONGEST_START).unwrap_or_default();
        if says.trim().is_empty() {
            let _ended = child.kill();
            panic!("{script} does not listen: see what it printed");
        }
        Self {
            stdin: child.stdin.take(),
            child,
            says: says.trim().to_owned(),
        }
    }
}

impl Drop for Counterpart {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ended = self.child.kill();
        let _waited = self.child.wait();
    }
}

/// Python with what `bin/setup` installed for it.
pub fn python(script: &str) -> Command {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("counterparts");
    let python = folder.join("venv/bin/python");
    assert!(
        python.exists(),
        "the counterparts of SES and SMTP are not installed: run bin/setup, which makes {}",
        python.display()
    );
    let mut command = Command::new(python);
    command.arg(folder.join(script));
    command
}
