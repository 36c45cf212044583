//! A relay on loopback that speaks by hand, so that it can misbehave at each step.
use crate::entry::{Entry, Made};
use crate::mood::{Kind, Mood, Moods, kind};
use crate::other_side::{Door, door};
use providers::http::{Egress, Http, Timeouts};
use providers::{Outcome, Provider, Values};
use rules::channel::Channel;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const SECRET: &str = "s3cret-of-the-relay";

pub const ENTRY: Entry = Entry {
    name: "smtp",
    codes: "smtp",
    channel: Channel::Email,
    from: "hello@joes-plumbing.example",
    to: "jane@mail.example",
    moods: &[
        Mood::Takes,
        Mood::IsSlow,
        Mood::RefusesForGood,
        Mood::LimitsTheRate,
        Mood::AnswersHtml,
        Mood::AnswersTooMuch,
        Mood::SaysNothing,
        Mood::StopsMidAnswer,
        Mood::Drips,
        Mood::HangsUp,
        Mood::ResetsAfterReading,
        Mood::ResetsMidAnswer,
        Mood::RefusesTheConnection,
        Mood::IsNeverReached,
    ],
    secrets: &[SECRET, "AGpvZQ"],
    says_when: false,
    finds_without_name: false,
    proves_absence: false,
    make: |moods| Box::pin(made(moods)),
};

/// Where in the talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Greeting,
    Ehlo,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// The final dot was read.
    Dot,
}

/// What the relay does there.
#[derive(Debug, Clone, PartialEq)]
enum Act {
    Says(String),
    /// A byte at a time, this long apart.
    Drips(String, Duration),
    /// Says it and falls silent.
    Stops(String),
    /// Says it and closes.
    HangsUp(String),
    /// Says it and cuts the connection.
    Resets(String),
}

type Talks = Vec<(Step, Act)>;

async fn made(moods: Moods) -> Made {
    let (timeouts, first) = (moods.timeouts(), moods.of_hand_overs.first().copied());
    let talks = moods.of_hand_overs.into_iter().map(talk).collect();
    relay(talks, timeouts, first).await
}

fn talk(mood: Mood) -> (Step, Act) {
    let taken = || "250 2.0.0 Ok: queued as 4XyZ\r\n".to_owned();
    let half = || "250 2.0.0 Ok: que".to_owned();
    match mood {
        Mood::RefusesForGood => (
            Step::Rcpt,
            Act::Says("550 5.1.1 <jane@mail.example> User unknown\r\n".to_owned()),
        ),
        Mood::LimitsTheRate => (
            Step::Mail,
            Act::Says("450 4.7.1 hello@joes-plumbing.example: too many\r\n".to_owned()),
        ),
        Mood::AnswersHtml => (
            Step::Dot,
            Act::Says("<html><h1>jane@mail.example</h1>\r\n</html>\r\n".to_owned()),
        ),
        Mood::AnswersTooMuch => (
            Step::Dot,
            Act::Says(format!("250-{}\r\n", "and ".repeat(200)).repeat(400)),
        ),
        Mood::SaysNothing => (Step::Dot, Act::Stops(String::new())),
        Mood::StopsMidAnswer => (Step::Dot, Act::Stops(half())),
        Mood::IsSlow => (Step::Dot, Act::Drips(taken(), Duration::from_millis(2))),
        Mood::Drips => (Step::Dot, Act::Drips(taken(), Duration::from_millis(100))),
        Mood::HangsUp => (Step::Dot, Act::HangsUp(String::new())),
        Mood::ResetsAfterReading => (Step::Dot, Act::Resets(String::new())),
        Mood::ResetsMidAnswer => (Step::Dot, Act::Resets(half())),
        _ => (Step::Dot, Act::Says(taken())),
    }
}

/// So long for an answer.
fn waits(answer: Duration) -> Timeouts {
    Timeouts {
        answer,
        ..Moods::default().timeouts()
    }
}

/// A relay that does one of these in each connection in turn, and the provider in front of it.
async fn relay(talks: Talks, timeouts: Timeouts, first: Option<Mood>) -> Made {
    let (listener, at) = door(first).await;
    let port = at.port().to_string();
    let mails = Arc::new(Mutex::new(0));
    let mut tasks = JoinSet::new();
    let mut waiting = None;
    match listener {
        Door::Open(listener) => {
            let count = Arc::clone(&mails);
            tasks.spawn(async move {
                let mut speaking = JoinSet::new();
                let mut talks = talks.into_iter();
                while let Ok((stream, _)) = listener.accept().await {
                    let takes = (Step::Dot, Act::Says("250 2.0.0 Ok\r\n".to_owned()));
                    speaking.spawn(speak(stream, talks.next().unwrap_or(takes), Arc::clone(&count)));
                }
            });
        }
        Door::Full(full) => waiting = Some(full),
        Door::Shut => {}
    }
    Made {
        provider: connect(&port, timeouts),
        came: Box::new(move || *mails.lock().unwrap()),
        _keeps: Box::new((tasks, waiting)),
    }
}

