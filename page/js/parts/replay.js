/** The map a while ago: how a trouble spread, by the changes that the store keeps. Nothing moves by itself. */

import { get } from '../api.js';
import { h, html, useEffect, useMemo, useState } from '../html.js';
import { clock, counted, duration } from '../format.js';
import { onsets, past } from '../model/past.js';
import { time } from '../model/url.js';
import { param, setParams } from '../router.js';
import { directory, now, picture } from '../store.js';
import { pastStates } from './fleet-state.js';
import { Icon } from './icon.js';
import { Spark } from './spark.js';

/** @import { List, Transition } from '../../types/shapes' */

const SPANS = /** @type {[string, number][]} */ ([['1 h', 3600], ['6 h', 21600], ['24 h', 86400]]);
const PAGES = 8;
const PAGE = 500;
const SLOTS = 96;

/** All changes of a time, newest first; so many at most. @param {number} from @param {number} to @param {AbortSignal} abort */
async function changes(from, to, abort) {
    /** @type {Transition[]} */
    const all = [];
    let cursor = '';
    for (let page = 0; page < PAGES; page += 1) {
        /** @type {List<Transition>} */
        const part = await get('alerts/history', { from: new Date(from).toISOString(), to: new Date(to).toISOString(), limit: PAGE, cursor }, abort);
        all.push(...part.items);
        cursor = part.next ?? '';
        if (!cursor) return { all, whole: true };
    }
    return { all, whole: false };
}

/** The slider. */
export function Replay() {
    const asked = param('at');
    const [span, setSpan] = useState(3600);
    const [end] = useState(now);
    const [known, setKnown] = useState(/** @type {{ all: Transition[], whole: boolean } | null} */ (null));
    const [why, setWhy] = useState('');
    const from = end - span * 1000;
    const at = Math.max(from, Math.min(end, time(asked, end) ?? end));
    useEffect(() => {
        const abort = new AbortController();
        setKnown(null);
        changes(from, end, abort.signal).then(setKnown, (error) => abort.signal.aborted || setWhy(String(error.message ?? error)));
        return () => abort.abort();
    }, [span, end]);
    useEffect(() => {
        const all = directory.peek();
        const view = picture.peek();
        pastStates.value = known && all && view ? past(all, view, known.all, at) : null;
    }, [known, at]);
    useEffect(() => () => { pastStates.value = null; }, []);
    const bars = useMemo(() => (known ? onsets(known.all, from, end, SLOTS) : []), [known]);
    const move = (/** @type {Event} */ event) => setParams({ at: new Date(from + Number(/** @type {HTMLInputElement} */ (event.target).value) * (span * 10)).toISOString() }, { typing: true });
    const oldest = known && !known.whole ? known.all.at(-1)?.at : undefined;
    return html`<div class="replay" role="region" aria-label="Earlier">
        <div class="row"><b class="nowrap">${clock(at)}</b><span class="muted nowrap">${duration((end - at) / 1000)} before ${clock(end)}</span>
            <span class="grow faint cut">${why || (known ? `${counted(known.all.length, 'change')} since ${clock(oldest ?? from)}${known.whole ? '' : ', more before that are not shown'}` : 'Loading what happened')}</span>
            <div class="group">${SPANS.map(([name, seconds]) => html`<button type="button" class="button small" aria-pressed=${span === seconds} onClick=${() => setSpan(seconds)}>${name}</button>`)}</div>
            <button type="button" class="button quiet icon small" aria-label="Back to now" title="Back to now" onClick=${() => setParams({ at: null })}>${h(Icon, { name: 'close' })}</button></div>
        <div class="replay-track">${h(Spark, { values: bars, slots: SLOTS, width: 800, height: 22, tone: '--critical', label: 'Alerts that began to fire' })}
            <input type="range" min="0" max="100" step="0.5" value=${((at - from) / (span * 1000)) * 100} aria-label="Time" aria-valuetext=${`${clock(at)}, ${duration((end - at) / 1000)} ago`} onInput=${move} /></div>
    </div>`;
}
