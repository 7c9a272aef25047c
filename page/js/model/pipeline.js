/** What the pipeline's figures mean: which of them are bad, and what to do about troubles. Pure. */

/** @typedef {import('../../types/shapes.js').Stage} Stage */
/** @typedef {import('../../types/shapes.js').Shard} Shard */
/** @typedef {import('../../types/shapes.js').Trouble} Trouble */
/** @typedef {{ name: string, value: string, bad: boolean }} Figure */
/** @typedef {{ count: (n: number) => string, bytes: (n: number) => string, percent: (n: number) => string, seconds: (n: number) => string }} Say */

/** What each stage does, in a sentence. @type {Record<string, string>} */
export const STAGES = {
    sources: 'Reads Kinesis shards, and takes deliveries of Firehose and forwarders.',
    decode: 'Opens deliveries and makes records of them.',
    tag: 'Finds the account in the directory and adds its attributes.',
    rules: 'Counts what rules look at and evaluates them.',
    export: 'Sends records on to destinations.',
    notify: 'Tells receivers what fires.',
};

/** What to do about a trouble, by its code. @type {Record<string, string>} */
const ADVICE = {
    late: 'See which shards are behind, below. All of them: the process lacks CPU, or a destination is slow. A few: records are unevenly spread, split these shards.',
    rules_stalled: 'Rules wait for the oldest shard. See which one stands still, below, and why.',
    rules_not_read: 'A file of rules has an error, and the last good rules still run. `fanin check` tells the line.',
    directory_stale: 'New accounts and changed labels are not known yet. Look at permissions for organizations:ListAccounts, or at the file.',
    store_dropping:
        'The disk is too slow for the rate of log records. Alerts do not need the store; searches here miss lines. Set `store.logs: errors`, or a faster disk.',
    store_off: 'Log lines and histories are not kept here; see the backend. Set `store.logs` to keep them.',
    receivers_failing: 'Notifications wait and are sent again. See receivers below, and `fanin doctor`.',
    destination_down: 'Records wait in the queue, then are spilled to disk. See destinations below.',
};

/** What to do about a trouble; empty where nothing is known. @param {Trouble} trouble */
export const advice = ({ code }) => ADVICE[code] ?? '';

/** Figures that are bad as soon as they are more than zero, and those that are where they are more than a few. */
const ALWAYS = new Set(['dropped', 'lost', 'refused', 'nowhere']);
const BAD = new Set(['errors', 'rejected', 'failed']);
const FEW = 1e-4;

/**
 * A figure of a stage in words: what its name ends in says what it is.
 * @param {string} name @param {number} value @param {Say} say @returns {[string, string]} value and name
 */
function worded(name, value, say) {
    const per = /^(.*)_per_second$/.exec(name)?.[1];
    if (per)
        return per.endsWith('bytes')
            ? [say.bytes(value) + '/s', per === 'bytes' ? '' : per.replace(/_?bytes$/, '')]
            : [say.count(value) + '/s', per.replaceAll('_', ' ')];
    if (name === 'seconds' || name === 'cycle_seconds') return [say.seconds(value), 'a cycle'];
    if (name.endsWith('_seconds')) return [say.seconds(value), name.replace(/_seconds$/, '').replaceAll('_', ' ')];
    if (name.endsWith('_share')) return [say.percent(value), name.replace(/_share$/, 's')];
    return [say.count(value), (value === 1 ? name.replace(/s$/, '') : name).replaceAll('_', ' ')];
}

/**
 * The figures of a stage, those that are bad first; those that are zero are left out.
 * @param {Stage} stage @param {Say} say
 * @returns {Figure[]}
 */
export function figures(stage, say) {
    return Object.entries({ errors: stage.errors, ...stage.figures })
        .filter(([, value]) => value > 0)
        .map(([key, number]) => {
            const [value, name] = worded(key, number, say);
            return { name, value, bad: ALWAYS.has(key) || (BAD.has(key) && number > stage.total * FEW) };
        })
        .sort((a, b) => Number(b.bad) - Number(a.bad));
}

/** How a stage is: what went wrong in the last while cannot be told from a total, so errors are only worth a look. @param {Stage} stage */
export function stageState({ queue = 0, errors, total }) {
    if (queue >= 0.9) return 'bad';
    return queue >= 0.5 || (errors > 0 && errors > total * 0.01) ? 'poor' : 'good';
}

/** Whether a shard is not read though there is something to read. @param {Shard} shard */
export const stands = ({ trouble }) => trouble !== undefined && trouble !== null && trouble !== 'end of shard' && trouble !== 'not read yet';

/**
 * Shards, furthest behind first; those that stand still come before all others.
 * @param {readonly Shard[]} shards @param {string} by `lag`, `rate`, `bytes` or `shard`
 */
export function sorted(shards, by) {
    /** @type {Record<string, (a: Shard, b: Shard) => number>} */
    const orders = {
        lag: (a, b) => Number(stands(b)) - Number(stands(a)) || b.behind_seconds - a.behind_seconds,
        rate: (a, b) => b.records_per_second - a.records_per_second,
        bytes: (a, b) => b.bytes_per_second - a.bytes_per_second,
        shard: () => 0,
    };
    const names = (/** @type {Shard} */ a, /** @type {Shard} */ b) =>
        a.stream.localeCompare(b.stream) || a.shard.localeCompare(b.shard, 'en', { numeric: true });
    const order = orders[by] ?? names;
    return [...shards].sort((a, b) => order(a, b) || names(a, b));
}

/** How far behind is too far, in seconds: late from a minute on, bad from five. @param {number} seconds */
export const lagState = (seconds) => (seconds >= 300 ? 'bad' : seconds >= 60 ? 'poor' : 'good');

/**
 * The freshness of accounts as links to their lists.
 * @param {import('../../types/shapes.js').Pipeline} pipeline
 * @returns {{ kind: string, label: string, count: number, what: string, bad: boolean }[]}
 */
export function freshness({ freshness: by, unknown, throttled }) {
    return [
        { kind: 'live', label: 'live', count: by.live, what: 'spoke lately', bad: false },
        { kind: 'late', label: 'late', count: by.late, what: 'what they say arrives late', bad: by.late > 0 },
        { kind: 'silent', label: 'silent', count: by.silent, what: 'were heard before and say nothing', bad: by.silent > 0 },
        { kind: 'new', label: 'new', count: by.new, what: 'are expected and were never heard', bad: false },
        { kind: 'suspended', label: 'suspended', count: by.suspended, what: 'nothing is expected of them', bad: false },
        { kind: 'unknown', label: 'unknown', count: unknown, what: 'speak and are not in the directory', bad: unknown > 0 },
        { kind: 'throttled', label: 'throttled', count: throttled, what: 'are over their share and sampled', bad: throttled > 0 },
    ];
}
