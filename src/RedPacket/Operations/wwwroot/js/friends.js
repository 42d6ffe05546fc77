// What is there in the demo only: fifty friends that grab, and the code by which a phone joins.
import { html, useState } from "./html.js";
import { t } from "./i18n.js";
import { post } from "./api.js";
import { yuan } from "./money.js";
import { useAction } from "./state.js";
import { Icon } from "./icons.js";
import { Trouble } from "./parts.js";

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

export function Join({ packetId, caller }) {
  const address = caller.joinUrl ? new URL(`/p/${packetId}`, caller.joinUrl).href : location.href;
  return html`
    <section class="card join">
      <h2>${t("join.title")}</h2>
      <img src=${`/demo/join/${packetId}.svg`} width="180" height="180" alt=${t("join.code", { address })} data-test="qr" />
      <p class=${caller.network ? "trouble" : "help"}>${caller.network ? t("who.network") : t("join.closed")}</p>
    </section>`;
}
