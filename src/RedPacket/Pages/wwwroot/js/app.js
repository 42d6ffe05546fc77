// The document: the header and the page for the address. The document stays when the page changes.
import { html, render, useEffect } from "./html.js";
import { get } from "./api.js";
import { language, t, zone } from "./i18n.js";
import { loadSession, session } from "./session.js";
import { followLink, readAddress, route } from "./router.js";
import { store } from "./state.js";
import { follow } from "./live.js";
import { Header } from "./header.js";
import { Tour } from "./tour.js";
import { StartPage } from "./start.js";
import { SendPage } from "./send.js";
import { PacketPage } from "./packet.js";
import { OperationsPage } from "./operations.js";
import { ConsistencyPage } from "./consistency.js";
import { StatisticsPage } from "./statistics.js";
import { followers } from "./inbox.js";
import { at } from "./base.js";

/** The roles of this process, and those that the pages need and this address does not reach. */
const processRoles = store({ roles: [], missing: [] });

const pages = [
  [/^\/$/, "start", StartPage],
  [/^\/send$/, "send", SendPage],
  [/^\/p\/([^/]+)$/, "packet", PacketPage],
  [/^\/ops$/, "operations", OperationsPage],
  [/^\/ops\/consistency$/, "consistency", ConsistencyPage],
  [/^\/ops\/statistics$/, "statistics", StatisticsPage],
];

function App() {
  language.use();
  const caller = session.use();
  const { path } = route.use();
  const [pattern, name, Page] = pages.find(([pattern]) => pattern.test(path)) ?? [/^/, "nowhere", NowherePage];
  const argument = pattern.exec(path)?.[1];
  useEffect(() => {
    document.title = `${t(`title.${name}`)} · RedPacket`;
  });
  return html`
    <a class="skip" href="#main">${t("skip")}</a>
    <${Header} page=${name} caller=${caller} />
    <main id="main" class=${`page-${name}`} tabindex="-1">
      <${Elsewhere} />
      ${caller.known && html`<${Page} key=${path} argument=${argument && decode(argument)} />`}
    </main>
    <footer>
      <span>${t("footer")} · ${t("footer.zone", { zone: zone() })}</span>
      <a href=${at("/scalar")}>${t("link.api")}</a>
    </footer>
    ${caller.demo && html`<${Tour} />`}`;
}

function NowherePage() {
  return html`
    <section class="card narrow" data-test="nowhere">
      <h1>${t("title.nowhere")}</h1>
      <p>${t("nowhere.what")}</p>
      <p><a href=${at("/")}>${t("nowhere.home")}</a></p>
    </section>`;
}

/** Said on every page of a process that has, and forwards to, only some of the roles that the pages need. */
function Elsewhere() {
  const { roles, missing } = processRoles.use();
  if (missing.length === 0) return null;
  const parts = missing.map((role) => t(`elsewhere.${role}`)).join(" ");
  return html`<p class="problem" role="status" data-test="elsewhere">${t("elsewhere", { roles: roles.join(", ") })} ${parts}</p>`;
}

async function readRoles() {
  const { roles, forwards, subscribers } = await get("/api/v1/info");
  followers.set({ answer: subscribers });
  processRoles.set({ roles, missing: ["grab", "reconcile"].filter((role) => !roles.includes(role) && !forwards.includes(role)) });
}

/** An address that is not valid text is shown as it is, and its call is refused. */
function decode(argument) {
  try {
    return decodeURIComponent(argument);
  } catch {
    return argument;
  }
}

document.addEventListener("click", followLink);
addEventListener("popstate", readAddress);
// Without an answer the calls of the page say what is wrong.
readRoles().catch(() => {});
follow();
loadSession().finally(() => render(html`<${App} />`, document.getElementById("app")));
