//! What a drill says at its end.
use crate::course::Course;
use crate::twilio::Twilio;
use crate::verdict::Verdict;
use crate::worker;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Tells what was injected and how each promise stands. Answers whether every promise held and every kind of fault was injected.
pub fn report(course: &Course, verdict: &Verdict, took: Duration) -> bool {
    let Course {
        plan,
        crew,
        proxy,
        desk,
        injected,
        ..
    } = course;
    let has_disk = course.disk.is_some();
    let words = crew.last_words();
    let own: u64 = words.values().sum();
    let kills = crew.killed + own;
    let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    say("Injected".to_owned());
    let mut all = true;
    for (what, count, least) in [
        ("workers killed with -9", crew.killed, 1),
        (
            "workers that killed themselves at a failpoint",
            own - u64::from(injected.import_deaths),
            1,
        ),
        (
            "imports killed on their way",
            u64::from(injected.import_deaths),
            1,
        ),
        ("kills in all", kills, plan.least_kills),
        ("workers stopped by SIGTERM", crew.stopped, 0),
        ("PostgreSQL stopped in the middle", injected.database_crashes, 1),
        ("connections cut after COMMIT was sent", load(&proxy.cuts), 1),
        ("times that the provider hung up", load(&desk.hung_up), 1),
        ("lies of the provider", load(&desk.lies), 1),
        ("clocks stepped by an hour", crew.clock_steps, 1),
        ("full disks", injected.disk_full, u64::from(has_disk)),
        (
            "STOPs while a message was in flight",
            load(&desk.stops_while_in_flight),
            1,
        ),
        ("STOPs out of the blue", injected.stops_out_of_the_blue, 1),
        ("revocations taken down by staff", load(&injected.revocations), 1),
        (
            "texts whose one call nobody took",
            desk.twilio.as_ref().map_or(0, Twilio::called_in_vain),
            u64::from(desk.twilio.is_some()),
        ),
        ("STARTs", verdict.said.starts, 1),
        ("words said twice in a row", verdict.said.repeated, 1),
        (
            "words taken up before one that was written earlier",
            verdict.said.out_of_order,
            1,
        ),
        ("HELPs between other words", verdict.said.helps_between, 1),
        (
            "words told again when the product had them",
            load(&desk.told_again),
            1,
        ),
        ("jobs done after a START", verdict.said.jobs_after_start, 1),
        ("pauses", injected.pauses, 1),
        ("edits", injected.edits, 1),
    ] {
        let mark = if count < least { "✗" } else { " " };
        all &= count >= least;
        say(format!("  {mark} {count:>7}  {what}"));
    }
    if !has_disk {
        say("            (a full disk needs root, for a small disk of its own: left out)".to_owned());
    }
    for (name, count) in &words {
        say(format!("      {count:>5}  died at {name}"));
    }
    say(format!(
        "\nVerdict  {} messages, {} taken by the provider, in {} s",
        verdict.messages,
        verdict.taken,
        took.as_secs()
    ));
    for promise in &verdict.promises {
        let broken = promise.broken_by.len();
        let mark = if broken == 0 { "✓" } else { "✗" };
        say(format!(
            "  {mark} {:<75} {broken:>5} of {}",
            promise.says, promise.checked
        ));
        for offence in promise.broken_by.iter().take(5) {
            say(format!("      {offence}"));
        }
    }
    let most_unknown = kills * worker::BATCH as u64;
    let few = u64::try_from(verdict.unknown).is_ok_and(|unknown| unknown <= most_unknown);
    say(format!(
        "  {} {} messages of unknown outcome; at most {most_unknown} could be (kills × in flight)",
        if few { "✓" } else { "✗" },
        verdict.unknown
    ));
    say(format!(
        "    {} follow-ups were on their way already when STOP came",
        verdict.overtaken_in_flight
    ));
    say(format!(
        "    {} confirmations of opt-outs were lost on their way or refused",
        verdict.confirmations_lost
    ));
    if cfg!(feature = "unlocked-gate") {
        say("    this is the drill without the gate's lock: it should fail".to_owned());
    }
    all && few && verdict.holds()
}

#[expect(clippy::print_stdout, reason = "this is what the drill says")]
pub fn say(line: String) {
    println!("{line}");
}
