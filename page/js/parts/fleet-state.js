/** What the parts of the fleet page share while it is shown: what is lit, what is pointed at, what is selected. */

import { get, useAnswer } from '../api.js';
import { computed, signal, useEffect } from '../html.js';
import { asked, filtered, size } from '../model/filter.js';
import { digits } from '../model/picture.js';
import { changed, text } from '../model/url.js';
import { list, param } from '../router.js';
import { directory, picture } from '../store.js';

/** @import { FleetState } from '../../types/shapes' */

/** The rule that the mouse rests on. */
export const hoveredRule = signal('');
/** Rules that fire on the account that is pointed at. */
export const pointedRules = signal(/** @type {string[]} */ ([]));
/** The account that is pointed at, in the map or in the table; -1 for none. */
export const pointed = signal(-1);
/** Accounts that were selected, as indexes. */
export const selection = signal(/** @type {Set<number>} */ (new Set()));
/** State of each account at the time that is looked at; `null` for now. */
export const pastStates = signal(/** @type {Uint8Array | null} */ (null));
/** State of each account under the rule of the filter. */
export const ruleFilter = signal(/** @type {Uint8Array | null} */ (null));
/** State of each account under the rule that the mouse rests on. */
const hovered = signal(/** @type {Uint8Array | null} */ (null));

/** Accounts of the filter; `null` where there is none. */
export const matching = computed(() => {
    const known = directory.value;
    const now = picture.value;
    const rule = param('rule') ? (ruleFilter.value ?? new Uint8Array(0)) : null;
    return known && now ? filtered(known, now, { states: list('state'), q: param('q'), rule }) : null;
});

/** How many the filter leaves. */
export const matched = computed(() => (matching.value ? size(matching.value) : (directory.value?.ids.length ?? 0)));

/** Accounts that are lit: those of the rule that is pointed at, else those of the filter. */
export const lit = computed(() => {
    const over = hovered.value;
    return over ? over.map((state) => (state > 0 ? 1 : 0)) : matching.value;
});

/** The filter in words. */
export const filterText = computed(() => [...list('state').map((state) => `state=${state}`), param('rule') && `rule=${param('rule')}`, param('q')].filter(Boolean).join(' '));

/** The list that the view is, in the words of the API, for walking along it: without a filter, what needs attention. */
export const walked = computed(() => {
    const filter = { ...asked(list('state')), rule: param('rule'), q: param('q') };
    return text(changed(new URLSearchParams(), filterText.value ? filter : { state: 'critical,warning' }));
});

/** What takes the filter away. */
export const NO_FILTER = { state: null, rule: null, q: null };

/** State of each account under a rule; kept up to date. @param {string} rule @param {{ value: Uint8Array | null }} into */
export function useRuleState(rule, into) {
    /** @type {{ data: FleetState | null }} */
    const answer = useAnswer(rule ? 'fleet/state' : null, { rule }, { topic: 'state', every: 3000 });
    useEffect(() => {
        into.value = rule && answer.data?.state ? digits(answer.data.state) : null;
    }, [rule, answer.data]);
}

/** @type {Map<string, { at: number, states: Uint8Array }>} */
const known = new Map();

/** Lights the accounts of the rule that is pointed at. */
export function useHoveredRule() {
    const rule = hoveredRule.value;
    useEffect(() => {
        if (!rule) {
            hovered.value = null;
            return undefined;
        }
        const have = known.get(rule);
        if (have && performance.now() - have.at < 10_000) {
            hovered.value = have.states;
            return undefined;
        }
        const abort = new AbortController();
        const timer = setTimeout(async () => {
            try {
                const state = digits((await get('fleet/state', { rule }, abort.signal)).state ?? '');
                if (known.size > 40) known.clear();
                known.set(rule, { at: performance.now(), states: state });
                hovered.value = state;
            } catch {
                // Nothing is lit: the list of alerts tells the same.
            }
        }, 60);
        return () => {
            clearTimeout(timer);
            abort.abort();
        };
    }, [rule]);
}

/** Leaves nothing behind for the next visit. */
export function forget() {
    hoveredRule.value = '';
    hovered.value = null;
    pointedRules.value = [];
    pointed.value = -1;
    selection.value = new Set();
}
