/* What is done beside needles: cups, moxa and the rest, a line each. */

import { announce, choice, find, make, numberOf } from "./dom.js";
import { Ears } from "./ears.js";
import { isWhole } from "./note.js";
import { read } from "./pointwords.js";

const LINES = {
    cuppings: {
        word: "Cups",
        first: { kind: "sliding", sites: "", minutes: null, cups: null, movement: "", marks: "" },
        fields: [["sites", "Where"], ["cups", "Cups"], ["minutes", "Min"], ["marks", "Marks left"]],
    },
    moxibustions: {
        word: "Moxa",
        first: { kind: "stick", point: null, site: "", minutes: null, cones: null },
        fields: [["place", "Point or place"], ["cones", "Cones"], ["minutes", "Min"]],
    },
    techniques: {
        word: "Other",
        first: { kind: "tui_na", site: "", ear_points: [], minutes: null, note: "" },
        fields: [["site", "Where"], ["minutes", "Min"], ["note", "What"]],
    },
};
const LENGTHS = { sites: 120, site: 120, place: 120, marks: 60, note: 300 };
const OF_THE_EAR = ["ear_seeds", "ear_needles"];
const COUNTED = ["cups", "cones", "minutes"];

export class Techniques {
    constructor({ root, note, choices, spelling, ear }) {
        Object.assign(this, { root, note, choices, spelling, ear });
        this.list = find("[data-technique-lines]", root);
        for (const part of Object.keys(LINES)) {
            find(`[data-add="${part}"]`, root).addEventListener("click", () => this.#add(part));
            note.on([part], (kind) => kind === "taken" && this.draw());
        }
        this.draw();
    }

    /** The first line that lacks its place, with the focus set there; null if none does. */
    unfinished() {
        for (const part of Object.keys(LINES)) {
            const at = this.note.fields[part].findIndex((row) => !isWhole(part, row));
            if (at < 0) continue;
            find(`[data-part="${part}"][data-at="${at}"] input`, this.list).focus();
            return `${LINES[part].word}: say where.`;
        }
        return null;
    }

    draw() {
        const lines = Object.keys(LINES).flatMap((part) =>
            this.note.fields[part].map((row, at) => this.#line(part, row, at)));
        this.list.replaceChildren(...lines);
    }

    #add(part) {
        this.note.change({ [part]: [...this.note.fields[part], { ...LINES[part].first }] });
        this.draw();
        find(`[data-part="${part}"][data-at="${this.note.fields[part].length - 1}"] select`, this.list).focus();
    }

    #remove(part, at) {
        this.note.change({ [part]: this.note.fields[part].toSpliced(at, 1) });
        this.draw();
        find(`[data-add="${part}"]`, this.root).focus();
        announce(`${LINES[part].word} taken out.`);
    }

    #line(part, row, at) {
        const { word, fields } = LINES[part];
        const change = (changed) => {
            const rows = this.note.fields[part];
            this.note.change({ [part]: rows.with(at, { ...rows[at], ...changed }) });
        };
        const kind = choice(this.choices[part], row.kind, {
            "aria-label": `${word}: kind`, onchange: ({ target }) => this.#turn(part, at, target.value, change),
        });
        const ears = OF_THE_EAR.includes(row.kind) ? this.#ears(word, row, at, change) : null;
        return make(
            "div",
            { class: "ns-line", "data-part": part, "data-at": at, role: "group", "aria-label": word },
            kind,
            ears?.box,
            ...fields.map(([name, label]) => this.#field(word, name, label, row, change)),
            make("button", {
                type: "button", class: "ns-out", "aria-label": `Take out: ${word}`, onclick: () => this.#remove(part, at),
            }, "×"),
        );
    }

    /* Another kind can ask for other fields. Points of the ear belong to no other place. */
    #turn(part, at, kind, change) {
        change({ kind, ...(part === "techniques" && !OF_THE_EAR.includes(kind) ? { ear_points: [] } : {}) });
        this.draw();
        find(`[data-part="${part}"][data-at="${at}"] select`, this.list).focus();
    }

    #ears(word, row, at, change) {
        return new Ears({
            id: `ns-ears-${at}`, catalogue: this.ear, codes: row.ear_points ?? [], label: word,
            change: (codes) => change({ ear_points: codes }),
        });
    }

    #field(word, name, label, row, change) {
        const isCounted = COUNTED.includes(name);
        const field = make("input", {
            type: isCounted ? "number" : "text",
            ...(isCounted ? { inputmode: "numeric", min: 0, max: 240 } : { maxlength: LENGTHS[name] }),
            class: isCounted ? "ns-count" : "ns-words",
            placeholder: isCounted ? null : label,
            "aria-label": `${word}: ${label}`,
            value: name === "place" ? row.point ?? row.site : row[name] ?? "",
            oninput: ({ target }) => change(this.#said(name, target)),
        });
        return isCounted ? make("label", { class: "ns-unit" }, field, label.toLowerCase()) : field;
    }

    /* Moxa on a point is written down as the point, so that the rules know it. */
    #said(name, field) {
        if (COUNTED.includes(name)) return { [name]: numberOf(field) };
        if (name !== "place") return { [name]: field.value };
        const code = read(field.value, this.spelling)?.code;
        return code ? { point: code, site: "" } : { point: null, site: field.value };
    }
}
