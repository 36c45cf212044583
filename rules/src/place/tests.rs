//! What each kind of evidence says, alone and beside others, and that the data is whole.
use super::*;

fn place(zip: Option<&str>, phone: Option<&str>) -> Place {
    Place::from_evidence(&Evidence {
        postal_code: zip,
        phone,
        ..Evidence::default()
    })
}

#[test]
fn a_zip_says_state_and_zone_also_without_its_leading_zero() {
    for raw in ["08014", "8014", " 8014 ", "08014-1234", "080141234"] {
        let found = place(Some(raw), None);
        assert_eq!(
            (found.zones, found.states, found.source),
            (
                vec!["America/New_York".to_owned()],
                vec!["NJ".to_owned()],
                ZoneSource::Zip
            ),
            "{raw}"
        );
    }
    for (raw, normal) in [
        ("501", Some("00501")),
        ("80141234", Some("08014")),
        ("5011234", Some("00501")),
        ("08014 1234", Some("08014")),
        ("08014-", Some("08014")),
        ("K1A 0B1", None),
        ("100-0001", Some("00100")),
        ("08014-12", None),
        ("12", None),
        ("", None),
    ] {
        assert_eq!(normal_zip(raw).as_deref(), normal, "{raw}");
    }
}

#[test]
fn a_split_state_has_the_zone_of_the_zip() {
    for (zip, zone) in [
        ("32501", "America/Chicago"),
        ("33101", "America/New_York"),
        ("79901", "America/Denver"),
        ("37201", "America/Chicago"),
        ("37901", "America/New_York"),
        ("83814", "America/Los_Angeles"),
        ("85001", "America/Phoenix"),
        ("96813", "Pacific/Honolulu"),
        ("99501", "America/Anchorage"),
        ("00901", "America/Puerto_Rico"),
        ("96910", "Pacific/Guam"),
        ("42101", "America/Chicago"),
        ("40502", "America/New_York"),
        ("46320", "America/Chicago"),
        ("46204", "America/Indiana/Indianapolis"),
        ("97914", "America/Boise"),
        ("97201", "America/Los_Angeles"),
        ("83702", "America/Boise"),
        ("58102", "America/Chicago"),
        ("58601", "America/Denver"),
        ("57104", "America/Chicago"),
        ("57701", "America/Denver"),
        ("68102", "America/Chicago"),
        ("69301", "America/Denver"),
        ("67202", "America/Chicago"),
        ("67758", "America/Denver"),
        ("48226", "America/Detroit"),
        ("49801", "America/Menominee"),
        ("86515", "America/Denver"),
        ("89883", "America/Denver"),
    ] {
        assert_eq!(place(Some(zip), None).zones, vec![zone.to_owned()], "{zip}");
    }
}

#[test]
fn an_area_code_of_another_state_adds_its_state_and_zones() {
    let found = place(Some("08014"), Some("+13105230001"));
    assert_eq!(found.states, ["CA", "NJ"]);
    assert_eq!(found.zones, ["America/Los_Angeles", "America/New_York"]);
    assert_eq!(found.source, ZoneSource::Zip);
    let same = place(Some("33101"), Some("+18505230001"));
    assert_eq!(
        (same.states.len(), same.zones.len()),
        (1, 1),
        "a Florida number in Florida adds nothing"
    );
}

#[test]
fn the_zone_to_show_times_in_is_that_of_the_address_whatever_the_number() {
    let home = |zip, phone| {
        Place::home_zone(&Evidence {
            postal_code: zip,
            phone,
            ..Evidence::default()
        })
    };
    assert_eq!(
        home(Some("08014"), Some("+13105230001")),
        (Some("America/New_York".to_owned()), ZoneSource::Zip)
    );
    assert_eq!(
        home(None, Some("+13105230001")),
        (Some("America/Los_Angeles".to_owned()), ZoneSource::AreaCode)
    );
    assert_eq!(home(None, Some("+18505230001")), (None, ZoneSource::AreaCode));
    assert_eq!(home(None, None), (None, ZoneSource::None));
}

#[test]
fn a_military_address_is_no_place() {
    for zip in ["09012", "09905", "34002", "96201"] {
        assert_eq!(place(Some(zip), None).source, ZoneSource::None, "{zip}");
    }
}

#[test]
fn an_area_code_over_two_zones_gives_both() {
    let found = place(None, Some("+18505230001"));
    assert_eq!(found.zones, ["America/Chicago", "America/New_York"]);
    assert_eq!(found.source, ZoneSource::AreaCode);
}

