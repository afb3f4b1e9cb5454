/* The diary under the hand: arrow keys along the columns, and a visit dragged to another time. The rest is links. */

import { Lost, Refused, ask } from "../session/api.js";

const STEP = 5 * 60_000;
const QUARTER = 3;

const main = document.querySelector(".nd-main");
const told = main.querySelector("[data-told]");

function tell(sentence) {
    told.textContent = sentence;
    told.hidden = !sentence;
}

/* Keys. What is typed before the panel of a gap is there is kept for it: null while none is awaited. */

let early = null;

const standing = (column) =>
    [...column.querySelectorAll("[data-step]")].sort((one, other) => one.dataset.step - other.dataset.step);

function along(here, by) {
    const column = here.closest("[data-column]");
    const stops = standing(column);
    return stops[stops.indexOf(here) + by];
}

function across(here, by) {
    const columns = [...main.querySelectorAll("[data-column]")];
    const next = columns[columns.indexOf(here.closest("[data-column]")) + by];
    const far = (stop) => Math.abs(stop.dataset.step - here.dataset.step);
    return next && standing(next).sort((one, other) => far(one) - far(other))[0];
}

const MOVES = {
    ArrowUp: (here) => along(here, -1),
    ArrowDown: (here) => along(here, 1),
    ArrowLeft: (here) => across(here, -1),
    ArrowRight: (here) => across(here, 1),
};

document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
    if (early !== null) {
        if (event.key.length === 1) early += event.key;
        event.preventDefault();
        return;
    }
    const here = event.target.closest("[data-step]");
    const next = here && MOVES[event.key]?.(here);
    if (next) {
        event.preventDefault();
        next.focus();
        return;
    }
    main.querySelector(`[data-key="${CSS.escape(event.key)}"]`)?.click();
});

/* Booking beside the grid: the letters go into the search while the arrows choose from what it found */

const panel = document.getElementById("diary-visit");
const idle = panel.innerHTML;
let from = null;

main.addEventListener("click", (event) => {
    from = event.target.closest(".nd-gap") ?? from;
});

function stepBack() {
    panel.innerHTML = idle;
    const again = from && main.querySelector(`.nd-gap[aria-label="${CSS.escape(from.getAttribute("aria-label"))}"]`);
    again?.focus();
}

panel.addEventListener("input", (event) => {
    // Until the new names are here, nobody is chosen.
    if (event.target.matches("[data-who]")) for (const tick of ticks()) tick.checked = false;
});

const ticks = () => [...panel.querySelectorAll("[name=who]")];

panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel.querySelector("[data-panel]")) {
        event.preventDefault();
        stepBack();
        return;
    }
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || !event.target.matches("[data-who]")) return;
    const found = ticks();
    const next = found[found.findIndex((tick) => tick.checked) + by];
    event.preventDefault();
    if (next) next.checked = true;
});

document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches(".nd-gap")) early = "";
});

document.body.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful) early = null;
});

panel.addEventListener("htmx:afterSettle", () => {
    const words = early;
    early = null;
    const search = panel.querySelector("[data-who]");
    if (!words || !search) return;
    search.value = words + search.value;
    search.dispatchEvent(new Event("input", { bubbles: true }));
});

// The keys go on from what has just been booked.
document.body.addEventListener("diary-booked", (event) => {
    main.querySelector(`[data-visit="${event.detail.visit}"]`)?.focus();
});

/* Dragging */

let held = null;

/** The column under the pointer and the quarter hour that the top of the visit would have. */
function aimedAt(event) {
    const lines = event.target.closest?.("[data-lines]");
    if (!lines || !held) return null;
    const column = lines.closest("[data-column]");
    const box = lines.getBoundingClientRect();
    const rows = getComputedStyle(lines).gridTemplateRows.split(" ").length;
    const step = (event.clientY - held.grip - box.top) / (box.height / rows);
    return { lines, column, step: Math.max(0, Math.round(step / QUARTER) * QUARTER) };
}

