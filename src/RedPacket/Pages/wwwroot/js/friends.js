// Fifty friends who grab, on a packet's page in the demo only.
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
    // Each press brings other friends, because a friend who has a share gets no second one.
    const userPrefix = `friend-${Date.now().toString(36)}-`;
    setResult(await post("/demo/robots", { packetId: packet.packetId, robots: 50, userPrefix }));
    await refresh();
  });
  return html`
    <section class="card friends">
      <h2><${Icon} name="crowd" /> ${t("friends.title")}</h2>
      <button type="button" class="gold wide" data-test="friends" aria-busy=${busy} onClick=${call}>${t("friends.grab")}</button>
      <p role="status" class="help" data-test="friends-result">${result ? came(result) : t("friends.what")}</p>
      <${ProblemNote} problem=${problem} />
    </section>`;
}

function came({ won, wonFen, tooLate, failed, seconds }) {
  const text = t("friends.came", { won, amount: yuan(wonFen), late: tooLate, seconds });
  return failed > 0 ? `${text} ${t("friends.failed", { n: failed })}` : text;
}
