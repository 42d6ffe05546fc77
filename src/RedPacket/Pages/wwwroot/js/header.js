// The bar above every page: links, identity and language.
import { html, useEffect, useRef, useState } from "./html.js";
import { language, setLanguage, t, timeOfDay } from "./i18n.js";
import { Identity } from "./identity.js";
import { followers } from "./inbox.js";
import { Icon } from "./icons.js";
import { live } from "./live.js";
import { nameOf } from "./names.js";
import { at } from "./base.js";

const links = [["/send", "send"], ["/ops", "operations"], ["/ops/consistency", "consistency"]];
const languages = [["zh", "中文"], ["en", "EN"]];

export function Header({ page, caller }) {
  const dialog = useRef(null);
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    if (asked) dialog.current.showModal();
  }, [asked]);
  const shownLinks = followers.use().answer ? [...links, ["/ops/statistics", "statistics"]] : links;
  const name = caller.userId ? caller.name ?? nameOf(caller.userId) : t(caller.demo ? "who.nobody" : "who.noToken");
  return html`
    <${Away} />
    ${caller.network && html`<p class="alarm" role="alert"><${Icon} name="warning" /> ${t("who.network")}</p>`}
    <header class="bar">
      <a class="brand" href=${at("/")}><img src=${at("/assets/icon.svg")} alt="" width="28" height="28" /><span>RedPacket</span></a>
      <nav aria-label=${t("nav")}>
        ${shownLinks.map(([address, key]) => html`
          <a href=${at(address)} aria-current=${page === key ? "page" : null}>${t(`title.${key}`)}</a>`)}
      </nav>
      <div class="tools">
        <button type="button" class="chip" data-test="who" title=${caller.userId} onClick=${() => setAsked(true)}
          aria-haspopup="dialog">
          <${Icon} name=${caller.operator ? "key" : "person"} /><span><bdi>${name}</bdi></span>
        </button>
        <div class="languages" role="group" aria-label=${t("language")}>
          ${languages.map(([code, label]) => html`
            <button type="button" lang=${code} data-test=${`language-${code}`} aria-pressed=${language.get().code === code}
              onClick=${() => setLanguage(code)}>${label}</button>`)}
        </div>
      </div>
    </header>
    ${asked && html`
      <dialog ref=${dialog} aria-labelledby="who-title" onClose=${() => setAsked(false)}>
        <article>
          <h2 id="who-title">${t("who.title")}</h2>
          <${Identity} caller=${caller} done=${() => dialog.current.close()} />
          <button type="button" class="secondary small dismiss" data-test="who-close" onClick=${() => dialog.current.close()}>
            <${Icon} name="cross" /> ${t("close")}
          </button>
        </article>
      </dialog>`}`;
}

/** Shown on every page while the service does not answer. It goes when the live numbers come again. */
function Away() {
  const { state, now } = live.use();
  if (state !== "lost") return null;
  const known = now ? t("live.known", { time: timeOfDay(now.time) }) : "";
  return html`<p class="alarm away" role="alert" data-test="away"><${Icon} name="warning" /> ${t("live.away")} ${known}</p>`;
}
