// The claims desk: counts and adds up what is ticked, ticks all that one claim takes, and says when it is too many.

const form = document.querySelector("[data-claim-form]");

if (form) {
    const most = Number(form.dataset.most);
    const boxes = [...form.querySelectorAll("[name=treatments]")];
    const all = form.querySelector("[data-tick-all]");
    const put = (name, text) => {
        const place = form.querySelector(`[data-${name}]`);
        if (place) place.textContent = text;
    };
    const money = new Intl.NumberFormat("en-NZ", { minimumFractionDigits: 2 });
    let last = null;

    function told() {
        const ticked = boxes.filter((box) => box.checked);
        const cents = ticked.reduce((sum, box) => sum + Number(box.dataset.cents), 0);
        put("ticked-count", ticked.length);
        put("ticked-total", `$${money.format(cents / 100)}`);
        all.checked = ticked.length === Math.min(boxes.length, most);
        all.indeterminate = ticked.length > 0 && !all.checked;
        const warning = form.querySelector("[data-too-many]");
        if (warning) warning.hidden = ticked.length <= most;
        const button = form.querySelector("button[type=submit]");
        if (button) button.disabled = ticked.length === 0 || ticked.length > most;
    }

    // Shift and a click tick everything between this box and the last one.
    form.addEventListener("click", (event) => {
        if (!boxes.includes(event.target)) return;
        if (event.shiftKey && last) {
            const [from, to] = [boxes.indexOf(last), boxes.indexOf(event.target)].sort((a, b) => a - b);
            for (const box of boxes.slice(from, to + 1)) box.checked = event.target.checked;
        }
        last = event.target;
        told();
    });
    form.addEventListener("change", told);
    form.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
        if (boxes.includes(event.target) && ["ArrowDown", "ArrowUp"].includes(event.key)) {
            event.preventDefault();
            boxes[boxes.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
        }
    });
    all.hidden = false;
    all.addEventListener("change", () => {
        for (const [number, box] of boxes.entries()) box.checked = all.checked && number < most;
        told();
    });
    told();
}
