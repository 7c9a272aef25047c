/**
 * Addresses of the page: what is below the root, which place it is, what its parameters say. Pure.
 *
 * @typedef {{ name: string, pattern: string[] }} Place
 * @typedef {{ name: string, args: Record<string, string> }} Match
 */

/** @param {string} name @param {string} path @returns {Place} */
const place = (name, path) => ({ name, pattern: path.split('/').filter(Boolean) });

/** All places. `:x` stands for one part of the path. */
export const PLACES = [
    place('fleet', ''),
    place('alerts', 'alerts'),
    place('alerts', 'alerts/rules/:rule'),
    place('accounts', 'accounts'),
    place('account', 'accounts/:id'),
    place('logs', 'accounts/:id/logs'),
    place('search', 'logs'),
    place('rules', 'rules'),
    place('rule', 'rules/:rule'),
    place('pipeline', 'pipeline'),
    place('cost', 'cost'),
    place('silences', 'silences'),
    place('silence', 'silences/new'),
];

/** Parameters that had other names once. */
const RENAMED = new Map([['color', 'colour'], ['sort', 'order'], ['query', 'q'], ['severity', 'sev']]);

/**
 * Which place a path below the root is; `null` for one that there is not.
 * @param {string} path @returns {Match | null}
 */
export function match(path) {
    const parts = path.split('/').filter(Boolean);
    for (const { name, pattern } of PLACES) {
        if (pattern.length !== parts.length) continue;
        /** @type {Record<string, string>} */
        const args = {};
        const fits = pattern.every((wanted, i) => {
            const part = decode(parts[i] ?? '');
            if (!wanted.startsWith(':')) return wanted === part;
            args[wanted.slice(1)] = part;
            return true;
        });
        if (fits) return { name, args };
    }
    return null;
}

/** @param {string} text */
function decode(text) {
    try {
        return decodeURIComponent(text);
    } catch {
        return text;
    }
}

/**
 * Parameters of an address; old names become new ones.
 * @param {string} search @returns {URLSearchParams}
 */
export function query(search) {
    const given = new URLSearchParams(search);
    const out = new URLSearchParams();
    for (const [name, value] of given) out.append(RENAMED.get(name) ?? name, value);
    return out;
}

/**
 * The parameters with some changed: `null`, `''` and `false` take one out, an array repeats it. Others stay, known or not.
 * @param {URLSearchParams} params
 * @param {Record<string, string | number | boolean | string[] | null | undefined>} changes
 */
export function changed(params, changes) {
    const out = new URLSearchParams(params);
    for (const [name, value] of Object.entries(changes)) {
        out.delete(name);
        if (Array.isArray(value)) for (const one of value) out.append(name, one);
        else if (value !== null && value !== undefined && value !== '' && value !== false) out.set(name, value === true ? '1' : String(value));
    }
    return out;
}

/**
 * Parameters as text, for people too: commas, colons and slashes stay readable.
 * @param {URLSearchParams} params
 */
export function text(params) {
    const out = params.toString().replace(/%2C/g, ',').replace(/%3A/g, ':').replace(/%2F/g, '/');
    return out ? `?${out}` : '';
}

const UNITS = /** @type {Record<string, number>} */ ({ s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5 });

/**
 * A time of an address in milliseconds: `now`, `now-1h`, milliseconds, or RFC 3339; `null` where it is none.
 * @param {string | null | undefined} given @param {number} now
 */
export function time(given, now) {
    if (!given) return null;
    const relative = /^now(?:([+-])(\d+)([smhdw]))?$/.exec(given);
    if (relative) {
        const [, sign, count, unit] = relative;
        return count && unit ? now + (sign === '-' ? -1 : 1) * Number(count) * (UNITS[unit] ?? 0) : now;
    }
    if (/^\d{12,14}$/.test(given)) return Number(given);
    const at = Date.parse(given);
    return Number.isNaN(at) ? null : at;
}

/**
 * The same address with times that stay what they are when it is opened tomorrow.
 * @param {URLSearchParams} params @param {number} now
 */
export function absolute(params, now) {
    /** @type {Record<string, string>} */
    const fixed = {};
    for (const name of ['from', 'to']) {
        const at = time(params.get(name), now);
        if (at !== null && params.get(name)?.startsWith('now')) fixed[name] = new Date(at).toISOString();
    }
    return changed(params, fixed);
}
