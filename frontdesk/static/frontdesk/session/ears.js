/* The points of the ear in a line of seeds or needles: chips, and a field that finds the next by code or name. The
   whole catalogue came with the page, so nothing is asked of the server. */

import { announce, find, make } from "./dom.js";
import { fold } from "./pointwords.js";

const SHOWN = 6;

/** `codes` as they stand; `change(codes)` when they change; `id` is the field's own on the page. */
export class Ears {
    constructor({ id, catalogue, codes, label, change }) {
        Object.assign(this, { id, catalogue, codes: [...codes], change, options: [], active: -1 });
        this.chips = make("ul", { class: "ns-ear-chips", "aria-label": `${label}: ear points` });
        this.field = make("input", {
            type: "text", role: "combobox", class: "ns-words", autocomplete: "off", autocapitalize: "off",
            spellcheck: "false", placeholder: "Ear points: TF4, shenmen, 神门", "aria-label": `${label}: add an ear point`,
            "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": id,
            oninput: () => this.#offer(this.#matching()),
            onkeydown: (event) => this.#pressed(event),
            onblur: () => setTimeout(() => this.#offer([]), 150),
        });
        this.list = make("ul", {
            id, role: "listbox", "aria-label": "Ear points", hidden: true,
            onmousedown: (event) => event.preventDefault(),
            onclick: ({ target }) => this.#take(this.options[target.closest("[role=option]")?.dataset.at]),
        });
        this.box = make("div", { class: "ns-ears" }, this.chips, make("div", { class: "ns-entry" }, this.field, this.list));
        this.#draw();
    }

    /* A code first, then what begins with the words, then what holds them. */
    #matching() {
        const wanted = fold(this.field.value);
        if (!wanted) return [];
        const rank = (row) => {
            const names = [row.code, row.english, row.pinyin, row.hanzi, row.hanzi_traditional].map(fold);
            if (names.includes(wanted)) return 0;
            if (names.some((name) => name.startsWith(wanted))) return 1;
            return names.some((name) => name.includes(wanted)) ? 2 : 3;
        };
        const ranked = this.catalogue.map((row) => [rank(row), row]).filter(([at]) => at < 3);
        return ranked.sort(([one], [other]) => one - other).map(([, row]) => row).slice(0, SHOWN);
    }

    #pressed(event) {
        const { key } = event;
        if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
        if (key === "Enter" && this.field.value.trim()) {
            event.preventDefault();
            this.#take(this.options[Math.max(this.active, 0)]);
        } else if (key === "Backspace" && !this.field.value && this.codes.length) {
            event.preventDefault();
            this.#takeOut(this.codes.at(-1));
        } else if (["ArrowDown", "ArrowUp"].includes(key) && this.options.length) {
            event.preventDefault();
            const step = key === "ArrowDown" ? 1 : -1;
            this.#point((this.active + step + this.options.length) % this.options.length);
        } else if (key === "Escape" && this.field.value) {
            event.preventDefault();
            event.stopPropagation();
            this.field.value = "";
            this.#offer([]);
        }
    }

    #take(row) {
        if (!row) return announce(`No ear point is called “${this.field.value.trim()}”.`);
        this.field.value = "";
        this.#offer([]);
        if (!this.codes.includes(row.code)) this.#set([...this.codes, row.code]);
        announce(`${row.english} added.`);
        this.field.focus();
    }

    #takeOut(code) {
        this.#set(this.codes.filter((other) => other !== code));
        announce(`${this.#name(code)} taken out.`);
        this.field.focus();
    }

    #set(codes) {
        this.codes = codes;
        this.change(codes);
        this.#draw();
    }

    #name(code) {
        return this.catalogue.find((row) => row.code === code)?.english ?? code;
    }

    #draw() {
        this.chips.hidden = !this.codes.length;
        this.chips.replaceChildren(...this.codes.map((code) => make("li", {}, make(
            "button",
            {
                type: "button", class: "ns-chip", "aria-label": `Take out: ${this.#name(code)}`,
                onclick: () => this.#takeOut(code),
            },
            make("strong", {}, this.#name(code)), make("span", { "aria-hidden": "true" }, "×"),
        ))));
    }

    #offer(rows) {
        this.options = rows;
        this.active = -1;
        this.list.replaceChildren(...rows.map((row, at) => make(
            "li",
            { role: "option", id: `${this.id}-${at}`, "data-at": at, "aria-selected": "false" },
            make("strong", {}, row.english), ` ${row.hanzi} `, make("span", { class: "ns-quiet" }, row.code),
        )));
        this.list.hidden = !rows.length;
        this.field.setAttribute("aria-expanded", String(rows.length > 0));
        this.field.removeAttribute("aria-activedescendant");
    }

    #point(at) {
        find("[aria-selected=true]", this.list)?.setAttribute("aria-selected", "false");
        this.active = at;
        const option = find(`[data-at="${at}"]`, this.list);
        option.setAttribute("aria-selected", "true");
        this.field.setAttribute("aria-activedescendant", option.id);
    }
}
