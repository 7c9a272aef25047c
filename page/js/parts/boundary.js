/** A part that fails takes nothing else with it. */

import { html, useErrorBoundary } from '../html.js';

/** @param {{ children?: import('../html.js').Child }} props */
export function Boundary({ children }) {
    const [error, again] = useErrorBoundary((what) => console.error(what));
    if (!error) return children;
    return html`<div class="empty"><div class="title">This part of the page failed</div><p>${String(error)}</p><div class="row"><button type="button" class="button" onClick=${again}>Try again</button></div></div>`;
}
