// Parts of a packet's page in the demo only: fifty friends who grab, and the QR code by which a phone joins.
import { html, useState } from "./html.js";
import { t } from "./i18n.js";
import { post } from "./api.js";
import { yuan } from "./money.js";
import { useAction } from "./state.js";
import { Icon } from "./icons.js";
import { ProblemNote } from "./shared.js";

export function Friends({ packet, refresh }) {
  const [result, setResult] = useState(null);
  const [busy, problem, call] = useAction(async () => {
    setResult(await post("/demo/robots", { packetId: packet.packetId, robots: 50, userPrefix: "friend" }));
    await refresh();
  });
  const text = result
    ? t("friends.came", { won: result.won, amount: yuan(result.wonFen), late: result.tooLate, seconds: result.seconds })
    : t("friends.what");
  return html`
    <section class="card friends">
      <h2><${Icon} name="crowd" /> ${t("friends.title")}</h2>
      <button type="button" class="gold wide" data-test="friends" aria-busy=${busy} onClick=${call}>${t("friends.grab")}</button>
      <p role="status" class="help" data-test="friends-result">${text}</p>
      <${ProblemNote} problem=${problem} />
    </section>`;
}

/** The QR code of a demo that is open to the network. Otherwise the page says how to open it. */
export function Join({ packetId, caller }) {
  const source = `/demo/join/${encodeURIComponent(packetId)}.svg`;
  return html`
    <section class="card join" data-test="join">
      <h2>${t("join.title")}</h2>
      ${caller.joinUrl
        ? html`
          <img src=${source} width="200" height="200" alt=${t("join.code", { address: caller.joinUrl + packetId })} data-test="qr" />
          <p class="problem"><span>${t("who.network")}</span></p>`
        : html`<p class="help">${t("join.closed")}</p>`}
    </section>`;
}
