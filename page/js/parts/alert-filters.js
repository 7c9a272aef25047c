/** What of the alerts is shown: levels, silenced and pending ones, and a search. Chips say how many there are, shown or not. */

import { h, html, useEffect, useRef, useState } from '../html.js';
import { count, stateWord } from '../format.js';
import { stateParam, toggled } from '../model/alerts.js';
import { setParams } from '../router.js';
import { Icon } from './icon.js';
import { Glyph } from './state.js';
import { valueOf } from './write.js';

/** @import { State } from '../../types/shapes' */
/** @import { Child } from '../html.js' */

/** `n` null: not known yet. @param {{ on: boolean, n: number | null, word: string, mark?: Child, press: () => void }} props */
export function Chip({ on, n, word, mark = null, press }) {
    return html`<button type="button" class=${n === 0 ? 'chip zero' : 'chip'} aria-pressed=${on} onClick=${press}>${mark}${word}${n !== null && html` <b>${count(n)}</b>`}</button>`;
}

/**
 * A field that writes into the address while one types, without an entry of the history for each letter.
 * @param {{ name: string, value: string, label: string, placeholder: string, list?: string }} props
 */
export function Search({ name, value, label, placeholder, list }) {
    const [text, setText] = useState(value);
    const said = useRef(value);
    const timer = useRef(0);
    useEffect(() => {
        if (value !== said.current) setText(value);
        said.current = value;
    }, [value]);
    const say = (/** @type {string} */ next) => {
        said.current = next;
        setParams({ [name]: next.trim() }, { typing: true });
    };
    const type = (/** @type {Event} */ event) => {
        const next = valueOf(event);
        setText(next);
        clearTimeout(timer.current);
        timer.current = setTimeout(say, 180, next);
    };
    const wipe = () => {
        setText('');
        say('');
    };
    return html`<div class="search-field"><span aria-hidden="true">${h(Icon, { name: 'search' })}</span>
        <input class="field" type="text" value=${text} aria-label=${label} placeholder=${placeholder} list=${list} spellcheck=${false} autocapitalize="off" autocomplete="off"
            onInput=${type} onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === 'Enter' && say(text)} />
        ${text && html`<button type="button" class="button quiet icon small" aria-label="Clear the search" onClick=${wipe}>${h(Icon, { name: 'close' })}</button>`}</div>`;
}

/** @param {{ wanted: import('../model/alerts.js').Wanted, counts: ReturnType<typeof import('../model/alerts.js').counts> | null }} props */
export function Filters({ wanted, counts }) {
    const level = (/** @type {State} */ state, /** @type {number | null} */ n) => h(Chip, {
        on: wanted.levels.includes(state), n, word: stateWord(state),
        mark: html`<span class=${`state ${state}`}>${h(Glyph, { state })}</span>`,
        press: () => setParams({ sev: toggled(wanted.levels, state).join(',') }),
    });
    const more = (/** @type {'silenced' | 'pending'} */ name, /** @type {number | null} */ n) => h(Chip, {
        on: wanted[name], n, word: `+ ${name}`,
        press: () => setParams({ state: stateParam({ silenced: wanted.silenced, pending: wanted.pending, [name]: !wanted[name] }) }),
    });
    return html`<div class="filters" role="group" aria-label="What is shown">
        <div class="row wrap">${level('critical', counts?.critical ?? null)}${level('warning', counts?.warning ?? null)}${level('no_data', counts?.other ?? null)}
            <span class="split" aria-hidden="true"></span>${more('silenced', counts?.silenced ?? null)}${more('pending', counts?.pending ?? null)}</div>
        ${h(Search, { name: 'q', value: wanted.q, label: 'Search alerts', placeholder: 'tenant=acme rule=~Lambda' })}
    </div>`;
}
