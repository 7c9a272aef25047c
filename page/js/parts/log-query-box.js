// The box for words of a search in logs: coloured while one types, with the grammar at hand and with what is wrong below it.
import { h, html, useEffect, useId, useRef, useState } from '../html.js';
import { fault, HELP, tokens } from '../model/log-query.js';

/** How long typing rests before the search is asked again. */
const REST_MS = 350;

/**
 * @param {{ value: string, error?: { detail: string, hint: string } | null, placeholder?: string, onChange: (query: string) => void }} props
 */
export function LogQueryBox({ value, error, placeholder = 'Search: timeout "connection reset" sev>=warn status=500', onChange }) {
    const [text, setText] = useState(value);
    const [help, setHelp] = useState(false);
    const said = useRef(value);
    const timer = useRef(0);
    const echo = useRef(/** @type {HTMLElement | null} */ (null));
    const id = useId();
    // What came from elsewhere (a value that was clicked, a step back) replaces what stands here.
    useEffect(() => {
        if (value !== said.current) setText(value);
        said.current = value;
    }, [value]);
    useEffect(() => () => clearTimeout(timer.current), []);

    const tell = (/** @type {string} */ query) => {
        clearTimeout(timer.current);
        said.current = query.trim();
        onChange(said.current);
    };
    const typed = (/** @type {string} */ query) => {
        setText(query);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => {
            if (fault(query) === undefined) tell(query);
        }, REST_MS);
    };
    const follow = (/** @type {Event} */ event) => {
        const input = /** @type {HTMLInputElement} */ (event.currentTarget);
        if (echo.current) echo.current.scrollLeft = input.scrollLeft;
    };
    const keyed = (/** @type {KeyboardEvent} */ event) => {
        if (event.key === 'Enter') tell(text);
        else if (event.key === 'Escape' && help) {
            event.stopPropagation();
            setHelp(false);
        }
    };
    const wrong = error ? [error.detail, error.hint].filter(Boolean).join(' ') : text === '' ? undefined : fault(text);
    return html`<div class="log-query grow">
    <div class=${'log-query-field field' + (wrong ? ' is-wrong' : '')}>
      <span class="log-query-echo" aria-hidden="true" ref=${echo}>${tokens(text).map((token, at) => h('span', { key: at, class: 'q-' + token.kind }, token.text))}</span>
      <input class="log-query-input" type="text" value=${text} placeholder=${placeholder} spellcheck=${false} autocomplete="off" aria-label="Search in logs"
        aria-invalid=${wrong ? 'true' : 'false'} aria-describedby=${wrong ? id : undefined}
        onInput=${(/** @type {InputEvent} */ event) => {
            typed(/** @type {HTMLInputElement} */ (event.currentTarget).value);
            follow(event);
        }}
        onKeyDown=${keyed} onKeyUp=${follow} onScroll=${follow} onBlur=${follow} />
      ${
          text === ''
              ? null
              : html`<button class="log-query-clear" aria-label="Clear the search" onClick=${() => {
                    setText('');
                    tell('');
                }}>${'\u00d7'}</button>`
      }
      <button class="log-query-help" aria-expanded=${help ? 'true' : 'false'} aria-label="What can be searched" onClick=${() => setHelp(!help)}>?</button>
    </div>
    ${wrong ? html`<p class="log-query-wrong" id=${id} role="status">${wrong}</p>` : null}
    ${
        help
            ? h(Help, {
                  onPick: (example) => {
                      const next = [text.trim(), example].filter(Boolean).join(' ');
                      setText(next);
                      tell(next);
                      setHelp(false);
                  },
              })
            : null
    }
  </div>`;
}

/**
 * @param {{ onPick: (example: string) => void }} props
 */
function Help({ onPick }) {
    return html`<div class="log-query-grammar" role="group" aria-label="What can be searched">
    <p class="muted">Words are joined by "and". The same words work in <code>fanin tail</code> and in the API.</p>
    <ul>${HELP.map(({ example, meaning }) => html`<li key=${example}><button class="value-add" onClick=${() => onPick(example)}><code>${example}</code></button><span class="muted">${meaning}</span></li>`)}</ul>
  </div>`;
}
