//! An installation: the program itself, `serve` running on a data folder of its own, commands beside it as an operator gives them.
use providers::http::{Answer, Egress, Http};
use serde_json::Value;
use server::db::embedded::{self, Options, Role};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Row};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};

/// Where providers believe the installation to be; they sign this address.
pub const PUBLIC_URL: &str = "https://courtesy.example";
/// How long the program may take for a command, to start, or to stop.
const LONGEST: Duration = Duration::from_secs(60);
/// How long what `serve` does by itself may take.
const SOON: Duration = Duration::from_secs(60);

/// A running installation. It ends with the test.
pub struct Courtesy {
    serve: Child,
    /// Goes after the process that works in it.
    folder: TempDir,
    /// Where `serve` listens.
    door: String,
    pub http: Http,
    /// The owner's, whom row security does not bind.
    database: Mutex<PgConnection>,
}

/// A call of a provider.
#[derive(Debug, Clone)]
pub struct Call {
    /// The public address that is called, with its query.
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Courtesy {
    /// Starts `serve` with an empty data folder.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // PostgreSQL runs as another account when this one is root
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
        let mut serve = program(folder.path())
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(serve.stdout.take().unwrap()).lines();
        let said = timeout(LONGEST, lines.next_line())
            .await
            .expect("serve does not come up")
            .unwrap()
            .expect("serve ended: see what it printed");
        let door = said
            .split_once("http://")
            .and_then(|(_, rest)| rest.strip_suffix("/healthz"))
            .unwrap()
            .to_owned();
        let server = embedded::start(&folder.path().join("data"), &Options::default())
            .await
            .unwrap();
        assert!(!server.is_owner(), "serve owns it");
        Self {
            serve,
            door,
            http: Http::new(Egress::Anywhere).unwrap(),
            database: Mutex::new(server.url(Role::Owner).connect().await.unwrap()),
            folder,
        }
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// One value of the database, where a command would only be slower.
    pub async fn text(&self, sql: &str) -> String {
        let mut database = self.database.lock().await;
        let row = database
            .fetch_one(AssertSqlSafe(format!("select ({sql})::text")))
            .await
            .unwrap();
        row.get::<Option<String>, _>(0).unwrap_or_default()
    }

    /// Writes a file for a command to read.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// What a command says; it has to do what was asked.
    pub async fn says(&self, arguments: &[&str]) -> String {
        self.given("", arguments).await
    }

    /// The same, with these lines on its standard input.
    pub async fn given(&self, input: &str, arguments: &[&str]) -> String {
        let output = self.run(input, arguments).await;
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a command answers as JSON.
    pub async fn json(&self, arguments: &[&str]) -> Value {
        let said = self.says(&[arguments, &["--json"]].concat()).await;
        serde_json::from_str(&said).unwrap()
    }

    /// Why a command does not do what was asked; it has to end with code 1.
    pub async fn refuses(&self, arguments: &[&str]) -> String {
        let output = self.run("", arguments).await;
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error}");
        error
    }

    async fn run(&self, input: &str, arguments: &[&str]) -> Output {
        let mut child = program(self.folder.path())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).await.unwrap();
        drop(stdin);
        timeout(LONGEST, child.wait_with_output())
            .await
            .unwrap_or_else(|_| panic!("{arguments:?} has no end"))
            .unwrap()
    }

    /// Calls as a provider does, by the proxy in front: the path and query as they came. Answers the status and the body.
    pub async fn hear(&self, call: &Call) -> (u16, String) {
        let url = call.url.replacen(PUBLIC_URL, &format!("http://{}", self.door), 1);
        assert_ne!(url, call.url, "a provider calls the public address");
        let mut request = self.http.post(&url);
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        read(self.http.call(request.body(call.body.clone())).await.unwrap())
    }

    /// Asks for a page by the proxy in front.
    pub async fn page(&self, url: &str) -> (u16, String) {
        let url = url.replacen(PUBLIC_URL, &format!("http://{}", self.door), 1);
        read(self.http.call(self.http.get(&url)).await.unwrap())
    }

    /// Looks for sound rows, stops `serve` as an operator does, and looks that it ended well.
    pub async fn close(mut self) {
        let examined = self.json(&["doctor", "--deep"]).await;
        assert_eq!(examined["offences"], 0, "{examined:#}");
        assert!(examined["installation"].is_array());
        self.database.into_inner().close().await.unwrap();
        let id = nix::unistd::Pid::from_raw(self.serve.id().unwrap().try_into().unwrap());
        nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGTERM).unwrap();
        let ended = timeout(LONGEST, self.serve.wait())
            .await
            .expect("serve does not stop")
            .unwrap();
        assert_eq!(ended.code(), Some(0));
    }
}

fn read(answer: Answer) -> (u16, String) {
    (answer.status.as_u16(), String::from_utf8(answer.body).unwrap())
}

/// The program with a data folder, and with no setting of whoever runs the test.
fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_courtesy"));
    for setting in [
        "DATABASE_URL",
        "DATABASE_OWNER_URL",
        "COURTESY_KEYS",
        "COURTESY_LISTEN",
        "RUST_LOG",
    ] {
        command.env_remove(setting);
    }
    command
        .env("COURTESY_DATA", folder.join("data"))
        .env("COURTESY_PUBLIC_URL", PUBLIC_URL)
        // the other sides are on this machine
        .env("COURTESY_ALLOW_PRIVATE_EGRESS", "true")
        .current_dir(folder);
    command
}

/// What is there as soon as it is; a test fails when it does not come.
pub async fn soon<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let found = timeout(SOON, async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            sleep(Duration::from_millis(200)).await;
        }
    });
    found.await.unwrap_or_else(|_| panic!("it did not come: {what}"))
}
