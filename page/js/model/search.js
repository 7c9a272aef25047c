/**
 * The palette: everything that can be gone to, by any part of its name. Pure.
 *
 * @typedef {{ kind: 'account' | 'tenant' | 'rule' | 'page' | 'view' | 'act', title: string, detail: string, to: string, score: number, at: number }} Found
 * @typedef {{ kind: Found['kind'], title: string, detail?: string, to: string }} Known
 * @typedef {{ ids: string[], names: string[], tenants: string[], lower: string[], all: { name: string, accounts: number }[] }} Index
 */

/** @param {{ ids: string[], names: string[], tenants: string[] }} directory @returns {Index} */
export function indexed({ ids, names, tenants }) {
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const tenant of tenants) counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
    const lower = ids.map((id, i) => `${id} ${names[i] ?? ''} ${tenants[i] ?? ''}`.toLowerCase());
    return { ids, names, tenants, lower, all: [...counts].map(([name, accounts]) => ({ name, accounts })) };
}

/**
 * The best of everything that has all words in it.
 * @param {Index | null} index @param {Known[]} known pages, rules, views @param {string} typed @param {number} [most] @returns {Found[]}
 */
export function search(index, known, typed, most = 12) {
    const text = typed.trim().toLowerCase();
    const digits = text.replace(/[\s-]/g, '');
    const words = /^\d[\d\s-]*$/.test(text) ? [digits] : text.split(/\s+/).filter(Boolean);
    /** @type {Found[]} */
    const out = [];
    for (const { kind, title, detail = '', to } of known) {
        const score = scored(`${title} ${detail}`.toLowerCase(), words);
        if (score > 0) out.push({ kind, title, detail, to, score: score + (kind === 'act' ? 1 : 3), at: -1 });
    }
    if (index && words.length) {
        for (const { name, accounts } of index.all) {
            const score = scored(name.toLowerCase(), words);
            if (score > 0) out.push({ kind: 'tenant', title: name, detail: `${accounts} ${accounts === 1 ? 'account' : 'accounts'}`, to: name, score: score + 2, at: -1 });
        }
        out.sort((a, b) => b.score - a.score).splice(8);
        let found = 0;
        for (let i = 0; i < index.lower.length && found < 400; i += 1) {
            const score = scored(index.lower[i] ?? '', words);
            if (score === 0) continue;
            found += 1;
            const id = index.ids[i] ?? '';
            out.push({ kind: 'account', title: id, detail: `${index.names[i] ?? ''} ${index.tenants[i] ?? ''}`.trim(), to: id, score: score + (id === digits ? 100 : id.endsWith(digits) && digits.length > 2 ? 4 : 0), at: i });
        }
    }
    return out.sort((a, b) => b.score - a.score || order(a) - order(b)).slice(0, most);
}

/** @param {Found} one */
const order = (one) => one.at;

/** 0 where a word is missing; more where words begin something. @param {string} text @param {string[]} words */
function scored(text, words) {
    let score = 1;
    for (const word of words) {
        const at = text.indexOf(word);
        if (at < 0) return 0;
        score += at === 0 ? 6 : /[^a-z0-9]/.test(text[at - 1] ?? '') ? 3 : 1;
        if (text.length === word.length) score += 8;
    }
    return score;
}
