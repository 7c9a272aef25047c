/**
 * What the page knows of the fleet, and how fresh that is.
 *
 *   meta.value        Meta, or null before the first answer
 *   directory.value   { version, ids, tenants, names, labels, at(id) -> index or -1 }
 *   picture.value     { v, at, state, fresh, mark, firing: Uint8Array in the order of the directory, changed: indexes of the last delta or null }
 *   summary.value     Summary
 *   now()             the server's clock, in ms;  tick.value moves once a second while the tab is seen
 *   may.value         what whoever looks may do: may.value.write
 */

import { Refused, get, touch } from './api.js';
import { batch, computed, signal } from './html.js';
import { apply, opened, picture as read } from './model/picture.js';

/** @import { Meta, Summary, DirectoryColumns, FleetState } from '../types/shapes' */
/** @import { Directory, Picture } from './model/picture.js' */

export const meta = signal(/** @type {Meta | null} */ (null));
export const directory = signal(/** @type {Directory | null} */ (null));
export const picture = signal(/** @type {Picture | null} */ (null));
export const summary = signal(/** @type {Summary | null} */ (null));
/** How the page hears of changes: `connecting`, `live`, `polling`, `paused`, `gone`. */
export const link = signal(/** @type {'connecting' | 'live' | 'polling' | 'paused' | 'gone'} */ ('connecting'));
/** Why there is no picture, where the server said so. */
export const refused = signal(/** @type {import('./api.js').Refused | null} */ (null));
/** Whether the server serves another page than this one. */
export const renewed = signal(false);
/** Milliseconds that the server's clock is ahead of this one. */
export const skew = signal(0);
/** This clock, once a second while the tab is seen. */
export const tick = signal(Date.now());
/** What may be done here. */
export const may = computed(() => meta.value?.access ?? /** @type {import('../types/shapes').Access} */ ({ name: '', write: false, by: 'token' }));
/** When anything was last heard of the server, on its clock. */
export const heard = signal(0);

/** The server's clock. */
export const now = () => Date.now() + skew.peek();

let firstBuild = '';

/** The server said what it is and what time it has. @param {{ build: string, now: string }} hello */
export function greet(hello) {
    skew.value = Date.parse(hello.now) - Date.now();
    firstBuild ||= hello.build;
    if (hello.build !== firstBuild) renewed.value = true;
}

export async function loadMeta() {
    const answer = await get('meta');
    greet(answer);
    meta.value = answer;
}

export async function loadSummary() {
    summary.value = await get('fleet/summary');
    heard.value = now();
}

/** Directory and state, whole. */
export async function loadFleet() {
    try {
        await readFleet();
        refused.value = null;
    } catch (error) {
        if (error instanceof Refused && error.status > 0) refused.value = error;
        throw error;
    }
}

async function readFleet() {
    const [columns, state] = await Promise.all([
        /** @type {Promise<DirectoryColumns>} */ (get('fleet/directory')),
        /** @type {Promise<FleetState>} */ (get('fleet/state')),
    ]);
    if (columns.version !== state.directory && directory.peek()) return;
    if (!directory.peek()) performance.mark('fleet.parsed');
    batch(() => {
        if (directory.peek()?.version !== columns.version) directory.value = opened(columns);
        picture.value = read(state);
        heard.value = now();
    });
}

/** A change came by the stream or by asking. @param {FleetState} delta */
export async function take(delta) {
    heard.value = now();
    const last = picture.peek();
    const stale = !last || (delta.directory && delta.directory !== directory.peek()?.version);
    if (stale) await loadFleet();
    else if (delta.state) picture.value = read(delta);
    else if (delta.d && delta.v > last.v) picture.value = apply(last, delta);
    else if (delta.d) picture.value = { ...last, at: Math.max(last.at, delta.at) };
    touch('state');
}

/** Asks what changed since the last picture. */
export async function catchUp() {
    const last = picture.peek();
    if (last && directory.peek()) await take(await get('fleet/state', { since: last.v }));
    else await loadFleet();
}

let ticking = 0;

/** Begins to count seconds. */
export function start() {
    ticking ||= setInterval(() => {
        if (!document.hidden) tick.value = Date.now();
    }, 1000);
}
