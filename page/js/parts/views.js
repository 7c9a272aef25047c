/** Saved views: those of the team come with the configuration, one's own stay in this browser. */

import { h, html, signal, useEffect, useRef, useState } from '../html.js';
import { follow, here, href, params } from '../router.js';
import { meta } from '../store.js';
import { read, write } from '../theme.js';
import { text } from '../model/url.js';
import { Icon } from './icon.js';
import { toast } from './toast.js';

/** @import { SavedView } from '../../types/shapes' */

/** One's own views. */
export const own = signal(/** @type {SavedView[]} */ (stored()));

/** @returns {SavedView[]} */
function stored() {
    try {
        const all = JSON.parse(read('fanin.views') || '[]');
        return Array.isArray(all) ? all.filter((view) => typeof view?.name === 'string' && typeof view?.url === 'string') : [];
    } catch {
        return [];
    }
}

/** @param {SavedView[]} views */
function keep(views) {
    own.value = views;
    write('fanin.views', views.length ? JSON.stringify(views) : '');
}

/** Address of a view. @param {SavedView} view */
export const viewHref = (view) => href(view.url.replace(/^\.?\//, ''));

export function Views() {
    const [open, setOpen] = useState(false);
    const box = useRef(/** @type {HTMLDivElement | null} */ (null));
    useEffect(() => {
        if (!open) return undefined;
        const away = (/** @type {Event} */ event) => {
            if (event instanceof KeyboardEvent ? event.key === 'Escape' : !box.current?.contains(/** @type {Node} */ (event.target))) setOpen(false);
        };
        addEventListener('pointerdown', away);
        addEventListener('keydown', away);
        return () => {
            removeEventListener('pointerdown', away);
            removeEventListener('keydown', away);
        };
    }, [open]);
    const team = meta.value?.views ?? [];
    const save = (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        const form = /** @type {HTMLFormElement} */ (event.currentTarget);
        const field = form.elements.namedItem('name');
        const name = field instanceof HTMLInputElement ? field.value.trim() : '';
        if (!name) return;
        keep([...own.peek().filter((view) => view.name !== name), { name, url: here.peek() + text(params.peek()) }]);
        form.reset();
        toast(`Saved "${name}" in this browser`);
    };
    const item = (/** @type {SavedView} */ view, /** @type {boolean} */ mine) => html`<li class="row">
        <a class="grow cut" href=${viewHref(view)} onClick=${(/** @type {MouseEvent} */ event) => { event.preventDefault(); setOpen(false); follow(viewHref(view)); }}>${view.name}</a>
        ${mine && html`<button type="button" class="button quiet icon small" aria-label=${`Forget ${view.name}`} onClick=${() => keep(own.peek().filter((one) => one !== view))}>${h(Icon, { name: 'trash' })}</button>`}</li>`;
    return html`<div class="menu" ref=${box}>
        <button type="button" class="button" aria-expanded=${open} aria-haspopup="true" onClick=${() => setOpen(!open)}>${h(Icon, { name: 'star' })}<span>Views</span></button>
        ${open && html`<div class="menu-box">
            ${team.length > 0 && html`<h3>Team</h3><ul>${team.map((view) => item(view, false))}</ul>`}
            ${own.value.length > 0 && html`<h3>Mine</h3><ul>${own.value.map((view) => item(view, true))}</ul>`}
            ${team.length + own.value.length === 0 && html`<p class="faint">A view is an address with a name. Team views stand in the configuration under <code>page.views</code>.</p>`}
            <form class="row" onSubmit=${save}><input class="field grow" name="name" maxlength="60" placeholder="Name this view" aria-label="Name of this view" /><button class="button">Save</button></form>
        </div>`}
    </div>`;
}
