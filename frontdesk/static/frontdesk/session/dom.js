/* Small helpers for the document. Words from people are set as text, never as markup. */

export const find = (selector, within = document) => within.querySelector(selector);
export const findAll = (selector, within = document) => [...within.querySelectorAll(selector)];

/** An element: attributes by name, `on…` as listeners, true and false as present and absent; then its children. */
export function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
        else if (value === true) element.setAttribute(name, "");
        else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return element;
}

/** `work` once nobody has called for `pause` milliseconds. */
export function settled(work, pause) {
    let timer;
    return (...given) => {
        clearTimeout(timer);
        timer = setTimeout(() => work(...given), pause);
    };
}

/** Said to those who listen to the page, without moving anything on it. */
export function announce(sentence) {
    const place = find("#ns-said");
    place.textContent = "";
    requestAnimationFrame(() => (place.textContent = sentence));
}

/** `work` as soon as the page is in sight: the admin's theme hides all of it until it has started. */
export function whenShown(work) {
    const page = document.documentElement;
    const isHidden = () => page.hasAttribute("x-cloak");
    if (!isHidden()) return work();
    const watch = new MutationObserver(() => {
        if (isHidden()) return;
        watch.disconnect();
        work();
    });
    watch.observe(page, { attributeFilter: ["x-cloak"] });
}

/** A select with an option for each [value, label]; `empty` is the word for none. */
export function choice(options, value, attributes, empty) {
    const all = empty === undefined ? options : [["", empty], ...options];
    const select = make("select", attributes, ...all.map(([code, label]) => make("option", { value: code }, label)));
    select.value = value ?? "";
    return select;
}

/** A number field's value: a whole number, or null when it is empty or none. */
export function numberOf(field) {
    return field.value === "" || !field.validity.valid ? null : Number(field.value);
}
