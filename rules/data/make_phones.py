#!/usr/bin/env python3
"""Makes rules/src/data/phones.jsonl: what Python's phonenumbers says of some thousands of writings of numbers.

    python3 -m venv /tmp/phones && /tmp/phones/bin/pip install phonenumbers==9.0.42
    /tmp/phones/bin/python rules/data/make_phones.py

9.0.42 has the metadata of the Rust crate in Cargo.lock; take them to a newer one together. A line is one writing: what it tries, the
text, the default region, the E.164 number and the extension (neither when refused). `alone` is what is said of the number without the
words that stand around it, where there are such words. Nothing here is random: two runs are the same.
"""
import json
import pathlib
import random

import phonenumbers as p

OUT = pathlib.Path(__file__).parent.parent / "src" / "data" / "phones.jsonl"
REGIONS = "US CA MX GB DE FR AU IN JP BR ES IT NL IE NZ ZA PL SE CH AT PR JM DO IL TR KR SG HK PH NG KE AE".split()
TYPES = [p.PhoneNumberType.MOBILE, p.PhoneNumberType.FIXED_LINE]
# numbers of the kind that our customers have; none is known to be anybody's
NORTH_AMERICAN = """
    2125230001 5046218927 5045231234 3055230142 4155230001 7705231234 9075230001 8085230001 9025230001 4165230001
    6045230001 5145230001 7875230001 9395230001 6715230001 3405230001 6845230001 2425230001 8765230001 8095230001
    8005230001 8885230001 9005230001 5005230001 7105230001 2635230001 9885230001 4725230001
""".split()

EXTENSIONS = ("x123", " ext. 4", " x 123", " ext 4715", " extension 12", ";ext=99", " #12", ", 5", " Ext:7", " доб. 44")

random.seed(20261121)
cases = {}


def said(raw, region):
    try:
        number = p.parse(raw, region)
    except p.NumberParseException:
        return None, None
    if not p.is_valid_number(number):
        return None, None
    return p.format_number(number, p.PhoneNumberFormat.E164), number.extension


def add(kind, raw, region, alone=None):
    if (raw, region) in cases:
        return
    e164, extension = said(raw, region)
    case = {"kind": kind, "raw": raw, "region": region, "e164": e164, "extension": extension}
    if alone is not None:
        case["alone"] = said(alone, region)[0]
    cases[raw, region] = case


numbers = [p.parse("+1" + digits) for digits in NORTH_AMERICAN]
for region in REGIONS:
    for kind in TYPES:
        number = p.example_number_for_type(region, kind)
        if number and number not in numbers:
            numbers.append(number)
leading = [*numbers[:4], *numbers[-8:]]
homes = [(number, p.region_code_for_number(number) or "US") for number in numbers]


def digits_of(number):
    return p.format_number(number, p.PhoneNumberFormat.E164)[1:]


def national(number):
    return p.format_number(number, p.PhoneNumberFormat.NATIONAL)


def in_digits(text, zero):
    return "".join(chr(ord(zero) + int(c)) if c.isdigit() else c for c in text)


