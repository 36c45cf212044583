#!/usr/bin/env python3
"""Makes rules/src/data/{zip_ranges,area_codes}.tsv: where a ZIP code and an area code are.

    pip install --target /tmp/places zipcodes==3.0.0 phonenumbers==9.0.43
    PYTHONPATH=/tmp/places python3 rules/data/make_places.py
"""
import collections
import pathlib
import zoneinfo

import phonenumbers
import phonenumbers.timezone
import zipcodes

OUT = pathlib.Path(__file__).parent.parent / "src" / "data"
ZONES = zoneinfo.available_timezones()
HEAD = (
    "# Made by rules/data/make_places.py from the PyPI packages zipcodes 3.0.0 (ZIP codes, states, zones, area codes:\n"
    "# GeoNames and others, CC BY 4.0, https://www.geonames.org) and phonenumbers 9.0.43 (Apache-2.0). Do not edit.\n"
)

# military addresses have no zone: a soldier may be anywhere
places = [p for p in zipcodes.list_all() if p["timezone"] in ZONES and p["state"] not in ("AA", "AE", "AP")]
places.sort(key=lambda p: p["zip_code"])

# runs of ZIP codes with the same state and zone; what lies between two runs belongs to neither
runs = []
for p in places:
    here = (p["state"], p["timezone"])
    if runs and runs[-1][2:] == here:
        runs[-1] = (runs[-1][0], p["zip_code"], *here)
    else:
        runs.append((p["zip_code"], p["zip_code"], *here))
with open(OUT / "zip_ranges.tsv", "w") as out:
    out.write(HEAD + "# first\tlast\tstate\tzone\n")
    for run in runs:
        out.write("\t".join(run) + "\n")

# An area code is assigned to one state: the one that most of its ZIP codes are in. Neighbours' ZIP codes on the border that
# list it too are left out, of the states and of the zones.
seen = collections.defaultdict(lambda: collections.defaultdict(collections.Counter))
for p in places:
    for code in p["area_codes"]:
        seen[code][p["state"]][p["timezone"]] += 1
states, zones = collections.defaultdict(set), collections.defaultdict(set)
for code, by_state in seen.items():
    state = max(by_state, key=lambda one: (sum(by_state[one].values()), one))
    states[code] = {state}
    zones[code] = set(by_state[state])
for code in map(str, range(200, 1000)):
    # overlays that the ZIP codes do not list yet: zones only
    number = phonenumbers.parse(f"+1{code}2345678")
    if code not in zones and phonenumbers.is_valid_number(number) and phonenumbers.region_code_for_number(number) == "US":
        found = [z for z in phonenumbers.timezone.time_zones_for_number(number) if z in ZONES]
        if found and len(found) < 8:
            zones[code].update(found)
with open(OUT / "area_codes.tsv", "w") as out:
    out.write(HEAD + "# code\tstates\tzones\n")
    for code in sorted(zones):
        out.write(f"{code}\t{','.join(sorted(states[code]))}\t{','.join(sorted(zones[code]))}\n")
print(len(runs), "runs of ZIP codes,", len(zones), "area codes")
