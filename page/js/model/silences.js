/** Silences as the page shows and makes them. Pure. */

import { faultOf, narrow } from './matchers.js';

/** @import { Matcher, PostableSilence, Silence } from '../../types/shapes' */

/** @typedef {{ matchers: import('./matchers.js').Matcher[], start: number, end: number, author: string, comment: string }} Form */

/** How long a silence may be made with one press, in seconds. */
export const DURATIONS = /** @type {const} */ ([
    ['30m', 1800],
    ['2h', 7200],
    ['8h', 28_800],
    ['24h', 86_400],
]);

/** A silence begins a little before now, so that it counts at once where the server's clock is behind. */
export const BEFORE_MS = 5000;

/** A silence that ends so soon is shown as ending. */
export const SOON_SECONDS = 3600;
/** What ended within this time is offered again. */
const RENEWABLE_SECONDS = 86_400;

/** A matcher with all of its parts. @param {Matcher} given */
export const whole = ({ name, value, isRegex = false, isEqual = true }) => ({ name, value, isRegex, isEqual });

/**
 * Silences by what they do now: what ends first stands first, of those that are over what ended last.
 * @param {readonly Silence[]} all
 */
export function sections(all) {
    const of = (/** @type {(silence: Silence) => boolean} */ test) => all.filter(test);
    const soonest = (/** @type {Silence} */ a, /** @type {Silence} */ b) => a.endsAt.localeCompare(b.endsAt);
    return {
        active: of((one) => !one.ack && one.status.state === 'active').sort(soonest),
        pending: of((one) => !one.ack && one.status.state === 'pending').sort((a, b) => a.startsAt.localeCompare(b.startsAt)),
        acks: of((one) => one.ack && one.status.state === 'active').sort((a, b) => b.startsAt.localeCompare(a.startsAt)),
        expired: of((one) => !one.ack && one.status.state === 'expired').sort((a, b) => b.endsAt.localeCompare(a.endsAt)),
    };
}

/** Whether it ended so lately that it is offered again. @param {Silence} silence @param {number} now */
export const renewable = (silence, now) => now - Date.parse(silence.endsAt) < RENEWABLE_SECONDS * 1000;

/** How long it lasts as a whole, in seconds. @param {Silence} silence */
export const length = (silence) => (Date.parse(silence.endsAt) - Date.parse(silence.startsAt)) / 1000;

/** Share of its time that is over, 0 to 1. @param {Silence} silence @param {number} now */
export function elapsed(silence, now) {
    const start = Date.parse(silence.startsAt);
    const all = Date.parse(silence.endsAt) - start;
    return all > 0 ? Math.min(1, Math.max(0, (now - start) / all)) : 1;
}

/** @param {number} at */
const time = (at) => new Date(at).toISOString();

/** The same once more from now on, for as long as it lasted. @param {Silence} silence @param {number} now @param {string} by @returns {PostableSilence} */
export function again(silence, now, by) {
    const { matchers, comment, createdBy } = silence;
    return { matchers, startsAt: time(now - BEFORE_MS), endsAt: time(now - BEFORE_MS + length(silence) * 1000), createdBy: by || createdBy, comment };
}

/** The same with a later end, as late as is allowed. @param {Silence} silence @param {number} seconds @param {number} max @returns {PostableSilence} */
export function extended(silence, seconds, max) {
    const { id, matchers, comment, createdBy, startsAt } = silence;
    const latest = Date.parse(startsAt) + max * 1000;
    return { id, matchers, startsAt, endsAt: time(Math.min(latest, Date.parse(silence.endsAt) + seconds * 1000)), createdBy, comment };
}

/** Whether it may still be made longer. @param {Silence} silence @param {number} max */
export const extensible = (silence, max) => length(silence) < max - 60;

/** A form as the API takes it. @param {Form} form @returns {PostableSilence} */
export function posted({ matchers, start, end, author, comment }) {
    return { matchers, startsAt: time(start), endsAt: time(end), createdBy: author.trim(), comment: comment.trim() };
}

/**
 * What is wrong with a form, by field; empty where it can be made.
 * @param {Form} form @param {number} now @param {number} max @returns {{ matchers?: string, end?: string, author?: string, comment?: string }}
 */
export function faults({ matchers, start, end, author, comment }, now, max) {
    /** @type {ReturnType<typeof faults>} */
    const out = {};
    if (matchers.every((one) => one.value === '' && !one.isRegex)) out.matchers = 'Say what is to be silenced.';
    else if (matchers.some((one) => faultOf(one))) out.matchers = 'One of the conditions is not complete.';
    else if (!narrow(matchers)) out.matchers = 'This would silence everything: at least one condition has to want a value.';
    if (!Number.isFinite(end)) out.end = 'Say when it ends.';
    else if (end <= now || end <= start) out.end = 'It has to end later than now.';
    else if (end - start > max * 1000 + 1000) out.end = `It may last ${Math.floor(max / 86_400) || 1} days at most.`;
    if (!author.trim()) out.author = 'Say who you are.';
    if (!comment.trim()) out.comment = 'Say why, for the next person on call.';
    return out;
}

/** A time as `datetime-local` has it, here. @param {number} at */
export function localTime(at) {
    const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
    return date.toISOString().slice(0, 16);
}

/** What `datetime-local` says, in milliseconds; NaN where it says nothing. @param {string} text */
export const fromLocalTime = (text) => (text ? new Date(text).getTime() : Number.NaN);

/** A command that makes the same silence. @param {readonly string[]} matchers written @param {number} seconds @param {string} comment */
export function command(matchers, seconds, comment) {
    const quote = (/** @type {string} */ text) => `'${text.replaceAll("'", "'\\''")}'`;
    const minutes = Math.max(1, Math.round(seconds / 60));
    const lasts = minutes % 1440 === 0 ? `${minutes / 1440}d` : minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
    return `fanin silence add ${matchers.map(quote).join(' ')} --for ${lasts}${comment ? ` --comment ${quote(comment)}` : ''}`;
}