fn connect(port: &str, timeouts: Timeouts) -> Arc<dyn Provider> {
    let mut values = Values::default();
    for (field, value) in [
        ("host", "127.0.0.1"),
        ("port", port),
        ("tls", "none"),
        ("username", "joe"),
        ("password", SECRET),
    ] {
        values.set(field, value);
    }
    let smtp = providers::described("smtp").unwrap();
    providers::settings::check(smtp.fields, &values).unwrap();
    (smtp.connect)(Http::with_timeouts(Egress::Anywhere, timeouts).unwrap(), &values).unwrap()
}

/// Speaks until somebody hangs up.
async fn speak(stream: TcpStream, (at, act): (Step, Act), mails: Arc<Mutex<usize>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut step = Step::Greeting;
    loop {
        if step == Step::Mail {
            *mails.lock().unwrap() += 1;
        }
        if step == at {
            stream = misbehave(stream, &act).await?;
        } else {
            let says = match step {
                Step::Greeting => "220 relay.example ESMTP\r\n",
                Step::Ehlo => "250-relay.example\r\n250 AUTH PLAIN\r\n",
                Step::Auth => "235 2.7.0 ok\r\n",
                Step::Data => "354 go on\r\n",
                Step::Mail | Step::Rcpt | Step::Dot => "250 2.0.0 Ok\r\n",
            };
            stream.get_mut().write_all(says.as_bytes()).await.ok()?;
        }
        step = hear(&mut stream, step).await?;
    }
}

/// What the other side wants next.
async fn hear(stream: &mut BufReader<TcpStream>, step: Step) -> Option<Step> {
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if step == Step::Data {
            if line == ".\r\n" {
                return Some(Step::Dot);
            }
            continue;
        }
        return match line.get(..4)? {
            "EHLO" => Some(Step::Ehlo),
            "AUTH" => Some(Step::Auth),
            "MAIL" => Some(Step::Mail),
            "RCPT" => Some(Step::Rcpt),
            "DATA" => Some(Step::Data),
            _ => None,
        };
    }
}

async fn misbehave(mut stream: BufReader<TcpStream>, act: &Act) -> Option<BufReader<TcpStream>> {
    let (Act::Says(text) | Act::Drips(text, _) | Act::Stops(text) | Act::HangsUp(text) | Act::Resets(text)) =
        act;
    if let Act::Drips(_, pause) = act {
        for byte in text.as_bytes() {
            stream.get_mut().write_all(&[*byte]).await.ok()?;
            tokio::time::sleep(*pause).await;
        }
        return Some(stream);
    }
    stream.get_mut().write_all(text.as_bytes()).await.ok()?;
    match act {
        Act::Says(_) | Act::Drips(..) => Some(stream),
        Act::HangsUp(_) => None,
        Act::Stops(_) => {
            while stream.read_line(&mut String::new()).await.ok()? > 0 {}
            None
        }
        Act::Resets(_) => {
            // so that what was written is read before the line is cut
            tokio::time::sleep(Duration::from_millis(50)).await;
            stream.get_ref().set_zero_linger().unwrap();
            None
        }
    }
}

const BEFORE_THE_MAIL: [Step; 6] = [
    Step::Greeting,
    Step::Ehlo,
    Step::Auth,
    Step::Mail,
    Step::Rcpt,
    Step::Data,
];

#[tokio::test]
async fn whatever_breaks_before_the_mail_is_said_took_nothing() {
    for step in BEFORE_THE_MAIL {
        for act in [
            Act::Stops(String::new()),
            Act::Stops("2".to_owned()),
            Act::HangsUp(String::new()),
            Act::Resets(String::new()),
            Act::Resets("25".to_owned()),
            Act::HangsUp("<html>\r\n".to_owned()),
            Act::Says("421 4.3.2 shutting down\r\n".to_owned()),
            Act::Says("451 jane@mail.example, later\r\n".to_owned()),
        ] {
            let made = relay(vec![(step, act.clone())], waits(Duration::from_millis(400)), None).await;
            let outcome = made.provider.send(&ENTRY.request(1)).await;
            assert_eq!(kind(&outcome), Kind::TryLater, "{step:?} {act:?}: {outcome:?}");
            assert!(!format!("{outcome:?}").contains("jane"), "{outcome:?}");
        }
    }
}

