/**
 * The fleet page. This is where it begins, and how its parts are written:
 *
 * - Pages are `pages/<name>.js` and export `Page({ args })`; `PAGES` in pages.js says which place is which. They are loaded when they are
 *   first seen. `useTitle('Alerts')` names the tab, `useCli('fanin alerts --state critical')` fills the footer.
 * - A part is a function of its props, put into templates as `${h(Part, { prop })}`. No text ever goes in as HTML. Styles are
 *   classes; `style=${{ width: '3px' }}` for what is computed. Own styles of a page: css/fleet.css, css/alerts.css, css/account.css.
 * - html.js      h, html, Fragment, signal, computed, effect, batch, hooks, classes({ name: on })
 * - router.js    place, here, params, param(name), list(name), setParams(changes, { typing }), go(path, params), href(path, params),
 *                hrefHere(changes), shared(now). State of a page stands in its address, never in a variable beside it.
 * - api.js       get, post, del, useAnswer(path, params, { topic, every }), Refused, touch(topic). Topics: state, groups, pipeline,
 *                silences. After a change of your own: `touch('groups')`.
 * - store.js     meta, directory, picture, summary, may, now(), tick, skew, link
 * - stream.js    useTail(wanted, hear, on), live, toggleLive
 * - keys.js      useKeys({ j, 'g a', 'Mod-k', Escape })
 * - format.js    accountId, count, counted, short, bytes, rate, percent, duration, brief, clock, clockMillis, moment, stateWord
 * - theme.js     theme, themeVersion (read it in canvases: it moves when colours change), token('--critical'), read, write
 * - parts/       State, Glyph (state.js), Icon, AccountLink RuleLink Count OutLink CopyButton copy (link.js), Table (table.js),
 *                Panel Dialog (panel.js), Empty NoMatch Failed Skeleton Answer (empty.js), Age AsOf Until since (age.js), Spark sharp,
 *                Blocks, toast, Boundary, lazy (a part in a module of its own, loaded when it is first shown)
 * - model/       pure; each with a test/<name>.test.mjs. After a change of imports: node page/test/first.test.mjs --write
 * - Classes: panel (with header, .body, footer), button (primary quiet small icon danger), group, chip, field, select, tag, label-pair,
 *   count, row, stack, wrap, push, grow, cut, muted, faint, strong, num, notice, pairs (dl), page-head (h1 and .tools), table-foot.
 * - What writes is shown only with `may.value.write`; else it is disabled and says why.
 * - The page's security policy is `default-src 'self'; img-src 'self' data:` (the icon with a number on it is drawn here).
 */

import { askEarly } from './early.js';
import { FIRST, PLACES } from './first.js';

const root = new URL('..', import.meta.url);
const place = location.pathname.slice(root.pathname.length).split('/')[0] ?? '';

for (const path of ['fleet/directory', 'fleet/state', 'fleet/summary', 'meta']) askEarly(root, path);
// What is needed first is asked for at once, and not module by module as each names the next.
for (const path of [...FIRST, ...(PLACES[place] ?? [])]) {
    const link = document.createElement('link');
    link.rel = 'modulepreload';
    link.href = new URL(path, root).href;
    document.head.append(link);
}
import('./app.js').catch((error) => {
    const box = document.getElementById('app');
    if (box) box.textContent = `The page could not be loaded, load it again: ${error}`;
});
