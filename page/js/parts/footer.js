/** The footer: what serves this, and the command that shows the same. */

import { del } from '../api.js';
import { h, html } from '../html.js';
import { meta, now } from '../store.js';
import { shared } from '../router.js';
import { Age } from './age.js';
import { copy, CopyButton } from './link.js';
import { cli } from './title.js';

export function Footer() {
    const known = meta.value;
    const command = cli.value;
    return html`<footer class="foot">
        <span>${known ? `Fanin ${known.version}` : 'Fanin'}${known?.demo ? ' (demo)' : ''}</span>
        ${known && html`<span>started ${h(Age, { at: known.started })}</span>`}
        ${known?.access.name && html`<span>${known.access.name}${known.access.write ? '' : ', reads only'}</span>`}
        ${known?.access.by === 'token' && html`<button type="button" class="button quiet small" onClick=${() => del('session').finally(() => location.reload())}>Sign out</button>`}
        ${known?.access.tenants && html`<span title=${known.access.tenants.join(', ')}>tenants: ${known.access.tenants.slice(0, 3).join(', ')}${known.access.tenants.length > 3 ? ', ...' : ''}</span>`}
        ${command && html`<span class="cli push"><span class="wide-only">CLI for this view</span><code class="cut">${command}</code>${h(CopyButton, { text: command, what: 'command' })}</span>`}
        <button type="button" class=${`button quiet small ${command ? '' : 'push'}`} onClick=${() => copy(shared(now()), 'link')}>Copy link</button>
    </footer>`;
}
