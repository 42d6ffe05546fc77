// The wallet from the ledger, and the time through which it is complete.
import { html, useEffect, useState } from "./html.js";
import { dateAndTime, t } from "./i18n.js";
import { get } from "./api.js";
import { yuan } from "./money.js";
import { Icon } from "./icons.js";
import { live } from "./live.js";
import { ProblemNote } from "./shared.js";
import { Statement } from "./statement.js";
import { Inbox } from "./inbox.js";

export function Wallet({ userId, fresh }) {
  const { now } = live.use();
  const [wallet, setWallet] = useState(null);
  const [problem, setProblem] = useState(null);
  const [isOpen, setOpen] = useState(false);
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
      ${wallet?.pendingFen > 0 && html`<p data-test="pending">${t("wallet.pending", { amount: yuan(wallet.pendingFen) })}</p>`}
      <p class="help">${through(wallet, problem)}</p>
      <${ProblemNote} problem=${problem} />
      <${Inbox} userId=${userId} />
      <details onToggle=${(event) => setOpen(event.target.open)}>
        <summary data-test="statement-open">${t("statement.title")}</summary>
        ${isOpen && html`<${Statement} userId=${userId} mark=${`${wallet?.settledFen}`} />`}
      </details>
    </section>`;
}

function through(wallet, problem) {
  if (wallet) return t("wallet.through", { time: dateAndTime(wallet.settledThrough) });
  return problem ? "" : t("loading");
}
