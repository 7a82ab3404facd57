// What a browser keeps for a page, for node: the same few calls, in memory.

export class MemoryStorage {
  constructor() {
    this.kept = new Map();
    this.full = false;
  }

  getItem(name) {
    return this.kept.get(name) ?? null;
  }

  setItem(name, text) {
    if (this.full) throw new Error("QuotaExceededError");
    this.kept.set(name, String(text));
  }

  removeItem(name) {
    this.kept.delete(name);
  }
}

// Gives each test a browser of its own, with nothing in its storage.
export function freshStorage() {
  const storage = new MemoryStorage();
  Object.defineProperty(globalThis, "localStorage", { value: storage, configurable: true });
  return storage;
}
