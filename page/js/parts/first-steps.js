/** Where nothing was ever received: what is missing, step by step. */

import { h, html } from '../html.js';
import { meta } from '../store.js';
import { CopyButton } from './link.js';
import { Icon } from './icon.js';

/** @import { FirstSteps as Steps } from '../../types/shapes' */

/** @type {[keyof Steps, string, string][]} */
const STEPS = [
    ['sources', 'A source can be read', 'A Kinesis stream, a folder, or an HTTP receiver that listens.'],
    ['received', 'The first record came in', 'Point a subscription filter or an exporter at it.'],
    ['decoded', 'It could be decoded', 'What cannot be read is kept as a dead letter, with its reason.'],
    ['known', 'It came from an account that the directory knows', 'Accounts that only speak are shown as unassigned.'],
];

/** @param {{ steps: Steps }} props */
export function FirstSteps({ steps }) {
    const next = STEPS.findIndex(([key]) => !steps[key]);
    return html`<section class="panel first-steps"><div class="body stack">
        <h1>Nothing was received yet</h1>
        <p class="muted">This page fills by itself. It looks again every few seconds; each step is ticked when it is done.</p>
        <ol>${STEPS.map(([key, title, hint], i) => html`<li class=${steps[key] ? 'is-done' : i === next ? 'is-next' : ''}>
            <span class="tick" aria-hidden="true">${steps[key] ? h(Icon, { name: 'check' }) : i + 1}</span><div><b>${title}</b><span class="sr">${steps[key] ? ', done' : ', waiting'}</span><p class="muted">${hint}</p></div></li>`)}</ol>
        <p class="row wrap">What is wrong is told by <code>fanin doctor</code>${h(CopyButton, { text: 'fanin doctor', what: 'command' })}${!meta.value?.demo && html`<span class="muted">To look around first: <code>fanin demo</code></span>`}</p>
    </div></section>`;
}
