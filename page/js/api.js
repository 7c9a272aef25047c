/**
 * The API. `get` asks, `post` and `del` change something, `useAnswer` asks for a part and asks again when its topic changed.
 *
 *   const alerts = useAnswer('alerts', { rule, limit: 50 }, { topic: 'groups' });
 *   alerts.data     the answer, or null before the first; the last one stays while a new one is on its way
 *   alerts.error    a Refused ({ status, code, title, detail, hint }), or null
 *   alerts.loading, alerts.reload()
 *
 * A parameter that is null, undefined or '' is left out; an array repeats it.
 */

import { early } from './early.js';
import { signal, useEffect, useRef, useState } from './html.js';
import { changed } from './model/url.js';
import { root } from './router.js';

/** @import { Changes } from './router.js' */
/** @import { Problem } from '../types/shapes' */

/** Where the API is. */
export const base = `${root}api/v1/`;

/** A request that was not answered. `status` is 0 where nobody answered. */
export class Refused extends Error {
    /** @param {Problem} problem */
    constructor(problem) {
        super(problem.detail);
        this.status = problem.status;
        this.code = problem.code;
        this.title = problem.title;
        this.detail = problem.detail;
        this.hint = problem.hint ?? '';
    }
}

/** Whether a token is asked for: those who wait for it go on once it is there. */
export const tokenWanted = signal(false);
/** @type {(() => void)[]} */
let waiting = [];

/** When the server last answered anything, on this clock; 0 before that. */
export const answered = signal(0);
/** Whether the server cannot be reached. */
export const gone = signal(false);

/** @type {Map<string, { etag: string, data: unknown }>} */
const kept = new Map();

/** The address of an answer. @param {string} path @param {Changes} [params] */
export function address(path, params = {}) {
    const query = changed(new URLSearchParams(), params).toString();
    return base + path + (query ? `?${query}` : '');
}

/** @param {string} url @param {RequestInit} init @returns {Promise<Response>} */
async function ask(url, init) {
    let response;
    try {
        const asked = init.method ? undefined : early.get(url);
        early.delete(url);
        response = await (asked ?? fetch(url, { ...init, credentials: 'same-origin', cache: 'no-store' }));
    } catch (error) {
        if (init.signal?.aborted) throw error;
        gone.value = true;
        throw new Refused({ code: 'unreachable', status: 0, title: 'No answer', detail: 'The server cannot be reached.', hint: 'It is asked again by itself.' });
    }
    gone.value = false;
    answered.value = Date.now();
    if (response.status !== 401) return response;
    await new Promise((done) => {
        waiting.push(() => done(undefined));
        tokenWanted.value = true;
    });
    return ask(url, init);
}

/** @param {Response} response @returns {Promise<Refused>} */
async function refusal(response) {
    try {
        return new Refused(await response.json());
    } catch {
        return new Refused({ code: 'unexpected', status: response.status, title: response.statusText, detail: `The server answered ${response.status} without saying why.` });
    }
}

/**
 * @template T
 * @param {string} path @param {Changes} [params] @param {AbortSignal} [abort]
 * @returns {Promise<T>} the same object again where nothing changed
 */
export async function get(path, params = {}, abort) {
    const url = address(path, params);
    const last = kept.get(url);
    /** @type {Record<string, string>} */
    const headers = { accept: 'application/json' };
    if (last) headers['if-none-match'] = last.etag;
    const response = await ask(url, { headers, signal: abort });
    if (response.status === 304 && last) return /** @type {T} */ (last.data);
    if (!response.ok) throw await refusal(response);
    const data = await response.json();
    const etag = response.headers.get('etag');
    kept.delete(url);
    if (etag) kept.set(url, { etag, data });
    if (kept.size > 24) kept.delete(/** @type {string} */ (kept.keys().next().value));
    return data;
}

