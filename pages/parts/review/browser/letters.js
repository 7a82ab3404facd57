// Which key stands for which choice of the form.

export const VERDICT_KEYS = { accept: "a", accept_with_edit: "e", reject: "r", unsure: "u" };
export const FLAG_KEYS = {
  factually_wrong: "w", unsafe: "s", flawed_question: "q", phi: "p", not_medical: "n",
};
export const PREFERENCE_KEYS = { left: "1", same: "2", right: "3" };
// By place, as the marks of the form and the criteria of a sample have no fixed names.
export const MARK_KEYS = ["x", "v", "b"];
export const CRITERION_KEYS = ["6", "7", "8", "9"];
