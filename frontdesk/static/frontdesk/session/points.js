/* The needled points as chips: what was typed or clicked becomes a chip, and a chip opens to say more about it. */

import { announce, choice, find, make, numberOf } from "./dom.js";
import { Entry } from "./entry.js";
import { sideOf } from "./pointwords.js";

const SIDES = [["left", "Left"], ["right", "Right"], ["both", "Both"]];
const SHORT = { left: "L", right: "R", both: "B", midline: "" };
const WORDS = { left: "left", right: "right", both: "both sides", midline: "in the middle" };
const YES_NO = [["true", "Yes"], ["false", "No"]];

export class Points {
    constructor({ root, note, choices, spelling }) {
        Object.assign(this, { root, note, choices, spelling, open: -1 });
        this.list = find("[data-chips]", root);
        this.panel = find("[data-chip-panel]", root);
        this.field = find("[data-point-entry]", root);
        this.entry = new Entry({
            field: this.field,
            list: find("[role=listbox]", root),
            hint: find("[data-point-hint]", root),
            spelling,
            add: (said) => this.add(said),
            removeLast: () => this.remove(this.rows.length - 1),
            preview: (said) => inWords(this.#needling(said)),
        });
        this.list.addEventListener("keydown", (event) => this.#pressed(event));
        note.on(["needlings"], () => this.draw());
        this.draw();
    }

    get rows() {
        return this.note.fields.needlings;
    }

    /** Side, minutes and needle of the last point are those of the next, until others are typed. */
    get #last() {
        return this.rows.at(-1) ?? {};
    }

    #needling({ code, free, side, minutes, depth, hz, technique, needles, gauge, stimulation }) {
        const asked = side ?? this.usedSide ?? this.rows.findLast((row) => row.side !== "midline")?.side;
        return {
            point: code ?? null,
            free_location: code ? "" : free,
            side: code ? sideOf(code, asked, this.spelling) : asked ?? "both",
            technique: technique ?? "even",
            retention_minutes: minutes ?? this.#last.retention_minutes ?? null,
            depth_mm: depth ?? null,
            electro_hz: hz === undefined ? null : String(hz),
            gauge: gauge ?? this.#last.gauge ?? "",
            needle_type: this.#last.needle_type ?? "",
            stimulation: stimulation ?? (technique === "electro" ? "electrical" : ""),
            ...(needles === undefined ? {} : { needles_in: needles }),
        };
    }

    /** `said` as the entry reads it. A point that is there already is not there twice: its sides are joined. */
    add(said) {
        const row = this.#needling(said);
        if (said.side && row.side !== "midline") this.usedSide = said.side;
        const at = row.point ? this.rows.findIndex((other) => other.point === row.point) : -1;
        if (at < 0) {
            this.latest = row;
            this.note.change({ needlings: [...this.rows, row] });
            return announce(`${inWords(row)} added.`);
        }
        const there = this.rows[at];
        const side = there.side === row.side ? row.side : "both";
        const minutes = said.minutes ?? there.retention_minutes;
        const { gauge = there.gauge, stimulation = there.stimulation } = said;
        this.latest = { ...there, side, retention_minutes: minutes, gauge, stimulation };
        this.#replace(at, this.latest);
        announce(`${inWords(this.latest)}: it was there already.`);
    }

