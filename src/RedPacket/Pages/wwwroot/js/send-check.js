// What keeps a form from being sent, field by field and in words. The limits are those of /api/v1/info.
import { t } from "./i18n.js";
import { count as grouped, fenOf, yuan } from "./money.js";

/** { amountFen, shares, wrong: { amount, count, greeting }, nearest }. A field without a text in wrong may be sent. */
export function check({ kind, amount, count, greeting }, limits) {
  const amountFen = fenOf(amount);
  const shares = /^\s*\d{1,9}\s*$/.test(count) ? BigInt(count.trim()) : 0n;
  const wrong = {
    count: countProblem(shares, limits),
    greeting: lengthOf(greeting) > limits.maxGreeting ? t("send.longGreeting", { n: limits.maxGreeting }) : null,
  };
  wrong.amount = amountProblem(amountFen, wrong.count ? 0n : shares, limits);
  const nearest = wrong.amount || wrong.count || kind !== "equal" ? [] : nearestTotals(amountFen, shares, limits);
  if (nearest.length > 0) wrong.amount = t("send.uneven", { amount: yuan(amountFen), n: grouped(shares) });
  return { amountFen, shares, wrong, nearest };
}

function countProblem(shares, { maxCount }) {
  return shares < 1n || shares > BigInt(maxCount) ? t("send.noCount", { n: grouped(maxCount) }) : null;
}

function amountProblem(amountFen, shares, { maxAmountFen }) {
  if (amountFen === null) return t("send.noAmount");
  if (amountFen > maxAmountFen) return t("send.tooMuch", { amount: yuan(maxAmountFen) });
  if (amountFen < 1n) return t("send.tooLittle", { amount: yuan(1n) });
  return amountFen < shares ? t("send.tooThin", { n: grouped(shares), amount: yuan(shares), least: yuan(1n) }) : null;
}

/** The totals around an amount that divide. Empty if the amount itself divides. */
function nearestTotals(amountFen, shares, { maxAmountFen }) {
  const below = amountFen - (amountFen % shares);
  if (below === amountFen) return [];
  return [below, below + shares].filter((fen) => fen <= maxAmountFen);
}

/** The number of characters as a reader counts them. */
function lengthOf(text) {
  return typeof Intl.Segmenter === "function" ? [...new Intl.Segmenter().segment(text)].length : [...text].length;
}
