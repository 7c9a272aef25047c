/** Asks for a token, where the server wants one. */

import { signIn } from '../api.js';
import { h, html, useState } from '../html.js';
import { loadMeta } from '../store.js';
import { Dialog } from './panel.js';

export function TokenDialog() {
    const [why, setWhy] = useState('');
    const [busy, setBusy] = useState(false);
    const submit = async (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        const field = /** @type {HTMLFormElement} */ (event.currentTarget).elements.namedItem('token');
        if (!(field instanceof HTMLInputElement) || !field.value.trim()) return;
        setBusy(true);
        try {
            await signIn(field.value.trim());
            loadMeta().catch(() => undefined);
        } catch (error) {
            setWhy(error instanceof Error ? error.message : String(error));
        }
        setBusy(false);
    };
    return h(Dialog, {
        title: 'A token, please',
        close: () => undefined,
        children: html`<form class="stack" onSubmit=${submit}>
            <p class="muted">This page is read with a token of <code>page.access.tokens</code> in the configuration. It stays in a cookie of this browser that scripts cannot read.</p>
            <input class="field" name="token" type="password" autocomplete="current-password" aria-label="Token" placeholder="Token" />
            ${why && html`<div class="notice bad" role="alert">${why}</div>`}
            <div class="row"><button class="button primary" disabled=${busy}>Sign in</button></div>
        </form>`,
    });
}
