// Preact and its templates, bound together once.
import { h } from "../vendor/preact.mjs";
import htm from "../vendor/htm.mjs";

export { Component, Fragment, render } from "../vendor/preact.mjs";
export { useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/hooks.mjs";

export const html = htm.bind(h);
