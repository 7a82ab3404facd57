// What was decided and not yet acknowledged. It stands in the browser's own storage, under the
// name of study, reviewer, queue and form, until the server has said that it is on the disk.

// Milliseconds without an acknowledgement after which everything is sent again.
const RETRY = 2500;

// Names a request, so that one that arrives twice is carried out once.
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Outbox {
  // `send` takes a message to the server, `changed` is called when one was sent.
  constructor(scope, send, changed) {
    this.name = `diq-review:${scope}`;
    this.scope = scope;
    this.changed = changed;
    this.memory = { requests: [], drafts: {} };
    this.send = send;
    this.stored = false;
    this.sent = 0;
    // When the oldest of the open requests was made, or found here by a new page.
    this.since = this.requests.length ? Date.now() : null;
    this.lastTry = 0;
  }

  // Two windows of one reviewer share the storage, so it is read anew each time.
  read() {
    try {
      const text = localStorage.getItem(this.name);
      if (text) this.memory = JSON.parse(text);
    } catch {
      // Storage may be switched off; then the page's memory has to do.
    }
    return this.memory;
  }

  write(box) {
    this.memory = box;
    try {
      const empty = !box.requests.length && !Object.keys(box.drafts).length;
      if (empty) localStorage.removeItem(this.name);
      else localStorage.setItem(this.name, JSON.stringify(box));
      this.stored = true;
    } catch {
      this.stored = false;
    }
  }

  get requests() {
    return this.read().requests;
  }

  add(...requests) {
    const box = this.read();
    box.requests.push(...requests);
    this.write(box);
    if (this.since === null) this.since = Date.now();
    this.flush();
  }

  draft(sample) {
    return this.read().drafts[sample] || null;
  }

  keepDraft(sample, values) {
    const box = this.read();
    if (values === null) delete box.drafts[sample];
    else box.drafts[sample] = values;
    this.write(box);
  }

  // Returns the requests that the acknowledgements are about, with what became of them.
  settle(acknowledged) {
    const box = this.read();
    const settled = box.requests.filter((request) => acknowledged[request.key]);
    if (!settled.length) return [];
    box.requests = box.requests.filter((request) => !acknowledged[request.key]);
    this.write(box);
    this.since = box.requests.length ? Date.now() : null;
    return settled.map((request) => [request, acknowledged[request.key]]);
  }

  flush(draft) {
    const requests = this.requests;
    if (!requests.length && !draft) return;
    this.lastTry = Date.now();
    this.sent += 1;
    try {
      this.send({
        scope: this.scope, number: this.sent, requests: draft ? [...requests, draft] : requests,
      });
    } catch {
      // Tried again by `beat`.
    }
    this.changed();
  }

  beat() {
    if (this.requests.length && Date.now() - this.lastTry > RETRY) this.flush();
  }
}
