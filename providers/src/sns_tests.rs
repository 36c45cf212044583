//! Where certificates and confirmations may be, before anything is fetched.
use super::*;
use crate::http::Egress;
use serde_json::json;

const TOPIC: &str = "arn:aws:sns:us-east-1:1:t";

fn sns(stand_in: Option<&str>) -> Sns {
    Sns::new(
        Http::new(Egress::Public).unwrap(),
        Vec::new(),
        stand_in.map(|url| Url::parse(url).unwrap()),
    )
}

#[test]
fn a_certificate_is_amazons_by_its_address_or_is_not_fetched() {
    let sns = sns(None);
    for (good, topic) in [
        (
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
            TOPIC,
        ),
        (
            "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-1.pem",
            "arn:aws-cn:sns:cn-north-1:1:t",
        ),
        (
            "https://sns.us-gov-west-1.amazonaws.com:443/SimpleNotificationService-1.pem",
            "arn:aws-us-gov:sns:us-gov-west-1:1:t",
        ),
    ] {
        assert!(sns.certificate_url(good, topic).is_ok(), "{good}");
    }
    for evil in [
        "http://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.us-east-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem",
        "https://sns.us-east-1.amazonaws.com@evil.example/SimpleNotificationService-1.pem",
        "https://u:p@sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.us-east-1.amazonaws.com:8443/SimpleNotificationService-1.pem",
        "https://evil.example/SimpleNotificationService-1.pem",
        "https://evil.example/?sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://bucket.s3.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.s3.us-east-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.s3.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.s3-us-west-2.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.us-east-1.amazonaws.com.cn/SimpleNotificationService-1.pem",
        "https://sns..amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.us-east-1.amazonaws.com/other.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem?x=1",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-a/../b.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-%2e%2e.pem",
        "https://127.0.0.1/SimpleNotificationService-1.pem",
        "http://127.0.0.1:5005/SimpleNotificationService-1.pem",
        "file:///SimpleNotificationService-1.pem",
        "",
    ] {
        assert_eq!(
            sns.certificate_url(evil, TOPIC),
            Err(Refusal::Signature),
            "{evil}"
        );
    }
}

#[test]
fn a_stand_in_is_believed_at_its_own_address_alone() {
    let sns = sns(Some("http://127.0.0.1:5005/"));
    let path = "SimpleNotificationService-1.pem";
    assert!(
        sns.certificate_url(&format!("http://127.0.0.1:5005/{path}"), TOPIC)
            .is_ok()
    );
    for other in [
        "https://127.0.0.1:5005",
        "http://127.0.0.1:5006",
        "http://127.0.0.2:5005",
        "http://localhost:5005",
    ] {
        assert_eq!(
            sns.certificate_url(&format!("{other}/{path}"), TOPIC),
            Err(Refusal::Signature),
            "{other}"
        );
    }
}

fn body(subscribe_url: &str) -> Body {
    serde_json::from_value(json!({
        "Type": "SubscriptionConfirmation", "MessageId": "m", "TopicArn": TOPIC, "Message": "",
        "Timestamp": "2026-11-21T15:00:00Z", "SignatureVersion": "1", "Signature": "", "SigningCertURL": "",
        "SubscribeURL": subscribe_url, "Token": "t0ken",
    }))
    .unwrap()
}

#[test]
fn only_a_confirmation_of_that_topic_at_amazon_is_called() {
    let sns = sns(None);
    let good = "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-east-1:1:t&Token=t0ken";
    assert!(sns.confirmation_url(&body(good)).is_ok());
    for evil in [
        "https://169.254.169.254/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-east-1:1:t&Token=t0ken",
        "https://evil.example/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-east-1:1:t&Token=t0ken",
        "https://sns.us-east-1.amazonaws.com/?Action=DeleteTopic&TopicArn=arn:aws:sns:us-east-1:1:t",
        "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-east-1:1:other",
        "https://sns.us-east-1.amazonaws.com/x?Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-east-1:1:t",
    ] {
        assert_eq!(
            sns.confirmation_url(&body(evil)),
            Err(Refusal::Signature),
            "{evil}"
        );
    }
}

#[test]
fn what_is_signed_has_each_field_in_its_order() {
    let mut body = body("https://s.example/");
    body.message = "You chose\nto subscribe".to_owned();
    assert_eq!(
        canonical(Kind::SubscriptionConfirmation, &body).unwrap(),
        "Message\nYou chose\nto subscribe\nMessageId\nm\nSubscribeURL\nhttps://s.example/\nTimestamp\n2026-11-21T15:00:00Z\n\
         Token\nt0ken\nTopicArn\narn:aws:sns:us-east-1:1:t\nType\nSubscriptionConfirmation\n"
    );
    body.kind = "Notification".to_owned();
    body.subject = Some("Amazon SES".to_owned());
    assert_eq!(
        canonical(Kind::Notification, &body).unwrap(),
        "Message\nYou chose\nto subscribe\nMessageId\nm\nSubject\nAmazon SES\nTimestamp\n2026-11-21T15:00:00Z\n\
         TopicArn\narn:aws:sns:us-east-1:1:t\nType\nNotification\n"
    );
    body.token = None;
    assert_eq!(canonical(Kind::UnsubscribeConfirmation, &body), None);
}
