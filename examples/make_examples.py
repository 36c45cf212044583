#!/usr/bin/env python3
"""Makes examples/customers.csv and examples/work-orders.csv: a home-services business's lists, with the faults that real ones have.

    python3 examples/make_examples.py

The same every time. Names and addresses are made up; e-mail domains are those reserved for examples; phone numbers are only ever given to the sandbox.
"""
import csv
import datetime
import pathlib
import random

RANDOM = random.Random(20260302)
# what is planted afterwards draws from a stream of its own, so that the rows before stay as they are
PLANTED = random.Random(20260313)
HERE = pathlib.Path(__file__).parent

# city, state, ZIP, area code: they agree with each other
PLACES = [
    ("New Orleans", "LA", "70116", "504"), ("Baton Rouge", "LA", "70801", "225"), ("Miami", "FL", "33101", "305"),
    ("Orlando", "FL", "32801", "407"), ("Pensacola", "FL", "32501", "850"), ("Tampa", "FL", "33602", "813"),
    ("Newark", "NJ", "07102", "973"), ("Trenton", "NJ", "08608", "609"), ("Bridgeport", "NJ", "08014", "856"),
    ("Boston", "MA", "02108", "617"), ("Worcester", "MA", "01608", "508"), ("Hartford", "CT", "06103", "860"),
    ("Stamford", "CT", "06901", "203"), ("Providence", "RI", "02903", "401"), ("Manchester", "NH", "03101", "603"),
    ("Portland", "ME", "04101", "207"), ("New York", "NY", "10011", "212"), ("Brooklyn", "NY", "11201", "718"),
    ("Buffalo", "NY", "14202", "716"), ("Philadelphia", "PA", "19103", "215"), ("Pittsburgh", "PA", "15222", "412"),
    ("Baltimore", "MD", "21201", "410"), ("Richmond", "VA", "23219", "804"), ("Charlotte", "NC", "28202", "704"),
    ("Raleigh", "NC", "27601", "919"), ("Atlanta", "GA", "30303", "404"), ("Savannah", "GA", "31401", "912"),
    ("Birmingham", "AL", "35203", "205"), ("Mobile", "AL", "36602", "251"), ("Jackson", "MS", "39201", "601"),
    ("Nashville", "TN", "37201", "615"), ("Knoxville", "TN", "37902", "865"), ("Louisville", "KY", "40202", "502"),
    ("Cincinnati", "OH", "45202", "513"), ("Columbus", "OH", "43215", "614"), ("Indianapolis", "IN", "46204", "317"),
    ("Detroit", "MI", "48226", "313"), ("Chicago", "IL", "60601", "312"), ("Milwaukee", "WI", "53202", "414"),
    ("Minneapolis", "MN", "55401", "612"), ("Des Moines", "IA", "50309", "515"), ("Kansas City", "MO", "64106", "816"),
    ("Omaha", "NE", "68102", "402"), ("Oklahoma City", "OK", "73102", "405"), ("Dallas", "TX", "75201", "214"),
    ("Houston", "TX", "77002", "713"), ("Austin", "TX", "78701", "512"), ("El Paso", "TX", "79901", "915"),
    ("Denver", "CO", "80202", "303"), ("Boise", "ID", "83702", "208"), ("Salt Lake City", "UT", "84101", "801"),
    ("Phoenix", "AZ", "85004", "602"), ("Tucson", "AZ", "85701", "520"), ("Albuquerque", "NM", "87102", "505"),
    ("Las Vegas", "NV", "89101", "702"), ("Los Angeles", "CA", "90012", "213"), ("San Diego", "CA", "92101", "619"),
    ("San Francisco", "CA", "94103", "415"), ("Portland", "OR", "97204", "503"), ("Seattle", "WA", "98101", "206"),
    ("Anchorage", "AK", "99501", "907"), ("Honolulu", "HI", "96813", "808"), ("San Juan", "PR", "00901", "787"),
]
FIRST = """James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph Jessica
Thomas Sarah Charles Karen Chris Lisa Daniel Nancy Matthew Betty Anthony Sandra Mark Ashley Donald Kimberly Steven Emily Paul Donna
Andrew Michelle Joshua Carol Kenneth Amanda Kevin Melissa Brian Deborah George Stephanie Timothy Rebecca José Zoë André Siân
Aoife Nguyễn Łukasz 明 Søren Renée""".split()
LAST = """Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson Thomas
Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young Allen King Wright Scott
Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts O'Brien D'Angelo Müller Peña
Østergaard Van-Dyke McAllister""".split()
STREETS = "Maple St,Oak Ave,Canal St,Front St,Elm Dr,Washington Blvd,Lake Rd,Hill Ct,2nd Ave,Park Pl".split(",")
COMPANIES = "Bright Dental,Lakeview Condos,Corner Bakery Co,Smith & Sons, Inc|Riverside HOA|Blue Door Cafe|Sunset Property Mgmt|Oak Hill School".replace(", Inc", " and Sons Inc").split("|")
HOUSEHOLD = ["Grace", "Victor", "Ruth", "Omar", "Helen", "Marcus"]
TAGS = ["vip", "residential", "commercial", "maintenance plan", "new", "referral", "senior", "Landlord"]
DISCLOSURE = (
    "I agree to receive follow-up texts about my jobs from Harbor Home Services at this number. Consent is not a condition of purchase. "
    "Msg & data rates may apply. Reply STOP to opt out, HELP for help."
)
HEADER = [
    "First Name", "Last Name", "Company", "Address", "City", "State", "Zip", "Phone", "Phone 2", "Email", "Tags", "Customer Since",
    "Notes", "SMS Consent", "SMS Consent Date", "SMS Consent Source", "SMS Consent Method", "SMS Disclosure",
]
USED = set()


