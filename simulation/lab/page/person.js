"use strict";
// What is told about one person? Its numbers, why people followed and left it, and the switch to give or hoard.
window.Lab = window.Lab || {};

(function (Lab) {
  const share = (value) => Math.round(100 * value) + " %";

  Lab.PersonCard = class {
    constructor(act, order) {
      this.act = act; // act(to): make the person shown give or hoard
      this.order = order; // order(): let people be told to follow it
      this.title = document.getElementById("person-title");
      this.body = document.getElementById("person-body");
      this.shown = null;
    }

    clear() {
      this.shown = null;
      this.title.textContent = "One person";
      this.body.replaceChildren(Lab.make("p", "quiet", "Click a point, or choose a number."));
    }

    show(person, canSwitch) {
      const same = this.shown && this.shown.slot === person.slot && this.shown.world === person.world;
      if (!same) this.build(canSwitch);
      this.shown = person;
      this.title.textContent = "Person " + person.slot;
      const parts = ["gives " + share(person.generosity) + (person.by_hand ? " (switched by you)" : "")];
      if (person.since > 0) parts.push("here since tick " + person.since);
      this.lead.textContent = parts.join(", ");
      const facts = [["followers", person.followers], ["follows", person.followees], ["found", person.found],
        ["gave", person.shared], ["handed up", person.brought], ["read", person.read]];
      this.facts.replaceChildren(...facts.filter(([, value]) => value !== undefined).map(([name, value]) => {
        const fact = Lab.make("div", "fact");
        fact.append(Lab.make("dt", "", name), Lab.make("dd", "", value.toLocaleString("en")));
        return fact;
      }));
      for (const to of ["give", "hoard"]) {
        const button = this.buttons[to];
        if (button) button.setAttribute("aria-pressed", String(person.generosity === (to === "give" ? 1 : 0)));
      }
      this.reasons(person);
    }

    build(canSwitch) {
      this.lead = Lab.make("p", "lead");
      this.facts = Lab.make("dl", "facts");
      this.buttons = {};
      const switches = Lab.make("div", "segments");
      switches.setAttribute("role", "group");
      switches.setAttribute("aria-label", "From now on");
      if (canSwitch) {
        for (const [to, words] of [["give", "Give everything"], ["hoard", "Keep everything"]]) {
          const button = Lab.make("button", "", words);
          button.type = "button";
          button.dataset.to = to;
          button.addEventListener("click", () => this.act(to));
          this.buttons[to] = button;
          switches.append(button);
        }
      }
      const order = Lab.make("button", "order", `Order ${Lab.page.hello.limits.ordered} to follow`);
      order.type = "button";
      order.title = "People drawn by lot are told to follow this person; afterwards they may leave like all others.";
      order.addEventListener("click", () => this.order());
      const lines = Lab.make("p", "sentence", "In the picture, green lines lead to its followers, violet ones to those it follows.");
      this.why = Lab.make("div", "why");
      this.body.replaceChildren(this.lead, ...(canSwitch ? [switches, order] : []), this.facts, lines, this.why);
    }

    reasons(person) {
      const parts = [];
      for (const [heading, rows, kind] of [["Followed, because the follower", person.followed, "new"],
        ["Left, because the follower", person.left, "lost"]]) {
        if (!rows || !rows.length) continue;
        const list = Lab.make("ul", "reasons " + kind), most = Math.max(...rows.map((row) => row[1]));
        for (const [words, count] of rows) {
          const item = Lab.make("li"), bar = Lab.make("span", "bar");
          bar.style.width = 100 * count / most + "%";
          item.append(bar, Lab.make("span", "words", words), Lab.make("span", "count", String(count)));
          list.append(item);
        }
        parts.push(Lab.make("h3", "", heading), list);
      }
      if (person.recent && person.recent.length) {
        const list = Lab.make("ol", "recent");
        for (const [tick, other, followed, words] of person.recent.slice(0, 5)) {
          const item = Lab.make("li", "", "tick " + tick + ": person " + other + (followed ? " followed: " : " left: ") + words);
          list.append(item);
        }
        parts.push(Lab.make("h3", "", "Lately"), list);
      }
      if (!parts.length) parts.push(Lab.make("p", "quiet", "Nobody has followed or left this person yet."));
      this.why.replaceChildren(...parts);
    }
  };
})(window.Lab);
