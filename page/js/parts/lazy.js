/** Parts that are loaded when they are first shown. What is needed for the first picture comes first. */

import { h, useEffect, useState } from '../html.js';

/** @template {object} P @typedef {(props: P) => import('../html.js').Child} Part */

/**
 * A part in a module of its own. Until it is there, nothing is shown in its place.
 * @template {object} P @param {() => Promise<Part<P>>} load @returns {Part<P>}
 */
export function lazy(load) {
    /** @type {Part<P> | null} */
    let part = null;
    return (props) => {
        const [, again] = useState(part !== null);
        useEffect(() => {
            if (part) return;
            load().then((loaded) => {
                part = loaded;
                again(true);
            }, () => undefined);
        }, []);
        return part && h(/** @type {Part<any>} */ (part), props);
    };
}
