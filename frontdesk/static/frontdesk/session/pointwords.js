/* What is typed for a needle, read without asking anybody: `gb30 b 25` is GB30, both sides, 25 minutes.

   Pure. How codes are spelled comes with the page, from the catalogue's own rules (`spelling`):
   sizes {GB: 44}, aliases {SJ: "TE"}, ambiguous {P: ["PC", "LU"]}, laterality {CV4: "midline"} for all that are not
   of both sides, groups {"EX-HN1": 4} for all that are more than one place. */

const CODE = /^(?<extra>ex(?:tra)?[\s-]*)?(?<prefix>3e|[a-zü]{1,4})[\s-]*0*(?<number>[1-9]\d?)(?<plus>\+?)(?=\s|$|[blr](?:\s|$))/i;
const FREE = /^(?<kind>ashi|trp|tp|trigger(?:\s+point)?|阿是穴?)(?:\s+|$)/i;
const SIDES = {
    b: "both", bi: "both", bil: "both", both: "both", 双: "both",
    l: "left", left: "left", 左: "left",
    r: "right", right: "right", 右: "right",
    m: "midline", mid: "midline", midline: "midline",
};
const TECHNIQUES = {
    even: "even",
    reinforcing: "reinforcing", reinf: "reinforcing", rein: "reinforcing", tonify: "reinforcing",
    reducing: "reducing", red: "reducing", disperse: "reducing",
    trigger: "trigger", tp: "trigger",
    electro: "electro", ea: "electro",
};
const STIMULATIONS = {
    lift: "lift_thrust", thrust: "lift_thrust", twirl: "twirl", scrape: "scrape", flick: "flick", tremble: "tremble",
    warm: "warmed", warmed: "warmed",
};
const GAUGE = /^(0?\.\d{2,3})[x×*](\d{1,3})(?:mm)?$/;
const YINTANG = new Set(["GV29", "GV24+"]);
const OLD_FORMS = { 兪: "俞", 靑: "青", 淸: "清" };
const MOST = { minutes: 240, depth: 150, needles: 20 };

/** Letters without tones, spaces and apostrophes, as the catalogue compares them. */
export function fold(text) {
    const apart = text.normalize("NFKD").toLowerCase().replace(/[兪靑淸]/g, (old) => OLD_FORMS[old]);
    const kept = [...apart].filter((character) => /[\p{L}\p{N}]/u.test(character)).join("");
    return kept.replace(/(?<=[ln])v(?!\d)/g, "u");
}

/**
 * {code} | {candidates} | {free} | {name}, with what else was said: side, minutes, depth, hz, technique, needles,
 * gauge, stimulation. `unread` holds words after a code that mean nothing here; `missing` is a code that no point has.
 * Null for nothing.
 */
export function read(text, spelling) {
    const line = text.normalize("NFKC").replace(/[‐‑‒–—−_]/g, "-").trim().replace(/\s+/g, " ");
    if (!line) return null;
    const coded = line.match(CODE);
    const place = coded && placeOf(coded, spelling);
    if (place) {
        const { said, rest } = saidBy(line.slice(coded[0].length).trim().split(" "));
        return { ...place, ...said, ...(rest.length ? { unread: rest } : {}) };
    }
    const free = line.match(FREE);
    const { said, rest } = saidBy(line.split(" "), { first: 1 });
    const words = rest.join(" ");
    if (!free) return { name: words, ...said };
    return freePlace(free.groups.kind, words, said);
}

function freePlace(kind, words, said) {
    const isAshi = /^(ashi|阿是穴?)$/i.test(kind);
    const place = isAshi ? words : words.slice(kind.length).trim();
    return { free: place || "trigger point", ...(isAshi ? {} : { technique: "trigger" }), ...said };
}

function placeOf({ groups }, { sizes, aliases, ambiguous }) {
    const prefix = groups.prefix.toUpperCase();
    const number = Number(groups.number);
    if (YINTANG.has(prefix + number + groups.plus) || YINTANG.has((aliases[prefix] ?? "") + number + groups.plus)) {
        return { code: "EX-HN3" };
    }
    const meant = groups.extra ? [`EX-${prefix}`] : ambiguous[prefix] ?? [aliases[prefix] ?? prefix];
    const known = meant.filter((channel) => channel in sizes);
    if (!known.length) return null;
    const candidates = groups.plus ? [] : known.filter((channel) => number <= sizes[channel]);
    const codes = candidates.map((channel) => channel + number);
    if (!codes.length) return { missing: `${prefix}${number}${groups.plus}` };
    return meant.length > 1 ? { candidates: codes } : { code: codes[0] };
}

/** What words at the end say, read from behind; the first `first` words are the place whatever they look like. */
function saidBy(words, { first = 0 } = {}) {
    const rest = words.filter(Boolean);
    const said = {};
    while (rest.length > first) {
        const one = meaning(rest.at(-1).toLowerCase());
        if (!one || Object.keys(one).some((name) => name in said)) break;
        Object.assign(said, one);
        rest.pop();
    }
    return { said, rest };
}

function meaning(word) {
    if (Object.hasOwn(SIDES, word)) return { side: SIDES[word] };
    if (Object.hasOwn(TECHNIQUES, word)) return { technique: TECHNIQUES[word] };
    if (Object.hasOwn(STIMULATIONS, word)) return { stimulation: STIMULATIONS[word] };
    const [, thick, long] = word.match(GAUGE) ?? [];
    if (thick) return { gauge: `${Number(thick).toFixed(2)}x${Number(long)}` };
    const [, figure, unit] = word.match(/^(\d{1,3}(?:\.\d)?)(m|min|'|′|mm|hz|n)?$/) ?? [];
    if (figure === undefined) return null;
    const value = Number(figure);
    if (unit === "hz") return { hz: value, technique: "electro" };
    if (!Number.isInteger(value)) return null;
    if (unit === "mm") return value <= MOST.depth ? { depth: value } : null;
    if (unit === "n") return value <= MOST.needles ? { needles: value } : null;
    return value <= MOST.minutes ? { minutes: value } : null;
}

/** The side on which a point can lie, nearest to what was asked: CV4 is in the middle whatever is typed. */
export function sideOf(code, asked, { laterality }) {
    const only = laterality[code];
    if (only) return only;
    return asked === "midline" || !asked ? "both" : asked;
}

/** How many needles a needling takes: both sides two, a group as many as it has places. */
export function needlesOf(needling, { groups }) {
    if (needling.needles_in !== null && needling.needles_in !== undefined) return needling.needles_in;
    const places = groups[needling.point] ?? 1;
    if (places > 1) return ["left", "right"].includes(needling.side) ? places / 2 : places;
    return needling.side === "both" ? 2 : 1;
}
