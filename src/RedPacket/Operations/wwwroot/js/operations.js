import { html } from "./html.js";
export function OperationsPage() { return html`<p>…</p>`; }
