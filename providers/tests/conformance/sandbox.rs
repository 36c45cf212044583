//! The sandbox: no wire, so an other side with fewer moods.
use crate::entry::{Entry, Made};
use crate::mood::Mood;
use providers::Provider;
use providers::sandbox::journal::{self, Line};
use providers::sandbox::{Act, Sandbox, Script};
use rules::channel::Channel;
use std::sync::Arc;
use std::time::Duration;

const TO: &str = "+12125550123";

pub const ENTRY: Entry = Entry {
    name: "sandbox",
    codes: "sandbox",
    channel: Channel::Sms,
    from: "+12125550100",
    to: TO,
    moods: &[
        Mood::Takes,
        Mood::IsSlow,
        Mood::RefusesForGood,
        Mood::RefusesOptedOut,
        Mood::LimitsTheRate,
        Mood::SaysNothing,
        Mood::ResetsUnread,
    ],
    secrets: &[],
    says_when: true,
    finds_without_name: true,
    proves_absence: true,
    make: |moods| Box::pin(async move { make(&moods.of_hand_overs) }),
};

fn make(moods: &[Mood]) -> Made {
    let act = |mood: &Mood| match mood {
        Mood::IsSlow => Act::Slow {
            wait: Duration::from_millis(5),
        },
        Mood::RefusesForGood => Act::Refuse {
            code: "21211".to_owned(),
        },
        Mood::RefusesOptedOut => Act::Refuse {
            code: "21610".to_owned(),
        },
        Mood::LimitsTheRate => Act::RateLimit {
            after: Duration::from_secs(30),
        },
        Mood::SaysNothing => Act::LoseAnswer,
        Mood::ResetsUnread => Act::NeverReceive,
        _ => Act::Deliver,
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let script = Script::acts(vec![(TO.to_owned(), moods.iter().map(act).collect())]);
    Made {
        provider: Arc::new(Sandbox::open(&path, script).unwrap()) as Arc<dyn Provider>,
        came: Box::new(move || {
            let lines = journal::read(&path).unwrap();
            let is_hand_over = |line: &&Line| matches!(line, Line::Receipt(_) | Line::NeverReceived { .. });
            lines.iter().filter(is_hand_over).count()
        }),
        _keeps: Box::new(folder),
    }
}
