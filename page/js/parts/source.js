/** A rule's source with the numbers that its lines have in the file. Text only: nothing in it is ever HTML. */

import { html } from '../html.js';
import { highlighted } from '../model/yaml.js';

/** Tokens of a line. @param {{ line: import('../model/yaml.js').Token[] }} props */
const tokens = ({ line }) => line.map(({ kind, text }) => (kind === 'text' ? text : html`<span class=${`y-${kind}`}>${text}</span>`));

/** @param {{ source: string, first: number, label: string }} props `first` is the number of its first line */
export function Source({ source, first, label }) {
    const lines = highlighted(source.replace(/\n$/, ''));
    return html`<div class="source" role="region" tabindex="0" aria-label=${label}><table role="presentation"><tbody>${lines.map((line, i) => html`
        <tr><td class="line-number" data-line=${first + i}></td><td><code>${line.length > 0 ? tokens({ line }) : '\n'}</code></td></tr>`)}</tbody></table></div>`;
}

/** The same under a field in which one writes: both have the same letters at the same places. @param {{ source: string }} props */
export function Painted({ source }) {
    return html`<pre aria-hidden="true">${highlighted(source).map((line) => html`${tokens({ line })}${'\n'}`)}</pre>`;
}
