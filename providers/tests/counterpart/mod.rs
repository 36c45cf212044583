//! Counterparts that we did not write, from PyPI: each a process that ends with the test, since its standard input does.
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};

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
        let mut says = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut says)
            .unwrap();
        assert!(
            !says.trim().is_empty(),
            "{script} ended before it listened: see what it printed"
        );
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
