// What is there in the demo only: fifty friends that grab, and the code by which a phone joins.
import { html, useState } from "./html.js";
import { t } from "./i18n.js";
import { post } from "./api.js";
import { yuan } from "./money.js";
import { useAction } from "./state.js";
import { Icon } from "./icons.js";
import { Trouble } from "./shared.js";

export function Friends({ packet, refresh }) {
  const [came, setCame] = useState(null);
  const [busy, problem, call] = useAction(async () => {
    setCame(await post("/demo/robots", { packetId: packet.packetId, robots: 50, userPrefix: "friend" }));
    await refresh();
  });
  return html`
    <section class="card friends">
      <h2><${Icon} name="crowd" /> ${t("friends.title")}</h2>
      <button type="button" class="gold wide" data-test="friends" aria-busy=${busy} onClick=${call}>${t("friends.grab")}</button>
      <p role="status" class="help" data-test="friends-result">${came ? t("friends.came", { won: came.won, amount: yuan(came.wonFen), late: came.tooLate, seconds: came.seconds }) : t("friends.what")}</p>
      <${Trouble} problem=${problem} />
    </section>`;
}

/** The code is there when the demo is open to the network; else the page says how to open it. */
export function Join({ packetId, caller }) {
  return html`
    <section class="card join" data-test="join">
      <h2>${t("join.title")}</h2>
      ${caller.joinUrl ? html`<img src=${`/demo/join/${encodeURIComponent(packetId)}.svg`} width="200" height="200" alt=${t("join.code", { address: caller.joinUrl + packetId })} data-test="qr" />
        <p class="trouble"><span>${t("who.network")}</span></p>` : html`<p class="help">${t("join.closed")}</p>`}
    </section>`;
}
