/** The fleet: verdict first, then what fires, then the map of all accounts. */

import { h, html, useEffect } from '../html.js';
import { count } from '../format.js';
import { useKeys } from '../keys.js';
import { command } from '../model/cli.js';
import { asked } from '../model/filter.js';
import { groups } from '../model/grid.js';
import { follow, list, param, setParams } from '../router.js';
import { directory, may, picture, summary } from '../store.js';
import { Chips, Tools, Verdict } from '../parts/fleet-head.js';
import { FleetMap, groupBy } from '../parts/fleet-map.js';
import { FiringByRule, InCommon, NoiseReport, useRuleGroups } from '../parts/fleet-rules.js';
import { NO_FILTER, filterText, forget, matched, matching, pointed, ruleFilter, useHoveredRule, useRuleState } from '../parts/fleet-state.js';
import { lazy } from '../parts/lazy.js';
import { copy } from '../parts/link.js';
import { silenceHref } from '../parts/selection.js';
import { useCli, useTitle } from '../parts/title.js';

const FirstSteps = lazy(() => import('../parts/first-steps.js').then((module) => module.FirstSteps));
const AccountPanel = lazy(() => import('../parts/fleet-panel.js').then((module) => module.AccountPanel));

export function Page() {
    useTitle('Fleet');
    const known = directory.value;
    useCli(command('accounts', { ...asked(list('state')), rule: param('rule'), q: param('q'), 'group-by': known && groupBy(known) !== 'none' ? groupBy(known) : '' }));
    useRuleState(param('rule'), ruleFilter);
    useHoveredRule();
    useEffect(() => forget, []);
    useKeys({
        m: () => setParams({ view: param('view') === 'table' ? null : 'table' }),
        t: () => (param('view') === 'table' ? false : setParams({ at: param('at') ? null : 'now-15m' })),
        Escape: () => (param('kiosk') ? setParams({ kiosk: null }) : filterText.peek() ? setParams(NO_FILTER) : false),
        c: () => withPointed((id) => copy(id, 'account id')),
        s: () => withPointed((id) => may.peek().write && follow(silenceHref([id]))),
        ...(param('view') === 'table' ? {} : { j: () => along(1), k: () => along(-1) }),
    });
    const rules = useRuleGroups();
    const steps = summary.value?.first_steps;
    if (steps && !steps.received && !known?.ids.length) return h(FirstSteps, { steps });
    const account = param('account');
    const none = known && filterText.value && matched.value === 0 && (!param('rule') || ruleFilter.value);
    return html`<div class="page-head">${h(Verdict, {})}${h(Tools, {})}</div>
        ${steps && !steps.received && h(FirstSteps, { steps })}
        ${h(Chips, {})}
        <div class="fleet">
            <div class="fleet-side stack">${h(FiringByRule, { groups: rules })}${h(InCommon, { groups: rules.data })}${h(NoiseReport, {})}</div>
            <div class="fleet-main">${none && param('view') !== 'table' && html`<div class="notice row"><span class="grow"><b>No account matches.</b> The filter <code>${filterText.value}</code> hides all ${count(known.ids.length)}.</span><button type="button" class="button small" onClick=${() => setParams(NO_FILTER)}>Clear the filter</button></div>`}${h(FleetMap, {})}</div>
        </div>
        ${account && h(AccountPanel, { key: 'panel', id: account, step: walk })}`;
}

/** Does something with the account that is pointed at; lets the key go on where there is none. @param {(id: string) => unknown} act */
function withPointed(act) {
    const id = directory.peek()?.ids[pointed.peek()];
    return id ? void act(id) : false;
}

/** Goes through the rows of rules. @param {1 | -1} way */
function along(way) {
    const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('.rule-row .name')]);
    const at = rows.findIndex((row) => row === document.activeElement);
    const next = at < 0 ? (way > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, at + way));
    rows[next]?.focus();
}

/** The next account of the view, in the order of the map; those that need attention first where nothing is filtered. @param {1 | -1} way */
function walk(way) {
    const known = directory.peek();
    const view = picture.peek();
    const now = known?.at(param('account')) ?? -1;
    if (!known || !view) return;
    const set = matching.peek();
    const wanted = (/** @type {number} */ i) => (set ? set[i] === 1 : (view.state[i] ?? 0) > 1 || i === now);
    const all = groups(known, groupBy(known)).flatMap(({ members }) => members).filter(wanted);
    const next = all[(all.indexOf(now) + way + all.length) % all.length];
    if (next !== undefined && next !== now) setParams({ account: known.ids[next] ?? '' }, { typing: true });
}
