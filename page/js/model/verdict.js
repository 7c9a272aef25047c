/**
 * One sentence about the fleet, in parts, so that every number can lead to the list behind it. Pure.
 *
 * @import { Summary } from '../../types/shapes'
 * @typedef {{ text: string, to?: { path: string, params: Record<string, string> } }} Piece
 */

import { count, counted, duration } from '../format.js';

/** @param {string} text @param {string} path @param {Record<string, string>} [params] @returns {Piece} */
const leads = (text, path, params = {}) => ({ text, to: { path, params } });

/** @param {Summary} summary @param {number} now @returns {Piece[]} */
export function verdict(summary, now) {
    const { needs_attention: bad, accounts, freshness, states, rules_firing: firing, newest } = summary;
    /** @type {Piece[]} */
    const out = [];
    if (bad) out.push(leads(count(bad), '', { state: 'critical,warning' }), { text: ` of ${counted(accounts, 'account')} ${bad === 1 ? 'needs' : 'need'} attention` });
    else out.push({ text: `None of ${counted(accounts, 'account')} needs attention` });
    if (freshness.silent) out.push({ text: ', ' }, leads(count(freshness.silent), '', { state: 'silent' }), { text: ` ${freshness.silent === 1 ? 'is' : 'are'} silent` });
    if (freshness.late) out.push({ text: ', ' }, leads(count(freshness.late), '', { state: 'late' }), { text: ' late' });
    if (states.no_data) out.push({ text: ', ' }, leads(count(states.no_data), '', { state: 'no_data' }), { text: ' without data' });
    out.push({ text: '. ' });
    if (firing) {
        out.push(leads(counted(firing, 'rule'), 'alerts'), { text: ' firing' });
        if (newest) out.push({ text: `, newest ${duration((now - Date.parse(newest)) / 1000)} ago` });
        out.push({ text: '.' });
    }
    return out;
}

/** What is said where nothing fires. @param {Summary} summary @param {number} now */
export function quiet(summary, now) {
    const ago = (/** @type {string} */ at) => duration((now - Date.parse(at)) / 1000);
    const evaluated = summary.evaluated ? `${counted(summary.rules, 'rule')} evaluated ${ago(summary.evaluated)} ago over ${counted(summary.accounts, 'account')}.` : `${counted(summary.rules, 'rule')}, not evaluated yet.`;
    const resolved = summary.last_resolved ? ` Last alert resolved ${ago(summary.last_resolved)} ago.` : '';
    return evaluated + resolved;
}

/** Whether nothing of the picture can be trusted: rules stand still. @param {Summary | null} summary */
export const blind = (summary) => summary?.troubles.some(({ blind: wrong, code }) => wrong && code !== 'late') ?? false;
