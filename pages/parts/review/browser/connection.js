// Whether the server is there, and what to do while it is not.

const PATIENCE = 10000;
const LAST_START = "diq-review-anew";

export class Connection {
  constructor(desk) {
    this.desk = desk;
    this.heard = Date.now();
  }

  get connected() {
    const app = document.querySelector(".stApp");
    return !app || app.dataset.testConnectionState === "CONNECTED";
  }

  // Without a connection streamlit lays a window over the page. The desk says so itself, and
  // one can go on, so that window is closed again.
  quiet() {
    if (this.connected || !this.desk.alive) return;
    const close = document.querySelector('[data-testid="stDialog"] button[aria-label="Close"]');
    if (!close) return;
    const before = this.desk.lastFocus;
    close.click();
    setTimeout(() => {
      const lost = before?.isConnected && !this.desk.root.activeElement;
      if (lost) before.focus({ preventScroll: true });
    }, 60);
  }

  // After a server was killed streamlit may go on asking the new one for a part of the page
  // that only the old one knew, and never be answered. Nothing is lost by loading the page anew:
  // what is not acknowledged lies in the browser's storage.
  startAnew() {
    const now = Date.now();
    const { outbox } = this.desk;
    if (!this.connected || !outbox.requests.length || !outbox.stored) this.heard = now;
    if (now - this.heard < PATIENCE) return;
    const last = Number(sessionStorage.getItem(LAST_START) || 0);
    if (now - last < 3 * PATIENCE) return;
    sessionStorage.setItem(LAST_START, String(now));
    window.removeEventListener("beforeunload", this.desk.onLeave);
    window.location.reload();
  }
}
