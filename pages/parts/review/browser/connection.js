// Whether the server is there, and what to do while it is not.

const PATIENCE = 10000;

class Connection extends Keys {
  beat() {
    if (!this.alive) return;
    this.quiet();
    this.outbox.beat();
    this.startAnew();
    if (this.current && !document.hidden) this.seconds += 0.5;
    this.drawState();
  }

  get connected() {
    const app = document.querySelector(".stApp");
    return !app || app.dataset.testConnectionState === "CONNECTED";
  }

  // Without a connection streamlit lays a window over the page. The desk says so itself, and
  // one can go on, so that window is closed again.
  quiet() {
    const close = !this.connected && document.querySelector('[data-testid="stDialog"] button[aria-label="Close"]');
    if (!close || !this.alive) return;
    const before = this.lastFocus;
    close.click();
    setTimeout(() => {
      if (before && before.isConnected && !this.root.activeElement) before.focus({ preventScroll: true });
    }, 60);
  }

  // After a server was killed streamlit may go on asking the new one for a part of the page
  // that only the old one knew, and never be answered. Nothing is lost by loading the page anew:
  // what is not acknowledged lies in the browser's storage.
  startAnew() {
    const now = Date.now();
    if (!this.connected || !this.outbox.requests.length || !this.outbox.stored) this.heard = now;
    if (now - this.heard < PATIENCE) return;
    const last = Number(sessionStorage.getItem("diq-review-anew") || 0);
    if (now - last < 3 * PATIENCE) return;
    sessionStorage.setItem("diq-review-anew", String(now));
    window.removeEventListener("beforeunload", this.onLeave);
    window.location.reload();
  }
}
