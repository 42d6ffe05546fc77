// A button that copies a text.
import { html, useEffect, useState } from "./html.js";
import { t } from "./i18n.js";
import { Icon } from "./icons.js";

const shownMs = 2000;

export function CopyButton({ text, label }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    const timer = copied ? setTimeout(() => setCopied(false), shownMs) : null;
    return () => clearTimeout(timer);
  }, [copied]);
  return html`
    <button type="button" class="secondary small copy" data-test="copy" onClick=${async () => setCopied(await copy(text))}>
      <${Icon} name=${copied ? "check" : "copy"} /> <span role="status">${copied ? t("copied") : label}</span>
    </button>`;
}

/** True if the clipboard has the text. A page that came over plain HTTP from another machine has no navigator.clipboard. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    const focused = document.activeElement;
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    focused?.focus();
    return done;
  }
}
