/**
 * One stream of events per tab, and what to do without it.
 *
 *   useTail({ account, q }, (rows, sampledOf) => ..)   log records as they come, while `on`
 *   live.value, toggleLive()                           whether anything changes by itself
 *
 * It is closed when the tab was hidden for a minute and opened again when it is seen. Where streams do not work, the page asks.
 */

import { base, gone, touch } from './api.js';
import { effect, signal, useEffect, useRef } from './html.js';
import { catchUp, greet, heard, link, loadFleet, loadMeta, loadSummary, now, take } from './store.js';

/** @import { LogRow } from '../types/shapes' */
/** @typedef {{ account?: string, q?: string }} Wanted */
/** @typedef {(rows: LogRow[], sampledOf: number) => void} Hear */

const HIDDEN_MS = 60_000;
const POLL_MS = 3_000;
const RETRY_MS = 10_000;

/** Whether the page follows what happens. */
export const live = signal(true);

/** @type {EventSource | null} */
let source = null;
/** @type {{ wanted: Wanted, hear: Hear } | null} */
let tail = null;
let lastId = '';
let failures = 0;
let hiddenTimer = 0;
let pollTimer = 0;
let summaryTimer = 0;

/** @param {Promise<unknown>} work */
const quietly = (work) => work.catch(() => undefined);

function open() {
    close();
    if (!live.peek() || document.hidden) return;
    const params = new URLSearchParams({ topics: tail ? 'state,groups,pipeline,logs' : 'state,groups,pipeline' });
    if (tail?.wanted.account) params.set('account', tail.wanted.account);
    if (tail?.wanted.q) params.set('q', tail.wanted.q);
    if (lastId) params.set('last_event_id', lastId);
    const mine = new EventSource(`${base}stream?${params}`);
    source = mine;
    on(mine, 'hello', (hello) => {
        failures = 0;
        gone.value = false;
        link.value = 'live';
        greet(hello);
        stopPolling();
        quietly(catchUp());
    });
    on(mine, 'state', (delta) => {
        quietly(take(delta));
        summarySoon();
    });
    on(mine, 'groups', () => {
        touch('groups');
        touch('silences');
        summarySoon();
    });
    on(mine, 'pipeline', () => touch('pipeline'));
    on(mine, 'logs', (batch) => tail?.hear(batch.events, batch.sampled_of));
    on(mine, 'gap', ({ topic }) => (topic === 'state' ? quietly(loadFleet()) : touch(topic)));
    on(mine, 'bye', () => broken());
    mine.onerror = () => broken();
}

/** @param {EventSource} mine @param {string} name @param {(data: any) => unknown} call */
function on(mine, name, call) {
    mine.addEventListener(name, (event) => {
        if (mine !== source) return;
        if (event.lastEventId) lastId = event.lastEventId;
        heard.value = now();
        call(event.data ? JSON.parse(event.data) : {});
    });
}

function close() {
    source?.close();
    source = null;
}

/** The stream broke: ask meanwhile, and try it again, a little later each time. */
function broken() {
    close();
    failures += 1;
    if (link.peek() === 'live') link.value = 'connecting';
    if (!pollTimer) pollTimer = setTimeout(poll, 300);
    setTimeout(() => {
        if (!source) open();
    }, Math.min(RETRY_MS, 500 * 2 ** failures));
}

async function poll() {
    pollTimer = 0;
    if (source && link.peek() === 'live') return;
    try {
        await catchUp();
        await loadSummary();
        if (link.peek() !== 'live') link.value = 'polling';
        touch('groups');
        touch('pipeline');
    } catch {
        link.value = gone.peek() ? 'gone' : 'polling';
    }
    if (live.peek() && !document.hidden && !pollTimer && link.peek() !== 'live') pollTimer = setTimeout(poll, POLL_MS);
}

function stopPolling() {
    clearTimeout(pollTimer);
    pollTimer = 0;
}

/** The numbers of the summary follow the picture, once a second at most. */
function summarySoon() {
    summaryTimer ||= setTimeout(() => {
        summaryTimer = 0;
        quietly(loadSummary());
    }, 1000);
}

/** Stops following what happens, or goes on. */
export function toggleLive() {
    live.value = !live.peek();
    if (live.peek()) open();
    else {
        close();
        stopPolling();
        link.value = 'paused';
    }
}

function seen() {
    clearTimeout(hiddenTimer);
    if (document.hidden) {
        hiddenTimer = setTimeout(() => {
            close();
            stopPolling();
        }, HIDDEN_MS);
    } else if (!source) open();
}

/**
 * Log records as they come. One part of the page at a time.
 * @param {Wanted} wanted @param {Hear} hear @param {boolean} [on]
 */
export function useTail(wanted, hear, on = true) {
    const box = useRef(hear);
    box.current = hear;
    useEffect(() => {
        if (!on) return undefined;
        const mine = { wanted, hear: /** @type {Hear} */ ((rows, of) => box.current(rows, of)) };
        tail = mine;
        open();
        return () => {
            if (tail === mine) {
                tail = null;
                open();
            }
        };
    }, [on, wanted.account, wanted.q]);
}

/** First answers, then the stream. */
export async function start() {
    document.addEventListener('visibilitychange', seen);
    addEventListener('pagehide', close);
    // A connection can be dead without saying so: any request that nobody answers tells.
    effect(() => {
        if (gone.value && source && live.peek()) broken();
    });
    setInterval(() => {
        if (live.peek() && !document.hidden && link.peek() === 'live') quietly(loadSummary());
    }, 15_000);
    await Promise.allSettled([loadMeta(), loadFleet(), loadSummary()]);
    open();
    if (gone.peek()) broken();
}
