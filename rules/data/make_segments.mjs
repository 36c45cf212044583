// Makes rules/src/data/segments.jsonl: what Twilio's sms-segments-calculator says of some thousands of texts.
//
//     npm install --no-package-lock --prefix rules/data && node rules/data/make_segments.mjs
//
// A line is one text, written as pieces [characters, times], with the calculator's encoding, its size in septets or UTF-16 units
// without headers, and its number of segments. `kind` says what the text tries. Nothing here is random: two runs are the same.
import { writeFileSync } from "node:fs";
import calculator from "sms-segments-calculator";

const OUT = new URL("../src/data/segments.jsonl", import.meta.url);
const cases = new Map();

function add(kind, ...pieces) {
  const text = pieces.map(([characters, times]) => characters.repeat(times)).join("");
  if (cases.has(text)) return;
  const said = new calculator.SegmentedMessage(text, "auto");
  const bits = said.encodingName === "GSM-7" ? 7 : 16;
  const written = pieces.filter(([characters, times]) => characters !== "" && times > 0);
  cases.set(text, {
    kind,
    text: written,
    encoding: said.encodingName,
    units: said.messageSize / bits,
    count: said.segmentsCount,
  });
}

// around the ends of one to four segments, of ten, and of Twilio's longest text
const around = (...ends) => ends.flatMap((end) => [end - 2, end - 1, end, end + 1, end + 2]);
const GSM_ENDS = around(153, 160, 306, 459, 612, 1530, 1600).filter((n) => n > 0);
const UCS_ENDS = around(67, 70, 134, 201, 268, 670);

add("empty");
for (const n of [1, 2, 3, ...GSM_ENDS]) add("gsm length", ["a", n]);
for (const n of [1, 2, 3, ...UCS_ENDS]) add("ucs length", ["ж", n]);

const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENDED = "\f^{}\\[~]|€";
for (const each of BASIC) {
  add("gsm basic alone", [each, 1]);
  add("gsm basic at the end", ["a", 159], [each, 1]);
  add("gsm basic beyond the end", [each, 161]);
}
for (const each of EXTENDED) {
  add("gsm extended alone", [each, 1]);
  for (const n of [76, 77, 79, 80, 81, 152, 153, 154, 229, 230]) add("gsm extended length", [each, n]);
  for (const before of [150, 151, 152, 153, 157, 158, 159, 160, 303, 304, 305, 306, 458, 459]) {
    add("gsm extended as the last", ["a", before], [each, 1]);
    add("gsm extended at the edge", ["a", before], [each, 1], ["b", 153]);
  }
}
add("gsm extended twice", ["a", 151], ["€", 2], ["b", 151], ["{", 1], ["c", 153]);

// one character that is no GSM-7, at the beginning, in the middle, and at the end of a long text
const OUTSIDE = "‘’“”–—…•«»™®©°´`êëïâôçÁáÍíóúãõőžчш中文日本한กनع א\t\u00a0\u200b\u2028\u202f\u0085";
for (const each of OUTSIDE) {
  add("outside gsm alone", [each, 1]);
  add("outside gsm first", [each, 1], ["a", 69]);
  add("outside gsm last", ["a", 70], [each, 1]);
  add("outside gsm among extended", ["{", 33], [each, 1], ["}", 33]);
  for (const before of [65, 66, 67, 132, 133]) add("outside gsm at the edge", ["€", before], [each, 1], ["a", 67]);
}

// what a reader sees as one character and UTF-16 writes as several
const CLUSTERS = [
  "😀", "🔧", "🏠", "👍", "👍🏽", "👋🏿", "❤️", "☃", "☎️", "1️⃣", "#️⃣", "🇺🇸", "🇲🇽", "🏳️‍🌈", "👨‍👩‍👧‍👦", "👩🏽‍🔧", "👩‍❤️‍👩",
  "🧔🏻", "𝒜", "𐍈", "e\u0301", "n\u0303", "z͑ͫ̓", "ก็", "नि", "각", "\u1100\u1161\u11a8", "e\u0323\u0301", "\r\n",
];
for (const each of CLUSTERS) {
  add("cluster alone", [each, 1]);
  for (const n of [2, 5, 6, 7, 11, 12, 17, 18, 33, 34, 35, 36, 67, 68]) add("cluster length", [each, n]);
  for (let before = 55; before <= 70; before++) add("cluster at the edge", ["ж", before], [each, 1], ["ж", 67]);
  for (const before of [62, 65, 66, 67, 68, 69]) add("cluster as the last", ["ж", before], [each, 1]);
  for (const before of [131, 132, 133, 134]) add("cluster at the second edge", ["ж", before], [each, 1], ["ж", 67]);
  // texts that fill their segments to the last unit, if the cluster may be split: one segment more, as it may not
  for (let before = 68 - each.length; before < 67; before++) {
    add("cluster over an edge", ["ж", before], [each, 1], ["ж", 134 - before - each.length]);
    add("cluster over the second edge", ["ж", 67 + before], [each, 1], ["ж", 134 - before - each.length]);
  }
}