def number(area):
    while True:
        exchange = RANDOM.randint(220, 989)
        if exchange % 100 == 11 or exchange == 555:
            continue
        ten = f"{area}{exchange}{RANDOM.randint(0, 9999):04}"
        if ten not in USED:
            USED.add(ten)
            return ten


def written(ten):
    a, b, c = ten[:3], ten[3:6], ten[6:]
    return RANDOM.choice([
        f"({a}) {b}-{c}", f"{a}-{b}-{c}", f"{a}.{b}.{c}", f"+1 {a} {b} {c}", f"1{a}{b}{c}", f"{a}{b}{c}", f" {a} {b} {c} ", f"+1{ten}",
        f"{a}-{b}-{c} x12", f"({a}){b}-{c}",
    ])


def lost_zero(zip_code):
    return zip_code.lstrip("0") if RANDOM.random() < 0.7 else zip_code


def consent():
    luck = RANDOM.random()
    day = datetime.date(2025, 1, 5) + datetime.timedelta(days=RANDOM.randint(0, 340))
    if luck < 0.80:
        method, source = RANDOM.choice([
            ("service_agreement", "signed work order"), ("website_form", "booking form"), ("verbal_in_person", "technician on site"),
            ("phone_call", "office"), ("Website form", "booking form"), ("signed agreement", "maintenance plan"),
        ])
        shown = RANDOM.choice([day.isoformat(), f"{day.month}/{day.day}/{day.year}"])
        return ["Yes", shown, source, method, DISCLOSURE if "form" in method.lower() or "agreement" in method else ""]
    if luck < 0.87:
        return ["", "", "", "", ""]
    if luck < 0.94:
        return ["No", RANDOM.choice(["", day.isoformat()]), "", "", ""]
    return ["yes", "", "", RANDOM.choice(["", "import"]), ""]


def person(index):
    city, state, zip_code, area = RANDOM.choice(PLACES)
    first, last = RANDOM.choice(FIRST), RANDOM.choice(LAST)
    # people move and keep their number
    ten = number(RANDOM.choice(PLACES)[3] if RANDOM.random() < 0.06 else area)
    ascii_name = f"{first}.{last}".encode("ascii", "ignore").decode().lower().replace("'", "").strip(".")
    email = f"{ascii_name}{index}@example.{RANDOM.choice(['com', 'net', 'org'])}"
    if RANDOM.random() < 0.05:
        email = email.upper()
    phone, second = written(ten), ""
    luck = RANDOM.random()
    if luck < 0.02:
        phone = ""
    elif luck < 0.05:
        phone = RANDOM.choice(["n/a", "000-000-0000", "12345", "504-11", "call office", f"{area}-911-0000", f"{area}-555-0142"])
    if RANDOM.random() < 0.15:
        second = written(number(area))
    if RANDOM.random() < 0.10 and phone and luck >= 0.05:
        email = ""
    company = RANDOM.choice(COMPANIES) if RANDOM.random() < 0.08 else ""
    if company and RANDOM.random() < 0.3:
        first, last = "", ""
    notes = RANDOM.choice(["", "", "", "", "dog in the yard", "gate code 4411", "prefers mornings", 'said "call first", then text', "two floors,\nattic access", "=1+2 filters"])
    return [
        first + ("  " if RANDOM.random() < 0.03 else ""), last, company, f"{RANDOM.randint(1, 9900)} {RANDOM.choice(STREETS)}", city, state,
        lost_zero(zip_code), phone, second, email, ", ".join(RANDOM.sample(TAGS, RANDOM.choice([0, 1, 1, 2, 3]))),
        f"{RANDOM.randint(1, 12)}/{RANDOM.randint(1, 28)}/{RANDOM.randint(2015, 2025)}", notes, *consent(),
    ]


