// The wallet from the ledger, and the time through which it is complete.
import { html, useEffect, useState } from "./html.js";
import { t, timeOfDay } from "./i18n.js";
import { get } from "./api.js";
import { yuan } from "./money.js";
import { Icon } from "./icons.js";
import { live } from "./live.js";
import { ProblemNote } from "./shared.js";

export function Wallet({ userId, fresh }) {
  const { now } = live.use();
  const [wallet, setWallet] = useState(null);
  const [problem, setProblem] = useState(null);
  // The wallet may have changed when the settled total or the state of this share has changed.
  const mark = `${fresh} ${now?.totals.settled}`;
  useEffect(() => {
    const path = `/api/v1/wallets/${encodeURIComponent(userId)}`;
    get(path).then((answer) => { setWallet(answer); setProblem(null); }, setProblem);
  }, [userId, mark]);
  return html`
    <section class="card wallet" data-test="wallet">
      <h2><${Icon} name="wallet" /> ${t("wallet.title")}</h2>
      <p class="balance" data-test="balance">${yuan(wallet?.settledFen)}</p>
      <p class="help">${wallet ? t("wallet.through", { time: timeOfDay(wallet.settledThrough, true) }) : problem ? "" : t("loading")}</p>
      <${ProblemNote} problem=${problem} />
    </section>`;
}
