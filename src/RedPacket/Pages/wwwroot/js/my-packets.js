// The packets of this browser's user, on the start page.
import { html, useEffect, useState } from "./html.js";
import { dateAndTime, t } from "./i18n.js";
import { get } from "./api.js";
import { yuan } from "./money.js";
import { nameOf } from "./names.js";
import { forget, remembered } from "./remembered.js";
import { ProblemNote, StatePill } from "./shared.js";
import { at } from "./base.js";

const pageSize = 10;

export function MyPackets({ userId }) {
  const [shown, setShown] = useState(pageSize);
  const [rows, setRows] = useState(null);
  const list = remembered(userId);
  useEffect(() => {
    let current = true;
    Promise.all(list.slice(0, shown).map((one) => read(one, userId))).then((all) => current && setRows(all.filter((row) => row)));
    return () => (current = false);
  }, [userId, shown]);
  return html`
    <section class="card my-packets" data-test="my-packets">
      <h2>${t("mine.title")}</h2>
      ${rows === null && html`<p class="help" aria-busy="true">${t("loading")}</p>`}
      ${rows?.length === 0 && html`<p class="help">${t("mine.none")} <a href=${at("/send")}>${t("packet.sendOne")}</a></p>`}
      <ul>${rows?.map((row) => html`<${Row} key=${row.packetId} row=${row} userId=${userId} />`)}</ul>
      ${list.length > shown && html`
        <button type="button" class="secondary small" data-test="mine-more" onClick=${() => setShown(shown + pageSize)}>
          ${t("shares.more", { n: list.length - shown })}
        </button>`}
    </section>`;
}

/** The packet, with the user's share as its only grab. Null if there is no such packet any more. */
async function read({ packetId, ordinal }, userId) {
  try {
    const packet = await get(`/api/v1/packets/${encodeURIComponent(packetId)}?limit=1&after=${(ordinal ?? 1) - 1}`);
    return { packetId, packet, share: packet.grabs.find((grab) => grab.userId === userId) };
  } catch (problem) {
    if (problem.code !== "packet_unknown") return { packetId, problem };
    forget(userId, packetId);
    return null;
  }
}

function Row({ row: { packetId, packet, share, problem }, userId }) {
  if (problem) return html`<li><a href=${at(`/p/${packetId}`)}>${packetId}</a><${ProblemNote} problem=${problem} /></li>`;
  const isMine = packet.senderId === userId;
  return html`
    <li data-test="my-packet">
      <a href=${at(`/p/${packetId}`)}><bdi>${packet.greeting || t("packet.noGreeting")}</bdi></a>
      <${StatePill} state=${packet.state} />
      <span class="help">
        ${isMine ? t("mine.sent") : html`<bdi title=${packet.senderId}>${t("packet.from", { user: nameOf(packet.senderId) })}</bdi>`}
        ${" "}· ${yuan(packet.amountFen)} · ${`${packet.grabbedCount}\u00a0/\u00a0${packet.count}`} ·${" "}
        <time datetime=${packet.createdAt}>${dateAndTime(packet.createdAt)}</time>
      </span>
      ${share && html`<span class="amount" title=${t("mine.share")}>+${yuan(share.amountFen)}</span>`}
    </li>`;
}