function moment(aim) {
    return new Date(Date.parse(aim.column.dataset.begins) + aim.step * STEP);
}

/** Why the visit cannot begin there, or nothing. */
function refusal(aim) {
    const columns = [...main.querySelectorAll("[data-column]")];
    const stretches = held.places?.[columns.indexOf(aim.column)] ?? [];
    return stretches.find(({ first, length }) => first <= aim.step && aim.step < first + length)?.why ?? "";
}

function hatch() {
    main.querySelectorAll("[data-column]").forEach((column, index) => {
        for (const { first, length } of held.places[index] ?? []) {
            const piece = document.createElement("div");
            piece.className = `nd-refused at-${first} for-${length}`;
            column.querySelector("[data-lines]").append(piece);
        }
    });
}

function clear() {
    main.querySelectorAll(".nd-refused, .nd-aim").forEach((piece) => piece.remove());
    held?.block.removeAttribute("data-dragged");
    held = null;
}

main.addEventListener("dragstart", async (event) => {
    const block = event.target.closest("[data-visit][draggable=true]");
    if (!block) return;
    tell("");
    held = { block, visit: block.dataset.visit, grip: event.clientY - block.getBoundingClientRect().top, places: null };
    const mine = held;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", block.dataset.visit);
    block.setAttribute("data-dragged", "");
    const place = main.querySelector("#diary-grid").dataset.places;
    try {
        const { body } = await ask("GET", `${place}&visit=${mine.visit}`);
        if (held !== mine) return;
        held.places = body.columns;
        hatch();
    } catch (error) {
        // Without the hatching the drop itself still tells what cannot be.
        if (!(error instanceof Refused || error instanceof Lost)) throw error;
    }
});

main.addEventListener("dragover", (event) => {
    const aim = aimedAt(event);
    if (!aim) return;
    event.preventDefault();
    const why = refusal(aim);
    main.querySelector(".nd-aim")?.remove();
    const shown = document.createElement("div");
    const [, length] = held.block.className.match(/for-(\d+)/);
    shown.className = `nd-aim at-${aim.step} for-${length}`;
    shown.toggleAttribute("data-refused", Boolean(why));
    shown.textContent = why || clock(aim);
    aim.lines.append(shown);
});

/** The time on the wall of the clinic, whose hours the column's own offset gives. */
function clock(aim) {
    const [, hours, minutes] = aim.column.dataset.begins.match(/T(\d\d):(\d\d)/);
    const wall = Number(hours) * 60 + Number(minutes) + aim.step * 5;
    const hour = Math.floor(wall / 60) % 24;
    return `${hour % 12 || 12}:${String(wall % 60).padStart(2, "0")} ${hour < 12 ? "am" : "pm"}`;
}

main.addEventListener("drop", async (event) => {
    const aim = aimedAt(event);
    if (!aim) return;
    event.preventDefault();
    const { visit } = held;
    const { practitioner, room } = aim.column.dataset;
    const body = { starts_at: moment(aim).toISOString(), ...(practitioner && { practitioner: Number(practitioner) }), ...(room && { room: Number(room) }) };
    clear();
    try {
        await ask("POST", `/api/v1/appointments/${visit}/move/`, { body });
        tell("");
    } catch (error) {
        if (error instanceof Refused) tell(`Not moved. ${error.sentence}`);
        else if (error instanceof Lost) tell("No answer came. The diary shows what holds as soon as it is back.");
        else throw error;
    }
    document.body.dispatchEvent(new Event("diary-changed"));
});

main.addEventListener("dragend", clear);

/* The grid that comes by itself: never under a hand that holds a visit, and never a sign-in page in its place. */

document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "diary-grid") return;
    if (held) event.detail.shouldSwap = false;
    else if (event.detail.xhr.status === 200 && !event.detail.xhr.responseText.includes('id="diary-grid"')) location.reload();
});
