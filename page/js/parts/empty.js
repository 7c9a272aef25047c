/** What is shown where there is nothing, not yet, or not any more. Never an empty box. */

import { h, html } from '../html.js';

/** @import { Child } from '../html.js' */
/** @import { Refused } from '../api.js' */

/** @param {{ title: string, children?: Child, actions?: Child }} props */
export function Empty({ title, children, actions }) {
    return html`<div class="empty"><div class="title">${title}</div>${children && html`<p>${children}</p>`}${actions && html`<div class="row wrap">${actions}</div>`}</div>`;
}

/** A filter that matches nothing: which one, how much it hides, and how to be rid of it. @param {{ what: string, hidden: number, filter: string, clear: () => void }} props */
export function NoMatch({ what, hidden, filter, clear }) {
    return h(Empty, {
        title: `No ${what} match`,
        children: html`${filter ? html`Filter <code>${filter}</code> hides ` : 'The filter hides '}${hidden.toLocaleString('en-US')} ${what}.`,
        actions: html`<button type="button" class="button" onClick=${clear}>Clear the filter</button>`,
    });
}

/** Why there is no answer. @param {{ error: Refused, again?: () => void }} props */
export function Failed({ error, again }) {
    return h(Empty, {
        title: error.title || 'No answer',
        children: html`${error.detail}${error.hint && html` <span class="faint">${error.hint}</span>`}`,
        actions: again && html`<button type="button" class="button" onClick=${again}>Try again</button>`,
    });
}

/** Rows that are on their way. @param {{ rows?: number }} props */
export function Skeleton({ rows = 6 }) {
    return html`<div class="stack skeletons" role="status" aria-label="Loading">${Array.from({ length: rows }, (_, i) => html`
        <span class="skeleton" style=${{ width: `${92 - ((i * 37) % 45)}%` }}></span>`)}</div>`;
}

/**
 * What an answer of `useAnswer` looks like: waiting, refused, or shown by `children`. The last answer stays where a new one fails.
 * @template T
 * @param {{ answer: { data: T | null, error: Refused | null, reload: () => void }, rows?: number, children: (data: T) => Child }} props
 */
export function Answer({ answer, rows, children }) {
    if (answer.data !== null) return children(answer.data);
    return answer.error ? h(Failed, { error: answer.error, again: answer.reload }) : html`<div class="body">${h(Skeleton, { rows })}</div>`;
}
