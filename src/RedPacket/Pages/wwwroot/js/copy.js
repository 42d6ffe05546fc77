// A small button that copies a text, such as an id or a link.
import { html, useEffect, useState } from "./html.js";
import { t } from "./i18n.js";
import { Icon } from "./icons.js";

const shownForMs = 2000;

/** label: what the button copies, in words. A screen reader says it, and the mouse shows it. */
export function Copy({ text, label }) {
  const [result, setResult] = useState(null);
  useEffect(() => {
    const timer = result && setTimeout(() => setResult(null), shownForMs);
    return () => clearTimeout(timer);
  }, [result]);
  const copy = async () => setResult((await written(text)) ? "copy.done" : "copy.failed");
  return html`
    <span class="copy">
      <button type="button" class="secondary small" data-test="copy" aria-label=${label} title=${label} onClick=${copy}>
        <${Icon} name=${result === "copy.done" ? "check" : "copy"} />
      </button>
      <small role="status" data-test="copied">${result && t(result)}</small>
    </span>`;
}

async function written(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // A page that a phone opens over plain HTTP has no clipboard, but can copy what is selected.
    return copySelected(text);
  }
}

function copySelected(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "off-screen";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
