// A packet, made for a phone first: open it, see the share on its way, see it settled.
import { html, useEffect, useState } from "./html.js";
import { t } from "./i18n.js";
import { post } from "./api.js";
import { yuan } from "./money.js";
import { useAction } from "./state.js";
import { session } from "./session.js";
import { remember } from "./remembered.js";
import { AsOf, ProblemNote, StatePill } from "./shared.js";
import { Identity } from "./identity.js";
import { Envelope } from "./envelope.js";
import { Shares } from "./shares.js";
import { Wallet } from "./wallet.js";
import { Friends } from "./friends.js";
import { Invite } from "./invite.js";
import { usePacket } from "./use-packet.js";
import { at } from "./base.js";

export function PacketPage({ argument: packetId }) {
  const caller = session.use();
  if (caller.userId) return html`<${Packet} key=${caller.userId} packetId=${packetId} caller=${caller} />`;
  return html`
    <section class="card narrow"><h1>${t("packet.waiting")}</h1><p>${t("who.first")}</p><${Identity} caller=${caller} /></section>`;
}

function Packet({ packetId, caller }) {
  const { packet, mine, outcome, setOutcome, problem, more, refresh } = usePacket(packetId, caller.userId);
  const [busy, refused, grab] = useAction(async () => {
    const answer = await post(`/api/v1/packets/${encodeURIComponent(packetId)}/grabs`);
    remember(caller.userId, packetId, answer.ordinal);
    setOutcome(answer);
    await refresh();
  });
  if (problem && !packet) {
    return html`
      <section class="card narrow">
        <h1>${t("packet.none")}</h1>
        <p><code data-test="packet-id">${packetId}</code></p>
        <${ProblemNote} problem=${problem} />
        <p class="row"><a href=${at("/")}>${t("packet.back")}</a> <a href=${at("/send")}>${t("packet.sendOne")}</a></p>
      </section>`;
  }
  if (!packet) return html`<p class="loading" aria-busy="true">${t("loading")}</p>`;
  return html`
    <div class="packet">
      <${Envelope} packet=${packet} mine=${mine} outcome=${outcome} busy=${busy} grab=${grab} />
      <${ProblemNote} problem=${refused} />
      <${Fund} packet=${packet} />
      <${Wallet} userId=${caller.userId} fresh=${`${mine?.settled} ${packet.state}`} />
      ${caller.demo && html`<${Friends} packet=${packet} refresh=${refresh} />`}
      <${Shares} packet=${packet} me=${caller.userId} more=${more} />
      <${Invite} packetId=${packetId} caller=${caller} />
      <${AsOf} />
    </div>`;
}

function Fund({ packet }) {
  const part = packet.count === 0 ? 0 : Math.round((packet.grabbedCount / packet.count) * 100);
  return html`
    <section class="card fund">
      <p class="state-line"><${StatePill} state=${packet.state} /><span>${t(`kind.${packet.kind}`)} · ${yuan(packet.amountFen)}</span></p>
      <progress max="100" value=${part} aria-label=${t("packet.grabbed", { n: packet.grabbedCount, of: packet.count })}></progress>
      <dl class="facts">
        <div><dt>${t("packet.grabbedCount")}</dt><dd data-test="grabbed">${packet.grabbedCount} / ${packet.count}</dd></div>
        <div><dt>${t("packet.grabbedFen")}</dt><dd>${yuan(packet.grabbedFen)}</dd></div>
        <div><dt>${t("packet.leftFen")}</dt><dd data-test="left">${yuan(packet.leftFen)}</dd></div>
        ${packet.state === "expired" && html`
          <div><dt>${t("packet.refundedFen")}</dt><dd data-test="refunded">${yuan(packet.refundedFen)}</dd></div>`}
      </dl>
      <${Ends} packet=${packet} />
    </section>`;
}

function Ends({ packet }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = packet.state === "open" ? setInterval(() => setNow(Date.now()), 1000) : null;
    return () => clearInterval(timer);
  }, [packet.state]);
  if (packet.state !== "open") return html`<p class="help">${t(`state.${packet.state}.what`)}</p>`;
  const seconds = Math.max(0, Math.round((Date.parse(packet.expiresAt) - now) / 1000));
  const text = seconds >= 3600
    ? t("time.hours", { h: Math.floor(seconds / 3600), m: Math.floor((seconds % 3600) / 60) })
    : t("time.minutes", { m: Math.floor(seconds / 60), s: seconds % 60 });
  return html`<p class="help">${t("packet.ends", { text })}</p>`;
}
