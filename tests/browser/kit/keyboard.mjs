// Working with the keyboard alone.

/** More stops than any page has. */
const STOPS_MAX = 400;

export class Keyboard {
  constructor(page) {
    this.page = page;
    this.keys = page.keyboard;
  }

  /** Goes from stop to stop until what is wanted has the focus. */
  async to(wanted) {
    const target = wanted.first();
    await target.waitFor({ state: "attached" });
    for (let stop = 0; stop < STOPS_MAX; stop++) {
      if (await target.evaluate((it) => it === document.activeElement)) return;
      await this.keys.press("Tab");
    }
    throw new Error(`the keyboard does not get to ${wanted}`);
  }

  async press(wanted, key = "Enter") {
    await this.to(wanted);
    await this.keys.press(key);
  }

  async type(wanted, text) {
    await this.to(wanted);
    await this.keys.press("Control+A");
    await this.keys.type(text);
  }

  /** Chooses one radio button of a group: the group is one stop, arrows go on within it. */
  async choose(group, choice) {
    const target = group.getByRole("radio", { name: choice }).first();
    const isThere = (it) => it.name === document.activeElement?.name && document.activeElement.type === "radio";
    for (let stop = 0; !(await target.evaluate(isThere)); stop++) {
      if (stop > STOPS_MAX) throw new Error(`the keyboard does not get to ${choice}`);
      await this.keys.press("Tab");
    }
    for (let step = 0; !(await target.isChecked()); step++) {
      if (step > STOPS_MAX) throw new Error(`arrows do not get to ${choice}`);
      const hasFocus = await target.evaluate((it) => it === document.activeElement);
      await this.keys.press(hasFocus ? "Space" : "ArrowDown");
    }
  }

  /** Chooses from a list by typing what it is called. */
  async select(wanted, text) {
    await this.to(wanted);
    await this.keys.type(text);
  }
}
