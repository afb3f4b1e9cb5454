/* Tongue, pulse and diagnosis: each one line that says what was found, and opens to choose by finger or by key. */

import { choice, find, findAll, make, numberOf } from "./dom.js";

const GROUPS = {
    body_colour: "Body", body_shape: "Shape", coat_colour: "Coat colour", coat: "Coat", moisture: "Moisture",
};
const SIDES = { left: "Left", right: "Right" };

export class Examination {
    constructor({ root, note, vocabulary }) {
        Object.assign(this, { root, note, vocabulary });
        this.panels = findAll("[data-panel]", root);
        for (const panel of this.panels) {
            find("summary", panel).addEventListener("click", (event) => this.#turned(event, panel));
            note.on(this.#names(panel), (kind) => this.#changed(panel, kind));
            this.#changed(panel, "taken");
        }
        document.addEventListener("pointerdown", ({ target }) => {
            for (const panel of this.panels) if (panel.open && !panel.contains(target)) panel.open = false;
        });
    }

    #names(panel) {
        const names = findAll("[data-field]", panel).map((field) => field.dataset.field);
        return panel.dataset.panel === "diagnosis" ? [...names, "eight_principles", "patterns"] : [panel.dataset.panel];
    }

    /* By hand, so that the focus is inside at once: a quick key must not fall on the line that opened it. */
    #turned(event, panel) {
        event.preventDefault();
        panel.open = !panel.open;
        if (!panel.open) return;
        for (const other of this.panels) if (other !== panel) other.open = false;
        find("input, select, textarea", panel)?.focus();
    }