# each number in the writings of its own country and of others
for number, home in homes:
    international = p.format_number(number, p.PhoneNumberFormat.INTERNATIONAL)
    e164, own = "+" + digits_of(number), national(number)
    bare = "".join(c for c in own if c.isdigit())
    idd = {"US": "011", "AU": "0011", "JP": "010"}
    add("national", own, home)
    add("national, digits only", bare, home)
    add("national with spaces around", f"  {own}\t", home)
    add("national with dots", own.replace("-", ".").replace(" ", "."), home)
    add("national with no-break spaces", own.replace(" ", "\u00a0").replace("-", "\u2011"), home)
    add("international", international, home)
    add("international, digits only", e164, "US")
    add("international with hyphens", international.replace(" ", "-"), "GB")
    add("international without its plus", e164[1:], home)
    add("international in parentheses", f"({e164})", home)
    add("international with 00", "00" + e164[1:], "DE")
    add("international with 011", "011 " + international[1:], "US")
    add("international with the wrong exit code", "00" + e164[1:], "US")
    add("international with (0)", international.replace(" ", " (0)", 1), home)
    add("tel uri", "tel:" + international.replace(" ", "-"), home)
    add("fullwidth", in_digits(own, "０"), home)
    add("fullwidth international", "＋" + in_digits(e164[1:], "０"), "US")
    add("arabic-indic digits", in_digits(own, "٠"), home)
    add("in a region that is not its own", own, "US" if home != "US" else "GB")
    add("one digit too few", bare[:-1], home)
    add("one digit too many", bare + "7", home)
    add("three digits too many", bare + "777", home)
    add("half", bare[: len(bare) // 2], home)
    add("twice", f"{own} {own}", home)
    add("two numbers", f"{own} / {own}", home)
    for extension in EXTENSIONS if number in leading else EXTENSIONS[:2]:
        add("extension", own + extension, home)

# the plan of North America at its limits: area codes, exchanges, the range of fiction
for area in ("200", "211", "212", "299", "310", "370", "411", "456", "504", "555", "600", "700", "800", "855", "900", "911", "990", "999", "100", "012"):
    for exchange in ("200", "211", "311", "411", "523", "555", "911", "976", "123", "011"):
        add("area code and exchange", f"({area}) {exchange}-4567", "US")
for area in ("212", "504", "416", "787", "800", "876"):
    for last in ("0099", "0100", "0101", "0142", "0199", "0200", "1212", "4000"):
        add("555", f"{area}-555-{last}", "US")
        add("555", f"+1 {area} 555 {last}", "GB")

# North American numbers as they stand in spreadsheets
MANNERS = ["{a}{b}{c}", "{a}-{b}-{c}", "{a}.{b}.{c}", "{a} {b} {c}", "({a}) {b}-{c}", "({a}){b}{c}", "({a})-{b}-{c}", "{a}/{b}-{c}", "{a} - {b} - {c}",
           "{a}–{b}–{c}", "{a}−{b}−{c}", "{a}·{b}·{c}", "{a}_{b}_{c}", "[{a}] {b}-{c}", "1{a}{b}{c}", "1 {a} {b} {c}", "1-{a}-{b}-{c}", "1.{a}.{b}.{c}",
           "1 ({a}) {b}-{c}", "+1{a}{b}{c}", "+1 ({a}) {b}-{c}", "+1-{a}-{b}-{c}", "+ 1 {a} {b} {c}", "++1{a}{b}{c}", "(+1) {a} {b} {c}", "+1{a}{b}{c}.0", "{a}{b}{c}.0",
           "'{a}{b}{c}", "\"{a}-{b}-{c}\"", "={a}{b}{c}", "{a}*{b}*{c}", "{a}\u200b{b}\u200b{c}", "\ufeff{a}-{b}-{c}", "\u202d{a}-{b}-{c}\u202c", "0{a}{b}{c}", "01{a}{b}{c}", "00{a}{b}{c}", "0111{a}{b}{c}",
           "011 1 {a} {b} {c}", "{b}-{c}", "{a}-{b}-{c};", "{a}-{b}-{c}.", "#{a}-{b}-{c}", "{a}{b}{c}e0", "{a}-{b}-{c}\n", "{a}-{b}\n-{c}", "+1 +1 {a}{b}{c}", "+{a}{b}{c}", "O{a}{b}{c}", "{a}-{b}-l{c}"]
for digits in NORTH_AMERICAN:
    for manner in MANNERS:
        add("as in spreadsheets", manner.format(a=digits[:3], b=digits[3:6], c=digits[6:]), "US")
    add("as a float", f"{float(digits):.1f}", "US")
    add("as a power of ten", f"{float(digits):.9e}", "US")

# letters that are dialled
for raw in ("1-800-FLOWERS", "1 800 FLOWERS", "800-GO-FEDEX", "1-800-GOT-JUNK", "(504) 523-CELL", "504-JAZZ-FUN", "1-888-PLUMBER", "+1 800 FLOWERS", "212-MEDICAL", "504 523 WIFE"):
    add("vanity", raw, "US")
for raw in ("1-800-FLOWERSHOP", "504-523-12CELL34", "CALL-NOW", "504-PIPES"):
    add("vanity of the wrong length", raw, "US")

# words around a number
WORDS = ["cell", "(wife)", "(cell)", "mobile", "- cell", "Cell Phone", "home", "work", "(work)", "wife's cell", "husband", "Ann", "(Ann)", "(ask for Bob)", "c", "(m)", "H", "text only",
         "call or text", "office", "main", "Handy", "móvil", "casa", "(esposa)", "primary", "no", "do not text", "DO NOT CALL", "(no texts)", "fax", "landline", "old", "wrong number", "disconnected", "dnc", "STOP", "opted out",
         "or 504-523-9999", "cell 2", "x", "ext", "until 2025"]
for digits in ("5046218927", "5045231234", "2125230001", "8005230001"):
    own = f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
    for words in WORDS:
        add("words after", f"{own} {words}", "US", alone=own)
        add("words after, international", f"+1 {own} {words}", "GB", alone=f"+1 {own}")
        if words not in ("x", "ext") and not any(c.isdigit() for c in words):
            add("words before", f"{words}: {own}", "US", alone=own)
for words in ("Handy", "mobil", "cell", "(wife)", "Büro", "privat", "nicht anrufen"):
    add("words after, german", f"030 123456 {words}", "DE", alone="030 123456")
    add("words after, german", f"0151 23456789 {words}", "DE", alone="0151 23456789")

# what is no number at all
for raw in ("", " ", "n/a", "N/A", "none", "-", "--", "?", "unknown", "no phone", "0", "00", "000", "0000000000", "1111111111", "1234567890", "9999999999", "123", "911", "311", "411", "112",
            "40404", "12345", "123456", "2125551", "555-1234", "+", "+1", "+1 ", "+0", "+999 123 456 789", "+1 000 000 0000", "ann@example.com", "504-621-892O", "5O4-621-8927", "(504", "504)", "504 621",
            "504--621--8927", "1" * 16, "1" * 17, "1" * 30, "1" * 260, "504" + " " * 20 + "6218927", "+1504621892712345678", "0x1f4", "1e10", "5.04E+09", "12/31/2026", "2026-11-21", "192.168.0.1", "$50.46", "50%",
            "ZIP 70112", "123 Main Street", "Apt 4B", "504-62l-8927", "٥٠٤", "五〇四"):
    for region in ("US", "GB", "DE"):
        add("no number", raw, region)

# any digits, any length, any country
for _ in range(400):
    region = random.choice(REGIONS)
    length = random.randint(5, 14)
    digits = "".join(random.choice("0123456789") for _ in range(length))
    add("digits at random", digits, region)
    add("digits at random with a plus", "+" + digits.lstrip("0"), region)

OUT.write_text("".join(json.dumps({key: value for key, value in case.items() if value is not None}, ensure_ascii=False) + "\n" for case in cases.values()))
print(len(cases), "writings,", sum(case["e164"] is not None for case in cases.values()), "valid")
