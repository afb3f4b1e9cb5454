// On the booking page: what the chosen case covers on the chosen day, asked again whenever one of them changes.

const box = document.getElementById("case-hints");
const form = box?.closest("form");
const FIELDS = ["case", "practitioner", "starts_at_0", "starts_at_1"];
let waiting = null;

async function ask() {
    waiting?.abort();
    waiting = new AbortController();
    const asked = new URLSearchParams(FIELDS.map((name) => [name, form.elements[name]?.value ?? ""]));
    try {
        const answer = await fetch(`${box.dataset.place}?${asked}`, {
            signal: waiting.signal,
            headers: { "X-Requested-With": "fetch" },
        });
        if (!answer.ok) throw new Error(answer.status);
        // HTML of our own server, which escapes what people typed.
        box.innerHTML = await answer.text();
    } catch (error) {
        if (error.name !== "AbortError") box.textContent = "What the case covers could not be looked up just now.";
    }
}

// The suggestions of a field tell of a choice through jQuery only.
if (form) window.django.jQuery(form).on("change", (event) => FIELDS.includes(event.target.name) && ask());
