// Preact and its templates, bound together in one place.
import { h } from "../vendor/preact.mjs";
import htm from "../vendor/htm.mjs";

export { render } from "../vendor/preact.mjs";
export { useEffect, useMemo, useRef, useState } from "../vendor/hooks.mjs";

export const html = htm.bind(h);
