/* A signed note: an amendment is added below it. */

import { ask, Lost, once } from "./api.js";
import { find } from "./dom.js";

const form = find("[data-amend]");
const notice = find("[data-notice]", form);
const key = once();

form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
        const body = Object.fromEntries(new FormData(form));
        await ask("POST", form.dataset.amend, { body, headers: key });
        location.reload();
    } catch (error) {
        notice.textContent = error instanceof Lost ? "The clinic's server does not answer just now. Try again in a moment." : error.sentence ?? error.message;
        notice.hidden = false;
    }
});
