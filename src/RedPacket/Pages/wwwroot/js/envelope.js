// The envelope: closed with its seal, opened with the share, or too late.
import { html, useEffect, useRef } from "./html.js";
import { t } from "./i18n.js";
import { yuan } from "./money.js";
import { nameOf } from "./names.js";
import { Settled } from "./shared.js";

export function Envelope({ packet, mine, outcome, busy, grab }) {
  const late = outcome && outcome.outcome !== "won";
  const state = mine ? "open" : late ? "late" : "closed";
  // The button that was pressed is gone, so the result gets its focus.
  const result = useRef(null);
  const pressed = useRef(false);
  useEffect(() => {
    if (pressed.current) result.current?.focus();
  }, [state]);
  const press = () => {
    pressed.current = true;
    grab();
  };
  return html`
    <section class="envelope" data-state=${state} data-test="envelope" aria-live="polite">
      ${mine && html`
        <div class="coins" aria-hidden="true">${[...Array(12).keys()].map((n) => html`<i class=${`fly fly-${n}`} key=${n}></i>`)}</div>`}
      <div class="front">
        <${Head} senderId=${packet.senderId} greeting=${packet.greeting} />
        ${state === "closed" && html`
          <button type="button" class="seal-coin" data-test="open" aria-busy=${busy} onClick=${press} aria-label=${t("packet.open")}>
            <span aria-hidden="true">開</span>
          </button>
          <p class="hint">${t(packet.state === "open" ? "packet.tap" : "packet.tapClosed")}</p>`}
        ${state === "open" && html`
          <p class="share" tabindex="-1" ref=${result}><span class="amount" data-test="my-share">${yuan(mine.amountFen)}</span></p>
          <p class="my-state" data-test="my-state"><${Settled} settled=${mine.settled} /></p>
          <p class="hint">${t(mine.settled ? "packet.inWallet" : "packet.onItsWay")}</p>`}
        ${state === "late" && html`
          <p class="share late" tabindex="-1" ref=${result} data-test="late">${t(`late.${outcome.outcome}`)}</p>
          <p class="hint">${t(`late.${outcome.outcome}.what`)}</p>`}
      </div>
    </section>`;
}

/** The sender and the greeting, on the flap while the envelope is closed. */
export function Head({ senderId, greeting }) {
  const length = [...greeting].length;
  const size = length > 60 ? "smallest" : length > 24 ? "smaller" : "";
  return html`
    <div class="head">
      <p class="from" title=${senderId}>${t("packet.from", { user: nameOf(senderId) })}</p>
      <p class=${`greeting ${size}`} data-test="greeting">${greeting || t("packet.noGreeting")}</p>
    </div>`;
}
