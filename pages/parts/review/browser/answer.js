// An answer in the making: what was chosen so far, what is open, what is still missing.

import { obstacle } from "./image.js";
import { say } from "./wording.js";

export const EDIT_VERDICT = "accept_with_edit";

export function emptyValues() {
  return { scales: {}, verdict: null, flags: [], marks: [], criteria: {}, comment: "", edits: {} };
}

// Returns the form as it is put to this sample: without reasoning nothing about it is asked.
export function formFor(form, card) {
  if (card.kind === "preference" || card.text.gone || card.text.steps.length) return form;
  return { ...form, scales: form.scales.filter((scale) => !scale.of_reasoning) };
}

export class Answer {
  constructor(form, card, values) {
    this.form = form;
    this.card = card;
    this.values = values;
  }

  get isPreference() {
    return this.card.kind === "preference";
  }

  setLevel(place, level) {
    this.values.scales[this.form.scales[place].key] = level;
  }

  toggleFlag(flag) {
    const { flags } = this.values;
    this.values.flags = flags.includes(flag)
      ? flags.filter((one) => one !== flag)
      : [...flags, flag];
  }

  toggleMark(step, mark) {
    const same = (one) => one[0] === step && one[1] === mark;
    const { marks } = this.values;
    this.values.marks = marks.some(same)
      ? marks.filter((one) => !same(one))
      : [...marks, [step, mark]];
  }

  // `met` is true, false, or null for "not answered".
  setCriterion(name, met) {
    if (met === null) delete this.values.criteria[name];
    else this.values.criteria[name] = met;
  }

  cycleCriterion(name) {
    const now = this.values.criteria[name];
    this.setCriterion(name, now === undefined ? true : now ? false : null);
  }

  // Returns the place of the first scale without a level; behind the last one if all have one.
  firstOpen() {
    const open = this.form.scales.findIndex((scale) => !this.values.scales[scale.key]);
    return open < 0 ? this.form.scales.length : open;
  }

  // ---- the text as the reviewer would have it

  get fields() {
    return Object.keys(this.card.text.original || {});
  }

  original(field) {
    return this.card.text.original?.[field] || "";
  }

  saved(field) {
    const edit = this.card.edits[field];
    return edit && edit.text !== null ? edit.text : this.original(field);
  }

  now(field) {
    const typed = this.values.edits[field];
    return typed === undefined ? this.saved(field) : typed;
  }

  // Returns the fields that now differ from the original.
  edited() {
    return this.fields.filter((field) => this.now(field) !== this.original(field));
  }

  // Why this cannot be judged at all; empty = it can.
  get obstacle() {
    return obstacle(this.card);
  }

  // ---- what is still missing, as the server would say it

  // Returns the place of a scale that has to have a level before this can be saved, or -1.
  missingScale() {
    const open = this.firstOpen();
    return this.isPreference || this.excused() || open === this.form.scales.length ? -1 : open;
  }

  // Says what is missing; empty = it can be saved.
  missing() {
    const why = this.obstacle;
    if (why) return say("put_aside_instead", { why });
    if (this.isPreference) {
      return this.values.preference ? "" : say("preference_missing");
    }
    const scale = this.form.scales[this.missingScale()];
    if (scale) {
      return say("level_missing", { scale: scale.title });
    }
    const verdict = this.verdict();
    if (!verdict) return say("verdict_missing");
    const clash = this.flags().find((flag) => flag.contradicts.includes(verdict.key));
    if (clash) {
      return say("flag_clashes", { flag: clash.label, verdict: verdict.label });
    }
    if (verdict.key === EDIT_VERDICT && !this.edited().length) {
      return say("edit_missing");
    }
    return "";
  }

  verdict() {
    return this.form.verdicts.find((one) => one.key === this.values.verdict);
  }

  flags() {
    return this.form.flags.filter((one) => this.values.flags.includes(one.key));
  }

  excused() {
    return Boolean(this.verdict()?.excuses) || this.flags().some((flag) => flag.excuses);
  }
}
