/** All keys, and the switch for single letters. */

import { h, html } from '../html.js';
import { helpOpen, letters, setLetters } from '../keys.js';
import { Dialog } from './panel.js';

/** @type {[string, [string, string][]][]} */
const KEYS = [
    ['Anywhere', [['/', 'search accounts, tenants, rules'], ['Ctrl K', 'the same'], ['.', 'follow what happens, or hold still'], ['t', 'time'], ['d', 'dark or light'], ['y', 'copy the link'], ['Esc', 'close'], ['?', 'this list']]],
    ['Lists', [['j k', 'next, previous row'], ['Enter', 'open'], ['x', 'select'], ['s', 'silence'], ['a', 'acknowledge'], ['c', 'copy the account id'], ['[ ]', 'previous, next account']]],
    ['Map', [['m', 'map or table'], ['arrows', 'move from cell to cell'], ['PgUp PgDn', 'previous, next group'], ['Home End', 'first, last cell'], ['x', 'select']]],
];

/** @param {{ places: { name: string, key: string }[] }} props */
export function Help({ places }) {
    const all = /** @type {typeof KEYS} */ ([['Go to', places.map(({ name, key }) => [key, name])], ...KEYS]);
    return h(Dialog, {
        title: 'Keys',
        close: () => { helpOpen.value = false; },
        children: html`<div class="key-list">${all.map(([title, keys]) => html`<section><h3>${title}</h3><dl>${keys.map(([key, what]) => html`
            <dt>${key.split(' ').map((one) => html`<kbd>${one}</kbd> `)}</dt><dd>${what}</dd>`)}</dl></section>`)}</div>
            <label class="row key-letters"><input type="checkbox" checked=${letters.value} onChange=${(/** @type {Event} */ event) => setLetters(/** @type {HTMLInputElement} */ (event.target).checked)} />
            <span>Single letters are shortcuts <span class="faint">(they never are inside fields)</span></span></label>`,
    });
}
