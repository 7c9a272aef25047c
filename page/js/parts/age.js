/** Time that passes: "12 s ago", and whether that is too old to trust. */

import { html } from '../html.js';
import { brief, duration, millis, whole_time } from '../format.js';
import { skew, tick } from '../store.js';

/** @param {string | number} at seconds since then, on the server's clock */
export const since = (at) => Math.max(0, (tick.value + skew.value - millis(at)) / 1000);

/**
 * How long ago. `old` seconds make it grey; `short` is for columns (`38m`), `bare` leaves out "ago".
 * @param {{ at: string | number | null | undefined, old?: number, short?: boolean, bare?: boolean }} props
 */
export function Age({ at, old = Infinity, short = false, bare = false }) {
    if (at === null || at === undefined) return html`<span class="age faint">never</span>`;
    const seconds = since(at);
    const text = short ? brief(seconds) : seconds < 2 && !bare ? 'just now' : duration(seconds) + (bare ? '' : ' ago');
    return html`<time class=${seconds > old ? 'age is-old' : 'age'} title=${whole_time(at)} datetime=${new Date(at).toISOString()}>${text}</time>`;
}

/** "as of 12 s ago", beside figures. @param {{ at: string | number | null | undefined, old?: number }} props */
export function AsOf({ at, old = 30 }) {
    if (!at) return null;
    const seconds = since(at);
    return html`<span class=${seconds > old ? 'faint age is-old' : 'faint age'} title=${whole_time(at)}>as of ${seconds < 2 ? 'now' : `${duration(seconds)} ago`}</span>`;
}

/** Time until then: "in 12 min". @param {{ at: string | number }} props */
export function Until({ at }) {
    const seconds = (millis(at) - tick.value - skew.value) / 1000;
    return html`<time class="age" title=${whole_time(at)}>${seconds <= 0 ? 'now' : `in ${duration(seconds)}`}</time>`;
}
