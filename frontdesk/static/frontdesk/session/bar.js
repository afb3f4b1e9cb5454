/* The bottom bar: needles in and out, and the minutes. */

import { find, findAll, numberOf } from "./dom.js";
import { needlesOf } from "./pointwords.js";

export class Bar {
    constructor({ root, note, spelling }) {
        Object.assign(this, { root, note, spelling });
        this.tally = find("[data-tally]", root);
        // Counted along with the points until a hand says otherwise. What comes out, only a hand counts.
        this.isCounted = [0, this.#expected()].includes(note.fields.needles_in);
        for (const field of findAll("[data-count]", root)) this.#bind(field);
        const planned = find("[data-planned]", root);
        planned?.addEventListener("click", () => this.#plan(planned));
        note.on(["needlings"], (kind) => this.#count(kind));
        note.on(["needles_in", "needles_out"], () => this.#tell());
        this.#tell();
    }

    #field(name) {
        return find(`[data-count="${name}"]`, this.root);
    }

    #bind(field) {
        const name = field.dataset.count;
        const isNeedles = name.startsWith("needles");
        const show = () => (field.value = (isNeedles ? this.note.fields[name] || "" : this.note.fields[name]) ?? "");
        field.addEventListener("input", () => {
            if (name === "needles_in") this.isCounted = false;
            this.note.change({ [name]: isNeedles ? numberOf(field) ?? 0 : numberOf(field) });
        });
        field.addEventListener("focus", () => field.select());
        this.note.on([name], () => document.activeElement !== field && show());
        show();
    }

    #expected() {
        return this.note.fields.needlings.reduce((sum, row) => sum + needlesOf(row, this.spelling), 0);
    }

    #count() {
        if (this.isCounted && this.#expected() !== this.note.fields.needles_in) {
            this.note.change({ needles_in: this.#expected() });
        }
        this.#tell();
    }

    #plan(button) {
        this.note.change({ face_to_face_minutes: Number(button.dataset.planned) });
    }

    #tell() {
        const { needles_in: inside, needles_out: out } = this.note.fields;
        const expected = this.#expected();
        const open = inside - out;
        this.tally.dataset.state = open ? "open" : "even";
        this.tally.textContent = inside !== expected && expected ? `the points take ${expected}`
            : open > 0 ? `${open} still in` : open < 0 ? `${-open} more out than in` : inside ? "✓ all out" : "";
    }

    /** What has to be counted before the note can be signed, with the focus set there; null if nothing. */
    uncounted() {
        const { needles_in: inside, needles_out: out, needlings } = this.note.fields;
        if (inside === out && (inside || !needlings.length)) return null;
        this.#field(inside ? "needles_out" : "needles_in").focus();
        return inside === out ? "Count the needles." : `${inside} needles in, ${out} out. Count again before signing.`;
    }

    focusOnCount() {
        this.#field("needles_out").focus();
    }
}
