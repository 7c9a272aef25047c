/** A panel at the side: the list stays in view. What is open stands in the address, so whoever shows it closes it there. */

import { createPortal, h, html, useEffect, useLayoutEffect, useRef } from '../html.js';
import { useKeys } from '../keys.js';
import { Icon } from './icon.js';

/** @import { Child } from '../html.js' */

/** @param {{ title: Child, label: string, close: () => void, children?: Child, foot?: Child, wide?: boolean, tools?: Child }} props `label` is the title for screen readers */
export function Panel({ title, label, close, children, foot, wide = false, tools }) {
    const box = useRef(/** @type {HTMLElement | null} */ (null));
    useKeys({ Escape: close }, true);
    useEffect(() => {
        const before = document.activeElement;
        box.current?.focus({ preventScroll: true });
        return () => {
            if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
        };
    }, []);
    return createPortal(html`<aside ref=${box} class=${wide ? 'side wide' : 'side'} tabindex="-1" role="complementary" aria-label=${label}>
        <header><h2 class="grow cut">${title}</h2>${tools}<button type="button" class="button quiet icon" aria-label="Close" title="Close (Esc)" onClick=${close}>${h(Icon, { name: 'close' })}</button></header>
        <div class="body">${children}</div>
        ${foot && html`<footer>${foot}</footer>`}
    </aside>`, document.body);
}

/** A dialog, for what has to be decided; nothing is read in dialogs. @param {{ title: string, close: () => void, children?: Child, bare?: boolean }} props */
export function Dialog({ title, close, children, bare = false }) {
    const box = useRef(/** @type {HTMLElement | null} */ (null));
    useKeys({ Escape: close }, true);
    useLayoutEffect(() => {
        const before = document.activeElement;
        const field = box.current?.querySelector('input, textarea, select, button');
        if (field instanceof HTMLElement) field.focus();
        return () => {
            if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
        };
    }, []);
    return html`<div class="scrim" onMouseDown=${(/** @type {MouseEvent} */ event) => event.target === event.currentTarget && close()}>
        <div ref=${box} class="dialog" role="dialog" aria-modal="true" aria-label=${title} onKeyDown=${(/** @type {KeyboardEvent} */ event) => hold(event, box.current)}>
            ${bare ? children : html`<header><h2>${title}</h2></header><div class="body">${children}</div>`}
        </div>
    </div>`;
}

/** Tab stays inside. @param {KeyboardEvent} event @param {HTMLElement | null} box */
function hold(event, box) {
    if (event.key !== 'Tab' || !box) return;
    const all = /** @type {HTMLElement[]} */ ([...box.querySelectorAll('a[href], button:not(:disabled), input, select, textarea, [tabindex="0"]')]);
    const edge = event.shiftKey ? all[0] : all.at(-1);
    if (document.activeElement !== edge) return;
    (event.shiftKey ? all.at(-1) : all[0])?.focus();
    event.preventDefault();
}
