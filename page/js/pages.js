/** Which module draws which place. */

/** @import { Child } from './html.js' */
/** @typedef {{ Page: (props: { args: Record<string, string> }) => Child }} Module */

/** @type {Record<string, () => Promise<Module>>} */
export const PAGES = {
    fleet: () => import('./pages/fleet.js'),
    accounts: () => import('./pages/accounts.js'),
    alerts: () => import('./pages/alerts.js'),
    account: () => import('./pages/account.js'),
    logs: () => import('./pages/account.js'),
    search: () => import('./pages/search.js'),
    rules: () => import('./pages/rules.js'),
    rule: () => import('./pages/rule.js'),
    cost: () => import('./pages/cost.js'),
    pipeline: () => import('./pages/pipeline.js'),
    silences: () => import('./pages/silences.js'),
    silence: () => import('./pages/silences.js'),
};
