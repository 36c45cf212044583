//! Each provider through the real program, end to end: an operator's commands, `courtesy serve`, and on the other side of each
//! connection what the provider wrote itself, or what others wrote to play it.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop; clippy knows only #[test] functions"
)]
mod amazon;
mod bandwidth;
mod business;
mod calls;
mod counterpart;
mod courtesy;
mod day;
mod desk;
mod mail;
mod ses;
mod smtp;
mod story;
mod twilio;
mod vonage;
mod whatsapp;
