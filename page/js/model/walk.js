/**
 * Walking from account to account along the list one came from. The list is an address of this page, relative to its root, such as
 * `?state=critical` or `alerts/rules/ApiErrorRate`; what it shows is asked for in the same words. Pure.
 */

/**
 * What to ask `GET /accounts` for, to get the accounts of that list.
 * @param {string} list
 * @returns {Record<string, string>}
 */
export function asked(list) {
    const [path = '', search = ''] = list.replace(/^\//, '').split('?', 2);
    const params = new URLSearchParams(search);
    /** @type {Record<string, string>} */
    const out = {};
    const onAlerts = path.startsWith('alerts');
    const rule = onAlerts
        ? (/^alerts\/rules\/([^/]+)/.exec(path)?.[1] ?? params.get('rule'))
        : (/^rules\/([^/]+)/.exec(path)?.[1] ?? params.get('rule'));
    if (rule) out['rule'] = decodeURIComponent(rule);
    for (const name of ['state', 'freshness', 'fresh', 'mark', 'tenant', 'q']) {
        const value = params.get(name);
        // Words of a list of alerts are about alerts, not about accounts.
        if (value && !(onAlerts && name !== 'tenant')) out[name === 'fresh' ? 'freshness' : name] = value;
    }
    return out;
}

/**
 * Where `id` stands in a list, and what is before and after it; from an id that is not in it one goes to its first and last.
 * @param {readonly string[]} ids
 * @param {string} id
 * @returns {{ at: number, of: number, before?: string, after?: string }}
 */
export function around(ids, id) {
    const at = ids.indexOf(id);
    const before = at < 0 ? ids[ids.length - 1] : ids[at - 1];
    const after = at < 0 ? ids[0] : ids[at + 1];
    return { at, of: ids.length, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}
