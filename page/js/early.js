/** Answers that are asked for before the modules that read them are there. */

/** What was asked, by its address; who reads it takes it out. @type {Map<string, Promise<Response>>} */
export const early = new Map();

/** Asks for something of the API. @param {URL} root @param {string} path */
export function askEarly(root, path) {
    const url = new URL(`api/v1/${path}`, root).href;
    const answer = fetch(url, { headers: { accept: 'application/json' }, credentials: 'same-origin', cache: 'no-store' });
    answer.catch(() => undefined);
    early.set(url, answer);
}
