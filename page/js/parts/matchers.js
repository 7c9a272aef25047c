/** Matchers as people read them: `tenant=acme`, `rule=~Lambda.*`. */

import { html } from '../html.js';
import { accountId } from '../format.js';
import { operator } from '../model/matchers.js';

/** @import { Matcher } from '../model/matchers.js' */

/** A pattern of many values is cut to how many there are. @param {Matcher} matcher */
function valueOf({ name, value, isRegex }) {
    const parts = isRegex && /^[\w./ -]+(\|[\w./ -]+)+$/.test(value) ? value.split('|') : [value];
    const shown = name === 'account' ? parts.map(accountId) : parts;
    return shown.length > 3 ? `${shown.slice(0, 2).join(' | ')} and ${shown.length - 2} more` : shown.join(' | ');
}

/** @param {{ matchers: readonly Matcher[] }} props */
export function Matchers({ matchers }) {
    return html`<span class="row wrap matchers">${matchers.map((one) => html`
        <span class="label-pair matcher" title=${one.value}>${one.name}<span class="op">${operator(one)}</span><b class="cut">${valueOf(one) || '(empty)'}</b></span>`)}</span>`;
}

/** Labels with their values. @param {{ labels: { [name: string]: string } }} props */
export function Labels({ labels }) {
    return html`${Object.entries(labels).map(([name, value]) => html`<span class="label-pair" title=${`${name}=${value}`}><span class="cut">${name}=<b>${value}</b></span></span>`)}`;
}
