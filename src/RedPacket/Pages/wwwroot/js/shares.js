// Everybody's shares, with the luckiest.
import { html } from "./html.js";
import { clock, t } from "./i18n.js";
import { yuan } from "./money.js";
import { useAction } from "./state.js";
import { Icon } from "./icons.js";
import { Settled } from "./shared.js";

export function Shares({ packet, me, more }) {
  const [busy, , showMore] = useAction(more);
  const luckiest = packet.luckiest;
  return html`
    <section class="card shares" aria-labelledby="shares-title">
      <h2 id="shares-title">${t("shares.title")}</h2>
      ${packet.grabs.length === 0 && html`<p class="help">${t("shares.none")}</p>`}
      <ol data-test="shares">
        ${packet.grabs.map((grab) => html`
          <li key=${grab.ordinal} class=${grab.userId === me ? "me" : ""}>
            <span class="face" aria-hidden="true">${[...grab.userId][0].toUpperCase()}</span>
            <span class="name"><bdi>${grab.userId}</bdi>${grab.userId === me ? html` <small>${t("shares.me")}</small>` : ""}
              ${luckiest?.userId === grab.userId && html`<span class="pill gold" data-test="luckiest"><${Icon} name="crown" /> ${t("shares.luckiest")}</span>`}</span>
            <time datetime=${grab.grabbedAt}>${clock(grab.grabbedAt)}</time>
            <span class="amount">${yuan(grab.amountFen)}</span>
            <${Settled} settled=${grab.settled} />
          </li>`)}
      </ol>
      ${packet.grabs.length < packet.grabbedCount && html`<button type="button" class="secondary wide" data-test="more" aria-busy=${busy} onClick=${showMore}>${t("shares.more", { n: packet.grabbedCount - packet.grabs.length })}</button>`}
    </section>`;
}
