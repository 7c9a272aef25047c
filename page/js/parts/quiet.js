/** Nothing fires: said with what was looked at, so that it is no empty box. */

import { h, html } from '../html.js';
import { count, counted } from '../format.js';
import { setParams } from '../router.js';
import { summary } from '../store.js';
import { Age } from './age.js';
import { Empty } from './empty.js';

/** @param {{ rule: string, hidden: number }} props */
export function Quiet({ rule, hidden }) {
    const known = summary.value;
    const looked = known && html`${counted(known.rules, 'rule')} ${known.rules === 1 ? 'was' : 'were'} evaluated ${known.evaluated ? h(Age, { at: known.evaluated }) : 'not yet'} over ${count(known.accounts)} accounts.
        ${known.last_resolved && html` The last alert resolved ${h(Age, { at: known.last_resolved })}.`}`;
    const blind = known?.troubles.find((trouble) => trouble.blind);
    return h(Empty, {
        title: rule ? `No alert of ${rule} fires` : 'All quiet',
        children: html`${looked}${blind && html` <b>But the picture is not whole:</b> ${blind.message}`}`,
        actions: hidden > 0 && html`<button type="button" class="button" onClick=${() => setParams({ state: 'silenced,pending' })}>Show ${counted(hidden, 'alert')} that ${hidden === 1 ? 'is' : 'are'} silenced or pending</button>`,
    });
}
