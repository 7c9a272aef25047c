/** What alerts of a rule did in the last 24 hours: a strip of how many began and ended, and the changes themselves. */

import { h, html } from '../html.js';
import { clock, counted, moment, whole_time } from '../format.js';
import { slots } from '../model/transitions.js';
import { now } from '../store.js';
import { Answer, Empty } from './empty.js';
import { AccountLink } from './link.js';
import { More, usePages } from './pages.js';
import { Rows } from './rows.js';
import { State } from './state.js';

/** @import { Transition } from '../../types/shapes' */

const HOURS = 24;
const SLOTS = 96;
/** The question stays the same for so long. */
const STEP_MS = 300_000;

/** Hours of the axis. @param {number} end */
const marks = (end) => [0, 6, 12, 18].map((hour) => ({ at: end - (HOURS - hour) * 3_600_000, share: hour / HOURS }));

/** @param {{ transitions: readonly Transition[], complete: boolean }} props */
export function Strip({ transitions, complete }) {
    const end = now();
    const all = slots(transitions, end, HOURS * 3_600_000, SLOTS);
    const most = Math.max(1, ...all.map(({ began, ended }) => Math.max(began, ended)));
    const began = all.reduce((sum, slot) => sum + slot.began, 0);
    const ended = all.reduce((sum, slot) => sum + slot.ended, 0);
    const tall = (/** @type {number} */ n) => (n === 0 ? '0' : `${Math.max(6, (n / most) * 100)}%`);
    return html`<figure class="strip">
        <figcaption class="row wrap"><span><i class="key began"></i>${counted(began, 'alert')} began to fire</span><span><i class="key ended"></i>${began === 0 && ended === 0 ? 'none resolved' : `${ended} resolved`}</span>
            ${!complete && html`<span class="faint">of the newest changes only</span>`}</figcaption>
        <div class="strip-bars" role="img" aria-label=${`In the last 24 hours ${began} began to fire and ${ended} resolved; at most ${most} in 15 minutes`}>${all.map((slot) => html`
            <span class="slot" title=${slot.began + slot.ended > 0 ? `${clock(slot.at).slice(0, 5)}: ${slot.began} began, ${slot.ended} resolved` : undefined}><i class="began" style=${{ height: tall(slot.began) }}></i><i class="ended" style=${{ height: tall(slot.ended) }}></i></span>`)}</div>
        <div class="strip-axis faint" aria-hidden="true">${marks(end).map(({ at, share }) => html`<span style=${{ left: `${share * 100}%` }}>${clock(at).slice(0, 5)}</span>`)}<span class="last">now</span></div>
    </figure>`;
}

/** @param {{ rule: string, name?: string, height?: string }} props `name` chooses one of the rule's alerts */
export function Transitions({ rule, name = '' }) {
    /** @type {ReturnType<typeof usePages<Transition>>} */
    const list = usePages('alerts/history', { rule, from: new Date(Math.floor(now() / STEP_MS) * STEP_MS - HOURS * 3_600_000).toISOString() }, { every: 5000, step: 500 });
    const items = name ? list.items.filter((one) => one.name === name) : list.items;
    return Answer({
        answer: list,
        rows: 5,
        children: () => html`<div class="body">${h(Strip, { transitions: items, complete: items.length === list.total })}</div>
            ${items.length === 0 ? h(Empty, { title: 'Nothing changed in the last 24 hours' }) : html`<div class="scroll-box">${Rows({
                label: `Changes of ${rule} in the last 24 hours`,
                rows: items,
                id: (/** @type {Transition} */ one) => `${one.fingerprint}/${one.at}/${one.to}`,
                columns: [
                    { name: 'When', kind: 'when', narrow: 'side', cell: (/** @type {Transition} */ one) => html`<time title=${whole_time(one.at)}>${moment(one.at, now())}</time>` },
                    { name: 'Account', narrow: 'title', cell: (/** @type {Transition} */ one) => (one.account ? h(AccountLink, { id: one.account }) : one.name) },
                    { name: 'Change', narrow: 'plain', cell: (/** @type {Transition} */ one) => html`<span class="row change">${h(State, { state: one.from, bare: true })}<span class="faint" aria-hidden="true">\u2192</span>${h(State, { state: one.to })}</span>` },
                    { name: 'Value', num: true, cell: (/** @type {Transition} */ one) => one.value_text },
                    { name: 'Why', wide: true, narrow: 'off', cell: (/** @type {Transition} */ one) => html`<span class="muted">${one.reason}</span>` },
                ],
            })}</div>`}${h(More, { list, what: 'changes' })}`,
    });
}
