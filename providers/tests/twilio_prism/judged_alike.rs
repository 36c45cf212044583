//! Forms of any kind are judged as Twilio's own library judges them.
use crate::TOKEN;
use crate::connect;
use crate::node::Node;
use crate::signed::{URL, hear_form, judge, sign, status};
use providers::Refusal;

/// A small generator, so that the same forms are tried each time.
struct Dice(u64);

impl Dice {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % below
    }

    fn word(&mut self) -> String {
        const LETTERS: [char; 16] = [
            'a', 'A', 'b', 'Z', '0', '_', ' ', '+', '&', '=', '%', 'ß', 'ﬁ', '👋', '\n', '日',
        ];
        (0..self.next(4))
            .map(|_| LETTERS[self.next(LETTERS.len())])
            .collect()
    }
}

#[tokio::test]
async fn three_hundred_forms_of_any_kind_are_judged_alike() {
    let mut node = Node::start("twilio_signer.mjs");
    let provider = connect(&[]);
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut believed = 0;
    for round in 0..300 {
        let mut call = status(&[]);
        for _ in 0..dice.next(8) {
            call.push((format!("x{}", dice.word()), dice.word()));
        }
        let signature = sign(&mut node, TOKEN, URL, &call).await;
        if round % 2 == 1 {
            let field = dice.next(call.len());
            call[field].1 = dice.word();
        }
        let theirs = judge(&mut node, URL, &signature, &call).await;
        let ours = hear_form(&provider, URL, Some(&signature), &call).await;
        assert_eq!(ours != Err(Refusal::Signature), theirs, "{call:?}");
        believed += usize::from(theirs);
    }
    assert!((150..300).contains(&believed), "{believed}");
}
