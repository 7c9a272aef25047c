// What all answers are made of: times, problems, parts of lists.

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export const iso = (at) => (at === undefined ? undefined : new Date(at).toISOString());

/** A problem, to be thrown. */
export class Refused extends Error {
    constructor(status, code, title, detail, hint) {
        super(detail);
        this.problem = { code, status, title, detail, hint };
    }
}

/** A part of a list, by `limit` and `cursor`. */
export function part(world, all, params, standard = 50, most = 500) {
    const asked = Number(params.get('limit') ?? standard);
    const limit = Math.min(asked, most);
    const from = Number(params.get('cursor') ?? 0);
    const notices = asked > most ? [`limit is ${most} at most`] : [];
    return {
        items: all.slice(from, from + limit),
        total: all.length,
        exact: true,
        next: from + limit < all.length ? String(from + limit) : undefined,
        notices,
        as_of: iso(world.now),
    };
}

/** A list in a parameter. */
export const words = (params, name) => (params.get(name) ?? '').split(',').filter(Boolean);
/** How many are like that. */
export const count = (list, test) => list.reduce((sum, one) => sum + (test(one) ? 1 : 0), 0);
