/** The frame: bar, banners, the page, footer, and what lies above them. */

import { gone, tokenWanted } from '../api.js';
import { h, html, useEffect, useState } from '../html.js';
import { clock, duration } from '../format.js';
import { helpOpen, useKeys } from '../keys.js';
import { PAGES } from '../pages.js';
import { go, href, param, place, shared } from '../router.js';
import { heard, link, meta, now, picture, renewed, skew, summary, tick } from '../store.js';
import { toggleLive } from '../stream.js';
import { theme, toggleTheme } from '../theme.js';
import { Boundary } from './boundary.js';
import { Empty, Skeleton } from './empty.js';
import { Footer } from './footer.js';
import { Icon } from './icon.js';
import { lazy } from './lazy.js';
import { copy } from './link.js';
import { Glyph } from './state.js';
import { Palette, openPalette, paletteOpen } from './palette.js';
import { startTitle } from './title.js';
import { Toasts } from './toast.js';

const Help = lazy(() => import('./help.js').then((module) => module.Help));
const TokenDialog = lazy(() => import('./token.js').then((module) => module.TokenDialog));

/** @typedef {{ path: string, name: string, key: string, of: string[] }} PlaceLink */

/** The six places, and search over all logs behind the palette. @type {PlaceLink[]} */
const PLACES = [
    { path: '', name: 'Fleet', key: 'g f', of: ['fleet', 'account', 'logs', 'search'] },
    { path: 'alerts', name: 'Alerts', key: 'g a', of: ['alerts'] },
    { path: 'rules', name: 'Rules', key: 'g r', of: ['rules', 'rule'] },
    { path: 'pipeline', name: 'Pipeline', key: 'g p', of: ['pipeline'] },
    { path: 'cost', name: 'Cost', key: 'g c', of: ['cost'] },
    { path: 'silences', name: 'Silences', key: 'g s', of: ['silences', 'silence'] },
];

/** All of the page. */
export function App() {
    useEffect(startTitle, []);
    useKeys({
        ...Object.fromEntries(PLACES.map(({ key, path }) => [key, () => go(path)])),
        '/': openPalette,
        'Mod-k': openPalette,
        '?': () => { helpOpen.value = !helpOpen.peek(); },
        '.': toggleLive,
        d: toggleTheme,
        y: () => { copy(shared(now()), 'link'); },
    });
    const kiosk = param('kiosk') === '1';
    return html`<div class=${kiosk ? 'app kiosk' : 'app'}>
        <a class="skip" href="#main" onClick=${(/** @type {Event} */ event) => { event.preventDefault(); document.getElementById('main')?.focus(); }}>Skip to the page</a>
        ${h(Bar, {})}${h(DemoBar, {})}${h(Banners, {})}
        <main id="main" tabindex="-1" class=${gone.value ? 'is-gone' : ''}>${h(Boundary, { key: place.value?.name ?? '', children: h(Here, {}) })}</main>
        ${h(Footer, {})}
        ${paletteOpen.value && h(Palette, {})}${helpOpen.value && h(Help, { places: PLACES })}${tokenWanted.value && h(TokenDialog, {})}
        ${h(Toasts, {})}
    </div>`;
}

/** The page of this place. */
function Here() {
    const at = place.value;
    const name = at?.name ?? '';
    const [loaded, setLoaded] = useState(/** @type {{ name: string, module: import('../pages.js').Module | null, error: string }} */ ({ name: '', module: null, error: '' }));
    useEffect(() => {
        PAGES[name]?.().then(
            (module) => setLoaded({ name, module, error: '' }),
            (error) => setLoaded({ name, module: null, error: String(error) }),
        );
    }, [name]);
    if (!at) return h(Empty, { title: 'There is no such page', children: 'The address leads nowhere on this page.', actions: html`<a class="button" href=${href('')}>To the fleet</a>` });
    if (loaded.name === name && loaded.module) return h(loaded.module.Page, { args: at.args, key: name });
    if (loaded.name === name) return h(Empty, { title: 'The page could not be loaded', children: loaded.error, actions: html`<button type="button" class="button" onClick=${() => location.reload()}>Load again</button>` });
    return h(Skeleton, { rows: 8 });
}

