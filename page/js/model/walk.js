/**
 * Walking from account to account along the list one came from. The list is an address of this page, relative to its root, such as
 * `?state=critical` or `alerts/rules/ApiErrorRate`; what it shows is asked for in the same words. Pure.
 */

/** States of accounts with an alert. */
const NOT_OK = 'critical,warning,error,no_data,pending';

/**
 * What to ask `GET /accounts` for, to get the accounts of that list.
 * @param {string} list
 * @returns {Record<string, string>}
 */
export function asked(list) {
    const [path = '', search = ''] = list.replace(/^\//, '').split('?', 2);
    const params = new URLSearchParams(search);
    const [place, rules, named] = path.split('/');
    /** @type {Record<string, string>} */
    const out = {};
    if (place === 'alerts') {
        // Words of a list of alerts are about alerts: of the row that is open it is known whose accounts they are.
        const opened = (params.get('by') ?? 'rule') === 'rule' ? params.getAll('open').join(',') : '';
        const rule = rules === 'rules' && named ? decodeURIComponent(named) : opened.includes(',') ? '' : opened;
        if (rule) out['rule'] = rule;
        else out['state'] = NOT_OK;
        return out;
    }
    const rule = place === 'rules' && rules ? decodeURIComponent(rules) : params.get('rule');
    if (rule) out['rule'] = rule;
    for (const name of ['state', 'freshness', 'tenant', 'known', 'q']) {
        const value = params.get(name);
        if (value) out[name] = value;
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
