//! A script of `providers/counterparts` at work, by Node or by Python.
use serde_json::Value;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

/// What came of each of these tasks. `package` is what the script needs.
pub async fn tasks(script: &str, package: &str, tasks: &Value) -> Vec<Value> {
    let mut child = start(script, package);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(tasks.to_string().as_bytes()).await.unwrap();
    drop(stdin);
    let output = tokio::time::timeout(Duration::from_secs(120), child.wait_with_output())
        .await
        .expect("the script has no end")
        .unwrap();
    assert!(output.status.success(), "{script} failed: see what it printed");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A script that listens: the process, which ends with the test, and where.
pub async fn listening(script: &str, package: &str) -> (Child, String) {
    let mut child = start(script, package);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let url = tokio::time::timeout(Duration::from_secs(120), lines.next_line())
        .await
        .expect("the script says nothing")
        .unwrap()
        .expect("the script ended: see what it printed");
    (child, url)
}

fn start(script: &str, package: &str) -> Child {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("counterparts");
    let (program, installed) = if script.ends_with(".py") {
        let venv = folder.join("venv");
        let list = std::fs::read_to_string(venv.join("installed.txt")).unwrap_or_default();
        (venv.join("bin/python"), list.contains(package))
    } else {
        let is_there = folder.join("node_modules").join(package).exists();
        (PathBuf::from("node"), is_there)
    };
    assert!(
        installed,
        "{package} is not installed: run bin/setup, which puts what others wrote under {}",
        folder.display()
    );
    Command::new(&program)
        .arg(folder.join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| panic!("{} can't be started ({error}): run bin/setup", program.display()))
}
