/** Begins: theme, router, keys, the picture, the stream. See main.js for how the page is written. */

import { h, render } from './html.js';
import { start as startKeys } from './keys.js';
import { match } from './model/url.js';
import { PAGES } from './pages.js';
import { App } from './parts/frame.js';
import { root, start as startRouter } from './router.js';
import { start as startStore } from './store.js';
import { start as startStream } from './stream.js';
import { start as startTheme } from './theme.js';

// The page of this place is loaded beside the rest, not after it.
PAGES[match(location.pathname.slice(new URL(root).pathname.length))?.name ?? '']?.().catch(() => undefined);

startTheme();
startRouter();
startKeys();
startStore();
const box = document.getElementById('app');
if (box) {
    box.textContent = '';
    render(h(App, {}), box);
}
startStream();
