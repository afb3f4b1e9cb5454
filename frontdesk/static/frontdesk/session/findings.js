/* What could hurt, told while the points are typed. Nothing is blocked here: a serious finding asks for a reason,
   which stays in the note, and only signing waits for it. */

import { ask } from "./api.js";
import { announce, find, findAll, make, settled } from "./dom.js";
import { PARTS, sendable } from "./note.js";

const WORDS = { serious: ["▲", "Serious"], caution: ["◆", "Caution"], note: ["●", "Note"] };
const PAUSE = 250;

export class Findings {
    constructor({ root, note, place, of }) {
        Object.assign(this, { root, note, place, of, shown: [], told: new Set() });
        this.list = find("[data-finding-list]", root);
        this.standing = find("[data-finding-standing]", root);
        const checkSoon = settled(() => this.check(), PAUSE);
        note.on(PARTS, checkSoon);
        note.on(["confirmations"], (kind) => kind === "taken" && this.draw());
        this.check();
    }

    async check() {
        this.asking?.abort();
        this.asking = new AbortController();
        const { signal } = this.asking;
        const parts = PARTS.map((name) => [name, sendable(name, this.note.fields[name])]);
        try {
            const { body } = await ask("POST", this.place, { body: { ...this.of, ...Object.fromEntries(parts) }, signal });
            this.isCurrent = true;
            this.#show(body.findings);
        } catch {
            if (signal.aborted) return;
            this.isCurrent = false;
            this.standing.textContent = "Not checked just now: no answer from the clinic's server. Trying again.";
            clearTimeout(this.again);
            this.again = setTimeout(() => this.check(), 5_000);
        }
    }

    #show(findings) {
        const fresh = findings.filter(({ key }) => !this.told.has(key));
        this.told = new Set(findings.map(({ key }) => key));
        this.shown = findings;
        this.draw();
        const serious = fresh.filter(({ severity }) => severity === "serious");
        if (serious.length) announce(`Serious: ${serious.map(({ message }) => message).join(" ")}`);
    }

    #reasonFor(finding) {
        const given = this.note.fields.confirmations.find(({ key }) => key === finding.key);
        // What was confirmed with other words than it has now has to be confirmed again.
        return !given || (given.message && given.message !== finding.message) ? "" : given.reason;
    }

    get open() {
        return this.shown.filter((finding) => finding.severity === "serious" && !this.#reasonFor(finding));
    }

    draw() {
        const isTyping = this.list.contains(document.activeElement) && document.activeElement.matches("input");
        if (isTyping) return;
        const focused = document.activeElement?.dataset.confirm;
        const unfolded = new Set(findAll("details[open]", this.list).map((source) => source.dataset.key));
        this.list.replaceChildren(...this.shown.map((finding) => this.#item(finding, unfolded.has(finding.key))));
        if (focused) this.#focusOn({ key: focused });
        const waiting = this.open.length;
        if (!this.shown.length) this.standing.textContent = "Nothing speaks against what is written so far.";
        else this.standing.textContent = waiting ? `${waiting} to confirm before signing.` : "";
    }

    #item(finding, isUnfolded) {
        const [mark, word] = WORDS[finding.severity] ?? WORDS.note;
        const strength = finding.strength.replaceAll("_", " ");
        return make(
            "li",
            { class: "ns-finding", "data-severity": finding.severity, "data-key": finding.key },
            make("p", {}, make("strong", { class: "ns-severity" }, `${mark} ${word}`), ` ${finding.subject}: ${finding.message}`),
            this.#answer(finding),
            make("details", { "data-key": finding.key, open: isUnfolded },
                make("summary", {}, "Source"), make("p", {}, `${finding.source} (${strength})`)),
        );
    }

    #answer(finding) {
        if (finding.severity !== "serious") return "";
        const reason = this.#reasonFor(finding);
        const button = make("button", {
            type: "button",
            class: "nb-button",
            "data-confirm": finding.key,
            onclick: () => answer.replaceChildren(...this.#asking(finding, reason)) ?? find("input", answer).focus(),
        }, reason ? "Change" : "Confirm");
        const answer = make("div", { class: "ns-answer" },
            reason ? make("span", {}, `✓ Confirmed: ${reason}`) : "", button);
        return answer;
    }

    #asking(finding, reason) {
        const field = make("input", {
            type: "text", maxlength: 300, value: reason, required: true,
            "aria-label": "Why is this right for this patient?", placeholder: "Why is this right here?",
            onkeydown: (event) => {
                if (event.key === "Enter") this.#confirm(event, finding, field);
                if (event.key === "Escape") this.#leave(event, finding);
            },
        });
        const done = make("button", {
            type: "button", class: "nb-button", onclick: (event) => this.#confirm(event, finding, field),
        }, "Keep");
        return [field, done];
    }

    #confirm(event, finding, field) {
        event.preventDefault();
        const reason = field.value.trim();
        if (!reason) return field.focus();
        const others = this.note.fields.confirmations.filter(({ key }) => key !== finding.key);
        field.blur();
        this.note.change({ confirmations: [...others, { key: finding.key, reason, message: finding.message }] });
        this.draw();
        announce("Confirmed.");
        if (!this.askFirst()) this.#focusOn(finding);
    }

    #leave(event, finding) {
        event.stopPropagation();
        event.target.blur();
        this.draw();
        this.#focusOn(finding);
    }

    #focusOn(finding) {
        find(`[data-confirm="${CSS.escape(finding.key)}"]`, this.list)?.focus();
    }

    /** To the first that still waits for its reason, ready to type it. */
    askFirst() {
        const [first] = this.open;
        if (first) find(`[data-confirm="${CSS.escape(first.key)}"]`, this.list)?.click();
        return Boolean(first);
    }
}