// line ends: one septet each in GSM-7; in UCS-2 they are never kept together
for (const end of ["\n", "\r", "\r\n", "\n\n", "\r\r\n", "\n\r"]) {
  for (const before of [0, 65, 66, 67, 68, 69, 70, 151, 152, 153, 158, 159, 160, 305, 306]) {
    add("line end in gsm", ["a", before], [end, 1], ["b", 10]);
    add("line end in ucs", ["ж", before], [end, 1], ["b", 10]);
    add("line end, then more", ["a", before], [end, 1], ["b", 153]);
    add("line end over an edge", ["ж", before], [end, 1], ["b", Math.max(0, 134 - before - end.length)]);
  }
}

// the texts of the trade, with the names that turn them
const NAMES = ["", "Ann", "Zoé", "Zoë", "José", "Renée", "François", "Siân", "O’Brien", "O'Brien", "Łukasz", "Ñusta", "Γιώργος", "ΣΩΦΙΑ", "王芳", "😀"];
const TEXTS = [
  (name) => `Hi ${name}, thanks for choosing Acme Plumbing! How did we do? https://r.example.com/a1b2c3 Reply STOP to opt out.`,
  (name) => `${name}: your technician is on the way (ETA 2:15–2:45).`,
  (name) => `Hello ${name}! It’s been a week since we fixed your water heater. Is everything still “good as new”? Tell us: https://r.example.com/a1b2c3 - Acme Plumbing. Reply STOP to stop.`,
  (name) => `Acme: ${name}, invoice #1042 [PAID] {thank you} ~ $120.50 | €0.00 due. Questions? Call 504-621-8927.`,
  (name) => `Hola ${name}, ¿quedó contento con el trabajo? Su opinión nos ayuda mucho. Responda ALTO para no recibir más mensajes.`,
  (name) => `Bonjour ${name}, merci d'avoir choisi Acme à Montréal. Donnez votre avis : https://r.example.com/a1b2c3 Répondez ARRET pour vous désabonner.`,
  (name) => `Hi ${name},\r\nyour visit is on Friday, 9 am.\r\nReply HELP for help.\r\nAcme Plumbing`,
  (name) => `Hi ${name}, thanks for having us at 12 Rue d’Orléans today. If anything at all is not as it should be, please answer this text and Dana will call you back the same day. If you are happy, a few words at https://r.example.com/a1b2c3 help a small shop a lot. Reply STOP to opt out.`,
];
for (const text of TEXTS) for (const name of NAMES) add("template", [text(name), 1]);

// mixtures, by a fixed generator of numbers (mulberry32)
let seed = 20261121;
function below(limit) {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
}
const ALPHABETS = {
  "mixture of gsm": [..."abcdefgh  ,.!?ABC123éàñÖ\n", "\r\n"],
  "mixture of gsm and extended": [..."abc  ", ...EXTENDED],
  "mixture of letters": [..."ab éêőcж中文–’“”"],
  "mixture of clusters": [..."a жê", ...CLUSTERS],
  "mixture of everything": [...BASIC, ...EXTENDED, ...OUTSIDE, ...CLUSTERS],
};
for (const [kind, alphabet] of Object.entries(ALPHABETS)) {
  for (let each = 0; each < 60; each++) {
    const length = 1 + below(each % 3 === 0 ? 400 : each % 3 === 1 ? 170 : 80);
    const text = Array.from({ length }, () => alphabet[below(alphabet.length)]).join("");
    add(kind, [text, 1]);
  }
}

writeFileSync(OUT, [...cases.values()].map((each) => JSON.stringify(each) + "\n").join(""));
process.stdout.write(`${cases.size} texts\n`);
