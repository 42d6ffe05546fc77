// Sends packets and grabs them with a new user in each iteration. Every tenth user asks again and must get the same bytes.
//   k6 run loadtest/grab.js
//   BASE=http://localhost:5080 VUS=64 DURATION=30s PACKET=<id>,<id> k6 run loadtest/grab.js
import http from 'k6/http';
import { check } from 'k6';
import { Counter } from 'k6/metrics';

const base = __ENV.BASE || 'http://localhost:5080';
const won = new Counter('grabs_won');
const late = new Counter('grabs_too_late');
const refused = new Counter('grabs_refused');

export const options = {
  vus: Number(__ENV.VUS || 64),
  duration: __ENV.DURATION || '20s',
  thresholds: { checks: ['rate==1'] },
};

function caller(user) {
  return __ENV.TOKEN ? { Authorization: `Bearer ${__ENV.TOKEN}` } : { 'X-User-Id': user };
}

export function setup() {
  const run = Date.now();
  if (__ENV.PACKET) return { run, packets: __ENV.PACKET.split(',') };
  const packets = [];
  for (let n = 0; n < 10; n++) {
    const headers = Object.assign({ 'Content-Type': 'application/json', 'Idempotency-Key': `k6-${run}-${n}` }, caller('k6-sender'));
    const packet = { kind: 'lucky', amountFen: 1000000, count: 100000 };
    const answer = http.post(`${base}/api/v1/packets`, JSON.stringify(packet), { headers });
    if (answer.status !== 201) throw new Error(`sending a packet failed: ${answer.status} ${answer.body}`);
    packets.push(answer.json('packetId'));
  }
  return { run, packets };
}

export default function (data) {
  const packet = data.packets[__ITER % data.packets.length];
  const params = { headers: caller(`k6-${data.run}-${__VU}-${__ITER}`), tags: { name: 'grab' } };
  const url = `${base}/api/v1/packets/${packet}/grabs`;
  const answer = http.post(url, null, params);
  if (answer.status === 503 || answer.status === 429) {
    refused.add(1);
    check(answer, { 'a refusal has Retry-After': (a) => a.headers['Retry-After'] !== undefined });
    return;
  }
  check(answer, { 'the status is 200': (a) => a.status === 200 });
  const outcome = answer.json('outcome');
  (outcome === 'won' ? won : late).add(1);
  if (outcome === 'won' && __ITER % 10 === 0) {
    check(http.post(url, null, params), { 'asking again returns the same bytes': (a) => a.status !== 200 || a.body === answer.body });
  }
}
