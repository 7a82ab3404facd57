// The menu of a narrow window: it lies over the page, and is folded until somebody opens it.

const NARROW = window.matchMedia("(max-width: 1099.98px)");
const SIDEBAR = '[data-testid="stSidebar"]';
const FOLD = '[data-testid="stSidebarCollapseButton"] button';
const UNFOLD = '[data-testid="stExpandSidebarButton"]';
// Streamlit remembers that the menu is folded; this remembers that nobody but the window asked.
const FOLDED = "diq-menu-folded";

let listens = false;

export default function mount() {
  if (listens) return;
  listens = true;
  NARROW.addEventListener("change", () => setTimeout(fit, 0));
  document.addEventListener("click", (event) => {
    if (event.target.closest(`${SIDEBAR} a`)) setTimeout(fold, 0);
  });
  document.addEventListener("pointerdown", (event) => {
    if (event.target.closest('[data-testid="stMain"]')) fold();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.closest(SIDEBAR)) fold();
  });
  fit();
}

function fit() {
  if (NARROW.matches) fold();
  else if (localStorage.getItem(FOLDED)) {
    localStorage.removeItem(FOLDED);
    document.querySelector(UNFOLD)?.click();
  }
  document.documentElement.dataset.menu = "ready";
}

function fold() {
  const button = document.querySelector(FOLD);
  if (!NARROW.matches || !button) return;
  localStorage.setItem(FOLDED, "yes");
  button.click();
}
