/** The list of accounts is the table of the fleet page: an address that people try leads there. */

import { useEffect } from '../html.js';
import { follow, href, params } from '../router.js';

export function Page() {
    useEffect(() => follow(href('', { ...Object.fromEntries(params.peek()), view: 'table' }), true), []);
    return null;
}
