/* The session page put together: the note, what saves it, and the parts of the page that show and change it. */

import { ask, Lost, once } from "./api.js";
import { Bar } from "./bar.js";
import { Chart } from "./chart.js";
import { announce, find, findAll, make, whenShown } from "./dom.js";
import { Examination } from "./examination.js";
import { Findings } from "./findings.js";
import { Keeper } from "./keeper.js";
import { joined, Note, PARTS } from "./note.js";
import { Points } from "./points.js";
import { Techniques } from "./techniques.js";

const data = JSON.parse(find("#ns-data").textContent);
const { note: fields, places, choices, spelling, vocabulary, ear } = data;
const note = new Note(fields);
const keeper = new Keeper({ note, place: places.note, etag: data.etag, owner: data.owner });

for (const field of findAll("[data-field]")) bind(field);
const points = new Points({ root: find("[data-points]"), note, choices, spelling });
const techniques = new Techniques({ root: find("[data-techniques]"), note, choices, spelling, ear });
const examination = new Examination({ root: find("[data-examination]"), note, vocabulary });
const findings = new Findings({
    root: find("[data-findings]"),
    note,
    place: places.check,
    of: { patient: fields.patient, appointment: fields.appointment, treatment: fields.id, started_at: fields.started_at },
});
new Chart({ root: find("[data-chart]"), note, points, places });
const bar = new Bar({ root: find("[data-bar]"), note, spelling });

const notice = find("[data-notice]");
const saved = find("[data-saved]");
const repeat = find("[data-repeat]");
const protocols = find("[data-protocols]");
const keys = find("[data-keys-dialog]");
let signing = false;
const UNCONFIRMED = "Give a reason for each serious finding before you sign.";

function bind(field) {
    const name = field.dataset.field;
    const show = () => (field.value = note.fields[name]);
    field.addEventListener("input", () => note.change({ [name]: field.value }));
    note.on([name], (kind) => kind === "taken" && show());
    show();
}

function say(sentence, ...ways) {
    notice.replaceChildren(sentence ?? "", ...ways);
    notice.hidden = !sentence;
}

const clock = (at) => at.toLocaleTimeString("en-NZ", { hour: "numeric", minute: "2-digit", timeZone: data.zone });
const STATES = {
    waiting: () => "Not saved yet",
    saving: () => "Saving …",
    saved: ({ at }) => `Saved ${clock(at)}`,
    lost: () => "No connection. Kept on this device, trying again.",
    "signed-out": () => "You are signed out. Sign in in another tab: what you typed is kept.",
    refused: ({ sentence }) => `Not saved: ${sentence}`,
    conflict: () => "Changed elsewhere as well",
    signed: () => "This note was signed elsewhere. Load the page again.",
};

keeper.addEventListener("state", ({ detail }) => {
    saved.textContent = STATES[detail.name](detail);
    saved.dataset.state = detail.name;
    if (detail.name === "conflict") askWhose(detail.settle);
    else if (detail.name === "saved" && notice.dataset.about === "conflict") say();
});

function askWhose(settle) {
    const way = (label, mine) => make("button", {
        type: "button",
        class: "nb-button",
        onclick: () => {
            say();
            settle(mine);
        },
    }, label);
    say("Someone changed the same words of this note while you were typing.", way("Keep mine", true), way("Take theirs", false));
}

/** A verb of the server that writes the parts of the note; afterwards the page shows what it wrote. */
async function fill(path, body, done) {
    say();
    try {
        await keeper.flush();
        const answer = await ask("POST", path, { body, headers: once() });
        keeper.rebase(answer);
        note.take(Object.fromEntries(PARTS.map((name) => [name, answer.body[name]])));
        announce(done);
        points.field.focus();
    } catch (error) {
        say(error instanceof Lost ? "The clinic's server does not answer just now. Try again in a moment." : error.sentence ?? error.message);
    }
}

/** What was done last time and why, beside what stands here already; nothing that was said, seen or counted. */
function repeatLast() {
    if (!data.again) return;
    const { parts, words } = data.again;
    const rows = PARTS.map((name) => [name, joined(name, note.fields[name], parts[name])]);
    const open = Object.entries(words).filter(([name]) => !note.fields[name].length);
    note.put(Object.fromEntries([...rows, ...open]));
    announce("The last visit's treatment is here.");
    points.field.focus();
}

