// The document: the header and the page for the address. The document stays when the page changes.
import { html, render, useEffect } from "./html.js";
import { language, t } from "./i18n.js";
import { loadSession, session } from "./session.js";
import { followLink, readAddress, route } from "./router.js";
import { Header } from "./header.js";
import { StartPage } from "./start.js";
import { SendPage } from "./send.js";
import { PacketPage } from "./packet.js";
import { OperationsPage } from "./operations.js";
import { ConsistencyPage } from "./consistency.js";

const pages = [
  [/^\/$/, "start", StartPage],
  [/^\/send$/, "send", SendPage],
  [/^\/p\/([^/]+)$/, "packet", PacketPage],
  [/^\/ops$/, "operations", OperationsPage],
  [/^\/ops\/consistency$/, "consistency", ConsistencyPage],
];

function App() {
  language.use();
  const caller = session.use();
  const { path } = route.use();
  const [pattern, name, Page] = pages.find(([pattern]) => pattern.test(path)) ?? pages[0];
  const argument = pattern.exec(path)?.[1];
  useEffect(() => {
    document.title = `${t(`title.${name}`)} · RedPacket`;
  });
  return html`
    <a class="skip" href="#main">${t("skip")}</a>
    <${Header} page=${name} caller=${caller} />
    <main id="main" class=${`page-${name}`} tabindex="-1">
      ${caller.known && html`<${Page} key=${path} argument=${argument && decoded(argument)} />`}
    </main>
    <footer>
      <span>${t("footer")}</span>
      <a href="/scalar">${t("link.api")}</a>
      <a href=${t("start.readme")}>README</a>
    </footer>`;
}

/** An address may have a % that encodes nothing. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

document.addEventListener("click", followLink);
addEventListener("popstate", readAddress);
loadSession().finally(() => render(html`<${App} />`, document.getElementById("app")));
