// A hostile line as text nodes: what is not seen is shown as a symbol, hits of the search are marked.
import { html } from '../html.js';
import { pieces } from '../model/log-text.js';

/**
 * @param {{ text: string, words?: string[], multiline?: boolean, max?: number }} props
 */
export function Pieces({ text, words = [], multiline = false, max = Infinity }) {
    const all = pieces(text, { words, multiline, max });
    return html`<bdi>${all.map((piece) => {
        if (piece.kind === 'text') return piece.text;
        return piece.kind === 'hit' ? html`<mark>${piece.text}</mark>` : html`<span class="symbol" title=${piece.title}>${piece.text}</span>`;
    })}</bdi>`;
}
