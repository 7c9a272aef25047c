/** What a rule says of its alerts, with what is filled in for each of them set apart. */

import { html } from '../html.js';
import { phrases } from '../model/rules.js';

/** @param {{ text: string }} props */
export const Summary = ({ text }) => html`${phrases(text).map((one) => (one.slot ? html`<i class="slot">${one.text}</i>` : one.text))}`;
