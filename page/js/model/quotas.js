// How quotas and costs are said. Pure.

/** @typedef {import('../../types/shapes.js').QuotaUse} QuotaUse */
/** @typedef {import('../../types/shapes.js').QuotaForecast} QuotaForecast */
/** @typedef {import('../../types/shapes.js').Amounts} Amounts */

const number = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 2 });

/** `1,000`, `0.25`. @param {number} n */
export const amount = (n) => number.format(n);

/** `87 %`, and never 100 % of what is not used up. @param {number} share */
export const percentOf = (share) => `${share < 1 ? Math.min(99, Math.round(share * 100)) : Math.round(share * 100)} %`;

/** How bad a share is. @param {number} share */
export const tone = (share) => (share >= 0.95 ? 'bad' : share >= 0.8 ? 'poor' : '');

/** @type {Record<string, string>} */
const SOURCES = {
    override: 'table, this account',
    service_quotas: 'Service Quotas',
    table: 'table',
    service_quotas_default: 'default (Service Quotas)',
    aws_default: 'default (documented)',
};

/** Where a value is from, and who answers for it. @param {Pick<QuotaUse, 'source' | 'owner'>} row */
export const sourceText = ({ source, owner }) => (source ? (SOURCES[source] ?? source) + (owner ? `, ${owner}` : '') : '');

/** When a quota will be used up. @param {QuotaForecast} forecast */
export function whenText({ kind, at, text }) {
    if (kind === 'at' && at) return `about ${new Date(at).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })}`;
    return { unknown: 'unknown', reached: 'used up', not_enough_history: 'too early to tell', not_growing: 'does not grow', later: 'in over a year' }[kind] ?? text;
}

/** `12.35 USD`; small ones keep what matters. @param {number | undefined} price @param {string | undefined} currency */
export function priceText(price, currency) {
    if (price === undefined) return '-';
    const digits = price >= 100 ? 0 : price >= 0.1 || price === 0 ? 2 : 4;
    return `${new Intl.NumberFormat('en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(price)} ${currency ?? ''}`.trim();
}

/** `99.9 %`, and never 100 % of what is not whole. @param {number | undefined} share */
export const wholeText = (share) => (share === undefined ? '-' : `${(Math.floor(share * 1000) / 10).toFixed(1)} %`);

/** The period of a row that is shown. @param {{ today: Amounts, day: Amounts, total: Amounts }} row @param {string} period @returns {Amounts} */
export const of = (row, period) => (period === 'today' ? row.today : period === 'total' ? row.total : row.day);
