/* Diagnosis rows of a case: words or the beginning of a code, typed in either field, are answered with the usual codes;
   the one that is taken fills its row. Every key but the arrows, Enter and Escape stays what it was. */

const SHOWN = 8;
const PAUSE = 150;
const FEWEST = 2;
const LIST = "nb-diagnosis-options";

const list = document.createElement("ul");
Object.assign(list, { id: LIST, className: "nb-options", hidden: true });
list.setAttribute("role", "listbox");
list.setAttribute("aria-label", "Usual diagnosis codes");
document.body.append(list);

let field = null;
let found = [];
let active = -1;
let timer;
let asking;

/** Another field of the same row. */
const beside = (name) => document.getElementsByName(field.name.replace(/-[a-z]+$/, `-${name}`))[0];

function close() {
    clearTimeout(timer);
    asking?.abort();
    list.hidden = true;
    field?.setAttribute("aria-expanded", "false");
    field?.removeAttribute("aria-activedescendant");
    [found, active] = [[], -1];
}

/* The row's own system first; where it has nothing, the others. */
async function lookUp(text) {
    asking?.abort();
    asking = new AbortController();
    const system = beside("system")?.value;
    const rows = system ? await ask({ search: text, system }) : [];
    return rows.length ? rows : ask({ search: text });
}

async function ask(what) {
    const query = new URLSearchParams({ ...what, page_size: SHOWN });
    try {
        const answer = await fetch(`/api/v1/diagnosis-codes/?${query}`, {
            credentials: "same-origin",
            headers: { Accept: "application/json" },
            signal: asking.signal,
        });
        return answer.ok ? (await answer.json()).results : [];
    } catch {
        return []; // codes can be typed without the look-up
    }
}

function option(row, at) {
    const entry = document.createElement("li");
    Object.assign(entry, { id: `${LIST}-${at}`, textContent: row.description });
    entry.setAttribute("role", "option");
    entry.dataset.at = at;
    const code = document.createElement("code");
    code.textContent = row.code;
    entry.prepend(code, " ");
    const remark = row.heading ? "heading" : row.gradual ? "disease" : "";
    if (remark) {
        const quiet = document.createElement("small");
        quiet.textContent = remark;
        entry.append(" ", quiet);
    }
    return entry;
}

function offer(rows) {
    found = rows;
    list.replaceChildren(...rows.map(option));
    if (!rows.length) return close();
    const place = field.getBoundingClientRect();
    list.style.left = `${Math.min(place.left, window.innerWidth - list.offsetWidth - 8)}px`;
    list.style.top = `${place.bottom + 2}px`;
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
    mark(-1);
}

function mark(at) {
    active = at;
    for (const entry of list.children) entry.setAttribute("aria-selected", String(Number(entry.dataset.at) === at));
    if (at < 0) return field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-activedescendant", `${LIST}-${at}`);
    list.children[at].scrollIntoView({ block: "nearest" });
}

function fill(name, value) {
    const other = beside(name);
    if (!other) return;
    other.value = value;
    other.dispatchEvent(new Event("change", { bubbles: true }));
}

function take(at) {
    const row = found[at];
    for (const name of ["system", "code", "description"]) fill(name, row[name]);
    if (row.side) fill("side", row.side);
    const marks = [...document.querySelectorAll("input[name^=diagnoses-][name$=-primary]")];
    const primary = beside("primary");
    if (primary && !marks.some((box) => box.checked)) primary.checked = true;
    const side = beside("side");
    close();
    // What only the person knows comes next.
    if (row.sided && !row.side) side?.focus();
}

document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-diagnosis]")) return;
    field = event.target;
    const text = field.value.trim();
    clearTimeout(timer);
    if (text.length < FEWEST) return close();
    timer = setTimeout(async () => {
        const asked = field;
        const rows = await lookUp(text);
        if (asked === document.activeElement && asked.value.trim() === text) offer(rows);
    }, PAUSE);
});

document.addEventListener("keydown", (event) => {
    if (list.hidden || event.target !== field) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) mark((active + step + found.length + (active < 0 && step < 0 ? 1 : 0)) % found.length);
    else if (event.key === "Enter" && active >= 0) take(active);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
});

list.addEventListener("mousedown", (event) => event.preventDefault());
list.addEventListener("click", (event) => {
    const entry = event.target.closest("[role=option]");
    if (entry) take(Number(entry.dataset.at));
});
document.addEventListener("focusout", (event) => event.target === field && close());
window.addEventListener("resize", close);
document.addEventListener("scroll", (event) => event.target !== list && close(), true);
