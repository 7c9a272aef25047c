// Matchers: a label and what it must be, in Alertmanager's syntax. Silences, links to them and searches for alerts use them.

/** @typedef {{name: string, value: string, isRegex: boolean, isEqual: boolean}} Matcher */

/** The operators, as they are written, in the order in which they are offered. */
export const OPERATORS = ['=', '!=', '=~', '!~'];

const PLAIN = /^[^\s",{}]+$/;

/** @param {Matcher} matcher */
export function operator(matcher) {
    if (matcher.isRegex) return matcher.isEqual ? '=~' : '!~';
    return matcher.isEqual ? '=' : '!=';
}

/**
 * A matcher of its parts.
 * @param {string} name
 * @param {string} op
 * @param {string} value
 * @returns {Matcher}
 */
export function matcher(name, op, value) {
    return { name, value, isRegex: op.endsWith('~'), isEqual: !op.startsWith('!') };
}

/** @param {string} value */
function quoted(value) {
    return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

/**
 * As it is written in links and in commands: `rule="ApiErrorRate"`.
 * @param {Matcher} given
 */
export function written(given) {
    return `${given.name}${operator(given)}${quoted(given.value)}`;
}

/**
 * As people write it in a search: quotes only where they are needed.
 * @param {Matcher} given
 */
export function short(given) {
    return `${given.name}${operator(given)}${PLAIN.test(given.value) ? given.value : quoted(given.value)}`;
}

/**
 * Reads one matcher from the beginning of a text.
 * @param {string} text
 * @returns {{matcher: Matcher, rest: string} | null}
 */
function first(text) {
    const head = /^\s*"?([^\s"=!,{}]+)"?\s*(=~|!~|!=|=)\s*/.exec(text);
    if (head === null) return null;
    const [all, name, op] = head;
    const behind = text.slice(all.length);
    const inQuotes = /^"((?:[^"\\]|\\.)*)"/s.exec(behind);
    if (inQuotes !== null) {
        const value = inQuotes[1].replace(/\\(.)/gs, (_, letter) => (letter === 'n' ? '\n' : letter));
        return { matcher: matcher(name, op, value), rest: behind.slice(inQuotes[0].length) };
    }
    if (behind.startsWith('"')) return null;
    const value = /^[^\s,}]*/.exec(behind)?.[0] ?? '';
    return { matcher: matcher(name, op, value), rest: behind.slice(value.length) };
}

/**
 * Reads one matcher, or several with commas between them and braces around them or not.
 * @param {string} text
 * @returns {Matcher[] | null} nothing where the text has another form
 */
export function parseMatchers(text) {
    let rest = text.trim();
    if (rest.startsWith('{') && rest.endsWith('}')) rest = rest.slice(1, -1).trim();
    /** @type {Matcher[]} */
    const found = [];
    while (rest !== '') {
        const one = first(rest);
        if (one === null) return null;
        found.push(one.matcher);
        const behind = one.rest.trim();
        if (behind !== '' && !behind.startsWith(',')) return null;
        rest = behind.slice(1).trim();
    }
    return found;
}

/**
 * A search for alerts: matchers, and words that must be somewhere.
 * @param {string} text
 * @returns {{matchers: Matcher[], words: string[]}}
 */
export function parseSearch(text) {
    /** @type {Matcher[]} */
    const matchers = [];
    /** @type {string[]} */
    const words = [];
    let rest = text.trim();
    while (rest !== '') {
        const one = first(rest);
        if (one !== null) {
            matchers.push(one.matcher);
            rest = one.rest.replace(/^[\s,]+/, '');
            continue;
        }
        const word = /^("[^"]*"|[^\s,]+)/.exec(rest)?.[0] ?? rest;
        words.push(word.replaceAll('"', '').toLowerCase());
        rest = rest.slice(word.length).replace(/^[\s,]+/, '');
    }
    return { matchers, words };
}

/**
 * Whether a value is what the matcher asks for; a label that is not there counts as empty.
 * @param {Matcher} given
 * @param {string | undefined} value
 */
export function holds(given, value = '') {
    if (!given.isRegex) return (given.value === value) === given.isEqual;
    try {
        return new RegExp(`^(?:${given.value})$`).test(value) === given.isEqual;
    } catch {
        return false;
    }
}

/**
 * What is wrong with a matcher, for the person who writes it; nothing where it is right.
 * @param {Matcher} given
 * @returns {string | null}
 */
export function faultOf(given) {
    if (given.name.trim() === '') return 'Which label? Such as rule, tenant, account, region.';
    if (/[\s",{}=!~]/.test(given.name)) return "A label's name has no spaces, quotes or operators in it.";
    if (!given.isRegex) return null;
    try {
        return new RegExp(given.value) && null;
    } catch {
        return 'This is no regular expression.';
    }
}

/**
 * Whether at least one of them cannot match an empty value: else a silence would silence everything.
 * @param {readonly Matcher[]} matchers
 */
export function narrow(matchers) {
    return matchers.some((one) => !holds(one, ''));
}

/**
 * A pattern of exactly these values: `a|b|c`, with what is special in patterns made harmless.
 * @param {readonly string[]} values
 */
export function oneOf(values) {
    return values.map((value) => value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|');
}

/**
 * A matcher of one value or of several.
 * @param {string} name
 * @param {readonly string[]} values
 */
export function matcherOf(name, values) {
    return values.length === 1 ? matcher(name, '=', values[0]) : matcher(name, '=~', oneOf(values));
}
