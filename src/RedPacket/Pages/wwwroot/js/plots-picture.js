// The plots as one PNG, drawn from what the page shows: each canvas and each caption at its place.
import { download } from "./api.js";
import { dateAndTime } from "./i18n.js";

const margin = 24;

export function savePicture(grid) {
  const frame = grid.getBoundingClientRect();
  const style = getComputedStyle(document.documentElement);
  const picture = document.createElement("canvas");
  picture.width = (frame.width + 2 * margin) * devicePixelRatio;
  picture.height = (frame.height + 3 * margin) * devicePixelRatio;
  const ctx = picture.getContext("2d");
  ctx.fillStyle = style.getPropertyValue("--card");
  ctx.fillRect(0, 0, picture.width, picture.height);
  ctx.scale(devicePixelRatio, devicePixelRatio);
  ctx.textBaseline = "middle";
  ctx.fillStyle = style.getPropertyValue("--muted");
  ctx.font = `13px ${style.fontFamily}`;
  const now = new Date();
  ctx.fillText(`RedPacket · ${now.toLocaleDateString("sv")} ${dateAndTime(now)}`, margin, margin);
  ctx.translate(margin - frame.left, 2 * margin - frame.top);
  for (const canvas of grid.querySelectorAll("canvas")) {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    ctx.drawImage(canvas, left, top, width, height);
  }
  for (const mark of grid.querySelectorAll(".key path")) drawMark(ctx, mark);
  const texts = document.createTreeWalker(grid, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) drawText(ctx, texts.currentNode);
  picture.toBlob((blob) => download(blob, `redpacket-plots-${now.toISOString().slice(0, 19).replaceAll(":", "")}.png`));
}

function drawMark(ctx, mark) {
  const { left, right, top, bottom } = mark.ownerSVGElement.getBoundingClientRect();
  const style = getComputedStyle(mark);
  ctx.strokeStyle = style.stroke;
  ctx.lineWidth = Number.parseInt(style.strokeWidth, 10);
  ctx.setLineDash((mark.getAttribute("stroke-dasharray") ?? "").split(" ").filter(Boolean).map(Number));
  ctx.beginPath();
  ctx.moveTo(left, (top + bottom) / 2);
  ctx.lineTo(right, (top + bottom) / 2);
  ctx.stroke();
}

function drawText(ctx, node) {
  if (!node.data.trim() || node.parentElement.closest(".canvas")) return;
  const place = document.createRange();
  place.selectNodeContents(node);
  const { left, top, width, height } = place.getBoundingClientRect();
  const style = getComputedStyle(node.parentElement);
  ctx.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  ctx.fillStyle = style.color;
  ctx.fillText(node.data.trim(), left, top + height / 2, width);
}