/** @template T @param {string} method @param {string} path @param {unknown} [body] @param {Changes} [params] @returns {Promise<T>} */
async function send(method, path, body, params) {
    const text = typeof body === 'string';
    const headers = body === undefined ? undefined : { 'content-type': text ? 'application/yaml' : 'application/json' };
    const response = await ask(address(path, params), { method, headers, body: body === undefined || text ? /** @type {string | undefined} */ (body) : JSON.stringify(body) });
    if (!response.ok) throw await refusal(response);
    const answer = await response.text();
    return JSON.parse(answer || 'null');
}

/** Text goes as YAML, all else as JSON. @template T @param {string} path @param {unknown} [body] @param {Changes} [params] @returns {Promise<T>} */
export const post = (path, body, params) => send('POST', path, body, params);

/** @template T @param {string} path @returns {Promise<T>} */
export const del = (path) => send('DELETE', path);

/** Signs in with a token; those who wait go on. @param {string} token */
export async function signIn(token) {
    const response = await fetch(`${base}session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ token }), credentials: 'same-origin' });
    if (!response.ok) throw await refusal(response);
    tokenWanted.value = false;
    const all = waiting;
    waiting = [];
    for (const go of all) go();
}

/** How often each topic changed. @type {Record<string, import('../vendor/signals.mjs').Signal<number>>} */
export const topics = { groups: signal(0), pipeline: signal(0), state: signal(0), silences: signal(0) };

/** Something of a topic changed: whoever shows it asks again. @param {string} topic */
export function touch(topic) {
    const counter = topics[topic];
    if (counter) counter.value = counter.peek() + 1;
}

/** @param {unknown} error */
const refused = (error) => (error instanceof Refused ? error : new Refused({ code: 'unexpected', status: -1, title: 'Not understood', detail: String(error) }));

/**
 * Asks the same thing again and again, when it is told to: one request at a time, `every` ms apart.
 * @param {string} path @param {Changes} params @param {number} every @param {(data: unknown, error: Refused | null) => void} done
 */
function asker(path, params, every, done) {
    const abort = new AbortController();
    let timer = 0;
    let busy = false;
    let again = false;
    let askedAt = -Infinity;
    async function run() {
        timer = 0;
        busy = true;
        again = false;
        askedAt = performance.now();
        try {
            const data = await get(path, params, abort.signal);
            if (!abort.signal.aborted) done(data, null);
        } catch (error) {
            if (!abort.signal.aborted) done(null, refused(error));
        }
        busy = false;
        if (again && !abort.signal.aborted) later();
    }
    function later() {
        again = true;
        if (!timer && !busy) timer = setTimeout(run, Math.max(0, askedAt + every - performance.now()));
    }
    return { later, stop: () => { clearTimeout(timer); abort.abort(); } };
}

/**
 * The answer to a question, for a part. Asked again when the question or `topic` changes, but not more often than each `every` ms.
 * `path` null asks nothing.
 * @template T
 * @param {string | null} path @param {Changes} [params] @param {{ topic?: string, every?: number }} [how]
 */
export function useAnswer(path, params = {}, { topic = '', every = 1500 } = {}) {
    const url = path === null ? '' : address(path, params);
    const [answer, setAnswer] = useState(() => ({ url: '', data: /** @type {T | null} */ (null), error: /** @type {Refused | null} */ (null) }));
    const box = useRef(/** @type {ReturnType<typeof asker> | null} */ (null));
    const version = topic ? (topics[topic]?.value ?? 0) : 0;
    useEffect(() => {
        if (path === null) return undefined;
        const mine = asker(path, params, every, (data, error) => setAnswer((last) => ({ url, data: error ? last.data : /** @type {T} */ (data), error })));
        box.current = mine;
        return () => {
            mine.stop();
            box.current = null;
        };
    }, [url]);
    useEffect(() => box.current?.later(), [url, version]);
    return { data: answer.data, error: answer.error, loading: path !== null && answer.url !== url, reload: () => box.current?.later() };
}
