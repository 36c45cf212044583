//! What providers and others wrote, as `bin/setup` installs it: scripts of `providers/counterparts`, by Node or by Python.
use serde_json::Value;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// On a machine that may be busy.
const LONGEST: Duration = Duration::from_secs(120);

/// A script that runs. It ends with the test: it is killed, and its standard input ends.
pub struct Counterpart {
    lines: Lines<BufReader<ChildStdout>>,
    stdin: ChildStdin,
    _child: Child,
}

impl Counterpart {
    /// Starts a script.
    pub fn start(script: &str, arguments: &[&str]) -> Self {
        let mut child = command(script).args(arguments).spawn().unwrap();
        Self {
            lines: BufReader::new(child.stdout.take().unwrap()).lines(),
            stdin: child.stdin.take().unwrap(),
            _child: child,
        }
    }

    /// Its next line; the first one says where it listens.
    pub async fn line(&mut self) -> String {
        timeout(LONGEST, self.lines.next_line())
            .await
            .expect("the counterpart says nothing")
            .unwrap()
            .expect("the counterpart ended: see what it printed")
    }

    /// The answer to a question of a line.
    pub async fn ask(&mut self, question: &Value) -> Value {
        let question = format!("{question}\n");
        self.stdin.write_all(question.as_bytes()).await.unwrap();
        serde_json::from_str(&self.line().await).unwrap()
    }
}

/// What a script that reads one list of tasks makes of them.
pub async fn tasks(script: &str, tasks: &Value) -> Value {
    let mut child = command(script).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(tasks.to_string().as_bytes()).await.unwrap();
    drop(stdin);
    let output = timeout(LONGEST, child.wait_with_output())
        .await
        .expect("the script has no end")
        .unwrap();
    assert!(output.status.success(), "{script} failed: see what it printed");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn command(script: &str) -> Command {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../providers/counterparts");
    let (program, installed) = if script.ends_with(".py") {
        (folder.join("venv/bin/python"), folder.join("venv/installed.txt"))
    } else {
        (PathBuf::from("node"), folder.join("node_modules/installed.json"))
    };
    assert!(
        installed.exists(),
        "the providers' counterparts are not installed in {}: run bin/setup",
        folder.display()
    );
    let mut command = Command::new(program);
    command
        .arg(script)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    command
}
