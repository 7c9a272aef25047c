/** State as a mark and a word: never a colour alone. */

import { h, html } from '../html.js';
import { stateWord } from '../format.js';

/** @import { State as Word, Mark } from '../../types/shapes' */
/** @import { Child } from '../html.js' */

/** Shapes of the marks, on 14 x 14; the same as in the cells of the map. @type {Record<Word, () => Child>} */
const SHAPES = {
    ok: () => html`<circle cx="7" cy="7" r="3.2" fill="currentColor"/>`,
    pending: () => html`<circle cx="7" cy="7" r="4.6" fill="none" stroke="currentColor" stroke-width="1.5"/><circle cx="7" cy="7" r="2" fill="currentColor"/>`,
    warning: () => html`<path d="M7 1.8 13 12H1Z" fill="currentColor" stroke="currentColor" stroke-width="1" stroke-linejoin="round"/>`,
    critical: () => html`<rect x="1" y="1" width="12" height="12" rx="2.5" fill="currentColor"/><path d="M7 3.8v3.8M7 9.6v.9" stroke="var(--on-state)" stroke-width="1.7" stroke-linecap="round"/>`,
    no_data: () => html`<rect x="2" y="2" width="10" height="10" rx="1.5" fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray="2.4 1.6"/>`,
    error: () => html`<rect x="2" y="2" width="10" height="10" rx="1.5" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="m4.8 4.8 4.4 4.4m0-4.4-4.4 4.4" stroke="currentColor" stroke-width="1.4"/>`,
};

/** The mark alone, for where the word stands beside it. @param {{ state: Word, mark?: Mark }} props */
export function Glyph({ state, mark = 'none' }) {
    const slash = mark !== 'none' && html`<path d="M1 13 13 1" stroke="var(--bg-panel)" stroke-width="3.4"/><path d="M1 13 13 1" stroke="currentColor" stroke-width="1.4"/>`;
    return html`<svg viewBox="0 0 14 14" aria-hidden="true">${(SHAPES[state] ?? SHAPES.ok)()}${slash}</svg>`;
}

/**
 * A state for people. `mark` crosses it out where it is silenced or acknowledged; `word` is another text, `bare` hides it from eyes.
 * @param {{ state: Word, mark?: Mark, word?: string, bare?: boolean }} props
 */
export function State({ state, mark = 'none', word = '', bare = false }) {
    const said = (word || stateWord(state)) + (mark === 'none' || word ? '' : mark === 'acked' ? ', acknowledged' : ', silenced');
    return html`<span class=${`state ${state}`} title=${bare ? said : undefined}>${h(Glyph, { state, mark })}<span class=${bare ? 'sr' : 'word'}>${said}</span></span>`;
}
