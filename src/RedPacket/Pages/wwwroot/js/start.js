// The start page: what RedPacket is, and three ways to begin.
import { html } from "./html.js";
import { t } from "./i18n.js";
import { session } from "./session.js";
import { Icon } from "./icons.js";
import { HeroPicture } from "./hero-picture.js";
import { StartTour } from "./tour.js";
import { MyPackets } from "./my-packets.js";
import { Wallet } from "./wallet.js";
import { at } from "./base.js";

const ways = [["/send", "grab", "person"], ["/ops#crowd", "load", "crowd"], ["/ops/consistency", "inspect", "check"]];

export function StartPage() {
  const { userId } = session.use();
  return html`
    <section class="hero">
      <div>
        <h1>${t("start.title")}</h1>
        <p class="lead">${t("start.one")}</p>
        <p>${t("start.two")}</p>
        <p>${t("start.three")}</p>
        ${session.use().demo && html`<${StartTour} />`}
        <p class="more">
          <a href=${at("/scalar")}>${t("link.api")}</a>
        </p>
      </div>
      <${HeroPicture} />
    </section>
    <section class="ways" aria-label=${t("start.ways")}>
      ${ways.map(([address, key, icon]) => html`
        <a class=${`way ${key}`} href=${at(address)} data-test=${`way-${key}`}>
          <${Icon} name=${icon} />
          <strong>${t(`start.${key}`)}</strong>
          <span>${t(`start.${key}.what`)}</span>
          <span class="go">${t(`start.${key}.go`)} <${Icon} name="arrow" /></span>
        </a>`)}
    </section>
    ${userId && html`
      <div class="mine" key=${userId}><${MyPackets} userId=${userId} /><${Wallet} userId=${userId} /></div>`}`;
}
