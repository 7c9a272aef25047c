/** The fleet: to be drawn. */
import { html } from '../html.js';
import { summary } from '../store.js';
import { useTitle } from '../parts/title.js';

export function Page() {
    useTitle('Fleet');
    return html`<div class="page-head"><h1>${summary.value?.verdict ?? 'Fleet'}</h1></div>`;
}
