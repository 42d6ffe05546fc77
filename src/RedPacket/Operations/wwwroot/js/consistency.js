import { html } from "./html.js";
export function ConsistencyPage() { return html`<p>…</p>`; }