function Bar() {
    const here = place.value?.name ?? '';
    const known = summary.value;
    const needs = known?.needs_attention ?? 0;
    const tone = (known?.states.critical ?? 0) > 0 ? 'count critical' : 'count warning';
    return html`<header class="bar">
        <a class="brand" href=${href('')} aria-label="Fanin, to the fleet">
            <svg viewBox="0 0 20 20" fill="none" stroke="var(--accent)" stroke-width="1.8" stroke-linecap="round" aria-hidden="true"><path d="M2 4c5 0 4 6 9 6M2 10h9M2 16c5 0 4-6 9-6"/><circle cx="15" cy="10" r="3" fill="var(--accent)"/></svg><span>Fanin</span>
        </a>
        <nav class="places" aria-label="Places">${PLACES.map(({ path, name, of }) => html`
            <a href=${href(path)} aria-current=${of.includes(here) ? 'page' : undefined}>${name}${path === '' && needs > 0 && html`<span class=${tone} title=${`${needs} accounts need attention`}>${needs}</span>`}</a>`)}
        </nav>
        <div class="find"><button type="button" class="find-button" onClick=${openPalette} aria-label="Search accounts, tenants, rules">
            ${h(Icon, { name: 'search' })}<span class="grow cut">Account, tenant, rule</span><kbd class="wide-only">/</kbd></button></div>
        ${h(Live, {})}
        <button type="button" class="button quiet icon" onClick=${toggleTheme} title="Dark or light (d)" aria-label=${`Theme: ${theme.value}`}>${h(Icon, { name: theme.value === 'dark' ? 'moon' : 'sun' })}</button>
        <button type="button" class="button quiet icon wide-only" onClick=${() => { helpOpen.value = true; }} title="Keys (?)" aria-label="Keys">${h(Icon, { name: 'help' })}</button>
    </header>`;
}

const LINKS = { connecting: 'connecting', live: 'live', polling: 'asking every 3 s', paused: 'paused', gone: 'no connection' };

/** Whether the page follows what happens, and how old the picture is. */
function Live() {
    const state = link.value;
    const at = Math.max(picture.value?.at ?? 0, summary.value ? Date.parse(summary.value.as_of) : 0);
    const age = at ? Math.max(0, (tick.value + skew.value - at) / 1000) : null;
    const quiet = state === 'live' && (age === null || age < 60);
    return html`<div class="live"><button type="button" class="button quiet small" onClick=${toggleLive} title="Follow what happens, or hold still (.)" aria-pressed=${state !== 'paused'}>
        <span class=${`dot is-${state}`}></span><span>${LINKS[state]}</span></button>
        ${age !== null && !quiet && html`<span class="faint wide-only">${duration(age)} ago</span>`}</div>`;
}

/** The simulated fleet says so. */
function DemoBar() {
    const demo = meta.value?.demo;
    return demo ? html`<div class="demo-bar"><span class="tag">DEMO</span><span>Simulated fleet, seed ${demo.seed}, scenario <b>${demo.scenario}</b>.</span><span>Connect your own: <code>fanin init</code></span>
        ${demo.scenarios.length > 1 && html`<label class="select push wide-only">another scenario<select value=${demo.scenario} onChange=${(/** @type {Event} */ event) => copy(`fanin demo --scenario ${/** @type {HTMLSelectElement} */ (event.target).value}`, 'the command of that scenario')}>${demo.scenarios.map((name) => html`<option value=${name}>${name}</option>`)}</select></label>`}</div>` : null;
}

/** What keeps the picture from being whole. */
function Banners() {
    const troubles = summary.value?.troubles ?? [];
    const lost = gone.value && link.value !== 'paused';
    return html`<div role="status">
        ${lost && html`<div class="banner calm"><span class="dot is-gone"></span><span>Reconnecting${heard.value ? `, data of ${clock(heard.value)}` : ''}. The server does not answer.</span></div>`}
        ${renewed.value && html`<div class="banner calm"><span>The server has a new version of this page.</span><button type="button" class="button small push" onClick=${() => location.reload()}>Load it</button></div>`}
        ${troubles.map((trouble) => html`<div key=${trouble.code} class=${trouble.blind ? 'banner blind' : 'banner'}>
            <span class=${`state ${trouble.blind ? 'critical' : 'warning'}`}>${h(Glyph, { state: 'warning' })}</span><span class="grow">${trouble.message}</span>
            ${trouble.link && html`<a class="push plain-link" href=${href(trouble.link)}>${named(trouble.link)}</a>`}</div>`)}
    </div>`;
}

/** @param {string} path */
const named = (path) => (path.charAt(0).toUpperCase() + path.slice(1)).split(/[/?]/)[0];

