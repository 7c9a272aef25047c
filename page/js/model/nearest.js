// Accounts whose ids are close to one that is not known: digits that were left out, swapped or mistyped.

/**
 * The digits of what someone typed or pasted as an account id; empty where it is something else.
 * @param {string} text
 * @returns {string}
 */
export function digitsOf(text) {
    const digits = text.replace(/[\s-]/g, '');
    return /^\d+$/.test(digits) ? digits : '';
}

/**
 * The ids that are closest to it, closest first.
 * @param {string[]} ids
 * @param {string} wanted
 * @param {number} [limit]
 * @returns {{ id: string, distance: number }[]}
 */
export function nearest(ids, wanted, limit = 6) {
    const digits = digitsOf(wanted);
    if (digits === '') return [];
    const found = ids
        .map((id) => ({ id, distance: id.includes(digits) && digits.length >= 4 ? 0.5 : distance(id, digits, 4) }))
        .filter((each) => each.distance <= 4);
    found.sort((a, b) => a.distance - b.distance || a.id.localeCompare(b.id));
    return found.slice(0, limit);
}

/**
 * How many digits must be typed, removed, changed or swapped with their neighbour; more than `most` counts as `most + 1`.
 * @param {string} a
 * @param {string} b
 * @param {number} most
 * @returns {number}
 */
export function distance(a, b, most) {
    if (Math.abs(a.length - b.length) > most) return most + 1;
    /** @type {number[]} */
    let before = [];
    let row = Array.from({ length: b.length + 1 }, (_, at) => at);
    for (let i = 1; i <= a.length; i += 1) {
        const next = [i];
        for (let j = 1; j <= b.length; j += 1) {
            const same = a[i - 1] === b[j - 1];
            let cost = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1));
            if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
            next.push(cost);
        }
        if (Math.min(...next) > most) return most + 1;
        before = row;
        row = next;
    }
    return row[b.length] ?? most + 1;
}