def customers():
    rows = [person(index) for index in range(1, 476)]
    good = [row for row in rows if row[7] and row[9] and row[0] and row[7][-1:].isdigit() and len(row[7]) >= 10]
    out = list(rows)
    for row in good[:5]:  # the same e-mail in another case
        out.append([*row[:9], row[9].swapcase(), *row[10:]])
    for row in good[5:9]:  # the same phone and name, no e-mail, another writing
        digits = "".join(c for c in row[7].split("x")[0] if c.isdigit())[-10:]
        out.append([*row[:7], f"{digits[:3]} {digits[3:6]} {digits[6:]}", "", "", *row[10:]])
    for row in good[9:12]:  # the very same row again
        out.append(list(row))
    for at, row in enumerate(good[12:18]):  # a household: the same phone, another name; half of them without an e-mail address
        other = person(900 + at)
        name = HOUSEHOLD[at]
        out.append([name, row[1], "", *row[3:8], "", f"{name.lower()}.home{at}@example.org" if at % 2 else "", *other[10:13], *row[13:]])
    out.append(["Oliver", "Byrne", "", "1 High St", "London", "", "", "+44 20 7946 0018", "", "oliver.byrne@example.net", "", "1/5/2024", "moved abroad", *consent()])
    out.append(["María", "Rojas", "", "Av. Reforma 1", "Ciudad de México", "", "", "+52 55 5123 4567", "", "", "", "2/6/2024", "", *consent()])
    out.append(["=HYPERLINK(\"http://evil.example\",\"Ann\")", "@Lee", "", "", "", "", "", "n/a", "", "", "", "", "", "", "", "", "", ""])
    out.append(["Nobody", "Reachable", "", "9 Elm Dr", "Dallas", "TX", "75201", "", "", "", "", "", "", "Yes", "2025-05-01", "office", "phone_call", ""])
    out.append(["Bad", "Mail", "", "9 Elm Dr", "Dallas", "TX", "75201", "", "", "bad.mail@example", "", "", "", "", "", "", "", ""])
    out.append(["Many", "Tags", "", "9 Elm Dr", "Dallas", "TX", "75201", written(number("214")), "", "many.tags@example.com", "a,b,c,d,e,f,g", "", "", *consent()])
    out.append(["Future", "Consent", "", "9 Elm Dr", "Dallas", "TX", "75201", written(number("214")), "", "future@example.com", "", "", "", "Yes", "2031-01-01", "office", "phone_call", ""])
    assert len(out) == 500, len(out)
    plant_phones(out, good[:18])
    return out


def plant_phones(rows, twice):
    """Phones as an office writes them, on rows with an e-mail address that no duplicate or household leans on."""
    free = [row for row in rows[:475] if row[9] and dialled(row) and not any(row is other for other in twice)]
    shapes = [
        "{a}-{b}-{c} cell", "({a}) {b}-{c} (wife)", "{a}-{b}-{c} ask for Pat", "{a}-{b}-{c} h",  # trailing text
        "2{a}{b}{c}", "{a}-{b}-{c}0", "{b}-{c}", "{b}-{c}", "{a}-{b}-{short}", "{a}-911-{c}", "none", "disconnected",  # no numbers
    ]
    for shape, row in zip(shapes, PLANTED.sample(free, len(shapes)), strict=True):
        ten = dialled(row)
        row[7] = shape.format(a=ten[:3], b=ten[3:6], c=ten[6:], short=ten[6:8])


def dialled(row):
    """The ten digits of a row's phone, or nothing where it is not plainly one."""
    text = row[7].split("x")[0]
    digits = "".join(c for c in text if c.isdigit())
    if len(digits) == 11 and digits.startswith("1"):
        digits = digits[1:]
    is_plain = len(digits) == 10 and digits[3:6] not in ("911", "555") and not digits.startswith("0")
    return digits if is_plain and not any(c.isalpha() for c in text) else ""


SERVICES = [
    ("HVAC", "Furnace tune-up"), ("A/C repair", "AC not cooling"), ("Plumbing", "Water heater replacement"), ("Drain cleaning", "Kitchen drain"),
    ("Electrical", "Panel upgrade"), ("House cleaning", "Deep clean"), ("House cleaning", "Move-out clean"), ("Roof repair", "Leak over porch"),
    ("Painting", "Two bedrooms"), ("Handyman", "Door and trim"), ("Drywall", "Patch hallway"), ("other", "Pressure wash"),
]


