/** Short notes at the foot of the window: `toast('Silence made', { to, label })`, `toast.bad(error)`. */

import { html, signal } from '../html.js';

/** @typedef {{ id: number, text: string, bad: boolean, label: string, act: (() => void) | null }} Note */

const notes = signal(/** @type {Note[]} */ ([]));
let next = 1;

/** @param {string} text @param {{ bad?: boolean, label?: string, act?: () => void }} [how] `label` and `act` make a button, such as "Undo" */
export function toast(text, { bad = false, label = '', act } = {}) {
    const id = next;
    next += 1;
    notes.value = [...notes.peek().slice(-2), { id, text, bad, label, act: act ?? null }];
    setTimeout(() => drop(id), bad || act ? 8000 : 2600);
}

/** Says why something was not done. @param {unknown} error */
toast.bad = (error) => {
    const { detail = String(error), hint = '' } = /** @type {{ detail?: string, hint?: string }} */ (error ?? {});
    toast(hint ? `${detail} ${hint}` : detail, { bad: true });
};

/** @param {number} id */
function drop(id) {
    notes.value = notes.peek().filter((note) => note.id !== id);
}

export function Toasts() {
    return html`<div class="toasts" role="status" aria-live="polite">${notes.value.map((note) => html`
        <div class=${note.bad ? 'toast bad' : 'toast'} key=${note.id}><span>${note.text}</span>${note.act && html`
            <button type="button" class="button small" onClick=${() => { note.act?.(); drop(note.id); }}>${note.label}</button>`}
        </div>`)}</div>`;
}
