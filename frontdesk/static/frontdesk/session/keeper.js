/* Saving as one types. What has not reached the server is kept on this device as well, and sent again until it has.
   One request at a time; each says which state of the note it changes, so that nobody's words are written over. */

import { ask, Lost, Refused } from "./api.js";
import { says, sendable } from "./note.js";

const PAUSE = 700;
const RETRIES = [2_000, 4_000, 8_000, 15_000];

/** Tells `state` with {name, at?, sentence?}: waiting, saving, saved, lost, refused, signed-out, conflict, signed. */
export class Keeper extends EventTarget {
    constructor({ note, place, etag, owner }) {
        super();
        Object.assign(this, { note, place, etag, pending: {}, failures: 0, key: `needlebook.note.${owner}.${place}` });
        this.base = structuredClone(note.fields);
        note.addEventListener("change", (event) => this.#noted(event.detail));
        addEventListener("online", () => this.#soon(0));
        addEventListener("pagehide", () => this.#lastWord());
        document.addEventListener("visibilitychange", () => document.hidden && this.isDirty && this.#soon(0));
        addEventListener("beforeunload", (event) => this.isDirty && event.preventDefault());
    }

    get isDirty() {
        return Object.keys(this.pending).length > 0 || Boolean(this.sending);
    }

    /** What an earlier visit to this page could not send is taken up again. True if there was any. */
    restore() {
        const kept = JSON.parse(localStorage.getItem(this.key) ?? "null");
        if (!kept || says(this.base, kept.fields)) {
            localStorage.removeItem(this.key);
            return false;
        }
        const names = Object.keys(kept.fields);
        const isContested = names.some(
            (name) => !says(this.base[name], kept.from[name]) && !says(this.base[name], kept.fields[name]),
        );
        const stands = { body: structuredClone(this.base), etag: this.etag };
        this.note.take(kept.fields);
        this.#noted(names);
        if (isContested) this.#ask(stands);
        return true;
    }

    /** Everything on the server, or a throw that says why not. */
    async flush() {
        clearTimeout(this.timer);
        if (this.sending) await this.sending.catch(() => {});
        if (this.state === "conflict") throw new Refused(412, { detail: "Choose first which words are kept." });
        if (Object.keys(this.pending).length) await this.#send();
    }

    /** After the server changed the note by itself: what it now says is where we go on from. */
    rebase({ body, etag }) {
        this.base = structuredClone(body);
        this.etag = etag ?? this.etag;
    }

    #noted(names) {
        for (const name of names) this.pending[name] = structuredClone(sendable(name, this.note.fields[name]));
        this.#keep();
        if (this.state === "conflict") return;
        this.#tell("waiting");
        this.#soon(PAUSE);
    }

    #soon(pause) {
        clearTimeout(this.timer);
        if (this.state === "conflict") return; // nothing goes out before the person has chosen
        this.timer = setTimeout(() => this.flush().catch(() => {}), pause);
    }

    #keep() {
        const fields = { ...this.inFlight, ...this.pending };
        const names = Object.keys(fields);
        if (!names.length) return localStorage.removeItem(this.key);
        const from = Object.fromEntries(names.map((name) => [name, this.base[name]]));
        localStorage.setItem(this.key, JSON.stringify({ fields, from }));
    }

    #send() {
        this.sending = this.#sendAll().finally(() => (this.sending = null));
        return this.sending;
    }

    async #sendAll() {
        while (Object.keys(this.pending).length) {
            this.inFlight = this.pending;
            this.pending = {};
            this.#tell("saving");
            try {
                this.rebase(await this.#patch(this.inFlight));
            } catch (error) {
                this.pending = { ...this.inFlight, ...this.pending };
                this.inFlight = null;
                this.#keep();
                if (error.code === "stale_edit" && (await this.#reconcile())) continue;
                this.#failed(error);
                throw error;
            }
            this.inFlight = null;
            this.failures = 0;
            this.#keep();
        }
        this.#tell("saved", { at: new Date() });
    }

    #patch(fields) {
        return ask("PATCH", this.place, { body: fields, headers: this.etag ? { "If-Match": this.etag } : {} });
    }

    #failed(error) {
        if (error instanceof Lost) {
            this.#tell("lost");
            this.#soon(RETRIES[Math.min(this.failures++, RETRIES.length - 1)]);
        } else if (error.code === "stale_edit") {
            return;
        } else if (error instanceof Refused && [401, 403].includes(error.status)) {
            this.#tell("signed-out");
            this.#soon(RETRIES.at(-1));
        } else if (error instanceof Refused) {
            this.#tell(error.code === "note_signed" ? "signed" : "refused", { sentence: error.sentence });
        } else {
            throw error;
        }
    }

    /* The note changed since. It was ourselves, and only the answer was lost; or others changed other things, which
       are taken over; or both changed the same, and the person chooses. True if there is nothing to ask. */
    async #reconcile() {
        let fresh;
        try {
            fresh = await ask("GET", this.place);
        } catch (error) {
            this.#failed(error);
            return false;
        }
        if (fresh.body.status !== "draft") {
            this.#tell("signed");
            return false;
        }
        const contested = Object.keys(this.pending).filter(
            (name) => !says(fresh.body[name], this.base[name]) && !says(fresh.body[name], this.pending[name]),
        );
        if (contested.length) this.#ask(fresh);
        else this.#settle(fresh, true);
        return !contested.length;
    }

    #ask(fresh) {
        clearTimeout(this.timer);
        const settle = (mine) => {
            this.state = "";
            this.#settle(fresh, mine);
            if (this.isDirty) this.#soon(0);
            else this.#tell("saved", { at: new Date() });
        };
        this.#tell("conflict", { settle });
    }

    #settle(fresh, mine) {
        const open = Object.entries(this.pending).filter(([name, value]) => mine && !says(fresh.body[name], value));
        this.pending = Object.fromEntries(open);
        const others = Object.keys(fresh.body).filter((name) => !(name in this.pending));
        this.rebase(fresh);
        this.note.take(Object.fromEntries(others.map((name) => [name, fresh.body[name]])));
        this.#keep();
    }

    /* The page goes; a request that outlives it may still carry the last words. They are kept here either way. */
    #lastWord() {
        if (!Object.keys(this.pending).length) return;
        const headers = this.etag ? { "If-Match": this.etag } : {};
        ask("PATCH", this.place, { body: this.pending, headers, keepalive: true }).catch(() => {});
    }

    #tell(name, more = {}) {
        this.state = name;
        this.dispatchEvent(new CustomEvent("state", { detail: { name, ...more } }));
    }
}
