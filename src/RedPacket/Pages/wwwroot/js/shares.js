// The shares of a packet by ordinal, with the luckiest one.
import { html } from "./html.js";
import { dateAndTime, t } from "./i18n.js";
import { yuan } from "./money.js";
import { useAction } from "./state.js";
import { nameOf } from "./names.js";
import { Icon } from "./icons.js";
import { Settled } from "./shared.js";

export function Shares({ packet, me, more }) {
  const [busy, , showMore] = useAction(more);
  const { grabs, grabbedCount, luckiest } = packet;
  return html`
    <section class="card shares" aria-labelledby="shares-title">
      <h2 id="shares-title">${t("shares.title")}</h2>
      ${grabs.length === 0 && html`<p class="help">${t("shares.none")}</p>`}
      <ol data-test="shares">
        ${grabs.map((grab) => html`
          <${Share} key=${grab.ordinal} grab=${grab} isMine=${grab.userId === me} isLuckiest=${grab.userId === luckiest?.userId} />`)}
      </ol>
      ${grabs.length < grabbedCount && html`
        <button type="button" class="secondary wide" data-test="more" aria-busy=${busy} onClick=${showMore}>
          ${t("shares.more", { n: grabbedCount - grabs.length })}
        </button>`}
    </section>`;
}

function Share({ grab, isMine, isLuckiest }) {
  const name = nameOf(grab.userId);
  return html`
    <li class=${isMine ? "me" : ""}>
      <span class="face" aria-hidden="true">${[...name][0].toUpperCase()}</span>
      <span class="name">
        <bdi title=${grab.userId}>${name}</bdi>
        ${name !== grab.userId && html`<small><code>${grab.userId}</code></small>`}
        ${isMine && html`<small>${t("shares.me")}</small>`}
        ${isLuckiest && html`<span class="pill gold" data-test="luckiest"><${Icon} name="crown" /> ${t("shares.luckiest")}</span>`}
      </span>
      <time datetime=${grab.grabbedAt}>${dateAndTime(grab.grabbedAt)}</time>
      <span class="amount">${yuan(grab.amountFen)}</span>
      <${Settled} settled=${grab.settled} />
    </li>`;
}
