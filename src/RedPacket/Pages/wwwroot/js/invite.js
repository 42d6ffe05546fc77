// The link of a packet, and in the demo the QR code by which a phone joins.
import { html } from "./html.js";
import { t } from "./i18n.js";
import { CopyButton } from "./copy.js";
import { at } from "./base.js";

const openOption = "--Demo:OpenToNetwork=true";

export function Invite({ packetId, caller }) {
  const link = caller.joinUrl ? caller.joinUrl + packetId : location.origin + at(`/p/${packetId}`);
  return html`
    <section class="card invite">
      <h2>${t("invite.title")}</h2>
      <div class="link">
        <input readonly value=${link} aria-label=${t("invite.link")} data-test="link" onFocus=${(event) => event.target.select()} />
        <${CopyButton} text=${link} label=${t("invite.copy")} />
      </div>
      ${caller.demo && html`<${Join} packetId=${packetId} link=${link} isOpen=${Boolean(caller.joinUrl)} />`}
    </section>`;
}

/** The QR code of a demo that is open to the network. Otherwise the page says how to open it. */
function Join({ packetId, link, isOpen }) {
  if (!isOpen) {
    return html`
      <p class="help" data-test="join">${t("join.closed")}</p>
      <div class="link"><code>${openOption}</code><${CopyButton} text=${openOption} label=${t("invite.copyOption")} /></div>`;
  }
  return html`
    <img src=${at(`/demo/join/${encodeURIComponent(packetId)}.svg`)} width="200" height="200" data-test="qr"
      alt=${t("join.code", { address: link })} />
    <p class="problem"><span>${t("who.network")}</span></p>`;
}
