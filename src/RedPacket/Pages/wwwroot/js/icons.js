// Small drawings beside words, because colour alone must never show a state.
import { html } from "./html.js";

const shapes = {
  person: "M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 14c.4-3 2.6-4.5 5.5-4.5s5.1 1.5 5.5 4.5",
  key: "M10.5 9.5a3.5 3.5 0 1 0-3.3-2.3L2 12.4V14h2.4v-1.6H6v-1.6h1.5l.7-.9a3.5 3.5 0 0 0 2.3-.4zM11 5.5h.01",
  check: "M3 8.5l3.2 3.2L13 4.8",
  clock: "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4zM8 4.6V8l2.4 1.8",
  cross: "M4 4l8 8M12 4l-8 8",
  warning: "M8 2L1.6 13.4h12.8L8 2zM8 6.4v3.2M8 11.6h.01",
  crown: "M2 12.5h12M2.4 10.4L2 4.6l3.3 2.5L8 3l2.7 4.1L14 4.6l-.4 5.8H2.4z",
  arrow: "M3 8h10M9 4l4 4-4 4",
  stand: "M5.5 3.5v9M10.5 3.5v9",
  run: "M4 3l8 5-8 5V3z",
  rest: "M4 8h8",
  wallet: "M2 5.2A1.7 1.7 0 0 1 3.7 3.5H12v2M2 5.2v6.6c0 .9.8 1.7 1.7 1.7H14v-8H3.7M11.4 9.4h.01",
  bolt: "M9 1.8L3.4 9H8l-1 5.2L12.6 7H8l1-5.2z",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  crowd:
    "M5.5 7.5a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6zM1.2 13c.2-2.6 1.9-3.9 4.3-3.9S9.6 10.4 9.8 13" +
    "M11 7.5a2 2 0 1 0-.6-3.9M11 9.3c2 .1 3.5 1.3 3.8 3.7",
};

export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><path d=${shapes[name]} /></svg>`;
}