async function listProtocols() {
    const list = find("[data-protocol-list]");
    if (!protocols.open || list.children.length) return;
    try {
        const { body } = await ask("GET", `${places.protocols}?page_size=200&archived_at__isnull=true`);
        const use = (row) => () => {
            protocols.open = false;
            const side = find("[data-protocol-side]").value;
            fill(`${places.note}apply/`, { protocol: row.id, ...(side ? { side } : {}) }, `${row.name} is added.`);
        };
        const items = body.results.map((row) => make("li", {}, make("button", { type: "button", onclick: use(row) },
            make("strong", {}, row.name), make("span", { class: "ns-quiet" }, row.indication ?? ""))));
        list.replaceChildren(...(items.length ? items : [make("li", { class: "nb-empty" }, "There are no protocols yet.")]));
    } catch {
        list.replaceChildren();
        say("The protocols cannot be fetched just now.");
    }
}

/* What the server would refuse, said before it is asked, with the focus where it can be put right. */
function missing() {
    if (points.field.value.trim()) {
        points.field.focus();
        return "A point is typed and not added: Enter adds it.";
    }
    return techniques.unfinished() ?? bar.uncounted() ?? (findings.askFirst() ? UNCONFIRMED : null);
}

async function sign() {
    if (signing || !find("[data-sign]")) return;
    const sentence = missing();
    say(sentence);
    if (sentence) return;
    signing = true;
    try {
        await keeper.flush();
        await ask("POST", `${places.note}sign/`, { headers: once() });
        location.assign(places.page);
    } catch (error) {
        signing = false;
        await refused(error);
    }
}

async function refused(error) {
    if (error instanceof Lost) return say("No connection: the note is not signed yet. What you typed is kept.");
    say(error.code === "finding_unconfirmed" ? UNCONFIRMED : error.sentence ?? error.message);
    if (error.code !== "finding_unconfirmed") return;
    await findings.check();
    findings.askFirst();
}

async function save() {
    try {
        await keeper.flush();
        if (!keeper.isDirty) saved.textContent = `Saved ${clock(new Date())}`;
    } catch {
        // The line that says whether it is saved has said so.
    }
}

const closeOne = () => points.close() || examination.close() || closeMenu();
function closeMenu() {
    const wasOpen = protocols.open;
    protocols.open = false;
    if (wasOpen) find("summary", protocols).focus();
    return wasOpen;
}

const ALT = {
    KeyP: () => points.field.focus(),
    KeyR: repeatLast,
    KeyF: () => findings.askFirst() || announce("No finding waits for a reason."),
    KeyN: () => bar.focusOnCount(),
};
const isTypedInto = ({ target }) => target.matches?.("input, textarea, select, [contenteditable]");

addEventListener("keydown", (event) => {
    const { code, key, altKey } = event;
    const isCommand = event.ctrlKey || event.metaKey;
    let act = null;
    if (isCommand && key === "Enter") act = sign;
    else if (isCommand && key.toLowerCase() === "s") act = save;
    else if (altKey && !isCommand && ALT[code]) act = ALT[code];
    else if (key === "Escape" && !keys.open) closeOne();
    else if (!isTypedInto(event) && !isCommand && !altKey && key === "/") act = ALT.KeyP;
    else if (!isTypedInto(event) && !isCommand && !altKey && key === "?") act = () => keys.showModal();
    if (!act) return;
    event.preventDefault();
    act();
});

repeat.hidden = !data.again;
repeat.addEventListener("click", repeatLast);
protocols.addEventListener("toggle", listProtocols);
document.addEventListener("pointerdown", ({ target }) => !protocols.contains(target) && (protocols.open = false));
find("[data-keys]").addEventListener("click", () => keys.showModal());
find("[data-save]").addEventListener("click", save);
find("[data-sign]")?.addEventListener("click", sign);
whenShown(() => document.activeElement === document.body && find("[data-field=complaint]").focus());
if (keeper.restore()) announce("What was not saved before is here again.");
