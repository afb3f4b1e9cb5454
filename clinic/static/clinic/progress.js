// Batches of papers that are still being drawn: asks how far each is, and shows the whole page anew when it is done.

addEventListener("DOMContentLoaded", () => {
    for (const place of document.querySelectorAll("[data-progress]")) follow(place);
});

async function follow(place) {
    const bar = place.querySelector("progress");
    const ready = place.querySelector("strong");
    for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 1000));
        let batch;
        try {
            const answer = await fetch(place.dataset.progress, { headers: { Accept: "application/json" } });
            if (!answer.ok) return;
            batch = await answer.json();
        } catch {
            continue; // the line is away: another second
        }
        bar.value = batch.ready + batch.failed;
        ready.textContent = batch.ready;
        if (batch.waiting === 0) return location.reload();
    }
}
