//! Counterparts that we did not write, from npm: each a process of Node that ends with the test.
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// A process that answers by lines.
pub struct Node {
    lines: Lines<BufReader<ChildStdout>>,
    stdin: ChildStdin,
    _child: Child,
}

impl Node {
    /// Starts a script of `providers/counterparts`.
    pub fn start(script: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("counterparts");
        assert!(
            folder.join("node_modules/installed.json").exists(),
            "Twilio's counterparts are not installed in {}: run bin/setup; it needs Node 20 or newer with npm",
            folder.display()
        );
        let mut child = Command::new("node")
            .arg(script)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self {
            lines: BufReader::new(child.stdout.take().unwrap()).lines(),
            stdin: child.stdin.take().unwrap(),
            _child: child,
        }
    }

    /// Its next line.
    pub async fn line(&mut self) -> String {
        tokio::time::timeout(Duration::from_secs(120), self.lines.next_line())
            .await
            .expect("the counterpart says nothing")
            .unwrap()
            .expect("the counterpart ended: see what it printed")
    }

    /// The answer to a question of a line.
    pub async fn ask(&mut self, question: &serde_json::Value) -> serde_json::Value {
        self.stdin
            .write_all(format!("{question}\n").as_bytes())
            .await
            .unwrap();
        serde_json::from_str(&self.line().await).unwrap()
    }
}
