//! How much was said, and how badly it was told: a drill in which nobody came back proves nothing about those who do.
use super::story::Story;
use crate::words::Word;

/// What customers did by their own words.
pub struct Said {
    pub starts: u64,
    /// A word of somebody who had said the same before, with no other between.
    pub repeated: u64,
    /// Words that were taken up before one that was written earlier.
    pub out_of_order: u64,
    pub helps_between: u64,
    /// People for whom a job was done after their START.
    pub jobs_after_start: u64,
}

impl Said {
    pub(super) fn of(stories: &[Story], jobs_after_start: usize) -> Self {
        let mut said = Self {
            starts: 0,
            repeated: 0,
            out_of_order: 0,
            helps_between: 0,
            jobs_after_start: jobs_after_start as u64,
        };
        for story in stories {
            let heard = &story.heard;
            said.starts += heard.iter().filter(|one| one.word == Word::Start).count() as u64;
            for pair in heard.windows(2) {
                said.repeated += u64::from(pair[0].word == pair[1].word);
                said.out_of_order += u64::from(pair[0].written > pair[1].written);
            }
            let helps = heard.iter().skip(1).filter(|one| one.word == Word::Help);
            said.helps_between += helps.count() as u64;
        }
        said
    }
}
