// The wallet as the ledger has it, and the moment through which that is everything.
import { html, useEffect, useState } from "./html.js";
import { clock, t } from "./i18n.js";
import { get } from "./api.js";
import { yuan } from "./money.js";
import { Icon } from "./icons.js";
import { live } from "./live.js";
import { Trouble } from "./shared.js";

export function Wallet({ userId, fresh }) {
  const { now } = live.use();
  const [wallet, setWallet] = useState(null);
  const [problem, setProblem] = useState(null);
  // Booked sums moved, or this share's state did: the moment through which it is complete has moved too.
  const mark = `${fresh} ${now?.totals.settled}`;
  useEffect(() => {
    get(`/api/v1/wallets/${encodeURIComponent(userId)}`).then((answer) => { setWallet(answer); setProblem(null); }, setProblem);
  }, [userId, mark]);
  return html`
    <section class="card wallet" data-test="wallet">
      <h2><${Icon} name="wallet" /> ${t("wallet.title")}</h2>
      <p class="balance" data-test="balance">${yuan(wallet?.settledFen)}</p>
      <p class="help">${wallet ? t("wallet.through", { time: clock(wallet.settledThrough, true) }) : t("loading")}</p>
      <${Trouble} problem=${problem} />
    </section>`;
}
