// What the page uses of Preact, so that `h(Part, props)` is checked against the part's props.
export interface VNode { type: unknown; props: object; key: unknown }
export type Child = VNode | string | number | bigint | boolean | null | undefined | Child[] | { readonly value: unknown; peek(): unknown };
export type Part<P> = (props: P) => Child;
type Keyed = { key?: string | number; children?: Child };
type Given<P> = keyof P extends never ? (Keyed & Record<never, never>) | null : P & Keyed;
export function h<P extends object>(part: Part<P>, props: NoInfer<Given<P>>, ...children: Child[]): VNode;
export function h(tag: string, props: Record<string, unknown> | null, ...children: Child[]): VNode;
export function render(node: Child, parent: Element): void;
export function createPortal(node: Child, parent: Element): VNode;
export function Fragment(props: { children?: Child }): Child;
export interface Context<T> { Provider: Part<{ value: T; children?: Child }> }
export function createContext<T>(value: T): Context<T>;
export interface Ref<T> { current: T | null }
