//! Files with a reply: no more than the provider takes that would carry it.
use super::{ANN, all, hear, ours, told};
use crate::support::people::customer;
use crate::support::{World, world};
use providers::Inbound;
use rules::channel::Channel;
use server::messages::reply::{self, NewReply, ReplyError};

/// Ann writes by that channel, which this provider carries.
async fn by(provider: &str, channel: Channel) -> World {
    let world = world().await;
    customer(&world, "Ann", ANN).await;
    let to = ours(&world, channel).await;
    let said = Inbound::text("1", channel, (ANN, &to), "Can you show me?");
    hear(&world, &[told(&world, &said)]).await;
    world
        .run(&format!(
            "update tenant_channel_settings set provider = '{provider}' where tenant_id = $1 and channel = '{}'",
            channel.name()
        ))
        .await;
    world
}

/// What a reply with so many files is answered.
async fn with_files(world: &World, files: usize) -> Result<(), ReplyError> {
    let to = all(world).await[0].conversation.id;
    let mut tx = world.tx().await;
    let new = NewReply {
        body: "Look".to_owned(),
        media_urls: vec!["https://example.com/a.png".to_owned(); files],
        at: None,
    };
    reply::reply(&mut tx, to, &new).await.map(drop)
}

#[tokio::test]
async fn a_reply_with_more_files_than_its_provider_takes_is_refused_and_says_so() {
    for (provider, channel, most, takes) in [
        (
            "vonage",
            Channel::Sms,
            0,
            "Vonage takes no file with a message by sms",
        ),
        (
            "whatsapp",
            Channel::Whatsapp,
            1,
            "takes one file with a message by whatsapp",
        ),
        (
            "twilio",
            Channel::Whatsapp,
            1,
            "Twilio takes one file with a message by whatsapp",
        ),
        ("bandwidth", Channel::Sms, 10, ""),
        ("twilio", Channel::Sms, 10, ""),
        ("sandbox", Channel::Sms, 10, ""),
    ] {
        let world = by(provider, channel).await;
        for fits in [0, most] {
            let done = with_files(&world, fits).await;
            assert!(done.is_ok(), "{provider}: {done:?}");
        }
        let refused = with_files(&world, most + 1).await.unwrap_err();
        match refused {
            ReplyError::TooManyForProvider { .. } => {
                let said = refused.to_string();
                assert!(!takes.is_empty() && said.contains(takes), "{said}");
            }
            other => assert!(
                takes.is_empty() && matches!(other, ReplyError::TooManyMedia(11)),
                "{provider}: {other:?}"
            ),
        }
    }
}
