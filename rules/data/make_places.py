#!/usr/bin/env python3
"""Makes rules/src/data/{zip_ranges,area_codes,calling_codes}.tsv: where a ZIP code, an area code and a country are.

    pip install --target /tmp/places zipcodes==3.0.0 phonenumbers==9.0.43
    PYTHONPATH=/tmp/places python3 rules/data/make_places.py
"""
import collections
import datetime
import pathlib
import zoneinfo

import phonenumbers
import zipcodes
from phonenumbers.geodata import GEOCODE_DATA
from phonenumbers.tzdata import TIMEZONE_DATA

OUT = pathlib.Path(__file__).parent.parent / "src" / "data"
ZONES = zoneinfo.available_timezones()
HEAD = (
    "# Made by rules/data/make_places.py from the PyPI packages zipcodes 3.0.0 (MIT; assembled by it from unitedstateszipcodes.org,\n"
    "# USPS ZIP Locale Detail and, for coordinates, which are not used here, GeoNames) and phonenumbers 9.0.43 (Apache-2.0). Do not edit.\n"
)

# phonenumbers' names of the states
BY_NAME = dict(
    pair.replace("_", " ").split("=")
    for pair in """
    Alabama=AL Alaska=AK Arizona=AZ Arkansas=AR California=CA Colorado=CO Connecticut=CT Delaware=DE Florida=FL
    Georgia=GA Hawaii=HI Idaho=ID Illinois=IL Indiana=IN Iowa=IA Kansas=KS Kentucky=KY Louisiana=LA Maine=ME
    Maryland=MD Massachusetts=MA Michigan=MI Minnesota=MN Mississippi=MS Missouri=MO Montana=MT Nebraska=NE
    Nevada=NV New_Hampshire=NH New_Jersey=NJ New_Mexico=NM New_York=NY North_Carolina=NC North_Dakota=ND Ohio=OH
    Oklahoma=OK Oregon=OR Pennsylvania=PA Rhode_Island=RI South_Carolina=SC South_Dakota=SD Tennessee=TN
    Texas=TX Utah=UT Vermont=VT Virginia=VA Washington_State=WA Washington_D.C.=DC West_Virginia=WV Wisconsin=WI
    Wyoming=WY Puerto_Rico=PR
    """.split()
)
# What the packages have wrong. West Wendover, Nevada, keeps Mountain Time; all of Saskatchewan keeps Central
# Standard Time through the summer.
ZONE_OF_ZIP = {"89883": "America/Denver"}
FURTHER_CODE_ZONES = {"474": ["America/Regina"]}

# Military addresses have no zone: a soldier may be anywhere. Some are listed under a state.
def is_military(place):
    return place["state"] in ("AA", "AE", "AP") or place["city"].upper() in ("APO", "DPO", "FPO")


listed = sorted(zipcodes.list_all(), key=lambda p: p["zip_code"])
for p in listed:
    p["timezone"] = ZONE_OF_ZIP.get(p["zip_code"], p["timezone"])
places = [p for p in listed if p["timezone"] in ZONES and not is_military(p)]

# Runs of ZIP codes with the same state and zone; what lies between two runs belongs to neither. A military one ends its run.
runs, is_broken = [], False
for p in listed:
    if is_military(p):
        is_broken = True
    elif p["timezone"] in ZONES:
        here = (p["state"], p["timezone"])
        if runs and runs[-1][2:] == here and not is_broken:
            runs[-1] = (runs[-1][0], p["zip_code"], *here)
        else:
            runs.append((p["zip_code"], p["zip_code"], *here))
        is_broken = False
with open(OUT / "zip_ranges.tsv", "w") as out:
    out.write(HEAD + "# first\tlast\tstate\tzone\n")
    for run in runs:
        out.write("\t".join(run) + "\n")

# An area code's state is what phonenumbers says of it. ZIP codes of its own state that list it give its zones; ZIP codes on a border
# list their neighbours' codes as well (also Canada's), and are left out. Zones that only phonenumbers knows are added where their
# clock differs from all of ours: West Wendover in 775, say. Codes of Canada and the Caribbean have zones and no state.
def clock(zone):
    return tuple(datetime.datetime(2026, month, 15, 12, tzinfo=zoneinfo.ZoneInfo(zone)).utcoffset() for month in (1, 7))


def with_other_clocks(own, further):
    """`own`, and of `further` one zone for each clock that `own` lacks, the most frequent first."""
    found = list(own)
    for zone, _ in sorted(further.items(), key=lambda item: (-item[1], item[0])):
        if zone in ZONES and clock(zone) not in {clock(one) for one in found}:
            found.append(zone)
    return sorted(found)


def frequencies(prefix):
    """How many of the prefixes of phone numbers that begin so are in each zone."""
    return collections.Counter(
        zone for number, found in TIMEZONE_DATA.items() if number.startswith(prefix) for zone in found
    )


def state_of(code):
    said = GEOCODE_DATA.get("1" + code, {}).get("en", "")
    return BY_NAME.get(said) or (said.rpartition(", ")[2] if said.rpartition(", ")[2] in BY_NAME.values() else None)


seen = collections.defaultdict(lambda: collections.defaultdict(set))
frequent = collections.Counter()
for p in places:
    for code in p["area_codes"]:
        seen[code][p["state"]].add(p["timezone"])
        frequent[code, p["state"]] += 1
with open(OUT / "area_codes.tsv", "w") as out:
    out.write(HEAD + "# code\tstate, if it is one of the United States\tzones\n")
    for code in map(str, range(200, 1000)):
        regions = {
            phonenumbers.region_code_for_number(phonenumbers.parse(f"+1{code}{local}"))
            for local in ("2345678", "4562345", "7552345")
        } - {None}
        if not regions:
            continue
        state = None
        if regions & {"US", "PR", "VI", "GU", "MP", "AS"}:
            # phonenumbers names no state for a few; there the ZIP codes' majority does
            state = state_of(code) or max(seen[code], key=lambda one: frequent[code, one], default=None)
        zones = with_other_clocks(seen[code][state] if state else (), frequencies("1" + code))
        zones = sorted({*zones, *FURTHER_CODE_ZONES.get(code, ())})
        if zones:
            out.write(f"{code}\t{state or ''}\t{','.join(zones)}\n")

# Other countries by calling code, one zone for each clock.
with open(OUT / "calling_codes.tsv", "w") as out:
    out.write(HEAD + "# calling code\tzones\n")
    for code in sorted(map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE)):
        zones = with_other_clocks((), frequencies(code))
        if code != "1" and zones:
            out.write(f"{code}\t{','.join(zones)}\n")
print(len(runs), "runs of ZIP codes")