    #changed(panel, kind) {
        const name = panel.dataset.panel;
        find("[data-sentence]", panel).textContent = this[`_${name}InWords`]() || "–";
        if (kind === "taken") find("[data-choices]", panel).replaceChildren(...this[`_${name}`]());
    }

    /** Closes what is open, with the focus back on its line. True if something was. */
    close() {
        const open = this.panels.find((panel) => panel.open);
        if (!open) return false;
        open.open = false;
        find("summary", open).focus();
        return true;
    }

    /* Only what was written down is kept: an empty answer is none. */
    #set(name, changed) {
        const kept = Object.entries({ ...this.note.fields[name], ...changed });
        const said = kept.filter(([, value]) => value !== "" && value !== null && value.length !== 0);
        this.note.change({ [name]: Object.fromEntries(said) });
    }

    _tongue() {
        const said = this.note.fields.tongue;
        const groups = Object.entries(this.vocabulary.tongue).map(([name, words]) =>
            pillsOf(GROUPS[name] ?? name, Object.entries(words), [said[name]], "radio", (codes) =>
                this.#set("tongue", { [name]: codes[0] ?? "" })));
        return [...groups, this.#remark("tongue")];
    }

    _pulse() {
        const said = this.note.fields.pulse;
        const words = Object.entries(this.vocabulary.pulse);
        const rate = make("input", {
            type: "number", inputmode: "numeric", min: 20, max: 250, value: said.rate ?? "",
            oninput: ({ target }) => this.#set("pulse", { rate: numberOf(target) }),
        });
        return [
            make("label", { class: "ns-field" }, make("span", {}, "Rate a minute"), rate),
            pillsOf("Quality", words, said.qualities ?? [], "checkbox", (codes) =>
                this.#set("pulse", { qualities: codes })),
            ...Object.keys(SIDES).map((side) => this.#positions(side, words)),
            this.#remark("pulse"),
        ];
    }

    #positions(side, words) {
        const selects = Object.entries(this.vocabulary.positions).map(([name, label]) =>
            make("label", { class: "ns-field" }, make("span", {}, label),
                choice(words, this.note.fields.pulse[side]?.[name], {
                    onchange: ({ target }) => {
                        const felt = { ...this.note.fields.pulse[side], [name]: target.value };
                        const kept = Object.entries(felt).filter(([, value]) => value);
                        this.#set("pulse", { [side]: kept.length ? Object.fromEntries(kept) : "" });
                    },
                }, "–")));
        return make("div", { class: "ns-group", role: "group", "aria-label": SIDES[side] },
            make("span", {}, SIDES[side]), make("div", { class: "ns-positions" }, ...selects));
    }

    #remark(name) {
        const field = make("input", {
            type: "text", maxlength: 500, value: this.note.fields[name].note ?? "",
            oninput: ({ target }) => this.#set(name, { note: target.value }),
        });
        return make("label", { class: "ns-field ns-wide" }, make("span", {}, "In words"), field);
    }

    _diagnosis() {
        const { eight_principles: principles, patterns } = this.note.fields;
        const typed = make("input", {
            type: "text", value: patterns.join(", "), placeholder: "Liver qi stagnation, …",
            oninput: ({ target }) => this.note.change({
                patterns: target.value.split(/[,;]/).map((word) => word.trim().slice(0, 80)).filter(Boolean),
            }),
        });
        return [
            make("label", { class: "ns-field ns-wide" }, make("span", {}, "Patterns"), typed),
            pillsOf("Principles", Object.entries(this.vocabulary.principles), principles, "checkbox", (codes) =>
                this.note.change({ eight_principles: codes })),
        ];
    }

    _tongueInWords() {
        const said = this.note.fields.tongue;
        const word = (name) => this.vocabulary.tongue[name]?.[said[name]]?.toLowerCase() ?? "";
        const join = (...parts) => parts.filter(Boolean).join(" ");
        const body = [word("body_colour"), word("body_shape")].filter(Boolean).join(", ");
        const coat = join(word("coat"), word("coat_colour"));
        return sentence([
            body && `${body} body`,
            said.coat === "none" ? "no coat" : coat && `${coat} coat`,
            word("moisture") && `${word("moisture")} moisture`,
            said.note,
        ]);
    }

    _pulseInWords() {
        const said = this.note.fields.pulse;
        const word = (code) => this.vocabulary.pulse[code]?.toLowerCase() ?? code;
        const felt = Object.keys(SIDES).map((side) => {
            const words = Object.entries(said[side] ?? {}).filter(([, code]) => code).map(([name, code]) => `${name} ${word(code)}`);
            return words.length ? `${side} ${words.join(", ")}` : "";
        });
        return sentence([said.rate && `${said.rate} a minute`, said.qualities?.map(word).join(", "), ...felt, said.note]);
    }

    _diagnosisInWords() {
        const { patterns, eight_principles: principles, western_diagnosis: western, assessment } = this.note.fields;
        const words = principles.map((code) => this.vocabulary.principles[code]?.toLowerCase());
        return sentence([patterns.join(", "), words.join(", "), western, assessment]);
    }
}

function sentence(parts) {
    return parts.filter(Boolean).join("; ");
}

/* Chosen by touch or with the keys; the one that is chosen, chosen again, is taken back. */
function pillsOf(label, options, chosen, type, tell) {
    const name = `ns-${label.replace(/\W/g, "")}`;
    const pills = make("div", { class: "ns-pills" });
    const group = make("div", { class: "ns-group", role: "group", "aria-label": label }, make("span", {}, label), pills);
    const tellAll = () => tell(findAll("input:checked", group).map((input) => input.value));
    for (const [value, word] of options) {
        const input = make("input", { type, name, value, checked: chosen.includes(value), onchange: tellAll });
        const takeBack = () => {
            input.checked = false;
            tellAll();
        };
        if (type === "radio") {
            let was = false;
            const pill = make("label", {
                class: "ns-pill",
                onpointerdown: () => (was = input.checked),
                onclick: (event) => {
                    if (!was || event.target !== input) return;
                    was = false;
                    takeBack();
                },
            }, input, make("span", {}, word));
            input.addEventListener("keydown", ({ key }) => ["Delete", "Backspace"].includes(key) && takeBack());
            pills.append(pill);
        } else {
            pills.append(make("label", { class: "ns-pill" }, input, make("span", {}, word)));
        }
    }
    return group;
}
