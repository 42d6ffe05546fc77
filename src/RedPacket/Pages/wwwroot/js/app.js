// The document: header, the page of the address, and the way from one to the next without leaving the document.
import { html, render, useEffect, useState } from "./html.js";
import { language, speak, t } from "./i18n.js";
import { ask, who } from "./session.js";
import { current, follow, visit } from "./router.js";
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
  const caller = who.use();
  const { path } = current.use();
  const [pattern, name, Page] = pages.find(([pattern]) => pattern.test(path)) ?? pages[0];
  const argument = pattern.exec(path)?.[1];
  useEffect(() => {
    document.title = `${t(`title.${name}`)} · RedPacket`;
  });
  return html`
    <a class="skip" href="#main">${t("skip")}</a>
    <${Header} page=${name} caller=${caller} />
    <main id="main" class=${`page-${name}`} tabindex="-1">
      ${caller.known && html`<${Page} key=${path} argument=${argument && decodeURIComponent(argument)} />`}
    </main>
    <footer>
      <span>${t("footer")}</span>
      <a href="/scalar">${t("link.api")}</a>
      <a href=${language.get().code === "zh" ? "/assets/README.zh-CN.md" : "/assets/README.md"}>README</a>
    </footer>`;
}

document.addEventListener("click", follow);
addEventListener("popstate", visit);
ask().finally(() => render(html`<${App} />`, document.getElementById("app")));