/// The relay's no at this step, by its name.
async fn refused_at(step: Step, no: &str) -> String {
    let script = vec![(step, Act::Says(no.to_owned()))];
    let made = relay(script, waits(Duration::from_secs(20)), None).await;
    let outcome = made.provider.send(&ENTRY.request(1)).await;
    let Outcome::Refused { code, detail } = outcome else {
        panic!("{step:?} {no}: {outcome:?}")
    };
    assert!(!detail.contains("jane"), "{detail}");
    code
}

#[tokio::test]
async fn a_relay_that_says_no_to_a_mail_for_good_is_believed_with_its_own_code() {
    for step in [Step::Mail, Step::Rcpt, Step::Data, Step::Dot] {
        let no = "554-5.7.1 jane@mail.example\r\n554 5.7.1 is not wanted here\r\n";
        assert_eq!(refused_at(step, no).await, "5.7.1", "{step:?}");
    }
}

#[tokio::test]
async fn a_relay_that_says_no_before_any_mail_says_it_to_all_and_of_user_and_password_by_that_name() {
    for no in [
        "554 5.7.1 not on our list\r\n",
        "554 no SMTP service here\r\n",
        "521 this host takes no mail\r\n",
        "550 5.1.1 hello@joes-plumbing.example: unknown here\r\n",
        "500 what?\r\n",
    ] {
        for step in [Step::Greeting, Step::Ehlo, Step::Auth] {
            assert_eq!(refused_at(step, no).await, "relay_refused", "{step:?} {no}");
        }
    }
    for (no, name) in [
        ("535 5.7.8 wrong password\r\n", "5.7.8"),
        ("535 5.7.1 wrong password\r\n", "535"),
        ("534 5.7.9 use an app password\r\n", "5.7.9"),
    ] {
        assert_eq!(refused_at(Step::Auth, no).await, name, "{no}");
    }
}

#[tokio::test]
async fn what_a_relay_has_against_the_sender_never_ends_the_recipient_s_address() {
    for no in [
        "550 5.1.1 hello@joes-plumbing.example: unknown here\r\n",
        "550 unknown here\r\n",
        "553 not this sender\r\n",
        "521 this host takes no mail\r\n",
        "556 5.1.10 no mail\r\n",
    ] {
        for (step, of_us) in [(Step::Mail, true), (Step::Rcpt, false)] {
            let code = refused_at(step, no).await;
            assert_eq!(code == "sender_refused", of_us, "{step:?} {no}: {code}");
        }
    }
}

#[tokio::test]
async fn a_farewell_that_goes_wrong_takes_nothing_back() {
    // it never answers QUIT: this relay hangs up on a word that it doesn't know
    let made = relay(vec![], waits(Duration::from_secs(20)), None).await;
    let outcome = made.provider.send(&ENTRY.request(1)).await;
    assert_eq!(kind(&outcome), Kind::Accepted, "{outcome:?}");
}

/// Speaks in the clear what should come under TLS.
async fn interloper(after_starttls: &'static str) -> Outcome {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        for says in [
            "220 relay.example\r\n",
            "250-relay.example\r\n250 STARTTLS\r\n",
            after_starttls,
        ] {
            stream.get_mut().write_all(says.as_bytes()).await.unwrap();
            let _heard = stream.read_line(&mut String::new()).await;
        }
    });
    let mut values = Values::default();
    for (field, value) in [("host", "127.0.0.1"), ("port", port.as_str())] {
        values.set(field, value);
    }
    let smtp = providers::described("smtp").unwrap();
    let smtp = (smtp.connect)(Http::new(Egress::Anywhere).unwrap(), &values).unwrap();
    smtp.send(&ENTRY.request(1)).await
}

#[tokio::test]
async fn what_is_said_in_the_clear_is_not_believed_under_tls() {
    let early = interloper("220 go on\r\n250-relay.example\r\n250 AUTH PLAIN\r\n235 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n").await;
    assert!(
        matches!(&early, Outcome::Refused { code, .. } if code == "tls"),
        "{early:?}"
    );
    let refused = interloper("454 TLS not available\r\n").await;
    assert_eq!(kind(&refused), Kind::TryLater, "{refused:?}");
}