#[test]
fn a_state_without_a_zip_may_be_any_of_its_zones() {
    let of = |state, phone| {
        Place::from_evidence(&Evidence {
            state,
            phone,
            ..Evidence::default()
        })
    };
    let hawaii = of(Some("hi"), None);
    assert_eq!(
        (hawaii.zones, hawaii.states),
        (vec!["Pacific/Honolulu".to_owned()], vec!["HI".to_owned()])
    );
    assert_eq!(
        of(Some("FL"), None).zones,
        ["America/Chicago", "America/New_York"]
    );
    // a New York number in Hawaii must not be woken at three in the morning
    let moved = of(Some("HI"), Some("+12125230001"));
    assert_eq!(moved.zones, ["America/New_York", "Pacific/Honolulu"]);
    assert_eq!(moved.states, ["HI", "NY"]);
    assert_eq!(of(Some("XX"), None).zones.len(), 4);
}

#[test]
fn a_zip_that_contradicts_the_state_counts_with_it() {
    let found = Place::from_evidence(&Evidence {
        postal_code: Some("96813"),
        state: Some("CA"),
        ..Evidence::default()
    });
    assert_eq!(found.zones, ["America/Los_Angeles", "Pacific/Honolulu"]);
    assert_eq!(found.states, ["CA", "HI"]);
}

#[test]
fn an_overlay_has_the_state_of_its_area() {
    for (phone, state) in [
        ("+13245230001", "FL"),
        ("+16455230001", "FL"),
        ("+17285230001", "FL"),
        ("+16865230001", "VA"),
        ("+12355230001", "MO"),
        ("+17875230001", "PR"),
    ] {
        assert_eq!(place(None, Some(phone)).states, [state], "{phone}");
    }
    assert_eq!(place(Some("90001"), Some("+16455230001")).zones.len(), 2);
}

#[test]
fn a_number_of_another_country_has_its_own_zones_and_no_state() {
    for (phone, zones) in [
        ("+442079460018", &["Europe/London"][..]),
        ("+4915123456789", &["Europe/Berlin"]),
        ("+351912345678", &["Atlantic/Azores", "Europe/Lisbon"]),
        ("+14165230001", &["America/Toronto"]),
        ("+12045230001", &["America/Winnipeg"]),
        ("+18765230001", &["America/Jamaica"]),
    ] {
        let found = place(None, Some(phone));
        assert_eq!(found.zones, zones, "{phone}");
        assert!(
            found.states.is_empty() && found.source == ZoneSource::AreaCode,
            "{phone}"
        );
    }
    // 75001 is in Texas and in Paris
    let paris = place(Some("75001"), Some("+33612345678"));
    assert_eq!(paris.zones, ["America/Chicago", "Europe/Paris"]);
    let settled = Place::from_evidence(&Evidence {
        postal_code: Some("75001"),
        state: Some("TX"),
        phone: Some("+33612345678"),
        ..Evidence::default()
    });
    assert_eq!(settled.zones, ["America/Chicago"]);
}

#[test]
fn no_evidence_is_the_whole_continent_and_no_state() {
    for phone in [
        None,
        Some("+18005230001"),
        Some("+80012345678"),
        Some("US.4f1a"),
        Some("+"),
    ] {
        let found = place(None, phone);
        assert_eq!(
            (found.zones.len(), found.states.len(), found.source),
            (4, 0, ZoneSource::None),
            "{phone:?}"
        );
    }
    let wrong = Place::from_evidence(&Evidence {
        explicit_zone: Some("Mars/Olympus"),
        ..Evidence::default()
    });
    assert_eq!(wrong.source, ZoneSource::None);
    let said = Place::from_evidence(&Evidence {
        explicit_zone: Some("Europe/London"),
        ..Evidence::default()
    });
    assert_eq!(said.zones, ["Europe/London"]);
}

#[test]
fn every_zone_of_the_data_is_known_to_the_zone_database_and_runs_are_in_order() {
    assert!(ZIP_RUNS.len() > 500 && AREA_CODES.len() > 350);
    for run in ZIP_RUNS.iter() {
        assert!(is_zone(run.zone) && run.first <= run.last, "{run:?}");
    }
    assert!(ZIP_RUNS.windows(2).all(|pair| pair[0].last < pair[1].first));
    assert!(CALLING_CODES.len() > 180);
    let states: BTreeSet<&str> = ZIP_RUNS.iter().map(|run| run.state).collect();
    for numbers in AREA_CODES.values().chain(CALLING_CODES.values()) {
        assert!(!numbers.zones.is_empty() && numbers.zones.iter().all(|zone| is_zone(zone)));
        assert!(numbers.state.is_none_or(|state| states.contains(state)));
    }
    for code in CALLING_CODES.keys() {
        let is_alone = CALLING_CODES
            .keys()
            .all(|other| other == code || !other.starts_with(code));
        assert!(is_alone, "{code}");
    }
}
