/* The note as it stands on the page, and what has to be known about it. Tells `change` and, when the server has
   written parts of it (a repeat, a protocol), `taken`. */

export const PARTS = ["needlings", "cuppings", "moxibustions", "techniques"];

export class Note extends EventTarget {
    constructor(fields) {
        super();
        this.fields = structuredClone(fields);
    }

    change(changed) {
        Object.assign(this.fields, changed);
        this.dispatchEvent(new CustomEvent("change", { detail: Object.keys(changed) }));
    }

    /** The server's word on these fields; nothing to save. */
    take(fields) {
        Object.assign(this.fields, structuredClone(fields));
        this.dispatchEvent(new CustomEvent("taken", { detail: Object.keys(fields) }));
    }

    /** Our own word, and more than one field of the page has to show it: saved and drawn anew. */
    put(changed) {
        this.change(changed);
        this.dispatchEvent(new CustomEvent("taken", { detail: Object.keys(changed) }));
    }

    on(names, listener) {
        for (const kind of ["change", "taken"]) {
            this.addEventListener(kind, (event) => {
                if (event.detail.some((name) => names.includes(name))) listener(kind);
            });
        }
    }
}

/** Whether a row says enough to be written down. */
export function isWhole(part, row) {
    if (part === "needlings") return Boolean(row.point || row.free_location?.trim());
    if (part === "cuppings") return Boolean(row.sites?.trim());
    if (part === "moxibustions") return Boolean(row.point || row.site?.trim());
    return true;
}

/** What stands, and of what is wanted all that it does not have yet: each place once, with its sides joined. */
export function joined(part, standing, wanted) {
    const rows = [...standing];
    for (const row of wanted) {
        const at = rows.findIndex((other) => sameOf(part, other) === sameOf(part, row));
        if (at < 0) rows.push(structuredClone(row));
        else if (part === "needlings" && rows[at].side !== row.side) rows[at] = { ...rows[at], side: "both" };
    }
    return rows;
}

function sameOf(part, row) {
    const place = row.point ?? (row.free_location ?? row.sites ?? row.site ?? "").trim().toLowerCase();
    return part === "needlings" ? place : `${row.kind} ${place}`;
}

/** What can be sent: rows that lack their place stay on the page until they have one. */
export function sendable(name, value) {
    if (name === "confirmations") return value.map(({ key, reason }) => ({ key, reason }));
    return PARTS.includes(name) ? value.filter((row) => isWhole(name, row)) : value;
}

const isNothing = (value) =>
    value === null || value === undefined || value === "" || (typeof value === "object" && !Object.keys(value).length);

/** Whether `whole`, which the server wrote, says all that `part` says; nothing and an empty text are the same. */
export function says(whole, part) {
    if (isNothing(part)) return isNothing(whole);
    if (Array.isArray(part)) {
        return Array.isArray(whole) && whole.length === part.length && part.every((row, at) => says(whole[at], row));
    }
    if (typeof part === "object") {
        return !isNothing(whole) && Object.keys(part).every((name) => says(whole[name], part[name]));
    }
    return whole === part || (!isNothing(whole) && String(Number(whole)) === String(Number(part)) && !isNaN(part));
}