def work_orders(people):
    reachable = [row for row in people[:475] if row[9] or len("".join(c for c in row[7] if c.isdigit())) >= 10]
    rows, job = [], 1000
    start = datetime.datetime(2026, 3, 2)

    def refer(row):
        by_phone = not row[9] or RANDOM.random() < 0.25
        digits = dialled(row)
        if by_phone and digits:
            return "", f"{digits[:3]}.{digits[3:6]}.{digits[6:]}"
        return row[9].lower(), ""

    def order(row, service, day, status="Completed"):
        nonlocal job
        job += 1
        done = start + datetime.timedelta(days=day, hours=RANDOM.choice([8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]), minutes=RANDOM.randint(0, 59))
        text = done.strftime("%Y-%m-%d %H:%M") if RANDOM.random() < 0.6 else f"{done.month}/{done.day}/{done.year} {done.strftime('%I:%M %p').lstrip('0')}"
        email, phone = refer(row)
        completed = text if status == "Completed" else ""
        scheduled = (done - datetime.timedelta(hours=3)).strftime("%Y-%m-%d %H:%M")
        rows.append([f"J-{job}", email, phone, *service, status, scheduled, completed, f"${RANDOM.randint(80, 2400)}.{RANDOM.choice(['00', '50', '95'])}"])

    for row in reachable:
        service = RANDOM.choice(SERVICES)
        luck = RANDOM.random()
        status = "Completed" if luck < 0.84 else RANDOM.choice(["Scheduled", "In progress", "Cancelled", "Do not send"])
        day = RANDOM.choice([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 6, 7, 8, 9])
        order(row, service, day, status)
        if status == "Completed" and RANDOM.random() < 0.05:
            order(row, service, min(day + RANDOM.randint(2, 4), 10))
    # the last two days: work of another kind for customers who had some before, done too late for a second touch in the fortnight
    for row in PLANTED.sample(reachable[20:], 10):
        job += 1
        done = start + datetime.timedelta(days=PLANTED.choice([10, 11]), hours=PLANTED.randint(8, 20), minutes=PLANTED.randint(0, 59))
        rows.append([f"J-{job}", row[9].lower(), "" if row[9] else dialled(row), "Gutters", "Gutter cleaning", "Completed", "", done.strftime("%Y-%m-%d %H:%M"), "$140.00"])
    # some tools export the offset, and some in UTC: the same moments, since the business is in Chicago's zone
    for row in PLANTED.sample([row for row in rows if row[7][:5] == "2026-"], 40):
        row[7] = PLANTED.choice([with_offset, in_utc])(datetime.datetime.strptime(row[7], "%Y-%m-%d %H:%M"))
    rows += [
        ["J-9001", "nobody@example.com", "", "HVAC", "Unknown customer", "Completed", "", "2026-03-03 10:00", "$100.00"],
        ["J-9002", "", "212-234-0000", "Plumbing", "Unknown phone", "Completed", "", "2026-03-03 10:00", ""],
        ["J-9003", rows[0][1] or rows[3][1], rows[0][2], "Rocket science", "What is this", "Completed", "", "2026-03-03 10:00", ""],
        ["J-9004", rows[1][1], rows[1][2], "HVAC", "Bad date", "Completed", "", "yesterday", ""],
        ["J-9005", rows[1][1], rows[1][2], "HVAC", "No date", "Completed", "", "", ""],
        ["J-9006", rows[2][1], rows[2][2], "HVAC", "Bad amount", "Completed", "", "2026-03-03 10:00", "a lot"],
        ["J-1001", rows[4][1], rows[4][2], "HVAC", "A number twice", "Completed", "", "2026-03-03 10:00", ""],
        ["J-9007", "", "", "HVAC", "Nobody named", "Completed", "", "2026-03-03 10:00", ""],
        ["J-9008", rows[5][1], rows[5][2], "HVAC", "Odd status", "Teleported", "", "2026-03-03 10:00", ""],
        ["J-9010", rows[7][1], rows[7][2], "HVAC", "Planned for a day that is none", "Scheduled", "next Tuesday", "", ""],
        ["J-9011", "", "call office", "Plumbing", "A phone that is none", "Completed", "", "2026-03-03 10:00", ""],
        ["J-9009", rows[6][1], rows[6][2], "HVAC", "Impossible day", "Completed", "", "2/30/2026 9:00 AM", ""],
    ]
    return rows


def behind_utc(local):
    """Hours that Chicago's clocks are behind UTC: six, and five from 8 March 2026, 2 AM."""
    return 6 if local < datetime.datetime(2026, 3, 8, 2) else 5


def with_offset(local):
    return f"{local.isoformat()}-0{behind_utc(local)}:00"


def in_utc(local):
    return (local + datetime.timedelta(hours=behind_utc(local))).isoformat() + "Z"


def write(name, header, rows):
    with open(HERE / name, "w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([header, *rows])
    print(name, len(rows), "rows")


people = customers()
write("customers.csv", HEADER, people)
write("work-orders.csv", ["Job #", "Customer Email", "Customer Phone", "Service", "Title", "Status", "Scheduled", "Completed", "Amount"], work_orders(people))
