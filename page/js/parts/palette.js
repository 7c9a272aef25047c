/** The palette: go to any account, tenant, rule or page by a few letters. */

import { get } from '../api.js';
import { h, html, signal, useEffect, useMemo, useRef, useState } from '../html.js';
import { accountId } from '../format.js';
import { catchLetters } from '../keys.js';
import { STATES } from '../model/picture.js';
import { indexed, search } from '../model/search.js';
import { changed, text } from '../model/url.js';
import { follow, go, href, shared } from '../router.js';
import { directory, meta, now, picture } from '../store.js';
import { toggleTheme } from '../theme.js';
import { Icon } from './icon.js';
import { copy } from './link.js';
import { Dialog } from './panel.js';
import { Glyph } from './state.js';
import { own, viewHref } from './views.js';

/** @import { Found, Known } from '../model/search.js' */

export const paletteOpen = signal(false);
const words = signal('');

/** Opens it; what is typed from now on goes into it, even before it is drawn. */
export function openPalette() {
    if (paletteOpen.peek()) return;
    words.value = '';
    paletteOpen.value = true;
    catchLetters((letter) => { words.value += letter; });
}

function closePalette() {
    paletteOpen.value = false;
    catchLetters(null);
}

const rules = signal(/** @type {string[]} */ ([]));

/** @type {Known[]} */
const PAGES = [['Fleet', ''], ['Alerts', 'alerts'], ['Rules', 'rules'], ['Pipeline', 'pipeline'], ['Cost and quotas', 'cost'], ['Silences', 'silences'], ['New silence', 'silences/new'], ['Search all logs', 'logs']].map(([title = '', to = '']) => ({ kind: 'page', title, to }));
/** @type {Known[]} */
const ACTS = [{ kind: 'act', title: 'Dark or light', to: 'theme' }, { kind: 'act', title: 'Copy the link', to: 'link' }, { kind: 'act', title: 'Wall screen (kiosk)', to: 'kiosk' }];

const KINDS = { account: 'Account', tenant: 'Tenant', rule: 'Rule', page: 'Page', view: 'View', act: 'Do' };

/** Where words lead that are not the name of anything. @param {string} typed @returns {Found[]} */
function elsewhere(typed) {
    const q = typed.trim();
    if (q.length < 3) return [];
    return [
        { kind: 'page', title: `Filter the fleet by "${q}"`, detail: '', to: text(changed(new URLSearchParams(), { q })), score: 0, at: -1 },
        { kind: 'page', title: `Search all logs for "${q}"`, detail: '', to: `logs${text(changed(new URLSearchParams(), { q }))}`, score: 0, at: -1 },
    ];
}

/** @param {Found} found @param {boolean} aside in a new tab */
function openIt(found, aside) {
    closePalette();
    if (found.kind === 'act') {
        if (found.to === 'theme') toggleTheme();
        else if (found.to === 'link') copy(shared(now()), 'link');
        else go('', { kiosk: 1 });
        return;
    }
    const to = found.kind === 'account' ? href(`accounts/${found.to}`) : found.kind === 'tenant' ? href('', { q: `tenant=${found.to}` }) : found.kind === 'view' ? viewHref({ name: '', url: found.to }) : href(found.to);
    if (aside) window.open(to, '_blank', 'noopener');
    else follow(to);
}

export function Palette() {
    const typed = words.value;
    const [at, setAt] = useState(0);
    const list = useRef(/** @type {HTMLDivElement | null} */ (null));
    const known = directory.value;
    const index = useMemo(() => (known ? indexed(known) : null), [known]);
    useEffect(() => {
        get('rules', { limit: 500 }).then((/** @type {{ items: { rule: string }[] }} */ answer) => { rules.value = answer.items.map(({ rule }) => rule); }, () => undefined);
    }, []);
    const fixed = useMemo(() => /** @type {Known[]} */ ([
        ...PAGES,
        ...[...(meta.value?.views ?? []), ...own.value].map(({ name, url }) => ({ kind: 'view', title: name, to: url })),
        ...rules.value.map((rule) => ({ kind: 'rule', title: rule, to: `rules/${encodeURIComponent(rule)}` })),
        ...ACTS,
    ]), [meta.value, own.value, rules.value]);
    const found = useMemo(() => [...search(index, typed ? fixed : fixed.filter(({ kind }) => kind !== 'rule'), typed, 14), ...elsewhere(typed)], [index, fixed, typed]);
    const chosen = Math.min(at, Math.max(0, found.length - 1));
    useEffect(() => list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' }), [chosen]);
    const press = (/** @type {KeyboardEvent} */ event) => {
        const down = event.key === 'ArrowDown' || (event.ctrlKey && event.key === 'n');
        if (down || event.key === 'ArrowUp' || (event.ctrlKey && event.key === 'p')) setAt((chosen + (down ? 1 : -1) + found.length) % Math.max(1, found.length));
        else if (event.key === 'Enter' && found[chosen]) openIt(found[chosen], event.ctrlKey || event.metaKey);
        else return;
        event.preventDefault();
        event.stopPropagation();
    };
    return h(Dialog, {
        title: 'Search',
        bare: true,
        close: closePalette,
        children: html`<div class="palette-head">${h(Icon, { name: 'search' })}<input class="palette-field" type="text" value=${typed} placeholder="Any part of an account id, tenant, rule or page" aria-label="Search" role="combobox" aria-expanded="true" aria-controls="found" aria-activedescendant=${found.length ? `found-${chosen}` : undefined} autocomplete="off" spellcheck=${false}
                onInput=${(/** @type {InputEvent} */ event) => { words.value = /** @type {HTMLInputElement} */ (event.target).value; setAt(0); }} onKeyDown=${press} /><kbd>Esc</kbd></div>
            <div class="palette-list" role="listbox" id="found" aria-label="Found" ref=${list}>
                ${found.map((one, i) => html`<div key=${`${one.kind} ${one.to}`} id=${`found-${i}`} class=${i === chosen ? 'found is-on' : 'found'} role="option" aria-selected=${i === chosen} onMouseMove=${() => i !== chosen && setAt(i)} onClick=${(/** @type {MouseEvent} */ event) => openIt(one, event.ctrlKey || event.metaKey)}>
                    <span class="kind faint">${KINDS[one.kind]}</span>${one.kind === 'account' && h(Dot, { at: one.at })}<span class=${one.kind === 'account' ? 'mono nowrap' : 'cut'}>${one.kind === 'account' ? accountId(one.title) : one.title}</span><span class="cut grow faint">${one.detail}</span></div>`)}
                ${found.length === 0 && html`<div class="empty"><p>Nothing has <b>${typed}</b> in it: no account of ${known?.ids.length ?? 0}, no tenant, no rule.</p></div>`}
            </div>
            <div class="palette-foot faint"><span><kbd>\u2191</kbd> <kbd>\u2193</kbd> move</span><span><kbd>Enter</kbd> open</span><span><kbd>Ctrl Enter</kbd> in a new tab</span></div>`,
    });
}

/** @param {{ at: number }} props index of the account */
function Dot({ at }) {
    const state = STATES[picture.value?.state[at] ?? 0] ?? 'ok';
    return html`<span class=${`state ${state}`}>${h(Glyph, { state })}</span>`;
}
