/* The field in which points are typed: a combobox that reads the code itself and asks the catalogue for names. */

import { ask } from "./api.js";
import { announce, find, make, settled } from "./dom.js";
import { fold, read } from "./pointwords.js";

const SHOWN = 6;

/** Calls `add(said)` with {code} or {free} and what else was typed, and `removeLast()` on Backspace when empty. */
export class Entry {
    constructor({ field, list, hint, spelling, add, removeLast, preview }) {
        Object.assign(this, { field, list, hint, spelling, add, removeLast, preview, options: [], active: -1 });
        this.found = new Map();
        this.lookUpSoon = settled(() => this.#lookUp(), 150);
        field.addEventListener("input", () => this.#typed());
        field.addEventListener("keydown", (event) => this.#pressed(event));
        field.addEventListener("blur", () => setTimeout(() => this.#close(), 150));
        list.addEventListener("mousedown", (event) => event.preventDefault());
        list.addEventListener("click", (event) => {
            const option = event.target.closest("[role=option]");
            if (option) this.#take(Number(option.dataset.at));
        });
    }

    get said() {
        return read(this.field.value, this.spelling);
    }

    #typed() {
        this.asWords = "";
        const said = this.said;
        this.#hint(said?.missing ? `There is no point ${said.missing}.` : this.#promise(said));
        if (said?.candidates) return this.#offer(said.candidates.map((code) => ({ code })));
        if (said?.name) return this.lookUpSoon();
        if (said?.code) this.lookUpSoon();
        this.#close();
    }

    #promise(said) {
        if (said?.unread) return `“${said.unread.join(" ")}” says nothing here: b, l or r, minutes, 40mm, 4hz, 0.25x40, twirl.`;
        return said?.code || said?.free ? `Enter adds ${this.preview(said)}` : "";
    }

    #hint(sentence) {
        this.hint.textContent = sentence;
    }

    async #lookUp() {
        const said = this.said;
        if (said?.candidates) return;
        const text = said?.name ?? said?.code;
        if (!text || text.length < (/\p{Script=Han}/u.test(text) ? 1 : 2)) return this.#close();
        const points = await this.#points(text);
        if (this.said?.name !== said.name || this.said?.code !== said.code) return;
        if (said.code) return this.#nameOf(said, points);
        this.#offer(points);
    }

    /* Beside a code its name, so that a slip of one digit is seen. */
    #nameOf(said, points) {
        const point = points.find((row) => row.code === said.code);
        if (point) this.#hint(`${this.#promise(said)} – ${point.pinyin_toned} ${point.hanzi}`);
    }

    /* One question at a time: who asks the same again waits for the answer that is under way. */
    async #points(text) {
        const key = fold(text);
        if (this.found.has(key)) return this.found.get(key);
        if (this.asked?.key !== key) {
            this.asked?.control.abort();
            const control = new AbortController();
            this.asked = { key, control, points: this.#fromCatalogue(text, key, control.signal) };
        }
        return this.asked.points;
    }

    async #fromCatalogue(text, key, signal) {
        const query = new URLSearchParams({ search: text, page_size: 50 });
        try {
            const { body } = await ask("GET", `/api/v1/points/?${query}`, { signal });
            this.found.set(key, body.results);
            return body.results;
        } catch {
            if (!signal.aborted) this.#hint("The catalogue does not answer just now. Codes work without it.");
            return [];
        } finally {
            if (this.asked?.control.signal === signal) this.asked = null;
        }
    }

    #pressed(event) {
        const { key } = event;
        if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
        if (key === "Enter" && this.field.value.trim()) {
            event.preventDefault();
            this.#enter();
        } else if (key === "Backspace" && !this.field.value) {
            event.preventDefault();
            this.removeLast();
        } else if (["ArrowDown", "ArrowUp"].includes(key) && this.options.length) {
            event.preventDefault();
            const step = key === "ArrowDown" ? 1 : -1;
            this.#point((this.active + step + this.options.length) % this.options.length);
        } else if (key === "Escape" && (this.options.length || this.field.value)) {
            event.preventDefault();
            event.stopPropagation();
            if (!this.options.length) this.field.value = "";
            this.#close();
            this.#hint("");
        }
    }

    async #enter() {
        const said = this.said;
        if (this.active >= 0) return this.#take(this.active);
        if (said.unread || said.missing) return this.#refuse();
        if (said.code || said.free) return this.#done(said);
        if (said.candidates) return this.#refuse("Which one? Choose with the arrow keys.");
        await this.#byName(said);
    }

    async #byName(said) {
        if (this.asWords === said.name) return this.#done({ ...said, free: said.name });
        const points = await this.#points(said.name);
        if (this.said?.name !== said.name) return;
        const wanted = fold(said.name);
        const called = (row) => [row.pinyin, row.hanzi, row.hanzi_traditional, row.english, ...row.aliases];
        const same = points.filter((row) => called(row).some((name) => fold(name) === wanted));
        const meant = same.length ? same : points;
        if (meant.length === 1) return this.#done({ ...said, code: meant[0].code });
        if (meant.length) {
            this.#offer(meant);
            return this.#refuse("Which one? Choose with the arrow keys.");
        }
        this.asWords = said.name;
        this.#refuse(`No point is called “${said.name}”. Enter again writes it down as a place in words.`);
    }

    #refuse(sentence = this.hint.textContent) {
        this.#hint(sentence);
        announce(sentence);
    }

    #take(at) {
        const said = this.said ?? {};
        this.#done({ ...said, name: undefined, candidates: undefined, code: this.options[at].code });
    }

    #done(said) {
        this.field.value = "";
        this.asWords = "";
        this.#close();
        this.#hint("");
        this.add(said);
        this.field.focus();
    }

    #offer(points) {
        this.options = points.slice(0, SHOWN);
        this.list.replaceChildren(
            ...this.options.map((row, at) =>
                make(
                    "li",
                    { role: "option", id: `ns-option-${at}`, "data-at": at, "aria-selected": "false" },
                    make("strong", {}, row.code),
                    row.pinyin_toned ? ` ${row.pinyin_toned} ${row.hanzi} ` : "",
                    row.english ? make("span", { class: "ns-quiet" }, row.english) : "",
                ),
            ),
        );
        this.active = -1;
        this.list.hidden = !this.options.length;
        this.field.setAttribute("aria-expanded", String(!this.list.hidden));
        this.field.removeAttribute("aria-activedescendant");
    }

    #point(at) {
        find("[aria-selected=true]", this.list)?.setAttribute("aria-selected", "false");
        this.active = at;
        const option = find(`[data-at="${at}"]`, this.list);
        option.setAttribute("aria-selected", "true");
        this.field.setAttribute("aria-activedescendant", option.id);
    }

    #close() {
        this.#offer([]);
    }
}
