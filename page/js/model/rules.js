/** Rules as lists and pages show them. Pure. */

/** @import { Diagnostic, Instance, RuleRow, State } from '../../types/shapes' */

/** @type {readonly State[]} */
const WORST_FIRST = ['critical', 'warning', 'error', 'no_data', 'pending', 'ok'];

/** What rules can be chosen by, and what that means. */
export const CHOICES = /** @type {const} */ ([
    ['firing', 'firing'],
    ['pending', 'pending'],
    ['no_data', 'no data'],
    ['error', 'error'],
    ['overrides', 'with overrides'],
    ['quiet', 'quiet'],
]);

/** Whether a rule is of a kind. @param {RuleRow} rule @param {string} choice */
function is(rule, choice) {
    switch (choice) {
        case 'firing':
            return rule.firing > 0;
        case 'pending':
            return rule.pending > 0;
        case 'no_data':
            return rule.no_data > 0;
        case 'error':
            return rule.state === 'error';
        case 'overrides':
            return rule.overrides > 0;
        case 'quiet':
            return rule.firing + rule.pending + rule.no_data === 0 && rule.state === 'ok';
        default:
            return true;
    }
}

/** How many rules are of each kind. @param {readonly RuleRow[]} rules */
export const tally = (rules) => Object.fromEntries(CHOICES.map(([choice]) => [choice, rules.filter((rule) => is(rule, choice)).length]));

/** Rules that hold all words, and are of one of the kinds. @param {readonly RuleRow[]} rules @param {string} q @param {readonly string[]} choices */
export function chosen(rules, q, choices) {
    const words = q.toLowerCase().split(/\s+/).filter(Boolean);
    return rules.filter((rule) => {
        const labels = Object.entries(rule.labels).map(([name, value]) => `${name}=${value}`);
        const text = [rule.rule, rule.kind, rule.level, rule.file, rule.summary ?? '', rule.selector ?? '', ...labels].join(' ').toLowerCase();
        return words.every((word) => text.includes(word)) && (choices.length === 0 || choices.some((choice) => is(rule, choice)));
    });
}

/** Columns that rules can be ordered by. */
export const ORDERS = /** @type {const} */ (['state', 'rule', 'applies', 'firing', 'pending', 'no_data', 'overrides', 'changed']);

/** @typedef {(typeof ORDERS)[number]} Order */

/** What is most of it first; names ascending. @param {Order} order @returns {(a: RuleRow, b: RuleRow) => number} */
function compare(order) {
    const name = (/** @type {RuleRow} */ a, /** @type {RuleRow} */ b) => a.rule.localeCompare(b.rule);
    const worst = (/** @type {RuleRow} */ rule) => -WORST_FIRST.indexOf(rule.state);
    /** @type {Record<Order, (rule: RuleRow) => number>} */
    const figures = {
        state: (rule) => worst(rule) * 1e6 + rule.firing,
        rule: () => 0,
        applies: (rule) => rule.applies_to,
        firing: (rule) => rule.firing,
        pending: (rule) => rule.pending,
        no_data: (rule) => rule.no_data,
        overrides: (rule) => rule.overrides,
        changed: (rule) => (rule.changed ? Date.parse(rule.changed) : 0),
    };
    return (a, b) => figures[order](b) - figures[order](a) || name(a, b);
}

/** Rules in an order, which is a new list. @param {readonly RuleRow[]} rules @param {string} order */
export function ordered(rules, order) {
    const known = ORDERS.find((one) => one === order) ?? 'state';
    return [...rules].sort(compare(known));
}

/** How far an instance is from firing, in words. @param {Instance} instance */
export function nearness({ distance, state }) {
    if (distance === undefined || distance === null) return '';
    const share = Math.abs(distance) * 100;
    const text = share >= 1000 ? '>999' : share < 10 && share > 0 ? share.toFixed(1).replace(/\.0$/, '') : String(Math.round(share));
    if (distance < 0) return `${text} % beyond`;
    if (distance === 0) return 'at the threshold';
    return state === 'critical' || state === 'warning' ? `${text} % inside, fires still` : `${text} % to go`;
}

/** Width of the bar that shows it: full at the threshold and beyond. @param {Instance} instance */
export function fill({ distance }) {
    if (distance === undefined || distance === null) return 0;
    return Math.min(1, Math.max(0.02, 1 - Math.max(0, distance)));
}

/** Whether it does not fire and is near to it. @param {Instance} instance */
export const aboutToFire = ({ distance, state }) =>
    (state === 'ok' || state === 'pending') && distance !== undefined && distance !== null && distance < 0.1;

/**
 * What a rule says of its alerts, with what is filled in as slots: `{{ value | percent }}` is the slot `value`.
 * @param {string} summary @returns {{ text: string, slot: boolean }[]}
 */
export function phrases(summary) {
    return summary
        .split(/\{\{\s*([^}|\s]+)[^}]*\}\}/)
        .map((text, i) => ({ text, slot: i % 2 === 1 }))
        .filter(({ text }) => text !== '');
}

/** What is wrong, by line; `0` for what has no line. @param {readonly Diagnostic[]} diagnostics @returns {Map<number, Diagnostic[]>} */
export function byLine(diagnostics) {
    /** @type {Map<number, Diagnostic[]>} */
    const out = new Map();
    for (const one of diagnostics) {
        const line = one.line ?? 0;
        out.set(line, [...(out.get(line) ?? []), one]);
    }
    return out;
}