    #replace(at, row) {
        this.note.change({ needlings: this.rows.with(at, row) });
    }

    remove(at) {
        if (at < 0) return;
        const gone = this.rows[at];
        this.open = -1;
        this.note.change({ needlings: this.rows.toSpliced(at, 1) });
        announce(`${inWords(gone)} taken out.`);
    }

    /** Undoes an `add` of a code on one side: the other side stays. */
    takeBack({ code, side }) {
        const at = this.rows.findIndex((row) => row.point === code);
        if (at < 0) return;
        const row = this.rows[at];
        if (row.side !== "both" || side === "both") return this.remove(at);
        this.#replace(at, { ...row, side: side === "left" ? "right" : "left" });
    }

    draw() {
        const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.at : undefined;
        this.list.replaceChildren(...this.rows.map((row, at) => this.#chip(row, at)));
        this.list.hidden = !this.rows.length;
        if (this.open >= this.rows.length) this.open = -1;
        if (!this.panel.contains(document.activeElement) || this.open < 0) this.#drawPanel();
        if (focused !== undefined) this.#chipAt(Math.min(Number(focused), this.rows.length - 1)).focus();
    }

    #chip(row, at) {
        const name = row.point ?? row.free_location;
        const said = [SHORT[row.side], row.retention_minutes ? `${row.retention_minutes}′` : "", marksOf(row)];
        const chip = make(
            "button",
            {
                type: "button",
                class: "ns-chip",
                "data-at": at,
                tabindex: at === this.rows.length - 1 ? 0 : -1,
                "aria-expanded": String(at === this.open),
                "aria-label": `${inWords(row)}. Enter changes it, Delete takes it out.`,
                onclick: () => this.show(at === this.open ? -1 : at),
            },
            make("strong", {}, name),
            ...said.filter(Boolean).map((word) => make("span", {}, word)),
        );
        return make("li", {}, chip);
    }

    #chipAt(at) {
        return find(`.ns-chip[data-at="${at}"]`, this.list) ?? this.field;
    }

    #pressed(event) {
        const at = Number(event.target.dataset.at);
        if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
            const next = at + (event.key === "ArrowRight" ? 1 : -1);
            if (this.rows[next]) this.#chipAt(next).focus();
        } else if (event.key === "Delete" || event.key === "Backspace") {
            event.preventDefault();
            this.remove(at);
            if (!this.rows.length) this.field.focus();
        }
    }

    show(at) {
        this.open = at;
        this.draw();
        this.#drawPanel();
        if (at >= 0) (find("input:checked", this.panel) ?? find("input", this.panel)).focus();
    }

    #drawPanel() {
        const row = this.rows[this.open];
        this.panel.hidden = !row;
        this.panel.replaceChildren(...(row ? this.#editor(row, this.open) : []));
    }

    #editor(row, at) {
        const change = (changed) => this.#replace(at, { ...this.rows[at], ...changed });
        const redraw = (changed) => {
            change(changed);
            this.show(at);
        };
        const number = (name, label, most, as = (value) => value) =>
            labelled(label, make("input", {
                type: "number", inputmode: "numeric", min: 0, max: most, value: row[name] ?? "",
                onfocus: ({ target }) => target.select(),
                oninput: (event) => change({ [name]: as(numberOf(event.target)) }),
            }));
        const words = (name, label, most, size, placeholder) =>
            labelled(label, make("input", {
                type: "text", maxlength: most, size, placeholder, value: row[name] ?? "",
                oninput: ({ target }) => change({ [name]: target.value }),
            }));
        const yesNo = (name, label) =>
            labelled(label, choice(YES_NO, row[name] === null ? "" : String(row[name] ?? ""), {
                onchange: ({ target }) => change({ [name]: target.value ? target.value === "true" : null }),
            }, "–"));
        const decimal = (value) => (value === null ? null : String(value));
        return [
            make("strong", { class: "ns-panel-title" }, row.point ?? row.free_location),
            ...(row.side === "midline" ? [] : [this.#sides(row, change)]),
            number("retention_minutes", "Minutes", 240),
            labelled("Technique", choice(this.choices.technique, row.technique, {
                onchange: ({ target }) => redraw(stimulated(this.rows[at], target.value)),
            })),
            number("depth_mm", "Depth mm", 150),
            words("gauge", "Needle", 20, 9, "0.25x40"),
            words("needle_type", "Maker, material", 60, 14, "maker, steel"),
            labelled("Stimulation", choice(this.choices.stimulation, row.stimulation, {
                onchange: ({ target }) => change({ stimulation: target.value }),
            }, "–")),
            yesNo("deqi", "De qi"),
            ...(row.technique === "trigger" ? [yesNo("twitch", "Twitch")] : []),
            ...(row.technique === "electro"
                ? [number("electro_hz", "Hz", 999, decimal), number("electro_pair", "Lead", 12)]
                : []),
            make("button", { type: "button", class: "nb-button", onclick: () => this.#takeOut(at) }, "Take out"),
            make("button", { type: "button", class: "nb-button", onclick: () => this.#shut(at) }, "Done"),
        ];
    }

    #sides(row, change) {
        const buttons = SIDES.map(([side, label]) =>
            make("label", { class: "ns-pill" }, make("input", {
                type: "radio", name: "ns-side", value: side, checked: row.side === side,
                onchange: () => change({ side }),
            }), make("span", {}, label)));
        return make("div", { class: "ns-pills", role: "radiogroup", "aria-label": "Side" }, ...buttons);
    }

    #takeOut(at) {
        this.remove(at);
        this.field.focus();
    }

    #shut(at) {
        this.show(-1);
        this.#chipAt(at).focus();
    }

    /** Closes the open chip. True if one was open. */
    close() {
        if (this.open < 0) return false;
        this.#shut(this.open);
        return true;
    }
}

function labelled(label, control) {
    return make("label", { class: "ns-field" }, make("span", {}, label), control);
}

/* Current is a stimulation by itself; what is no longer electro was not stimulated so. */
function stimulated(row, technique) {
    const said = row.stimulation === "electrical" ? "" : row.stimulation ?? "";
    return { technique, stimulation: technique === "electro" ? said || "electrical" : said };
}

function marksOf(row) {
    const marks = { electro: row.electro_hz ? `${Number(row.electro_hz)} Hz` : "EA", trigger: "TP" };
    return marks[row.technique] ?? { reinforcing: "+", reducing: "−" }[row.technique] ?? "";
}

function inWords(row) {
    const minutes = row.retention_minutes ? `${row.retention_minutes} minutes` : "";
    const depth = row.depth_mm ? `${row.depth_mm} mm` : "";
    const hz = row.electro_hz ? `${Number(row.electro_hz)} Hz` : "";
    const needle = row.gauge ? `needle ${row.gauge}` : "";
    return [row.point ?? row.free_location, WORDS[row.side], minutes, depth, hz, needle].filter(Boolean).join(", ");
}
