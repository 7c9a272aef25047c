/** The command that shows the same as the page. Pure. */

/** @param {string} text */
const quoted = (text) => (/^[\w.,:=@%+/-]+$/.test(text) ? text : `'${text.replace(/'/g, "'\\''")}'`);

/**
 * A command. `q` is words of a filter, which stand for themselves; all else are options, of which those that are empty are left out.
 * @param {string} name @param {Record<string, string>} given
 */
export function command(name, { q = '', ...options }) {
    const words = (q.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? []).map(quoted);
    const line = Object.entries(options).filter(([, value]) => value).reduce((all, [option, value]) => `${all} --${option} ${quoted(value)}`, `fanin ${name}`);
    if (words.some((word) => word.startsWith('-'))) return `${line} -- ${words.join(' ')}`;
    return [line, ...words].join(' ');
}
