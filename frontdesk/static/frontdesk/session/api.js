/* Talking to the clinic's own API with the session of the page. */

/** Understood and refused: `status`, `code` and a sentence, as the API's problem documents have them. */
export class Refused extends Error {
    constructor(status, problem) {
        super(problem.detail ?? "That did not work.");
        this.status = status;
        this.code = problem.code ?? "";
        this.problem = problem;
    }

    /** The sentence, or what is said of the first field that needs another look. */
    get sentence() {
        const [first] = this.problem.errors ?? [];
        return this.code === "invalid" && first ? first.detail : this.message;
    }
}

/** No answer came, or none that says what happened: the network is away, or the server is. */
export class Lost extends Error {}

const PATIENCE = 15_000;

function token() {
    const cookie = document.cookie.split("; ").find((pair) => pair.startsWith("csrftoken="));
    return cookie?.slice("csrftoken=".length) ?? document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
}

/** The answer as {body, etag}. Throws Refused or Lost; `signal` ends it early, with an AbortError. */
export async function ask(method, path, { body, headers = {}, signal, keepalive = false } = {}) {
    const response = await reach(path, {
        method,
        keepalive,
        credentials: "same-origin",
        headers: {
            Accept: "application/json",
            ...(body === undefined ? {} : { "Content-Type": "application/json" }),
            ...(method === "GET" ? {} : { "X-CSRFToken": token() }),
            ...headers,
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.any([AbortSignal.timeout(PATIENCE), ...(signal ? [signal] : [])]),
    }, signal);
    if (response.status >= 500) throw new Lost(`The server answered ${response.status}.`);
    const answer = response.headers.get("Content-Type")?.includes("json") ? await response.json() : {};
    if (!response.ok) throw new Refused(response.status, answer);
    return { body: answer, etag: response.headers.get("ETag") };
}

async function reach(path, request, signal) {
    try {
        return await fetch(path, request);
    } catch (error) {
        if (signal?.aborted) throw error;
        throw new Lost("No answer came.");
    }
}

/** For a POST that may be repeated when its answer was lost. */
export function once() {
    return { "Idempotency-Key": crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}` };
}
