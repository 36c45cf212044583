//! Who is messaged in the drill: made from a seed, each with a script of what their phone and their carrier do.
use crate::talk::Talk;
use jiff::{SignedDuration, Timestamp};
use providers::sandbox::{Act, Script};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::time::Duration;

/// A customer of one of the drill's tenants.
#[derive(Clone)]
pub struct Person {
    pub tenant: usize,
    pub number: usize,
    pub phone: String,
    pub email: String,
    place: &'static Place,
    acts: Vec<Act>,
    /// Writes STOP at the moment in which a text to them is on its way.
    pub stops_in_flight: bool,
    /// How many jobs they had, each followed up by itself: with three, more texts are due at once than anybody may get in a day.
    pub jobs: usize,
    /// Tells the office to stop texting, moments after the job was done.
    pub calls_the_office: bool,
    /// Says more than one word, and nothing besides: nobody else opts them out, and their phone works.
    pub talk: Option<Talk>,
}

struct Place {
    area: &'static str,
    zip: &'static str,
    zone: &'static str,
    /// How many of twenty live there.
    share: u32,
}

/// The drill begins at 20:47 in New York: three minutes later its evening is over, Chicago's is not, and in Honolulu it is the
/// afternoon; in Los Angeles too. So texts are held and sent all the time.
pub const BEGINS: &str = "2026-03-04T01:47:00Z";

const PLACES: [Place; 4] = [
    Place {
        area: "212",
        zip: "10001",
        zone: "America/New_York",
        share: 2,
    },
    Place {
        area: "312",
        zip: "60601",
        zone: "America/Chicago",
        share: 7,
    },
    Place {
        area: "213",
        zip: "90012",
        zone: "America/Los_Angeles",
        share: 9,
    },
    Place {
        area: "808",
        zip: "96813",
        zone: "Pacific/Honolulu",
        share: 2,
    },
];

/// About so many of a tenant's customers say more than one word, in a large drill: while something that was said waits to be taken up,
/// nothing of its tenant is sent, and all would wait for the calm.
const MOST_SPEAKERS: f64 = 60.0;

/// Everybody, and the script that the provider plays.
pub struct People {
    pub all: Vec<Person>,
}

impl People {
    /// `each` customers for each of `tenants` tenants.
    pub fn roll(seed: u64, tenants: usize, each: usize) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let speaks = (MOST_SPEAKERS / each.max(1) as f64).min(0.15);
        let mut all = Vec::new();
        for tenant in 0..tenants {
            for number in 0..each {
                all.push(person(&mut rng, speaks, tenant, number));
            }
        }
        Self { all }
    }

    pub fn script(&self) -> Script {
        Script::acts(
            self.all
                .iter()
                .map(|person| (person.phone.clone(), person.acts.clone()))
                .collect(),
        )
    }

    /// The zones in which the owner of an address lives.
    pub fn zones(&self) -> HashMap<String, String> {
        self.all
            .iter()
            .flat_map(|person| {
                [&person.phone, &person.email].map(|to| (to.clone(), person.place.zone.to_owned()))
            })
            .collect()
    }

    /// The phones of those who say more than one word.
    pub fn speakers(&self) -> HashSet<String> {
        self.all
            .iter()
            .filter(|person| person.talk.is_some())
            .map(|person| person.phone.clone())
            .collect()
    }

    pub fn stop_in_flight(&self) -> HashSet<String> {
        self.all
            .iter()
            .filter(|person| person.stops_in_flight)
            .map(|person| person.phone.clone())
            .collect()
    }

    /// The list that a tenant imports: everybody agreed to texts half a year before.
    pub fn list(&self, tenant: usize, now: Timestamp) -> anyhow::Result<String> {
        let mut list = String::from(
            "name,phone,email,zip,sms_consent,sms_consent_date,sms_consent_method,sms_disclosure\n",
        );
        let day = now.checked_sub(SignedDuration::from_hours(24 * 180))?;
        for person in self.all.iter().filter(|person| person.tenant == tenant) {
            writeln!(
                list,
                "Person {},{},{},{},yes,{},service_agreement,I agree to follow-up texts from Drill {tenant}. Reply STOP to opt out.",
                person.number,
                person.phone,
                person.email,
                person.place.zip,
                day.strftime("%Y-%m-%d"),
            )?;
        }
        Ok(list)
    }
}

/// `speaks` is how likely they are to say more than one word.
fn person(rng: &mut StdRng, speaks: f64, tenant: usize, number: usize) -> Person {
    let mut ticket = rng.random_range(0..20);
    let place = PLACES
        .iter()
        .find(|place| {
            let is_it = ticket < place.share;
            ticket = ticket.saturating_sub(place.share);
            is_it
        })
        .unwrap_or(&PLACES[0]);
    let talk = rng.random_bool(speaks).then(|| Talk::roll(rng));
    let speaks = talk.is_some();
    Person {
        tenant,
        number,
        phone: format!("+1{}{}{number:04}", place.area, 230 + tenant),
        email: format!("person{number}@drill{tenant}.example"),
        place,
        acts: (0..6).flat_map(|_| acts(rng, speaks)).collect(),
        stops_in_flight: rng.random_bool(0.08) && !speaks,
        jobs: if rng.random_bool(0.4) { 3 } else { 1 },
        calls_the_office: rng.random_bool(0.2) && !speaks,
        talk,
    }
}

/// What becomes of one hand-over to a phone. Who speaks by themselves does so as they planned, on a phone that works.
fn acts(rng: &mut StdRng, speaks: bool) -> Vec<Act> {
    let seconds =
        |rng: &mut StdRng, range: std::ops::Range<u64>| Duration::from_millis(rng.random_range(range));
    let mut acts = vec![match rng.random_range(0..100) {
        0..4 => Act::LoseAnswer,
        4..7 => Act::NeverReceive,
        7..11 => Act::RateLimit {
            after: Duration::from_secs(1),
        },
        11..14 if !speaks => Act::Refuse {
            code: "30003".to_owned(),
        },
        14..16 if !speaks => Act::Refuse {
            code: "21610".to_owned(),
        },
        16..19 if !speaks => Act::Fail {
            code: "30005".to_owned(),
        },
        _ => Act::Deliver,
    }];
    if rng.random_bool(0.01) {
        // longer than the lease: the worker's record comes too late
        acts.push(Act::Slow {
            wait: Duration::from_secs(6),
        });
    } else if rng.random_bool(0.15) {
        acts.push(Act::Slow {
            wait: seconds(rng, 50..900),
        });
    }
    let words = if speaks { 0.0 } else { 1.0 };
    for (chance, act) in [
        (0.1, Act::DoubledCallbacks),
        (0.1, Act::ShuffledCallbacks),
        (
            0.1,
            Act::LateCallback {
                after: seconds(rng, 500..8000),
            },
        ),
        (
            0.05 * words,
            Act::Click {
                after: seconds(rng, 100..4000),
            },
        ),
        (
            0.04 * words,
            Act::Feedback {
                after: seconds(rng, 100..4000),
                rating: rng.random_range(1..=5),
            },
        ),
        (
            0.12 * words,
            Act::Reply {
                after: seconds(rng, 0..3000),
                body: word(rng),
            },
        ),
    ] {
        if rng.random_bool(chance) {
            acts.push(act);
        }
    }
    acts
}

fn word(rng: &mut StdRng) -> String {
    let words = [
        "STOP",
        "stop",
        "Unsubscribe",
        "STOP.",
        "Thank you!",
        "HELP",
        "please don't text me anymore",
    ];
    words.choose(rng).copied().unwrap_or("STOP").to_owned()
}
