/* The body chart: shows what is needled, and adds the nearest point where it is clicked. */

import { ask } from "./api.js";
import { announce, find, findAll, make, settled } from "./dom.js";

export class Chart {
    constructor({ root, note, points, places }) {
        Object.assign(this, { root, note, points, places, view: "back", isMarking: false });
        this.drawing = find("[data-drawing]", root);
        this.told = find("[data-chart-said]", root);
        this.closer = find("[data-closer]", root);
        this.marker = find("[data-mark]", root);
        this.marks = find("[data-marks]", root);
        const drawSoon = settled(() => this.draw(), 120);
        note.on(["needlings", "cuppings", "moxibustions", "marks"], drawSoon);
        find("[data-views]", root).addEventListener("click", ({ target }) => {
            if (target.dataset.view) this.#turn(target.dataset.view);
        });
        this.closer.addEventListener("change", () => this.closer.value && this.#turn(this.closer.value));
        this.marker.addEventListener("click", () => this.#marking(!this.isMarking));
        this.drawing.addEventListener("click", (event) => this.#clicked(event));
        this.draw();
    }

    get #shown() {
        const { needlings, moxibustions, marks } = this.note.fields;
        const needled = new Set(needlings.map(({ point }) => point));
        return [
            ...needlings.filter(({ point }) => point).map(({ point, side }) => ({ code: point, side })),
            ...moxibustions.filter(({ point }) => point && !needled.has(point)).map(({ point }) => ({ code: point, side: "both", state: "moxa" })),
            ...marks.map(({ view, x, y, text }) => ({ view, x, y, text, state: "free" })),
        ];
    }

    async draw() {
        const latest = this.points.latest;
        this.points.latest = undefined;
        const follow = latest?.point ? { code: latest.point, side: latest.side } : null;
        this.asking?.abort();
        this.asking = new AbortController();
        const { signal } = this.asking;
        try {
            const request = { view: this.view, marks: this.#shown, follow };
            const { body } = await ask("POST", this.places.chart, { body: request, signal });
            this.#show(body);
        } catch {
            if (!signal.aborted) this.told.textContent = "The chart cannot be drawn just now. Points can be typed.";
        }
        this.#listMarks();
    }

    #show({ view, svg, counts }) {
        this.view = view;
        const drawn = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
        this.drawing.replaceChildren(document.importNode(drawn, true));
        for (const button of findAll("[data-view]", this.root)) {
            button.setAttribute("aria-pressed", String(button.dataset.view === view));
            button.dataset.count = counts[button.dataset.view] ?? "";
        }
        const isClose = [...this.closer.options].some(({ value }) => value === view);
        this.closer.value = isClose ? view : "";
    }

    #turn(view) {
        this.view = view;
        this.draw();
    }

    #marking(isMarking) {
        this.isMarking = isMarking;
        this.marker.setAttribute("aria-pressed", String(isMarking));
        this.told.textContent = isMarking ? "Click the place." : "Click to add the nearest point.";
    }

    #placeOf(event) {
        const svg = find("svg", this.drawing);
        const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
        const { width, height } = svg.viewBox.baseVal;
        const isInside = place.x >= 0 && place.y >= 0 && place.x <= width && place.y <= height;
        return isInside ? { view: this.view, x: Math.round(place.x * 10) / 10, y: Math.round(place.y * 10) / 10 } : null;
    }

    async #clicked(event) {
        const place = find("svg", this.drawing) && this.#placeOf(event);
        if (!place) return;
        if (this.isMarking) return this.#name(place);
        try {
            const { body } = await ask("POST", this.places.nearest, { body: place });
            const [first, ...others] = body.points;
            if (!first) return (this.told.textContent = "No point is near. “Mark a place” keeps it in words.");
            this.points.add(first);
            this.#offer(first, others);
        } catch {
            this.told.textContent = "The chart does not answer just now. Points can be typed.";
        }
    }

    /* A finger covers several points: those beside it are one touch away. */
    #offer(first, others) {
        const instead = others
            .filter(({ code }) => code !== first.code)
            .map((other) => make("button", { type: "button", class: "ns-near", onclick: () => {
                this.points.takeBack(first);
                this.points.add(other);
                this.#offer(other, others.filter((one) => one !== other).concat(first));
            } }, other.code));
        this.told.replaceChildren(`${first.code} added.`, ...(instead.length ? [" Near: ", ...instead] : []));
    }

    #name(place) {
        const field = make("input", {
            type: "text", maxlength: 120, "aria-label": "What is here?", placeholder: "What is here?",
            onkeydown: (event) => {
                if (event.key === "Escape") {
                    event.stopPropagation();
                    this.#marking(false);
                }
                if (event.key !== "Enter") return;
                event.preventDefault();
                this.note.change({ marks: [...this.note.fields.marks, { ...place, text: field.value.trim() }] });
                this.#marking(false);
                this.marker.focus();
                announce("Place marked.");
            },
        });
        this.told.replaceChildren(field);
        field.focus();
    }

    #listMarks() {
        const { marks } = this.note.fields;
        this.marks.hidden = !marks.length;
        this.marks.replaceChildren(...marks.map(({ text }, at) => make("li", {}, make("button", {
            type: "button", class: "ns-chip", "aria-label": `Take out the mark ${text}`,
            onclick: () => this.note.change({ marks: this.note.fields.marks.toSpliced(at, 1) }),
        }, `× ${text || "mark"}`))));
    }
}
